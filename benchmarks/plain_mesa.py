"""The rules of firms as plain Mesa: one registered agent a firm, in ordinary Python.

This is the model that one would write first. It serves as the yardstick of speed and memory, and
as an independent second program of the same rules, with which the columns must agree in
distribution (`tests/statistical`).
"""

from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from benchmarks.given import Given
from benchmarks.plain import Conditions, Rules


class Firm(Rules, mesa.Agent):
    """A firm as Mesa has agents."""

    def __init__(self, model: "PlainMesa", *begins: Any) -> None:
        super().__init__(model)
        self.begin(*begins)


class PlainMesa(Conditions, mesa.Model):
    """All firms under the given conditions.

    Args:
        given: What the firms meet; `benchmarks.conditions.Conditions` serves too.
        seed: Seed of the random numbers.
    """

    def __init__(self, given: Given, seed: int) -> None:
        super().__init__(rng=seed)
        self.meet(given)
        for begins in self.people(given):
            Firm(self, *begins)

    def step(self) -> None:
        """One quarter: odds from last quarter's peers, then every firm acts."""
        self.open_quarter()
        # Firms meet only last quarter's tallies, so their order is of no consequence.
        self.agents.do("step")

    def ladder(self) -> NDArray[np.int64]:
        """Number of states that each firm has, (firms,)."""
        return np.array(self.agents.get("states"))

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Marketplace and rail of each firm, -1 for none, (firms,) each."""
        marketplace, rail = (
            [-1 if name is None else name for name in self.agents.get(attribute)]
            for attribute in ("marketplace", "rail")
        )
        return np.array(marketplace), np.array(rail)
