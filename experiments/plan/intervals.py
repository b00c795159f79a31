"""Student intervals of paired differences."""

import math

import numpy as np


def quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit  # takes a while to load, and most sweeps do without

    return float(stdtrit(freedom, 0.975))


def mean_interval(sample: np.ndarray) -> tuple[float, float, float]:
    """Mean of a sample (n,) and its 95 % Student interval, NaN where it cannot be had."""
    return _interval(sample, 1 / sample.size)


def prediction_interval(sample: np.ndarray) -> tuple[float, float, float]:
    """Mean of a sample (n,) and the 95 % Student interval of one more value of its kind."""
    return _interval(sample, 1 + 1 / sample.size)


def half_width(sample: np.ndarray) -> float:
    """Half of the 95 % Student interval of the mean of a sample (n,); infinite for n < 2."""
    return _half(sample, 1 / sample.size) if sample.size > 1 else math.inf


def _half(sample: np.ndarray, factor: float) -> float:
    """Half of the interval of a quantity whose variance is `factor` times the sample's."""
    return float(quantile(sample.size - 1) * sample.std(ddof=1) * np.sqrt(factor))


def _interval(sample: np.ndarray, factor: float) -> tuple[float, float, float]:
    middle = float(sample.mean())
    if sample.size < 2 or not np.isfinite(sample).all():
        return middle, math.nan, math.nan
    half = _half(sample, factor)
    return middle, middle - half, middle + half
