"""Recording: what is kept after each step.

Recording reads the state and never writes it, so recording more or less changes no result. Each
step keeps the country columns; outcomes are worked out from them in one pass (see `results`).
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.outcomes import SHIPPED, OutcomeSet
from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.snapshot import Snapshot
from divide.model.run import Run
from divide.model.state import Recorded

Array = NDArray[np.float64]

#: Cell columns kept, by dimension of the divide.
CELLS = {name: of.cells for name, of in DIMENSIONS.items() if of.cells is not None}
#: Platform columns kept.
PLATFORM = ("fee", "openness", "users", "sellers", "volume", "reach")


def _side_by_side(rows: int, names: Iterable[str], n: int) -> dict[str, Array]:
    """Paths, (rows, n) each, whose rows of a step are neighbours in memory: quick to write."""
    names = tuple(names)
    return dict(zip(names, np.empty((rows, len(names), n)).swapaxes(0, 1), strict=True))


class Record:
    """The columns of countries, cells and platforms after each step, the start included.

    Args:
        m: The model, with the sizes of what is kept.
        declared: The outcomes and country columns that are kept.

    Attributes:
        declared: As given.
        done: Records so far, the start included.
        spending: US$ spent in each country by lever, (n,) each, one mapping a step after the start.
    """

    def __init__(self, m: Run, declared: OutcomeSet = SHIPPED) -> None:
        self.declared = declared
        self.done = 0
        self.spending: list[Mapping[str, Array]] = []
        rows = m.plan.steps + 1
        cells = len(AXES["cell"])
        # Not filled: rows that no step has written yet are never read.
        self._country = _side_by_side(rows, declared.country, m.n)
        self._cells = {name: np.empty((rows, m.n, cells)) for name in CELLS}
        self._platform = {name: np.empty((rows, m.plan.platforms)) for name in PLATFORM}
        self._world = {
            name: np.empty(rows) for name, outcome in declared.outcomes.items() if outcome.each_step
        }
        # Distance to every bloc: a fork may align to another bloc than its trunk.
        self._rules = {"to_blocs": np.empty((rows, m.n, len(AXES["jurisdiction"])))}

    _TABLES = ("_country", "_cells", "_platform", "_world", "_rules")

    def column(self, name: str) -> Array:
        """A country column so far, (done, n)."""
        return self._country[name][: self.done]

    def columns(self) -> dict[str, Array]:
        """All country columns so far, (done, n) each."""
        return {name: self.column(name) for name in self._country}

    def cells(self) -> dict[str, Array]:
        """The share in each cell so far, by dimension of the divide, (done, n, 10) each."""
        return {name: path[: self.done] for name, path in self._cells.items()}

    def platform(self, name: str) -> Array:
        """A platform column so far, (done, platforms)."""
        return self._platform[name][: self.done]

    def world(self, name: str) -> Array:
        """An outcome of the world that is read after each step, so far, (done,)."""
        return self._world[name][: self.done]

    def arrays(self) -> dict[str, Array]:
        """Every recorded array so far, under the name of its table and its own, (done, ...)."""
        return {
            f"{table.removeprefix('_')}.{name}": path[: self.done]
            for table in self._TABLES
            for name, path in getattr(self, table).items()
        }

    def add(self, now: Snapshot) -> None:
        """Keep the state after a step."""
        t = self.done
        for name, column in self.declared.country.items():
            self._country[name][t] = column.formula(now)
        for name in self._world:
            self._world[name][t] = self.declared.outcomes[name].formula(now)
        for name, cells in CELLS.items():
            self._cells[name][t] = getattr(now.countries, cells)
        for name in self._platform:
            self._platform[name][t] = getattr(now.state.platforms, name)
        self._rules["to_blocs"][t] = now.countries.to_blocs
        if t:
            self.spending.append(now.state.policy.spent)  # a step makes it anew: it can be kept
        self.done = t + 1

    def align(self, bloc: int) -> None:
        """Tell the whole past by the standard of another bloc."""
        self._country["distance_to_standard"][:] = self._rules["to_blocs"][:, :, bloc]

    def make_room(self, steps: int) -> None:
        """Make room for `steps` steps after the start."""
        for table in self._TABLES:
            paths = getattr(self, table)
            for name, path in paths.items():
                extra = (steps + 1 - len(path), *path.shape[1:])
                if extra[0] > 0:
                    paths[name] = np.concatenate([path, np.empty(extra)])

    def copy(self) -> "Record":
        """An independent copy."""
        other = Record.__new__(Record)
        other.declared, other.done, other.spending = self.declared, self.done, list(self.spending)
        for table in self._TABLES:
            paths = getattr(self, table)
            setattr(other, table, {name: path.copy() for name, path in paths.items()})
        return other


def observe(m: Run) -> None:
    """Keep the columns of the step just finished."""
    m.state.record.add(Snapshot(m))


def follow_standard(m: Run) -> None:
    """Tell the past of a fork by the standard that the fork aligns to."""
    m.state.record.align(m.aim)


def check_finite(record: Recorded, iso3: tuple[str, ...]) -> None:
    """Raise FloatingPointError, naming column, country and step, if a record is not finite."""
    for name, path in record.columns().items():
        wrong = np.argwhere(~np.isfinite(path))
        if wrong.size:
            step, row = wrong[0]
            raise FloatingPointError(f"{name} of {iso3[row]} is not finite after step {step}")
