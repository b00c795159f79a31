"""How far forecasts were off. Shares 0-1 go in, percentage points come out.

Rules common to all scores:

- `actual` is NaN where nothing was observed; such cells count nowhere.
- A cell that was observed needs a forecast: a NaN there raises ValueError, for a method that
  declines the hard cases must not look better for it. Leave countries out by making `actual` NaN.
- An error is forecast minus actual, so a negative bias means too low a forecast.
- Without any observed cell a score is NaN.

CRPS, the continuous ranked probability score, is the mean distance between forecast and outcome
minus half the mean distance between two draws of the forecast. `crps_draws` evaluates it exactly
for the empirical distribution of the draws, `crps_normal` in closed form for a normal forecast
that is not cut off at 0 and 1; for a forecast known by mean and 90 % interval, `crps_interval`
takes the normal with that mean and an interval of that width. A forecast without spread scores
its absolute error.

Source: Gneiting and Raftery 2007, Strictly proper scoring rules, prediction, and estimation,
Journal of the American Statistical Association 102.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import rankdata

from divide.calibration.fit.observations import Floats, Mask
from divide.model.outcomes.measures import gini

POINTS = 100.0
_Z90 = 1.6448536269514722  # half-width of the 90 % interval of a standard normal


class Scores(NamedTuple):
    """Scores of one forecast.

    Attributes:
        cells: Observed cells scored.
        mae: Mean absolute error, percentage points.
        bias: Mean error, percentage points.
        rmse: Root mean squared error, percentage points.
        coverage90: Share of cells inside the 90 % interval, 0-1.
        crps: Mean CRPS, percentage points.
        gini_error: Gini of the last year, forecast minus actual, -1 to 1.
    """

    cells: int
    mae: float
    bias: float
    rmse: float
    coverage90: float
    crps: float
    gini_error: float


class Difference(NamedTuple):
    """Difference of two mean absolute errors, first minus second, percentage points.

    Attributes:
        difference: Below 0 if the first forecast is better.
        lo95: 2.5 % quantile of the bootstrap.
        hi95: 97.5 % quantile of the bootstrap.
        p: Two-sided p value of no difference.
    """

    difference: float
    lo95: float
    hi95: float
    p: float


def score(mean: Floats, lo90: Floats, hi90: Floats, actual: Floats) -> Scores:
    """All scores of a forecast with a 90 % interval.

    Args:
        mean: Forecast (years, n).
        lo90: Lower end of the interval (years, n).
        hi90: Upper end of the interval (years, n).
        actual: Observations (years, n); the last row is the final year.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast or interval.
    """
    return Scores(
        cells=int((~np.isnan(actual)).sum()),
        mae=mae(mean, actual),
        bias=bias(mean, actual),
        rmse=rmse(mean, actual),
        coverage90=coverage(lo90, hi90, actual),
        crps=crps_interval(mean, lo90, hi90, actual),
        gini_error=gini_error(mean[-1], actual[-1]),
    )


def only(actual: Floats, countries: Mask) -> Floats:
    """Observations (years, n) of the chosen countries (n,), NaN for the others."""
    return np.where(countries, actual, np.nan)


def mae(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Mean absolute error of arrays of one shape, percentage points.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast.
    """
    return _mean(np.abs(_errors(forecast, actual)))


def bias(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Mean error of arrays of one shape, percentage points; below 0 if too low.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast.
    """
    return _mean(_errors(forecast, actual))


def rmse(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Root mean squared error of arrays of one shape, percentage points.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast.
    """
    return math.sqrt(_mean(_errors(forecast, actual) ** 2))


def coverage(lo: ArrayLike, hi: ArrayLike, actual: ArrayLike) -> float:
    """Share (0-1) of observed cells inside the closed interval from `lo` to `hi`.

    Raises:
        ValueError: If shapes differ, an observed cell lacks an interval or its ends are swapped.
    """
    lower, upper = _errors(lo, actual), _errors(hi, actual)
    if (lower > upper).any():
        raise ValueError("an interval has its lower end above its upper end")
    return _mean(((lower <= 0) & (upper >= 0)).astype(np.float64))


def crps_draws(draws: ArrayLike, actual: ArrayLike) -> float:
    """Mean CRPS of ensembles, exact for their empirical distribution, percentage points.

    Args:
        draws: (draws, ...) equally likely outcomes.
        actual: (...) observations.

    Raises:
        ValueError: If shapes differ, there is no draw or an observed cell lacks a draw.
    """
    many, seen = np.asarray(draws, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if many.ndim != seen.ndim + 1 or len(many) == 0:
        raise ValueError(f"draws have shape {many.shape}: one axis more than {seen.shape} needed")
    distance = np.mean([np.abs(_errors(draw, seen)) for draw in many], axis=0)
    ordered = np.sort(many[:, ~np.isnan(seen)], axis=0) * POINTS
    # Sum of |x_j - x_k| over all ordered pairs, from the ranks.
    rank = 2.0 * np.arange(1, len(many) + 1) - len(many) - 1
    between = 2.0 * rank @ ordered / len(many) ** 2
    return _mean(distance - between / 2)


def crps_normal(mean: ArrayLike, sd: ArrayLike, actual: ArrayLike) -> float:
    """Mean CRPS of normal forecasts, percentage points.

    Args:
        mean: Means, of the shape of `actual`.
        sd: Standard deviations, of the shape of `actual`, not negative.
        actual: Observations.

    Raises:
        ValueError: If shapes differ, an observed cell lacks a forecast or an sd is negative.
    """
    error = _errors(mean, actual)
    spread = _errors(sd, actual, minus=False)
    if (spread < 0).any():
        raise ValueError("a standard deviation is negative")
    z = np.divide(error, spread, out=np.zeros_like(error), where=spread > 0)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    value = spread * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi))
    return _mean(np.where(spread > 0, value, np.abs(error)))


