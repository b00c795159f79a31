"""The page of ablations: what firms, platforms, cells and countries change in what the model says.

python -m divide.experiments.read.ablation            run, print the page
python -m divide.experiments.read.ablation --write    and write docs/ablation.md

All versions meet the same draws of the parameters. Nothing random happens and no figure is drawn:
in the central world a difference is that of the part which is left out.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.experiments.carry.calls import Workers
from divide.experiments.plan.altered import ABLATIONS, OF_AGENTS, Ablation
from divide.experiments.plan.uncertainty import Future, futures
from divide.experiments.read.findings import small
from divide.experiments.text import markdown
from divide.model.policy.policy import BUDGETS, REFERENCE, LeverUse, Policy, packages
from divide.model.scenario import Scenario
from divide.model.world import load_world

PAGE = Path(__file__).parents[2] / "docs" / "ablation.md"
DRAWS = 8
#: The past that the versions are held against, in sample.
ORIGIN, UNTIL = 2015, 2022
#: Outcomes at the end: label, divisor, format.
SHOWN = {
    "usage_mean": ("internet use, %", 0.01, ".1f"),
    "people_offline": ("people offline, million", 1e6, ".0f"),
    "usage_gini": ("Gini of use between countries", 1, ".3f"),
    "usage_theil_within": ("inequality of use inside countries, share of all", 1, ".2f"),
    "payments_mean": ("account holders, %", 0.01, ".1f"),
    "ecommerce_value": ("cross-border e-commerce, US\\$ billion", 1e9, ",.0f"),
}
#: Effects of packages: label, divisor, format, which way is better.
EFFECTS = {
    "years_offline": ("person-years offline, billion", 1e9, "+.3f", -1),
    "usage_gini": ("Gini of internet use between countries, 0.001", 1e-3, "+.2f", -1),
    "payments_mean": ("account holders, points", 0.01, "+.2f", 1),
    "ecommerce_value": ("cross-border e-commerce, US\\$ billion a year", 1e9, "+.1f", 1),
}
#: What agents bear on at the end: label, divisor, format.
OF_FIRMS = {
    "marketplace_hhi": ("concentration of marketplaces, mean country, HHI", 1, ".3f"),
    "hub_platforms": ("users of platforms of the hub, mean country, %", 0.01, ".1f"),
    "marketplaces": ("marketplaces that serve a country, mean", 1, ".1f"),
    "payments_mean": SHOWN["payments_mean"],
    "accepting": ("firms that accept digital payment, %", 0.01, ".1f"),
    "sellers": ("firms that sell online, %", 0.01, ".1f"),
    "exporters": ("firms that export online, %", 0.01, ".2f"),
    "small_sellers": ("of firms with under 50 persons those that sell online, %", 0.01, ".1f"),
    "large_sellers": ("of firms with 50 persons or more those that sell online, %", 0.01, ".1f"),
    "without_sellers": ("people in countries where under a tenth of firms sell online, %",
                        0.01, ".1f"),
    "small_firm_supply": ("micro and small firms in cross-border supply, %", 0.01, ".1f"),
    "ecommerce_value": SHOWN["ecommerce_value"],
}  # fmt: skip
#: Lasting shocks, at full strength in all countries but the hub: lever, its strength, what is read
#: (see `moved`), label, divisor, format. The last one is no reason for users to choose anew.
SHOCKS = (
    ("data_localisation", -1.0, "abroad",
     "rules that keep data in the country are lifted: users of foreign marketplaces, points",
     0.01, "+.2f"),
    ("data_localisation", 1.0, "abroad",
     "data must stay in the country: users of foreign marketplaces, points", 0.01, "+.2f"),
    ("cbdc_corridor", 1.0, "hub_platforms",
     "all join the payment corridor of the hub: users of platforms of the hub, points",
     0.01, "+.2f"),
    ("payment_shock", 1.0, "exports",
     "the main payment route is closed: cross-border e-commerce, US\\$ billion", 1e9, "+,.0f"),
)  # fmt: skip
#: When shocks begin, and the ends of years at which they are read. Rules and rails are in force a
#: year after they are decided, and users choose at the beginning of a year.
SHOCKED, READ = 2030, (2032, 2035, 2040)
#: A change of this share of a row or less is called almost nothing (assumed).
LITTLE = 0.02
#: Under which share of sellers a country's firms count as left out (assumed).
FEW = 0.1
HEAD = """\
# Ablation: what the agents are for

*Written by `python -m docs.pages --write ablation`; do not edit by hand.*

The model is run with a part left out, on the same {draws} draws of its parameters, from {start} to
{until}, with nothing random in countries or in the common trend. What a part changes is what it is
for; a part that changes nothing in a row could be left out of a question about it. The parameters
were fitted to the whole model and stay as they are. Versions:

