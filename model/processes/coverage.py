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

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model.compiled import njit
from divide.model.declare.values import Infrastructure

Array = NDArray[np.float64]

#: Year to which unit costs and revenue refer: the coverage that they are derived from is its.
REFERENCE_YEAR = 2018
#: Year in which mobile broadband is dearer than narrowband by `broadband_premium`.
PREMIUM_YEAR = 2012


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
def _costs_to_cover(start: Array, end: Array, unit_cost: Array, eta: Array, cap: Array) -> Array:
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
def _coverages_bought(start: Array, usd: Array, unit_cost: Array, eta: Array, cap: Array) -> Array:
    reached = start.copy()
    for i in range(start.size):
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
    return _costs_to_cover(start, _row(end, start), unit_cost, eta, _row(cap, start))


def coverage_bought(
    start: Array, usd: Array, unit_cost: Array, eta: Array, cap: ArrayLike = np.inf
) -> Array:
    """Coverage reached with `usd` from `start`, (n,): the inverse of `cost_to_cover`."""
    return _coverages_bought(start, usd, unit_cost, eta, _row(cap, start))


def _row(value: ArrayLike, like: Array) -> Array:
    """A number for each country, (n,), of one for all or of one each."""
    return value if isinstance(value, np.ndarray) else np.full(like.size, value, dtype=float)


@njit(cache=True, nogil=True, inline="always")
def _edge(margin: float, eta: float) -> float:
    """The frontier where revenue is exp(`margin`) times the cost of the first person."""
    return 1 - np.exp(-margin / eta) if margin > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def frontier(revenue: float, cost: float, eta: float) -> float:
    """Share of people whom operators cover on their own.

    Args:
        revenue: What a newly covered person brings in, US$ a year.
        cost: What the first person costs, capital and operation, US$ a year.
        eta: Exponent of remoteness.
    """
    return _edge(np.log(revenue / cost), eta)


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
    """The parameters of `revenues`."""
    first = p.unit_cost_mobile * (p.annuity + p.operation)
    return Earnings(p.revenue * first, p.revenue_income, p.revenue_use, p.interoperability_drag)


@njit(cache=True, nogil=True, error_model="numpy")
def revenues(
    income: Array,
    take_up: Array,
    take_up_at_start: Array,
    interoperability: Array,
    interoperability_at_start: Array,
    terms: Earnings,
) -> Array:
    """What a newly covered person brings in, US$ a year, (n,).

    Its level follows income: next to income, neither the price of the basket nor the share of
    users told which countries had coverage from 2008 to 2022, and prices are the inputs known
    worst. It changes with the share of users since the start: where nobody goes online any more,
    nobody builds. Interoperability beyond that of the start takes fees from it.

    Args:
        income: Income per head, intl $ a year.
        take_up: Users per person covered by any mobile network.
        take_up_at_start: The same at the start.
        interoperability: Degree to which domestic payment rails interoperate.
        interoperability_at_start: The same at the start.
        terms: Parameters.
    """
    usd = np.empty(income.size)
    for i in range(income.size):
        wealth = terms.income * np.log(income[i] / 15_000)
        # Not quite zero: where nobody is online revenue vanishes and its logarithm must not.
        more = terms.use * np.log(max(take_up[i], 1e-300) / take_up_at_start[i])
        fees = terms.drag * (interoperability[i] - interoperability_at_start[i])
        usd[i] = terms.level * np.exp(wealth + more) * (1 - fees)
    return usd


@njit(cache=True, nogil=True)
def frontiers(revenue: Array, cost: float, eta: Array) -> Array:
    """`frontier` of every country, (n,)."""
    reached = np.empty(revenue.size)
    for i in range(revenue.size):
        reached[i] = frontier(revenue[i], cost, eta[i])
    return reached


