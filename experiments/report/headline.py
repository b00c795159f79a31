"""The outcomes that a reader sees first, in words."""

import math
from dataclasses import dataclass

import pandas as pd

from divide.experiments.carry.run import Comparison
from divide.experiments.report.selection import HEADLINE
from divide.experiments.report.units import decimals, number, shown
from divide.model.outcomes import OUTCOMES


@dataclass(frozen=True)
class Row:
    """One line of a comparison as text in readable units."""

    outcome: str
    label: str
    unit: str
    reference: str
    policy: str
    difference: str
    interval: str
    reading: str
    speculative: bool


def reading(low: float, high: float, difference: float, better: str) -> str:
    """What a difference says, given its interval: better, worse, higher, lower or unclear.

    It is unclear too where the interval, of other runs, lies wholly on the other side of zero.
    """
    if difference == 0 and low == high == 0:
        return "no change"
    if not (low > 0 or high < 0) or difference * low < 0:
        return "unclear" if math.isfinite(low) else "no interval"
    direction = "higher" if difference > 0 else "lower"
    if better == "neither":
        return direction
    return "better" if direction == better else "worse"


def rows(differences: pd.DataFrame, policy: str) -> list[Row]:
    """Every line of `Comparison.differences` for one policy, as text."""
    made = []
    figures = ["reference_mean", "policy_mean", "difference", "lo95", "hi95"]
    part = differences[differences["policy"] == policy]
    for name, values in zip(part["outcome"], part[figures].to_numpy(float), strict=True):
        outcome = OUTCOMES[name]
        unit = shown(outcome.unit, max(abs(values[:2])))
        before, after, change, low, high = (float(unit.factor * value) for value in values)
        places = decimals(max(abs(before), abs(after)))
        # A small difference gets up to two more digits than the levels, no more.
        finer = min(max(decimals(change) - 2, places), places + 2)
        interval = f"{number(low, finer, sign=True)} to {number(high, finer, sign=True)}"
        said = reading(low, high, change, outcome.better)
        if round(change, finer) == 0 and said != "no change":
            said = "negligible"
        ending = f" {unit.difference}" if unit.difference != unit.unit else ""
        made.append(
            Row(
                name,
                outcome.label,
                unit.unit,
                number(before, places),
                number(after, places),
                number(change, finer, sign=True) + ending,
                interval if math.isfinite(low) else "n/a",
                said,
                getattr(outcome, "speculative", False),
            )
        )
    return made


def headline_rows(comparison: Comparison, policy: str) -> list[Row]:
    """The lines of the headline table for one policy."""
    found = {row.outcome: row for row in rows(comparison.differences(), policy)}
    return [found[name] for name in HEADLINE if name in found]
