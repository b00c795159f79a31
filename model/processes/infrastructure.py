"""Infrastructure: who is covered, by what, and who pays for it.

Operators build to the frontier where revenue stops (see `coverage`) and no further. Public money
goes along the same cost curve from where coverage stands, so that what lies inside the frontier is
only brought forward; a part of it never becomes coverage. What it builds where revenue does not
even cover operation needs upkeep every year, which the programme pays first; unpaid, it decays.
Beyond all masts, satellite terminals connect people for the years paid. Upkeep that debt service
leaves unpaid lets decay what lies beyond the frontier.
"""

from functools import lru_cache
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.frozen import frozen
from divide.model.declare.values import Infrastructure
from divide.model.processes import coverage, public_works
from divide.model.processes.coverage import Costs
from divide.model.processes.public_works import Delivered, Networks, Terminal, Works
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
    return m.values.infrastructure.once(coverage.unit_costs, m.plan.start + m.state.elapsed)


def take_up(m: Run) -> Array:
    """Users for each person covered by any mobile network, (n,)."""
    c = m.state.countries
    return m.national(c.online) / np.maximum(c.narrowband, 0.01)


@lru_cache(maxsize=64)
def satellite_allowed(world: World) -> NDArray[np.bool_]:
    """Where a satellite terminal may be used, (n,)."""
    return frozen(np.array([code not in NO_SATELLITE for code in world.iso3]))


def terminal(m: Run) -> Terminal:
    """A satellite terminal and its plan, shared, in this step."""
    return m.values.infrastructure.once(_terminal, m.plan.start + m.state.elapsed >= SATELLITE_FROM)


def _terminal(open_now: bool, p: Infrastructure) -> Terminal:
    usd = (p.satellite_kit + PLAN_MONTHS * p.satellite_plan) / p.satellite_sharing
    return Terminal(usd if open_now else np.inf, PLAN_MONTHS / 12)


def satellite_cost(m: Run) -> Array:
    """Terminal and plan for the years paid, shared, US$ a person, (n,); infinite where barred."""
    return np.where(satellite_allowed(m.world), terminal(m).usd, np.inf)


#: The columns that public money looks at, as `Networks` orders them.
_columns = attrgetter(*Networks._fields[: Networks._fields.index("usual")])


def networks(m: Run) -> Networks:
    """What public money looks at and changes: the columns themselves, no copies."""
    base = m.state.base
    fixed = m.cell_shares, m.price_level, satellite_allowed(m.world)
    start = base["take_up"], base["interoperability"], base["pays"]
    return Networks._make((*_columns(m.state.countries), *start, *fixed))


def network(m: Run) -> Array:
    """Share covered by mobile broadband or in reach of fixed networks, or by satellite, (n,)."""
    c = m.state.countries
    return connected(c.mobile, c.satellite, c.fixed)


def connected(mobile: Array, satellite: Array, fixed: Array) -> Array:
    """`network` from the columns that it hangs on."""
    return np.maximum(mobile + (1 - mobile) * satellite, fixed)


def begin(m: Run) -> None:
    """Note the frontier of the start and what later steps compare with."""
    m.state.base["take_up"] = np.maximum(take_up(m), 1e-6)
    operators(m, 0.0)  # in no time nothing is built
    m.state.countries.upkeep[:] = 1.0


def step(m: Run) -> None:
    """Operators build, public money builds, unpaid upkeep decays, debt is served."""
    operators(m, m.dt)
    c, money = m.state.countries, arriving(m)
    if m.state.policy.delivered or any(map(np.count_nonzero, (c.subsidised, c.satellite, c.debt))):
        public_money(m, money, unit_costs(m))


def operators(m: Run, dt: float) -> None:
    """What is built without public money in `dt` years, and how far it would go."""
    c, base, p = m.state.countries, m.state.base, m.values.infrastructure
    c.frontier = coverage.roll_out(
        c.narrowband, c.mobile, c.five_g, c.fixed, c.backbone, c.electricity,
        c.income, c.interoperability, c.online, m.cell_shares, c.remoteness,
        base["take_up"], base["interoperability"], base["pays"], base["narrow"],
        p.once(coverage.earnings), coverage.market(m.plan.start + m.state.elapsed, p, dt),
    )  # fmt: skip


def upkeep_due(m: Run, costs: Costs) -> tuple[Array, Array]:
    """Share that public money covers and revenue does not keep up, and what it lacks, (n,) each.

    Places beyond the frontier whose revenue covers operation, though not the capital, keep
    themselves. Of the others the programme owes operation less revenue, US$ a year; a satellite
    terminal instead of a mast caps that.
    """
    p = m.values.infrastructure
    lost, due, _ = public_works.upkeep_owed(
        networks(m), p.once(coverage.earnings), costs, terminal(m), p.operation
    )
    return lost, due


#: What a lever delivers that the policy does not use.
_NOTHING = np.zeros(0)


def arriving(m: Run) -> Delivered:
    """Money for networks that arrives in this step."""
    delivered = m.state.policy.delivered
    return Delivered(*[delivered.get(name, _NOTHING) for name in Delivered._fields])


def public_money(m: Run, money: Delivered, costs: Costs) -> None:
    """What arrives builds and keeps up networks, and debt is served.

    Rural money pays upkeep first and builds with the rest; what upkeep lacks decays. Beyond all
    masts terminals connect people. Equipment comes, in a share that is tied, from the hub.
    """
    p = m.values.infrastructure
    public_works.public_money(
        networks(m), money, p.once(coverage.earnings), costs, terminal(m), p.pick(Works),
        m.bloc[m.hub], m.dt,
    )  # fmt: skip


def build(m: Run, usd: Array, costs: Costs) -> None:
    """Build mobile broadband for `usd`, (n,); upkeep is owed for what operators would not build."""
    c = m.state.countries
    public_works.build(
        c.mobile, c.narrowband, c.subsidised, c.frontier, usd, costs.mobile * c.population,
        c.remoteness, satellite_cost(m) * c.population,
    )  # fmt: skip


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
    found: Array = public_works.capitals(c.population, c.mobile, c.five_g, costs)
    return found


def tie_to_hub(m: Run, capital: Array, usd: Array) -> None:
    """What the funder pays for is bought, in a share that is tied, from vendors of its home."""
    share = m.values.infrastructure.tied_share
    public_works.tie(m.state.countries.vendors, capital, usd, share, m.bloc[m.hub])
