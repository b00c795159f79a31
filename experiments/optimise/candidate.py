"""A point of the search, numbers from 0 to 1, as a policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from divide.model.policy.policy import LeverUse, Policy

#: Quarters a year: a lever may begin in any of them.
QUARTERS = 4


@dataclass(frozen=True)
class Dimension:
    """One thing that a candidate sets.

    Attributes:
        lever: Whose; what: "intensity", "start" (calendar year, in quarters) or "target".
        low: Least value; high: greatest value.
        choices: The targets to choose from.
    """

    lever: str
    what: Literal["intensity", "start", "target"]
    low: float
    high: float
    choices: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """Name of its column."""
        return self.lever if self.what == "intensity" else f"{self.lever}.{self.what}"

    def value(self, u: float) -> Any:
        """What a number from 0 to 1 means."""
        u = min(max(u, 0.0), 1.0)
        if self.choices:
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        value = self.low + u * (self.high - self.low)
        return round(value * QUARTERS) / QUARTERS if self.what == "start" else value


def values(dimensions: Sequence[Dimension], x: NDArray[np.float64]) -> dict[str, Any]:
    """What a point sets, by name of the dimension."""
    return {each.name: each.value(float(u)) for each, u in zip(dimensions, x, strict=True)}


def candidate(
    policy: Policy, dimensions: Sequence[Dimension], x: NDArray[np.float64], name: str
) -> Policy:
    """The policy of a point, on top of what `policy` has."""
    uses = dict(policy.levers)
    for each, u in zip(dimensions, x, strict=True):
        before = uses.get(each.lever, LeverUse(0.0))
        uses[each.lever] = replace(before, **{each.what: each.value(float(u))})
    return replace(policy, name=name, title=name, purpose="", source="found by search", levers=uses)
