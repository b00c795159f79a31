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

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Year to which unit costs and revenue refer: the coverage that they are derived from is its.
REFERENCE_YEAR = 2018
#: Year in which mobile broadband is dearer than narrowband by `broadband_premium`.
PREMIUM_YEAR = 2012


def dearest_on_curve(unit_cost: Array, eta: Array, cap: ArrayLike) -> Array:
    """Coverage beyond which the next person costs `cap`, (n,)."""
    dearer = np.asarray(cap) > unit_cost
    ratio = np.divide(unit_cost, cap, out=np.ones_like(unit_cost), where=dearer)
    return 1 - ratio ** (1 / eta)


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
    power = 1 - eta
    reached = np.maximum(np.asarray(end, dtype=float), start)
    kink = dearest_on_curve(unit_cost, eta, cap)
    low, high = np.minimum(start, kink), np.minimum(reached, kink)
    on_curve = unit_cost * ((1 - low) ** power - (1 - high) ** power) / power
    beyond = reached - high - (start - low)
    return on_curve + np.where(beyond > 0, beyond * np.minimum(cap, 1e300), 0.0)


def coverage_bought(
    start: Array, usd: Array, unit_cost: Array, eta: Array, cap: ArrayLike = np.inf
) -> Array:
    """Coverage reached with `usd` from `start`, (n,): the inverse of `cost_to_cover`."""
    power = 1 - eta
    kink = dearest_on_curve(unit_cost, eta, cap)
    low = np.minimum(start, kink)
    left = np.maximum((1 - low) ** power - power * usd / unit_cost, 0.0)
    on_curve = np.minimum(1 - left ** (1 / power), kink)
    rest = np.maximum(usd - cost_to_cover(low, kink, unit_cost, eta), 0.0)
    bought = np.where(start < kink, on_curve, start) + rest / np.asarray(cap, dtype=float)
    return np.where(usd > 0, np.minimum(bought, 1.0), start)


@njit(cache=True, nogil=True, error_model="numpy")
def frontier(revenue: float, cost: float, eta: float) -> float:
    """Share of people whom operators cover on their own.

    Args:
        revenue: What a newly covered person brings in, US$ a year.
        cost: What the first person costs, capital and operation, US$ a year.
        eta: Exponent of remoteness.
    """
    return 1 - (cost / revenue) ** (1 / eta) if revenue > cost else 0.0


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


@njit(cache=True, nogil=True, error_model="numpy")
def revenues(
    income: Array,
    take_up: Array,
    take_up_at_start: Array,
    interoperability: Array,
    interoperability_at_start: Array,
    earnings: Earnings,
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
        earnings: Parameters.
    """
    usd = np.empty(income.size)
    for i in range(income.size):
        level = earnings.level * (income[i] / 15_000) ** earnings.income
        more = (take_up[i] / take_up_at_start[i]) ** earnings.use
        fees = earnings.drag * (interoperability[i] - interoperability_at_start[i])
        usd[i] = level * more * (1 - fees)
    return usd


@njit(cache=True, nogil=True)
def frontiers(revenue: Array, cost: float, eta: Array) -> Array:
    """`frontier` of every country, (n,)."""
    reached = np.empty(revenue.size)
    for i in range(revenue.size):
        reached[i] = frontier(revenue[i], cost, eta[i])
    return reached


class Costs(NamedTuple):
    """What networks cost in a year: US$ of capital for the first person covered."""

    narrowband: float
    mobile: float
    five_g: float


def unit_costs(
    year: float, decline: float, mobile: float, five_g: float, premium: float, fading: float
) -> Costs:
    """Unit costs in `year`.

    Mobile broadband was dearer than narrowband by `premium` (ln) in 2012; the premium fades, as
    equipment comes to serve both.

    Args:
        year: Calendar time.
        decline: Rate at which unit costs fall, 1/year.
        mobile: Unit cost of mobile broadband in the reference year, US$/person.
        five_g: Unit cost of 5G in the reference year, US$/person.
        premium: Premium of mobile broadband in 2012, ln.
        fading: Rate at which it fades, 1/year.
    """
    level = np.exp(-decline * (year - REFERENCE_YEAR))
    now = premium * np.exp(-fading * (year - PREMIUM_YEAR))
    then = premium * np.exp(-fading * (REFERENCE_YEAR - PREMIUM_YEAR))
    narrowband = mobile * np.exp(-then) * level
    return Costs(float(narrowband), float(narrowband * np.exp(now)), float(five_g * level))


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
        market: Costs and rates.

    Returns:
        The frontier of mobile broadband, (n,).
    """
    edge = np.empty(mobile.size)
    for i in range(mobile.size):
        wealth = np.sqrt(income[i] / 15_000)
        edge[i] = frontier(revenue[i], market.mobile, eta[i])
        mobile[i] += max(edge[i] - mobile[i], 0.0) * market.build
        far = frontier(revenue[i], market.narrowband, eta[i])
        any_network = narrowband[i] + max(far - narrowband[i], 0.0) * market.build
        narrowband[i] = max(any_network, mobile[i])
        last = min(frontier(revenue[i], market.five_g, eta[i]), mobile[i])
        five_g[i] += max(last - five_g[i], 0.0) * (1 - np.exp(-market.five_g_rate * wealth))
        fixed[i] += (1 - fixed[i]) * (1 - np.exp(-market.fixed_rate * wealth))
        backbone[i] += max(fixed[i] - backbone[i], 0.0) * market.backbone
        powered = market.power_rate * (income[i] / 5_000) ** market.power_income
        electricity[i] += (1 - electricity[i]) * (1 - np.exp(-powered))
    return edge
