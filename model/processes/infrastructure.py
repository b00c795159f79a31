"""Infrastructure: who is covered, by what, and who pays for it.

Operators build to the frontier where revenue stops (see `coverage`) and no further. Public money
goes along the same cost curve from where coverage stands, so that what lies inside the frontier is
only brought forward; a part of it never becomes coverage. What it builds where revenue does not
even cover operation needs upkeep every year, which the programme pays first; unpaid, it decays.
Beyond all masts, satellite terminals connect people for the years paid. Upkeep that debt service
leaves unpaid lets decay what lies beyond the frontier.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.frozen import frozen
from divide.model.processes import coverage
from divide.model.processes.coverage import Costs, coverage_bought
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]

#: First year of satellite internet for households (assumed for all countries).
SATELLITE_FROM = 2021
#: Months that the plan of a terminal is paid for, and the years that the connection then lasts.
PLAN_MONTHS = 60
#: Countries that the operator of the largest constellation lists as blacklisted (availability
#: lists of 21 August to 26 November 2025 kept by the open-source project starmonitor).
NO_SATELLITE = frozenset({"AFG", "BLR", "CHN", "HKG", "MAC", "PRK", "RUS", "SYR"})


def unit_costs(m: Run) -> Costs:
    """Capital for the first person covered in this step, US$."""
    return coverage.unit_costs(m.plan.start + m.state.elapsed, m.values.infrastructure)


def take_up(m: Run) -> Array:
    """Users for each person covered by any mobile network, (n,)."""
    c = m.state.countries
    return m.national(c.online) / np.maximum(c.narrowband, 0.01)


def revenue(m: Run) -> Array:
    """What a newly covered person brings in, US$ a year, (n,)."""
    c, base = m.state.countries, m.state.base
    everywhere = coverage.revenues(
        c.income, take_up(m), base["take_up"], c.interoperability, base["interoperability"],
        coverage.earnings(m.values.infrastructure),
    )  # fmt: skip
    return everywhere * base["pays"]


@lru_cache(maxsize=64)
def satellite_allowed(world: World) -> NDArray[np.bool_]:
    """Where a satellite terminal may be used, (n,)."""
    return frozen(np.array([code not in NO_SATELLITE for code in world.iso3]))


def satellite_cost(m: Run) -> Array:
    """Terminal and plan for the years paid, shared, US$ a person, (n,); infinite where barred."""
    p = m.values.infrastructure
    usd = (p.satellite_kit + PLAN_MONTHS * p.satellite_plan) / p.satellite_sharing
    open_now = m.plan.start + m.state.elapsed >= SATELLITE_FROM
    return np.where(satellite_allowed(m.world) & open_now, usd, np.inf)


def network(m: Run) -> Array:
    """Share covered by mobile broadband or in reach of fixed networks, or by satellite, (n,)."""
    c = m.state.countries
    return connected(c.mobile, c.satellite, c.fixed)


def connected(mobile: Array, satellite: Array, fixed: Array) -> Array:
    """`network` from the columns that it hangs on."""
    return np.maximum(mobile + (1 - mobile) * satellite, fixed)


def begin(m: Run) -> None:
    """Note the frontier of the start and what later steps compare with."""
    c, year = m.state.countries, float(m.plan.start)
    m.state.base["take_up"] = np.maximum(take_up(m), 1e-6)
    market = coverage.market(year, m.values.infrastructure, m.dt)
    c.frontier[:] = coverage.frontiers(revenue(m), market.mobile, c.remoteness)
    c.upkeep[:] = 1.0


def step(m: Run) -> None:
    """Operators build, public money builds, unpaid upkeep decays, debt is served."""
    c, p = m.state.countries, m.values.infrastructure
    costs = unit_costs(m)
    _operators(m)
    public_money(m, costs)
    _satellites(m)
    delivered = m.state.policy.delivered
    if "five_g" in delivered:
        usd = delivered["five_g"] * 1e6
        bought = coverage_bought(c.five_g, usd, costs.five_g * c.population, c.remoteness)
        c.five_g = np.minimum(bought, c.mobile)
    if "fibre_backbone" in delivered:
        share = delivered["fibre_backbone"] * 1e6 / (p.backbone_cost * c.population)
        c.backbone = np.minimum(1.0, c.backbone + share)
    if "submarine_cables" in delivered:
        c.routes += delivered["submarine_cables"] * 1e6 / p.route_cost
    if "data_centres" in delivered:
        watts = delivered["data_centres"] * 1e6 / p.data_centre_cost
        c.data_centres += watts / c.population
    if "electricity" in delivered:
        share = delivered["electricity"] * 1e6 / (p.electricity_cost * c.population)
        c.electricity = np.minimum(1.0, c.electricity + share)
    _buy_from_vendors(m, costs)
    _serve_debt(m, costs)


def _operators(m: Run) -> None:
    """What is built without public money."""
    c = m.state.countries
    market = coverage.market(m.plan.start + m.state.elapsed, m.values.infrastructure, m.dt)
    c.frontier = coverage.roll_out(
        c.narrowband, c.mobile, c.five_g, c.fixed, c.backbone, c.electricity,
        c.income, revenue(m), c.remoteness, m.state.base["narrow"], market,
    )  # fmt: skip


def upkeep_due(m: Run, costs: Costs) -> tuple[Array, Array]:
    """Share that public money covers and revenue does not keep up, and what it lacks, (n,) each.

    Places beyond the frontier whose revenue covers operation, though not the capital, keep
    themselves. Of the others the programme owes operation less revenue, US$ a year; a satellite
    terminal instead of a mast caps that.
    """
    c, p = m.state.countries, m.values.infrastructure
    return coverage.upkeep(
        c.mobile, c.subsidised, c.population, revenue(m), p.operation * costs.mobile,
        satellite_cost(m) * 12 / PLAN_MONTHS, c.remoteness,
    )  # fmt: skip


def public_money(m: Run, costs: Costs) -> None:
    """Rural money pays upkeep first and builds with the rest; what upkeep lacks decays."""
    c, p, dt = m.state.countries, m.values.infrastructure, m.dt
    # Operators take over what they would have built.
    c.subsidised = np.minimum(c.subsidised, np.maximum(0.0, c.mobile - c.frontier))
    delivered = m.state.policy.delivered.get("rural_coverage")
    if delivered is None and not c.subsidised.any():
        return
    usd = np.zeros(m.n) if delivered is None else delivered * 1e6
    lost, due = upkeep_due(m, costs)
    owed = due * dt
    paid = np.minimum(usd, owed)
    c.upkeep = np.divide(paid, owed, out=np.ones(m.n), where=owed > 0)
    _decay(m, lost * (1 - np.exp(-p.decay * (1 - c.upkeep) * dt)))
    build(m, p.delivery * (usd - paid), costs)


def build(m: Run, usd: Array, costs: Costs) -> None:
    """Build mobile broadband for `usd`, (n,); upkeep is owed for what operators would not build."""
    c = m.state.countries
    before = np.maximum(c.mobile, c.frontier)
    c.mobile = coverage_bought(
        c.mobile, usd, costs.mobile * c.population, c.remoteness, satellite_cost(m) * c.population
    )
    c.narrowband = np.maximum(c.narrowband, c.mobile)
    c.subsidised += np.maximum(0.0, c.mobile - before)


def _decay(m: Run, share: Array) -> None:
    """Take coverage of `share` of the people away, (n,)."""
    c = m.state.countries
    c.mobile = c.mobile - share
    c.subsidised = np.maximum(0.0, c.subsidised - share)
    c.five_g = np.minimum(c.five_g, c.mobile)


def _satellites(m: Run) -> None:
    """Terminals connect the last places for the years paid; masts that come later replace none."""
    c, p, dt = m.state.countries, m.values.infrastructure, m.dt
    delivered = m.state.policy.delivered.get("satellite_connection")
    if delivered is None and not c.satellite.any():
        return
    c.satellite = c.satellite * np.exp(-dt * 12 / PLAN_MONTHS)
    if delivered is not None:
        people = p.delivery * delivered * 1e6 / satellite_cost(m)
        last = np.maximum((1 - c.mobile) * c.population, 1.0)
        c.satellite = np.minimum(1.0, c.satellite + people / last)


#: Levers whose money buys network equipment and facilities.
NETWORK_LEVERS = (
    "rural_coverage",
    "five_g",
    "fibre_backbone",
    "submarine_cables",
    "data_centres",
    "smart_city",
)


def network_capital(m: Run, costs: Costs) -> Array:
    """Network capital at today's unit cost, US$, (n,)."""
    c = m.state.countries
    return c.population * (costs.mobile * c.mobile + costs.five_g * c.five_g) + 1.0


