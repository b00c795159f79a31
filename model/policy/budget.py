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
from divide.model.policy.cost import degree_costs
from divide.model.policy.policy import LeverUse
from divide.model.policy.programmes import Programme
from divide.model.policy.targeting import share_by_rule
from divide.model.processes import infrastructure
from divide.model.processes.coverage import cost_to_cover
from divide.model.run import Run

Array = NDArray[np.float64]
#: US$ a step below which the amounts asked for are none: no factor could make them spend a budget.
NOTHING = 1e-100


def step(m: Run) -> None:
    """Spend this step's money and deliver what earlier money bought."""
    state, debt = m.state.policy, m.state.countries.debt
    state.spent, state.delivered, state.asked = {}, {}, {}
    if not state.programmes:
        return
    amounts = [p for p in state.programmes.values() if p.lever.kind == "amount"]
    degrees = [p for p in state.programmes.values() if p.lever.kind == "degree"]
    programmes, k = amounts + degrees, len(amounts)
    strength, share = _strength_and_share(m, programmes)
    price, limit = _price_and_limit(m, amounts)
    lent = np.array([p.lever.loan_share > 0 for p in programmes])
    barred = m.over_debt_ceiling()
    asked, wished = ask(strength, share, lent, barred, limit, m.dt)
    bill = _bill(m, degrees, strength[k:], asked[k:])
    available = m.plan.policy.budget * 1e6 * m.dt + state.carry
    amount, degree = ration(
        available, m.plan.policy.spend, asked[:k], price[:, None], limit, bill
    )  # fmt: skip
    quantities, payments, sums = buy(asked, wished, price, limit, bill, amount, degree)
    totals, asks, usable = sums.tolist()
    row_of = {p.lever.name: row for row, p in enumerate(programmes)}
    spent = 0.0
    for name, programme in state.programmes.items():
        row = row_of[name]
        state.spent[name] = payments[row]
        state.asked[name] = asks[row], usable[row]
        spent += totals[row]
        if programme.lever.loan_share > 0:
            debt += programme.lever.loan_share * payments[row]
        state.delivered[name] = programme.swap(quantities[row])
    if spent == 0.0:  # nothing asked for: money waits for the first lever
        return
    left = max(0.0, available - spent)  # never below zero by rounding
    state.carry = min(left, m.plan.policy.budget * 1e6)


def _strength(use: LeverUse, first: int, year: float, dt: float) -> float:
    """Intensity of a lever in this step, after its ramp; 0 before its start and after its end."""
    start = first if use.start is None else use.start
    if year < start or (use.end is not None and year >= use.end):
        return 0.0
    ramp = min(1.0, (year + dt - start) / use.ramp_years) if use.ramp_years > 0 else 1.0
    return use.intensity * ramp


def _strength_and_share(m: Run, programmes: list[Programme]) -> tuple[Array, Array]:
    """Strength of each programme, (k,), and the share of each country in it, (k, n).

    A rule of targets is read in the first step in which its lever is in force.
    """
    first, year, nobody = m.plan.start + 1, m.year, np.zeros(m.n)
    strength = [_strength(programme.use, first, year, m.dt) for programme in programmes]
    for programme, intensity in zip(programmes, strength, strict=True):
        if intensity and programme.share is None:
            programme.share = share_by_rule(m, programme.use)
    share = [nobody if p.share is None else p.share for p in programmes]
    return np.array(strength), np.array(share)


def _price_and_limit(m: Run, amounts: list[Programme]) -> tuple[Array, Array]:
    """US$ a unit of what is an amount, (k,), and the most that can be absorbed, (k, n)."""
    limit = np.full((len(amounts), m.n), np.inf)
    for row, programme in enumerate(amounts):
        if programme.lever.name in LIMITS:
            room = LIMITS[programme.lever.name](m) - programme.in_pipeline()
            np.maximum(0.0, room, out=limit[row])
    return np.array([p.lever.usd_per_unit or 0.0 for p in amounts]), limit


