"""The rules of firms as AgentPy: one `ap.Agent` a firm, in an `ap.AgentList`.

`python -m benchmarks.plain_agentpy` answers `benchmarks.peers`, in an environment of its own.
"""

from typing import Any

import agentpy as ap
import numpy as np
from numpy.typing import NDArray

from benchmarks.given import Given, answer
from benchmarks.plain import Conditions, Rules


class Firm(Rules, ap.Agent):
    """A firm as AgentPy has agents."""

    def setup(self, begins: tuple[Any, ...]) -> None:
        """Called by AgentPy when the firm is made."""
        self.begin(*begins)


class Quarters(Conditions, ap.Model):
    """The model as AgentPy has it: `setup` and `step` are called by it."""

    def setup(self, given: Given) -> None:
        """Make the firms."""
        self.meet(given)
        begins = ap.AttrIter(list(self.people(given)))
        self.firms = ap.AgentList(self, len(begins), Firm, begins=begins)

    def step(self) -> None:
        """One quarter: odds from last quarter's peers, then every firm acts."""
        self.open_quarter()
        self.firms.step()


class PlainAgentPy:
    """All firms under the given conditions.

    Args:
        given: What the firms meet.
        seed: Seed of the random numbers.
    """

    def __init__(self, given: Given, seed: int) -> None:
        self.model = Quarters(given=given)
        self.model.sim_setup(seed=seed)

    def step(self) -> None:
        """One step as AgentPy carries it out."""
        self.model.sim_step()

    @property
    def users(self) -> list[int]:
        """Fixed-point number of firms on each platform, (platforms,)."""
        return self.model.users

    @property
    def capacity(self) -> list[list[float]]:
        """Fixed-point export capacity, (countries, sizes)."""
        return self.model.capacity

    def ladder(self) -> NDArray[np.int64]:
        """Number of states that each firm has, (firms,)."""
        return np.array(list(self.model.firms.states))

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Marketplace and rail of each firm, -1 for none, (firms,) each."""
        marketplace, rail = (
            [-1 if name is None else name for name in names]
            for names in (self.model.firms.marketplace, self.model.firms.rail)
        )
        return np.array(marketplace), np.array(rail)


if __name__ == "__main__":
    answer(PlainAgentPy)