def _buy_from_vendors(m: Run, costs: Costs) -> None:
    """The vendors' shares move by what the policy delivers."""
    delivered = m.state.policy.delivered
    if any(name in delivered for name in NETWORK_LEVERS):
        usd = sum(delivered[name] for name in NETWORK_LEVERS if name in delivered) * 1e6
        tie_to_hub(m, network_capital(m, costs), np.asarray(usd))


def tie_to_hub(m: Run, capital: Array, usd: Array) -> None:
    """What the funder pays for is bought, in a share that is tied, from vendors of its home."""
    c, p = m.state.countries, m.values.infrastructure
    new = p.tied_share * usd / (capital + usd)
    tied = np.zeros_like(c.vendors)
    tied[:, m.bloc[m.hub]] = 1.0
    c.vendors += new[:, None] * (tied - c.vendors)


def _serve_debt(m: Run, costs: Costs) -> None:
    """Debt grows by interest and shrinks by service; service beyond revenue leaves upkeep unpaid.

    Network revenue is `revenue_share` of GDP; upkeep is `operation` times the capital at cost.
    """
    c, p, dt = m.state.countries, m.values.infrastructure, m.dt
    if not c.debt.any():
        return
    gdp = m.gdp_usd()
    service = c.debt * (p.interest + 1 / p.tenor)
    upkeep = p.operation * network_capital(m, costs)
    short = service + upkeep - p.revenue_share * gdp
    # Only service crowds upkeep out: a gap that exists without debt is in the frontier already.
    c.arrears = (np.minimum(short, service) / upkeep).clip(0, 1)
    c.debt += (p.interest * c.debt - service) * dt
    # Operators keep up what pays; what lies beyond their frontier is at risk.
    beyond = np.maximum(0.0, c.mobile - np.maximum(c.frontier, c.urban))
    _decay(m, beyond * (1 - np.exp(-p.decay * c.arrears * dt)))
