"""Recording: what is kept after each step.

Recording reads the state and never writes it, so recording more or less changes no result. Each
step keeps the country columns; outcomes are worked out from them in one pass (see `results`).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.outcomes import COUNTRY, SHIPPED, OutcomeSet
from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.snapshot import Snapshot
from divide.model.run import Run
from divide.model.state import Recorded

Array = NDArray[np.float64]

#: Cell columns kept, by dimension of the divide.
CELLS = {name: of.cells for name, of in DIMENSIONS.items() if of.cells is not None}
#: Platform columns kept.
PLATFORM = ("fee", "openness", "users", "sellers", "volume", "reach")


class Table:
    """Paths of one shape, (rows, ...) each, whose rows of a step are one piece of memory.

    They are written in one go, and a large table is one piece that the system hands out at once.

    Args:
        rows: Steps to make room for, the start included.
        names: What the paths are called.
        shape: Shape of what each keeps of a step.
    """

    def __init__(self, rows: int, names: Iterable[str], shape: tuple[int, ...]) -> None:
        self.at = {name: k for k, name in enumerate(names)}
        # Not filled: rows that no step has written yet are never read.
        self.steps = np.empty((rows, len(self.at), *shape))

    def path(self, name: str) -> Array:
        """One path, (rows, ...)."""
        return self.steps[:, self.at[name]]

    def write(self, step: int, values: Sequence[Array]) -> None:
        """Keep what the first paths have in a step, in their order."""
        if values:
            shape = values[0].shape
            room = self.steps[step, : len(values)].reshape(-1, *shape[1:])
            np.concatenate(values, out=room)

    def make_room(self, rows: int) -> None:
        """Make room for so many rows in all."""
        if rows > len(self.steps):
            longer = np.empty((rows, *self.steps.shape[1:]))
            longer[: len(self.steps)] = self.steps
            self.steps = longer

    def copy(self, done: int) -> "Table":
        """An independent copy of the rows that are `done`, with room for as many more."""
        other = Table.__new__(Table)
        other.at, other.steps = self.at, np.empty_like(self.steps)
        other.steps[:done] = self.steps[:done]
        return other


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
        self._country = Table(rows, declared.country, (m.n,))
        self._cells = Table(rows, CELLS, (m.n, len(AXES["cell"])))
        self._platform = Table(rows, PLATFORM, (m.plan.platforms,))
        each_step = (name for name, outcome in declared.outcomes.items() if outcome.each_step)
        self._world = Table(rows, each_step, ())
        # Distance to every bloc: a fork may align to another bloc than its trunk.
        self._rules = Table(rows, ("to_blocs",), (m.n, len(AXES["jurisdiction"])))

    _TABLES = ("_country", "_cells", "_platform", "_world", "_rules")

    def column(self, name: str) -> Array:
        """A country column so far, (done, n)."""
        return self._country.path(name)[: self.done]

    def columns(self) -> dict[str, Array]:
        """All country columns so far, (done, n) each."""
        return {name: self.column(name) for name in self._country.at}

    def cells(self) -> dict[str, Array]:
        """The share in each cell so far, by dimension of the divide, (done, n, 10) each."""
        return {name: self._cells.path(name)[: self.done] for name in CELLS}

    def platform(self, name: str) -> Array:
        """A platform column so far, (done, platforms)."""
        return self._platform.path(name)[: self.done]

    def world(self, name: str) -> Array:
        """An outcome of the world that is read after each step, so far, (done,)."""
        return self._world.path(name)[: self.done]

    def arrays(self) -> dict[str, Array]:
        """Every recorded array so far, under the name of its table and its own, (done, ...)."""
        return {
            f"{table.removeprefix('_')}.{name}": getattr(self, table).path(name)[: self.done]
            for table in self._TABLES
            for name in getattr(self, table).at
        }

    def add(self, now: Snapshot) -> None:
        """Keep the state after a step."""
        t, c = self.done, now.countries
        shipped = [of.formula(now) for of in COUNTRY.shipped.values()]
        self._country.write(t, shipped)
        for name in islice(self._country.at, len(shipped), None):  # they may be of any kind
            self._country.path(name)[t] = self.declared.country[name].formula(now)
        for name in self._world.at:
            self._world.path(name)[t] = self.declared.outcomes[name].formula(now)
        self._cells.write(t, [getattr(c, cells) for cells in CELLS.values()])
        self._platform.write(t, [getattr(now.state.platforms, name) for name in PLATFORM])
        self._rules.write(t, [c.to_blocs])
        if t:
            self.spending.append(now.state.policy.spent)  # a step makes it anew: it can be kept
        self.done = t + 1

    def align(self, bloc: int) -> None:
        """Tell the whole past by the standard of another bloc."""
        done = self.done
        told = self._rules.path("to_blocs")[:done, :, bloc]
        self._country.path("distance_to_standard")[:done] = told

    def make_room(self, steps: int) -> None:
        """Make room for `steps` steps after the start."""
        for table in self._TABLES:
            getattr(self, table).make_room(steps + 1)

    def copy(self) -> "Record":
        """An independent copy."""
        other = Record.__new__(Record)
        other.declared, other.done, other.spending = self.declared, self.done, list(self.spending)
        for table in self._TABLES:
            setattr(other, table, getattr(self, table).copy(self.done))
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
