"""Cross-border e-commerce: gravity that adds up.

People online who hold an account spend a share of income online, part of it abroad. A country's
foreign spending is split over origins in proportion to what their exporting firms can supply,
discounted by frictions, so what all sell equals what all buy. Distance matters about a third as
much online as offline (Lendle et al. 2016); language, border days, payment cost and regulatory
distance add to it. Frictions are repriced once a year.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.agents.firm import EMPLOYED, FIXED
from divide.model.run import Run

Array = NDArray[np.float64]


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
    tariff = np.empty(n)
    for i in range(n):
        for j in range(i):
            shared = relief * min(single_window[i], single_window[j])
            border = day_cost * (days[i] + days[j]) * (1 - shared / 2)
            check = max(inspection[i], inspection[j])
            tariff[j] = cost[i, j] + border + check + logistics[i] + logistics[j]
        for j in range(i):
            loss = power * np.log1p(tariff[j]) - regulation * distance[i, j]
            factor[i, j] = fixed[i, j] * np.exp(loss)
        for j in range(i):
            factor[j, i] = factor[i, j]
    return factor


@njit(cache=True, nogil=True)
def flows(
    supply: Array, demand: Array, factor: Array, cost: Array, days: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Split demand over origins: exports, imports (US$/year), payment cost, days and access, (n,).

    X_ij = demand_j supply_i K_ij / sum_k supply_k K_kj. Payment cost and days are weighted by the
    value a country exports and imports; access of i is sum_j K_ij demand_j / sum_k supply_k K_kj.
    All matrices are symmetric, and each loop adds a row at a time, which the compiler vectorises.

    Args:
        supply: What each country can supply, (n,).
        demand: Foreign spending, US$/year, (n,).
        factor: K, (n, n).
        cost: K times the cost of payment, (n, n).
        days: K times the days of settlement, (n, n).
    """
    n = supply.size
    total = np.zeros(n)
    total_cost = np.zeros(n)
    total_days = np.zeros(n)
    for i in range(n):
        for j in range(n):
            total[j] += supply[i] * factor[i, j]
            total_cost[j] += supply[i] * cost[i, j]
            total_days[j] += supply[i] * days[i, j]
    scale = np.zeros(n)
    for j in range(n):
        if total[j] > 0.0:
            scale[j] = demand[j] / total[j]
    access = np.zeros(n)
    paid = np.zeros(n)
    waited = np.zeros(n)
    for j in range(n):
        for i in range(n):
            access[i] += scale[j] * factor[j, i]
            paid[i] += scale[j] * cost[j, i]
            waited[i] += scale[j] * days[j, i]
    exports = supply * access
    imports = scale * total
    for i in range(n):
        value = exports[i] + imports[i]
        if value > 0:
            paid[i] = (supply[i] * paid[i] + scale[i] * total_cost[i]) / value
            waited[i] = (supply[i] * waited[i] + scale[i] * total_days[i]) / value
    return exports, imports, paid, waited, access


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
    m.state.friction_cost = m.state.friction * m.state.corridor_cost
    m.state.friction_days = m.state.friction * m.state.corridor_days


def border_days(m: Run) -> Array:
    """Days at a country's own border after its own single window, (n,).

    Half of the relief comes from one side alone; the other half needs a partner who has it too.
    """
    c, p = m.state.countries, m.values.trade
    return c.customs_days * (1 - p.single_window_relief / 2 * c.single_window)


def online_spending(m: Run) -> Array:
    """What people spend online a year, at home and abroad, US$, (n,)."""
    c, p = m.state.countries, m.values.trade
    income = c.income[:, None] * m.income_factor
    share = p.spend_share * (income / 15_000) ** (p.spend_elasticity - 1)
    buyers = m.cell_shares * c.online * c.accounts
    spent = (buyers * share * income).sum(axis=1) * m.price_level * c.population
    return spent * np.exp(p.distrust * (c.trust - 0.5))


def foreign_spending(m: Run) -> Array:
    """The part of online spending that goes abroad, US$ a year, (n,); small countries buy more."""
    p = m.values.trade
    size = np.exp(-p.foreign_size * np.log(m.gdp_usd() / 1e11))
    odds = p.foreign_share / (1 - p.foreign_share) * size
    return m.state.spending * odds / (1 + odds)


def supply(m: Run) -> Array:
    """What the exporting firms of each country can supply, arbitrary units, (n,)."""
    c, p = m.state.countries, m.values.trade
    firms = m.state.capacity @ EMPLOYED / FIXED**2
    capacity = firms * (c.income / 15_000) ** p.income_exponent
    capacity[m.hub] *= p.hub_supply
    return capacity


def step(m: Run) -> None:
    """People spend; the year's frictions decide where; exports and imports follow."""
    c, p, dt = m.state.countries, m.values.trade, m.dt
    delivered = m.state.policy.delivered
    if "satellite_navigation" in delivered:
        fitted = delivered["satellite_navigation"] * 1e6 / (p.navigation_cost * c.population)
        c.navigation = np.minimum(1.0, c.navigation + fitted)
    c.navigation *= np.exp(-0.1 * dt)
    m.state.spending = online_spending(m)
    s = m.state
    c.exports, c.imports, c.payment_cost, c.payment_days, s.access = flows(
        supply(m), foreign_spending(m), s.friction, s.friction_cost, s.friction_days
    )
