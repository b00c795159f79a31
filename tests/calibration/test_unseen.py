from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from divide.calibration.fit.bank import Window
from divide.calibration.fit.posterior import Data, log_likelihood
from divide.calibration.score import unseen
from divide.model.initial import expected_rise
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


def test_hidden_rows_do_not_move_the_likelihood():
    rng = np.random.default_rng(1)
    means = rng.random((2, 30))
    data = Data((Window(2010, 2015), Window(2007, 2012)), means, ((0, 1, 2, 3, 4),) * 2)
    hidden = np.arange(30) % 5 == 0
    outputs = rng.random((7, 2, 30))
    expected = log_likelihood(outputs, unseen.hide(data, hidden))
    other = replace(data, means=np.where(hidden, 0.99, means))
    np.testing.assert_array_equal(log_likelihood(outputs, unseen.hide(other, hidden)), expected)
    assert (log_likelihood(outputs, other) != expected).any()
    np.testing.assert_array_equal(data.means, means)


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
    own, usual = (expected_rise(made, online, weight, 3) for weight in (1.0, 0.0))
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
