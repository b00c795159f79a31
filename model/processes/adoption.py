"""Internet adoption: people move toward the share that could be online.

The potential of a cell is a product, so that each lever acts on its own term and money spent on one
cannot replace another: covered x powered x (can pay x can use x finds it relevant). The hazard of
going online has an innovation and an imitation term (Bass 1969), imitation of one's own cell, one's
compatriots and neighbouring countries. Countries differ by one effect on the odds of their
potential and one on their pace, set at the start from their level and recent rise (see
`divide.model.initial`); both fade. Routes abroad added since the start raise the pace for as long
as they are there.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import by_place, by_sex
from divide.model.declare.frozen import frozen
from divide.model.declare.values import Adoption
from divide.model.processes.affordability import affordable_share
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]


def city_and_countryside(coverage: Array, urban: Array) -> tuple[Array, Array]:
    """Coverage of the cities and of the countryside, (n,) each, when cities are covered first.

    Args:
        coverage: Share of the population covered, (n,).
        urban: Share of the population in cities, (n,).
    """
    city = np.minimum(1.0, coverage / np.maximum(urban, 1e-9))
    countryside = np.maximum(0.0, coverage - urban) / np.maximum(1 - urban, 1e-9)
    return city, np.minimum(countryside, 1.0)


def reach_by_place(coverage: Array, urban: Array) -> Array:
    """Coverage of the cells, (n, cells), when cities are covered before the countryside."""
    return by_place(*city_and_countryside(coverage, urban))


def hazard(potential: Array, online: Array, peers: Array, p: Adoption) -> Array:
    """Rate at which those who could be online go online, 1/year, (n, cells)."""
    share = peers / np.maximum(potential, 0.02)
    return p.innovation + p.imitation * share


def fade(effect: Array, norm: float, rate: float, dt: float) -> Array:
    """Country effects one step on, (n,): they fade toward `norm`, the median at the start.

    Countries behind what their income and skills explain catch up, those ahead slow down, and a
    spurt does not last (conditional convergence); without it the forecast is worse at every
    origin tried.
    """
    return norm + (effect - norm) * np.exp(-rate * dt)


def within_reach(m: Run) -> Array:
    """Share of each cell that is covered, powered and not unwilling for good, (n, cells).

    A phone can be charged away from home: of those without electricity a share still counts.
    """
    c, p = m.state.countries, m.values.adoption
    covered = city_and_countryside(np.maximum(c.mobile, c.fixed), c.urban)
    powered = city_and_countryside(c.electricity, c.urban)
    city, countryside = (
        c.ceiling * network * (p.off_grid + (1 - p.off_grid) * power)
        for network, power in zip(covered, powered, strict=True)
    )
    return by_place(city, countryside)


def willing(m: Run) -> Array:
    """Share of each cell that can pay, can use and wants it, before country effects, (n, cells)."""
    c, p, a = m.state.countries, m.values.adoption, m.values.affordability
    price = (c.basket * (1 - c.subsidy))[:, None]
    income = c.income[:, None] * m.income_factor
    value = np.full((m.n, 1), m.state.value)
    can_pay = affordable_share(income, price, value, a.budget_share, a.dispersion)
    can_use = p.unskilled_use + (1 - p.unskilled_use) * c.skills
    relevance = np.minimum(1.0, c.egovernment + p.smart_city_relevance * c.smart_city * c.urban)
    wants = (p.irrelevant_use + (1 - p.irrelevant_use) * relevance)[:, None]
    return can_pay * can_use * wants


def shifted(share: Array, effect: Array, sex_gap: Array) -> Array:
    """`share`, (n, cells), with its odds shifted by effects of the country, ln odds, (n,) each.

    `effect` shifts all cells; `sex_gap` women against men, half of it each way.
    """
    women, men = np.exp(effect + sex_gap / 2), np.exp(effect - sex_gap / 2)
    odds = by_sex(women, men) * share
    return odds / (odds + 1 - share)


def potential(m: Run) -> Array:
    """Share of each cell that could be online, (n, cells).

    The country effect cannot lift a cell above those covered and powered.
    """
    c = m.state.countries
    return within_reach(m) * shifted(willing(m), c.effect, c.sex_gap)


def peers(m: Run) -> Array:
    """Share online among those whom people imitate, (n, cells)."""
    c, p = m.state.countries, m.values.adoption
    national = m.national(c.online)
    around = np.einsum("ij,j->i", m.neighbours, national)
    outside = p.compatriots * national + p.neighbours * around
    return (1 - p.compatriots - p.neighbours) * c.online + outside[:, None]


def subscriptions(m: Run) -> Array:
    """Fixed broadband subscriptions per head, (n,).

    They grow from the figure of the start in proportion to internet users, and with the reach of
    fixed networks to the power `infrastructure.fixed_by_reach`: a household that is not in reach
    cannot subscribe, but reach alone sells nothing.
    """
    c = m.state.countries
    subscribed, users, reach = _fixed_at_start(m.world)
    more_users, more_reach = m.national(c.online) / users, c.fixed / reach
    return subscribed * more_users * more_reach**m.values.infrastructure.fixed_by_reach


@lru_cache(maxsize=64)
def _fixed_at_start(world: World) -> tuple[Array, Array, Array]:
    """Fixed subscriptions per head, internet users and reach of fixed networks, (n,) each."""
    start = world.values
    users = np.clip(start["internet_users"], 1e-3, 0.995)
    reach = np.clip(start["coverage_fixed"], 1e-3, 0.99)
    return start["fixed_broadband"], frozen(users), frozen(reach)


def step(m: Run) -> None:
    """Services improve, the potential moves, people go online or give up."""
    c, p, dt = m.state.countries, m.values.adoption, m.dt
    c.egovernment += (1 - c.egovernment) * (1 - np.exp(-p.services_growth * dt))
    delivered = m.state.policy.delivered
    if "smart_city" in delivered:
        people = np.maximum(c.population * c.urban, 1.0)
        served = delivered["smart_city"] * 1e6 / (p.smart_city_cost * people)
        c.smart_city = np.minimum(1.0, c.smart_city + served)
    c.effect = fade(c.effect, m.state.effect_norm, p.effect_fading, dt)
    c.pace = fade(c.pace, m.state.pace_norm, p.effect_fading, dt)
    c.potential = potential(m)
    # Capacity and fewer outages, which the price does not tell (see the replay of cable landings).
    more_routes = np.log(c.routes / m.state.base["routes"])
    pace = np.exp(c.pace + p.route_pace * more_routes)[:, None]
    rate = pace * hazard(c.potential, c.online, peers(m), p)
    gap = c.potential - c.online
    joining = (1 - np.exp(-rate * dt)) * np.maximum(gap, 0.0)
    leaving = (1 - np.exp(-p.abandonment * dt)) * np.maximum(-gap, 0.0)
    c.online = c.online + joining - leaving
