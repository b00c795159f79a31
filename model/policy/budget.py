"""Policy: levers ask for money, share one budget, and act after their lag.

Each step, every lever in force asks for a quantity in each target country. Quantities cost money;
what cannot be absorbed (training when everyone is skilled, masts where all is covered) is not
asked for. If the total exceeds the budget, all shrink in proportion. What is bought joins a
pipeline and is delivered after the lever's lag. Money left over is carried for at most a year.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.declare.levers import levers
from divide.model.policy.cost import costs
from divide.model.policy.programmes import Book, Terms
from divide.model.policy.rooms import LIMITS, Sizes, rooms
from divide.model.policy.targeting import share_by_rule
from divide.model.processes import coverage, infrastructure
from divide.model.run import Run

Array = NDArray[np.float64]
#: US$ a step below which the amounts asked for are none: no factor could make them spend a budget.
NOTHING = 1e-100


def step(m: Run) -> None:
    """Spend this step's money and deliver what earlier money bought."""
    state, policy = m.state.policy, m.plan.policy
    state.spent, state.delivered, state.asked = {}, {}, {}
    if not state.programmes:
        return
    book = state.book
    _begin_programmes(m, book)
    available = policy.budget * 1e6 * m.dt + state.carry
    paid, delivered, sums, spent = spend(
        book.terms, book.share, book.rings, book.turn, _rooms(m, book), costs(m, book.tariff),
        m.over_debt_ceiling(), m.state.countries.debt, m.year, m.dt, available,
        policy.spend == "all",
    )  # fmt: skip
    book.turn += 1
    names = state.programmes
    state.spent, state.delivered = dict(zip(names, paid, strict=True)), dict(zip(names, delivered, strict=True))
    state.asked = dict(zip(names, zip(*sums.tolist(), strict=True), strict=True))
    if spent == 0.0:  # nothing asked for: money waits for the first lever
        return
    left = max(0.0, available - spent)  # never below zero by rounding
    state.carry = min(left, policy.budget * 1e6)


def _begin_programmes(m: Run, book: Book) -> None:
    """Read the rule of targets of each lever in the first step in which it is in force."""
    if book.started.all():
        return
    terms = book.terms
    in_force = (terms.start <= m.year) & (m.year < terms.end)
    for row in np.flatnonzero(in_force & ~book.started):
        book.share[row] = share_by_rule(m, book.uses[row])
        book.started[row] = True


def _rooms(m: Run, book: Book) -> Array:
    """What can be absorbed of each amount with a limit, by row of `LIMITS`, (7, n)."""
    p = m.values.infrastructure
    return rooms(
        book.limited, infrastructure.networks(m), m.state.countries.skills, m.state.base["routes"],
        p.once(coverage.earnings), infrastructure.unit_costs(m), infrastructure.terminal(m),
        p.pick(Sizes), levers()["rural_coverage"].lag_years + m.dt,
        m.values.skills.training_capacity * m.dt,
    )  # fmt: skip


@njit(cache=True, nogil=True, inline="always")
def strength_of(terms: Terms, row: int, year: float, dt: float) -> float:
    """Intensity of a lever in this step, after its ramp; 0 before its start and after its end."""
    if year < terms.start[row] or year >= terms.end[row]:
        return 0.0
    ramp = terms.ramp[row]
    grown = min(1.0, (year + dt - terms.start[row]) / ramp) if ramp > 0 else 1.0
    return terms.intensity[row] * grown


