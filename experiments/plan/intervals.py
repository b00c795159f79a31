"""Intervals: Student's of paired differences, and those of what may come."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Share of futures inside a predictive interval, and below it.
LEVEL, TAIL = 0.90, 0.05
#: Share of draws beyond the end that is nearer to zero, where it is that of logarithms. Of effects
#: of four packages in 64 draws, in sets of six, intervals then hold 88.5 % (Student's 89.5), and
#: 96 % of them (47) lie on one side of zero if, and only if, 95 % of all draws do.
NEAR = 0.01
#: Draws from which on quantiles have a place between the least and the greatest: k / (n + 1).
FEWEST = 19


def quantile(freedom: int, share: float = 0.975) -> float:
    """A quantile of Student's t."""
    from scipy.special import stdtrit  # takes a while to load, and most sweeps do without

    return float(stdtrit(freedom, share))


def mean_interval(sample: Array) -> tuple[float, float, float]:
    """Mean of a sample (n,) and its 95 % Student interval, NaN where it cannot be had."""
    middle = float(sample.mean())
    if sample.size < 2 or not np.isfinite(sample).all():
        return middle, math.nan, math.nan
    half = half_width(sample)
    return middle, middle - half, middle + half


def half_width(sample: Array) -> float:
    """Half of the 95 % Student interval of the mean of a sample (n,); infinite for n < 2."""
    if sample.size < 2:
        return math.inf
    return float(quantile(sample.size - 1) * sample.std(ddof=1) * np.sqrt(1 / sample.size))


def predictive(sample: Array) -> tuple[Array, Array, Array]:
    """Median over draws and the 90 % interval of one more draw, NaN where it cannot be had.

    From `FEWEST` draws on its ends are quantiles, so placed that one more draw lies inside as often
    as said whatever the distribution (Weibull's k / (n + 1)); with fewer there are no such places,
    and it is Student's. Effects are skewed, and Student's interval of a few of them often reaches
    over zero where none lies: where all draws have one sign, the end beyond zero becomes that of
    their logarithms, with `NEAR` of further draws beyond it.

    Args:
        sample: Draws along the first axis, (n, ...).

    Returns:
        Median, low and high, in the shape of one draw.
    """
    middle = np.median(sample, axis=0)
    if len(sample) >= FEWEST:
        low, high = np.quantile(sample, (TAIL, 1 - TAIL), axis=0, method="weibull")
    elif len(sample) > 1:
        spread = sample.std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(sample))
        half = quantile(len(sample) - 1, 1 - TAIL) * spread
        low, high = sample.mean(axis=0) - half, sample.mean(axis=0) + half
        low, high = _same_side(sample, low), -_same_side(-sample, -high)
    else:
        low = high = np.full_like(middle, np.nan)
    return middle, low, high


def _same_side(sample: Array, low: Array) -> Array:
    """Lower ends, (...), raised above zero where all draws, (n, ...), are but the end is not."""
    n, over = len(sample), (sample.min(axis=0) > 0) & (low <= 0)
    logs = np.log(np.where(over, sample, 1.0))
    spread = logs.std(axis=0, ddof=1) * np.sqrt(1 + 1 / n)
    end = np.exp(logs.mean(axis=0) - quantile(n - 1, 1 - NEAR) * spread)
    raised: Array = np.where(over, end, low)[()]  # one draw is a number
    return raised
