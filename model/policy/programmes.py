"""Levers at work: what is bought, on its way and delivered, and the money that is left."""

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import Lever, levers
from divide.model.policy.policy import LeverUse, Policy

Array = NDArray[np.float64]


@dataclass(slots=True)
class Programme:
    """One lever at work.

    Attributes:
        share: Share of an amount for each country, (n,); None until the lever starts.
        pipeline: Bought and not yet delivered, oldest first, (n,) for each step of the lag.
    """

    lever: Lever
    use: LeverUse
    pipeline: deque[Array]
    share: Array | None = None

    def copy(self) -> "Programme":
        """An independent copy."""
        return replace(self, pipeline=deque(bought.copy() for bought in self.pipeline))

    __copy__ = copy

    def swap(self, bought: Array) -> Array:
        """Put in what is `bought` in a step and take out what is delivered in it, (n,) each."""
        self.pipeline.append(bought)
        return self.pipeline.popleft()

    def in_pipeline(self) -> Array:
        """Quantity bought and not yet delivered, (n,)."""
        return np.add.reduce(self.pipeline)


@dataclass(slots=True)
class PolicyState:
    """Programmes by lever, money carried over, and what was spent and delivered this step.

    Attributes:
        carry: US$ left over from earlier steps.
        spent: US$ spent this step by lever, each (n,).
        asked: US$ this step by lever: what its strength asks for, and the part of it that can be
            absorbed; the budget may pay less.
        delivered: Quantity in effect this step by lever, (n,): an amount, or a degree in force.
    """

    programmes: dict[str, Programme] = field(default_factory=dict)
    carry: float = 0.0
    spent: dict[str, Array] = field(default_factory=dict)
    asked: dict[str, tuple[float, float]] = field(default_factory=dict)
    delivered: dict[str, Array] = field(default_factory=dict)

    def copy(self) -> "PolicyState":
        """An independent copy."""
        programmes = {name: programme.copy() for name, programme in self.programmes.items()}
        return PolicyState(
            programmes, self.carry, dict(self.spent), dict(self.asked), dict(self.delivered)
        )

    __copy__ = copy


def first_programmes(policy: Policy, dt: float, n: int) -> PolicyState:
    """Programmes for the levers that a policy uses; nothing spent yet.

    Args:
        policy: The policy.
        dt: Length of a step, years.
        n: Number of countries.
    """
    programmes = {}
    for name, use in sorted(policy.levers.items()):
        if use.intensity == 0.0:
            continue
        lever = levers()[name]
        lag = max(1, round(lever.lag_years / dt))
        programmes[name] = Programme(lever, use, deque(np.zeros((lag, n))))
    return PolicyState(programmes)
