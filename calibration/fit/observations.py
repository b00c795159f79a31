"""What the model is fitted to and scored against: observed series, one vintage, nothing filled in.

Two doors lead to the data and their names keep them apart. `known` is for fitting and forecasting
and cannot open later than the origin; `truth` is for scoring forecasts already made. Code that
fits or forecasts must not import `truth`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.targets import TARGETS
from divide.model.world import World, load_world, start_years

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

FIRST_YEAR = 2000
"""Fits use observations from this year on: earlier use is close to 0 almost everywhere."""

SURVEYS: dict[str, tuple[int, ...]] = {
    name: target.surveyed for name, target in TARGETS.items() if target.rounds
}
"""Years of the Global Findex rounds that asked; 2021 and 2022 are one round in two halves."""

INDICATORS: tuple[str, ...] = tuple(TARGETS)
"""Series that serve as targets: shares 0-1, subscriptions per head."""

COVARIATES: tuple[str, ...] = ("income", "hdi", "electricity", "mobile_subscriptions", "urban")
"""Fields the pooled regression needs; they decide which countries all methods can forecast."""

_FEWEST = 8  # observations of a yearly series, as in the published comparison


class Observed(NamedTuple):
    """Observations of one indicator.

    Attributes:
        years: (T,) ascending; survey series have their survey years only.
        values: (T, n) in the order of `World.iso3`, in the unit of the field, NaN where not
            observed.
    """

    years: Integers
    values: Floats


def known(origin: int, indicator: str, until: int | None = None) -> Observed:
    """Observations that had been made by the end of the origin.

    Args:
        origin: Year whose end the forecaster stands at, 2000 to 2022.
        indicator: One of `INDICATORS`.
        until: Last year wanted; the origin if not given.

    Raises:
        KeyError: If the indicator is not a target.
        LookaheadError: If `until` lies after the origin.
        ValueError: If the origin is not a year the world can be loaded for.
    """
    return known_to(load_world(origin, impute=False), indicator, until)


def known_to(world: World, indicator: str, until: int | None = None) -> Observed:
    """`known`, for a world already loaded at the origin."""
    _check(indicator)
    target = TARGETS[indicator]
    if target.minus is None:
        years, values = world.series(indicator, until)
    else:
        years, more = world.series(target.column, until)
        values = more - world.series(target.minus, until)[1]
    if indicator in SURVEYS:
        asked = np.isin(years, SURVEYS[indicator])
        years, values = years[asked], values[asked]
    return Observed(years, values)


def truth(indicator: str, first: int, last: int) -> Observed:
    """Observations from `first` to `last`, for scoring only.

    Args:
        indicator: One of `INDICATORS`.
        first: First year wanted.
        last: Last year wanted, 2022 at the latest.

    Raises:
        KeyError: If the indicator is not a target.
        ValueError: If the years do not ascend or end after the last year of the tables.
    """
    latest = start_years()[1]
    if not first <= last <= latest:
        raise ValueError(f"{first} to {last}: years must ascend and end by {latest}")
    years, values = known(latest, indicator)
    wanted = (years >= first) & (years <= last)
    return Observed(years[wanted], values[wanted])


def eligible(origin: int, indicator: str) -> Mask:
    """Countries with enough history for a forecast, (n,).

    Yearly series need 8 observations from 2000 up to the origin, survey series one.

    Raises:
        KeyError: If the indicator is not a target.
        ValueError: If the origin is not a year the world can be loaded for.
    """
    years, values = known(origin, indicator)
    seen = (~np.isnan(values[years >= FIRST_YEAR])).sum(axis=0)
    return seen >= (1 if indicator in SURVEYS else _FEWEST)


def common_sample(origin: int) -> Mask:
    """Countries on which every method of forecasting internet use can be compared, (n,).

    Those eligible that had at least one figure of each covariate by the origin: 182 countries in
    2015, 177 in 2010, 182 in 2012, 171 in 2008.

    Raises:
        ValueError: If the origin is not a year the world can be loaded for.
    """
    world = load_world(origin, impute=False)
    described = [~np.isnan(world.series(name)[1]).all(axis=0) for name in COVARIATES]
    return np.logical_and.reduce([eligible(origin, "internet_users"), *described])


def _check(indicator: str) -> None:
    if indicator not in INDICATORS:
        raise KeyError(f"no target {indicator!r}; known: {', '.join(INDICATORS)}")
