"""The rules of firms in ordinary Python, one object a firm, for whatever framework makes objects.

`Rules` is what a firm does and `Conditions` what its model holds; Mesa and AgentPy supply the rest.
`Offers` is for programs of whole columns. Nothing here needs more than NumPy.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.given import Given

#: Number of states from which on a firm needs a rail, and a marketplace.
ACCEPTS, SELLS, EXPORTS = 2, 3, 4


class PeerGroup:
    """The firms of one country, size class and sector: what they share and what they tell."""

    def __init__(self, country: int, size: int, base: list[float], have: list[float]) -> None:
        self.country = country
        self.size = size
        self.base = base
        self.members = 0
        self.have = have

    def begin(self, peers: float) -> None:
        """Odds of this step follow from the peers of the last; then counting starts afresh."""
        members = max(self.members, 1)
        self.odds = [
            o * (1 + peers * have / members) for o, have in zip(self.base, self.have, strict=True)
        ]
        self.have = [0, 0, 0, 0]


class Market:
    """The leading platforms of one country, with their cumulative shares."""

    def __init__(self, names: list[int], shares: list[float]) -> None:
        self.names = names
        self.upto = shares[:-1]

    def choose(self, u: float) -> int | None:
        """The platform into whose share `u`, uniform in [0, 1), falls."""
        return self.names[bisect_right(self.upto, u)] if self.names else None


class Rules:
    """A firm with some number of states, each needing the one before.

    Attributes:
        model: Its model, with the attributes of `Conditions` and random numbers, `random`.
        states: 0 to 4: connected, accepts digital payment, sells online, exports online.
        marketplace, rail: The platforms it uses, None for none.
    """

    model: Any

    def begin(
        self,
        group: PeerGroup,
        weight: int,
        states: int,
        marketplace: int | None,
        rail: int | None,
        productivity: float,
        skill: float,
    ) -> None:
        """Take what `Conditions.people` hands out."""
        self.group = group
        self.weight = weight
        self.states = states
        self.marketplace = marketplace
        self.rail = rail
        self.productivity = productivity
        skilled = 0.5 + skill
        productive = 2 * productivity / (1 + productivity)
        self.ability = (skilled, skilled, productive * skilled, productive * skilled)

    def step(self) -> None:
        """Gain or lose states, choose platforms, be counted."""
        before = self.states
        self.change_states()
        self.choose_platforms(stays=self.states == before)
        self.report()

    def change_states(self) -> None:
        """Climb the ladder as far as luck and odds allow."""
        random = self.model.random.random
        climbed = 0
        for speed, odds, ability in zip(
            self.model.speed, self.group.odds, self.ability, strict=True
        ):
            o = odds * ability
            if random() >= (1 - speed / (1 + o) if climbed < self.states else speed * o / (1 + o)):
                break
            climbed += 1
        self.states = climbed

    def choose_platforms(self, stays: bool) -> None:
        """Find platforms where they are needed; who stays as it is now and then reconsiders."""
        model, country = self.model, self.group.country
        random = model.random.random
        reviews = stays and self.states >= ACCEPTS and random() < model.churn
        if self.states < SELLS:
            self.marketplace = None
        elif self.marketplace is None or reviews:
            self.marketplace = model.markets[country].choose(random())
        if self.states < ACCEPTS:
            self.rail = None
        elif self.rail is None or reviews:
            self.rail = model.rails[country].choose(random())

    def report(self) -> None:
        """Add to what peers, platforms and trade will see."""
        have, model = self.group.have, self.model
        for state in range(self.states):
            have[state] += 1
        if self.marketplace is not None:
            model.users[self.marketplace] += self.weight
        if self.rail is not None:
            model.users[self.rail] += self.weight
        if self.states == EXPORTS:
            capacity = model.capacity[self.group.country]
            capacity[self.group.size] += self.productivity * self.weight


class Conditions:
    """What firms meet and count, mixed into the model of a framework."""

    def meet(self, given: Given) -> None:
        """Take the conditions, as Python numbers: single elements of NumPy arrays are slow."""
        self.speed = given.speed.tolist()
        self.churn, self.peers = given.churn, given.peers
        self.countries = given.odds.shape[0]
        self.platforms = given.platforms
        self.markets = [Market(*option) for option in options(given.markets)]
        self.rails = [Market(*option) for option in options(given.rails)]
        self.groups: dict[tuple[int, int], PeerGroup] = {}

    def people(self, given: Given) -> Iterator[tuple[Any, ...]]:
        """What each firm begins with, in the order of `Rules.begin`."""
        f = given.firms
        columns = (f.country, f.kind, f.state, f.marketplace, f.rail, f.productivity, f.skill)
        weight = given.weight.tolist()
        for country, kind, state, marketplace, rail, productivity, skill in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            group = self.groups.get((country, kind))
            if group is None:
                base = given.odds[country, kind].tolist()
                have = given.share[country, kind] * given.members[country, kind]
                group = PeerGroup(country, kind // 4, base, have.tolist())
                self.groups[country, kind] = group
            group.members += 1
            yield (
                group,
                weight[country][kind],
                (state & 15).bit_count(),
                marketplace if marketplace >= 0 else None,
                rail if rail >= 0 else None,
                productivity,
                skill / 255,
            )

    def open_quarter(self) -> None:
        """Odds follow from last quarter's peers; tallies start afresh."""
        for group in self.groups.values():
            group.begin(self.peers)
        self.users = [0] * self.platforms
        self.capacity = [[0.0] * 4 for _ in range(self.countries)]


class Offers:
    """The leading platforms of all countries in one column, for choices of many firms at once."""

    def __init__(self, choice: tuple[NDArray[np.float64], NDArray[np.int16]]) -> None:
        names: list[int] = []
        upto: list[float] = []
        for country, (there, shares) in enumerate(options(choice)):
            names += there or [-1]
            upto += [country + share for share in shares[:-1]] + [country + 1.0]
        self.names, self.upto = np.array(names), np.array(upto)

    def choose(self, country: NDArray[Any], u: NDArray[np.float64]) -> NDArray[np.int64]:
        """The platform of each country into whose share `u`, uniform in [0, 1), falls, (k,)."""
        return self.names[np.searchsorted(self.upto, country + u, side="right")]


def options(choice: tuple[NDArray[np.float64], NDArray[np.int16]]) -> list[tuple[list, list]]:
    """Platforms and cumulative shares of each country, without the padding."""
    found = []
    for shares, names in zip(*choice, strict=True):
        there = names >= 0
        found.append((names[there].tolist(), shares[there].tolist()))
    return found
