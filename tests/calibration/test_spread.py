"""Sizes of predictive noise: a proper loss, and sizes that are known are found."""

import copy
from itertools import product

import numpy as np
import pytest

from divide.calibration.fit import drivers, sample, spread
from divide.model.constants import country_ids
from divide.model.declare.parameters import parameters
from divide.model.world import load_world

LAST = 2007


def test_pinball_is_least_at_the_truth() -> None:
    """Draws as wide as what happens score better than wider and narrower ones."""
    rng = np.random.default_rng(1)
    actual = rng.standard_normal((2, 4000))
    draws = rng.standard_normal((300, 1, 1)) * np.ones((1, 2, 4000))
    loss = {width: spread.pinball(width * draws, actual) for width in (0.6, 1.0, 1.6)}
    assert all(loss[1.0] < loss[0.6])
    assert all(loss[1.0] < loss[1.6])
    shifted = spread.pinball(draws + 0.5, actual)
    assert all(loss[1.0] < shifted)


def test_pinball_leaves_out_what_was_not_observed() -> None:
    draws = np.linspace(0, 1, 21)[:, None, None] * np.ones((1, 1, 3))
    whole = spread.pinball(draws[:, :, :2], np.array([[0.2, 0.9]]))
    gap = spread.pinball(draws, np.array([[0.2, 0.9, np.nan]]))
    np.testing.assert_allclose(gap, whole, rtol=1e-12)


def test_errors_of_observation_are_of_their_size_and_the_models_own() -> None:
    ids = tuple(country_ids(load_world(LAST).iso3).tolist())
    paths = np.full((40, 3, len(ids)), 0.5)
    seen = spread.observed(paths, range(1, 41), ids, 0.2)
    odds = np.log(seen / (1 - seen))
    assert odds.std() == pytest.approx(0.2, rel=0.1)
    np.testing.assert_array_equal(spread.observed(paths[:1], [1], ids, 0.2)[0], seen[0])
    np.testing.assert_allclose(spread.observed(paths, range(1, 41), ids, 0.0), paths)


TRUE = {"adoption.effect_sd": 0.25, "adoption.rise_error": 0.6, "adoption.observation_error": 0.1}


def test_known_sizes_are_found_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows observed under three draws of the noise each; one does not tell the parts apart."""
    ids = tuple(country_ids(load_world(LAST).iso3).tolist())
    made = []
    for key, window in product(range(1000, 1300, 100), sample.windows(LAST)):
        other, r = copy.copy(window), window.recorded
        drawn = [key + r.origin % 100]
        path = drivers.run(r, drivers.values(TRUE), spread.noise(drawn, r.years, ids, TRUE))
        seen = spread.observed(path, drawn, ids, TRUE["adoption.observation_error"])[0]
        other.observed = np.where(window.seen, seen, np.nan)
        made.append(other)
    monkeypatch.setattr(spread, "DRAWS", 16)
    monkeypatch.setattr(spread, "windows", lambda last, draw: tuple(made))
    found = spread.fit_spread(LAST, {})
    assert set(found) == set(TRUE)
    for name, value in found.items():
        low, high = parameters()[name].bounds
        assert low <= value <= high
    assert found["adoption.effect_sd"] == pytest.approx(0.25, rel=0.5)
    assert found["adoption.observation_error"] == pytest.approx(0.1, rel=0.6)
    assert 0.2 < found["adoption.rise_error"] < 1.5
