"""Who could be online and who is: the start, what moves it, and what must not."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.cells import CITY, COUNTRYSIDE, PLACE
from divide.model.declare.values import Values
from divide.model.initial import observed_level
from divide.model.momentum import expected_rise, momentum
from divide.model.policy.policy import packages
from divide.model.processes import adoption, affordability, skills
from divide.model.world import World, load_world

Array = NDArray[np.float64]
SMALL = {"firms": 400, "platforms": 40}
#: Without what is added in a run to the hazard of the start.
STILL = {"adoption.trend": 0.0, "adoption.services_growth": 0.0, "adoption.fading": 0.01}

#: Without the luck of firms, of which a small run has few: none pays, sells, earns or uses tools.
NO_FIRMS = {
    "adoption.merchants": 0.0,
    "adoption.marketplaces": 0.0,
    "growth.from_trade": 0.0,
    "growth.from_cloud": 0.0,
}


def one(name: str, intensity: float, **use: Any) -> Policy:
    """A policy of one lever in full force from the start, with money enough."""
    return Policy(name, budget=1e6, levers={name: LeverUse(intensity, **{"ramp_years": 0, **use})})


def finished(world: World | None = None, processes: Any = None, **settings: Any) -> Any:
    m = DigitalDivideModel(Scenario(**{**SMALL, "until": 2030, **settings}), processes, world)
    m.run()
    return m


def altered(**values: Array) -> World:
    """The world of 2022 with other figures."""
    was = load_world(2022)
    return replace(was, values=MappingProxyType(was.values | values))


def users(m: DigitalDivideModel) -> float:
    c = m.state.countries
    return float(c.population @ m.national(c.online))


# The start ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [2000, 2004, 2008, 2011, 2014, 2017, 2020, 2021, 2022])
def test_the_start_is_the_observed_share(start: int) -> None:
    m = DigitalDivideModel(Scenario(start=start, until=start + 1, **SMALL))
    online = m.national(m.state.countries.online)
    np.testing.assert_allclose(online, observed_level(m.world), rtol=0, atol=1e-12)
    given = m.world.values["internet_users"]
    inside = (given > 1e-3) & (given < 0.995)
    np.testing.assert_allclose(online[inside], given[inside], rtol=0, atol=1e-12)


@pytest.mark.parametrize("under_way", [STILL, {}])
@pytest.mark.parametrize("start", [2008, 2015, 2018])
def test_the_first_year_rises_as_expected(start: int, under_way: dict[str, float]) -> None:
    """Where reach does not hold it: a little less, as fewer are left, or more by a trend."""
    plan = Scenario(start=start, until=start + 1, parameters=under_way, **SMALL)
    m = DigitalDivideModel(plan)
    p, c = m.values.adoption, m.state.countries
    past = momentum(m.world, int(p.momentum_years))
    assert not past.early.any()
    level = m.national(c.online)
    expected = expected_rise(past, level, p.momentum_weight)
    reach = m.national(np.minimum(adoption.within_reach(m), 1))
    free = m.national(c.potential) < 0.98 * p.saturation * reach
    assert free.sum() > 150
    m.run()
    rise = m.national(m.state.countries.online) - level
    assert np.median(rise[free] / expected[free]) == pytest.approx(1, abs=0.12)
    assert np.abs(rise - expected)[free].mean() < 0.005
    assert np.corrcoef(rise[free], expected[free])[0, 1] > 0.9


def test_the_first_steps_rise_as_expected_but_for_who_came_early() -> None:
    """Right at the start of 2022, whose last years were hurried: less by who has come already."""
    m = DigitalDivideModel(Scenario(until=2023, parameters=STILL, **SMALL))
    p, level = m.values.adoption, m.national(m.state.countries.online)
    past = momentum(m.world, int(p.momentum_years))
    expected = expected_rise(past, level, p.momentum_weight)
    m.step()
    rise = (m.national(m.state.countries.online) - level) / m.dt
    people = m.state.countries.population
    assert 0 < people @ rise < people @ expected
    assert people @ rise > 0.3 * (people @ expected)


# What moves it -----------------------------------------------------------------------------------

#: A strength of each lever that helps people to go online.
HELP = {
    "price_subsidy": 0.3,
    "handset_help": 0.3,
    "skills_training": 5e7,
    "electricity": 3_000,
    "rural_coverage": 3_000,
    "satellite_connection": 1_000,
    "merchant_acceptance": 0.5,
    "submarine_cables": 1_000,
}


@pytest.mark.parametrize("name", sorted(HELP))
def test_levers_that_help_bring_people_online_and_more_bring_more(name: str) -> None:
    without = users(finished())
    gained = [
        users(finished(policy=one(name, part * HELP[name], target="bri_members"))) - without
        for part in (0.5, 1.0)
    ]
    assert 0 < gained[0] < gained[1]


def test_a_driver_moves_the_log_odds_by_its_slope() -> None:
    p = Values({}).adoption
    zero = adoption.Drivers(*(np.zeros(1) for _ in adoption.Drivers._fields))
    slopes = {
        "price": -p.price,
        "income": p.income,
        "handset": -p.handset_share * (p.income - p.price),
        "schooling": p.schooling,
        "services": p.services,
        "others": 1.0,
    }
    assert set(slopes) == set(adoption.Drivers._fields)
    for name, slope in slopes.items():
        moved = adoption.log_odds(zero._replace(**{name: np.full(1, 2.0)}), p)
        assert moved[0] == pytest.approx(2 * slope, rel=1e-12), name
    assert adoption.odds_by_skills(np.array([0.1]), p)[0] == pytest.approx(np.exp(0.1 * p.skills))


def test_handsets_have_no_effect_beyond_that_of_income() -> None:
    dear = Values({"adoption.income": 0.2, "adoption.price": 0.5}).adoption
    assert adoption.handset_slope(dear) == 0.0


def test_odds_by_cell_are_those_of_income_and_place() -> None:
    m = DigitalDivideModel(Scenario(**SMALL))
    p = m.values.adoption
    odds = adoption.odds_by_cell(m.income_factor, p)
    np.testing.assert_array_equal(odds, m.cell_odds)
    between = odds[:, PLACE == CITY] / odds[:, PLACE == COUNTRYSIDE]
    np.testing.assert_allclose(between, np.exp(p.urban), rtol=1e-12)
    rich, poor = (m.income_factor[:, k] for k in (-1, 3))
    np.testing.assert_allclose(odds[:, -1] / odds[:, 3], (rich / poor) ** p.income, rtol=1e-12)


def test_power_and_narrowband_count_in_part() -> None:
    m = DigitalDivideModel(Scenario(parameters={"adoption.narrowband": 0.8}, **SMALL))
    c, p = m.state.countries, m.values.adoption
    c.mobile[:], c.fixed[:], c.satellite[:], c.urban[:] = 0.4, 0.0, 0.0, 0.5
    c.narrowband[:], c.electricity[:] = 0.7, 0.6
    reach = adoption.within_reach(m)
    city = (0.8 + 0.8 * (1 - 0.8)) * (p.off_grid + (1 - p.off_grid) * 1.0)
    countryside = (0.8 * 0.4) * (p.off_grid + (1 - p.off_grid) * 0.2)
    np.testing.assert_allclose(reach[:, PLACE == CITY], city, rtol=1e-12)
    np.testing.assert_allclose(reach[:, PLACE == COUNTRYSIDE], countryside, rtol=1e-12)


def test_effects_fade_and_the_trend_declines_alike_in_steps_of_any_length() -> None:
    effect = np.array([-1.0, 0.5, 2.0])
    halves = adoption.fade(adoption.fade(effect, 0.3, 0.17, 0.125), 0.3, 0.17, 0.125)
    np.testing.assert_allclose(halves, adoption.fade(effect, 0.3, 0.17, 0.25), rtol=1e-12)
    np.testing.assert_allclose(adoption.fade(effect, 0.3, 0.17, 1e3), 0.3, rtol=1e-12)
    p = Values({}).adoption
    whole = p.trend * -np.expm1(-p.trend_decline * 10) / p.trend_decline
    for per_year in (4, 12):
        steps = (adoption.trend_step(k / per_year, p, 1 / per_year) for k in range(10 * per_year))
        assert sum(steps) == pytest.approx(whole, rel=1e-5)


def test_the_pandemic_hurries_in_its_years_only() -> None:
    m = DigitalDivideModel(Scenario(start=2018, until=2023, **SMALL))
    p, seen = m.values.adoption, {}
    while m.running:
        seen.setdefault(int(m.year), adoption.pace(m))
        m.step()
    for year, pace in seen.items():
        assert np.all(pace == (p.pandemic if year in (2020, 2021) else 1.0)), year


@pytest.mark.parametrize("policy", ["status_quo", "balanced"])
def test_quarters_and_eighths_of_a_year_agree(policy: str, column: Callable) -> None:
    quarter = finished(policy=policy, until=2040, parameters=NO_FIRMS)
    eighth = finished(policy=policy, until=2040, parameters=NO_FIRMS, steps_per_year=8)
    for name in ("internet_users", "online_poorest40", "online_women", "online_rural"):
        coarse, fine = column(quarter, name), column(eighth, name)[::2]
        np.testing.assert_allclose(fine, coarse, rtol=0, atol=0.01, err_msg=name)


# What must not -----------------------------------------------------------------------------------


def effects(world: World) -> dict[str, float]:
    """Person-years offline by 2030 that each package, and a subsidy, saves."""
    policies = {name: Policy.load(name) for name in packages() if name != "status_quo"}
    policies["subsidy"] = one("price_subsidy", 0.3, target="least_connected")

    def offline(policy: Policy | str) -> float:
        m = finished(world, policy=policy)
        return float(m.results().outcomes["years_offline"][-1])

    without = offline("status_quo")
    return {name: offline(policy) - without for name, policy in policies.items()}


@pytest.fixture(scope="module")
def as_given() -> dict[str, float]:
    """Effects in the world as it is."""
    found = effects(load_world(2022))
    assert max(found.values()) < 0, "every package saves person-years offline"
    return found


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_an_error_of_the_imputed_prices_changes_no_effect(
    factor: float, as_given: dict[str, float]
) -> None:
    price = load_world(2022).values["basket_price"]
    assert effects(altered(basket_price=factor * price)) == pytest.approx(as_given, rel=1e-9)


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_an_error_of_the_imputed_skills_changes_no_effect_of_a_skill_gained(factor: float) -> None:
    """So many gain skills, whatever the level they are thought to have had."""

    def gain(m: DigitalDivideModel) -> None:
        m.state.countries.skills += 0.005

    def nothing(m: DigitalDivideModel) -> None:
        """Nobody learns."""

    level = load_world(2022).values["skills"]

    def effect(world: World) -> Array:
        online = []
        for learn in (gain, nothing):
            steps = [learn if step is skills.step else step for step in PROCESSES]
            m = finished(world, steps, until=2026, parameters=NO_FIRMS)
            online.append(m.national(m.state.countries.online))
        return online[0] - online[1]

    as_is = effect(load_world(2022))
    assert as_is.min() > 0
    assert as_is.mean() > 0.003
    other = effect(altered(skills=np.minimum(factor * level, 0.9)))
    np.testing.assert_allclose(other, as_is, rtol=0.01)


@pytest.mark.parametrize(("factor", "change"), [(0.25, 0.15), (4.0, 0.5)])
def test_an_error_of_the_imputed_skills_turns_no_effect(
    factor: float, change: float, as_given: dict[str, float]
) -> None:
    """Where nearly all have skills few are left to teach, so that effects may change, not turn."""
    level = load_world(2022).values["skills"]
    other = effects(altered(skills=np.minimum(factor * level, 0.95)))
    for name, effect in as_given.items():
        assert other[name] == pytest.approx(effect, rel=change), name


def test_dearer_data_today_never_means_fewer_offline(column: Callable) -> None:
    """Neither a dearer basket at the start, nor one that is made dearer."""
    world = load_world(2022)
    price, others = world.values["basket_price"], np.array(world.iso3) != "CHN"
    as_is = column(finished(parameters=NO_FIRMS), "internet_users")
    some = price * np.where(np.arange(len(price)) % 2 == 0, 1.5, 1.0)
    dearer = finished(altered(basket_price=some), parameters=NO_FIRMS)
    assert np.all(column(dearer, "internet_users") <= as_is + 1e-9)
    before = as_is
    for rise in (0.1, 0.3, 0.6):
        tax = one("price_subsidy", -rise, target="all")
        taxed = column(finished(policy=tax, parameters=NO_FIRMS), "internet_users")
        assert np.all(taxed[-1, others] < before[-1, others])
        assert np.all(taxed <= before + 1e-9)
        before = taxed


def test_a_price_rise_drives_users_out_at_once_and_its_end_does_not_bring_them_back(
    column: Callable,
) -> None:
    tax = one("price_subsidy", -0.4, target=("KEN", "IND"), start=2024, end=2026)
    online: list[Array] = []

    def look(m: DigitalDivideModel) -> None:
        online.append(m.state.countries.online.copy())

    at = PROCESSES.index(affordability.step)
    steps = [*PROCESSES[:at], look, affordability.step, look, *PROCESSES[at + 1 :]]
    taxed, without = finished(processes=steps, policy=tax), finished()
    rows = [without.row_of[code] for code in ("KEN", "IND")]
    left = np.array([online[k + 1][rows] / online[k][rows] for k in range(0, len(online), 2)])
    driven_out = np.flatnonzero((left != 1).any(axis=(1, 2)))
    assert len(driven_out) == 1, "the rise drives them out once, its end does nothing"
    first = int(driven_out[0])
    # The basket itself falls a little in the same step.
    at_once = 1.4**-taxed.values.affordability.exit
    np.testing.assert_allclose(left[first], at_once, rtol=0.02)
    path = [column(m, "internet_users")[:, rows] for m in (taxed, without)]
    ratio = path[0] / path[1]
    np.testing.assert_allclose(ratio[: first + 1], 1, rtol=1e-3)
    assert np.all(np.diff(ratio[first:], axis=0)[0] < 0.8 * (at_once - 1))
    # Those who left come back as others come, over years, not when the tax ends.
    back = np.diff(ratio[first + 1 :], axis=0)
    assert np.all(back < 0.1 * (1 - at_once))
    assert np.all(ratio[first + 9 :] < 1)


def test_exit_is_of_rises_only() -> None:
    online, none, one = np.full((3, 20), 0.5), np.zeros(3), np.ones(3)
    p = affordability.Terms(0.0, 0.0, 0.0, 0.0, exit=0.45)
    tax = np.array([-1.0, 0.0, 0.5])
    affordability.reprice(10 * one, online, none, one, none, none, none.copy(), tax, p, 0.25)
    np.testing.assert_allclose(online[0], 0.5 * 2**-0.45, rtol=1e-12)
    np.testing.assert_array_equal(online[1:], 0.5)
