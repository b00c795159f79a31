"""Forecasts to beat: what simple methods make of the same data, standing at the same origin.

Every method sees `load_world(origin)` and nothing else. A forecast has a mean and a 90 % interval
per year and country; shares are 0-1 as in the model. The interval is the method's own record: the
same method is run from every earlier origin (with the world as known then), its errors against
what had been observed by the origin are collected by horizon, and their 5 % and 95 % quantiles are
laid around the new forecast; `Baseline.ensemble` gives more quantiles of the same errors. Errors
are taken in units of sqrt(f (1 - f)) of the forecast f, since a country close to 0 or 100 % cannot
miss by as much as one half-way. Horizons longer than the record get the quantiles of the longest
one, scaled up in proportion to the horizon.

Where the published comparison left a choice open (span of a trend, weights, size of the ridge),
the choice here is the one that gives back its figures; none was made to improve a forecast.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from divide.calibration.fit.observations import (
    COVARIATES,
    FIRST_YEAR,
    SURVEYS,
    Floats,
    Integers,
    Mask,
    Observed,
    known_to,
)
from divide.model.world import load_world
from divide.model.world.impute import expit, logit
from divide.model.world.loader import World

_FIRST_ORIGIN = 2005  # of the record of errors: trends of five years must have begun by FIRST_YEAR
_SPAN = 5  # years of a trend
_FEWEST_ERRORS = 30  # at a horizon, for its quantiles to be used
_TAILS = (0.05, 0.95)
_DRAWS = 50  # members of an ensemble
_LEVELS = (*_TAILS, *((k + 0.5) / _DRAWS for k in range(_DRAWS)))
_FLOOR = 0.1  # least sqrt(f (1 - f)) used as unit of error, that of 1 % (assumed)
_STEEPEST = 2.0  # growth of log odds a year that a fitted logistic may have
_RIDGE = 1.0  # penalty on standardised coefficients, against a sum of weights equal to the rows
_SHRINK = 8.0  # country effect = sum of residuals / (weights + this)
_LAG = 3  # years of a country's own trend in the pooled regression


class Forecast(NamedTuple):
    """Mean and 90 % interval, each (years, n), shares 0-1.

    NaN where the method cannot forecast (no observation, or no covariates); the interval alone is
    NaN where the method has no record of errors yet.
    """

    mean: Floats
    lo90: Floats
    hi90: Floats


@dataclass(frozen=True)
class Baseline:
    """A method of forecasting.

    Attributes:
        name: Key in `BASELINES`.
        label: Title for tables.
        point: Function of a world, years (H,) after its start and an indicator that gives the
            mean forecast (H, n).
    """

    name: str
    label: str
    point: Callable[[World, Integers, str], Floats]

    def forecast(
        self, origin: int, years: Sequence[int] | Integers, indicator: str = "internet_users"
    ) -> Forecast:
        """Forecast from the end of the origin.

        Args:
            origin: Year, 2000 to 2022; nothing later is read.
            years: Years (H,) to forecast, all after the origin.
            indicator: One of `observations.INDICATORS`; the pooled regression, and so the mean of
                two, knows internet use only.

        Raises:
            KeyError: If the indicator is not a target.
            ValueError: If a year does not lie after the origin, or the method does not apply.
        """
        mean, spread = self._spread(origin, years, indicator)
        lo, hi = spread[:2]
        # A record of errors of one sign alone must not push the interval off the mean.
        return Forecast(mean, np.minimum(lo, mean), np.maximum(hi, mean))

    def ensemble(
        self, origin: int, years: Sequence[int] | Integers, indicator: str = "internet_users"
    ) -> Floats:
        """The whole distribution that the interval is cut from, for `scores.crps_draws`.

        Arguments and errors as in `forecast`.

        Returns:
            (50, H, n) equally likely levels, the 1 %, 3 %, ... 99 % quantiles; each year and
            country by itself, so a row is not a joint path.
        """
        return self._spread(origin, years, indicator)[1][2:]

    def _spread(
        self, origin: int, years: Sequence[int] | Integers, indicator: str
    ) -> tuple[Floats, Floats]:
        """Mean (H, n) and the quantiles `_LEVELS` (52, H, n) around it."""
        when = np.asarray(years, dtype=np.int64)
        if when.size == 0 or when.min() <= origin:
            raise ValueError(f"years must lie after the origin {origin}, not {when.tolist()}")
        world = load_world(origin, impute=False)
        mean = self.point(world, when, indicator)
        record = _record(self.point, world, indicator)
        if record is None:
            return mean, np.full((len(_LEVELS), *mean.shape), np.nan)
        errors = np.array([_at_horizon(when - origin, record[0], row) for row in record[1]])
        return mean, np.clip(mean + _unit(mean) * errors[:, :, None], 0, 1)


# Record of errors


def _unit(mean: Floats) -> Floats:
    inside = np.clip(mean, 0, 1)
    return np.maximum(np.sqrt(inside * (1 - inside)), _FLOOR)


@cache
def _record(
    point: Callable[[World, Integers, str], Floats], world: World, indicator: str
) -> tuple[Integers, Floats] | None:
    """Horizons (K,) with a record and quantiles of errors (52, K) there, in units of `_unit`.

    None without any record.
    """
    years, values = known_to(world, indicator)
    first = FIRST_YEAR if indicator in SURVEYS else _FIRST_ORIGIN
    errors: dict[int, list[Floats]] = {}
    for origin in years[(years >= first) & (years < world.start)].tolist():
        then = load_world(origin, impute=False)
        later = years > origin
        mean = point(then, years[later], indicator)
        miss = (values[later] - mean) / _unit(mean)
        for horizon, row in zip((years[later] - origin).tolist(), miss, strict=True):
            errors.setdefault(horizon, []).append(row[~np.isnan(row)])
    record = {horizon: np.concatenate(rows) for horizon, rows in sorted(errors.items())}
    record = {horizon: all_ for horizon, all_ in record.items() if all_.size >= _FEWEST_ERRORS}
    if not record:
        return None
    quantiles = np.array([np.quantile(all_, _LEVELS) for all_ in record.values()]).T
    return np.array(list(record)), quantiles


def _at_horizon(wanted: Integers, horizons: Integers, quantile: Floats) -> Floats:
    """Quantile at each wanted horizon: interpolated from 0, beyond the record in proportion."""
    inside = np.interp(wanted, np.r_[0, horizons], np.r_[0.0, quantile])
    return np.where(wanted > horizons[-1], quantile[-1] * wanted / horizons[-1], inside)


# Methods


def _last(history: Observed) -> tuple[Integers, Floats]:
    """Year and value of each country's last observation, (n,) each; NaN without one."""
    seen = ~np.isnan(history.values)
    row = np.where(seen, np.arange(len(history.years))[:, None], 0).max(axis=0, initial=0)
    if not len(history.years):
        return np.zeros(seen.shape[1], dtype=np.int64), np.full(seen.shape[1], np.nan)
    return history.years[row], history.values[row, np.arange(seen.shape[1])]


