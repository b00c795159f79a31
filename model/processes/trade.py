"""Cross-border e-commerce: it starts from figures, moves with changes, and adds up.

Flows of the start are those of `divide.model.trade_at_start`. From there they move by exact-hat
algebra (Dekle, Eaton and Kortum 2008, IMF Staff Papers 55(3)): with what each country's online
sellers can supply, with frictions, and with demand. Buyers divide online spending over sellers at
home and in other countries, and consumption over online and offline, both with constant
elasticity: where borders cost less, trade grows at the expense of home sellers and of shops.
Distance matters about a third as much online as offline (Lendle et al. 2016); language, border
days, payment cost and regulatory distance add to it. Frictions are repriced once a year.
"""

from math import exp, expm1
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.compiled import njit
from divide.model.declare.values import Trade
from divide.model.pairs import ROWS, mirror
from divide.model.processes import supply
from divide.model.run import Run

Array = NDArray[np.float64]

#: Most of consumption that people would spend online at the prices of the start (assumed).
MOST_ONLINE = 0.9
#: Last year of the figures to which the trend of the online share was fitted.
LAST_FITTED = 2022


class Frictions(NamedTuple):
    """Parameters of `discount_by_friction`."""

    single_window_relief: float
    day_cost: float
    elasticity: float
    regulation: float
    inspection: float
    traceability_relief: float
    logistics_cost: float
    navigation_relief: float


@njit(cache=True, nogil=True, error_model="numpy")
def discount_by_friction(
    fixed: Array,
    cost: Array,
    distance: Array,
    days: Array,
    single_window: Array,
    traceability: Array,
    logistics: Array,
    navigation: Array,
    p: Frictions,
) -> Array:
    """Factor by which frictions reduce trade from i to j, (n, n), zero on the diagonal.

    K_ij = fixed_ij exp(-regulation D_ij) (1 + t_ij)^(1 - elasticity), t = payment + border days +
    inspection + logistics, all shares of value.

    Args:
        fixed: Factor of distance, language and border, symmetric, (n, n).
        cost: Cost of payment, symmetric, (n, n).
        distance: Regulatory distance, D, symmetric, (n, n).
        days: Days at a country's own border, (n,).
        single_window: Reach of a single window at the border, 0-1, (n,).
        traceability: Of goods on shared ledgers, 0-1, (n,).
        logistics: Index of logistics, 0-1, (n,).
        navigation: Share of fleets with augmented satellite navigation, (n,).
        p: Parameters.
    """
    n = fixed.shape[0]
    check, carriage = np.empty(n), np.empty(n)
    for i in range(n):
        check[i] = p.inspection * (1 - p.traceability_relief * traceability[i])
        carriage[i] = p.logistics_cost / 2 * (1 - logistics[i])
        carriage[i] -= p.navigation_relief * navigation[i]
    # All pairs at once: a call for each row would take longer than the logarithms.
    pairs, first = n * (n - 1) // 2, 0
    dearer, loss = np.empty(pairs), np.empty(pairs)
    for i in range(n):
        here, pay = dearer[first : first + i], cost[i]
        for j in range(i):
            shared = p.single_window_relief * min(single_window[i], single_window[j])
            border = p.day_cost * (days[i] + days[j]) * (1 - shared / 2)
            here[j] = 1 + (pay[j] + border + max(check[i], check[j]) + carriage[i] + carriage[j])
        first += i
    vector.log(dearer, loss)
    power, first = 1 - p.elasticity, 0
    for i in range(n):
        here, apart = loss[first : first + i], distance[i]
        for j in range(i):
            here[j] = power * here[j] - p.regulation * apart[j]
        first += i
    vector.exp(loss)
    factor, first = np.empty((n, n)), 0
    for i in range(n):
        here, far, row = loss[first : first + i], fixed[i], factor[i]
        for j in range(i):
            row[j] = far[j] * here[j]
        first += i
        mirror(factor, i)
    return factor


@njit(cache=True, nogil=True, error_model="numpy")
def pulls(origins: Array, friction: Array) -> tuple[Array, Array]:
    """What draws buyers to each origin, and its transpose, (n, n) each.

    Args:
        origins: Share of each country's (columns) spending that each other had, over the friction
            of then, (n, n).
        friction: Factor of frictions now, symmetric, (n, n).
    """
    n = origins.shape[0]
    pull, back = np.empty((n, n)), np.empty((n, n))
    for i in range(n):
        for j in range(n):
            pull[i, j] = origins[i, j] * friction[i, j]
    whole = n - n % ROWS
    for first in range(0, whole, ROWS):
        for j in range(n):
            for k in range(ROWS):
                back[j, first + k] = pull[first + k, j]
    for i in range(whole, n):
        for j in range(n):
            back[j, i] = pull[i, j]
    return pull, back


