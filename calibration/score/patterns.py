"""Does the model's own path look like the world's? Patterns that no single error can show.

The likelihood knows figures of single countries and nothing of these patterns. A path "started in"
a year is free from then on: it reads no later figure. Where the parameters are said to be fitted
to figures up to a later year, the pattern is one of fit and not of forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.hindcast import run, yearly
from divide.calibration.fit.observations import Mask, truth
from divide.calibration.fit.posterior import Posterior
from divide.calibration.fit.sample import SPREAD
from divide.calibration.fit.spread import observed
from divide.experiments.carry.calls import Workers
from divide.model.constants import country_ids
from divide.model.outcomes.measures import gini, p90_p10_gap
from divide.model.world import load_world

Array = NDArray[np.float64]

#: Years of the observed peak of the gap between the 90th and the 10th percentile, and tolerance.
PEAK, TOLERANCE = 2015, 2
#: A country has risen through an S when it went from below the first to above the second.
BOTTOM, TOP = 0.2, 0.8
#: Share of firms or people whose crossing dates one indicator against another.
CROSSING = 0.25
INTERVAL = (0.05, 0.95)
#: Columns of the country table in the order in which they should spread.
CHAIN = ("internet_users", "acceptance", "sellers")


@dataclass(frozen=True)
class Pattern:
    """A pattern test.

    Attributes:
        name: What is tested, a sentence.
        passed: Whether it holds.
        figures: What was found, a sentence.
    """

    name: str
    passed: bool
    figures: str


@dataclass(frozen=True)
class Check:
    """One posterior-predictive check: a figure of the world and the model's 90 % interval."""

    name: str
    year: int
    observed: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the interval holds the figure."""
        return self.low <= self.observed <= self.high


def columns_forward(
    origin: int, until: int, parameters: dict[str, float], columns: Sequence[str], draw: int = 0
) -> Array:
    """Paths of columns of the country table, (columns, years, n)."""
    model = run(origin, until, parameters, draw=draw)
    return np.array([yearly(model, column) for column in columns])


def draws_forward(
    posterior: Posterior,
    origin: int,
    until: int,
    draws: int,
    columns: Sequence[str] = ("internet_users",),
    who: Workers | None = None,
) -> Array:
    """Paths of predictive draws, (draws, columns, years, n)."""
    points = [dict(zip(posterior.names, draw, strict=True)) for draw in posterior.draws[:draws]]
    jobs = [(origin, until, point, columns, k + 1) for k, point in enumerate(points)]
    return np.array((who or Workers()).map(columns_forward, jobs))


def as_observed(use: Array, origin: int, posterior: Posterior) -> Array:
    """Paths of `draws_forward` as they would be observed, (draws, years, n)."""
    ids = country_ids(load_world(origin).iso3)
    size = posterior.draws[:, posterior.names.index(SPREAD[2])]
    return np.array(
        [observed(path[None], [k + 1], tuple(ids), size[k])[0] for k, path in enumerate(use)]
    )


def balanced(first: int, last: int) -> tuple[Array, Mask]:
    """Internet use observed from `first` to `last`, (years, n), and who has every figure, (n,)."""
    values = truth("internet_users", first, last).values
    return values, np.isfinite(values).all(axis=0)


def falls_every(ginis: Array, years: int = 5) -> bool:
    """Whether a series falls over every whole block of so many years, from the first on."""
    marks = ginis[::years]
    return bool((np.diff(marks) < 0).all())


def peak_year(use: Array, first: int) -> int:
    """Year in which the gap between percentiles is widest, of use (years, n) from `first` on."""
    gaps = [p90_p10_gap(level) for level in use]
    return first + int(np.argmax(gaps))


def crossing(path: Array, level: float) -> Array:
    """Years until each column of a path, (years, n), first reaches `level`; NaN if never."""
    above = path >= level
    return np.where(above.any(axis=0), above.argmax(axis=0).astype(float), np.nan)


def has_inflection(path: Array) -> NDArray[np.bool_]:
    """Whether each column rises fastest inside its path, neither at its start nor at its end.

    The rise is a mean over three years, and must be at its largest lower by a tenth at either end.
    """
    rise = np.diff(path, axis=0)
    smooth = (rise[:-2] + rise[1:-1] + rise[2:]) / 3
    most = smooth.max(axis=0)
    return (smooth[0] < 0.9 * most) & (smooth[-1] < 0.9 * most)


def risen(path: Array) -> Mask:
    """Columns that went from below `BOTTOM` to above `TOP`, (n,)."""
    return (path[0] < BOTTOM) & (path[-1] > TOP)


def gini_pattern(use: Array, first: int, label: str) -> Pattern:
    """The Gini falls every five years in nine draws of ten; use (draws, years, n)."""
    series = np.array([[gini(level) for level in draw] for draw in use])
    share = float(np.mean([falls_every(one) for one in series]))
    marks = ", ".join(
        f"{first + k}: {series[:, k].mean():.3f}" for k in range(0, series.shape[1], 5)
    )
    return Pattern(
        f"Gini of internet use over countries falls every five years ({label})",
        share >= 0.9,
        f"in {share:.0%} of draws; mean {marks}",
    )


def peak_pattern(use: Array, first: int, label: str) -> Pattern:
    """The gap P90 - P10 of the mean path peaks when the world's did; use (draws, years, n)."""
    year = peak_year(use.mean(axis=0), first)
    each = [peak_year(draw, first) for draw in use]
    values, whole = balanced(first, first + use.shape[1] - 1)
    real = peak_year(values[:, whole], first)
    return Pattern(
        f"Gap between 90th and 10th percentile peaks in {PEAK} +- {TOLERANCE} ({label})",
        abs(year - PEAK) <= TOLERANCE,
        f"peak in {year} (draws {min(each)} to {max(each)}); in the figures of the "
        f"{int(whole.sum())} countries without gaps in {real}",
    )