def _slopes(years: Integers, values: Floats) -> Floats:
    """Least-squares slope a year of each column (n,); 0 where fewer than two values are known."""
    seen = ~np.isnan(values)
    count = np.maximum(seen.sum(axis=0), 1)
    time = np.where(seen, years[:, None], 0.0)
    time = np.where(seen, time - time.sum(axis=0) / count, 0.0)
    spread = (time**2).sum(axis=0)
    return np.divide(
        (time * np.nan_to_num(values)).sum(axis=0),
        spread,
        out=np.zeros_like(spread),
        where=spread > 0,
    )


def _recent(world: World, indicator: str) -> tuple[Observed, Observed]:
    """The history, and its part inside the span of a trend (six yearly values)."""
    history = known_to(world, indicator)
    inside = history.years >= world.start - _SPAN
    return history, Observed(history.years[inside], history.values[inside])


def persistence(world: World, years: Integers, indicator: str) -> Floats:
    """The last observation, for ever; (H, n)."""
    return np.tile(_last(known_to(world, indicator))[1], (len(years), 1))


def linear_trend(world: World, years: Integers, indicator: str) -> Floats:
    """Last observation plus the trend of the last five years, held inside 0 and 1; (H, n)."""
    history, recent = _recent(world, indicator)
    year, value = _last(history)
    return np.clip(value + _slopes(*recent) * (years[:, None] - year), 0, 1)


def logit_trend(world: World, years: Integers, indicator: str) -> Floats:
    """As the linear trend, in log odds; (H, n)."""
    history, recent = _recent(world, indicator)
    year, value = _last(history)
    return expit(
        logit(value) + _slopes(recent.years, logit(recent.values)) * (years[:, None] - year)
    )