@njit(cache=True, nogil=True, error_model="numpy")
def ask(
    strength: Array,
    share: Array,
    lent: NDArray[np.bool_],
    barred: NDArray[np.bool_],
    limit: Array,
    dt: float,
) -> tuple[Array, Array]:
    """What is asked for, (k, n): amounts, which come first, and the degree in each target country.

    A country over its debt ceiling has no share in what is lent; the others share its part.

    Args:
        strength: Of each programme, (k,).
        share: Share of each country in it, (k, n).
        lent: Which programmes are paid for by loans, (k,).
        barred: Countries over their debt ceiling, (n,).
        limit: Most of each amount that can be absorbed, (amounts, n).
        dt: Length of the step, years.

    Returns:
        What is asked for, and the whole amount that the strength stands for where there is a
        country that may take of it, (amounts,).
    """
    asked, wished = np.zeros(share.shape), np.zeros(len(limit))
    for row in range(strength.size):
        if strength[row] == 0.0:
            continue
        total = 0.0
        for i in range(barred.size):
            if not (lent[row] and barred[i]):
                total += share[row, i]
        for i in range(barred.size):
            if share[row, i] == 0.0 or (lent[row] and barred[i]):
                continue
            if row < len(limit):
                wished[row] = strength[row] * dt
                part = share[row, i] / total
                asked[row, i] = min(strength[row] * dt * part, limit[row, i])
            else:
                asked[row, i] = strength[row]
    return asked, wished


def _bill(m: Run, degrees: list[Programme], strength: Array, asked: Array) -> Array:
    """Cost of the degrees asked for, (k, n), in this step, US$, (k, n)."""
    if not degrees:
        return np.zeros(asked.shape)
    # A tax brings the treasury money, not the programme.
    costs = [
        usd > 0 or p.lever.usd_per_unit is not None
        for usd, p in zip(strength, degrees, strict=True)
    ]
    bill = np.abs(asked) * degree_costs(m, [programme.lever for programme in degrees])
    bill *= m.dt * np.array(costs)[:, None]
    return bill


@njit(cache=True, nogil=True)
def buy(
    asked: Array,
    wished: Array,
    price: Array,
    limit: Array,
    bill: Array,
    amount: float,
    degree: float,
) -> tuple[Array, Array, Array]:
    """Quantities bought and US$ paid for them, (k, n) each, and sums over the countries.

    Args:
        asked: As `ask` returns it, (k, n).
        wished: Likewise, (amounts,).
        price: US$ a unit of the amounts, (amounts,).
        limit: Most of each that can be absorbed, (amounts, n).
        bill: Cost of the degrees asked for, US$, (degrees, n).
        amount: Factor on amounts that the budget leaves.
        degree: The same on degrees; what costs nothing is not rationed.

    Returns:
        Both, and US$ that are paid, that the strength asks for and the part of these that can be
        absorbed, (3, k).
    """
    bought, paid = np.empty(asked.shape), np.empty(asked.shape)
    sums = np.zeros((3, len(asked)))
    for row in range(len(asked)):
        if row < price.size:
            for i in range(asked.shape[1]):
                bought[row, i] = min(asked[row, i] * amount, limit[row, i])
                paid[row, i] = bought[row, i] * price[row]
                sums[2, row] += asked[row, i] * price[row]
            sums[1, row] = wished[row] * price[row]
        else:
            costs = bill[row - price.size]
            for i in range(asked.shape[1]):
                sums[1, row] += costs[i]
            sums[2, row] = sums[1, row]
            factor = degree if sums[1, row] > 0.0 else 1.0
            for i in range(asked.shape[1]):
                bought[row, i] = asked[row, i] * factor
                paid[row, i] = costs[i] * degree
        for i in range(asked.shape[1]):
            sums[0, row] += paid[row, i]
    return bought, paid, sums


