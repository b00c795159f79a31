"""Why did it move? The part of each lever in a change, by real runs with the same luck.

Shapley values of the game whose players are the levers in use and whose value of a coalition is
the outcome of a run with those levers only (Shapley 1953). Up to `EXACT` levers every coalition is
run. With more, levers are added in random orders (sampling of orders: Castro, Gómez and Tejada
2009), each with its reverse. The parts add up to the whole change either way.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from divide.app.visit.result import Result
from divide.model.scenario import Scenario

Array = NDArray[np.float64]
Coalition = frozenset[str]

#: Levers up to which all coalitions are run.
EXACT = 6
#: Pairs of random orders with more levers.
PAIRS = 3


@dataclass(frozen=True)
class Why:
    """The runs that explain one scenario.

    Attributes:
        scenario: What is explained, against the same without any lever.
    """

    scenario: Scenario

    @cached_property
    def levers(self) -> tuple[str, ...]:
        """The levers in use, the players."""
        uses = self.scenario.policy.levers
        return tuple(sorted(name for name, use in uses.items() if use.intensity))

    @property
    def exact(self) -> bool:
        """Whether every coalition is run."""
        return len(self.levers) <= EXACT

    @cached_property
    def orders(self) -> tuple[tuple[str, ...], ...]:
        """Orders in which levers are added, where not all coalitions are run."""
        random = np.random.default_rng(self.scenario.seed % 2**32)
        orders: list[tuple[str, ...]] = []
        for _ in range(PAIRS):
            order = tuple(str(name) for name in random.permutation(self.levers))
            orders += [order, order[::-1]]
        return tuple(orders)

    @cached_property
    def coalitions(self) -> tuple[Coalition, ...]:
        """Every coalition to be run, each once, in the order in which they are wanted."""
        if self.exact:
            sizes = range(len(self.levers) + 1)
            return tuple(frozenset(c) for size in sizes for c in combinations(self.levers, size))
        chains = [frozenset(order[:k]) for order in self.orders for k in range(len(order) + 1)]
        return tuple(dict.fromkeys(chains))

    @cached_property
    def runs(self) -> tuple[Scenario, ...]:
        """The scenario of each coalition."""
        return tuple(self._only(coalition) for coalition in self.coalitions)

    def _only(self, coalition: Coalition) -> Scenario:
        policy = self.scenario.policy
        uses = {name: use for name, use in policy.levers.items() if name in coalition}
        return replace(self.scenario, policy=replace(policy, levers=uses))

    def explained(self, results: list[Result | None]) -> "Explanation | None":
        """What the results at hand, in the order of `runs`, say; None until they say anything."""
        pairs = zip(self.coalitions, results, strict=True)
        found = {coalition: result for coalition, result in pairs if result is not None}
        if self.exact:
            complete = len(found) == len(self.coalitions)
            return Explanation(self.levers, (), found, self) if complete and self.levers else None
        done = [
            order
            for order in self.orders
            if all(frozenset(order[:k]) in found for k in range(len(order) + 1))
        ]
        return Explanation(self.levers, tuple(done), found, self) if done else None


@dataclass(frozen=True, eq=False)
class Explanation:
    """The part of each lever in the change of any outcome.

    Attributes:
        orders: Orders completed; empty where all coalitions were run.
    """

    levers: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...]
    found: Mapping[Coalition, Result]
    why: Why

    def parts(self, outcome: str, year: int) -> dict[str, float]:
        """Part of each lever in the change of an outcome in year number `year`, its unit."""
        worth = {
            coalition: float(result.series[outcome][year])
            for coalition, result in self.found.items()
        }
        if self.orders:
            steps = np.array([self._steps(order, worth) for order in self.orders])
            return dict(zip(self.levers, steps.mean(axis=0).tolist(), strict=True))
        return {lever: self._shapley(lever, worth) for lever in self.levers}

    def errors(self, outcome: str, year: int) -> dict[str, float]:
        """Standard error of each part over pairs of orders; zero where every coalition was run."""
        if len(self.orders) < 4:
            blank = 0.0 if not self.orders else math.nan
            return dict.fromkeys(self.levers, blank)
        worth = {c: float(result.series[outcome][year]) for c, result in self.found.items()}
        steps = np.array([self._steps(order, worth) for order in self.orders])
        pairs = (steps[: len(steps) // 2 * 2 : 2] + steps[1 : len(steps) // 2 * 2 : 2]) / 2
        spread = pairs.std(axis=0, ddof=1) / math.sqrt(len(pairs))
        return dict(zip(self.levers, spread.tolist(), strict=True))

    def _steps(self, order: tuple[str, ...], worth: Mapping[Coalition, float]) -> list[float]:
        gain = {
            lever: worth[frozenset(order[: k + 1])] - worth[frozenset(order[:k])]
            for k, lever in enumerate(order)
        }
        return [gain[lever] for lever in self.levers]

    def _shapley(self, lever: str, worth: Mapping[Coalition, float]) -> float:
        n = len(self.levers)
        total = 0.0
        for coalition, value in worth.items():
            if lever not in coalition:
                size = len(coalition)
                weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
                total += weight * (worth[coalition | {lever}] - value)
        return total
