import numpy as np
import pytest

from divide.calibration.score import patterns

YEARS = np.arange(30.0)


def logistic(middle, rate=0.35):
    return 1 / (1 + np.exp(-rate * (YEARS - middle)))


@pytest.fixture
def use():
    """Countries that begin one after another: the gap widens, then narrows, (draws, years, n)."""
    one = np.stack([logistic(middle) for middle in np.linspace(6, 20, 40)], axis=1)
    return np.stack([one, one**1.05])


def test_falls_every_looks_at_whole_blocks():
    assert patterns.falls_every(np.array([5, 6, 6, 6, 6, 4, 9, 9, 9, 9, 3.0]))
    assert not patterns.falls_every(np.array([5, 4, 3, 2, 1, 5.0]))
    assert not patterns.falls_every(np.array([5, 4, 3, 2, 1, 4, 3, 3, 3, 3, 4.0]))


def test_peak_year_counts_from_the_first_year():
    gap = np.array([0.1, 0.3, 0.5, 0.4])
    use = np.stack([np.zeros(4), gap / 2, gap], axis=1)
    assert patterns.peak_year(use, 2006) == 2008


def test_crossing_is_nan_if_never():
    path = np.array([[0.1, 0.5, 0.0], [0.3, 0.6, 0.1]])
    np.testing.assert_array_equal(patterns.crossing(path, 0.25), [1, 0, np.nan])


def test_inflection_is_inside_an_s_and_not_in_a_line_or_a_burst():
    paths = [logistic(15), YEARS / 29, np.exp((YEARS - 29) / 4), 1 - np.exp(-YEARS / 5)]
    found = patterns.has_inflection(np.stack(paths, axis=1))
    assert found.tolist() == [True, False, False, False]


def test_patterns_hold_for_curves_that_have_them(use):
    assert patterns.gini_pattern(use, 2000, "toy").passed
    found = patterns.s_curve_pattern(use, "toy")
    assert found.passed, found.figures
    chain = np.stack([use, np.roll(use, 4, axis=1)], axis=1)
    chain[:, 1, :4] = 0
    assert patterns.lag_pattern(chain, 0, 1, "lag").passed
    assert not patterns.lag_pattern(chain, 1, 0, "lead").passed


def test_patterns_fail_for_curves_that_lack_them(use):
    assert not patterns.gini_pattern(use[:, ::-1], 2000, "toy").passed
    still = np.repeat(use[:, 10:11], 30, axis=1)
    assert not patterns.s_curve_pattern(still, "toy").passed
    assert not patterns.lag_pattern(np.stack([still, still], axis=1), 0, 1, "lag").passed


def test_peak_and_convergence_name_the_figures_of_the_world():
    values, whole = patterns.balanced(2005, 2022)
    assert 130 < whole.sum() < 190
    full = np.where(np.isfinite(values), values, 0.5)[None]
    peak = patterns.peak_pattern(full[:, :, whole], 2005, "as observed")
    assert peak.passed, peak.figures
    sloped = patterns.convergence_pattern(full[:, :, whole], 2005, "as observed")
    assert sloped.passed, sloped.figures


def test_predictive_check_of_the_world_itself_is_inside():
    values, _ = patterns.balanced(2004, 2022)
    draws = np.stack([np.clip(np.nan_to_num(values) + d, 0, 1) for d in (-0.01, 0.01)])
    checks = patterns.predictive_checks(draws, 2004, (2010,))
    assert [check.name for check in checks] == ["Gini", "P90 - P10", "Mean"]
    assert checks[0].inside
    assert checks[2].inside
