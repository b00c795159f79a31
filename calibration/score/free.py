"""Free runs over the record in the world that ships, with the parameters that ship.

The parameters are fitted to all figures, so this is a test of fit over decades and not a forecast:
can one set of parameters carry the countries from 2003 to 2022 without being put right on the way?
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.hindcast import forward
from divide.calibration.fit.observations import truth
from divide.calibration.score import scores
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters
from divide.model.outcomes.measures import gini
from divide.model.world import start_years

Array = NDArray[np.float64]

ORIGINS = (2003, 2005, 2008, 2010)
PERCENTILES = (10, 50, 90)
PANDEMIC = "adoption.pandemic"


@dataclass(frozen=True)
class Free:
    """Errors of a free run in its last year, over the countries observed, model less observed.

    Attributes:
        origin: Year at whose end it started.
        mean: Error of the mean, points.
        gini: Error of the Gini.
        percentiles: Errors of `PERCENTILES` over countries, points.
        mae: Mean absolute error of countries in all years, points.
    """

    origin: int
    mean: float
    gini: float
    percentiles: tuple[float, ...]
    mae: float


def run(centre: Mapping[str, float], workers: Workers, until: int | None = None) -> list[Free]:
    """A free run from each of `ORIGINS`.

    Args:
        centre: Parameters that ship, by full name.
        workers: Who runs the model.
        until: Last year; that of the tables if not given.
    """
    last = start_years()[1] if until is None else until
    point = {**centre, PANDEMIC: parameters()[PANDEMIC].value}
    paths = workers.map(forward, [(origin, last, point) for origin in ORIGINS])
    return [errors(origin, last, path) for origin, path in zip(ORIGINS, paths, strict=True)]


def errors(origin: int, last: int, path: Array) -> Free:
    """Errors of a path, (last - origin, n)."""
    years, actual = truth("internet_users", origin + 1, last)
    made = path[years - origin - 1]
    seen = np.isfinite(actual[-1])
    a, b = made[-1, seen], actual[-1, seen]
    gap = 100 * (np.percentile(a, PERCENTILES) - np.percentile(b, PERCENTILES))
    return Free(
        origin,
        100 * float(a.mean() - b.mean()),
        gini(a) - gini(b),
        tuple(gap.tolist()),
        scores.mae(made, actual),
    )
