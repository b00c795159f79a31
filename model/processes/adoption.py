"""Internet adoption: who could be online, and what moves it.

The share willing in a cell has log odds that add up: income, schooling, services that are worth
going online for, town or country, woman or man, what the basket and the handset have come to cost
and the skills gained since the start, a common trend (services, handsets and content everywhere)
and a country effect. The price and skills of the start, which are imputed in many countries, do
not enter: the effect of a *change* does not hang on them. Only those within reach of a
network and of power can be online. How people then move is in `diffusion`.

The country effect fades toward the mean of the countries under way: countries behind what explains
them catch up, those ahead slow down. In a predictive draw it and the trend take random steps.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive
from divide.model.cells import CITY, PLACE, by_place, weighted_sum
from divide.model.compiled import njit
from divide.model.declare.frozen import frozen
from divide.model.declare.values import Adoption
from divide.model.momentum import HURRIED
from divide.model.processes import diffusion, infrastructure
from divide.model.processes.affordability import paid
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]


class Drivers(NamedTuple):
    """What moves a country's log odds, (..., n) each; the parameters that weigh them are not in it.

    Attributes:
        price: ln of the price of the basket over that of the start.
        income: ln of income per head.
        handset: ln of the share of a handset's price that policy leaves to pay.
        schooling: Mean years of schooling of adults.
        services: Public services online, 0-1.
        others: Log odds from merchants and marketplaces, relative to the start.
    """

    price: Array
    income: Array
    handset: Array
    schooling: Array
    services: Array
    others: Array


def drivers(m: Run) -> Drivers:
    """What moves each country's log odds now."""
    c, p, s = m.state.countries, m.values.adoption, m.state
    smart = p.smart_city_relevance * c.smart_city * c.urban
    merchants = p.merchants * (c.acceptance - s.acceptance_at_start)
    choice = np.log((1 + c.marketplaces) / (1 + s.marketplaces_at_start))
    return Drivers(
        np.log(paid(m) / s.base["paid"]),
        np.log(c.income),
        np.log(np.maximum(1 - c.handset_help, 0.02)),
        c.schooling_years,
        np.minimum(1.0, c.egovernment + smart),
        merchants + p.marketplaces * choice,
    )


def log_odds(d: Drivers, p: Adoption) -> Array:
    """Log odds of being willing, before country effect, trend and cell, (..., n)."""
    return (
        p.income * d.income
        - p.price * d.price
        - handset_slope(p) * d.handset
        + p.schooling * d.schooling
        + p.services * d.services
        + d.others
    )


def handset_slope(p: Adoption) -> float:
    """Log odds per ln of a handset's price: a share of what income does beyond the basket."""
    return p.handset_share * max(p.income - p.price, 0.0)


def odds_by_cell(income_factor: Array, p: Adoption) -> Array:
    """Factor of the odds by income and place, (n, cells).

    Args:
        income_factor: Mean income of the cell over the country's, (n, cells).
        p: Parameters of adoption.
    """
    city = np.where(PLACE == CITY, 0.5, -0.5) * p.urban
    return np.exp(p.income * np.log(income_factor) + city)


