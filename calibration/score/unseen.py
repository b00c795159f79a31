"""Countries never seen: forecasts for countries whose figures neither fit nor trend may use.

The countries are dealt into folds. For each fold the parameters are fitted to the other countries
only, and the fold's own countries start from their last known level and nothing before it: their
expected rise is what is usual at that level among the others, never their own.

What is left of them is what stands in the recorded windows of the fit, which start every country
from its own past rise: it reaches the fitted countries as that of a neighbour, and through the
usual rise. The likelihood does not count the hidden countries, and the forecast runs do not know
their history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit import sample
from divide.calibration.fit.hindcast import run as run_forward
from divide.calibration.fit.hindcast import yearly
from divide.calibration.fit.observations import Mask, common_sample, truth
from divide.calibration.fit.sample import Size
from divide.calibration.score import backtest, scores
from divide.calibration.score.baselines import pooled_regression
from divide.experiments.carry.calls import Workers
from divide.model.world import load_world
from divide.model.world.loader import World

Array = NDArray[np.float64]

FOLDS = 5
INDICATOR = "internet_users"
#: How much of each fold's posterior is sampled: enough for its mean.
SIZE = Size(strata=2, walkers=20, burn_in=20, steps=20)


@dataclass(frozen=True, eq=False)
class Unseen:
    """Errors on countries that were hidden, every country once, percentage points.

    Attributes:
        countries: Countries scored.
        cells: Observations scored.
        model: MAE of the model: fitted without them, started without their past.
        own_rise: MAE of the model fitted without them that may know their own recent rise.
        regression: MAE of the pooled regression fitted without them; like `own_rise`, it knows
            their own recent trend.
        against: Difference of the model and the regression.
        own_rise_against: Difference of `own_rise` and the regression.
        bias: Mean error of the model.
    """

    countries: int
    cells: int
    model: float
    own_rise: float
    regression: float
    against: scores.Difference
    own_rise_against: scores.Difference
    bias: float


def deal(n: int, folds: int = FOLDS, seed: int = 1) -> NDArray[np.int64]:
    """Fold of each country, (n,), sizes as equal as can be."""
    return np.random.default_rng(seed).permutation(n) % folds


def blind(world: World, hidden: Mask) -> World:
    """The world with nothing known of the hidden countries' internet use but the last figure."""
    years, values = world.series(INDICATOR)
    values = values.copy()
    for i in np.flatnonzero(hidden):
        seen = np.flatnonzero(np.isfinite(values[:, i]))
        values[seen[:-1], i] = np.nan
    history = dict(world._history)
    history[INDICATOR] = (years, values)
    return replace(world, _history=MappingProxyType(history))


def path(
    origin: int, until: int, parameters: Mapping[str, float], hidden: Mask, *, blinded: bool
) -> Array:
    """Internet use of every country, (years, n), the hidden ones perhaps without their past."""
    world = load_world(origin)
    world = blind(world, hidden) if blinded else world
    return yearly(run_forward(origin, until, parameters, world), INDICATOR)


def forecast_unseen(
    origin: int,
    until: int,
    folder: Path,
    run: Workers,
    draws: int = backtest.DRAWS,
    size: Size = SIZE,
) -> Unseen:
    """Forecasts of the hidden countries of every fold, against the pooled regression.

    Args:
        origin: Year at whose end the forecaster stands.
        until: Last year forecast, 2022 at the latest.
        folder: Where fits are kept; an interrupted one goes on from there.
        run: Who runs the model.
        draws: Posterior draws run forward.
        size: How much of each posterior is sampled.
    """
    world = load_world(origin, impute=False)
    n = len(world.iso3)
    fold = deal(n)
    years, actual = truth(INDICATOR, origin + 1, until)
    with_past, without, rival = (np.full((len(years), n), np.nan) for _ in range(3))
    for number in range(FOLDS):
        hidden = fold == number
        posterior = sample.sample(origin, folder, run, draws=draws, size=size, hidden=hidden)
        jobs = [
            (origin, until, point, hidden, blinded)
            for blinded in (True, False)
            for point in backtest.joint([posterior], draws)
        ]
        paths = run.map(_path, jobs)
        without[:, hidden] = np.mean(paths[:draws], axis=0)[:, hidden]
        with_past[:, hidden] = np.mean(paths[draws:], axis=0)[:, hidden]
        rival[:, hidden] = pooled_regression(world, years, fitted=~hidden)[:, hidden]
    chosen = common_sample(origin) & np.isfinite(rival).all(axis=0)
    actual = scores.only(actual, chosen)
    return Unseen(
        countries=int(np.isfinite(actual).any(axis=0).sum()),
        cells=int(np.isfinite(actual).sum()),
        model=scores.mae(without, actual),
        own_rise=scores.mae(with_past, actual),
        regression=scores.mae(rival, actual),
        against=scores.compare_mae(without, rival, actual),
        own_rise_against=scores.compare_mae(with_past, rival, actual),
        bias=scores.bias(without, actual),
    )


def _path(
    origin: int, until: int, parameters: Mapping[str, float], hidden: Mask, blinded: bool
) -> Array:
    return path(origin, until, parameters, hidden, blinded=blinded)
