"""Cross-border e-commerce: it starts from figures, moves with changes, and adds up.

Flows of the start are those of `divide.model.trade_at_start`. From there they move by exact-hat
algebra (Dekle, Eaton and Kortum 2008, IMF Staff Papers 55(3)): with what each country's online
sellers can supply, with frictions, and with demand. Buyers divide online spending over sellers at
home and in other countries, and consumption over online and offline, both with constant
elasticity: where borders cost less, trade grows at the expense of home sellers and of shops.
Distance matters about a third as much online as offline (Lendle et al. 2016); language, border
days, payment cost and regulatory distance add to it. Frictions are repriced once a year.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.processes import supply
from divide.model.run import Run

Array = NDArray[np.float64]

#: Most of consumption that people would spend online at the prices of the start (assumed).
MOST_ONLINE = 0.9
#: Last year of the figures to which the trend of the online share was fitted.
LAST_FITTED = 2022


@njit(cache=True, nogil=True, error_model="numpy")
def discount_by_friction(
    fixed: Array,
    cost: Array,
    distance: Array,
    days: Array,
    inspection: Array,
    single_window: Array,
    relief: float,
    day_cost: float,
    logistics: Array,
    elasticity: float,
    regulation: float,
) -> Array:
    """Factor by which frictions reduce trade from i to j, (n, n), zero on the diagonal.

    K_ij = fixed_ij exp(-regulation D_ij) (1 + t_ij)^(1 - elasticity), t = payment + border days +
    inspection + logistics, all shares of value.
    """
    n = fixed.shape[0]
    factor = np.zeros((n, n))
    power = 1 - elasticity
    dearer, loss = np.empty(n), np.empty(n)
    for i in range(1, n):
        for j in range(i):
            shared = relief * min(single_window[i], single_window[j])
            border = day_cost * (days[i] + days[j]) * (1 - shared / 2)
            check = max(inspection[i], inspection[j])
            dearer[j] = 1 + (cost[i, j] + border + check + logistics[i] + logistics[j])
        vector.log(dearer[:i], loss[:i])
        for j in range(i):
            loss[j] = power * loss[j] - regulation * distance[i, j]
        vector.exp(loss[:i])
        for j in range(i):
            factor[i, j] = fixed[i, j] * loss[j]
        for j in range(i):
            factor[j, i] = factor[i, j]
    return factor


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
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
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
        Exports, imports, home sales and online spending, US$ a year, payment cost and days, and
        access of exporters to demand, US$ a year for supply as at the start; (n,) each.
    """
    n = abroad.size
    imported = np.zeros(n)
    for i in range(n):
        for j in range(n):
            imported[j] += abroad[i] * pull[i, j]
    online, scale = np.empty(n), np.empty(n)
    for j in range(n):
        total = at_home[j] + imported[j]
        odds = appetite[j] * total**nesting
        online[j] = consumption[j] * odds / (1 + odds)
        scale[j] = online[j] / total if total > 0.0 else 0.0
    access, paid, waited = np.zeros(n), np.zeros(n), np.zeros(n)
    for j in range(n):
        for i in range(n):
            sold = scale[j] * pull_back[j, i]
            access[i] += sold
            value = abroad[i] * sold + abroad[j] * pull[j, i] * scale[i]
            paid[i] += value * cost[j, i]
            waited[i] += value * days[j, i]
    exports = abroad * access
    imports = scale * imported
    for i in range(n):
        value = exports[i] + imports[i]
        if value > 0:
            paid[i] /= value
            waited[i] /= value
    return exports, imports, scale * at_home, online, paid, waited, access


def update_frictions(m: Run) -> None:
    """This year's frictions, from corridors, rules, customs and logistics."""
    c, p = m.state.countries, m.values.trade
    inspection = p.inspection * (1 - p.traceability_relief * c.traceability)
    logistics = p.logistics_cost / 2 * (1 - c.logistics) - p.navigation_relief * c.navigation
    m.state.friction = discount_by_friction(
        m.gravity,
        m.state.corridor_cost,
        m.state.distance,
        border_days(m),
        inspection,
        c.single_window,
        p.single_window_relief,
        p.day_cost,
        logistics,
        p.elasticity,
        p.regulation,
    )
    if m.state.origins.size:
        pull_of_origins(m)


def pull_of_origins(m: Run) -> None:
    """What draws buyers to each origin now: shares of the start times the change of frictions."""
    s = m.state
    s.pull = s.origins * s.friction
    s.pull_back = np.ascontiguousarray(s.pull.T)


def border_days(m: Run) -> Array:
    """Days at a country's own border after its own single window, (n,).

    Half of the relief comes from one side alone; the other half needs a partner who has it too.
    """
    c, p = m.state.countries, m.values.trade
    return c.customs_days * (1 - p.single_window_relief / 2 * c.single_window)


@njit(cache=True, nogil=True, error_model="numpy")
def spending_by_income(
    income: Array,
    gdp: Array,
    trust: Array,
    online: Array,
    accounts: Array,
    buying: Array,
    share: Array,
    exponent: float,
    distrust: float,
) -> Array:
    """What people would spend online a year by their income alone, US$, (n,).

    Args:
        income: Income per head, intl $ a year, (n,).
        gdp: US$ a year, (n,).
        trust: Trust in online trade, 0-1, (n,).
        online: Share online, (n, cells).
        accounts: Share with an account, (n, cells).
        buying: Weight of each cell in what is bought, (n, cells).
        share: Share of GDP that is spent at 15,000 intl $ a year, (n,).
        exponent: Elasticity of the share to income.
        distrust: Rise of the ln of spending with trust.
    """
    buyers = weighted_sum(online * accounts, buying)
    usd = np.empty(income.size)
    for i in range(income.size):
        rise = exponent * np.log(income[i] / 15_000) + distrust * (trust[i] - 0.5)
        usd[i] = share[i] * buyers[i] * gdp[i] * np.exp(rise)
    return usd


def online_spending(m: Run) -> Array:
    """What people would spend online a year by their income alone, US$, (n,)."""
    c, p = m.state.countries, m.values.trade
    share = np.full(m.n, p.spend_share)
    share[m.hub] = p.hub_share
    return spending_by_income(
        c.income, m.gdp_usd(), c.trust, c.online, c.accounts, m.buying, share,
        p.spend_elasticity - 1, p.distrust,
    )  # fmt: skip


def consumption(m: Run) -> Array:
    """What people consume, US$ a year, (n,)."""
    return m.values.trade.consumption_share * m.gdp_usd()


def appetite(m: Run) -> Array:
    """Odds of spending a dollar online at the prices of the start, (n,).

    The online share of spending rises by a trend of its own, in log odds, which fades once the
    years are over that it was fitted to.
    """
    s, p = m.state, m.values.trade
    wanted = s.spending_level * online_spending(m) / consumption(m)
    wanted = np.minimum(wanted, MOST_ONLINE)
    steady = min(s.elapsed, max(0.0, LAST_FITTED - m.plan.start))
    years, fading = s.elapsed - steady, p.online_fading
    faded = -np.expm1(-fading * years) / fading if fading > 0 else years
    return wanted / (1 - wanted) * np.exp(p.online_trend * (steady + faded))


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


def step(m: Run) -> None:
    """People spend; the year's frictions decide where; exports and imports follow."""
    c, s, p, dt = m.state.countries, m.state, m.values.trade, m.dt
    delivered = s.policy.delivered
    if "satellite_navigation" in delivered:
        fitted = delivered["satellite_navigation"] * 1e6 / (p.navigation_cost * c.population)
        c.navigation = np.minimum(1.0, c.navigation + fitted)
    c.navigation *= np.exp(-0.1 * dt)
    divide(m)


def divide(m: Run) -> None:
    """Trade and online spending as supply, frictions and demand have them now."""
    c, s = m.state.countries, m.state
    at_home, abroad = supply.relative(m)
    spent = consumption(m)
    found = flows(
        abroad, s.home_share * at_home, s.pull, s.pull_back, s.corridor_cost, s.corridor_days,
        appetite(m), spent, nesting(m),
    )  # fmt: skip
    c.exports, c.imports, c.home_sales, s.spending, c.payment_cost, c.payment_days, s.access = found
    c.online_share = s.spending / spent