def odds_by_skills(gained: Array, p: Adoption) -> Array:
    """Factor of the odds by the share that gained basic digital skills since the start, any shape.

    What skills differ by at the start is in the country effect and in schooling.
    """
    return np.exp(p.skills * gained)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cities_first(coverage: float, urban: float) -> tuple[float, float]:
    """`city_and_countryside` of one country."""
    city = min(1.0, coverage / max(urban, 1e-9))
    return city, min(max(0.0, coverage - urban) / max(1 - urban, 1e-9), 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def city_and_countryside(coverage: Array, urban: Array) -> tuple[Array, Array]:
    """Coverage of the cities and of the countryside, (n,) each, when cities are covered first.

    Args:
        coverage: Share of the population covered, (n,).
        urban: Share of the population in cities, (n,).
    """
    city, countryside = np.empty(urban.size), np.empty(urban.size)
    for i in range(urban.size):
        city[i], countryside[i] = _cities_first(coverage[i], urban[i])
    return city, countryside


@njit(cache=True, nogil=True, error_model="numpy")
def reached(coverage: Array, power: Array, urban: Array, shares: Array) -> Array:
    """Share of the population that a network and electricity reach, cities first, (n,).

    Args:
        coverage: Share of the population covered by a network, (n,).
        power: Share with electricity, (n,).
        urban: Share in cities, (n,).
        shares: Share of a country's people in each cell, (n, cells).
    """
    city, countryside = np.empty(urban.size), np.empty(urban.size)
    for i in range(urban.size):
        city[i], countryside[i] = _cities_first(min(coverage[i], power[i]), urban[i])
    reach = weighted_sum(by_place(city, countryside), shares)
    for i in range(urban.size):
        reach[i] = min(reach[i], 1.0)
    return reach


@njit(cache=True, nogil=True, error_model="numpy")
def served(
    broad: Array,
    narrow: Array,
    power: Array,
    urban: Array,
    narrowband: float,
    off_grid: float,
) -> Array:
    """Share of each cell that a network and power reach, (n, cells).

    Args:
        broad: Share of the population covered by broadband, (n,).
        narrow: Share covered by any mobile network, (n,); less than `broad` counts as that.
        power: Share with electricity, (n,).
        urban: Share in cities, (n,).
        narrowband: What coverage by 2G alone counts for.
        off_grid: What people without electricity count for.
    """
    places = np.empty((2, urban.size))
    for i in range(urban.size):
        b = _cities_first(broad[i], urban[i])
        a = _cities_first(max(narrow[i], broad[i]), urban[i])
        e = _cities_first(power[i], urban[i])
        for k in range(2):
            networks = b[k] + narrowband * (a[k] - b[k])
            places[k, i] = networks * (off_grid + (1 - off_grid) * e[k])
    return by_place(places[0], places[1])


def within_reach(m: Run) -> Array:
    """Share of each cell that a network and power reach, (n, cells).

    Who is covered by 2G alone counts in part: people then use a telephone line or a café. A phone
    can be charged away from home: of those without electricity a share still counts.
    """
    c, p = m.state.countries, m.values.adoption
    broad = infrastructure.network(m)
    return served(broad, c.narrowband, c.electricity, c.urban, p.narrowband, p.off_grid)


def pace(m: Run) -> Array:
    """Factor of the rate of going online, (n,).

    Routes abroad added since the start raise it for as long as they are there: capacity and fewer
    outages, which the price does not tell (see the replay of cable landings). In the years of the
    pandemic people were hurried online.
    """
    p = m.values.adoption
    added = m.state.countries.routes / m.state.base["routes"]
    return np.exp(p.route_pace * np.log(added)) * (p.pandemic if int(m.year) in HURRIED else 1.0)


def subscriptions(m: Run, online: Array) -> Array:
    """Fixed broadband subscriptions per head where so many are online, (n,) each.

    They grow from the figure of the start in proportion to internet users, and with the reach of
    fixed networks to the power `infrastructure.fixed_by_reach`: a household that is not in reach
    cannot subscribe, but reach alone sells nothing.
    """
    c = m.state.countries
    subscribed, users, reach = _fixed_at_start(m.world)
    more_users, more_reach = online / users, c.fixed / reach
    return subscribed * more_users * more_reach**m.values.infrastructure.fixed_by_reach


@lru_cache(maxsize=64)
def _fixed_at_start(world: World) -> tuple[Array, Array, Array]:
    """Fixed subscriptions per head, internet users and reach of fixed networks, (n,) each."""
    start = world.values
    users = np.clip(start["internet_users"], 1e-3, 0.995)
    reach = np.clip(start["coverage_fixed"], 1e-3, 0.99)
    return start["fixed_broadband"], frozen(users), frozen(reach)


def fade(effect: Array, norm: float, rate: float, dt: float) -> Array:
    """Country effects one step on, (n,): they fade toward `norm` (conditional convergence)."""
    return norm + (effect - norm) * np.exp(-rate * dt)


def trend_step(elapsed: float, p: Adoption, dt: float) -> float:
    """Rise of the common trend in a step that begins `elapsed` years after the start, ln odds."""
    return float(p.trend * np.exp(-p.trend_decline * (elapsed + dt / 2)) * dt)


def step(m: Run) -> None:
    """Services improve, trend and country effects move, people go online or give up."""
    c, p, s, dt = m.state.countries, m.values.adoption, m.state, m.dt
    c.egovernment += (1 - c.egovernment) * (1 - np.exp(-p.services_growth * dt))
    delivered = m.state.policy.delivered
    if "smart_city" in delivered:
        people = np.maximum(c.population * c.urban, 1.0)
        served = delivered["smart_city"] * 1e6 / (p.smart_city_cost * people)
        c.smart_city = np.minimum(1.0, c.smart_city + served)
    c.effect = fade(c.effect, s.effect_norm, p.fading, dt)
    c.sex_gap *= np.exp(-p.sex_gap_fading * dt)
    s.trend += trend_step(s.elapsed, p, dt)
    if m.plan.draw:
        year = int(s.elapsed + dt / 2)
        c.effect += dt * predictive.country_steps(m.plan.draw, year, m.ids, p.effect_sd)
        s.trend += dt * predictive.common_step(m.plan.draw, year, p.trend_sd)
    total = log_odds(drivers(m), p) + c.effect + s.trend
    skilled = odds_by_skills(c.skills - s.base["skills"], p)
    diffusion.move(
        c.online, c.potential, total, c.sex_gap, c.lift, pace(m), within_reach(m), m.cell_odds,
        skilled, m.cell_shares, m.neighbours, diffusion.rates(p), dt,
    )  # fmt: skip
