"""What outcomes of the world are worked out from: the recorded paths of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from divide.model.outcomes import measures
from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.past import Columns

if TYPE_CHECKING:
    from divide.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Paths:
    """The recorded paths; `paths["internet_users"]` is a country column, (steps, n).

    Attributes:
        start: The run began at the end of this year.
        steps_per_year: Steps in a year.
        done: Steps done at each record, (steps,).
        columns: Country columns by name, (steps, n) each.
        cells: Share in each cell by dimension of the divide, (steps, n, cells) each.
        spending: US$ spent in each country by lever, (n,) each, one mapping a step after the start.
        cell_shares: Share of a country's people in each cell, (n, cells).
        groups: Labels of the countries by grouping, (n,) each.
        world: The figures that the run started from.
    """

    start: int
    steps_per_year: int
    done: NDArray[np.int64]
    columns: Mapping[str, Array]
    cells: Mapping[str, Array]
    spending: Sequence[Mapping[str, Array]]
    cell_shares: Array
    groups: Mapping[str, NDArray[np.int64]]
    world: "World"

    def __getitem__(self, column: str) -> Array:
        return self.columns[column]

    def at(self, rows: NDArray[np.int64]) -> "Paths":
        """Some of the records, the start first, for outcomes that are worked out by row."""
        return replace(
            self,
            done=self.done[rows],
            columns=_at(self.columns, rows),
            cells={name: path[rows] for name, path in self.cells.items()},
        )

    @property
    def people(self) -> Array:
        """Inhabitants, (steps, n)."""
        return self.columns["population"]

    @cached_property
    def weight(self) -> Array:
        """Share of each country in the world's people, (steps, n)."""
        return self.people / self.people.sum(axis=1, keepdims=True)

    @cached_property
    def elapsed(self) -> Array:
        """Years since the start, (steps,)."""
        return self.done / self.steps_per_year

    @cached_property
    def spent(self) -> Array:
        """US$ spent on all levers in all countries in each step, nothing at the start, (steps,)."""
        return np.array([0.0, *(_total(list(step.values())) for step in self.spending)])

    @cached_property
    def groupings(self) -> dict[str, measures.Grouping]:
        """The groupings, ready to sum over."""
        return {name: measures.Grouping(of, self.people) for name, of in self.groups.items()}

    @cached_property
    def _trade_weight(self) -> Array:
        value = self["exports"] + self["imports"]
        return value / np.maximum(value.sum(axis=1, keepdims=True), 1e-300)

    def total(self, column: str) -> Array:
        """Sum of a column over countries, (steps,)."""
        return self[column].sum(axis=1)

    def mean(self, column: str) -> Array:
        """Mean of a column over people, (steps,)."""
        return (self.weight * self[column]).sum(axis=1)

    def mean_by_trade(self, column: str) -> Array:
        """Mean of a column weighted by exports plus imports, (steps,)."""
        return (self._trade_weight * self[column]).sum(axis=1)

    def since_start(self, flow: Array) -> Array:
        """Sum of what each step after the start added, (steps,)."""
        return np.concatenate([[0.0], np.cumsum(flow[1:])])

    @cached_property
    def _dimensions(self) -> dict[str, "DimensionPaths"]:
        return {name: DimensionPaths(self, name) for name in DIMENSIONS}

    def dimension(self, dimension: str) -> "DimensionPaths":
        """The paths of one dimension of the divide."""
        return self._dimensions[dimension]


def _at(columns: Mapping[str, Array], rows: NDArray[np.int64]) -> Mapping[str, Array]:
    """The records of all columns, those that are not worked out yet left so."""
    if isinstance(columns, Columns):
        return columns.at(rows)
    return {name: path[rows] for name, path in columns.items()}


def _total(spent: list[Array]) -> float:
    """US$ over levers and countries; a lever that paid nothing does not move the last bit."""
    if not spent:
        return 0.0
    rows = np.concatenate(spent).reshape(len(spent), -1)
    return float(sum(np.add.reduce(rows, axis=1).tolist()))


class DimensionPaths:
    """One dimension of the divide: its level in each country, and measures that share work.

    Attributes:
        x: Level in each country, (steps, n).
    """

    def __init__(self, paths: Paths, dimension: str) -> None:
        self._paths, self._dimension = paths, dimension
        self.x = paths[DIMENSIONS[dimension].column]

    @cached_property
    def profile(self) -> measures.Profile:
        """Measures weighted by population."""
        return measures.profiles(self.x, self._paths.people)

    @cached_property
    def once(self) -> measures.Once:
        """Measures with each country counted once."""
        return measures.once(self.x)

    @property
    def beta(self) -> Array:
        """Slope of growth since the start on the starting level, in logs, 1/year, (steps,)."""
        return measures.beta(self.x, self._paths.elapsed)

    @cached_property
    def _held(self) -> Array:
        return self._paths.people * self.x

    def theil_between(self, grouping: str) -> Array:
        """Share of the Theil index that lies between the means of groups, (steps,)."""
        between = self._paths.groupings[grouping].theil_between(self._held)
        return measures.share_of(between, self.profile.theil)

    @cached_property
    def _theil_of_cells(self) -> tuple[Array, Array, Array]:
        """Theil index of all cells, and of it inside countries and between sexes, (steps,)."""
        paths = self._paths
        cells = paths.cells[self._dimension]
        return measures.theil_cells(cells, paths.people, paths.cell_shares)

    @property
    def theil_within(self) -> Array:
        """Share of the Theil index over all cells of all countries inside countries, (steps,)."""
        total, within, _ = self._theil_of_cells
        return measures.share_of(within, total)

    @property
    def theil_between_sexes(self) -> Array:
        """Share of that index between women and men of the same country, (steps,)."""
        total, _, between = self._theil_of_cells
        return measures.share_of(between, total)
