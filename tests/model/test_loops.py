"""Compiled loops of the country processes give what plain formulas on whole arrays give."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import poisson as poisson_law

from divide.model import cells, constants, vector
from divide.model.agents.country import CountryColumns
from divide.model.declare.frozen import frozen
from divide.model.outcomes import snapshot
from divide.model.processes import (
    adoption,
    affordability,
    coverage,
    growth,
    payments,
    rules,
    security,
)
from divide.model.processes import skills as skills_process
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
    matrix, x = frozen(np.asfortranarray(some(-1, 1, (7, columns)))), some(-1, 1, columns)
    found = vector.product(matrix, x)
    same(found, matrix @ x)
    parts, total = matrix[5] * x, 0.0
    for j in range(0, columns - columns % 4, 4):
        total += (parts[j] + parts[j + 1]) + (parts[j + 2] + parts[j + 3])
    for part in parts[columns - columns % 4 :]:
        total += part
    assert found[5] == total


def test_incidents_by_formula() -> None:
    online, accounts, smart, urban, capacity, certified, alliance = some(shape=(7, N))
    p = security.Terms(3.0, 0.4, 1.2, 0.3, 0.2)
    found = security.struck_by(online, accounts, smart, urban, capacity, certified, alliance, p)
    exposure = np.sqrt(online * accounts) * (1 + 0.4 * smart * urban)
    shield = (1 - 0.3 * certified) * (1 - 0.2 * alliance)
    same(found, 3.0 * exposure * np.exp(-1.2 * capacity) * shield)


def test_capacity_and_trust_by_formula() -> None:
    columns = some(shape=(7, N))
    online, accounts = some(shape=(2, N, cells.CELLS))
    shares, norm, held = constants.cell_shares(some()), some(), some(shape=(40, N)) / 4
    smart, urban, certified, alliance, officials, capacity, trust = columns
    officials *= 5_000.0 * (some() < 0.5)
    c = security.Exposed(online, accounts, *(column.copy() for column in columns))
    p, q = (
        security.Terms(30.0, 0.4, 1.2, 0.3, 0.2),
        security.Rates(0.08, 0.04, 0.4, 0.1, 0.2, 0.6, 0.9),
    )
    draws, ids, platforms = (key(1, "c", 2), key(1, "p", 2)), np.arange(N) + 3, np.arange(40)
    found = security.strike(c, shares, norm, held, draws, ids, platforms, 0.25, p, q)

    grown = capacity + (1 - capacity) * -np.expm1(-(0.02 + 0.01 * np.log1p(officials / 1000)))
    people = (online * shares).sum(axis=1), (accounts * shares).sum(axis=1)
    rate = security.struck_by(*people, smart, urban, grown, certified, alliance, p)
    expected = np.maximum(poisson_law.ppf(uniforms(draws[0], ids), rate / 4), 0)
    struck = uniforms(draws[1], platforms) < 0.1
    loss = 0.1 * expected + 0.2 * held[struck].sum(axis=0)
    recovered = trust + (norm - trust) * (1 - np.exp(-0.9 / 4))
    later = np.maximum(0.0, recovered - loss * (1 - 0.3 * alliance))
    assert struck.any() and (expected > 1).any()
    assert (later == 0).any() and (later > 0).any()
    for one, other in ((c.security, grown), (found, expected), (c.trust, later)):
        same(one, other)


def test_growth_by_formula() -> None:
    income, people = some(500.0, 90_000.0), some(1e5, 1e9)
    trend, gained, births = some(-0.02, 0.05), some(-0.1, 0.1), some(-0.01, 0.03)
    ring, accounts, cloud, left = some(shape=(5, N)), some(), some(), some(0.0, 0.01)
    online, holding = some(shape=(2, N, cells.CELLS))
    shares, exports, level = constants.cell_shares(some()), some(0.0, 1e9), some(0.2, 1.5)
    tools, staff = LUCK.integers(0, 9, (N, 16)), some(0.0, 0.1, (N, 16))
    p = growth.Terms(0.1, 0.05, 0.02, 0.3, 0.015, 0.12)
    held, reach = (holding * shares).sum(axis=1), (tools * staff).sum(axis=1)
    margin = 0.3 * exports / (income * level * people)
    # Slot 7 % 5 is the oldest but one: it holds who was online when the lag began.
    gain = 0.1 * (ring[3] - ring[2]) + 0.05 * (held - accounts)
    gain += 0.02 * (reach - cloud) + margin - left
    later, after = 0.015 + (trend - 0.015) * np.exp(-0.03), ring.copy()
    after[2] = (online * shares).sum(axis=1)
    expected = (
        income * np.exp(later * 0.25 + gain), later, gained + gain,
        people * np.exp(births * 0.25), births * np.exp(-0.015), after, held, reach, margin,
    )  # fmt: skip
    found = income, trend, gained, people, births, ring, accounts, cloud, left
    growth.grow(*found, online, holding, shares, tools, staff, exports, level, 7, p, 0.25)
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_skills_by_formula() -> None:
    skills, online = some(shape=(2, N, cells.CELLS))
    years, officials, labs, schooling = some(2.0, 14.0), some(0.0, 50.0), some(), some()
    people, came, opened = some(1e5, 1e9), some(0.0, 900.0), some(0.0, 5.0)
    trained, shares = some(0.0, 1e6), constants.cell_shares(some())
    p = skills_process.Terms(0.02, 0.05, 0.01, 0.4, 0.03, 20.0, 0.1, 0.08, 0.06)
    serving = officials * np.exp(-0.025) + came / (people / 1e6)
    unskilled = people * (1 - (skills * shares).sum(axis=1))
    taught = (serving * people / 1e6 * 20.0 * 0.25 + trained) / unskilled
    assert (taught > 0.0075).any() and (taught < 0.0075).any(), "courses are full in some"
    learns = 0.02 * schooling[:, None] + 0.05 * online
    after = skills + (1 - skills) * learns * 0.25 - 0.01 * (1 - online) * skills * 0.25
    after += 0.4 * np.minimum(taught, 0.0075)[:, None] * (1 - skills)
    expected = after, years + 0.015, serving, labs * np.exp(-0.02) + opened / (people / 1e6)
    found = skills, years, officials, labs
    skills_process.learn(
        *found, online, schooling, people, came, opened, trained, shares, p, 0.25
    )  # fmt: skip
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_accounts_by_formula() -> None:
    accounts, online, before, odds = some(0.05, 0.95, (4, N, cells.CELLS))
    usual, relief, merchants, trust = some(-0.1, 1.0, (4, N))
    base, degree = some(shape=(2, 3, N))
    wallets, linked, _ = raised = base + (1 - base) * degree
    programmes = np.empty((3, N))
    p = payments.Terms(0.5, 0.4, 0.3, 0.2, 1.1, 0.15, 0.3, 0.6)
    drawn = 0.5 * merchants + 0.4 * wallets + 0.3 * linked + 0.2 * trust + 0.15 * 8.0
    lead = 0.15 * 0.7 / 0.3
    shifted = odds * np.exp(lead + drawn[:, None] + 1.1 * online - before)
    expected = (
        accounts + (1 - np.exp(-0.075)) * (shifted / (1 + shifted) - accounts),
        usual + (1 - np.exp(-0.15)) * (relief - usual),
    )  # fmt: skip
    payments.open_accounts(
        accounts, usual, *programmes, *base, *degree, relief, merchants, trust, online, before,
        odds, 8.0, 0.7, p, 0.25,
    )  # fmt: skip
    same(programmes, raised)
    same(accounts, expected[0])
    same(usual, expected[1])


def test_who_can_pay_by_formula() -> None:
    income, needed, spread = some(300.0, 90_000.0), some(10.0, 40_000.0), some(0.3, 1.4)
    z = (np.log(income / needed) - spread**2 / 2) / spread
    same(affordability.within(income, needed, spread), ndtr(z))
    # Where next to nobody can pay the share keeps its digits.
    assert affordability.within(np.ones(1), np.full(1, 1e4), np.ones(1))[0] == pytest.approx(
        ndtr(np.log(1e-4) - 0.5), rel=1e-10
    )


def test_prices_and_those_who_leave_by_formula() -> None:
    basket, explained, backbone, watts = some(3.0, 60.0), some(-1, 1), some(), some(0.0, 90.0)
    routes, subsidy, later = some(1.0, 30.0), some(-0.5, 1.0), some(-0.5, 1.0)
    online, p = some(shape=(N, 20)), affordability.Terms(0.2, 0.3, 0.04, 0.08, 0.45)
    now = -0.2 * np.log(routes) - 0.3 * backbone - 0.04 * np.log1p(watts)
    same(affordability.wholesale(routes, backbone, watts, p), now)
    fallen = basket * np.exp(now - explained - 0.02)
    paid = [price * np.maximum(1 - share, 0.02) for price, share in
            ((basket, subsidy), (fallen, later))]  # fmt: skip
    rise = paid[1] / paid[0]
    assert (rise > 1).any() and (rise < 1).any()
    expected = online * np.maximum(rise, 1.0)[:, None] ** -0.45
    affordability.reprice(
        basket, online, explained, routes, backbone, watts, subsidy, later, p, 0.25
    )  # fmt: skip
    same(basket, fallen)
    same(explained, now)
    same(online, expected)


def test_cooperation_climbs_by_formula() -> None:
    hub, stages = 7, some(0.0, 1.0, (N, 4))
    stages /= stages.sum(axis=1, keepdims=True)
    member, services, distance, effort = (some() < 0.6).astype(float), some(), some(), some()
    p = rules.Ladder(0.3, 1.1, 2.0, 0.8)
    rate = 0.3 * member * np.exp(1.1 * (services - 0.5) - 2.0 * (distance - distance.mean()))
    goes = 1 - np.exp(-(rate + 0.8 * effort))
    goes[hub] = 0.0
    rise = goes[:, None] * stages[:, :-1]
    expected = stages + np.pad(rise, ((0, 0), (1, 0))) - np.pad(rise, ((0, 0), (0, 1)))
    found, stage, recognised = stages.copy(), stages @ np.arange(4.0), stages[:, 3].copy()
    rules.climb(found, stage, recognised, member, services, distance, effort, hub, p)
    same(found, expected)
    same(stage, expected @ np.arange(4))
    same(recognised, expected[:, 3])


def test_what_is_agreed_is_certain_and_lowers_nothing() -> None:
    c = CountryColumns(4)
    c.stages[:] = [[1, 0, 0, 0], [0.5, 0.25, 0.15, 0.1], [0, 0, 0.2, 0.8], [0.4, 0.3, 0.2, 0.1]]
    rules.agree(c, np.array([2.0, 2.0, 1.0, 0.0]))
    same(c.stages, [[0, 0, 1, 0], [0, 0, 0.9, 0.1], [0, 0, 0.2, 0.8], [0.4, 0.3, 0.2, 0.1]])
    same(c.stage, np.array([2.0, 2.1, 2.8, 1.0]))
    same(c.recognised, np.array([0.0, 0.1, 0.8, 0.1]))


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
        rest = np.minimum(rest, 1.0)
        return np.where(cells.PLACE == cells.CITY, city[:, None], rest[:, None])

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
