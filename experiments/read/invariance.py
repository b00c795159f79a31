"""How far effects of policies hang on the level of what is imputed.

A level is multiplied or divided by four in all countries, shares by their odds, and every package
and a few levers alone meet that world. What enters the log odds of use acts by its change alone, so
that its level should not matter. Coverage and electricity bound who can be reached: where nearly
all are, nobody is left to reach, and the effect is told for each person newly reached.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from divide.experiments.carry.calls import Workers
from divide.experiments.plan.altered import odds_scaled, scaled
from divide.experiments.text import markdown
from divide.model import DigitalDivideModel
from divide.model.declare.values import Values
from divide.model.policy.policy import REFERENCE, LeverUse, Policy, packages
from divide.model.processes import adoption
from divide.model.scenario import Scenario
from divide.model.world import World, load_world

FACTOR = 4.0
#: Largest change of an effect, and of the effect for each person newly reached.
BAR, BAR_REACHED = 0.1, 0.2
#: Effects smaller than this share of the largest one say nothing by their sign or change.
LEAST = 0.02


@dataclass(frozen=True)
class Level:
    """A level that is imputed.

    Attributes:
        name: Short name, and title for people.
        world: The world with the level multiplied.
        parameter: Instead, the parameter of infrastructure that is multiplied.
        reach: Whether it bounds who can be reached.
    """

    name: str
    title: str
    world: Callable[[World, float], World] = lambda world, _: world
    parameter: str = ""
    reach: bool = False


def _coverage(world: World, factor: float) -> World:
    return odds_scaled(odds_scaled(world, "coverage_2g", factor), "coverage_mobile", factor)


def _odds(field: str) -> Callable[[World, float], World]:
    return lambda world, factor: odds_scaled(world, field, factor)


LEVELS = (
    Level("price", "Price of data", lambda world, factor: scaled(world, "basket_price", factor)),
    Level("handset", "Price of a handset", parameter="handset_price"),
    Level("skills", "Skills (odds)", _odds("skills")),
    Level("services", "Services online (odds)", _odds("egov")),
    Level("coverage", "Coverage, 2G and 3G (odds)", _coverage, reach=True),
    Level("electricity", "Electricity (odds)", _odds("electricity"), reach=True),
)


def _alone(name: str, title: str, intensity: float) -> Policy:
    """One lever in the least connected members, with money for as much as is asked."""
    return Policy(
        name, title, budget=1e6, levers={name: LeverUse(intensity, target="least_connected")}
    )


#: Levers alone, so that each level meets what acts on it.
ALONE = (
    _alone("price_subsidy", "Data half paid", 0.5),
    _alone("handset_help", "Handsets a third paid", 1 / 3),
    _alone("rural_coverage", "Coverage alone, US\\$ 2 bn a year", 2_000),
    _alone("electricity", "Electricity alone, US\\$ 2 bn a year", 2_000),
    _alone("skills_training", "Training alone, 20 m a year", 20_000_000),
)
#: Those of them that act on reach and on nothing else.
REACHING = ("rural_coverage", "electricity")


def policies() -> dict[str, Policy]:
    """The reference, the packages and the levers alone, by name."""
    shipped = {name: Policy.load(name) for name in packages()}
    return {**shipped, **{policy.name: policy for policy in ALONE}}


def outcome(level: str, factor: float, policy: str, base: Scenario) -> tuple[float, float]:
    """Person-years online and within reach of a network and power since the start.

    Args:
        level: Name of what is multiplied.
        factor: By how much.
        policy: Name of the policy.
        base: The run.
    """
    what = next(each for each in LEVELS if each.name == level)
    plan = replace(base, policy=policies()[policy])
    model = DigitalDivideModel(plan, world=what.world(load_world(base.start), factor))
    if what.parameter:  # not by the scenario: its bounds are narrower than the factor
        now = getattr(model.values.infrastructure, what.parameter)
        name = f"infrastructure.{what.parameter}"
        model.values = Values({**base.parameters, name: now * factor})
    online = reach = 0.0
    while not model.finished:
        model.step()
        c = model.state.countries
        online += float(c.population @ model.national(c.online)) * model.dt
        reach += float(c.population @ model.national(adoption.within_reach(model))) * model.dt
    return online, reach


def effects(base: Scenario, workers: Workers) -> pd.DataFrame:
    """Person-years online and within reach that each policy adds: online, reach.

    One row a level, factor and policy; factor 1 is the world as it is, the same for every level.
    """
    asked = [("price", 1.0), *((level.name, f) for level in LEVELS for f in (FACTOR, 1 / FACTOR))]
    keys = [(level, factor, policy) for level, factor in asked for policy in policies()]
    found = workers.map(outcome, [(*key, base) for key in keys])
    index = pd.MultiIndex.from_tuples(keys, names=["level", "factor", "policy"])
    table = pd.DataFrame(found, index=index, columns=["online", "reach"])
    reference = table.xs(REFERENCE, level="policy")
    added = table - reference.reindex(table.index.droplevel("policy")).to_numpy()
    return added.drop(index=REFERENCE, level="policy").sort_index()


def changes(added: pd.DataFrame) -> pd.DataFrame:
    """What each factor makes of each effect, one row a level, factor and policy.

    Returns:
        effect (person-years), change (of it, share), per_reached (change of the effect for each
        person-year within reach that the policy adds; NaN but for levels that bound reach and
        levers that act on nothing else), turned (whether the sign changes). Effects below `LEAST`
        of the largest are left out.
    """
    as_is = added.xs(1.0, level="factor").droplevel("level")
    kept = as_is.index[as_is["online"].abs() >= LEAST * as_is["online"].abs().max()]
    rows = []
    for level in LEVELS:
        for factor in (FACTOR, 1 / FACTOR):
            now = added.xs((level.name, factor), level=("level", "factor"))
            for policy in kept:
                one, two = as_is.loc[policy], now.loc[policy]
                per = np.nan
                if level.reach and policy in REACHING:
                    per = two["online"] / two["reach"] / (one["online"] / one["reach"]) - 1
                rows.append((
                    level.name, factor, policy, two["online"], two["online"] / one["online"] - 1,
                    per, two["online"] * one["online"] < 0,
                ))  # fmt: skip
    names = ["level", "factor", "policy", "effect", "change", "per_reached", "turned"]
    return pd.DataFrame(rows, columns=names)


def section(added: pd.DataFrame, until: int) -> str:
    """The part of the page on findings, in Markdown."""
    found = changes(added)
    rows = []
    for level in LEVELS:
        for factor, sign in ((FACTOR, "x 4"), (1 / FACTOR, "/ 4")):
            of = found[(found["level"] == level.name) & (found["factor"] == factor)]
            rows.append((
                f"{level.title} {sign}", f"{int(of['turned'].sum())} of {len(of)}",
                _widest(of, "change"), _widest(of, "per_reached"), _verdict(level, of),
            ))  # fmt: skip
    head = ("level", "signs turned", "widest change of an effect",
            "of an effect for each person newly reached", "bar")  # fmt: skip
    return (
        "## If what is imputed is wrong by a factor of four\n\n"
        f"A level is multiplied or divided by {FACTOR:g} in all countries (shares by their odds) "
        "before the run begins; effects are person-years online that a package, or a lever alone "
        f"in the least connected members, adds to {until}, in the central run. Bars: no sign "
        f"turns; no effect changes by more than {BAR:.0%}. Coverage and electricity bound who can "
        "be reached, and where nearly all are nobody is left to reach: of the levers that act on "
        "reach alone, the effect for each person newly reached may change by no more than "
        f"{BAR_REACHED:.0%}. No level of a price enters use, only its change; that of a handset "
        "enters what help with it costs.\n\n"
        + markdown.table(head, rows)
        + "\nBy policy, change of the effect (in brackets, for each person newly reached):\n\n"
        + _by_policy(found)
    )


def _widest(of: pd.DataFrame, column: str) -> str:
    known = of.dropna(subset=[column])
    if known.empty:
        return "-"
    row = known.loc[known[column].abs().idxmax()]
    return f"{row[column]:+.1%} ({policies()[row['policy']].title})"


def _verdict(level: Level, of: pd.DataFrame) -> str:
    """Whether the bar is met; that for the reached is asked of levers that act on reach alone."""
    column, bar = ("per_reached", BAR_REACHED) if level.reach else ("change", BAR)
    met = not of["turned"].any() and bool((of[column].dropna().abs() <= bar).all())
    return "met" if met else "**missed**"


def _by_policy(found: pd.DataFrame) -> str:
    rows = []
    for policy in found["policy"].unique():
        row = [policies()[policy].title]
        for level in LEVELS:
            for factor in (FACTOR, 1 / FACTOR):
                mine = found[(found["policy"] == policy) & (found["level"] == level.name)]
                one = mine[mine["factor"] == factor].iloc[0]
                per = "" if np.isnan(one["per_reached"]) else f" ({one['per_reached']:+.0%})"
                row.append(f"{one['change']:+.1%}{per}")
        rows.append(row)
    heads = [f"{level.name} {sign}" for level in LEVELS for sign in ("x 4", "/ 4")]
    return markdown.table(["policy", *heads], rows)
