"""How measured times are told: medians with bootstrap intervals, ratios of them, and tables."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from divide.experiments.text import markdown

Array = NDArray[np.float64]

RESAMPLES = 2_000


def seconds(call: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def medians(sample: list[float]) -> Array:
    """Medians of bootstrap resamples, (RESAMPLES,)."""
    rng = np.random.default_rng(1)
    return np.median(rng.choice(sample, (RESAMPLES, len(sample))), axis=1)


def shown(middle: float, resampled: Array, digits: str) -> str:
    """A number with its 95 % interval."""
    low, high = np.percentile(resampled, (2.5, 97.5))
    return f"{middle:{digits}} ({low:{digits}} to {high:{digits}})"


def timed(sample: list[float], scale: float, digits: str) -> str:
    """Median of a sample of seconds with its interval, in other units."""
    return shown(float(np.median(sample)) * scale, medians(sample) * scale, digits)


def table(header: str, rows: list[list[str]]) -> str:
    """A table in Markdown; the first column is text."""
    names = [name.strip() for name in header.split("|")]
    rule = ["---"] + ["---:"] * (len(names) - 1)
    return markdown.table(names, rows, rule).rstrip("\n")


def ratio(slow: list[float], fast: list[float], digits: str) -> str:
    """How many times as fast the second is, with its interval."""
    middle = float(np.median(slow) / np.median(fast))
    return shown(middle, medians(slow) / medians(fast), digits)
