"""Policy: levers ask for money, share one budget, and act after their lag.

Each step, every lever in force asks for a quantity in each target country. Quantities cost money;
what cannot be absorbed (training when everyone is skilled, masts where all is covered) is not
asked for. If the total exceeds the budget, all shrink in proportion. What is bought joins a
pipeline and is delivered after the lever's lag. Money left over is carried for at most a year.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import levers
from divide.model.policy.cost import bills
from divide.model.policy.money import Others, spend
from divide.model.policy.programmes import Book
from divide.model.policy.rooms import Sizes
from divide.model.policy.targeting import share_by_rule
from divide.model.processes import coverage, infrastructure
from divide.model.run import Run

Array = NDArray[np.float64]


def step(m: Run) -> None:
    """Spend this step's money and deliver what earlier money bought."""
    state, policy = m.state.policy, m.plan.policy
    state.spent, state.delivered, state.asked = {}, {}, {}
    if not state.programmes:
        return
    book, p = state.book, m.values.infrastructure
    if book.waiting:
        _begin_programmes(m, book)
    available = policy.budget * 1e6 * m.dt + state.carry
    paid, delivered, sums, spent = spend(
        book.terms, book.limited, book.share, book.rings, book.turn, infrastructure.networks(m),
        _others(m, book), p.once(coverage.earnings), infrastructure.unit_costs(m),
        infrastructure.terminal(m), p.pick(Sizes), levers()["rural_coverage"].lag_years + m.dt,
        m.values.skills.training_capacity, m.year, m.dt, available, policy.spend == "all",
    )  # fmt: skip
    book.turn += 1
    names = state.programmes
    state.spent = dict(zip(names, paid, strict=True))
    state.delivered = dict(zip(names, delivered, strict=True))
    state.asked = dict(zip(names, zip(*sums.tolist(), strict=True), strict=True))
    if spent == 0.0:  # nothing asked for: money waits for the first lever
        return
    left = max(0.0, available - spent)  # never below zero by rounding
    state.carry = min(left, policy.budget * 1e6)


def _begin_programmes(m: Run, book: Book) -> None:
    """Read the rule of targets of each lever in the first step in which it is in force."""
    terms = book.terms
    in_force = (terms.start <= m.year) & (m.year < terms.end)
    for row in np.flatnonzero(in_force & ~book.started).tolist():
        book.begin(row, share_by_rule(m, book.uses[row]))


def _others(m: Run, book: Book) -> Others:
    """What else the money of a step hangs on."""
    c = m.state.countries
    return Others(
        c.skills, m.state.base["routes"], m.firms_by_country, c.acceptance, bills(m, book.bills)
    )
