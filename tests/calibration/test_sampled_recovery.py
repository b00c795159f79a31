"""Simulation-based calibration of the sampled fit: made-up data and what is made of them."""

import numpy as np
import pytest

from divide.calibration.fit import drivers
from divide.calibration.fit.kept import Kept
from divide.calibration.fit.sample import Size, cut_names, sampled_names, windows
from divide.calibration.score import sampled_recovery as recovery
from divide.calibration.score.backtest import unit
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters
from divide.model.world import load_world

LAST, SETS = 2007, 2
SIZE = Size(strata=1, walkers=16, burn_in=1, steps=2)


@pytest.fixture(scope="module")
def region():
    return load_world(LAST).table["region"].to_numpy(str)


def test_truths_are_a_hypercube_of_the_priors():
    truths = [recovery.truth_of(k, 40) for k in range(40)]
    for name in (*sampled_names(), *cut_names()):
        rank = np.argsort(np.argsort([truth[name] for truth in truths]))
        prior = parameters()[name].prior
        assert sorted(rank) == list(range(40))
        middle = np.median([truth[name] for truth in truths])
        assert prior.ppf(0.45) <= middle <= prior.ppf(0.55)


def test_made_up_data_are_a_known_path_with_real_errors(region):
    """Gaps are those of the figures, and errors are as large and as tied as real ones."""
    values = recovery.truth_of(0, 4)
    rng = np.random.default_rng(1)
    many = [recovery.made_up(LAST, values, region, rng) for _ in range(30)]
    real = recovery.real_errors(LAST)
    lenders = recovery.donors(real)
    assert len(lenders) > 100
    for number, window in enumerate(windows(LAST)):
        path = drivers.run(window.recorded, drivers.values(values))[0]
        errors = []
        for made in many:
            observed = made[number].observed
            np.testing.assert_array_equal(np.isfinite(observed), window.seen)
            assert np.nanmin(observed) >= 0
            assert np.nanmax(observed) <= 1
            inside = (observed > 0) & (observed < 1)
            errors.append(np.where(inside, (observed - path) / unit(path), np.nan))
        expected = np.abs(np.nan_to_num(real[number][:, lenders])).mean()
        assert np.nanmean(np.abs(errors)) == pytest.approx(expected, rel=0.15)
        assert abs(np.nanmean(errors)) < 0.4 * expected
    assert many[0][0] is not windows(LAST)[0]
    assert not np.array_equal(windows(LAST)[0].observed, many[0][0].observed, equal_nan=True)


def test_two_countries_of_a_region_share_a_sign_a_little_more_often(region):
    p = recovery.SHARED
    assert (2 * p - 1) ** 2 == pytest.approx(recovery.WITHIN_REGION)


def test_recovery_goes_on_from_finished_sets_and_judges_sampled_parameters(tmp_path, monkeypatch):
    made = []
    whole = recovery.one
    monkeypatch.setattr(recovery, "one", lambda *job: made.append(job[1]) or whole(*job))
    with Workers(1) as run:
        found = recovery.recover(LAST, tmp_path, run, sets=SETS, size=SIZE)
        place = Kept(tmp_path, ["recovery", LAST, SETS, SIZE]).place
        (place / "set-1.json").unlink()
        again = recovery.recover(LAST, tmp_path, run, sets=SETS, size=SIZE)
    assert made == [0, 1, 1]
    assert found.names == sampled_names()
    assert found.rank.shape == found.inside.shape == (SETS, len(sampled_names()))
    np.testing.assert_array_equal(found.rank, again.rank)
    np.testing.assert_array_equal(found.inside, again.inside)
    assert ((found.rank >= 0) & (found.rank <= 1)).all()
    assert (found.error >= 0).all()
    assert (found.shrinkage < 1).all()
