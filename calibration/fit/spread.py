"""How far predictive draws spread: the three sizes of what the model does not explain.

Country effects take random steps, the expected rise is in error and so is an observed share. The
three standard deviations minimise the pinball loss of the draws at four quantiles over the windows
of the last years before the end of the fit, where imputed inputs are drawn as well (quantile
scores are proper: Gneiting and Raftery 2007, doi 10.1198/016214506000001437).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from divide.calibration.fit import drivers
from divide.calibration.fit.drivers import Noise
from divide.calibration.fit.sample import SPREAD, Window, windows
from divide.model import predictive
from divide.model.constants import country_ids
from divide.model.declare.parameters import parameters
from divide.model.world import load_world
from divide.model.world.impute import expit, logit

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.75, 0.95)
#: Windows that start in so many years before the end count; predictive draws of each.
YEARS, DRAWS = 9, 24
#: Draws of the imputed inputs that they share out.
IMPUTED = 8
#: Most evaluations of the loss.
EVALUATIONS = 70


@lru_cache(maxsize=256)
def _unit(draw: int, years: int, ids: tuple[int, ...]) -> Noise:
    """Random steps of a draw of size 1, without a draws axis; `trend` is of size 1 too."""
    at = np.array(ids)
    return Noise(
        np.array([predictive.country_steps(draw, year, at, 1.0) for year in range(years)]),
        np.array([predictive.common_step(draw, year, 1.0) for year in range(years)]),
        predictive.normal(draw, "rise", 0, at),
        predictive.observation_error(draw, 0, at, 1.0),
    )


def noise(
    draws: Sequence[int], years: int, ids: tuple[int, ...], values: Mapping[str, float]
) -> Noise:
    """Random steps of predictive draws, those of the model itself (see `divide.model.predictive`).

    Args:
        draws: Numbers of the draws.
        years: Years of each.
        ids: Key of each country.
        values: Parameters by full name; the declared ones where it has none.
    """
    p = drivers.values(values)
    units = [_unit(draw, years, ids) for draw in draws]
    return Noise(
        p.effect_sd * np.array([one.effect for one in units]),
        p.trend_sd * np.array([one.trend for one in units]),
        predictive.centred(p.rise_error, np.array([one.rise for one in units])),
        p.observation_error * np.array([one.level for one in units]),
    )


def observed(paths: Array, draws: Sequence[int], ids: tuple[int, ...], sd: float) -> Array:
    """Paths as they would be observed: each share with an error of its own.

    Args:
        paths: Shares, (draws, years, n).
        draws: Numbers of the draws.
        ids: Key of each country.
        sd: Size of the error, ln odds.
    """
    at = np.array(ids)
    errors = [
        [predictive.observation_error(draw, year + 1, at, sd) for year in range(paths.shape[1])]
        for draw in draws
    ]
    return expit(logit(paths) + np.array(errors))


def pinball(draws: Array, actual: Array) -> Array:
    """Mean pinball loss at `QUANTILES` of each year, shares, (years,).

    Args:
        draws: Predicted shares, (draws, years, n).
        actual: What was observed, (years, n), NaN where nothing was.
    """
    error = actual - np.quantile(draws, QUANTILES, axis=0)
    level = np.array(QUANTILES)[:, None, None]
    return np.nanmean(np.maximum(level * error, (level - 1) * error), axis=(0, 2))


def fit_spread(last: int, values: Mapping[str, float]) -> dict[str, float]:
    """Sizes of the three errors that minimise the pinball loss, by full name.

    Args:
        last: Last year whose figures are used.
        values: Fitted parameters.
    """
    ids = tuple(country_ids(load_world(last).iso3).tolist())
    over = list(zip(*(_late(last, draw + 1) for draw in range(IMPUTED)), strict=True))
    errors = [_error(drawn, values) for drawn in over]

    def loss(z: Array) -> float:
        sized = {**values, **_sizes(z)}
        parts = [_loss(*one, sized, ids) for one in zip(over, errors, strict=True)]
        return float(np.mean(parts))

    start = np.log([parameters()[name].value for name in SPREAD])
    found = minimize(loss, start, method="Nelder-Mead",
                     options={"maxfev": EVALUATIONS, "xatol": 0.05, "fatol": 1e-6})  # fmt: skip
    return _sizes(found.x)


def _late(last: int, draw: int) -> list[Window]:
    """The windows that count, on one draw of the imputed inputs."""
    every = windows(last, draw)
    return [one for one in every if one.recorded.origin >= last - YEARS] or list(every[:1])


def _sizes(z: Array) -> dict[str, float]:
    return {
        name: float(np.clip(np.exp(one), *parameters()[name].bounds))
        for name, one in zip(SPREAD, z, strict=True)
    }


def _error(drawn: Sequence[Window], values: Mapping[str, float]) -> Array:
    """Mean absolute error of each observed year without random steps, shares."""
    p, first = drivers.values(values), drawn[0]
    asked = first.seen.any(axis=1)
    path = np.mean([drivers.run(window.recorded, p)[0] for window in drawn], axis=0)
    return np.nanmean(np.abs(path[asked] - first.observed[asked]), axis=1)


def _loss(
    drawn: Sequence[Window], error: Array, values: Mapping[str, float], ids: tuple[int, ...]
) -> float:
    """Mean over the years of the pinball loss relative to the error without random steps.

    So the near years, whose errors are small, count as much as the far ones.
    """
    p, first = drivers.values(values), drawn[0]
    asked = first.seen.any(axis=1)
    seen = []
    for k, window in enumerate(drawn):
        draws, r = range(k + 1, DRAWS + 1, len(drawn)), window.recorded
        paths = drivers.run(r, p, noise(draws, r.years, ids, values))
        seen.append(observed(paths, draws, ids, p.observation_error))
    return float((pinball(np.concatenate(seen)[:, asked], first.observed[asked]) / error).mean())