def s_curve_pattern(use: Array, label: str) -> Pattern:
    """National adoption that passed from 20 to 80 % has an inflection; use (draws, years, n)."""
    found = [has_inflection(draw)[risen(draw)] for draw in use]
    every = np.concatenate(found)
    share = float(every.mean()) if every.size else np.nan
    return Pattern(
        f"National adoption is S-shaped where it rose from below 20 to above 80 % ({label})",
        bool(every.size and share >= 0.9),
        f"inflection inside the path in {share:.0%} of {every.size} such paths "
        f"({every.size / len(use):.0f} countries a draw)",
    )


def lag_pattern(paths: Array, early: int, late: int, label: str) -> Pattern:
    """One indicator reaches a level after another; paths (draws, columns, years, n)."""
    a, b = (
        np.array([crossing(draw[column], CROSSING) for draw in paths]) for column in (early, late)
    )
    # Crossed before the start: no date to compare.
    dated = (a > 0) & (b > 0)
    lag = (b - a)[dated]
    share = float((lag >= 0).mean()) if lag.size else np.nan
    return Pattern(
        label,
        bool(lag.size and np.median(lag) > 0 and share >= 0.9),
        f"median lag {np.median(lag) if lag.size else np.nan:.1f} years, no lead in {share:.0%} "
        f"of {lag.size} dated pairs at {CROSSING:.0%}",
    )


def convergence_pattern(use: Array, first: int, label: str) -> Pattern:
    """Points diverge, then converge: the slope of the change on the level changes sign."""
    mean = use.mean(axis=0)
    cut = 2010 - first

    def slope(path: Array, a: int, b: int) -> float:
        return float(np.polyfit(path[a], path[b] - path[a], 1)[0]) / (b - a)

    early, late = slope(mean, 0, cut), slope(mean, 2015 - first, len(mean) - 1)
    values, whole = balanced(first, first + len(mean) - 1)
    real = [slope(values[:, whole], a, b) for a, b in ((0, cut), (2015 - first, len(mean) - 1))]
    return Pattern(
        f"In points, countries diverge to 2010 and converge from 2015 ({label})",
        early > 0 > late,
        f"change a year on level: {early:+.3f}, then {late:+.3f}; "
        f"figures {real[0]:+.3f}, then {real[1]:+.3f}",
    )


def predictive_checks(use: Array, first: int, years: Sequence[int]) -> list[Check]:
    """Gini, gap and mean of the countries observed, against predictive draws, (draws, years, n)."""
    measures = {
        "Gini": gini,
        "P90 - P10": p90_p10_gap,
        "Mean": lambda level: float(np.mean(level)),
    }
    checks = []
    for year in years:
        values = truth("internet_users", year, year).values[0]
        seen = np.isfinite(values)
        for name, measure in measures.items():
            made = [measure(draw[year - first][seen]) for draw in use]
            low, high = np.quantile(made, INTERVAL)
            checks.append(Check(name, year, measure(values[seen]), float(low), float(high)))
    return checks
