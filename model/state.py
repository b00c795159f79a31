"""Everything that changes during a run, and how a run begins.

`State` is the whole memory of a run: copy it and a second run goes on from the same point, bit for
bit. What stays fixed (geography, parameters) is on the model.
"""

import copy
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import Columns
from divide.model.agents.firm import FirmPopulation
from divide.model.policy.budget import PolicyState

if TYPE_CHECKING:
    from divide.model.outcomes.record import Record

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass
class State:
    """The memory of a run.

    Attributes:
        effect_norm, pace_norm: Country effects toward which all fade, ln odds and ln.
        step: Completed steps.
        elapsed: Years since the start.
        countries: Country columns.
        platforms: Platform columns.
        firms: The firms.
        policy: Programmes, money and deliveries.
        serves: Which platform serves which country, (platforms, n).
        share: Share of a country's users by platform, marketplaces and rails apart,
            (platforms, n).
        marketplace_choice, rail_choice: A country's leading platforms (see `platforms.options`).
        distance: Regulatory distance, (n, n); fragmentation is its mean over pairs.
        corridor_cost, corridor_days: Cross-border payment, (n, n).
        friction: Factor of trade frictions, (n, n); friction_cost and friction_days are the
            products with the cost and days of payment.
        access: Access to foreign demand, (n,); access_at_start is its first value.
        spending: Online spending, US$ a year, (n,).
        capacity: Export capacity by size class, fixed point, (n, 4).
        firm_counts: Representative firms in each state, (n, 16, 4).
        firm_share: The same as a share of all, (n, 16, 4).
        payment_drivers: Drivers of account holding at the start, (n, 10).
        account_odds: Odds of account holding at the start, (n, 10).
        trust_norm: Level to which trust returns, (n,).
        base: Levels at the start of the columns that programmes raise, by name, (n,) each.
        cost_level: Unit cost of infrastructure relative to the start.
        value: Growth of the value of being online since the start, ln.
        wholesale: ln of the part of the price that infrastructure explains, (n,).
        online_before: Internet use of the last steps, a ring, (lag + 1, n).
        accounts_before, cloud, export_margin: Last step's values for growth, (n,).
        record: What has been recorded.
    """

    countries: Columns
    platforms: Columns
    firms: FirmPopulation
    policy: PolicyState
    serves: NDArray[np.bool_]
    share: Array
    distance: Array
    trust_norm: Array
    online_before: Array
    base: dict[str, Array] = field(default_factory=dict)
    effect_norm: float = 0.0
    pace_norm: float = 0.0
    step: int = 0
    elapsed: float = 0.0
    cost_level: float = 1.0
    value: float = 0.0
    fragmentation: float = 0.0
    marketplace_choice: Any = None
    rail_choice: Any = None
    corridor_cost: Array = field(default_factory=lambda: np.zeros(0))
    corridor_days: Array = field(default_factory=lambda: np.zeros(0))
    friction: Array = field(default_factory=lambda: np.zeros(0))
    friction_cost: Array = field(default_factory=lambda: np.zeros(0))
    friction_days: Array = field(default_factory=lambda: np.zeros(0))
    access: Array = field(default_factory=lambda: np.zeros(0))
    access_at_start: Array = field(default_factory=lambda: np.zeros(0))
    spending: Array = field(default_factory=lambda: np.zeros(0))
    capacity: Counts = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))
    firm_counts: Counts = field(default_factory=lambda: np.zeros((0, 16, 4), dtype=np.int64))
    firm_share: Array = field(default_factory=lambda: np.zeros(0))
    payment_drivers: Array = field(default_factory=lambda: np.zeros(0))
    account_odds: Array = field(default_factory=lambda: np.zeros(0))
    wholesale: Array = field(default_factory=lambda: np.zeros(0))
    accounts_before: Array = field(default_factory=lambda: np.zeros(0))
    cloud: Array = field(default_factory=lambda: np.zeros(0))
    export_margin: Array = field(default_factory=lambda: np.zeros(0))
    record: "Record" = field(default=None)  # type: ignore[assignment]  # set once the rest is

    def copy(self) -> "State":
        """An independent copy of the whole memory.

        The platform choices are tuples of arrays that are replaced whole, so they can be shared.
        """
        other = copy.copy(self)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray) or hasattr(value, "copy"):
                setattr(other, item.name, value.copy())
        return other
