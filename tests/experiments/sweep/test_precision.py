"""Replicates for a stated precision: how many, in which rounds, and when they are enough."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.intervals import half_width, mean_interval
from divide.experiments.plan.precision import Precision, enough, half_widths, needed

PRECISE = {
    "policies": ["balanced", "soft_first"],
    "outcomes": ["trust"],
    "replicates": {"precision": 0.1, "outcome": "trust", "at_least": 4, "at_most": 20},
}


def test_rounds_grow_by_half_and_end_at_the_most() -> None:
    assert Precision(1, "trust", 8).rounds(50) == (8, 12, 18, 27, 41, 50)
    assert Precision(1, "trust", 8).rounds(8) == (8,)
    assert Experiment.from_mapping(PRECISE).rounds == (4, 6, 9, 14, 20)
    assert Experiment.from_mapping({"replicates": 3}).rounds == (3,)


def test_half_width_is_half_of_the_interval() -> None:
    sample = np.random.default_rng(1).normal(size=9)
    _, low, high = mean_interval(sample)
    assert half_width(sample) == pytest.approx((high - low) / 2)
    assert half_width(sample[:1]) == float("inf")


@pytest.mark.parametrize("width", [0.05, 0.3, 2.0, 50.0])
def test_needed_is_the_least_number_that_is_precise_enough(width: float) -> None:
    sample = np.random.default_rng(2).normal(scale=1.3, size=10)
    n = needed(sample, width)

    def half(n: int) -> float:
        return stats.t.ppf(0.975, n - 1) * sample.std(ddof=1) / np.sqrt(n)

    assert half(n) <= width
    assert n == 2 or half(n - 1) > width


def test_a_difference_without_spread_needs_two() -> None:
    assert needed(np.ones(5), 1e-9) == 2


def test_intervals_with_the_needed_number_hold_the_truth() -> None:
    """Two stages: 10 replicates say how many, the interval of that many is as wide as asked.

    2,000 trials; with alpha = 0.001 the share of intervals that miss lies below 0.0652 if it is
    0.05 in truth, and 0.068 allows for the small loss from estimating the number.
    """
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(2_000):
        n = max(needed(rng.normal(size=10), 0.4), 10)
        final = rng.normal(size=n)
        missed += abs(final.mean()) > half_width(final)
    assert missed / 2_000 < 0.068


def ends(spread: float, replicates: int = 4) -> pd.Series:
    rng = np.random.default_rng(4)
    luck = rng.normal(size=replicates)
    table = np.column_stack(
        [luck, luck + 1 + spread * rng.normal(size=replicates), luck + 2]
    )  # the reference, and two policies
    return pd.Series(table.ravel())


@pytest.mark.parametrize(("spread", "answer"), [(0.01, True), (1.0, False)])
def test_enough_looks_at_the_least_precise_difference(spread: float, answer: bool) -> None:
    e = Experiment.from_mapping(PRECISE)
    assert enough(e, ends(spread), 4) is answer


def test_pairs_with_a_failed_run_are_left_out() -> None:
    e = Experiment.from_mapping(PRECISE)
    values = ends(1.0).drop([0, 4])  # replicate 0 of the reference, replicate 1 of balanced
    table = half_widths(e, values, 4).set_index("policy")
    assert table["pairs"].to_dict() == {"balanced": 2, "soft_first": 3}
    sample = values[[7, 10]].to_numpy() - values[[6, 9]].to_numpy()
    assert table.loc["balanced", "half_width"] == pytest.approx(half_width(sample))
    assert not enough(e, values.drop([6, 9]), 4), "one pair says nothing"
