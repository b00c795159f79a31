"""History of the Digital Silk Road: projects and agreements at their dates, where they are known.

A world to which projects were added (`divide data add`) has them and later agreements; in any
other nothing here happens. A project's money is spent in equal parts over its year and becomes
debt in the share of a programme's loans. `LAG` years later it builds: a part of it the backbone,
the rest the network whose next person is cheaper, any mobile network or mobile broadband, along
the cost curve. The equipment comes from the hub in the share that is tied. An agreement raises
the stage of cooperation at the beginning of its year.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import levers
from divide.model.processes import infrastructure, rules
from divide.model.processes.coverage import Costs, coverage_bought
from divide.model.run import Run

Array = NDArray[np.float64]

#: Years from the agreement to the network (assumed: as for a programme of rural coverage).
LAG = 1.5
#: Share of the money that builds backbones. Derived: of US$ 9.5 billion of projects of AidData's
#: communications sector 2000-14 that build networks, those whose title names fibre or a backbone.
BACKBONE = 0.16


class Delivered(NamedTuple):
    """Project money that becomes networks in a step, US$, (n,) each.

    Attributes:
        backbone: What builds the backbone.
        narrowband: What builds any mobile network.
        mobile: What builds mobile broadband.
    """

    backbone: Array
    narrowband: Array
    mobile: Array


def agreed(m: Run, ago: float = 0.0) -> Array:
    """Project money of the step that was `ago` years before the one under way, US$, (n,)."""
    year = int(np.floor(m.year - ago + 1e-9))
    usd_m = m.world.projects.get(year)
    return np.zeros(m.n) if usd_m is None else usd_m * 1e6 * m.dt


def begin(m: Run) -> None:
    """Debt, vendors and money on its way at the start are those that past projects left."""
    past = {year: usd_m for year, usd_m in m.world.projects.items() if year <= m.plan.start}
    if not past:
        return
    c, steps = m.state.countries, m.plan.steps_per_year
    built = np.zeros(m.n)
    for year in range(min(past), m.plan.start + 1):
        usd = past.get(year, np.zeros(m.n)) * 1e6 * m.dt
        for step in range(steps):
            c.debt += loan_share() * usd
            c.debt -= c.debt / m.values.infrastructure.tenor * m.dt
            until = m.plan.start + 1 - LAG  # what was agreed by then is built
            built += usd * (year + (step + 1) * m.dt <= until + 1e-9)
    capital = infrastructure.network_capital(m, infrastructure.unit_costs(m))
    infrastructure.tie_to_hub(m, np.maximum(capital - built, 1.0), built)


def step(m: Run) -> None:
    """Spend the projects of this step, and build what earlier ones paid for."""
    if m.first_step_of_year and (stage := m.world.agreements.get(round(m.year))) is not None:
        rules.agree(m.state.countries, stage)
    if not m.world.projects:
        return
    m.state.countries.debt += loan_share() * agreed(m)
    usd = agreed(m, LAG)
    if not usd.any():
        return
    costs = infrastructure.unit_costs(m)
    capital = infrastructure.network_capital(m, costs)
    build(m, divided(m, usd, costs), costs)
    infrastructure.tie_to_hub(m, capital, usd)


def loan_share() -> float:
    """Share of project money that is lent."""
    return levers()["rural_coverage"].loan_share


def divided(m: Run, usd: Array, costs: Costs) -> Delivered:
    """What `usd`, (n,), pays for; it adds up to it. Where all is built it renews equipment."""
    c = m.state.countries
    backbone = BACKBONE * usd
    any_network = costs.narrowband * np.maximum(1 - c.narrowband, 1e-9) ** -c.remoteness
    broadband = costs.mobile * np.maximum(1 - c.mobile, 1e-9) ** -c.remoteness
    first = (any_network < broadband) & (c.narrowband < 1)
    rest = usd - backbone
    return Delivered(backbone, np.where(first, rest, 0.0), np.where(first, 0.0, rest))


def build(m: Run, money: Delivered, costs: Costs) -> None:
    """Networks grow by what is delivered of the money, which is less than was paid."""
    c, p = m.state.countries, m.values.infrastructure
    infrastructure.build(m, p.delivery * money.mobile, costs)
    c.narrowband = coverage_bought(
        c.narrowband, p.delivery * money.narrowband, costs.narrowband * c.population,
        c.remoteness, infrastructure.satellite_cost(m) * c.population,
    )  # fmt: skip
    c.backbone = np.minimum(1.0, c.backbone + money.backbone / (p.backbone_cost * c.population))
