"""Predictive draws: the same future for every policy, and none of it in the central run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario, predictive
from divide.model.declare.parameters import parameters
from divide.model.initial import level_at_start, observed_level

Array = NDArray[np.float64]
IDS = np.arange(188, dtype=np.int64)
SMALL = {"firms": 400, "platforms": 40, "until": 2026}
NOISE = ("effect_sd", "trend_sd", "rise_error", "observation_error")
SKILLS = Policy(budget=1e6, levers={"skills_training": LeverUse(5e7, ramp_years=0)})


def finished(**settings: Any) -> DigitalDivideModel:
    m = DigitalDivideModel(Scenario(**{**SMALL, **settings}))
    m.run()
    return m


# The central run ---------------------------------------------------------------------------------


def test_the_central_run_has_no_noise(differing: Callable) -> None:
    ends = [
        {f"adoption.{name}": parameters()[f"adoption.{name}"].bounds[end] for name in NOISE}
        for end in (0, 1)
    ]
    assert differing(finished(parameters=ends[0]), finished(parameters=ends[1])) == []
    assert differing(finished(parameters=ends[0], draw=1), finished(draw=1)) != []


def test_the_central_run_starts_at_the_figures_and_a_draw_beside_them() -> None:
    m = DigitalDivideModel(Scenario(**SMALL))
    np.testing.assert_array_equal(level_at_start(m), observed_level(m.world))
    drawn = DigitalDivideModel(Scenario(draw=1, **SMALL))
    assert np.all(level_at_start(drawn) != observed_level(drawn.world))
    online = drawn.national(drawn.state.countries.online)
    np.testing.assert_allclose(online, level_at_start(drawn), rtol=0, atol=1e-12)


@pytest.mark.parametrize("draw", range(1, 9))
@pytest.mark.parametrize("start", [2005, 2022])
def test_nobody_is_beyond_reach_at_the_start_of_a_draw(start: int, draw: int) -> None:
    """In draws 35, 43 and 51 more than all of a cell were online before reach gave way."""
    for number in (draw, 34 + draw, 43 + draw):
        plan = Scenario(start=start, until=start + 1, draw=number, firms=400, platforms=40)
        m = DigitalDivideModel(plan)
        c = m.state.countries
        assert np.all(c.online <= c.potential + 1e-12)
        assert np.all(c.potential <= 1)
        np.testing.assert_allclose(m.national(c.online), level_at_start(m), rtol=0, atol=1e-12)


# Which future a draw is --------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [1, 2, 7])
def test_two_policies_on_one_draw_meet_the_same_steps(draw: int) -> None:
    taught, without = finished(policy=SKILLS, draw=draw), finished(draw=draw)
    np.testing.assert_array_equal(taught.state.countries.effect, without.state.countries.effect)
    assert taught.state.trend == without.state.trend
    people = taught.state.countries.population
    online = [people @ m.national(m.state.countries.online) for m in (taught, without)]
    assert online[0] > online[1]


def test_steps_do_not_hang_on_the_seed() -> None:
    one, other = finished(draw=3, seed=1), finished(draw=3, seed=2)
    np.testing.assert_array_equal(one.state.countries.effect, other.state.countries.effect)
    assert one.state.trend == other.state.trend
    assert one.state.firms.state.tobytes() != other.state.firms.state.tobytes()


def test_steps_do_not_hang_on_the_steps_a_year() -> None:
    still = {"adoption.trend": 0.0, "adoption.effect_sd": 0.5}
    quarter = finished(draw=3, parameters=still)
    eighth = finished(draw=3, parameters=still, steps_per_year=8)
    assert quarter.state.trend != 0
    assert quarter.state.trend == pytest.approx(eighth.state.trend, abs=1e-12)
    expected = sum(predictive.common_step(3, year, 0.1) for year in range(4))
    assert quarter.state.trend == pytest.approx(expected, abs=1e-12)
    # Effects fade within the year, so that they differ by little.
    effects = [m.state.countries.effect for m in (quarter, eighth)]
    moved = np.abs(effects[0] - finished(parameters=still).state.countries.effect).mean()
    assert np.abs(effects[0] - effects[1]).max() < 0.05
    assert np.abs(effects[0] - effects[1]).mean() < 0.03 * moved


def test_another_draw_is_another_future() -> None:
    steps = [predictive.country_steps(draw, 0, IDS, 0.3) for draw in (1, 3, 5)]
    for i, one in enumerate(steps):
        for other in steps[i + 1 :]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.25
    years = [predictive.country_steps(1, year, IDS, 0.3) for year in (0, 1)]
    assert abs(np.corrcoef(*years)[0, 1]) < 0.25
    rise = predictive.normal(1, "rise", 0, IDS)
    assert abs(np.corrcoef(rise, steps[0])[0, 1]) < 0.25, "streams are independent"


def test_a_country_meets_its_steps_whatever_others_there_are() -> None:
    alone = predictive.country_steps(4, 2, IDS[[7, 90]], 0.3)
    np.testing.assert_array_equal(alone, predictive.country_steps(4, 2, IDS, 0.3)[[7, 90]])


@pytest.mark.parametrize("pair", [1, 2, 30])
def test_draws_come_in_mirror_images(pair: int) -> None:
    first, second = 2 * pair - 1, 2 * pair
    for year in (0, 5):
        one, other = (predictive.country_steps(k, year, IDS, 0.3) for k in (first, second))
        np.testing.assert_allclose(one, -other, rtol=1e-6, atol=1e-12)
        one, other = (predictive.common_step(k, year, 0.1) for k in (first, second))
        assert one == pytest.approx(-other, rel=1e-6)
    errors = [predictive.observation_error(k, 0, IDS, 0.1) for k in (first, second)]
    np.testing.assert_allclose(errors[0], -errors[1], rtol=1e-6, atol=1e-12)


# How wide they are -------------------------------------------------------------------------------


@pytest.mark.parametrize("sd", [0.05, 0.4, 0.8])
def test_factors_of_the_rise_have_mean_one(sd: float) -> None:
    factors = np.concatenate([predictive.rise_factor(k, IDS, sd) for k in range(1, 601)])
    error = np.sqrt(np.expm1(sd**2) / len(factors))
    assert factors.min() > 0
    assert factors.mean() == pytest.approx(1, abs=4 * error)
    assert np.log(factors).std() == pytest.approx(sd, rel=0.02)


def test_heavy_steps_have_their_spread_and_heavier_tails_than_normal_ones() -> None:
    steps = np.concatenate([predictive.heavy(k, "x", 0, IDS, 0.3) for k in range(1, 601)])
    assert steps.std() == pytest.approx(0.3, rel=0.03)
    assert steps.mean() == pytest.approx(0, abs=1e-9), "mirror images"
    normal = np.concatenate([predictive.normal(k, "x", 0, IDS) for k in range(1, 601)])
    assert normal.std() == pytest.approx(1, rel=0.02)
    beyond = [(np.abs(x / x.std()) > 4).mean() for x in (steps, normal)]
    assert beyond[0] > 10 * beyond[1]


def test_more_spread_makes_a_wider_future(column: Callable) -> None:
    def spread(sd: float) -> float:
        values = {"adoption.effect_sd": sd, "adoption.trend_sd": 0.02}
        ends = [
            column(finished(draw=k, parameters=values), "internet_users")[-1] for k in range(1, 7)
        ]
        return float(np.std(ends, axis=0).mean())

    assert spread(0.5) > 1.3 * spread(0.05)
