"""Infrastructure: who is covered, by what, and who pays for it.

People are ordered by what it costs to serve them. Covering the next person costs
`c (1 - C)^-eta`, so the last tenth costs most; eta rises with remoteness (after the cost curves of
Oughton et al. 2022; form assumed). Operators follow their commercial frontier, the coverage at
which the marginal cost equals revenue: as unit cost falls at rate g and revenue grows at rate d,
the uncovered share shrinks at rate (g + d)/eta. Public money moves coverage along the cost curve
beyond it. Upkeep that debt service leaves unpaid lets coverage decay.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model.run import Run

Array = NDArray[np.float64]


def cost_to_cover(start: Array, end: ArrayLike, unit_cost: Array, eta: Array) -> Array:
    """US$ to raise coverage from `start` to `end` (shares, (n,)).

    `unit_cost` is c times the population, US$; X = c N [(1-C0)^(1-eta) - (1-C1)^(1-eta)]/(1-eta).
    """
    power = 1 - eta
    reached = np.maximum(np.asarray(end, dtype=float), start)
    return unit_cost * ((1 - start) ** power - (1 - reached) ** power) / power


def coverage_bought(start: Array, usd: Array, unit_cost: Array, eta: Array) -> Array:
    """Coverage reached with `usd` from `start`, (n,): the inverse of `cost_to_cover`."""
    power = 1 - eta
    left = np.maximum(0.0, (1 - start) ** power - power * usd / unit_cost)
    return np.where(usd > 0, 1 - left ** (1 / power), start)


def market_roll_out(coverage: Array, pull: Array, eta: Array, dt: float) -> Array:
    """Coverage after operators follow a frontier that `pull` (1/year, >= 0) moves outward, (n,)."""
    return 1 - (1 - coverage) * np.exp(-pull / eta * dt)


def step(m: Run) -> None:
    """Operators build, public money builds, unpaid upkeep decays, debt is served."""
    c, p, dt = m.state.countries, m.values.infrastructure, m.dt
    m.state.cost_level *= np.exp(-p.cost_decline * dt)
    wealth = np.sqrt(c.income / 15_000)

    # Interoperability lowers fees, and with them the revenue that pays for rural masts.
    drag = 1 - p.interoperability_drag * c.interoperability
    pull = np.maximum(0.0, (p.cost_decline + p.demand_growth + c.growth) * drag)
    c.mobile = market_roll_out(c.mobile, pull, c.remoteness, dt)
    c.five_g += (c.mobile - c.five_g) * (1 - np.exp(-p.five_g_growth * wealth * dt))
    c.fixed += (1 - c.fixed) * (1 - np.exp(-p.fixed_growth * wealth * dt))
    c.backbone += (c.fixed - c.backbone).clip(0) * (1 - np.exp(-dt))
    c.electricity += (1 - c.electricity) * (1 - np.exp(-p.electrification * dt))

    delivered = m.state.policy.delivered
    if "rural_coverage" in delivered:
        unit = p.unit_cost_mobile * m.state.cost_level * c.population
        usd = delivered["rural_coverage"] * 1e6
        c.mobile = coverage_bought(c.mobile, usd, unit, c.remoteness)
    if "five_g" in delivered:
        unit = p.unit_cost_five_g * m.state.cost_level * c.population
        bought = coverage_bought(c.five_g, delivered["five_g"] * 1e6, unit, c.remoteness)
        c.five_g = np.minimum(bought, c.mobile)
    if "fibre_backbone" in delivered:
        share = delivered["fibre_backbone"] * 1e6 / (p.backbone_cost * c.population)
        c.backbone = np.minimum(1.0, c.backbone + share)
    if "submarine_cables" in delivered:
        c.routes += delivered["submarine_cables"] * 1e6 / p.route_cost
    if "data_centres" in delivered:
        watts = delivered["data_centres"] * 1e6 / p.data_centre_cost
        c.data_centres += watts / c.population
    capital = _capital(m)
    _buy_from_vendors(m, capital)
    _serve_debt(m, capital)


#: Levers whose money buys network equipment and facilities.
NETWORK_LEVERS = (
    "rural_coverage",
    "five_g",
    "fibre_backbone",
    "submarine_cables",
    "data_centres",
    "smart_city",
)


def _capital(m: Run) -> Array:
    """Network capital at today's unit cost, US$, (n,)."""
    c, p = m.state.countries, m.values.infrastructure
    people = m.state.cost_level * c.population
    return people * (p.unit_cost_mobile * c.mobile + p.unit_cost_five_g * c.five_g) + 1.0


def _buy_from_vendors(m: Run, capital: Array) -> None:
    """What the funder pays for is bought, in a share that is tied, from vendors of its home."""
    c, p, delivered = m.state.countries, m.values.infrastructure, m.state.policy.delivered
    usd = sum(delivered[name] for name in NETWORK_LEVERS if name in delivered) * 1e6
    new = p.tied_share * usd / (capital + usd)
    tied = np.zeros_like(c.vendors)
    tied[:, m.bloc[m.hub]] = 1.0
    c.vendors += np.multiply(new, 1.0)[..., None] * (tied - c.vendors)


def _serve_debt(m: Run, capital: Array) -> None:
    """Debt grows by interest and shrinks by service; service beyond revenue leaves upkeep unpaid.

    Network revenue is `revenue_share` of GDP; upkeep is `operation` times the capital at cost.
    """
    c, p, dt = m.state.countries, m.values.infrastructure, m.dt
    gdp = m.gdp_usd()
    service = c.debt * (p.interest + 1 / p.tenor)
    upkeep = p.operation * capital
    short = service + upkeep - p.revenue_share * gdp
    # Only service crowds upkeep out: a gap that exists without debt is in the trend already.
    c.arrears = (np.minimum(short, service) / upkeep).clip(0, 1)
    c.debt += (p.interest * c.debt - service) * dt
    # Only what public money built beyond the cities is at risk.
    beyond = np.maximum(0.0, c.mobile - c.urban)
    c.mobile -= beyond * (1 - np.exp(-p.decay * c.arrears * dt))
    c.five_g = np.minimum(c.five_g, c.mobile)
