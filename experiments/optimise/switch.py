"""Adaptive pathways: begin with one policy, look at a signpost in some year, and change if need be.

Every policy of a small set is run to the year and goes on from there under each of the set, in all
worlds (Haasnoot and others 2013 call such a year a tipping point). A rule "if the signpost is above
a threshold, change to B, else stay with A" is chosen on all worlds but one and judged on that one,
world by world, so that what it gains is not what it was fitted to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from divide.experiments.carry.engine import Engines
from divide.experiments.optimise.question import Aim, Question
from divide.experiments.optimise.trial import carried_out, experiment
from divide.model.policy.policy import Policy

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment, Run

Array = NDArray[np.float64]
SIMULATE = "divide.experiments.optimise.switch:simulate"
#: Most thresholds tried for a signpost: the middles between its values, evenly spread.
THRESHOLDS = 15


@dataclass(frozen=True)
class Rule:
    """A pathway and what it gains.

    Attributes:
        at: Year at whose beginning one looks.
        first: Policy that is begun with.
        signpost: Outcome that is looked at.
        threshold: In the signpost's unit.
        above: Policy that goes on where it lies above; below: where it does not.
        share: Share of the worlds in which it lies above.
        value: Mean of the first aim over the worlds, each judged by the rule of the others.
        static: Mean of the best policy that never changes, chosen likewise.
        spread: Standard error of the difference of the two.
    """

    at: int
    first: str
    signpost: str
    threshold: float
    above: str
    below: str
    share: float
    value: float
    static: float
    spread: float


def simulate(experiment: "Experiment", run: "Run") -> Mapping[str, Any]:
    """A run to the year of the signpost, and from there on under every policy of the experiment."""
    from divide.model.model import DigitalDivideModel

    asked = yaml.safe_load(experiment.source)
    trunk = DigitalDivideModel(run.scenario)
    while trunk.year < asked["at"] - 1e-9:
        trunk.step()
    seen = trunk.results().outcomes
    signs = {f"at_{name}": float(seen[name][-1]) for name in asked["signposts"]}
    rows = []
    for name, policy in experiment.policies.items():
        branch = trunk.switch(policy) if name != run.policy else trunk.fork(trunk.plan)
        ends = branch.run().outcomes
        rows.append(
            {
                "year": experiment.base.until,
                "then": name,
                **signs,
                **{outcome: float(ends[outcome][-1]) for outcome in experiment.outcomes},
            }
        )
    return {"model": pd.DataFrame(rows)}


def pathways(
    question: Question, members: Sequence[Policy], folder: Path, engines: Engines
) -> list[Rule]:
    """The best rule of every year, by the first aim; nothing if no pathways are asked for.

    Args:
        question: What is searched.
        members: Policies between which one may change.
        folder: Where the runs are kept.
        engines: Who carries them out.
    """
    if question.adaptive is None:
        return []
    found = []
    for at in question.adaptive.at:
        asked = {"at": at, "signposts": list(question.adaptive.signposts)}
        tables = [
            _switched(question, variant, members, asked, folder / str(at) / variant, engines)
            for variant in question.variants
        ]
        rule = best(pd.concat(tables), question, at, [policy.name for policy in members])
        found.append(rule)
    return found


def _switched(
    question: Question,
    variant: str,
    members: Sequence[Policy],
    asked: dict[str, Any],
    folder: Path,
    engines: Engines,
) -> pd.DataFrame:
    """Ends by world, policy that began and policy that went on."""
    made = experiment(question, variant, members)
    object.__setattr__(made, "source", yaml.safe_dump(asked))
    rows = carried_out(made, folder, simulate=SIMULATE, engines=engines).model
    rows = rows[rows["point"] > 0]
    return rows.assign(world=variant + "-" + rows["point"].astype(str))


def best(rows: pd.DataFrame, question: Question, at: int, names: Sequence[str]) -> Rule:
    """The rule that does best in the first aim, judged world by world by the others.

    Args:
        rows: world, policy, then, the signposts with "at_" before them, and the aim.
        question: What is searched.
        at: Year of the signpost.
        names: Policies.
    """
    aim = question.aims[0]
    sign = 1.0 if aim.better == "lower" else -1.0
    worlds = list(dict.fromkeys(rows["world"]))
    loss = np.array(
        [
            [_cell(rows, worlds, first, then, aim.outcome) for then in names]
            for first in names
        ]
    ) * sign  # fmt: skip
    signs = {
        (first, name): _cell(rows, worlds, first, first, f"at_{name}")
        for first in names
        for name in (question.adaptive.signposts if question.adaptive else ())
    }
    static = np.array([loss[k, k] for k in range(len(names))])
    value, plain = np.empty(len(worlds)), np.empty(len(worlds))
    for out in range(len(worlds)):
        others = np.arange(len(worlds)) != out
        chosen = _chosen(loss, signs, names, others)
        value[out] = _applied(chosen, loss, signs, names)[out]
        plain[out] = static[static[:, others].mean(axis=1).argmin(), out]
    first, signpost, threshold, above, below = _chosen(
        loss, signs, names, np.ones(len(worlds), bool)
    )
    gain = plain - value
    return Rule(
        at, names[first], signpost, threshold, names[above], names[below],
        float((signs[names[first], signpost] > threshold).mean()),
        float(sign * value.mean()), float(sign * plain.mean()),
        float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else 0.0,
    )  # fmt: skip


Chosen = tuple[int, str, float, int, int]


def _cell(rows: pd.DataFrame, worlds: list[str], first: str, then: str, column: str) -> Array:
    own = rows[(rows["policy"] == first) & (rows["then"] == then)].set_index("world")
    found: Array = own.loc[worlds, column].to_numpy(float)
    return found


def _chosen(
    loss: Array, signs: dict[tuple[str, str], Array], names: Sequence[str], on: NDArray[np.bool_]
) -> Chosen:
    """The rule of least mean loss over some worlds; the simplest of equals."""
    options: list[tuple[float, Chosen]] = []
    for (first, signpost), seen in signs.items():
        k = names.index(first)
        for threshold in _thresholds(seen[on]):
            high = seen > threshold
            means = [[loss[k, j, on & side].sum() for j in range(len(names))] for side in
                     (high, ~high)]  # fmt: skip
            above, below = (int(np.argmin(each)) for each in means)
            total = (means[0][above] + means[1][below]) / on.sum()
            options.append((float(total), (k, signpost, threshold, above, below)))
    return min(options, key=lambda each: each[0])[1]


def _thresholds(seen: Array) -> list[float]:
    """Middles between the values of a signpost, and one below all: never to change."""
    ordered = np.unique(seen)
    middles = (ordered[1:] + ordered[:-1]) / 2
    if len(middles) > THRESHOLDS:
        middles = middles[np.linspace(0, len(middles) - 1, THRESHOLDS).round().astype(int)]
    return [float(ordered[0]) - 1.0, *middles.tolist()]


def _applied(
    chosen: Chosen, loss: Array, signs: dict[tuple[str, str], Array], names: Sequence[str]
) -> Array:
    """Loss of a rule in every world."""
    first, signpost, threshold, above, below = chosen
    high = signs[names[first], signpost] > threshold
    found: Array = np.where(high, loss[first, above], loss[first, below])
    return found


def said(rule: Rule, aim: Aim, titles: Mapping[str, str]) -> str:
    """A pathway in a sentence."""
    name = titles.get
    first, above, below = (name(each, each) for each in (rule.first, rule.above, rule.below))
    gain = rule.static - rule.value if aim.better == "lower" else rule.value - rule.static
    if rule.above == rule.below == rule.first:
        return f"{rule.at}: stay with {first}; no signpost is worth a change."
    return (
        f"Begin with {first}. At the beginning of {rule.at} look at {rule.signpost}: above "
        f"{rule.threshold:.4g} ({rule.share:.0%} of the worlds) go on with {above}, else with "
        f"{below}. In worlds it was not chosen on it gains {gain:.4g} {aim.unit} of "
        f"{aim.outcome} on the best policy that never changes (standard error {rule.spread:.2g})."
    )
