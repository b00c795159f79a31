"""Recorded drivers: adoption alone is the whole model, with and without random steps."""

import numpy as np
import pytest

from divide.calibration.fit import drivers
from divide.calibration.fit.drivers import Recorded
from divide.calibration.fit.hindcast import run, yearly
from divide.calibration.fit.spread import noise
from divide.model.constants import country_ids
from divide.model.world import load_world

ORIGIN, UNTIL = 2014, 2016
POINT = {
    "adoption.trend": 0.21,
    "adoption.price": 0.4,
    "adoption.skills": 0.5,
    "adoption.fading": 0.3,
    "adoption.momentum_weight": 0.6,
    "adoption.effect_sd": 0.3,
    "adoption.trend_sd": 0.1,
    "adoption.rise_error": 0.5,
    "adoption.observation_error": 0.1,
}


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return drivers.record(ORIGIN, UNTIL, POINT)


def test_recorded_core_is_the_whole_model(recorded: Recorded) -> None:
    whole = yearly(run(ORIGIN, UNTIL, POINT), "internet_users")
    core = drivers.run(recorded, drivers.values(POINT))
    assert core.shape == (1, UNTIL - ORIGIN, len(whole[0]))
    np.testing.assert_allclose(core[0], whole, rtol=0, atol=1e-12)


def test_random_steps_of_a_draw_are_those_of_the_model() -> None:
    """Where the drivers are recorded under the draw, paths agree; another draw is another path."""
    world = load_world(ORIGIN)
    ids = tuple(country_ids(world.iso3).tolist())
    own = drivers.record(ORIGIN, UNTIL, POINT, world, draw=3)
    whole = yearly(run(ORIGIN, UNTIL, POINT, world, draw=3), "internet_users")
    steps = noise([3, 4], UNTIL - ORIGIN, ids, POINT)
    core = drivers.run(own, drivers.values(POINT), steps)
    np.testing.assert_allclose(core[0], whole, rtol=0, atol=1e-12)
    assert np.abs(core[1] - whole).mean() > 0.005


def test_a_parameter_moves_the_core_as_it_moves_the_whole_model(recorded: Recorded) -> None:
    """Drivers recorded at other parameters leave a small part of the effect out."""
    for name, value in (("adoption.trend", 0.05), ("adoption.fading", 0.1)):
        changed = {**POINT, name: value}
        whole = yearly(run(ORIGIN, UNTIL, changed), "internet_users")
        core = drivers.run(recorded, drivers.values(changed))[0]
        moved = np.abs(whole - drivers.run(recorded, drivers.values(POINT))[0]).mean()
        assert np.abs(core - whole).mean() < 0.05 * moved, name
