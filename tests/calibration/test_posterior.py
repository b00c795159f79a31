"""Emulator and posterior on a made-up model whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import qmc

from divide.calibration.fit.bank import Window, windows
from divide.calibration.fit.observations import known
from divide.calibration.fit.posterior import (
    Data,
    Emulator,
    fit_outputs,
    log_likelihood,
    observed,
    to_unit,
    window_means,
)

WINDOWS = (Window(2007, 2012), Window(2002, 2007))
NAMES = ("rate", "level", "idle")
BOUNDS = np.array([[0.1, 0.6], [-1.0, 1.0], [0.0, 1.0]])
TRUTH = np.array([0.4, 0.3, 0.5])
COUNTRIES = np.linspace(-2, 2, 60)


def outputs(points: np.ndarray) -> np.ndarray:
    """Window means, (k, 2, 60); the third parameter does nothing."""
    rate, level = points[:, 0, None, None], points[:, 1, None, None]
    time = np.array([3.0, 0.0])[None, :, None]
    return 1 / (1 + np.exp(-(COUNTRIES + level + rate * time)))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    low, high = BOUNDS.T
    return low + (high - low) * qmc.LatinHypercube(3, seed=2).random(30)


@pytest.fixture(scope="module")
def data() -> Data:
    noise = np.random.default_rng(5).laplace(0, 0.02, (2, 60))
    means = outputs(TRUTH[None])[0] + noise
    means[0, :3] = np.nan
    return Data(WINDOWS, means, ((0, 1, 2, 3, 4),) * 2)


def test_emulator_predicts_runs_it_has_not_seen(points: np.ndarray) -> None:
    made = outputs(points).reshape(30, -1)
    emulator = Emulator(to_unit(points, BOUNDS), made)
    fresh = BOUNDS[:, 0] + np.ptp(BOUNDS, axis=1) * qmc.Sobol(3, seed=9).random(64)
    error = emulator(to_unit(fresh, BOUNDS)) - outputs(fresh).reshape(64, -1)
    assert np.abs(error).mean() < 0.01
    assert np.abs(error).mean() < 0.1 * made.std(axis=0).mean()


def test_fit_finds_what_the_data_tell_and_no_more(points: np.ndarray, data: Data) -> None:
    found = fit_outputs(outputs(points), points, data, BOUNDS, NAMES)
    assert found.draws.shape == (400, 3)
    assert ((BOUNDS[:, 0] <= found.draws) & (found.draws <= BOUNDS[:, 1])).all()
    low, high = np.quantile(found.draws, (0.02, 0.98), axis=0)
    assert ((low <= TRUTH) & (high >= TRUTH)).all()
    assert found.shrinkage[0] > 0.3
    assert found.shrinkage[1] > 0.6
    assert abs(found.shrinkage[2]) < 0.15
    assert 0 < found.plausible < 0.5
    assert found.effective > 20
    again = fit_outputs(outputs(points), points, data, BOUNDS, NAMES)
    assert np.array_equal(found.draws, again.draws)


def test_likelihood_counts_observed_countries_only(data: Data) -> None:
    near, far = outputs(np.array([TRUTH, [0.1, -1.0, 0.5]]))
    likelihood = log_likelihood(np.stack([near, far]), data)
    assert likelihood[0] > likelihood[1] + 9
    gaps = near.copy()
    gaps[0, :3] = 99.0  # where nothing was observed
    assert log_likelihood(gaps[None], data)[0] == pytest.approx(likelihood[0], rel=1e-12)
    fewer = replace(data, means=np.where(np.arange(60) < 30, data.means, np.nan))
    both = log_likelihood(np.stack([near, far]), fewer)
    assert both[0] - both[1] < likelihood[0] - likelihood[1]


def test_observed_means_are_of_the_window_and_known_by_then() -> None:
    over = windows(2012)
    data = observed(2012, over)
    years, values = known(2012, "internet_users")
    for window, row, counted in zip(over, data.means, data.years, strict=True):
        inside = (years > window.origin) & (years <= window.until)
        assert np.array_equal(row, values[inside].mean(axis=0), equal_nan=True)
        assert counted == (0, 1, 2, 3, 4)
    surveys = observed(2017, windows(2017, "accounts"), "accounts")
    assert surveys.years == ((2,), (2,))
    assert np.isfinite(surveys.means).sum() > 150


def test_window_means_use_the_years_observed() -> None:
    paths = np.arange(2 * 5 * 3, dtype=float).reshape(2, 5, 3)
    assert np.array_equal(window_means(paths, (4,)), paths[:, 4])
    assert np.array_equal(window_means(paths, (0, 2)), (paths[:, 0] + paths[:, 2]) / 2)
