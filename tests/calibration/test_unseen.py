from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from divide.calibration.fit.sample import Size
from divide.calibration.score import unseen
from divide.experiments.carry.calls import Workers
from divide.model.momentum import expected_rise, momentum
from divide.model.world import load_world

ORIGIN = 2015


@pytest.fixture(scope="module")
def world():
    return load_world(ORIGIN)


@pytest.fixture(scope="module")
def hidden(world):
    return unseen.deal(len(world.iso3)) == 0


def test_folds_share_out_every_country_once():
    fold = unseen.deal(187)
    assert sorted(np.bincount(fold).tolist()) == [37, 37, 37, 38, 38]
    np.testing.assert_array_equal(fold, unseen.deal(187))
    assert (fold != unseen.deal(187, seed=2)).any()


def test_every_country_is_forecast_by_a_fit_that_did_not_see_it(tmp_path, monkeypatch):
    """Small fits: each fold is hidden once, and its forecast is of that fold's fit."""
    asked, whole = [], unseen.sample.sample

    def spy(last, folder, run, **given):
        posterior = whole(last, folder, run, **given)
        asked.append((given["hidden"], posterior))
        return posterior

    used = []
    path = unseen._path

    def seen(origin, until, point, hidden, blinded):
        used.append((hidden, point["adoption.trend"], blinded))
        return path(origin, until, point, hidden, blinded)

    monkeypatch.setattr(unseen.sample, "sample", spy)
    monkeypatch.setattr(unseen, "_path", seen)
    monkeypatch.setattr(unseen, "FOLDS", 2)
    monkeypatch.setattr(unseen, "deal", lambda n: np.arange(n) % 2)
    size = Size(strata=1, walkers=16, burn_in=1, steps=1)
    with Workers(1) as run:
        found = unseen.forecast_unseen(2007, 2009, tmp_path, run, draws=2, size=size)
    assert np.array_equal(asked[0][0], ~asked[1][0])
    assert not np.array_equal(asked[0][1].draws, asked[1][1].draws)
    for hidden, posterior in asked:
        mine = [(trend, b) for mask, trend, b in used if np.array_equal(mask, hidden)]
        trends = posterior.draws[:2, posterior.names.index("adoption.trend")].tolist()
        assert mine == [(trend, b) for b in (True, False) for trend in trends]
    assert 150 < found.countries <= 165
    assert found.cells > found.countries
    assert 0 < found.own_rise < 10
    assert 0 < found.model < 10
    assert found.against.difference == pytest.approx(found.model - found.regression)


def test_blind_keeps_one_figure_of_the_hidden_and_all_of_the_others(world, hidden):
    made = unseen.blind(world, hidden)
    _, before = world.series(unseen.INDICATOR)
    _, after = made.series(unseen.INDICATOR)
    seen = np.isfinite(after)
    assert (seen[:, hidden].sum(axis=0) <= 1).all()
    np.testing.assert_array_equal(after[:, ~hidden], before[:, ~hidden])
    np.testing.assert_array_equal(after[seen], before[seen])
    np.testing.assert_array_equal(made.series("income")[1], world.series("income")[1])
    np.testing.assert_array_equal(made.values["internet_users"], world.values["internet_users"])


def test_blind_countries_expect_what_is_usual(world, hidden):
    made = unseen.blind(world, hidden)
    online = np.clip(world.values["internet_users"], 1e-3, 0.995)
    past = momentum(made, 3)
    own, usual = (expected_rise(past, online, weight) for weight in (1.0, 0.0))
    np.testing.assert_allclose(own[hidden], usual[hidden])
    assert (own[~hidden] != usual[~hidden]).mean() > 0.9


def test_past_of_the_hidden_cannot_reach_a_blind_forecast(world, hidden):
    """Metamorphic: another past below the last figure gives the same bits."""
    years, values = world.series(unseen.INDICATOR)
    values = values.copy()
    for i in np.flatnonzero(hidden):
        seen = np.flatnonzero(np.isfinite(values[:, i]))
        values[seen[:-1], i] *= 0.5
    history = dict(world._history) | {unseen.INDICATOR: (years, values)}
    other = replace(world, _history=MappingProxyType(history))
    paths = [
        unseen.yearly(
            unseen.run_forward(ORIGIN, ORIGIN + 1, {}, unseen.blind(w, hidden)), unseen.INDICATOR
        )
        for w in (world, other)
    ]
    np.testing.assert_array_equal(*paths)
