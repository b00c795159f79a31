"""Compiled loops of the country processes give what plain formulas on whole arrays give."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from divide.model import cells, constants, vector
from divide.model.outcomes import snapshot
from divide.model.processes import (
    adoption,
    affordability,
    coverage,
    growth,
    rules,
    security,
)
from divide.model.streams import key, uniforms

Array = NDArray[np.float64]
N, CLOSE = 60, 1e-12
LUCK = np.random.default_rng(11)


def some(low: float = 0.0, high: float = 1.0, shape: int | tuple[int, ...] = N) -> Array:
    return LUCK.uniform(low, high, shape)


def same(found: Array, expected: Array) -> None:
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=1e-14)


@pytest.mark.parametrize("low", [-690.0, -30.0, -1e-3])
def test_exponentials_and_logarithms_err_by_two_units_in_the_last_place(low: float) -> None:
    x = some(low, -low, 10_000)
    found = x.copy()
    vector.exp(found)
    np.testing.assert_allclose(found, np.exp(x), rtol=2 * np.finfo(float).eps)
    logs = np.empty_like(x)
    vector.log(np.exp(x), logs)
    expected = np.log(np.exp(x))
    np.testing.assert_allclose(logs, expected, rtol=2 * np.finfo(float).eps)


def test_extremes_stay_finite() -> None:
    x = np.array([-1e300, -700.0, 0.0, 700.0, 1e300])
    vector.exp(x)
    np.testing.assert_allclose(x, np.exp([-700.0, -700.0, 0.0, 700.0, 700.0]), rtol=1e-15)
    logs = np.empty(2)
    vector.log(np.array([0.0, 1.0]), logs)
    assert logs[0] < -700
    assert logs[1] == 0.0


@pytest.mark.parametrize("columns", [0, 3, 4, 190])
def test_products_are_those_of_linear_algebra_and_have_one_order(columns: int) -> None:
    matrix, x = some(-1, 1, (7, columns)), some(-1, 1, columns)
    found = vector.product(matrix, x)
    same(found, matrix @ x)
    whole = columns - columns % 4
    parts = [0.0] * 4
    for j in range(columns):
        parts[j % 4 if j < whole else 0] += matrix[5, j] * x[j]
    assert found[5] == (parts[0] + parts[1]) + (parts[2] + parts[3])


def test_incidents_by_formula() -> None:
    online, accounts, smart, urban, capacity, certified, alliance = some(shape=(7, N))
    p = security.Terms(3.0, 0.4, 1.2, 0.3, 0.2)
    found = security.struck_by(online, accounts, smart, urban, capacity, certified, alliance, p)
    exposure = np.sqrt(online * accounts) * (1 + 0.4 * smart * urban)
    shield = (1 - 0.3 * certified) * (1 - 0.2 * alliance)
    same(found, 3.0 * exposure * np.exp(-1.2 * capacity) * shield)


def test_capacity_and_trust_by_formula() -> None:
    capacity, trust, norm, loss, alliance = some(shape=(5, N))
    officials = some(0.0, 5_000.0)
    expected = capacity + (1 - capacity) * (1 - np.exp(-(0.02 + 0.01 * np.log1p(officials / 1000))))
    security.grow(capacity, officials, 0.02, 0.01)
    same(capacity, expected)
    recovered = trust + (norm - trust) * 0.1
    expected = np.maximum(0.0, recovered - loss * (1 - 0.3 * alliance))
    security.lose_trust(trust, norm, loss, alliance, 0.1, 0.3)
    same(trust, expected)
    assert (trust == 0).any() and (trust > 0).any()


def test_growth_by_formula() -> None:
    income, people = some(500.0, 90_000.0), some(1e5, 1e9)
    trend, gained, births = some(-0.02, 0.05), some(-0.1, 0.1), some(-0.01, 0.03)
    online, accounts, cloud, margin = some(-0.1, 0.1, (4, N))
    p = growth.Terms(0.1, 0.05, 0.02, 0.015, 0.97, 0.98, 0.25)
    gain = 0.02 * cloud + margin + 0.1 * online + 0.05 * accounts
    later = 0.015 + (trend - 0.015) * 0.97
    expected = (
        income * np.exp(later * 0.25 + gain), later, gained + gain,
        people * np.exp(births * 0.25), births * 0.98,
    )  # fmt: skip
    found = income, trend, gained, people, births
    growth.grow(*found, online, accounts, cloud, margin, p)
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_who_can_pay_by_formula() -> None:
    income, needed, spread = some(300.0, 90_000.0), some(10.0, 40_000.0), some(0.3, 1.4)
    z = (np.log(income / needed) - spread**2 / 2) / spread
    same(affordability.within(income, needed, spread), ndtr(z))
    # Where next to nobody can pay the share keeps its digits.
    assert affordability.within(np.ones(1), np.full(1, 1e4), np.ones(1))[0] == pytest.approx(
        ndtr(np.log(1e-4) - 0.5), rel=1e-10
    )


def test_prices_and_those_who_leave_by_formula() -> None:
    basket, now, before, rise = some(3.0, 60.0), some(), some(), some(0.5, 2.0)
    expected = basket * np.exp(now - before - 0.01)
    affordability.fall(basket, now, before, 0.01)
    same(basket, expected)
    online = some(shape=(N, 20))
    expected = online * np.maximum(rise, 1.0)[:, None] ** -0.45
    affordability.leave_at_once(online, rise, 0.45)
    same(online, expected)


def test_cooperation_climbs_by_formula() -> None:
    ids, draw, hub = np.arange(N) + 5, key(3, "rules.ladder", 4), 7
    stage = LUCK.integers(0, 4, N).astype(float)
    member, services, distance, effort = (some() < 0.6).astype(float), some(), some(), some()
    p = rules.Ladder(0.3, 1.1, 2.0, 0.8)
    rate = 0.3 * member * np.exp(1.1 * (services - 0.5) - 2.0 * (distance - distance.mean()))
    ahead = (uniforms(draw, ids) < 1 - np.exp(-(rate + 0.8 * effort))) & (stage < 3)
    ahead[hub] = False
    found = stage.copy()
    rules.climb(found, draw, ids, member, services, distance, effort, hub, p)
    np.testing.assert_array_equal(found, stage + ahead)
    assert 0 < ahead.sum() < N


def cost_by_formula(start: Array, end: Array, unit: Array, eta: Array, cap: Array) -> Array:
    power, reached = 1 - eta, np.maximum(end, start)
    kink = 1 - np.where(cap > unit, unit / cap, 1.0) ** (1 / eta)
    low, high = np.minimum(start, kink), np.minimum(reached, kink)
    on_curve = unit * ((1 - low) ** power - (1 - high) ** power) / power
    beyond = reached - high - (start - low)
    return on_curve + np.where(beyond > 0, beyond * np.minimum(cap, 1e300), 0.0)


@pytest.mark.parametrize("capped", [True, False])
def test_cost_of_coverage_by_formula(capped: bool) -> None:
    start, end = some(0.0, 0.9), some(0.1, 1.0)
    unit, eta = some(10.0, 90.0), some(0.15, 0.85)
    cap = some(20.0, 200.0) if capped else np.full(N, np.inf)
    usd = coverage.cost_to_cover(start, end, unit, eta, cap)
    np.testing.assert_allclose(
        usd, cost_by_formula(start, end, unit, eta, cap), rtol=CLOSE, atol=1e-11
    )
    whole = coverage.cost_to_cover(start, 1.0, unit, eta, cap)
    same(whole, cost_by_formula(start, np.ones(N), unit, eta, cap))
    bought = coverage.coverage_bought(start, usd, unit, eta, cap)
    np.testing.assert_allclose(bought, np.maximum(start, end), rtol=1e-9)
    np.testing.assert_array_equal(coverage.coverage_bought(start, 0 * usd, unit, eta, cap), start)


def test_reach_by_formula() -> None:
    broad, narrow, power, urban = some(shape=(4, N))
    shares = constants.cell_shares(urban)

    def by_cell(share: Array) -> Array:
        city = np.minimum(1.0, share / np.maximum(urban, 1e-9))
        rest = np.maximum(0.0, share - urban) / np.maximum(1 - urban, 1e-9)
        return cells.by_place(city, np.minimum(rest, 1.0))

    any_network, electricity = by_cell(np.maximum(narrow, broad)), by_cell(power)
    networks = by_cell(broad) + 0.3 * (any_network - by_cell(broad))
    expected = networks * (0.4 + 0.6 * electricity)
    same(adoption.served(broad, narrow, power, urban, 0.3, 0.4), expected)
    covered = (by_cell(np.minimum(broad, power)) * shares).sum(axis=1)
    same(adoption.reached(broad, power, urban, shares), np.minimum(covered, 1.0))


def test_rates_of_groups_by_formula() -> None:
    urban, online = some(0.05, 0.95), some(shape=(N, 20))
    shares = constants.cell_shares(urban)
    found = snapshot.Rates(*snapshot.rates(online[None], shares, urban[None])[:, 0])
    groups = {
        "everyone": np.ones(20, bool),
        "poorest": cells.QUINTILE < 2,
        "richest": cells.QUINTILE >= 2,
        "city": cells.PLACE == cells.CITY,
        "countryside": cells.PLACE == cells.COUNTRYSIDE,
        "women": cells.SEX == cells.WOMEN,
        "men": cells.SEX == cells.MEN,
    }
    for name, group in groups.items():
        people = shares[:, group]
        same(getattr(found, name), (online[:, group] * people).sum(axis=1) / people.sum(axis=1))
    same(found.sex_gap, found.women - found.men)
    same(found.women_per_man, found.women / found.men)


def test_dependence_by_formula() -> None:
    vendors, on_platforms = LUCK.dirichlet(np.ones(4), N), some()
    concentration, depends = snapshot.dependence(vendors, on_platforms, 2)
    same(concentration, (vendors**2).sum(axis=1))
    same(depends, (2 * on_platforms + vendors[:, 2]) / 3)
