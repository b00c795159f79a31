"""What it costs to cover people, how far operators go, and what public money adds.

People are ordered by what it costs to serve them. Covering the next person at coverage C takes a
capital of `c (1-C)^-eta`, so the last tenth costs most; eta rises with remoteness (after the cost
curves of Oughton et al. 2022; form assumed). Where a satellite may be used nobody costs more than
a share of a terminal.

Operators build as long as a newly covered person brings in what the capital and its operation cost
a year, and no further: the coverage at that margin is the frontier,

    F = 1 - (K / R)^(1/eta) for R > K, else 0,

with K the yearly cost of the first person and R the yearly revenue of a person, US$. They close
the distance to it at a rate and tear nothing down. The functions know no run: a fit may call them.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model import vector
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.declare.values import Infrastructure

Array = NDArray[np.float64]

#: Year to which unit costs and revenue refer: the coverage that they are derived from is its.
REFERENCE_YEAR = 2018
#: Year in which mobile broadband is dearer than narrowband by `broadband_premium`.
PREMIUM_YEAR = 2012
#: ln of 15,000 over 5,000 intl $ a year, the incomes that rates refer to.
_LN3 = log(3)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _power(x: float, y: float) -> float:
    """Power of a number from 0, exponent above 0: the C library's takes three times as long."""
    return np.exp(y * np.log(x)) if x > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _dearest_on_curve(unit_cost: float, eta: float, cap: float) -> float:
    """Coverage beyond which the next person costs `cap`."""
    return 1 - _power(unit_cost / cap, 1 / eta) if cap > unit_cost else 0.0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cost_on_curve(low: float, high: float, unit_cost: float, eta: float) -> float:
    """US$ to raise coverage from `low` to `high` where nobody costs less than on the curve."""
    return unit_cost * (_power(1 - low, 1 - eta) - _power(1 - high, 1 - eta)) / (1 - eta)


@njit(cache=True, nogil=True, error_model="numpy")
def costs_to_cover(start: Array, end: Array, unit_cost: Array, eta: Array, cap: Array) -> Array:
    """`cost_to_cover` of arrays, (n,) each."""
    usd = np.empty(start.size)
    for i in range(start.size):
        reached = max(end[i], start[i])
        if reached == start[i]:
            usd[i] = 0.0
            continue
        kink = _dearest_on_curve(unit_cost[i], eta[i], cap[i])
        low, high = min(start[i], kink), min(reached, kink)
        beyond = reached - high - (start[i] - low)
        usd[i] = _cost_on_curve(low, high, unit_cost[i], eta[i])
        if beyond > 0:
            usd[i] += beyond * min(cap[i], 1e300)
    return usd


@njit(cache=True, nogil=True, error_model="numpy")
def coverages_bought(start: Array, usd: Array, unit_cost: Array, eta: Array, cap: Array) -> Array:
    """`coverage_bought` of arrays, (n,) each."""
    reached = np.empty(start.size)
    for i in range(start.size):
        reached[i] = start[i]
        if not usd[i] > 0:
            continue
        kink = _dearest_on_curve(unit_cost[i], eta[i], cap[i])
        low, power = min(start[i], kink), 1 - eta[i]
        left = max(_power(1 - low, power) - power * usd[i] / unit_cost[i], 0.0)
        rest = max(usd[i] - _cost_on_curve(low, kink, unit_cost[i], eta[i]), 0.0)
        on_curve = min(1 - _power(left, 1 / power), kink) if start[i] < kink else start[i]
        reached[i] = min(on_curve + rest / cap[i], 1.0)
    return reached


def cost_to_cover(
    start: Array, end: ArrayLike, unit_cost: Array, eta: Array, cap: ArrayLike = np.inf
) -> Array:
    """US$ to raise coverage from `start` to `end` (shares, (n,)).

    X = N sum of min(c (1-C)^-eta, cap) over the persons between. Without a cap it is
    c N [(1-C0)^(1-eta) - (1-C1)^(1-eta)]/(1-eta).

    Args:
        start: Coverage before.
        end: Coverage after; less than `start` counts as no more.
        unit_cost: c times the population, US$.
        eta: Exponent of remoteness.
        cap: The most that a person costs, times the population, US$.
    """
    return costs_to_cover(start, _row(end, start), unit_cost, eta, _row(cap, start))


def coverage_bought(
    start: Array, usd: Array, unit_cost: Array, eta: Array, cap: ArrayLike = np.inf
) -> Array:
    """Coverage reached with `usd` from `start`, (n,): the inverse of `cost_to_cover`."""
    return coverages_bought(start, usd, unit_cost, eta, _row(cap, start))