@njit(cache=True, nogil=True, error_model="numpy")
def upkeep(
    mobile: Array,
    subsidised: Array,
    population: Array,
    earned: Array,
    unit: float,
    terminal: Array,
    eta: Array,
) -> tuple[Array, Array]:
    """Share covered that revenue does not keep up, and what it lacks, US$ a year, (n,) each.

    Args:
        mobile: Share covered by mobile broadband, (n,).
        subsidised: Share covered by public money, (n,).
        population: Inhabitants, (n,).
        earned: What a covered person brings in, US$ a year, (n,).
        unit: Operation of the first person covered, US$ a year.
        terminal: Yearly cost of a satellite terminal instead, US$ a person, (n,).
        eta: Exponent of remoteness, (n,).
    """
    lost, due = np.zeros(mobile.size), np.zeros(mobile.size)
    for i in range(mobile.size):
        if subsidised[i] > 0:
            alone = frontier(earned[i], unit, eta[i])
            lost[i] = min(subsidised[i], max(0.0, mobile[i] - alone))
    cost = _costs_to_cover(
        mobile - lost, mobile, unit * population, eta, terminal * population
    )  # fmt: skip
    for i in range(mobile.size):
        due[i] = max(0.0, cost[i] - earned[i] * lost[i] * population[i])
    return lost, due


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
    yearly, costs = p.annuity + p.operation, unit_costs(year, p)
    return Market(
        narrowband=yearly * costs.narrowband,
        mobile=yearly * costs.mobile,
        five_g=yearly * costs.five_g,
        build=1 - exp(-p.build_speed * dt),
        five_g_rate=p.five_g_growth * dt,
        fixed_rate=p.fixed_growth * dt,
        backbone=1 - exp(-dt),
        power_rate=p.electrification * dt,
        power_income=p.electrification_income,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def roll_out(
    narrowband: Array,
    mobile: Array,
    five_g: Array,
    fixed: Array,
    backbone: Array,
    electricity: Array,
    income: Array,
    revenue: Array,
    eta: Array,
    narrow: Array,
    market: Market,
) -> Array:
    """One step of what is built without public money; columns, (n,) each, change in place.

    Args:
        narrowband: Share covered by any mobile network.
        mobile: Share covered by mobile broadband, never more than `narrowband` after the step.
        five_g: Share covered by 5G.
        fixed: Share in reach of fixed networks.
        backbone: Completeness of the backbone.
        electricity: Share with electricity.
        income: Income per head, intl $ a year.
        revenue: What a newly covered person brings in, US$ a year.
        eta: Exponent of remoteness.
        narrow: How much better narrowband pays than mobile broadband, ln; see `local_margin`.
        market: Costs and rates.

    Returns:
        The frontier of mobile broadband, (n,).
    """
    edge = np.empty(mobile.size)
    # Logarithms of costs, once: powers take most of the time.
    first, broad, fifth = (
        np.log(market.narrowband),
        np.log(market.mobile),
        np.log(market.five_g),
    )
    for i in range(mobile.size):
        wealth = np.sqrt(income[i] / 15_000)
        earned = np.log(revenue[i])
        edge[i] = _edge(earned - broad, eta[i])
        mobile[i] += max(edge[i] - mobile[i], 0.0) * market.build
        far = _edge(earned + narrow[i] - first, eta[i])
        any_network = narrowband[i] + max(far - narrowband[i], 0.0) * market.build
        narrowband[i] = max(any_network, mobile[i])
        last = min(_edge(earned - fifth, eta[i]), mobile[i])
        five_g[i] += max(last - five_g[i], 0.0) * (1 - np.exp(-market.five_g_rate * wealth))
        fixed[i] += (1 - fixed[i]) * (1 - np.exp(-market.fixed_rate * wealth))
        backbone[i] += max(fixed[i] - backbone[i], 0.0) * market.backbone
        powered = market.power_rate * np.exp(market.power_income * np.log(income[i] / 5_000))
        electricity[i] += (1 - electricity[i]) * (1 - np.exp(-powered))
    return edge