def ration(
    available: float, spend: str, asked: Array, price: Array, limit: Array, bill: Array
) -> tuple[float, float]:
    """Factors on amounts and degrees that keep a policy inside its budget.

    With spend "all", amounts grow or shrink by one factor until the money left by the degrees is
    spent or nothing more can be absorbed.

    Args:
        available: Money of this step and what was carried over, US$.
        spend: "planned" or "all".
        asked: Amounts asked for, (k, n).
        price: US$ a unit, (k, 1).
        limit: Most that can be absorbed, (k, n).
        bill: Cost of the degrees asked for, US$, one row a lever.
    """
    cost = asked * price
    amounts, degrees = _total(cost), _total(bill)
    if spend == "planned" or amounts < NOTHING:
        total = degrees + amounts
        factor = min(1.0, available / total) if total > 0 else 1.0
        return factor, factor
    degree = min(1.0, available / degrees) if degrees > 0 else 1.0
    left = max(0.0, available - degree * degrees)  # what is nothing may come out below nothing
    return stretched(left, left / amounts, asked, price[:, 0], limit), degree


@njit(cache=True, nogil=True)
def stretched(left: float, factor: float, asked: Array, price: Array, limit: Array) -> float:
    """Factor on amounts that spends what is left, or all that can be absorbed.

    Args:
        left: Money, US$.
        factor: What would spend it if there were no limit.
        asked: Amounts asked for, (k, n).
        price: US$ a unit, (k,).
        limit: Most that can be absorbed, (k, n).
    """
    for _ in range(8):
        spent, room = 0.0, 0.0
        for row in range(price.size):
            for i in range(asked.shape[1]):
                bought = min(asked[row, i] * factor, limit[row, i])
                spent += bought * price[row]
                if bought < limit[row, i]:
                    room += asked[row, i] * price[row]
        if left - spent <= 1e-9 * left or room <= 0.0:
            break
        factor += (left - spent) / room
    return factor


def _total(usd: Array) -> float:
    """Sum over programmes and countries."""
    return float(sum(usd.sum(axis=1).tolist()))


def _mobile(m: Run) -> Array:
    """What covers everyone, and the upkeep owed until this step's money arrives."""
    c, p = m.state.countries, m.values.infrastructure
    costs = infrastructure.unit_costs(m)
    cap = infrastructure.satellite_cost(m) * c.population
    unit = costs.mobile * c.population
    build = cost_to_cover(c.mobile, 1.0, unit, c.remoteness, cap) / p.delivery
    wait = levers()["rural_coverage"].lag_years + m.dt
    return (build + infrastructure.upkeep_due(m, costs)[1] * wait) / 1e6


def _electricity(m: Run) -> Array:
    c, p = m.state.countries, m.values.infrastructure
    return (1 - c.electricity) * p.electricity_cost * c.population / 1e6


def _satellite(m: Run) -> Array:
    """Terminals for all beyond mobile broadband; none where they may not be used."""
    c, usd = m.state.countries, infrastructure.satellite_cost(m)
    people = (1 - c.mobile) * (1 - c.satellite) * c.population
    return people * np.where(np.isfinite(usd), usd, 0.0) / m.values.infrastructure.delivery / 1e6


def _five_g(m: Run) -> Array:
    c, unit = m.state.countries, infrastructure.unit_costs(m).five_g
    return cost_to_cover(c.five_g, c.mobile, unit * c.population, c.remoteness) / 1e6


def _backbone(m: Run) -> Array:
    c, p = m.state.countries, m.values.infrastructure
    return (1 - c.backbone) * p.backbone_cost * c.population / 1e6


def _routes(m: Run) -> Array:
    """As many routes as the best connected country had at the start (assumed)."""
    most = m.state.base["routes"].max()
    missing = np.maximum(0.0, most - m.state.countries.routes)
    return missing * m.values.infrastructure.route_cost / 1e6


def _trainees(m: Run) -> Array:
    c, p = m.state.countries, m.values.skills
    return p.training_capacity * m.dt * c.population * (1 - m.national(c.skills))


#: Levers with a limit; the others can absorb any amount. Amounts in the lever's unit, (n,).
LIMITS = {
    "rural_coverage": _mobile,
    "electricity": _electricity,
    "satellite_connection": _satellite,
    "five_g": _five_g,
    "fibre_backbone": _backbone,
    "submarine_cables": _routes,
    "skills_training": _trainees,
}
