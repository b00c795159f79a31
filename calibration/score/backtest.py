"""Forecasts from a past year by the model's own processes run forward, and their scores.

Everything up to `forecast` reads figures to the origin and none later:
`divide.calibration.fit.observations` raises on more. Scores come after.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.calibration.checks import check
from divide.calibration.fit import sample, spread
from divide.calibration.fit.bank import Bank, prior_bounds, prior_sample, windows
from divide.calibration.fit.hindcast import forward, known_start
from divide.calibration.fit.observations import FIRST_YEAR, common_sample, known, truth
from divide.calibration.fit.posterior import Posterior, fit, observed
from divide.calibration.fit.targets import TARGETS, fitted_to
from divide.calibration.score import baselines, scores
from divide.experiments.carry.calls import Workers
from divide.model.constants import country_ids
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

#: Points of the first wave, over the prior, and of the second, over what the first left.
WAVES = (48, 24)
#: Work of sampling a stratum, in years run by the whole model.
SAMPLING_WORK = 1500.0
#: What the two waves are called in progress reports.
FIT_PHASES = ("fit, wave 1 of 2", "fit, wave 2 of 2")
#: How much of adoption's posterior is sampled.
SIZE = sample.FULL
#: Posterior draws that are run forward; predictive draws of internet use, so many that the luck in
#: a row's mean error is a hundredth of a point (64 leave three).
DRAWS, PREDICTIVE = 16, 256
#: Unit of error: sqrt(f (1 - f)), but never less than at 1 %.
FLOOR = 0.1
TAILS = (0.05, 0.95)


def needed(indicator: str) -> tuple[str, ...]:
    """Series that are fitted for a forecast of an indicator, in order."""
    target = TARGETS[indicator]
    return (*target.after, indicator) if target.parameters else target.after


def fit_work(last: int, indicators: Sequence[str]) -> dict[str, float]:
    """Phases of the fits to some series and the years each has to run, in order."""
    work = {}
    for indicator in indicators:
        if indicator == sample.INDICATOR:
            work[f"{indicator}: {FIT_PHASES[0]}"] = SAMPLING_WORK * SIZE.strata
            if not added_names():
                continue
        years = sum(window.until - window.origin for window in windows(last, indicator))
        for name, size in zip(FIT_PHASES, WAVES, strict=True):
            work[f"{indicator}: {name}"] = float(years * size)
    return work


def phases(origin: int, until: int, indicator: str) -> dict[str, float]:
    """Phases of a forecast and the years each has to run, in order."""
    work = fit_work(origin, needed(indicator))
    if indicator == sample.INDICATOR:
        return work | {"forecast": float(PREDICTIVE * (until - origin))}
    past = sum(origin - start for start in past_starts(origin, indicator))
    return work | {"forecast": float(DRAWS * (until - origin)), "past errors": float(past)}


@dataclass(frozen=True, eq=False)
class Backtest:
    """A forecast and all that it came from.

    Attributes:
        posteriors: Fits by series, in the order in which they were made.
        mean, lo90, hi90: Shares, (years, n).
        draws: The model's paths, one a posterior draw, (draws, years, n).
    """

    origin: int
    until: int
    indicator: str
    iso3: tuple[str, ...]
    posteriors: dict[str, Posterior]
    mean: Array
    lo90: Array
    hi90: Array
    draws: Array

    @property
    def posterior(self) -> Posterior:
        """The last fit: to the series itself, or to the one whose parameters it shares."""
        return list(self.posteriors.values())[-1]

    @property
    def years(self) -> NDArray[np.int64]:
        """Years forecast."""
        return np.arange(self.origin + 1, self.until + 1)


def centre(posteriors: Iterable[Posterior]) -> dict[str, float]:
    """Posterior means by the full name of the parameter, inside the draws whatever the rounding."""
    return {
        name: float(np.clip(column.mean(), column.min(), column.max()))
        for posterior in posteriors
        for name, column in zip(posterior.names, posterior.draws.T, strict=True)
    }


def fit_each(
    last: int,
    indicators: Sequence[str],
    folder: Path,
    run: Workers,
    progress: Progress | None = None,
) -> dict[str, Posterior]:
    """Posteriors of several series, one after the other, each given those it comes after.

    Args:
        last: Last year whose figures are used.
        indicators: Series with parameters of their own, each after those it comes after.
        folder: Where finished runs are kept; an interrupted fit goes on from them.
        run: Who runs the model.
        progress: Called with the name of a phase, the runs done and the runs in all.
    """
    found: dict[str, Posterior] = {}
    for indicator in indicators:
        held = centre(found[name] for name in TARGETS[indicator].after)
        found[indicator] = fitted(last, indicator, folder, run, progress, held)
    return found


def fitted(
    last: int,
    indicator: str,
    folder: Path,
    run: Workers,
    progress: Progress | None = None,
    held: Mapping[str, float] | None = None,
) -> Posterior:
    """Posterior of a series' own parameters from figures to `last`.

    Adoption is sampled; other series, and what extensions add, are emulated in two waves.

    Args:
        last: Last year whose figures are used.
        indicator: A series with parameters of its own.
        folder: Where finished runs are kept; an interrupted fit goes on from them.
        run: Who runs the model.
        progress: Called with the name of a phase, the runs done and the runs in all.
        held: Values of parameters fitted before, see `divide.calibration.fit.targets.Target.after`.
    """
    if indicator != sample.INDICATOR:
        return emulated(last, indicator, fitted_to(indicator), folder, run, progress, held or {})
    told = _told(progress, f"{indicator}: {FIT_PHASES[0]}")
    found = sample.sample(last, folder / "sampled", run, told, size=SIZE)
    if not (names := added_names()):
        return found
    more = emulated(last, indicator, names, folder, run, progress, centre([found]))
    return side_by_side(found, more)


def added_names() -> tuple[str, ...]:
    """Parameters of extensions that are fitted to internet use."""
    own = TARGETS[sample.INDICATOR].parameters
    return tuple(name for name in fitted_to(sample.INDICATOR) if name not in own)


def side_by_side(one: Posterior, other: Posterior) -> Posterior:
    """Two posteriors as one: a draw of one is independent of a draw of the other."""
    return Posterior(
        one.names + other.names,
        np.hstack([one.draws, other.draws]),
        min(one.effective, other.effective),
        np.concatenate([one.shrinkage, other.shrinkage]),
        other.plausible,
    )


def emulated(
    last: int,
    indicator: str,
    names: tuple[str, ...],
    folder: Path,
    run: Workers,
    progress: Progress | None,
    held: Mapping[str, float],
) -> Posterior:
    """Posterior of some parameters by an emulator, in two waves, given those held."""
    bounds = prior_bounds(names)
    over = windows(last, indicator)
    bank = Bank(folder, names, indicator, held)
    data = observed(last, over, indicator)
    points = prior_sample(WAVES[0], 1, names)
    for wave, extra in enumerate((0, WAVES[1])):
        if extra:  # the second wave samples what the first found plausible
            posterior = fit(bank, points, data, bounds, draws=extra, seed=wave)
            points = np.concatenate([points, posterior.draws])
        bank.fill(points, over, run, _told(progress, f"{indicator}: {FIT_PHASES[wave]}"))
    return fit(bank, points, data, bounds)


def past_starts(origin: int, indicator: str) -> list[int]:
    """Years before the origin from which the model's past errors are taken, ascending.

    A survey tells of errors only where it asked at the start too.
    """
    first = max(FIRST_YEAR, origin - 10)
    rounds = TARGETS[indicator].rounds
    years = [years[-1] for years in rounds] if rounds else range(first, origin)
    return [year for year in years if first <= year < origin]


def joint(posteriors: Iterable[Posterior], count: int) -> list[dict[str, float]]:
    """Joint draws: a draw of one fit is independent of a draw of another (see `fit_each`)."""
    several = list(posteriors)
    return [
        {
            name: float(value)
            for posterior in several
            for name, value in zip(posterior.names, posterior.draws[k], strict=True)
        }
        for k in range(count)
    ]


def error_record(
    origin: int,
    indicator: str,
    parameters: dict[str, float],
    run: Workers,
    progress: Progress | None = None,
) -> dict[int, Array]:
    """Past errors of the model by horizon, in units of sqrt(f (1 - f)), from figures to `origin`.

    The model is started in each earlier year for which the figures then known allow it. Countries
    count that it starts at a figure of their own. The median of each horizon is taken off: that a
    boom was missed, as that of broadband before 2010, says nothing of the direction of errors to
    come, and an interval of errors of one sign would not hold the forecast itself.
    """
    years, values = known(origin, indicator)
    starts = past_starts(origin, indicator)
    jobs = [(start, origin, parameters, indicator) for start in starts]
    record: dict[int, list[Array]] = {}
    paths = run.map(forward, jobs, _told(progress, "past errors"))
    for start, path in zip(starts, paths, strict=True):
        own = known_start(start, indicator)
        for year, actual in zip(years, values, strict=True):
            if year > start:
                f = path[year - start - 1]
                error = (actual - f) / unit(f)
                seen = error[np.isfinite(error) & own]
                record.setdefault(int(year - start), []).append(seen)
    pooled = {horizon: np.concatenate(errors) for horizon, errors in sorted(record.items())}
    return {
        horizon: errors - np.median(errors) for horizon, errors in pooled.items() if errors.size
    }


def _told(progress: Progress | None, phase: str) -> Callable[[int, int], None] | None:
    """Progress within a phase."""
    return None if progress is None else partial(progress, phase)


def unit(f: Array) -> Array:
    """Unit of error of a forecast share."""
    inside = np.clip(f, 0, 1)
    return np.maximum(np.sqrt(inside * (1 - inside)), FLOOR)


def tails(record: dict[int, Array], horizons: NDArray[np.int64]) -> Array:
    """Lower and upper 5 % points of the error at each horizon, (2, horizons).

    A square-root law is fitted through the horizons on record and carried beyond them.
    """
    at = np.array([h for h, errors in record.items() if errors.size >= 30], dtype=float)
    points = np.array([np.quantile(record[int(h)], TAILS) for h in at]).T
    root = np.sqrt(at)
    slope = (points @ root) / (root @ root)
    law = slope[:, None] * np.sqrt(horizons)[None, :]
    last = np.array([np.interp(horizons, at, row) for row in points])
    within = horizons <= at.max()
    beyond = points[:, -1:] * np.sqrt(horizons / at.max())
    return np.where(within, last, np.sign(law) * np.maximum(np.abs(law), np.abs(beyond)))


def forecast(
    origin: int,
    until: int,
    indicator: str = "internet_users",
    folder: Path = Path("runs/calibration"),
    processes: int = 2,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Backtest:
    """The model's forecast for every country and every year after the origin.

    Args:
        origin: Year at whose end the forecaster stands, 2005 to 2020.
        until: Last year to forecast.
        indicator: One of `divide.calibration.fit.targets.FORECAST`.
        folder: Where the fit keeps its runs.
        processes: Number of worker processes; the forecast does not depend on it.
        progress: See `fitted`; the names of the phases are in `phases`.
        workers: Who runs the model; processes of its own if not given.

    Raises:
        InputError: The indicator is not one that the model forecasts, or a year is out of range.
    """
    check(origin, until, indicator)
    with Workers(processes) if workers is None else nullcontext(workers) as run:
        found = fit_each(origin, needed(indicator), folder / f"to-{origin}", run, progress)
        making = _predictive if indicator == sample.INDICATOR else _by_record
        mean, low, high, draws = making(origin, until, indicator, found, run, progress)
    lowest = 0 if TARGETS[indicator].minus is None else -1
    return Backtest(
        origin,
        until,
        indicator,
        load_world(origin).iso3,
        found,
        mean,
        np.clip(low, lowest, 1),
        np.clip(high, lowest, 1),
        draws,
    )


def cut(result: Backtest, until: int) -> Backtest:
    """The first years of a forecast: what a forecast to an earlier year would be."""
    years = until - result.origin
    return replace(
        result,
        until=until,
        mean=result.mean[:years],
        lo90=result.lo90[:years],
        hi90=result.hi90[:years],
        draws=result.draws[:, :years],
    )


def _predictive(
    origin: int,
    until: int,
    indicator: str,
    found: Mapping[str, Posterior],
    run: Workers,
    progress: Progress | None,
) -> tuple[Array, Array, Array, Array]:
    """Mean and 90 % interval of predictive draws, shares, (years, n) each, and the draws.

    A draw has parameters, imputed figures and random steps of its own; the interval is that of
    figures as they would be observed.
    """
    points = joint(found.values(), PREDICTIVE)
    jobs = [(origin, until, point, indicator, k + 1) for k, point in enumerate(points)]
    draws = np.array(run.map(forward, jobs, _told(progress, "forecast")))
    ids = country_ids(load_world(origin).iso3)
    seen = np.array([as_observed(path, k + 1, ids, points[k]) for k, path in enumerate(draws)])
    low, high = np.quantile(seen, TAILS, axis=0)
    return draws.mean(axis=0), low, high, draws


def as_observed(path: Array, draw: int, ids: NDArray[np.int64], point: dict[str, float]) -> Array:
    """A path with errors of observation, shares, (years, n)."""
    return spread.observed(path[None], [draw], tuple(ids), point[sample.SPREAD[2]])[0]


def _by_record(
    origin: int,
    until: int,
    indicator: str,
    found: Mapping[str, Posterior],
    run: Workers,
    progress: Progress | None,
) -> tuple[Array, Array, Array, Array]:
    """Mean of draws and a 90 % interval from the record of past errors, and the draws."""
    points = joint(found.values(), DRAWS)
    jobs = [(origin, until, point, indicator) for point in points]
    draws = np.array(run.map(forward, jobs, _told(progress, "forecast")))
    record = error_record(origin, indicator, centre(found.values()), run, progress)
    mean = draws.mean(axis=0)
    low, high = tails(record, np.arange(1, until - origin + 1))
    width, scatter = unit(mean), 1.645 * draws.std(axis=0)
    # Parameter uncertainty adds to the errors seen, which one parameter point made.
    return (
        mean,
        mean - np.hypot(low[:, None] * width, scatter),
        mean + np.hypot(high[:, None] * width, scatter),
        draws,
    )


def as_table(result: Backtest) -> pd.DataFrame:
    """One row a country and year: iso3, year, indicator, mean, lo90, hi90 (percent)."""
    years, n = result.years, len(result.iso3)
    return pd.DataFrame(
        {
            "iso3": np.tile(result.iso3, len(years)),
            "year": np.repeat(years, n),
            "indicator": result.indicator,
            "mean": 100 * result.mean.ravel(),
            "lo90": 100 * result.lo90.ravel(),
            "hi90": 100 * result.hi90.ravel(),
        }
    )


@dataclass(frozen=True, eq=False)
class Contest:
    """The model and its rivals on the same observations.

    Attributes:
        years: Years with observations, (T,).
        actual: Observations, (T, n), NaN where there is none or a method has no forecast.
        forecasts: Mean and ends of the 90 % interval, (T, n) each, by method, "model" first.
    """

    years: NDArray[np.int64]
    actual: Array
    forecasts: dict[str, tuple[Array, Array, Array]]


def contest(result: Backtest) -> Contest:
    """Forecasts of every method for the countries that every method can forecast.

    Of internet use they are those of the published comparison, if its rule leaves any: before 2007
    no country has the eight figures that it asks for.
    """
    last = min(result.until, start_years()[1])
    years, actual = truth(result.indicator, result.origin + 1, last)
    rows = years - result.origin - 1
    forecasts = {"model": (result.mean[rows], result.lo90[rows], result.hi90[rows])}
    if not len(years):
        return Contest(years, actual, forecasts)
    for name, baseline in baselines.BASELINES.items():
        try:
            mean, lo, hi = baseline.forecast(result.origin, years, result.indicator)
        except ValueError:  # a method that does not know this indicator
            continue
        forecasts[name] = (
            mean,
            np.where(np.isfinite(lo), lo, mean),
            np.where(np.isfinite(hi), hi, mean),
        )
    countries = np.all([np.isfinite(made[0]) for made in forecasts.values()], axis=(0, 1))
    if result.indicator == "internet_users" and (usual := common_sample(result.origin)).any():
        countries &= usual
    return Contest(years, scores.only(actual, countries), forecasts)


#: Columns of the scores: see `scores.Scores` and `scores.Difference`.
SCORES = ("method", *scores.Scores._fields, *scores.Difference._fields)


def scored(result: Backtest, on: Contest | None = None) -> pd.DataFrame:
    """Scores of the model and of each baseline on the same observations.

    Columns `SCORES`: the difference is the model's mean absolute error less the method's, with
    its 95 % interval and p value from a bootstrap over countries. No row if nothing was observed.
    """
    on = contest(result) if on is None else on
    rows = []
    if np.isfinite(on.actual).any():
        for name, made in on.forecasts.items():
            row = {"method": name, **scores.score(*made, on.actual)._asdict()}
            if name != "model":
                model = on.forecasts["model"][0]
                row |= scores.compare_mae(model, made[0], on.actual)._asdict()
            rows.append(row)
    return pd.DataFrame(rows, columns=list(SCORES))
