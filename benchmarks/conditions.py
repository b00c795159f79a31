"""The same firms under the same country conditions, for a fair comparison of two programs.

`Conditions` takes from a model what countries and platforms give to firms, and holds it constant;
only peers change from step to step. `ColumnFirms` moves the firms with the model's own kernels,
`benchmarks.plain_mesa` with plain Mesa agents.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divide.model import DigitalDivideModel
from divide.model.agents.firm import FirmPopulation
from divide.model.processes import firms, ladder_sums
from divide.model.processes.ladder import Meeting
from divide.model.processes.platforms import Choice

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Conditions:
    """What firms meet.

    Attributes:
        odds: Odds of each state without the effect of peers, (countries, kinds, 4).
        peers: Rise of the odds when all peers have the state.
        speed: Share of firms that moves toward or from each state a step, (4,).
        churn: Share of those who stay as they are that reconsiders its platforms in a step.
        markets, rails: Leading platforms of each country and their cumulative shares.
        members: Representative firms, (countries, kinds).
        weight: Fixed-point number of real firms that each stands for, (countries, kinds).
        platforms: Number of platforms.
        share: Share of firms with each state at the start, (countries, kinds, 4).
        firms: The firms at the start; never changed.
    """

    odds: Array
    peers: float
    speed: Array
    churn: float
    markets: Choice
    rails: Choice
    members: NDArray[np.int64]
    weight: NDArray[np.int64]
    platforms: int
    share: Array
    firms: FirmPopulation

    @classmethod
    def of(cls, m: DigitalDivideModel) -> "Conditions":
        """The conditions that the firms of a model meet in its next step."""
        p, s = m.values.firms, m.state
        now = s.real_share
        s.real_share = np.zeros_like(now)
        met = firms.meeting(m)
        s.real_share = now
        return cls(
            odds=met.odds,
            peers=p.peers,
            speed=met.speed,
            churn=met.churn,
            markets=met.markets,
            rails=met.rails,
            members=m.firm_counts,
            weight=m.firm_weight,
            platforms=s.platforms.n,
            share=now.copy(),
            firms=s.firms.copy(),
        )


class ColumnFirms:
    """The firms as columns, moved by the kernels of the model.

    Args:
        conditions: What the firms meet.
        seed: Seed of the random numbers.
    """

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self.conditions = conditions
        self.firms = conditions.firms.copy()
        self.share = conditions.share
        self.seed = seed
        self.sums = ladder_sums.count(self.firms, conditions.weight, conditions.platforms)
        self._members = np.repeat(np.maximum(conditions.members, 1.0)[:, :, None], 4, axis=2)
        self.done = 0

    def meeting(self) -> Meeting:
        """What the firms meet in this step."""
        c = self.conditions
        odds = c.odds * (1 + c.peers * self.share)
        return Meeting(odds, c.speed, c.churn, c.rails, c.markets, c.weight)

    def step(self) -> None:
        """Every firm changes state, chooses platforms and is counted, as `firms.move` has it."""
        firms.move(self.firms, self.sums, self.meeting(), firms.keys(self.seed, self.done))
        self.share = self.sums.counts / self._members
        self.done += 1

    @property
    def users(self) -> NDArray[np.int64]:
        """Fixed-point number of firms on each platform, (platforms,)."""
        return self.sums.users

    @property
    def capacity(self) -> NDArray[np.int64]:
        """Fixed-point export capacity, (countries, sizes)."""
        return self.sums.capacity

    def ladder(self) -> NDArray[np.int64]:
        """Number of states that each firm has, (firms,)."""
        return np.bitwise_count(self.firms.stored("state", slice(None)) & 15).astype(np.int64)

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Marketplace and rail of each firm, -1 for none, (firms,) each."""
        marketplace = self.firms.stored("marketplace", slice(None))
        rail = self.firms.stored("rail", slice(None))
        return marketplace.astype(np.int64), rail.astype(np.int64)
