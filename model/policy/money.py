"""How a policy spends: the compiled rules, on all levers and countries at once.

`budget` says what they mean. Rows are levers, amounts and degrees alike, and columns countries.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.policy.cost import yearly_costs
from divide.model.policy.programmes import Terms
from divide.model.policy.rooms import Sizes, rooms
from divide.model.processes.coverage import Costs, Earnings
from divide.model.processes.public_works import Networks, Terminal
from divide.model.run import cost_of_work, over_ceiling

Array = NDArray[np.float64]
#: US$ a step below which the amounts asked for are none: no factor could make them spend a budget.
NOTHING = 1e-100


_cost_of_work = njit(inline="always")(cost_of_work)
_over_ceiling = njit(inline="always")(over_ceiling)


class Others(NamedTuple):
    """What money hangs on beside networks, (n,) each unless it says otherwise.

    Attributes:
        skills: Share of people with basic digital skills, (n, cells).
        routes_at_start: International routes at the start.
        firms: Real firms.
        acceptance: Share of them that accept digital payment.
        bills: What some levers are a share of, US$ a year, (bills, n).
    """

    skills: Array
    routes_at_start: Array
    firms: Array
    acceptance: Array
    bills: Array


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
        first: Where the ring of the lever begins.
        lag: Its length.
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


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
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
    limited: NDArray[np.bool_],
    share: Array,
    rings: Array,
    turn: int,
    at: Networks,
    others: Others,
    earned: Earnings,
    unit: Costs,
    terminal: Terminal,
    p: Sizes,
    wait: float,
    training: float,
    year: float,
    dt: float,
    available: float,
    every: bool,
) -> tuple[Array, Array, Array, float]:
    """Ask, ration, buy and deliver: `rings` and the debt of countries change in place.

    Args:
        terms: What stays fixed of the levers, (k,) each.
        limited: Which rows of `LIMITS` are asked for, (7,).
        share: Share of each country in an amount, (k, n).
        rings: Bought and not yet delivered, (rows, n).
        turn: Steps done.
        at: The networks.
        others: What else the money hangs on.
        earned: What a covered person brings in.
        unit: Unit costs of networks.
        terminal: A satellite terminal.
        p: Parameters.
        wait: Years until the money for masts of this step arrives.
        training: Share of those without skills who can be trained in a year.
        year: Calendar time at the beginning of the step.
        dt: Length of the step, years.
        available: Money of this step and what was carried over, US$.
        every: Whether every dollar is to be spent, or what is planned.

    Returns:
        US$ paid and the quantity delivered, (k, n) each; by lever the US$ that its strength asks
        for and the part of these that can be absorbed, (2, k); and US$ paid in all.
    """
    most = rooms(
        limited, at, others.skills, others.routes_at_start, earned, unit, terminal, p,
        wait, training * dt,
    )  # fmt: skip
    local, barred = np.empty(at.income.size), np.empty(at.income.size, dtype=np.bool_)
    for i in range(local.size):
        usd_per_head = at.income[i] * at.price_level[i]
        local[i] = _cost_of_work(usd_per_head)
        barred[i] = _over_ceiling(at.debt[i], p.debt_ceiling, usd_per_head * at.population[i])
    yearly = yearly_costs(
        terms.kind, terms.price, terms.per_head, others.bills, at.population, others.firms,
        others.acceptance, local,
    )  # fmt: skip
    asked, limit, usd, wished = ask(terms, share, rings, turn, most, yearly, barred, year, dt)
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
        for i in range(local.size if terms.loan[row] > 0 else 0):
            at.debt[i] += terms.loan[row] * paid[row, i]
    return paid, delivered, sums, spent
