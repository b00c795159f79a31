"""The outcomes that a reader sees first, in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from divide.experiments.text.selection import HEADLINE
from divide.experiments.text.units import decimals, number, shown
from divide.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from divide.experiments.read.comparison import Comparison

#: Columns of a difference: means over replicates, or medians over draws.
FIGURES = ("reference_mean", "policy_mean", "reference_median", "policy_median", "difference",
           "lo95", "hi95", "lo90", "hi90")  # fmt: skip
#: Ends of the intervals of both levels, over draws.
LEVELS = ("reference_lo90", "reference_hi90", "policy_lo90", "policy_hi90")


@dataclass(frozen=True)
class Row:
    """One line of a comparison as text in readable units.

    `reference_interval` and `policy_interval` are those of the levels, "" without draws.
    """

    outcome: str
    label: str
    unit: str
    reference: str
    policy: str
    difference: str
    interval: str
    reading: str
    speculative: bool
    reference_interval: str = ""
    policy_interval: str = ""


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


def text_rows(
    differences: pd.DataFrame, policy: str, outcomes: Sequence[str] | None = None
) -> list[Row]:
    """Lines of `Comparison.differences` for one policy, as text; all, or those of `outcomes`."""
    if outcomes is not None:
        found = {row.outcome: row for row in text_rows(differences, policy)}
        return [found[name] for name in outcomes if name in found]
    made = []
    figures = [name for name in differences.columns if name in FIGURES]
    part = differences[differences["policy"] == policy]
    levels = part.get([*LEVELS], pd.DataFrame(index=part.index)).to_numpy(float)
    for name, values, ends in zip(
        part["outcome"], part[figures].to_numpy(float), levels, strict=True
    ):
        outcome = OUTCOMES[name]
        size = max(abs(values[:2]))
        if values[2]:  # a small difference must not vanish in billions
            size = min(size, max(100 * abs(values[2]), 1e6))
        unit = shown(outcome.unit, size)
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
                outcome.speculative,
                *_level_intervals(unit.factor * ends, places),
            )
        )
    return made


def _level_intervals(ends: "NDArray[np.float64]", places: int) -> list[str]:
    """The intervals of both levels, of the reference first; none where there are no ends (0,)."""
    if not np.isfinite(ends).all():
        return []
    return [
        f"{number(low, places)} to {number(high, places)}"
        for low, high in ends.reshape(-1, 2).tolist()
    ]


def headline_rows(comparison: "Comparison", policy: str) -> list[Row]:
    """The lines of the headline table for one policy."""
    added = [name for each in comparison.base.extensions for name in each.outcomes]
    return text_rows(comparison.differences(), policy, (*HEADLINE, *added))


def covers(comparison: "Comparison") -> str:
    """What the intervals of a comparison cover and what they leave out."""
    if not comparison.predictive:
        return (
            "Intervals are 95 % and cover Monte-Carlo uncertainty only: "
            "the parameters are held fixed."
        )
    count, draws = len(comparison.drawn), comparison.sampled
    return (
        f"Figures are medians over {draws} draw{'s' if draws > 1 else ''} and intervals hold 90 % "
        "of what may come; a difference is taken within each draw. "
        f"{count} parameter{'s' if count != 1 else ''} (the fitted ones jointly, the others over "
        "their declared ranges), figures that were imputed, what happens to countries and chance "
        "vary; the model's structure is held fixed."
    )


def left_out(comparison: "Comparison") -> str:
    """How many replicates a comparison does without; empty if none."""
    count = comparison.left_out
    if not count:
        return ""
    verb = "is" if count == 1 else "are"
    return (
        f"{count} of {count + comparison.replicates} replicates {verb} left out: a run failed or "
        "is missing."
    )