def _row(value: ArrayLike, like: Array) -> Array:
    """A number for each country, (n,), of one for all or of one each."""
    return value if isinstance(value, np.ndarray) else np.full(like.size, value, dtype=float)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def frontier(revenue: float, cost: float, eta: float) -> float:
    """Coverage where the next person brings in just what she costs a year.

    Args:
        revenue: What a newly covered person brings in, US$ a year.
        cost: What the first person costs, capital and operation, US$ a year.
        eta: Exponent of remoteness.
    """
    return 1 - np.exp(-np.log(revenue / cost) / eta) if revenue > cost else 0.0


def local_margin(covered: Array, expected: Array, eta: Array) -> Array:
    """What shifts the frontier as coverage differs from what is expected, ln, (n,).

    Where a predictive draw covers more people than income and place let expect, serving them pays
    better there, and goes on to: otherwise a low draw would catch up at once and a high one stay.

    Args:
        covered: Share covered at the start.
        expected: The same as the equations of the imputation expect.
        eta: Exponent of remoteness.
    """
    return -eta * (np.log1p(-covered) - np.log1p(-expected))


class Earnings(NamedTuple):
    """What a newly covered person brings in, by income, use and fees.

    Attributes:
        level: US$ a year at 15,000 intl $ a year.
        income: Elasticity to income per head.
        use: Elasticity to users per covered person, relative to the start.
        drag: Share of it that full interoperability takes.
    """

    level: float
    income: float
    use: float
    drag: float


def earnings(p: Infrastructure) -> Earnings:
    """The parameters of `revenue`."""
    first = p.unit_cost_mobile * (p.annuity + p.operation)
    return Earnings(p.revenue * first, p.revenue_income, p.revenue_use, p.interoperability_drag)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def revenue(
    income: float,
    users: float,
    covered: float,
    usual: float,
    linked: float,
    pays: float,
    terms: Earnings,
) -> float:
    """What a newly covered person of a country brings in, US$ a year.

    Its level follows income: next to income, neither the price of the basket nor the share of
    users told which countries had coverage from 2008 to 2022, and prices are the inputs known
    worst. It changes with the share of users since the start: where nobody goes online any more,
    nobody builds. Interoperability beyond that of the start takes fees from it.

    Args:
        income: Income per head, intl $ a year.
        users: Share of people online.
        covered: Share covered by any mobile network.
        usual: Users per person covered at the start.
        linked: Rise since the start of the degree to which domestic payment rails interoperate.
        pays: Factor of the country, see `local_margin`.
        terms: Parameters.
    """
    wealth = terms.income * np.log(income / 15_000)
    # Not quite zero: where nobody is online revenue vanishes and its logarithm must not.
    more = terms.use * np.log(max(users / max(covered, 0.01), 1e-300) / usual)
    return terms.level * np.exp(wealth + more) * (1 - terms.drag * linked) * pays


class Costs(NamedTuple):
    """What networks cost in a year: US$ of capital for the first person covered."""

    narrowband: float
    mobile: float
    five_g: float


def unit_costs(year: float, p: Infrastructure) -> Costs:
    """Unit costs in `year`, which fall at one rate.

    Mobile broadband was dearer than narrowband by a premium in 2012, which fades as equipment comes
    to serve both.
    """
    level = exp(-p.cost_decline * (year - REFERENCE_YEAR))
    now = p.broadband_premium * exp(-p.premium_fading * (year - PREMIUM_YEAR))
    then = p.broadband_premium * exp(-p.premium_fading * (REFERENCE_YEAR - PREMIUM_YEAR))
    mobile = p.unit_cost_mobile * level * exp(now - then)
    return Costs(mobile * exp(-now), mobile, p.unit_cost_five_g * level)


class Market(NamedTuple):
    """What operators look at in a step, the same in every country.

    Attributes:
        narrowband, mobile, five_g: Yearly cost of the first person, US$.
        build: Share of the distance to the frontier that is closed in the step.
        five_g_rate: The same for 5G, as a rate at mean income times the step.
        fixed_rate: Share of those out of reach of fixed networks who are reached, likewise.
        backbone: Share of the distance to fixed reach that the backbone closes.
        power_rate: Share of those without electricity who get it, at 5,000 intl $ a year, likewise.
        power_income: Elasticity of that to income.
    """

    narrowband: float
    mobile: float
    five_g: float
    build: float
    five_g_rate: float
    fixed_rate: float
    backbone: float
    power_rate: float
    power_income: float