@njit(cache=True, nogil=True)
def added(x: Array) -> float:
    """Sum of numbers, (n,), in one order on every machine and without waiting for each addition."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = x.size - x.size % 4
    for i in range(0, whole, 4):
        a += x[i]
        b += x[i + 1]
        c += x[i + 2]
        d += x[i + 3]
    for i in range(whole, x.size):
        a += x[i]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True, inline="always")
def left_room(limit: Array, most: Array, rings: Array, first: int, lag: int, turn: int) -> None:
    """Write what can still be absorbed, (n,): the `most` less what is on its way.

    Args:
        limit: What is written to, (n,).
        most: What can be absorbed in all, (n,).
        rings: Bought and not yet delivered, (rows, n).
        first, lag: Where the ring of the lever begins, and its length.
        turn: Steps done.
    """
    coming = np.zeros(limit.size)
    for step in range(lag):  # the oldest first, wherever the ring begins
        ordered = rings[first + (turn + step) % lag]
        for i in range(limit.size):
            coming[i] += ordered[i]
    for i in range(limit.size):
        limit[i] = max(0.0, most[i] - coming[i])


@njit(cache=True, nogil=True, inline="always")
def eligible(share: Array, lent: bool, barred: NDArray[np.bool_]) -> Array:
    """Share of each country in an amount, (n,).

    A country over its debt ceiling has no share in what is lent; the others share its part.

    Args:
        share: By the rule of targets, (n,).
        lent: Whether the amount is paid for by loans.
        barred: Countries over their debt ceiling, (n,).
    """
    found = share.copy()
    if lent:
        for i in range(share.size):
            found[i] = 0.0 if barred[i] else share[i]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def ask(
    terms: Terms,
    share: Array,
    rings: Array,
    turn: int,
    most: Array,
    yearly: Array,
    barred: NDArray[np.bool_],
    year: float,
    dt: float,
) -> tuple[Array, Array, Array, Array]:
    """What is asked for, (k, n): amounts, and the degree in each target country.

    Args:
        terms: What stays fixed of the levers, (k,) each.
        share: Share of each country in an amount, (k, n).
        rings: Bought and not yet delivered, (rows, n).
        turn: Steps done.
        most: What can be absorbed, by row of `LIMITS`, (7, n).
        yearly: US$ a year of degrees at full strength, (k, n).
        barred: Countries over their debt ceiling, (n,).
        year: Calendar time at the beginning of the step.
        dt: Length of the step, years.

    Returns:
        It; the most of it that can be absorbed, and what it costs in this step, US$, (k, n) each;
        and the whole amount that the strength stands for where there is a country that may take of
        it, (k,).
    """
    asked, usd = np.zeros(share.shape), np.zeros(share.shape)
    limit, wished = np.full(share.shape, np.inf), np.zeros(len(share))
    for row in range(len(share)):
        strength = strength_of(terms, row, year, dt)
        if strength == 0.0:
            continue
        if terms.limit[row] >= 0:
            room = most[terms.limit[row]]
            left_room(limit[row], room, rings, terms.first[row], terms.lag[row], turn)
        of_all = eligible(share[row], terms.loan[row] > 0, barred)
        if terms.amount[row]:
            everyone = added(of_all)
            if everyone == 0.0:
                continue
            wished[row] = strength * dt
            for i in range(barred.size):
                asked[row, i] = min(strength * dt * (of_all[i] / everyone), limit[row, i])
                usd[row, i] = asked[row, i] * terms.price[row]
            continue
        # A tax brings the treasury money, not the programme.
        years = dt if strength > 0 or not terms.taxes[row] else 0.0
        for i in range(barred.size):
            asked[row, i] = strength if of_all[i] != 0.0 else 0.0
            usd[row, i] = abs(asked[row, i]) * yearly[row, i] * years
    return asked, limit, usd, wished


@njit(cache=True, nogil=True, error_model="numpy")
def ration(
    available: float,
    every: bool,
    amount: NDArray[np.bool_],
    price: Array,
    asked: Array,
    limit: Array,
    sums: Array,
) -> tuple[float, float]:
    """Factors on amounts and degrees that keep a policy inside its budget.

    If every dollar is to be spent, amounts grow or shrink by one factor until the money left by the
    degrees is spent or nothing more can be absorbed.

    Args:
        available: Money of this step and what was carried over, US$.
        every: Whether every dollar is to be spent, or what is planned.
        amount: Which levers are amounts, (k,).
        price: US$ a unit of these, (k,).
        asked: What is asked for, (k, n).
        limit: Most that can be absorbed, (k, n).
        sums: What is asked for of each lever costs so much, US$, (k,).
    """
    amounts, degrees = 0.0, 0.0
    for row in range(amount.size):
        if amount[row]:
            amounts += sums[row]
        else:
            degrees += sums[row]
    if not every or amounts < NOTHING:
        total = degrees + amounts
        factor = min(1.0, available / total) if total > 0 else 1.0
        return factor, factor
    degree = min(1.0, available / degrees) if degrees > 0 else 1.0
    left = max(0.0, available - degree * degrees)  # what is nothing may come out below nothing
    factor = left / amounts
    bought, open_ = np.empty(asked.shape[1]), np.empty(asked.shape[1])
    for _ in range(8):
        spent, room = 0.0, 0.0
        for row in range(amount.size):
            if not amount[row] or sums[row] == 0.0:
                continue
            for i in range(bought.size):
                bought[i] = min(asked[row, i] * factor, limit[row, i])
                open_[i] = asked[row, i] if bought[i] < limit[row, i] else 0.0
            spent += added(bought) * price[row]
            room += added(open_) * price[row]
        if left - spent <= 1e-9 * left or room <= 0.0:
            break
        factor += (left - spent) / room
    return factor, degree


@njit(cache=True, nogil=True, error_model="numpy")
def spend(
    terms: Terms,
    share: Array,
    rings: Array,
    turn: int,
    most: Array,
    yearly: Array,
    barred: NDArray[np.bool_],
    debt: Array,
    year: float,
    dt: float,
    available: float,
    every: bool,
) -> tuple[Array, Array, Array, float]:
    """Ask, ration, buy and deliver: `rings` and `debt`, (n,), US$, change in place.

    Args:
        terms, share, rings, turn, most, yearly, barred, year, dt: As `ask` takes them.
        debt: Debt of the countries, US$, (n,), to which what is lent is added.
        available, every: As `ration` takes them.

    Returns:
        US$ paid and the quantity delivered, (k, n) each; by lever the US$ that its strength asks
        for and the part of these that can be absorbed, (2, k); and US$ paid in all.
    """
    asked, limit, usd, wished = ask(
        terms, share, rings, turn, most, yearly, barred, year, dt
    )  # fmt: skip
    sums, spent = np.zeros((2, len(share))), 0.0
    for row in range(len(share)):
        sums[1, row] = added(usd[row])
        sums[0, row] = wished[row] * terms.price[row] if terms.amount[row] else sums[1, row]
    amount, degree = ration(available, every, terms.amount, terms.price, asked, limit, sums[1])
    paid, delivered = usd, np.empty(share.shape)
    for row in range(len(share)):
        slot = rings[terms.first[row] + turn % terms.lag[row]]
        # What costs nothing is not rationed.
        factor = degree if sums[1, row] > 0.0 else 1.0
        for i in range(share.shape[1]):
            delivered[row, i] = slot[i]
            if terms.amount[row]:
                slot[i] = min(asked[row, i] * amount, limit[row, i])
                paid[row, i] = slot[i] * terms.price[row]
            else:
                slot[i] = asked[row, i] * factor
                paid[row, i] = usd[row, i] * degree
        spent += added(paid[row])
        for i in range(debt.size if terms.loan[row] > 0 else 0):
            debt[i] += terms.loan[row] * paid[row, i]
    return paid, delivered, sums, spent