@njit(cache=True, nogil=True, error_model="numpy")
def flows(
    abroad: Array,
    at_home: Array,
    pull: Array,
    pull_back: Array,
    cost: Array,
    days: Array,
    appetite: Array,
    consumption: Array,
    nesting: float,
) -> Array:
    """Divide consumption over shops and online sellers, and online spending over origins.

    P_j = at_home_j + sum_i abroad_i pull_ij; the odds that a dollar is spent online are
    appetite_j P_j^nesting; X_ij = online_j abroad_i pull_ij / P_j. Payment cost and days are
    weighted by the value a country exports and imports. Each loop adds a row at a time, which the
    compiler vectorises.

    Args:
        abroad: What exporters can supply over that of the start, (n,).
        at_home: The same of home sellers, times their share of online spending at the start, (n,).
        pull: Share of j's online spending that came from i at the start, times the change of
            frictions since, (n, n); zero on the diagonal.
        pull_back: Its transpose.
        cost: Cost of payment, symmetric, (n, n).
        days: Days of settlement, symmetric, (n, n).
        appetite: Odds of spending online at the prices of the start, (n,).
        consumption: US$ a year, (n,).
        nesting: (online elasticity - 1) / (elasticity - 1).

    Returns:
        Exports, imports, home sales and online spending, US$ a year, payment cost and days, access
        of exporters to demand, US$ a year for supply as at the start, and the online share of
        consumption, (8, n).
    """
    n = abroad.size
    found = np.zeros((8, n))
    exports, imported, home, online, paid, waited, access, share = found
    for i in range(n):
        for j in range(n):
            imported[j] += abroad[i] * pull[i, j]
    total, odds, scale = np.empty(n), np.empty(n), np.empty(n)
    for j in range(n):
        total[j] = at_home[j] + imported[j]
    vector.log(total, odds)
    for j in range(n):
        odds[j] *= nesting
    vector.exp(odds)
    for j in range(n):
        odds[j] *= appetite[j]
        share[j] = odds[j] / (1 + odds[j])
        online[j] = consumption[j] * share[j]
        scale[j] = online[j] / total[j] if total[j] > 0.0 else 0.0
    for j in range(n):
        for i in range(n):
            sold = scale[j] * pull_back[j, i]
            access[i] += sold
            value = abroad[i] * sold + abroad[j] * pull[j, i] * scale[i]
            paid[i] += value * cost[j, i]
            waited[i] += value * days[j, i]
    for i in range(n):
        exports[i], imported[i] = abroad[i] * access[i], scale[i] * imported[i]
        home[i] = scale[i] * at_home[i]
        value = exports[i] + imported[i]
        if value > 0:
            paid[i] /= value
            waited[i] /= value
    return found


def update_frictions(m: Run) -> None:
    """This year's frictions, from corridors, rules, customs and logistics."""
    c, s = m.state.countries, m.state
    s.friction = discount_by_friction(
        m.gravity, s.corridor_cost, s.distance, border_days(m), c.single_window, c.traceability,
        c.logistics, c.navigation, m.values.trade.pick(Frictions),
    )  # fmt: skip
    if s.origins.size:
        pull_of_origins(m)


def pull_of_origins(m: Run) -> None:
    """What draws buyers to each origin now: shares of the start times the change of frictions."""
    s = m.state
    s.pull, s.pull_back = pulls(s.origins, s.friction)


def border_days(m: Run) -> Array:
    """Days at a country's own border after its own single window, (n,).

    Half of the relief comes from one side alone; the other half needs a partner who has it too.
    """
    c, p = m.state.countries, m.values.trade
    return c.customs_days * (1 - p.single_window_relief / 2 * c.single_window)


class Demand(NamedTuple):
    """Parameters of `demand`."""

    spend_share: float
    hub_share: float
    spend_elasticity: float
    distrust: float
    consumption_share: float


@njit(cache=True, nogil=True, error_model="numpy")
def demand(
    income: Array,
    price_level: Array,
    population: Array,
    trust: Array,
    online: Array,
    accounts: Array,
    buying: Array,
    level: Array,
    hub: int,
    risen: float,
    p: Demand,
) -> Array:
    """What people would spend online by their income alone, consumption, and appetite, (3, n).

    The first two are US$ a year, the third the odds of spending a dollar online at the prices of
    the start.

    Args:
        income: Income per head, intl $ a year, (n,).
        price_level: US$ for an international dollar, (n,).
        population: Persons, (n,).
        trust: Trust in online trade, 0-1, (n,).
        online: Share online, (n, cells).
        accounts: Share with an account, (n, cells).
        buying: Weight of each cell in what is bought, (n, cells).
        level: Online spending at the start over what income alone says, (n,).
        hub: Row of the hub, which has a share of spending of its own.
        risen: Factor of the odds by their trend.
        p: Parameters.
    """
    n = income.size
    found = np.empty((3, n))
    wanted, consumed, odds = found
    ratio, rise, each = np.empty(n), np.empty(n), np.empty(online.shape[1])
    for i in range(n):
        ratio[i] = income[i] / 15_000
    vector.log(ratio, rise)
    for i in range(n):
        rise[i] = (p.spend_elasticity - 1) * rise[i] + p.distrust * (trust[i] - 0.5)
    vector.exp(rise)
    for i in range(n):
        gdp = income[i] * price_level[i] * population[i]
        buyers = 0.0
        for k in range(each.size):
            each[k] = online[i, k] * accounts[i, k] * buying[i, k]
        for k in range(each.size):
            buyers += each[k]
        share = p.hub_share if i == hub else p.spend_share
        wanted[i] = share * buyers * gdp * rise[i]
        consumed[i] = p.consumption_share * gdp
        part = min(level[i] * wanted[i] / consumed[i], MOST_ONLINE)
        odds[i] = part / (1 - part) * risen
    return found


Buyers = tuple[Array, Array, Array, Array, Array, Array, Array, Array, int, float, Demand]


def _buyers(m: Run, level: Array) -> Buyers:
    """What `demand` takes now."""
    c = m.state.countries
    return (
        c.income, m.price_level, c.population, c.trust, c.online, c.accounts, m.buying, level,
        m.hub, exp(m.state.online_trend), m.values.trade.pick(Demand),
    )  # fmt: skip


def online_spending(m: Run) -> Array:
    """What people would spend online a year by their income alone, US$, (n,)."""
    return demand(*_buyers(m, m.state.countries.income))[0]


def consumption(m: Run) -> Array:
    """What people consume, US$ a year, (n,)."""
    return m.values.trade.consumption_share * m.gdp_usd()


def online_trend(elapsed: float, start: int, p: Trade) -> float:
    """Rise of the log odds of spending online `elapsed` years after the start, by their trend.

    It is steady in the years that it was fitted to, and fades once they are over.
    """
    steady = min(elapsed, max(0.0, LAST_FITTED - start))
    years, fading = elapsed - steady, p.online_fading
    faded = -expm1(-fading * years) / fading if fading > 0 else years
    return p.online_trend * (steady + faded)


def appetite(m: Run) -> Array:
    """Odds of spending a dollar online at the prices of the start, (n,), trend included."""
    return demand(*_buyers(m, m.state.spending_level))[2]


def nesting(m: Run) -> float:
    """How the odds of buying online follow what online sellers offer, an elasticity."""
    p = m.values.trade
    return (p.online_elasticity - 1) / (p.elasticity - 1)


def bilateral(m: Run) -> Array:
    """Flows from i (rows) to j, US$ a year, (n, n): the matrix whose sums `flows` returns."""
    at_home, abroad = supply.relative(m)
    weight = abroad[:, None] * m.state.pull
    total = m.state.home_share * at_home + weight.sum(axis=0)
    odds = appetite(m) * total ** nesting(m)
    return weight * (consumption(m) * odds / (1 + odds) / total)


@njit(cache=True, nogil=True, error_model="numpy")
def spend(
    supply_at_start: Array,
    home_share: Array,
    pull: Array,
    pull_back: Array,
    cost: Array,
    days: Array,
    nesting: float,
    sellers: supply.Sellers,
    buyers: Buyers,
) -> Array:
    """What `flows` returns, for the supply and demand of now, (8, n).

    Args:
        supply_at_start: Of home sellers and exporters, (2, n).
        home_share: Share of home sellers in online spending at the start, (n,).
        pull: As `flows` takes it, like the next four.
        pull_back: See there.
        cost: See there.
        days: See there.
        nesting: See there.
        sellers: What `supplied` takes.
        buyers: What `demand` takes.
    """
    change, wanted = supply.supplied(*sellers), demand(*buyers)
    for i in range(home_share.size):
        change[0, i] = home_share[i] * (change[0, i] / supply_at_start[0, i])  # exactly, at first
        change[1, i] /= supply_at_start[1, i]
    return flows(change[1], change[0], pull, pull_back, cost, days, wanted[2], wanted[1], nesting)


def step(m: Run) -> None:
    """People spend; the year's frictions decide where; exports and imports follow."""
    c, s, p = m.state.countries, m.state, m.values.trade
    delivered = s.policy.delivered
    if "satellite_navigation" in delivered:
        fitted = delivered["satellite_navigation"] * 1e6 / (p.navigation_cost * c.population)
        c.navigation = np.minimum(1.0, c.navigation + fitted)
    c.navigation *= exp(-0.1 * m.dt)
    s.online_trend = online_trend(s.elapsed + m.dt, m.plan.start, p)
    divide(m)


def divide(m: Run) -> None:
    """Trade and online spending as supply, frictions and demand have them now."""
    c, s = m.state.countries, m.state
    found = spend(
        s.supply_at_start, s.home_share, s.pull, s.pull_back, s.corridor_cost, s.corridor_days,
        nesting(m), supply.sellers(m), _buyers(m, s.spending_level),
    )  # fmt: skip
    c.exports, c.imports, c.home_sales, s.spending = found[:4]
    c.payment_cost, c.payment_days, s.access, c.online_share = found[4:]
