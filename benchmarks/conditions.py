"""The same firms under the same country conditions, for a fair comparison of two programs.

`Conditions` takes from a model what countries and platforms give to firms, and holds it constant;
only peers change from step to step. `ColumnFirms` moves the firms with the model's own kernels,
`benchmarks.plain_mesa` with plain Mesa agents.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divide.model import DigitalDivideModel
from divide.model.agents.firm import FirmPopulation
from divide.model.processes import firms
from divide.model.processes.platforms import Choice
from divide.model.streams import key

Array = NDArray[np.float64]
Key = Callable[[int, str, int], np.uint64]


@dataclass(frozen=True)
class Conditions:
    """What firms meet.

    Attributes:
        odds: Odds of each state without the effect of peers, (countries, kinds, 4).
        peers: Rise of the odds when all peers have the state.
        speed: Share of firms that moves toward or from each state a step, (4,).
        churn: Share of firms that reconsider their platform a step.
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
        now = s.firm_share
        s.firm_share = np.zeros_like(now)
        odds = firms.odds(m)
        s.firm_share = now
        speed = [p.connect_speed, p.accept_speed, p.sell_speed, p.export_speed]
        return cls(
            odds=odds,
            peers=p.peers,
            speed=1 - np.exp(-np.array(speed) * m.dt),
            churn=1 - float(np.exp(-p.churn * m.dt)),
            markets=s.marketplace_choice,
            rails=s.rail_choice,
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
        key_of: Makes the key of a stream; tests of the random numbers give a faulty one.
    """

    def __init__(self, conditions: Conditions, seed: int, key_of: Key = key) -> None:
        self.conditions = conditions
        self.firms = conditions.firms.copy()
        self.share = conditions.share
        self.seed = seed
        self.key_of = key_of
        #: Keys of the firms' own random numbers, for their states and for their choices.
        self.ident, self.chooser = self.firms.ident, self.firms.ident
        self.done = 0

    def step(self) -> None:
        """Every firm changes state, chooses platforms and is counted, as `firms.move` has it."""
        c, f = self.conditions, self.firms
        odds = c.odds * (1 + c.peers * self.share)
        draw = self.key_of(self.seed, "firms.state", self.done)
        firms.advance(
            draw, self.ident, f.country, f.kind, f.state, f.productivity, f.skill, odds, c.speed
        )
        for stream, bit, platform, (shares, names) in (
            ("firms.marketplace", 4, f.marketplace, c.markets),
            ("firms.rail", 2, f.rail, c.rails),
        ):
            draw = self.key_of(self.seed, stream, self.done)
            firms.choose(
                draw, self.chooser, f.country, f.state, bit, platform, shares, names, c.churn
            )
        counts, self.capacity, self.users = firms.count(
            f.country, f.kind, f.state, f.marketplace, f.rail, f.productivity, c.weight, c.platforms
        )
        self.share = counts / np.maximum(c.members, 1)[:, :, None]
        self.done += 1

    def ladder(self) -> NDArray[np.int64]:
        """Number of states that each firm has, (firms,)."""
        return np.bitwise_count(self.firms.state).astype(np.int64)

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Marketplace and rail of each firm, -1 for none, (firms,) each."""
        return self.firms.marketplace.astype(np.int64), self.firms.rail.astype(np.int64)
