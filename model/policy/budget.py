"""Policy: levers ask for money, share one budget, and act after their lag.

Each step, every lever in force asks for a quantity in each target country. Quantities cost money;
what cannot be absorbed (training when everyone is skilled, masts where all is covered) is not
asked for. If the total exceeds the budget, all shrink in proportion. What is bought joins a
pipeline and is delivered after the lever's lag. Money left over is carried for at most a year.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.declarations import Lever, levers
from model.policy.limits import absorbable
from model.policy.targeting import share_by_rule
from model.scenario import LeverUse

if TYPE_CHECKING:
    from model.model import DigitalDivideModel

Array = NDArray[np.float64]


@dataclass
class Programme:
    """One lever at work.

    Attributes:
        share: Share of an amount for each country, (n,); None until the lever starts.
        pipeline: Bought and not yet delivered, (lag + 1, n), a ring indexed by step.
    """

    lever: Lever
    use: LeverUse
    pipeline: Array
    share: Array | None = None

    def copy(self) -> "Programme":
        """An independent copy."""
        return replace(self, pipeline=self.pipeline.copy())

    def in_pipeline(self) -> Array:
        """Quantity bought and not yet delivered, (n,)."""
        return self.pipeline.sum(axis=0)


@dataclass
class PolicyState:
    """Programmes by lever, money carried over, and what was spent and delivered this step.

    Attributes:
        carry: US$ left over from earlier steps.
        spent: US$ spent this step by lever, each (n,).
        delivered: Quantity in effect this step by lever, (n,): an amount, or a degree in force.
    """

    programmes: dict[str, Programme] = field(default_factory=dict)
    carry: float = 0.0
    spent: dict[str, Array] = field(default_factory=dict)
    delivered: dict[str, Array] = field(default_factory=dict)

    def copy(self) -> "PolicyState":
        """An independent copy."""
        programmes = {name: programme.copy() for name, programme in self.programmes.items()}
        return PolicyState(programmes, self.carry, dict(self.spent), dict(self.delivered))


def start_policy(m: "DigitalDivideModel") -> PolicyState:
    """Programmes for the levers that the scenario's policy uses; nothing spent yet."""
    programmes = {}
    for name, use in sorted(m.plan.policy.levers.items()):
        if use.intensity == 0.0:
            continue
        lever = levers()[name]
        lag = max(1, round(lever.lag_years / m.dt))
        programmes[name] = Programme(lever, use, np.zeros((lag + 1, m.n)))
    return PolicyState(programmes)


def step(m: "DigitalDivideModel") -> None:
    """Spend this step's money and deliver what earlier money bought."""
    state = m.state.policy
    state.spent, state.delivered = {}, {}
    if not state.programmes:
        return
    asked, cost = _ask(m, state)
    factors = _ration(m, state, asked, cost)
    spent = 0.0
    for name, programme in state.programmes.items():
        bought, price = asked[name], cost[name]
        if programme.lever.kind == "amount":
            bought = np.minimum(bought * factors["amount"], _limit(m, programme))
            usd = bought * price
        else:
            bought = bought * factors["degree"]
            usd = price * factors["degree"]
        state.spent[name] = usd
        spent += float(usd.sum())
        m.state.countries.debt += programme.lever.loan_share * usd
        ring = programme.pipeline
        ring[(m.state.step + len(ring) - 1) % len(ring)] = bought
        state.delivered[name] = ring[m.state.step % len(ring)].copy()
        ring[m.state.step % len(ring)] = 0.0
    if spent == 0.0:  # nothing asked for: money waits for the first lever
        return
    left = max(0.0, _budget(m) + state.carry - spent)  # never below zero by rounding
    state.carry = min(left, m.plan.policy.budget * 1e6)


def _budget(m: "DigitalDivideModel") -> float:
    """US$ of new money a step."""
    return m.plan.policy.budget * 1e6 * m.dt


def _ask(m: "DigitalDivideModel", state: PolicyState) -> tuple[dict[str, Array], dict[str, Array]]:
    """Quantity each lever asks for, and its cost (US$ a unit for amounts, US$ for degrees)."""
    asked, cost = {}, {}
    for name, programme in state.programmes.items():
        use, lever = programme.use, programme.lever
        start = m.plan.start + 1 if use.start is None else use.start
        end = np.inf if use.end is None else use.end
        ramp = min(1.0, (m.year + m.dt - start) / use.ramp_years) if use.ramp_years > 0 else 1.0
        strength = use.intensity * ramp if start <= m.year < end else 0.0
        if strength and programme.share is None:
            programme.share = share_by_rule(m, use)
        share = np.zeros(m.n) if programme.share is None else programme.share
        if lever.loan_share > 0:
            share = share * ~m.over_debt_ceiling()
        if lever.kind == "amount":
            total = share.sum()
            share = share / total if total > 0 else share
            asked[name] = np.minimum(strength * m.dt * share, _limit(m, programme))
            cost[name] = np.full(m.n, lever.usd_per_unit or 0.0)
        else:
            asked[name] = strength * (share > 0)
            unit = m.subsidy_bill() if lever.usd_per_unit is None else lever.usd_per_unit
            cost[name] = np.abs(asked[name]) * unit * m.dt
    return asked, cost


def _limit(m: "DigitalDivideModel", programme: Programme) -> Array:
    """Most of an amount that the countries can still absorb, (n,)."""
    limit = absorbable(m, programme.lever.name)
    return np.maximum(0.0, limit - programme.in_pipeline())


def _ration(
    m: "DigitalDivideModel", state: PolicyState, asked: dict[str, Array], cost: dict[str, Array]
) -> dict[str, float]:
    """Factors on amounts and degrees that keep the policy inside its budget.

    With spend "all", amounts grow or shrink by one factor until the money left by the degrees is
    spent or nothing more can be absorbed.
    """
    available = _budget(m) + state.carry
    kinds = {name: programme.lever.kind for name, programme in state.programmes.items()}
    degrees = sum(float(cost[n].sum()) for n in asked if kinds[n] == "degree")
    amounts = sum(float((asked[n] * cost[n]).sum()) for n in asked if kinds[n] == "amount")
    if m.plan.policy.spend == "planned" or amounts == 0.0:
        total = degrees + amounts
        factor = min(1.0, available / total) if total > 0 else 1.0
        return {"amount": factor, "degree": factor}
    degree = min(1.0, available / degrees) if degrees > 0 else 1.0
    left = available - degree * degrees
    limits = {n: _limit(m, p) for n, p in state.programmes.items() if kinds[n] == "amount"}
    factor = left / amounts
    for _ in range(8):
        bought = {n: np.minimum(asked[n] * factor, limits[n]) for n in limits}
        spent = sum(float((bought[n] * cost[n]).sum()) for n in limits)
        room = sum(float((asked[n] * cost[n])[bought[n] < limits[n]].sum()) for n in limits)
        if left - spent <= 1e-9 * left or room <= 0.0:
            break
        factor += (left - spent) / room
    return {"amount": factor, "degree": degree}
