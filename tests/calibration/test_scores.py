"""Scores against figures worked out by hand."""

import math

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from divide.calibration.score import scores

NAN = math.nan
ACTUAL = np.array([[0.10, 0.50, NAN], [0.20, NAN, 0.90]])
FORECAST = np.array([[0.12, 0.46, 0.30], [0.20, 0.55, 0.84]])  # errors 2, -4, 0, -6 points


def test_errors_by_hand() -> None:
    """Four observed cells with errors 2, -4, 0, -6 points."""
    assert scores.mae(FORECAST, ACTUAL) == pytest.approx(3)
    assert scores.bias(FORECAST, ACTUAL) == pytest.approx(-2)
    assert scores.rmse(FORECAST, ACTUAL) == pytest.approx(math.sqrt(56 / 4))


def test_coverage_by_hand() -> None:
    """Ends belong to the interval."""
    lo, hi = FORECAST - 0.02, FORECAST + 0.05
    assert scores.coverage(lo, hi, np.where(ACTUAL == 0.1, lo, ACTUAL)) == pytest.approx(3 / 4)
    assert scores.coverage(ACTUAL, ACTUAL, ACTUAL) == 1
    with pytest.raises(ValueError, match="lower end above"):
        scores.coverage(hi, lo, ACTUAL)


def test_crps_of_draws_by_hand() -> None:
    """Draws 0, 10, 30 points, outcome 20: mean |x - y| 40/3, half mean |x - x'| 20/3."""
    draws = np.array([0.0, 0.3, 0.1])
    assert scores.crps_draws(draws, np.float64(0.2)) == pytest.approx(40 / 3 - 20 / 3)
    assert scores.crps_draws(FORECAST[None], ACTUAL) == pytest.approx(3)  # one draw: the MAE
    with pytest.raises(ValueError, match="one axis more"):
        scores.crps_draws(FORECAST, ACTUAL)


def test_crps_of_draws_is_the_double_sum() -> None:
    """The rank formula against all pairs."""
    rng = np.random.default_rng(3)
    draws, actual = rng.random((7, 2, 3)), rng.random((2, 3))
    pairs = np.abs(draws[:, None] - draws[None]).mean(axis=(0, 1)) / 2
    expected = 100 * (np.abs(draws - actual).mean(axis=0) - pairs).mean()
    assert scores.crps_draws(draws, actual) == pytest.approx(expected)


def test_crps_of_normal() -> None:
    """At the mean sd (sqrt 2 - 1) / sqrt pi; without spread the error; draws agree."""
    mean = np.full((1, 3), 0.5)
    at_mean = scores.crps_normal(mean, np.full_like(mean, 0.1), mean)
    assert at_mean == pytest.approx(10 * (math.sqrt(2) - 1) / math.sqrt(math.pi))
    assert scores.crps_normal(FORECAST, np.zeros_like(FORECAST), ACTUAL) == pytest.approx(3)
    quantiles = norm.ppf((np.arange(2000) + 0.5) / 2000)
    draws = FORECAST + 0.03 * quantiles[:, None, None]
    closed = scores.crps_normal(FORECAST, np.full_like(FORECAST, 0.03), ACTUAL)
    assert closed == pytest.approx(scores.crps_draws(draws, ACTUAL), abs=1e-3)
    half = 0.03 * norm.ppf(0.95)
    by_width = scores.crps_interval(FORECAST, FORECAST - half, FORECAST + half, ACTUAL)
    assert by_width == pytest.approx(closed)
    with pytest.raises(ValueError, match="negative"):
        scores.crps_normal(FORECAST, np.full_like(FORECAST, -1), ACTUAL)


def test_gini_error_by_hand() -> None:
    """(1, 3) has Gini 1/4 and (1, 1) has 0; a country without an observation is in neither."""
    actual = np.array([0.5, 0.5, NAN])
    assert scores.gini_error(np.array([0.2, 0.6, 0.0]), actual) == pytest.approx(0.25)
    assert scores.gini_error(np.array([0.2, 0.6, 0.0]), actual, [1, 0, 5]) == pytest.approx(0)


