"""Forecasts of internet use from many origins, one fit and one set of draws each.

A forecast is made to the last year of the tables once; shorter horizons are its first years.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from divide.calibration.score import backtest, scores
from divide.calibration.score.backtest import Backtest
from divide.calibration.score.rows import Row, as_row
from divide.experiments.carry.calls import Workers
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

USE = "internet_users"
#: Last year before the pandemic, whose surge no figure could foretell.
BEFORE = 2019
TAILS = backtest.TAILS


class Forecasts:
    """Forecasts by origin; each is made when it is first asked for.

    Args:
        folder: Where fits are kept; an interrupted one goes on from there.
        workers: Who runs the model.
        tell: Told what is begun.
    """

    def __init__(self, folder: Path, workers: Workers, tell: Callable[[str], None]) -> None:
        self._folder, self._workers, self._tell = folder, workers, tell
        self._made: dict[int, Backtest] = {}

    def whole(self, origin: int) -> Backtest:
        """The forecast to the last year of the tables."""
        if origin not in self._made:
            last = start_years()[1]
            self._tell(f"forecast {origin} to {last}")
            self._made[origin] = backtest.forecast(
                origin, last, USE, self._folder, workers=self._workers
            )
        return self._made[origin]

    def row(self, origin: int, until: int, bar: float | None = None) -> Row:
        """A forecast to a year, scored."""
        return as_row(backtest.cut(self.whole(origin), until), bar)


def income_groups(origin: int) -> NDArray[np.str_]:
    """Income group of each country, (n,)."""
    return load_world(origin, impute=False).table["income_group"].to_numpy(str)


def of_group(row: Row, groups: Sequence[str]) -> Row:
    """The scores of a row over the countries of some income groups."""
    chosen = np.isin(income_groups(row.result.origin), groups)
    return narrowed(row, np.broadcast_to(chosen, row.contest.actual.shape))


def narrowed(row: Row, cells: Mask) -> Row:
    """The scores of a row over some cells, (years, n)."""
    on = row.contest
    chosen = backtest.Contest(on.years, np.where(cells, on.actual, np.nan), on.forecasts)
    return Row(row.result, chosen, backtest.scored(row.result, chosen), row.bar)


def held(rows: Sequence[Row], first: int, last: int, groups: Sequence[str] | None = None) -> float:
    """Share of the figures of some years inside the model's 90 % intervals; NaN without any."""
    inside: list[Mask] = []
    for row in rows:
        on = row.contest
        _, low, high = on.forecasts["model"]
        seen = np.isfinite(on.actual) & ((on.years >= first) & (on.years <= last))[:, None]
        if groups is not None:
            seen &= np.isin(income_groups(row.result.origin), groups)
        inside.append(((low <= on.actual) & (on.actual <= high))[seen])
    every = np.concatenate(inside)
    return float(every.mean()) if every.size else float("nan")


def world_band(row: Row) -> tuple[Array, Array, Array]:
    """Mean over the countries seen of each year: observed, and ends of the draws' 90 % band."""
    on = row.contest
    draws = row.result.draws[:, on.years - row.result.origin - 1]
    seen = np.isfinite(on.actual)
    means = np.where(seen, draws, 0.0).sum(axis=2) / seen.sum(axis=1)
    low, high = np.quantile(means, TAILS, axis=0)
    return np.nanmean(on.actual, axis=1), low, high


def by_horizon(row: Row) -> Array:
    """Mean error of the model in each year, points, (years,)."""
    made = row.contest.forecasts["model"][0]
    pairs = zip(made, row.contest.actual, strict=True)
    return np.array([scores.bias(a, b) for a, b in pairs])