{versions}
"""


def ablation(name: str) -> Ablation:
    """The ablation of a name."""
    return next(each for each in ABLATIONS if each.name == name)


def ends(name: str, plan: Scenario) -> dict[str, float]:
    """Outcomes at the end of a run without a part."""
    model = ablation(name).model(plan)
    model.run_steps()
    row = model.results().model.iloc[-1]
    return {key: float(row[key]) for key in {**SHOWN, **EFFECTS}}


def past_use(name: str, plan: Scenario) -> NDArray[np.float64]:
    """Internet use at the end of a run without a part, share, (n,)."""
    model = ablation(name).model(plan)
    model.run_steps()
    return model.state.record.column("internet_users")[-1]


def of_firms(name: str, plan: Scenario) -> dict[str, float]:
    """What firms and platforms have come to at the end of a run without a part of theirs."""
    model = next(each for each in OF_AGENTS if each.name == name).model(plan)
    model.run_steps()
    outcomes, c = model.results().model.iloc[-1], model.state.countries
    real = model.real_firms[:, :, None]
    share, small = model.state.real_share, model.real_firms.shape[1] // 2
    world = (share * real).sum(axis=(0, 1)) / real.sum()
    by_size = {
        label: float((share[:, kinds, 2] * real[:, kinds, 0]).sum() / real[:, kinds].sum())
        for label, kinds in (("small", slice(small)), ("large", slice(small, None)))
    }
    few = model.firm_shares()[2] < FEW
    return {
        **{key: float(outcomes[key]) for key in OF_FIRMS if key in outcomes},
        "hub_platforms": float(c.hub_platforms.mean()),
        "marketplaces": float(c.marketplaces.mean()),
        "accepting": float(world[1]),
        "sellers": float(world[2]),
        "exporters": float(world[3]),
        "small_sellers": by_size["small"],
        "large_sellers": by_size["large"],
        "without_sellers": float(c.population[few].sum() / c.population.sum()),
    }


def agents(base: Scenario, drawn: Sequence[Future], workers: Workers) -> pd.DataFrame:
    """What firms and platforms come to in the status quo by version and draw, one row each.

    All firms and platforms of a run by default take part: these are about them.
    """
    whole = replace(base, firms=Scenario().firms, platforms=Scenario().platforms)
    keys = [(each.name, k) for k in range(len(drawn)) for each in OF_AGENTS]
    jobs = [(name, _plan(whole, drawn[k], REFERENCE)) for name, k in keys]
    index = pd.MultiIndex.from_tuples(keys, names=["version", "draw"])
    return pd.DataFrame(workers.map(of_firms, jobs), index=index)


def moved(name: str, plan: Scenario) -> dict[tuple[str, int], float]:
    """What shocks to platforms bear on at the ends of the years of `READ`.

    Mean share over countries of the users who are with marketplaces that have their home elsewhere
    and with platforms of the hub, and exports of the world, US$ a year.
    """
    model = next(each for each in OF_AGENTS if each.name == name).model(plan)
    s, found = model.state, {}
    row = model.marketplaces
    while not model.finished:
        model.step()
        year = round(model.year, 6) - 1
        if year in READ:
            at_home = s.share[row, s.platforms.home[row]].sum() / model.n
            found["abroad", int(year)] = float(1 - at_home)
            found["hub_platforms", int(year)] = float(s.countries.hub_platforms.mean())
            found["exports", int(year)] = float(s.countries.exports.sum())
    return found


def shock(lever: str, strength: float) -> Policy:
    """A lasting shock to platforms in all countries but the hub."""
    use = LeverUse(strength, start=SHOCKED, ramp_years=0, target="all")
    return Policy(lever, budget=BUDGETS[0][1], levers={lever: use})


def shocks(base: Scenario, drawn: Sequence[Future], workers: Workers) -> pd.DataFrame:
    """What the shocks move, with lock-in and without, by version, shock and draw, one row each."""
    base = replace(base, platforms=Scenario().platforms)
    policies = [Policy.load(REFERENCE), *(shock(lever, x) for lever, x, *_ in SHOCKS)]
    keys = [
        (name, i, k)
        for k in range(len(drawn))
        for name in ("whole", "no_lock_in")
        for i in range(len(policies))
    ]
    plans = [replace(_plan(base, drawn[k], REFERENCE), policy=policies[i]) for _, i, k in keys]
    jobs = [(key[0], plan) for key, plan in zip(keys, plans, strict=True)]
    index = pd.MultiIndex.from_tuples(keys, names=["version", "shock", "draw"])
    return pd.DataFrame(workers.map(moved, jobs), index=index)


def measured(base: Scenario, drawn: Sequence[Future], workers: Workers) -> pd.DataFrame:
    """Outcomes at the end by version, policy and draw, one row each."""
    keys = [
        (each.name, policy, k)
        for k in range(len(drawn))
        for each in ABLATIONS
        for policy in packages()
    ]
    plans = [_plan(base, drawn[k], policy) for _, policy, k in keys]
    jobs = [(key[0], plan) for key, plan in zip(keys, plans, strict=True)]
    index = pd.MultiIndex.from_tuples(keys, names=["version", "policy", "draw"])
    return pd.DataFrame(workers.map(ends, jobs), index=index)


def hindcasts(base: Scenario, drawn: Sequence[Future], workers: Workers) -> pd.DataFrame:
    """Mean absolute error and bias of the mean over draws by version, points: mae, bias.

    Countries with a figure of the last year count.
    """
    past, world = replace(base, start=ORIGIN, until=UNTIL), load_world(UNTIL)
    jobs = [(each.name, _plan(past, future, REFERENCE)) for each in ABLATIONS for future in drawn]
    use = np.array(workers.map(past_use, jobs)).reshape(len(ABLATIONS), len(drawn), -1)
    seen = world.flags["internet_users"] == 0
    error = 100 * (use.mean(axis=1) - world.values["internet_users"])[:, seen]
    found = {"mae": np.abs(error).mean(axis=1), "bias": error.mean(axis=1)}
    return pd.DataFrame(found, index=[each.name for each in ABLATIONS])


def _plan(base: Scenario, future: Future, policy: str) -> Scenario:
    """The run of a policy with the parameters of a future, without its luck."""
    parameters = {**base.parameters, **future.parameters}
    return replace(base, policy=Policy.load(policy), parameters=parameters)


def page(
    base: Scenario,
    table: pd.DataFrame,
    past: pd.DataFrame,
    firms: pd.DataFrame,
    shocked: pd.DataFrame,
) -> str:
    """The page as Markdown."""
    versions = "\n".join(f"- **{each.title}**: {each.what}" for each in ABLATIONS)
    draws = table.index.get_level_values("draw").nunique()
    head = HEAD.format(draws=draws, start=base.start, until=base.until, versions=versions)
    parts = [head, _levels(table, past, base.until)]
    parts += [_effects(table, outcome) for outcome in EFFECTS]
    return "\n".join([*parts, _added_by_agents(firms, shocked, base.until)])


def _added_by_agents(firms: pd.DataFrame, shocked: pd.DataFrame, until: int) -> str:
    """What competition, lock-in and cascades of agents add in the status quo."""
    middle = firms.groupby("version").median()
    others = [each for each in OF_AGENTS if each.name != "whole"]
    rows = []
    for key, (label, unit, shape) in OF_FIRMS.items():
        change = _change(firms, key) / unit
        without = [f"{change[each.name]:+{shape}}" for each in others]
        rows.append([label, f"{middle.loc['whole', key] / unit:{shape}}", *without])
    versions = "\n".join(f"- **{each.title}**: {each.what}" for each in others)
    return (
        f"## What agents add, {until}\n\nThe status quo with parts of what firms and platforms "
        "do left out, at the default number of both; medians over draws, and of the change against "
        f"the whole model on the same draw.\n\n{versions}\n\n"
        + markdown.table(["status quo", "The whole model", *(each.title for each in others)], rows)
        + f"\n{_of_lock_in(firms)}\n\n{_adjustment(shocked)}"
    )


def _change(firms: pd.DataFrame, key: str) -> pd.Series:
    """Median over draws of what leaving a part out changes, by version."""
    values = firms[key].unstack("version")
    change: pd.Series = values.sub(values["whole"], axis=0).median()
    return change


def _of_lock_in(firms: pd.DataFrame) -> str:
    """In words, how much of the rows above would be otherwise without lock-in."""
    level = firms.groupby("version").median().loc["whole"]
    parts = {key: abs(_change(firms, key)["no_lock_in"] / level[key]) for key in OF_FIRMS}
    most = max(parts, key=lambda key: parts[key])
    size = "almost nothing to" if parts[most] <= LITTLE else "something to"
    return (
        f"Lock-in adds {size} these levels: without it no row changes by more than "
        f"{parts[most]:.1%} of itself ({OF_FIRMS[most][0].removesuffix(', %')})."
    )


def _adjustment(shocked: pd.DataFrame) -> str:
    """How fast what shocks move is moved, with lock-in and without, as a table and in words."""
    versions = {"whole": "The whole model", "no_lock_in": "Lock-in off"}
    rows, shown = [], []
    for i, (_, _, what, label, unit, shape) in enumerate(SHOCKS, 1):
        ends = {year: shocked[what, year].unstack("shock") for year in READ}
        effect = pd.DataFrame({year: (end[i] - end[0]) / unit for year, end in ends.items()})
        change = effect.groupby("version").median()
        cells = [f"{change.loc[name, year]:{shape}}" for year in READ for name in versions]
        rows.append([label, *cells])
        shown.append(change)
    head = ["shock", *(f"{year}: {title}" for year in READ for title in versions.values())]
    return (
        f"Shocks that last from {SHOCKED}, at full strength in all countries but the hub. "
        "Difference from the status quo of the same version at the end of the year, median over "
        f"draws:\n\n{markdown.table(head, rows)}\n{_pace(shown[:-1])} {_closed(shown[-1])}\n"
    )


def _pace(shown: Sequence[pd.DataFrame]) -> str:
    """In words, how far users have gone in the first year after a shock."""
    first, last = READ[0], READ[-1]
    ways = [change[first] / change[last] for change in shown]
    slows = all(way["whole"] < way["no_lock_in"] for way in ways)
    said = "; ".join(
        f"{way['whole']:.0%} with it, {way['no_lock_in']:.0%} without ({label.partition(':')[0]})"
        for way, (_, _, _, label, _, _) in zip(ways, SHOCKS, strict=False)
    )
    return (
        f"{'Lock-in slows the move of users:' if slows else 'Lock-in does not slow all moves:'} in "
        f"{first}, when they have chosen for the first time since, they have gone this part of "
        f"their way to {last}: {said}."
    )


def _closed(change: pd.DataFrame) -> str:
    """In words, how much lock-in bears on what a closed route costs."""
    part = (change.loc["no_lock_in"] / change.loc["whole"] - 1).abs().max()
    return (
        "Users do not leave platforms because their rails are closed (section 7.8 of ODD.md), and "
        f"without lock-in the trade that is lost then differs by at most {part:.1%}."
    )


def _levels(table: pd.DataFrame, past: pd.DataFrame, until: int) -> str:
    """What the status quo comes to in each version, and how well it tells the past."""
    middle = table.xs(REFERENCE, level="policy").groupby("version").median()
    head = ["status quo", *(each.title for each in ABLATIONS)]
    rows = [
        [label, *(f"{middle.loc[each.name, key] / unit:{shape}}" for each in ABLATIONS)]
        for key, (label, unit, shape) in SHOWN.items()
    ]
    for key, label in (("mae", "mean absolute error"), ("bias", "bias")):
        shape = ".2f" if key == "mae" else "+.2f"
        cells = [f"{past.loc[each.name, key]:{shape}}" for each in ABLATIONS]
        rows.append([f"{label} of use {ORIGIN} → {UNTIL}, points, in sample", *cells])
    return (
        f"## Levels in {until}\n\nMedians over draws. For the last two rows the mean of the draws "
        f"from {ORIGIN} is held against the figures of countries, which the parameters know.\n\n"
        + markdown.table(head, rows)
    )


def _effects(table: pd.DataFrame, outcome: str) -> str:
    """The effect of each package in each version, and how many rankings turn around."""
    label, unit, shape, sign = EFFECTS[outcome]
    values = table[outcome].unstack("policy") / unit
    effect = values.drop(columns=REFERENCE).sub(values[REFERENCE], axis=0)
    middle = effect.groupby("version").median()
    rows = [
        [Policy.load(name).title, *(f"{middle.loc[each.name, name]:{shape}}" for each in ABLATIONS)]
        for name in middle.columns
    ]
    whole = sign * middle.loc["whole"]
    turned = [turned_around(whole, sign * middle.loc[each.name]) for each in ABLATIONS]
    pairs = len(middle.columns) * (len(middle.columns) - 1) // 2
    rows.append([f"rankings turned around, of {pairs}", *map(str, turned)])
    head = ["package", *(each.title for each in ABLATIONS)]
    return (
        f"## Effects of packages: {label}\n\nDifference from the status quo of the same version, "
        "median over draws.\n\n" + markdown.table(head, rows)
    )


def turned_around(whole: pd.Series, other: pd.Series) -> int:
    """Pairs of packages that another version ranks the other way round."""
    return sum(
        (whole[a] - whole[b]) * (other[a] - other[b]) < 0 for a, b in combinations(whole.index, 2)
    )


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/ablation.md")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of the parameters")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    base = small()
    drawn = futures(given.draws, base)
    with Workers(given.workers) as workers:
        table, past = measured(base, drawn, workers), hindcasts(base, drawn, workers)
        firms, shocked = agents(base, drawn, workers), shocks(base, drawn, workers)
    text = page(base, table, past, firms, shocked)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main()
