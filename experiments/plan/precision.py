"""How many replicates a stated precision takes, before a sweep and while it runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from divide.experiments.plan.intervals import half_width, quantile

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

#: A round has half as many replicates again as the one before: few looks at the data, and at
#: most half of the runs beyond what is needed.
GROWTH = 1.5


@dataclass(frozen=True)
class Precision:
    """When a sweep has enough replicates.

    Attributes:
        half_width: Half of the 95 % interval of each mean difference from the reference, at every
            point, in the unit of the outcome at the end of the run.
        outcome: The outcome judged.
        at_least: Replicates of the first round. With very few, a lucky sample looks precise.
    """

    half_width: float
    outcome: str
    at_least: int = 8

    def rounds(self, at_most: int) -> tuple[int, ...]:
        """Replicates in all at the end of each round."""
        return (*takewhile(lambda n: n < at_most, self._growing()), at_most)

    def _growing(self) -> Iterator[int]:
        n = self.at_least
        while True:
            yield n
            n = int(np.ceil(GROWTH * n))


def enough(experiment: "Experiment", ends: pd.Series, replicates: int) -> bool:
    """Whether every difference from the reference is known as precisely as asked for.

    A pure function of finished rounds, so that a sweep has the same runs however often it was
    interrupted.

    Args:
        experiment: One with `precision`.
        ends: The outcome at the end of each run that was stored, by number of the run; runs that
            failed are absent.
        replicates: Replicates in all after the round just finished.
    """
    if experiment.precision is None:
        return True
    half = half_widths(experiment, ends, replicates)
    return bool((half["half_width"] <= experiment.precision.half_width).all())


def half_widths(experiment: "Experiment", ends: pd.Series, replicates: int) -> pd.DataFrame:
    """Half of the 95 % interval of each mean difference: policy, point, pairs, half_width.

    Pairs with a failed run are left out; with fewer than two pairs the half width is infinite.
    """
    points, policies = len(experiment.points), len(experiment.policies)
    stored = experiment.stored(np.arange(replicates * points * policies))
    values = ends.reindex(stored).to_numpy(float).reshape(replicates, points, policies)
    reference = experiment.names.index(str(experiment.reference))
    rows = []
    for k, name in enumerate(experiment.names):
        if k == reference:
            continue
        difference = values[:, :, k] - values[:, :, reference]
        for point in range(points):
            sample = difference[np.isfinite(difference[:, point]), point]
            rows.append((name, point, sample.size, half_width(sample)))
    return pd.DataFrame(rows, columns=["policy", "point", "pairs", "half_width"])


def needed(sample: np.ndarray, width: float, most: int = 10_000_000) -> int:
    """Replicates that the interval of the mean needs to be `width` to each side.

    The least n with t(n - 1) s / sqrt(n) <= width, s from the sample: like Stein's two-stage rule
    (1945), but with the degrees of freedom of the whole sample to come, which takes fewer.

    Args:
        sample: Paired differences of some first replicates, (n,), at least two.
        width: Half width asked for, in the unit of the sample.
        most: Not more than this is looked for, nor returned.
    """
    spread = float(np.std(sample, ddof=1))
    low, high = 2, most
    while low < high:  # t(n - 1) / sqrt(n) falls with n
        n = (low + high) // 2
        if quantile(n - 1) * spread / np.sqrt(n) <= width:
            high = n
        else:
            low = n + 1
    return low