def crps_interval(mean: ArrayLike, lo90: ArrayLike, hi90: ArrayLike, actual: ArrayLike) -> float:
    """Mean CRPS of the normal with the given mean and width of its 90 % interval, points.

    Raises:
        ValueError: If shapes differ, an observed cell lacks a forecast or the ends are swapped.
    """
    width = np.asarray(hi90, dtype=np.float64) - np.asarray(lo90, dtype=np.float64)
    return crps_normal(mean, width / (2 * _Z90), actual)


def gini_error(forecast: ArrayLike, actual: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini of the forecast minus Gini of the observations over the observed countries, -1 to 1.

    NaN where a level is negative, as the gap between two groups may be: it has no Gini.

    Args:
        forecast: (n,) shares of one year.
        actual: (n,) observations of that year.
        weights: People (n,), or None for one each.

    Raises:
        ValueError: If shapes differ or an observed country lacks a forecast.
    """
    there = _seen(forecast, actual)
    people = None if weights is None else np.asarray(weights, dtype=np.float64)[there]
    levels = [np.asarray(x, dtype=np.float64)[there] for x in (forecast, actual)]
    if any((level < 0).any() for level in levels):
        return math.nan
    predicted, observed = (gini(level, people) for level in levels)
    return predicted - observed


def rank_correlation(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Spearman's rank correlation over observed cells, ties at their mean rank, -1 to 1.

    NaN with fewer than two cells or where one side is constant.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast.
    """
    there = _seen(forecast, actual)
    ranks = [rankdata(np.asarray(x, dtype=np.float64)[there]) for x in (forecast, actual)]
    a, b = (rank - rank.mean() if rank.size else rank for rank in ranks)
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size > 0 else math.nan


def compare_mae(
    first: Floats, second: Floats, actual: Floats, draws: int = 2000, seed: int = 1
) -> Difference:
    """Difference of two mean absolute errors with a bootstrap over countries.

    A country's years are drawn together, since its errors move together. The p value is twice the
    smaller share of resamples on either side of 0, counting one resample more on each side than
    were drawn there, so that it is never 0.

    Args:
        first: One forecast (years, n).
        second: The other (years, n).
        actual: Observations (years, n).
        draws: Resamples of countries.
        seed: Seed of the resampling; forecasts compared with one seed share their resamples.

    Raises:
        ValueError: If shapes differ or an observed cell lacks a forecast.
    """
    there = _seen(first, actual)
    if there.ndim != 2:
        raise ValueError(f"forecasts have shape {there.shape}: (years, countries) needed")
    gaps = np.zeros(there.shape)
    gaps[there] = np.abs(_errors(first, actual)) - np.abs(_errors(second, actual))
    counts = there.sum(axis=0)
    gaps, counts = gaps[:, counts > 0].sum(axis=0), counts[counts > 0]
    n = len(counts)
    if n == 0:
        return Difference(math.nan, math.nan, math.nan, math.nan)
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    resampled = times @ gaps / (times @ counts)
    lo, hi = np.quantile(resampled, (0.025, 0.975))
    sides = ((resampled <= 0).sum(), (resampled >= 0).sum())
    p = min(1.0, 2 * (int(min(sides)) + 1) / (draws + 1))
    return Difference(float(gaps.sum() / counts.sum()), float(lo), float(hi), p)


def _seen(forecast: ArrayLike, actual: ArrayLike) -> Mask:
    """Observed cells; every one of them has a forecast."""
    guess = np.asarray(forecast, dtype=np.float64)
    seen = np.asarray(actual, dtype=np.float64)
    if guess.shape != seen.shape:
        raise ValueError(f"forecast has shape {guess.shape}, actual {seen.shape}")
    there = ~np.isnan(seen)
    lacking = int((there & ~np.isfinite(guess)).sum())
    if lacking:
        raise ValueError(f"{lacking} observed cells have no forecast")
    return there


def _errors(forecast: ArrayLike, actual: ArrayLike, *, minus: bool = True) -> Floats:
    """Forecast minus actual (or the forecast itself) in observed cells, points."""
    there = _seen(forecast, actual)
    guess = np.asarray(forecast, dtype=np.float64)[there]
    return POINTS * (guess - np.asarray(actual, dtype=np.float64)[there] if minus else guess)


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan
