"""Forecasts from a past year by the model's own processes run forward, and their scores.

Everything up to `forecast` reads figures to the origin and none later: `calibration.observations`
raises on more. Scores come after.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration import baselines, scores
from calibration.bank import Bank, Window, calibrated, prior_bounds, prior_sample, windows
from calibration.hindcast import forward
from calibration.observations import common_sample, known, truth
from calibration.posterior import Posterior, fit, observed
from model.world import load_world

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

FIRST_ORIGIN, LAST_ORIGIN = 2005, 2020
#: Points of the first wave, over the prior, and of the second, over what the first left.
WAVES = (48, 24)
#: Posterior draws that are run forward.
DRAWS = 16
#: Unit of error: sqrt(f (1 - f)), but never less than at 1 %.
FLOOR = 0.1
TAILS = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Backtest:
    """A forecast and all that it came from.

    Attributes:
        mean, lo90, hi90: Shares, (years, n).
        draws: The model's paths, one a posterior draw, (draws, years, n).
    """

    origin: int
    until: int
    indicator: str
    iso3: tuple[str, ...]
    posterior: Posterior
    mean: Array
    lo90: Array
    hi90: Array
    draws: Array

    @property
    def years(self) -> NDArray[np.int64]:
        """Years forecast."""
        return np.arange(self.origin + 1, self.until + 1)


def _run(job: tuple[int, int, dict[str, float], str]) -> Array:
    return forward(*job)


def fitted(
    origin: int,
    indicator: str,
    folder: Path,
    workers: int = 2,
    progress: Progress | None = None,
) -> Posterior:
    """Posterior of the parameters from figures to `origin`, in two waves.

    Args:
        origin: Last year whose figures are used.
        indicator: "internet_users" or "accounts".
        folder: Where finished runs are kept; an interrupted fit goes on from them.
        workers: Processes.
        progress: Called with what is being done, the runs done and the runs in all.
    """
    names = calibrated(indicator)
    bounds = prior_bounds(names)
    over = windows(origin, indicator)
    bank = Bank(folder / f"{indicator}.jsonl", names, indicator)
    data = observed(origin, over, indicator)
    points = prior_sample(WAVES[0], 1, names)
    for wave, extra in enumerate((0, WAVES[1])):
        if extra:  # the second wave samples what the first found plausible
            posterior = fit(bank, points, data, bounds, draws=extra, seed=wave)
            points = np.concatenate([points, posterior.draws])
        shown = None
        if progress is not None:
            report = progress

            def shown(done: int, total: int, wave: int = wave) -> None:
                report(f"fit, wave {wave + 1}", done, total)

        bank.fill(points, over, workers, shown)
    return fit(bank, points, data, bounds)


def error_record(
    origin: int, indicator: str, parameters: dict[str, float], workers: int
) -> dict[int, Array]:
    """Past errors of the model by horizon, in units of sqrt(f (1 - f)), from figures to `origin`.

    The model is started in each earlier year for which the figures then known allow it.
    """
    years, values = known(origin, indicator)
    starts = [year for year in range(max(2000, origin - 10), origin)]
    jobs = [(start, origin, parameters, indicator) for start in starts]
    record: dict[int, list[Array]] = {}
    with ProcessPoolExecutor(workers) as pool:
        for start, path in zip(starts, pool.map(_run, jobs), strict=True):
            for year, actual in zip(years, values, strict=True):
                if year > start:
                    f = path[year - start - 1]
                    error = (actual - f) / unit(f)
                    seen = error[np.isfinite(error)]
                    record.setdefault(int(year - start), []).append(seen)
    return {horizon: np.concatenate(errors) for horizon, errors in sorted(record.items())}


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
    workers: int = 2,
    progress: Progress | None = None,
) -> Backtest:
    """The model's forecast for every country and every year after the origin.

    Args:
        origin: Year at whose end the forecaster stands, 2005 to 2020.
        until: Last year to forecast.
        indicator: "internet_users" or "accounts".
        folder: Where the fit keeps its runs.
        workers: Processes.
        progress: See `fitted`.

    Raises:
        ValueError: The years are out of range.
    """
    if not FIRST_ORIGIN <= origin <= LAST_ORIGIN or until <= origin:
        raise ValueError(
            f"origin {origin}, until {until}: origin must lie in {FIRST_ORIGIN}-{LAST_ORIGIN} "
            "and until after it"
        )
    posterior = fitted(origin, indicator, folder / f"to-{origin}", workers, progress)
    chosen = [dict(zip(posterior.names, draw, strict=True)) for draw in posterior.draws[:DRAWS]]
    jobs = [(origin, until, point, indicator) for point in chosen]
    with ProcessPoolExecutor(workers) as pool:
        draws = np.array(list(pool.map(_run, jobs)))
    mean = draws.mean(axis=0)
    centre = dict(zip(posterior.names, posterior.draws.mean(axis=0), strict=True))
    record = error_record(origin, indicator, centre, workers)
    horizons = np.arange(1, until - origin + 1)
    low, high = tails(record, horizons)
    spread = draws.std(axis=0)
    width = unit(mean)
    # Parameter uncertainty adds to the errors seen, which one parameter point made.
    lo = mean - np.hypot(low[:, None] * width, 1.645 * spread)
    hi = mean + np.hypot(high[:, None] * width, 1.645 * spread)
    return Backtest(
        origin,
        until,
        indicator,
        load_world(origin).iso3,
        posterior,
        mean,
        np.clip(lo, 0, 1),
        np.clip(hi, 0, 1),
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


def scored(result: Backtest) -> pd.DataFrame:
    """Scores of the model and of each baseline on the same observations.

    The sample is the countries that every method can forecast. Columns: method and the fields of
    `scores.Scores`, and the difference of mean absolute error from the model with its 95 %
    interval and p value from a bootstrap over countries.
    """
    last = min(result.until, 2022)
    years, actual = truth(result.indicator, result.origin + 1, last)
    sample = common_sample(result.origin) if result.indicator == "internet_users" else None
    rows_of = years - result.origin - 1
    model = (result.mean[rows_of], result.lo90[rows_of], result.hi90[rows_of])
    methods = {"model": model}
    for name, baseline in baselines.BASELINES.items():
        try:
            made = baseline.forecast(result.origin, years, result.indicator)
        except ValueError:  # a method that does not know this indicator
            continue
        methods[name] = tuple(made)
    known_all = np.all([np.isfinite(made[0]) for made in methods.values()], axis=(0, 1))
    countries = known_all if sample is None else known_all & sample
    actual = scores.only(actual, countries)
    rows = []
    for name, (mean, lo, hi) in methods.items():
        lo, hi = np.where(np.isfinite(lo), lo, mean), np.where(np.isfinite(hi), hi, mean)
        row = {"method": name, **scores.score(mean, lo, hi, actual)._asdict()}
        if name != "model":
            row |= scores.compare_mae(model[0], mean, actual)._asdict()
        rows.append(row)
    return pd.DataFrame(rows)
