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
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import predictive, vector
from divide.model.cells import CELLS, CITY, PLACE
from divide.model.compiled import njit
from divide.model.constants import country_ids
from divide.model.declare.frozen import frozen
from divide.model.declare.values import Adoption
from divide.model.momentum import HURRIED
from divide.model.processes import diffusion, infrastructure
from divide.model.processes.affordability import price_paid
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


class Weights(NamedTuple):
    """Parameters by which drivers move log odds; see `parameters/adoption.yaml`."""

    price: float
    income: float
    handset_share: float
    schooling: float
    services: float
    skills: float
    merchants: float
    marketplaces: float
    smart_city_relevance: float
    smart_city_cost: float
    services_growth: float
    route_pace: float
    off_grid: float
    narrowband: float
    fading: float
    sex_gap_fading: float


def drivers(m: Run) -> Drivers:
    """What moves each country's log odds now."""
    c, s = m.state.countries, m.state
    return driven(
        price_paid(c.basket, c.subsidy), s.base["paid"], c.income, c.handset_help,
        c.schooling_years, c.egovernment, c.smart_city * c.urban, c.acceptance,
        s.acceptance_at_start, c.marketplaces, s.marketplaces_at_start,
        m.values.adoption.pick(Weights),
    )  # fmt: skip


def driven(
    paid: Array, paid_at_start: Array, income: Array, handset_help: Array, schooling: Array,
    services: Array, smart_cities: Array, acceptance: Array, acceptance_at_start: Array,
    marketplaces: Array, marketplaces_at_start: Array, p: Weights,
) -> Drivers:  # fmt: skip
    """`drivers` from country columns and those of the start; smart cities: share of the people."""
    choice = np.log((1 + marketplaces) / (1 + marketplaces_at_start))
    return Drivers(
        np.log(paid / paid_at_start),
        np.log(income),
        np.log(np.maximum(1 - handset_help, 0.02)),
        schooling,
        np.minimum(1.0, services + p.smart_city_relevance * smart_cities),
        p.merchants * (acceptance - acceptance_at_start) + p.marketplaces * choice,
    )


def log_odds(d: Drivers, p: Adoption | Weights) -> Array:
    """Log odds of being willing, before country effect, trend and cell, (..., n)."""
    return weigh(d, handset_slope(p), p)


def handset_slope(p: Adoption | Weights) -> float:
    """Log odds per ln of a handset's price: a share of what income does beyond the basket."""
    return p.handset_share * max(p.income - p.price, 0.0)


def weigh(d: Drivers, handset: float, p: Adoption | Weights) -> Array:
    """`log_odds` where the slope of the handset's price is known."""
    return (
        p.income * d.income
        - p.price * d.price
        - handset * d.handset
        + p.schooling * d.schooling
        + p.services * d.services
        + d.others
    )


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
    reach = np.empty(urban.size)
    for i in range(urban.size):
        city, countryside = _cities_first(min(coverage[i], power[i]), urban[i])
        in_city = in_countryside = 0.0
        for j in range(0, CELLS, 4):
            in_city += shares[i, j] + shares[i, j + 1]
            in_countryside += shares[i, j + 2] + shares[i, j + 3]
        reach[i] = min(city * in_city + countryside * in_countryside, 1.0)
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
    found = np.empty((urban.size, CELLS))
    for i in range(urban.size):
        b = _cities_first(broad[i], urban[i])
        a = _cities_first(max(narrow[i], broad[i]), urban[i])
        e = _cities_first(power[i], urban[i])
        for k in range(2):
            networks = b[k] + narrowband * (a[k] - b[k])
            reach = networks * (off_grid + (1 - off_grid) * e[k])
            for j in range(2 * k, CELLS, 4):
                found[i, j] = found[i, j + 1] = reach
    return found


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
    added = m.state.countries.routes / m.state.base["routes"]
    return hurried(m) * added**m.values.adoption.route_pace


def hurried(m: Run) -> float:
    """Factor of the rate of going online in all countries alike."""
    return m.values.adoption.pandemic if int(m.year) in HURRIED else 1.0


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
    return float(p.trend * exp(-p.trend_decline * (elapsed + dt / 2)) * dt)


# The same rules, put into the text of the loop below.
_paid = njit(inline="always")(price_paid)
_slope = njit(inline="always")(handset_slope)
_driven = njit(inline="always")(driven)
_weigh = njit(inline="always")(weigh)
_connected = njit(inline="always")(infrastructure.connected)
_fade = njit(inline="always")(fade)