def anchored_logistic(world: World, years: Integers, indicator: str) -> Floats:
    """Last observation plus the rise of the country's own logistic curve to 100 % since; (H, n).

    The curve is fitted by least squares to the country's observations from 2000 on. With fewer
    than three, the curve passes through the last one with the median growth rate of the others.
    """
    every = known_to(world, indicator)
    used = every.years >= FIRST_YEAR
    history = Observed(every.years[used], every.values[used])
    year, value = _last(every)
    level, rate = fit_logistic(history.years - world.start, history.values)
    fitted = ~np.isnan(rate)
    usual = float(np.median(rate[fitted])) if fitted.any() else 0.0
    rate = np.where(fitted, rate, usual)
    level = np.where(fitted, level, logit(value) - usual * (year - world.start))
    rise = expit(level + rate * (years[:, None] - world.start))
    rise -= expit(level + rate * (year - world.start))
    return np.clip(value + rise, 0, 1)


def fit_logistic(
    time: Integers | Floats, values: Floats, rounds: int = 100
) -> tuple[Floats, Floats]:
    """Least-squares fit of 1 / (1 + exp(-(level + rate t))) to each column of `values`.

    Levenberg-Marquardt steps for all columns at once, the rate held inside 0 and 2 a year.

    Args:
        time: (T,) years.
        values: (T, n) shares 0-1, NaN where unknown.
        rounds: Steps at most.

    Returns:
        Level (log odds at time 0) and rate (log odds a year), (n,) each; NaN for a column with
        fewer than three values.
    """
    seen = ~np.isnan(values)
    enough = seen.sum(axis=0) >= 3
    goal, t = np.where(seen, values, 0.0), np.asarray(time, dtype=np.float64)[:, None]

    def misses(level: Floats, rate: Floats) -> tuple[Floats, Floats]:
        curve = expit(np.clip(level + rate * t, -700, 700))
        return np.where(seen, goal - curve, 0.0), np.where(seen, curve * (1 - curve), 0.0)

    rate = np.clip(_slopes(np.asarray(time), logit(values)), 0.01, 1.0)
    start = np.where(seen, logit(goal) - rate * t, 0.0)
    level = start.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    damping = np.full(len(rate), 1e-2)
    miss, steep = misses(level, rate)
    loss = (miss**2).sum(axis=0)
    for _ in range(rounds):
        a, b, c = ((steep**2 * t**power).sum(axis=0) for power in (0, 1, 2))
        u, v = (steep * miss).sum(axis=0), (steep * miss * t).sum(axis=0)
        a, c = a * (1 + damping) + 1e-15, c * (1 + damping) + 1e-15
        det = a * c - b * b
        new_level = np.clip(level + (c * u - b * v) / det, -30, 30)
        new_rate = np.clip(rate + (a * v - b * u) / det, 0.0, _STEEPEST)
        new_miss, new_steep = misses(new_level, new_rate)
        new_loss = (new_miss**2).sum(axis=0)
        better = new_loss < loss
        gained = np.where(better, loss - new_loss, 0.0)
        level, rate = np.where(better, new_level, level), np.where(better, new_rate, rate)
        miss, steep = np.where(better, new_miss, miss), np.where(better, new_steep, steep)
        loss = np.where(better, new_loss, loss)
        damping = np.clip(np.where(better, damping / 3, damping * 4), 1e-9, 1e6)
        if (gained <= 1e-12 * loss).all() and (better | (damping > 1e5)).all():
            break
    return np.where(enough, level, np.nan), np.where(enough, rate, np.nan)


# Pooled regression


