"""Charts of a backtest: countries forecast best and worst, error and coverage by horizon."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from divide.calibration.fit.observations import truth
from divide.calibration.score.backtest import Backtest, Contest
from divide.calibration.score.baselines import BASELINES
from divide.experiments.report.style import (
    PALETTE,
    REFERENCE,
    Chart,
    end_labels,
    panels,
    styled,
    svg,
)
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]

LABELS = {"model": "This model", **{name: method.label for name, method in BASELINES.items()}}
COLOURS = dict(zip(LABELS, (PALETTE[0], REFERENCE, *PALETTE[1:]), strict=False))
#: Countries shown where nothing can be scored yet: the most populous of each region.
LARGE = ("IND", "CHN", "NGA", "BRA", "EGY", "USA")
SHOWN = 3


def charts(result: Backtest, on: Contest) -> list[Chart]:
    """Every chart of the report, in order."""
    with styled():
        if not np.isfinite(on.actual).any():
            return [_countries(result, on, LARGE)]
        best, worst = extremes(on, result.iso3)
        return [
            _countries(result, on, (*best, *worst)),
            _by_horizon(
                result,
                on,
                "mae",
                "Mean absolute error by horizon",
                "percentage points",
                "Lower is better. All methods on the same observations.",
            ),
            _by_horizon(
                result,
                on,
                "coverage",
                "Calibration of the 90 % intervals by horizon",
                "% of observations inside",
                "An honest interval lies on the dashed line: below it is too sure of itself, "
                "above it too wide.",
            ),
        ]


def country_errors(on: Contest) -> Array:
    """Mean absolute error of the model by country, (n,) percentage points; NaN if not scored."""
    miss = 100 * np.abs(on.forecasts["model"][0] - on.actual)
    seen = np.isfinite(miss)
    count = seen.sum(axis=0)
    # A country seen once in many years says little of a path.
    enough = count >= (len(on.years) + 1) // 2
    total = np.where(seen, miss, 0.0).sum(axis=0)
    return np.where(enough, total / np.maximum(count, 1), np.nan)


def extremes(on: Contest, iso3: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of the countries forecast best and worst, best and worst first."""
    error = country_errors(on)
    order = [k for k in np.argsort(error, kind="stable") if np.isfinite(error[k])]
    return (
        tuple(iso3[k] for k in order[:SHOWN]),
        tuple(iso3[k] for k in order[::-1][:SHOWN]),
    )


def horizon_scores(on: Contest, origin: int, method: str) -> dict[str, Array]:
    """By horizon, (T,): mean absolute error (points) and coverage (percent) of a method."""
    mean, lo, hi = on.forecasts[method]
    mae, coverage = [], []
    for k in range(len(on.years)):
        seen = np.isfinite(on.actual[k])
        actual = on.actual[k, seen]
        inside = (lo[k, seen] <= actual) & (actual <= hi[k, seen])
        mae.append(100 * np.abs(mean[k, seen] - actual).mean() if seen.any() else np.nan)
        coverage.append(100 * inside.mean() if seen.any() else np.nan)
    return {
        "horizon": (on.years - origin).astype(float),
        "mae": np.array(mae),
        "coverage": np.array(coverage),
    }


def _countries(result: Backtest, on: Contest, codes: tuple[str, ...]) -> Chart:
    rows = -(-len(codes) // SHOWN)
    figure, grid = panels(rows, SHOWN, (9.6, 2.8 * rows))
    years, values = truth(result.indicator, max(2000, result.origin - 10), start_years()[1])
    names, error = load_world(result.origin).table["name"], country_errors(on)
    axes_of = [axes for row in grid for axes in row]
    for axes, code in zip(axes_of, codes, strict=False):
        k = result.iso3.index(code)
        axes.fill_between(
            result.years,
            100 * result.lo90[:, k],
            100 * result.hi90[:, k],
            color=COLOURS["model"],
            alpha=0.2,
            lw=0,
        )
        axes.plot(result.years, 100 * result.mean[:, k], color=COLOURS["model"], lw=1.8)
        axes.plot(years, 100 * values[:, k], "o", color=COLOURS["mean_of_two"], ms=3)
        axes.axvline(result.origin, color=REFERENCE, lw=0.8, ls=":")
        axes.set_ylim(-2, 102)
        miss = f": off by {error[k]:.1f} points" if np.isfinite(error[k]) else ""
        axes.set_title(f"{str(names[code])[:24]}{miss}")
    for axes in axes_of[len(codes) :]:
        axes.set_visible(False)
    for row in grid:
        row[0].set_ylabel("%")
    title = "Forecast and observed"
    caption = (
        f"Line and band: forecast from {result.origin} and its 90 % interval; dots: observed, "
        "those right of the dotted line unseen by the forecast."
    )
    if np.isfinite(error).any():
        title += ": the countries forecast best and worst"
        caption += " Upper row: the smallest errors; lower row: the largest."
    return Chart("countries", title, svg(figure, "countries", title), caption)


def _by_horizon(
    result: Backtest, on: Contest, column: str, title: str, unit: str, caption: str
) -> Chart:
    figure, grid = panels(1, 1, (9.6, 4.2))
    axes: Axes = grid[0][0]
    ends = {}
    for name in reversed(list(on.forecasts)):
        found = horizon_scores(on, result.origin, name)
        seen = np.isfinite(found[column])
        width = 2.6 if name == "model" else 1.3
        axes.plot(
            found["horizon"][seen], found[column][seen], "o-", ms=3, lw=width, color=COLOURS[name]
        )
        ends[LABELS[name]] = (float(found[column][seen][-1]), COLOURS[name])
    if column == "coverage":
        axes.axhline(90, color=REFERENCE, ls="--", lw=1)
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(f"years after {result.origin}")
    axes.set_ylabel(unit)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.draw_without_rendering()
    end_labels(axes, ends)
    return Chart(column, title, svg(figure, column, title), caption)
