"""Scores of women per man online some years ahead, for whoever has the figures.

Figures of women and men online may not be passed on. Who has them adds them to a world and runs

    divide data add FOLDER --out DIR
    python -m divide.calibration.score.women DIR

A country is scored that was surveyed by the start and again later. The model starts at the last
figure known then and runs to the year of the next; its rival is no change, and the mean yearly
approach to parity of all countries surveyed twice before the start.
"""

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.hindcast import yearly
from divide.model import DigitalDivideModel, Scenario
from divide.model.world import World, load_world, start_years

Array = NDArray[np.float64]

FIELD, COLUMN = "women_per_man", "online_women_per_man"
STARTS = range(2012, 2021)
#: Years ahead that a later figure may lie.
AHEAD = 6


class Score(NamedTuple):
    """Mean absolute error of women online per man online, from one start.

    Attributes:
        start: Year of the start.
        figures: Later figures, the first of each country, within `AHEAD` years.
        model: Error of the model.
        closing: Of gaps that close at the usual pace.
        unchanged: Of no change.
        bias: Mean error of the model.
    """

    start: int
    figures: int
    model: float
    closing: float
    unchanged: float
    bias: float


def pace(world: World) -> float:
    """Share of a gap of ln women per man that goes in a year, of countries figured twice."""
    years, seen = world.series(FIELD)
    gone = []
    for values in seen.T:
        at = np.flatnonzero(np.isfinite(values))
        for first, last in pairwise(at):
            before, after = np.log(values[first]), np.log(values[last])
            if abs(before) > 0.02 and years[last] - years[first] <= AHEAD:
                gone.append((1 - after / before) / (years[last] - years[first]))
    return float(np.clip(np.median(gone), 0, 1)) if gone else 0.0


def scores(start: int, tables: Path) -> Score | None:
    """Score of one start, or None where nobody was surveyed before and after it.

    Args:
        start: Year of the start.
        tables: Folder of a world with figures of women and men online.
    """
    world, last = load_world(start, tables=tables), start_years(tables)[1]
    until = min(start + AHEAD, last)
    m = DigitalDivideModel(Scenario(start=start, until=until, firms=500), world=world)
    m.run_steps()
    path = yearly(m, COLUMN)
    years, values = load_world(last, tables=tables).series(FIELD)
    usual, errors = pace(world), []
    for i in np.flatnonzero(world.flags[FIELD] < 2):
        now = world.values[FIELD][i]
        for year, actual in zip(years, values[:, i], strict=True):
            if start < year <= until and np.isfinite(actual):
                ahead = year - start
                expected = np.exp(np.log(now) * (1 - usual) ** ahead)
                errors.append((path[ahead - 1, i] - actual, expected - actual, now - actual))
                break
    if not errors:
        return None
    model, closing, unchanged = np.abs(errors).mean(axis=0).tolist()
    bias = float(np.mean(errors, axis=0)[0])
    return Score(start, len(errors), model, closing, unchanged, bias)


def every(tables: Path) -> Iterator[Score]:
    """Scores of all starts that have one."""
    for start in STARTS:
        if (found := scores(start, tables)) is not None:
            yield found


def main(arguments: list[str]) -> None:
    """Print the scores of a world's folder."""
    sys.stdout.write("start figures model closing unchanged bias, hundredths of women per man\n")
    for row in every(Path(arguments[0])):
        errors = " ".join(f"{100 * error:.1f}" for error in row[2:])
        sys.stdout.write(f"{row.start} {row.figures} {errors}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