@njit(cache=True, nogil=True, error_model="numpy")
def go_online(
    basket: Array, subsidy: Array, paid_at_start: Array, income: Array, handset_help: Array,
    schooling: Array, services: Array, smart_city: Array, urban: Array, acceptance: Array,
    acceptance_at_start: Array, marketplaces: Array, marketplaces_at_start: Array,
    population: Array, smart_money: Array, routes: Array, routes_at_start: Array,
    mobile: Array, satellite: Array, fixed: Array, narrowband: Array, electricity: Array,
    effect: Array, shock: Array, sex_gap: Array, lift: Array, online: Array, potential: Array,
    skills: Array, skills_at_start: Array, cell: Array, shares: Array, neighbours: Array,
    effect_norm: float, trend: float, hurry: float, dt: float, p: Weights, r: diffusion.Rates,
) -> None:  # fmt: skip
    """One step: services improve, country effects fade, people go online or give up.

    Changes `services`, `smart_city`, `effect`, `sex_gap`, `online` and `potential`.

    Args:
        basket: Price of the basket, (n,), a country column like all down to `lift`.
        subsidy: See `CountryAttributes`, as of every column that is not explained here.
        paid_at_start: Price paid for the basket at the start.
        income: Column.
        handset_help: Column.
        schooling: Mean years of schooling of adults.
        services: Public services online.
        smart_city: Column.
        urban: Column.
        acceptance: Column.
        acceptance_at_start: The same at the start.
        marketplaces: Column.
        marketplaces_at_start: The same at the start.
        population: Column.
        smart_money: Spent on smart cities in this step, million US$.
        routes: Column.
        routes_at_start: The same at the start.
        mobile: Column.
        satellite: Column.
        fixed: Column.
        narrowband: Column.
        electricity: Column.
        effect: Column.
        shock: Random step of the country effect.
        sex_gap: Column.
        lift: Column.
        online: Share online, (n, cells), like all down to `shares`.
        potential: Share that could be online.
        skills: Share with basic digital skills.
        skills_at_start: The same at the start.
        cell: Factor of the odds by income and place.
        shares: Share of a country's people.
        neighbours: Weight of each other country in what people see abroad, (n, n).
        effect_norm: Country effect toward which all fade.
        trend: Common trend since the start, ln odds.
        hurry: Factor of the rate of going online in all countries.
        dt: Length of the step, years.
        p: Parameters.
        r: Parameters of diffusion.
    """
    n, slope = basket.size, _slope(p)
    better = 1 - np.exp(-p.services_growth * dt)
    total, broad, pace = np.empty(n), np.empty(n), np.empty(n)
    closes = np.exp(-p.sex_gap_fading * dt)
    for i in range(n):
        services[i] += (1 - services[i]) * better
        people = max(population[i] * urban[i], 1.0)
        reached_now = smart_money[i] * 1e6 / (p.smart_city_cost * people)
        smart_city[i] = min(1.0, smart_city[i] + reached_now)
        effect[i] = _fade(effect[i], effect_norm, p.fading, dt) + shock[i]
        sex_gap[i] *= closes
        now = _driven(
            _paid(basket[i], subsidy[i]), paid_at_start[i], income[i], handset_help[i],
            schooling[i], services[i], smart_city[i] * urban[i], acceptance[i],
            acceptance_at_start[i], marketplaces[i], marketplaces_at_start[i], p,
        )  # fmt: skip
        total[i] = _weigh(now, slope, p) + effect[i] + trend
        broad[i] = _connected(mobile[i], satellite[i], fixed[i])
        pace[i] = hurry
        if routes[i] != routes_at_start[i]:
            pace[i] *= (routes[i] / routes_at_start[i]) ** p.route_pace
    within = served(broad, narrowband, electricity, urban, p.narrowband, p.off_grid)
    skilled, have, had = np.empty(n * CELLS), skills.reshape(-1), skills_at_start.reshape(-1)
    for j in range(skilled.size):
        skilled[j] = p.skills * (have[j] - had[j])
    vector.exp(skilled)
    diffusion.move(
        online, potential, total, sex_gap, lift, pace, within, cell, skilled.reshape(n, CELLS),
        shares, neighbours, r, dt,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _random_steps(
    draw: int, year: int, iso3: tuple[str, ...], effect_sd: float, trend_sd: float
) -> tuple[Array, float]:
    """Steps of a predictive draw in a year: of each country effect, (n,), and of the trend."""
    own = predictive.country_steps(draw, year, country_ids(iso3), effect_sd)
    return frozen(own), predictive.common_step(draw, year, trend_sd)


def step(m: Run) -> None:
    """Services improve, trend and country effects move, people go online or give up."""
    c, p, s, dt = m.state.countries, m.values.adoption, m.state, m.dt
    s.trend += trend_step(s.elapsed, p, dt)
    nothing = shock = np.zeros(m.n)
    if m.plan.draw:
        year = int(s.elapsed + dt / 2)
        own, common = _random_steps(m.plan.draw, year, m.iso3, p.effect_sd, p.trend_sd)
        shock = dt * own
        s.trend += dt * common
    go_online(
        c.basket, c.subsidy, s.base["paid"], c.income, c.handset_help,
        c.schooling_years, c.egovernment, c.smart_city, c.urban, c.acceptance,
        s.acceptance_at_start, c.marketplaces, s.marketplaces_at_start,
        c.population, s.policy.delivered.get("smart_city", nothing), c.routes, s.base["routes"],
        c.mobile, c.satellite, c.fixed, c.narrowband, c.electricity,
        c.effect, shock, c.sex_gap, c.lift, c.online, c.potential,
        c.skills, s.base["skills"], m.cell_odds, m.cell_shares, m.neighbours,
        s.effect_norm, s.trend, hurried(m), dt, p.pick(Weights), diffusion.rates(p),
    )  # fmt: skip
