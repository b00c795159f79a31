"""Scores of coverage some years ahead: operators' frontier, a logistic curve, no change.

Figures of coverage may not be passed on. Who has them adds them to a world and runs

    divide data add FOLDER --out DIR
    python -m divide.calibration.score.supply DIR

The model runs from each start on figures to that year. The logistic curve has one rate for all
countries: the mean yearly rise of log odds in the five years before the start.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, Scenario
from divide.model.world import World, load_world
from divide.model.world.impute import expit, logit

Array = NDArray[np.float64]

#: Field of the world that each column of a country is compared with.
FIELDS = {"narrowband": "coverage_2g", "mobile": "coverage_mobile"}
YEARS_AHEAD = 5
STARTS = range(2007, 2018)
#: Log odds of shares closer to an end than this are not told apart.
EDGE = 0.005


class Score(NamedTuple):
    """Mean absolute error of one start, share of the population.

    Attributes:
        column: "narrowband" or "mobile".
        start: Year of the start.
        countries: Countries with a figure in both years.
        frontier: The model's operators.
        logistic: One rate of log odds for all.
        unchanged: Nothing is built.
        bias: Mean error of the model.
    """

    column: str
    start: int
    countries: int
    frontier: float
    logistic: float
    unchanged: float
    bias: float


def figures(world: World, field: str, year: int) -> Array:
    """Shares covered in `year`, (n,); NaN without a figure of that year."""
    years, values = world.series(field)
    at = np.flatnonzero(years == year)
    return values[at[0]] if len(at) else np.full(len(world.iso3), np.nan)


def pooled_rate(world: World, field: str, years: int = 5) -> float:
    """Mean yearly rise of log odds over the last years, of countries not near an end."""
    rises: list[float] = []
    for year in range(world.start - years, world.start):
        before, after = (figures(world, field, y) for y in (year, year + 1))
        open_yet = (before > 0.02) & (before < 0.98) & np.isfinite(after)
        rises.extend(_odds(after[open_yet]) - _odds(before[open_yet]))
    return float(np.mean(rises)) if rises else 0.0


def _odds(share: Array) -> Array:
    return logit(np.clip(share, EDGE, 1 - EDGE))


def scores(start: int, tables: Path | None = None, ahead: int = YEARS_AHEAD) -> Iterator[Score]:
    """Scores of both networks from one start; none of a network without figures.

    Args:
        start: Year of the start.
        tables: Folder of a world with figures of coverage; the usual one if not given.
        ahead: Years ahead.
    """
    world, later = load_world(start, tables=tables), load_world(start + ahead, tables=tables)
    m = DigitalDivideModel(Scenario(start=start, until=start + ahead, firms=500), world=world)
    m.run_steps()
    for column, field in FIELDS.items():
        now, then = figures(world, field, start), figures(later, field, start + ahead)
        both = np.isfinite(now) & np.isfinite(then)
        if not both.any():
            continue
        error = (getattr(m.state.countries, column) - then)[both]
        curve = expit(_odds(now) + ahead * pooled_rate(world, field))
        yield Score(
            column,
            start,
            int(both.sum()),
            float(np.abs(error).mean()),
            float(np.abs(curve - then)[both].mean()),
            float(np.abs(now - then)[both].mean()),
            float(error.mean()),
        )


def main(arguments: list[str]) -> None:
    """Print the scores of a world's folder."""
    sys.stdout.write("network start countries frontier logistic unchanged bias, points\n")
    for start in STARTS:
        for row in scores(start, Path(arguments[0])):
            errors = " ".join(f"{100 * error:.1f}" for error in row[3:])
            sys.stdout.write(f"{row.column} {row.start} {row.countries} {errors}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