def pooled_regression(
    world: World,
    years: Integers,
    indicator: str = "internet_users",
    *,
    fitted: Mask | None = None,
) -> Floats:
    """One equation for all countries, iterated year by year with the covariates held; (H, n).

    The yearly change of log odds is regressed on their level and its square, the country's own
    trend over three years, log income, human development, electricity, mobile subscriptions,
    urban share, level times log income, and the year. Ridge; rows count by use (1 - use), which
    makes an error in log odds count about as an error in points. Country effects are mean
    residuals shrunk to zero. The own trend moves on with the forecast; the covariates and the year
    stay where the origin left them.

    Args:
        world: The world at the origin.
        years: Years (H,) to forecast.
        indicator: "internet_users".
        fitted: Countries (n,) the equation may be fitted on, all if not given; the others are
            forecast without a country effect.

    Returns:
        NaN for countries without covariates or any observation.

    Raises:
        ValueError: If the indicator is not internet use.
    """
    if indicator != "internet_users":
        raise ValueError(f"the pooled regression forecasts internet_users, not {indicator}")
    every = known_to(world, indicator)
    rows = every.years >= FIRST_YEAR
    dates, odds = every.years[rows], logit(every.values[rows])
    path = _joined(odds, before=False)
    around = _covariates(world, dates)
    use = np.ones(odds.shape[1], dtype=bool) if fitted is None else fitted

    blocks, changes, owner = [], [], []
    for k in range(_LAG, len(dates) - 1):
        block = _features(path[k], (path[k] - path[k - _LAG]) / _LAG, around[k], dates[k])
        change = odds[k + 1] - odds[k]
        whole = np.flatnonzero(~np.isnan(change) & ~np.isnan(block).any(axis=1) & use)
        blocks.append(block[whole])
        changes.append(change[whole])
        owner.append(whole)
    if not blocks:
        return np.full((len(years), odds.shape[1]), np.nan)
    equation = _fit_ridge(
        np.vstack(blocks), np.concatenate(changes), np.concatenate(owner), odds.shape[1]
    )

    recent = list(path[-_LAG - 1 :])
    ahead = {}
    for year in range(world.start + 1, int(years.max()) + 1):
        block = _features(recent[-1], (recent[-1] - recent[0]) / _LAG, around[-1], world.start)
        recent = [*recent[1:], recent[-1] + equation.predict(block)]
        ahead[year] = expit(recent[-1])
    return np.array([ahead[year] for year in years.tolist()])


class _Ridge(NamedTuple):
    """Coefficients on standardised features, and country effects."""

    centre: Floats
    scale: Floats
    slopes: Floats
    constant: float
    effects: Floats

    def predict(self, block: Floats) -> Floats:
        return self.constant + (block - self.centre) / self.scale @ self.slopes + self.effects


def _fit_ridge(block: Floats, change: Floats, owner: Integers, countries: int) -> _Ridge:
    """Weighted ridge, then shrunk country effects; level of log odds in the first column."""
    use = expit(block[:, 0])
    weight = use * (1 - use)
    weight /= weight.mean()
    centre = np.average(block, axis=0, weights=weight)
    scale = block.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    scaled, mean = (block - centre) / scale, float(np.average(change, weights=weight))
    gram = (scaled * weight[:, None]).T @ scaled + _RIDGE * np.eye(block.shape[1])
    slopes = np.linalg.solve(gram, (scaled * weight[:, None]).T @ (change - mean))
    left = (change - mean - scaled @ slopes) * weight
    effects = np.bincount(owner, left, countries)
    effects /= np.bincount(owner, weight, countries) + _SHRINK
    return _Ridge(centre, scale, slopes, mean, effects)


def _features(level: Floats, trend: Floats, covariates: Floats, year: int) -> Floats:
    """Right-hand side of the equation, (n, 10); log income comes first among the covariates."""
    wealth = covariates[:, 0]
    return np.column_stack(
        [level, level**2, trend, covariates, level * wealth, np.full(len(level), float(year))]
    )


def _covariates(world: World, dates: Integers) -> Floats:
    """(T, n, 5) figures of `COVARIATES` at `dates`, gaps joined and both ends held."""
    columns = []
    for name in COVARIATES:
        years, values = world.series(name)
        values = np.log(values) if name == "income" else values
        columns.append(_joined(values[np.isin(years, dates)], before=True))
    return np.stack(columns, axis=-1)


def _joined(values: Floats, *, before: bool) -> Floats:
    """Gaps between observations filled by straight lines, the last value held to the end.

    With `before`, the first value also holds back to the beginning. Columns without any
    observation stay NaN.
    """
    out = np.full_like(values, np.nan)
    time = np.arange(len(values))
    for k, column in enumerate(values.T):
        seen = np.flatnonzero(~np.isnan(column))
        if seen.size:
            start = 0 if before else seen[0]
            out[start:, k] = np.interp(time[start:], seen, column[seen])
    return out


def mean_of_two(world: World, years: Integers, indicator: str = "internet_users") -> Floats:
    """Mean of the anchored logistic and the pooled regression; (H, n)."""
    return (
        anchored_logistic(world, years, indicator) + pooled_regression(world, years, indicator)
    ) / 2


BASELINES: dict[str, Baseline] = {
    method.name: method
    for method in (
        Baseline("persistence", "Persistence", persistence),
        Baseline("linear_trend", "Linear trend (5 years)", linear_trend),
        Baseline("logit_trend", "Logit trend (5 years)", logit_trend),
        Baseline("anchored_logistic", "Anchored logistic", anchored_logistic),
        Baseline("pooled_regression", "Pooled regression", pooled_regression),
        Baseline("mean_of_two", "Mean of the last two", mean_of_two),
    )
}
