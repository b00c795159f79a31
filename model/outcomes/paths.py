"""What outcomes of the world are worked out from: the recorded paths of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import of_sexes
from divide.model.outcomes import measures
from divide.model.outcomes.country import DIMENSIONS

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
            columns={name: path[rows] for name, path in self.columns.items()},
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
    def people_in_cells(self) -> Array:
        """Inhabitants of the cells of all countries, (steps, n * cells)."""
        return (self.people[:, :, None] * self.cell_shares).reshape(len(self.people), -1)

    def by_sex(self, cells: Array) -> Array:
        """Sums over the cells of women and of men, (steps, n * cells) -> (steps, n, 2)."""
        steps, n = self.people.shape
        return of_sexes(cells.reshape(steps * n, -1)).reshape(steps, n, -1)

    @cached_property
    def women_and_men(self) -> Array:
        """Inhabitants of each sex, (steps, n, 2)."""
        return self.by_sex(self.people_in_cells)

    @cached_property
    def elapsed(self) -> Array:
        """Years since the start, (steps,)."""
        return self.done / self.steps_per_year

    @cached_property
    def spent(self) -> Array:
        """US$ spent on all levers in all countries in each step, nothing at the start, (steps,)."""
        return np.array([0.0, *(_total(step.values()) for step in self.spending)])

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


def _total(spent: Iterable[Array]) -> float:
    """Sum over levers and countries, US$."""
    rows = list(spent)
    return sum(np.concatenate(rows).reshape(len(rows), -1).sum(axis=1).tolist()) if rows else 0.0


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
    def _ascending(self) -> Array:
        return np.sort(self.x, axis=1)

    @property
    def gini_unweighted(self) -> Array:
        """Gini coefficient with each country counted once, (steps,)."""
        return measures.gini_unweighted(self._ascending)

    @property
    def sigma(self) -> Array:
        """Standard deviation of logs with each country counted once, (steps,)."""
        return measures.sigma(self._ascending)

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
    def _in_cells(self) -> Array:
        return self._paths.cells[self._dimension].reshape(self._paths.people_in_cells.shape)

    @cached_property
    def _theil_of_cells(self) -> tuple[Array, Array]:
        """Theil index over all cells of all countries, and its part inside countries, (steps,)."""
        n, cells = self._paths.cell_shares.shape
        countries = np.repeat(np.arange(n), cells)
        return measures.theil_within(self._in_cells, self._paths.people_in_cells, countries, n)

    @property
    def theil_within(self) -> Array:
        """Share of the Theil index over all cells of all countries inside countries, (steps,)."""
        total, within = self._theil_of_cells
        return measures.share_of(within, total)

    @property
    def theil_between_sexes(self) -> Array:
        """Share of that index between women and men of the same country, (steps,)."""
        held = self._paths.by_sex(self._paths.people_in_cells * self._in_cells)
        between = measures.theil_between_parts(held, self._paths.women_and_men)
        return measures.share_of(between, self._theil_of_cells[0])
