"""Recording: what is kept after each step.

Recording reads the state and never writes it, so recording more or less changes no result. Each
step keeps columns of the state as they are; the country table and outcomes are worked out from them
in one pass when somebody asks (see `past` and `results`).
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import prod
from operator import attrgetter
from typing import Any

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.compiled import njit
from divide.model.outcomes import SHIPPED, OutcomeSet
from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.past import Columns, Fixed, Kept, Past, check_path
from divide.model.outcomes.snapshot import Snapshot
from divide.model.run import Run
from divide.model.state import Recorded

Array = NDArray[np.float64]

#: Cell columns kept, by dimension of the divide.
CELLS = {name: of.cells for name, of in DIMENSIONS.items() if of.cells is not None}
#: Platform columns kept.
PLATFORM = ("fee", "openness", "users", "sellers", "volume", "reach")
#: Country columns kept as they are.
COUNTRIES = (
    "population", "urban", "income", "spread", "electricity", "mobile", "satellite", "fixed",
    "five_g", "basket", "subsidy", "interoperability", "payment_relief", "usual_relief",
    "payments_lost", "trust", "security", "certification", "alliance", "incidents", "stage",
    "customs_days", "single_window", "smart_city", "exports", "imports", "home_sales",
    "online_share", "payment_cost", "payment_days", "marketplaces", "marketplace_hhi",
    "hub_platforms", "debt", "gained",
)  # fmt: skip
#: Those of several numbers a country, one a jurisdiction. A fork may align to another bloc than
#: its trunk, so that the distance to every bloc is kept.
BY_BLOC = ("settled", "vendors", "to_blocs")
#: What is kept of firms and rules: see `Snapshot.real_firms` and `Snapshot.distance_to_hub`.
FIRMS = ("connected", "accepting", "sellers", "exporters", "tools_small", "tools_large")
DISTANCE = "distance_to_hub"


class Table:
    """Paths whose rows of a step are one piece of memory, written in one go.

    Args:
        rows: Steps to make room for, the start included.
        shapes: Shape of what each path keeps of a step, by name.
    """

    def __init__(self, rows: int, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        ends = np.cumsum([0, *map(prod, self.shapes.values())]).tolist()
        self.at = dict(zip(self.shapes, pairwise(ends), strict=True))
        # Not filled: rows that no step has written yet are never read.
        self.steps = np.empty((rows, ends[-1]))

    def path(self, name: str) -> Array:
        """One path, (rows, ...), which can be written to."""
        first, end = self.at[name]
        return self.steps[:, first:end].reshape(len(self.steps), *self.shapes[name])

    def write(self, step: int, values: tuple[Any, ...]) -> None:
        """Keep what all paths have in a step, in their order; they may be of any kind."""
        if values:
            np.concatenate(values, axis=None, out=self.steps[step])

    def make_room(self, rows: int) -> None:
        """Make room for so many rows in all."""
        if rows > len(self.steps):
            longer = np.empty((rows, self.steps.shape[1]))
            longer[: len(self.steps)] = self.steps
            self.steps = longer

    def copy(self, done: int) -> "Table":
        """An independent copy of the rows that are `done`, with room for as many more."""
        other = Table.__new__(Table)
        other.shapes, other.at, other.steps = self.shapes, self.at, np.empty_like(self.steps)
        other.steps[:done] = self.steps[:done]
        return other


class Record:
    """Columns of countries, cells and platforms after each step, the start included.

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
        self._aim = m.aim
        self._fixed: Fixed | None = None
        self._known: tuple[int, int, Columns] | None = None
        rows, one, blocs = m.plan.steps + 1, (m.n,), (m.n, len(AXES["jurisdiction"]))
        singles = dict.fromkeys((*COUNTRIES, *FIRMS, DISTANCE), one)
        self._countries = Table(rows, singles | dict.fromkeys(BY_BLOC, blocs))
        # One table each, so that each is one piece of memory for all steps.
        self._cells = {name: Table(rows, {name: (m.n, len(AXES["cell"]))}) for name in CELLS}
        self._platform = Table(rows, dict.fromkeys(PLATFORM, (m.plan.platforms,)))
        added = (name for name in declared.country if name not in SHIPPED.country)
        self._added = Table(rows, dict.fromkeys(added, one))
        each_step = (name for name, outcome in declared.outcomes.items() if outcome.each_step)
        self._world = Table(rows, dict.fromkeys(each_step, ()))

    _TABLES = ("_countries", "_platform", "_added", "_world")

    def __getstate__(self) -> dict[str, Any]:
        """All but what can be worked out again."""
        return vars(self) | {"_known": None}

    def _tables(self) -> list[Table]:
        return [*(getattr(self, name) for name in self._TABLES), *self._cells.values()]

    def column(self, name: str) -> Array:
        """A country column so far, (done, n)."""
        return self.columns()[name]

    def columns(self) -> Columns:
        """All country columns so far, (done, n) each, most of them worked out when asked for."""
        known = self._known
        if known is None or known[:2] != (self.done, self._aim):
            known = self._known = self.done, self._aim, self._worked_out()
        return known[2]

    def _worked_out(self) -> Columns:
        if self._fixed is None:
            raise ValueError("nothing is recorded yet")
        past = Past(Kept(self._kept(self.done)), self._fixed, self._aim)
        added = {name: self._added.path(name)[: self.done] for name in self._added.at}
        return Columns(self.declared.country, past, added)

    def _kept(self, done: int) -> Callable[[str], Array]:
        """Looks up what is kept of the countries in the first steps, by name of the column."""
        tables = {CELLS[name]: (table, name) for name, table in self._cells.items()}
        tables |= {name: (self._countries, name) for name in self._countries.at}
        views = {name: table.path(path)[:done] for name, (table, path) in tables.items()}
        return views.__getitem__

    def cells(self) -> dict[str, Array]:
        """The share in each cell so far, by dimension of the divide, (done, n, 20) each."""
        return {name: table.path(name)[: self.done] for name, table in self._cells.items()}

    def platform(self, name: str) -> Array:
        """A platform column so far, (done, platforms)."""
        return self._platform.path(name)[: self.done]

    def world(self, name: str) -> Array:
        """An outcome of the world that is read after each step, so far, (done,)."""
        return self._world.path(name)[: self.done]

    def arrays(self) -> dict[str, Array]:
        """Everything so far, under the name of its table and its own, (done, ...)."""
        found = {f"country.{name}": path for name, path in self.columns().items()}
        found |= {f"countries.{name}": self._countries.path(name) for name in self._countries.at}
        found |= {f"cells.{name}": path for name, path in self.cells().items()}
        found |= {f"platform.{name}": self.platform(name) for name in self._platform.at}
        found |= {f"world.{name}": self.world(name) for name in self._world.at}
        return {name: path[: self.done] for name, path in found.items()}

    def add(self, now: Snapshot) -> None:
        """Keep the state after a step."""
        t, c, platforms = self.done, now.countries, now.state.platforms
        if self._fixed is None:
            self._fixed = Fixed.of(now.run)
        beside = now.real_firms, now.distance_to_hub
        self._countries.write(t, (*_COUNTRIES(c), *beside, *_BY_BLOC(c)))
        for name, table in self._cells.items():
            table.write(t, (getattr(c, CELLS[name]),))
        self._platform.write(t, _PLATFORM(platforms))
        for name in self._added.at:  # they may be of any kind
            self._added.path(name)[t] = self.declared.country[name].formula(now)
        if self._world.at:
            outcomes = self.declared.outcomes
            self._world.steps[t] = [outcomes[name].formula(now) for name in self._world.at]
        if t:
            self.spending.append(now.state.policy.spent)  # a step makes it anew: it can be kept
        self.done = t + 1

    def align(self, bloc: int) -> None:
        """Tell the whole past by the standard of another bloc."""
        self._aim = bloc

    def make_room(self, steps: int) -> None:
        """Make room for `steps` steps after the start."""
        for table in self._tables():
            table.make_room(steps + 1)

    def of_countries(self) -> "list[Table]":
        """What is kept of the countries."""
        return [self._countries, self._added, *self._cells.values()]

    def copy(self) -> "Record":
        """An independent copy."""
        other = Record.__new__(Record)
        other.__dict__.update(self.__getstate__(), spending=list(self.spending))
        for name in self._TABLES:
            setattr(other, name, getattr(self, name).copy(self.done))
        other._cells = {name: table.copy(self.done) for name, table in self._cells.items()}
        return other


_COUNTRIES, _BY_BLOC, _PLATFORM = (attrgetter(*names) for names in (COUNTRIES, BY_BLOC, PLATFORM))


@njit(cache=True, nogil=True)
def _finite(x: Array) -> bool:
    """Whether all numbers are finite, (k,): the exponent of others has no bit that is 0."""
    mask, one = uint64(0x7FF0000000000000), uint64(0x0010000000000000)
    bits, found = x.view(np.uint64), uint64(0)
    for i in range(bits.size):
        found |= (bits[i] & mask) + one
    return not found >> uint64(63)


def observe(m: Run) -> None:
    """Keep the columns of the step just finished."""
    m.state.record.add(Snapshot(m))


def follow_standard(m: Run) -> None:
    """Tell the past of a fork by the standard that the fork aligns to."""
    m.state.record.align(m.aim)


def check_finite(record: Recorded, iso3: tuple[str, ...]) -> None:
    """Raise FloatingPointError, naming column, country and step, if a record is not finite.

    A column that is worked out from the record is checked when it is.
    """
    tables = record.of_countries()
    if all(_finite(table.steps[: record.done].ravel()) for table in tables):
        return
    for table in tables:
        for name in table.at:
            check_path(name, table.path(name)[: record.done], iso3)