def market(year: float, p: Infrastructure, dt: float) -> Market:
    """What operators look at in a step of length `dt`, years, that begins in `year`."""
    yearly, costs = p.annuity + p.operation, p.once(unit_costs, year)
    return Market(
        yearly * costs.narrowband, yearly * costs.mobile, yearly * costs.five_g, *p.once(_paces, dt)
    )


def _paces(dt: float, p: Infrastructure) -> tuple[float, ...]:
    """The fields of `Market` that are the same in all steps."""
    return (
        1 - exp(-p.build_speed * dt), p.five_g_growth * dt, p.fixed_growth * dt, 1 - exp(-dt),
        p.electrification * dt, p.electrification_income,
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def roll_out(
    narrowband: Array,
    mobile: Array,
    five_g: Array,
    fixed: Array,
    backbone: Array,
    electricity: Array,
    income: Array,
    interoperability: Array,
    online: Array,
    shares: Array,
    eta: Array,
    usual: Array,
    interoperability_at_start: Array,
    pays: Array,
    narrow: Array,
    terms: Earnings,
    market: Market,
) -> Array:
    """One step of what is built without public money; the first six change in place, (n,) each.

    Args:
        narrowband: Share covered by any mobile network.
        mobile: Share covered by mobile broadband, never more than `narrowband` after the step.
        five_g: Share covered by 5G.
        fixed: Share in reach of fixed networks.
        backbone: Completeness of the backbone.
        electricity: Share with electricity.
        income: Income per head, intl $ a year.
        interoperability: Degree to which domestic payment rails interoperate.
        online: Share of people online by cell, (n, cells).
        shares: Share of people in each cell, (n, cells).
        eta: Exponent of remoteness.
        usual: Users per person covered by any mobile network, at the start.
        interoperability_at_start: As it was.
        pays: What shifts revenue, a factor, see `local_margin`.
        narrow: How much better narrowband pays than mobile broadband, ln, likewise.
        terms: What a newly covered person brings in, see `revenue`.
        market: Costs and rates.

    Returns:
        The frontier of mobile broadband, (n,).
    """
    n = mobile.size
    users = weighted_sum(online, shares)
    # All powers at once, since they take most of the time. First ln of income, use and fees.
    given, logs = np.empty(3 * n), np.empty(3 * n)
    for i in range(n):
        given[i] = income[i] / 15_000
        given[n + i] = max(users[i] / max(narrowband[i], 0.01), 1e-300) / usual[i]
        linked = interoperability[i] - interoperability_at_start[i]
        given[2 * n + i] = terms.level * (1 - terms.drag * linked) * pays[i]
    vector.log(given, logs)
    first, broad, fifth = (
        np.log(market.narrowband),
        np.log(market.mobile),
        np.log(market.five_g),
    )
    # Shares of people beyond each frontier and of those not served in the step, before the power.
    powers = np.empty(6 * n)
    for i in range(n):
        earned = terms.income * logs[i] + terms.use * logs[n + i] + logs[2 * n + i]
        wealth = np.sqrt(given[i])
        powers[i] = -max(earned - broad, 0.0) / eta[i]
        powers[n + i] = -max(earned + narrow[i] - first, 0.0) / eta[i]
        powers[2 * n + i] = -max(earned - fifth, 0.0) / eta[i]
        powers[3 * n + i] = -market.five_g_rate * wealth
        powers[4 * n + i] = -market.fixed_rate * wealth
        powers[5 * n + i] = market.power_income * (logs[i] + _LN3)
    vector.exp(powers)
    edge, dark = np.empty(n), np.empty(n)
    for i in range(n):
        edge[i] = 1 - powers[i]
        mobile[i] += max(edge[i] - mobile[i], 0.0) * market.build
        far = 1 - powers[n + i]
        any_network = narrowband[i] + max(far - narrowband[i], 0.0) * market.build
        narrowband[i] = max(any_network, mobile[i])
        last = min(1 - powers[2 * n + i], mobile[i])
        five_g[i] += max(last - five_g[i], 0.0) * (1 - powers[3 * n + i])
        fixed[i] += (1 - fixed[i]) * (1 - powers[4 * n + i])
        backbone[i] += max(fixed[i] - backbone[i], 0.0) * market.backbone
        dark[i] = -market.power_rate * powers[5 * n + i]
    vector.exp(dark)
    for i in range(n):
        electricity[i] += (1 - electricity[i]) * (1 - dark[i])
    return edge
