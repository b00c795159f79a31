"""What can be absorbed: masts where all is covered, training where all are skilled, buy nothing.

The most of an amount that a country can take at once, in the lever's unit. What is on its way
already counts against it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import weighted_sum
from divide.model.compiled import njit
from divide.model.processes.coverage import Costs, Earnings, costs_to_cover
from divide.model.processes.public_works import Networks, Terminal, upkeep_owed

Array = NDArray[np.float64]

#: Levers with a limit, in the order of the rows of `rooms`; the others can absorb any amount.
LIMITS = (
    "rural_coverage",
    "electricity",
    "satellite_connection",
    "five_g",
    "fibre_backbone",
    "submarine_cables",
    "skills_training",
)
_MOBILE, _ELECTRICITY, _SATELLITE, _FIVE_G, _BACKBONE, _ROUTES, _TRAINEES = range(len(LIMITS))


class Sizes(NamedTuple):
    """Parameters of what can be built and lent; see `parameters/infrastructure.yaml`."""

    delivery: float
    operation: float
    electricity_cost: float
    backbone_cost: float
    route_cost: float
    debt_ceiling: float


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def rooms(
    wanted: NDArray[np.bool_],
    at: Networks,
    skills: Array,
    routes_at_start: Array,
    terms: Earnings,
    costs: Costs,
    terminal: Terminal,
    p: Sizes,
    wait: float,
    capacity: float,
) -> Array:
    """The most that each country can absorb, by row of `LIMITS` and in the lever's unit, (7, n).

    Args:
        wanted: Which rows are asked for, (7,); the others stay empty.
        at: The networks.
        skills: Share of people with basic digital skills, (n, cells).
        routes_at_start: International routes at the start, (n,).
        terms: What a covered person brings in.
        costs: Unit costs of networks.
        terminal: A satellite terminal.
        p: Parameters.
        wait: Years until the money for masts of this step arrives.
        capacity: Share of those without skills who can be trained in the step.
    """
    n = at.population.size
    most = np.empty((len(LIMITS), n))
    first, full = np.empty(n), np.ones(n)
    if wanted[_MOBILE]:  # what covers everyone, and the upkeep owed until the money arrives
        _, due, cap = upkeep_owed(at, terms, costs, terminal, p.operation)
        for i in range(n):
            first[i] = costs.mobile * at.population[i]
        usd = costs_to_cover(at.mobile, full, first, at.remoteness, cap)
        for i in range(n):
            most[_MOBILE, i] = (usd[i] / p.delivery + due[i] * wait) / 1e6
    if wanted[_FIVE_G]:
        for i in range(n):
            first[i], full[i] = costs.five_g * at.population[i], np.inf
        usd = costs_to_cover(at.five_g, at.mobile, first, at.remoteness, full)
        for i in range(n):
            most[_FIVE_G, i] = usd[i] / 1e6
    if wanted[_TRAINEES]:
        skilled = weighted_sum(skills, at.shares)
        for i in range(n):
            most[_TRAINEES, i] = capacity * at.population[i] * (1 - skilled[i])
    best = 0.0  # as many as the best connected had at the start (assumed)
    for i in range(n):
        best = max(best, routes_at_start[i])
    for i in range(n):
        people = at.population[i]
        most[_ELECTRICITY, i] = (1 - at.electricity[i]) * p.electricity_cost * people / 1e6
        beyond = (1 - at.mobile[i]) * (1 - at.satellite[i]) * people
        price = terminal.usd if at.allowed[i] and terminal.usd < np.inf else 0.0
        most[_SATELLITE, i] = beyond * price / p.delivery / 1e6
        most[_BACKBONE, i] = (1 - at.backbone[i]) * p.backbone_cost * people / 1e6
        most[_ROUTES, i] = max(0.0, best - at.routes[i]) * p.route_cost / 1e6
    return most