def test_rank_correlation() -> None:
    """Against scipy, ties included; monotone is 1; a constant has none."""
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 6, 40) / 6, rng.integers(0, 6, 40) / 6
    assert scores.rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert scores.rank_correlation([1, 2, 9, 0], [0.1, 0.2, 0.3, NAN]) == pytest.approx(1)
    assert math.isnan(scores.rank_correlation([1, 1], [0, 1]))
    assert math.isnan(scores.rank_correlation([1.0], [NAN]))


def test_observed_cell_without_forecast_is_an_error() -> None:
    """A method gains nothing by declining a case; unobserved cells may stay empty."""
    holed = np.where(ACTUAL == 0.5, NAN, FORECAST)
    for name in (scores.mae, scores.bias, scores.rmse, scores.rank_correlation):
        with pytest.raises(ValueError, match="1 observed cells have no forecast"):
            name(holed, ACTUAL)
        with pytest.raises(ValueError, match="shape"):
            name(FORECAST[0], ACTUAL)
    assert scores.mae(np.where(np.isnan(ACTUAL), NAN, FORECAST), ACTUAL) == pytest.approx(3)
    assert math.isnan(scores.mae([0.1], [NAN]))
    kept = scores.only(ACTUAL, np.array([True, False, True]))
    assert scores.mae(holed, kept) == pytest.approx(8 / 3)


def test_score_collects_all() -> None:
    """The last row gives the Gini."""
    found = scores.score(FORECAST, FORECAST - 0.05, FORECAST + 0.05, ACTUAL)
    assert found.cells == 4
    assert (found.mae, found.bias, found.coverage90) == pytest.approx((3, -2, 0.75))
    assert found.gini_error == scores.gini_error(FORECAST[1], ACTUAL[1])


def _panel(n: int, shift: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two forecasts whose errors are `shift` apart in size, and observations, (5, n)."""
    rng = np.random.default_rng(seed)
    actual = rng.uniform(0.3, 0.6, (5, n))
    actual[rng.random((5, n)) < 0.1] = NAN
    common, own = rng.normal(0, 0.03, (2, 1, n))
    first = np.nan_to_num(actual) + np.abs(common)
    return first, np.nan_to_num(actual) + np.abs(own) + shift, actual


def test_compare_mae_by_hand() -> None:
    """Two countries, gaps -1 (two cells) and +2 points (one cell): 0 over three cells."""
    actual = np.array([[0.5, 0.5], [0.5, NAN]])
    first = np.array([[0.51, 0.53], [0.51, 0.5]])
    second = np.array([[0.52, 0.51], [0.52, 0.5]])
    found = scores.compare_mae(first, second, actual)
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert (found.lo95, found.hi95) == pytest.approx((-1, 2))


def test_bootstrap_finds_a_difference_and_no_difference() -> None:
    """Clear gain: p at its least; a forecast against itself: 1; signs swap with the order."""
    first, second, actual = _panel(80, 0.02, 1)
    better = scores.compare_mae(first, second, actual)
    assert better.difference == pytest.approx(
        scores.mae(first, actual) - scores.mae(second, actual)
    )
    assert better.lo95 < better.difference < better.hi95 < 0
    assert better.p == pytest.approx(2 / 2001)
    worse = scores.compare_mae(second, first, actual)
    assert worse == pytest.approx((-better.difference, -better.hi95, -better.lo95, better.p))
    assert scores.compare_mae(first, first, actual) == (0, 0, 0, 1)


def test_bootstrap_draws_countries_not_cells() -> None:
    """Repeating each country's year five times adds no evidence."""
    first, second, actual = (x[:1] for x in _panel(60, 0.003, 4))
    once = scores.compare_mae(first, second, actual)
    repeated = scores.compare_mae(*(np.repeat(x, 5, axis=0) for x in (first, second, actual)))
    assert repeated == pytest.approx(once)


def test_bootstrap_rejects_as_often_as_it_says() -> None:
    """Without a difference, p falls below 0.1 in about a tenth of 200 samples."""
    below = sum(
        scores.compare_mae(*_panel(60, 0.0, seed), draws=400).p < 0.1 for seed in range(200)
    )
    assert 8 <= below <= 34
