"""Figures of the validation page: SVG files, the same bytes every time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from divide.calibration.fit.observations import known, truth
from divide.calibration.score import scores
from divide.calibration.score.backtest import Backtest, Contest
from divide.calibration.score.baselines import BASELINES
from divide.calibration.score.recovery import Recovery
from divide.model.outcomes.measures import gini, p90_p10_gap

MODEL, RIVALS = "#0072B2", ("#999999", "#E69F00", "#56B4E9", "#D55E00", "#009E73", "#CC79A7")
STYLE: Any = {
    "svg.hashsalt": "digital-divide",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.facecolor": "white",
}


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, the same bytes every time."""
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    # Matplotlib leaves blanks at line ends, which tools that tidy files would take away.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")


def by_horizon(contests: Sequence[tuple[str, Contest]], path: Path) -> None:
    """Mean absolute error by year of each method, one panel a backtest."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.1 * len(contests) + 1.9, 2.6), layout="constrained")
        panels = figure.subplots(1, len(contests), squeeze=False)[0]
        for axes, (title, contest) in zip(panels, contests, strict=True):
            colours = iter(RIVALS)
            for method, (mean, _, _) in contest.forecasts.items():
                model = method == "model"
                error = [scores.mae(a, b) for a, b in zip(mean, contest.actual, strict=True)]
                axes.plot(
                    contest.years,
                    error,
                    color=MODEL if model else next(colours),
                    linewidth=2.2 if model else 1,
                    label="Model" if model else BASELINES[method].label,
                    zorder=3 if model else 2,
                )
            axes.set_title(title)
            axes.set_ylim(0, 16)
            axes.set_xticks(contest.years[::2])
        panels[0].set_ylabel("Mean absolute error, points")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", frameon=False)
        save(figure, path)


def rank_histograms(recovery: Recovery, path: Path, bins: int = 10) -> None:
    """Ranks of the truth among posterior draws, with the range that chance allows."""
    sets = len(recovery.rank)
    expected = sets / bins
    spread = 2.58 * np.sqrt(expected * (1 - 1 / bins))
    with mpl.rc_context(STYLE):
        columns = 4
        rows = -(-len(recovery.names) // columns)
        figure = Figure(figsize=(7.5, 1.7 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for axes, name, rank in zip(panels, recovery.names, recovery.rank.T, strict=False):
            axes.set_axis_on()
            axes.hist(rank, np.linspace(0, 1, bins + 1), color=MODEL)
            axes.axhspan(expected - spread, expected + spread, color="#999999", alpha=0.35)
            axes.set_title(name.split(".")[1].replace("_", " "), fontsize=8)
        save(figure, path)


def divide_paths(result: Backtest, path: Path) -> None:
    """Gini and percentile gap of the countries with every figure: observed and forecast."""
    first = result.origin - 10
    past, values = known(result.origin, result.indicator)
    later = truth(result.indicator, result.origin + 1, 2022)
    values = np.vstack([values[past >= first], later.values])
    years = np.r_[past[past >= first], later.years]
    whole = np.isfinite(values).all(axis=0)
    made = result.draws[:, : len(later.years)][:, :, whole]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7, 2.6), layout="constrained")
        for axes, title, measure in zip(
            figure.subplots(1, 2),
            ("Gini over countries", "P90 - P10, share of population"),
            (gini, p90_p10_gap),
            strict=True,
        ):
            axes.plot(years, [measure(x) for x in values[:, whole]], "k.-", label="observed")
            paths = np.array([[measure(x) for x in draw] for draw in made])
            axes.plot(later.years, paths.mean(axis=0), color=MODEL, label="model")
            axes.fill_between(
                later.years, *np.quantile(paths, (0.05, 0.95), axis=0), color=MODEL, alpha=0.3
            )
            axes.axvline(result.origin, color="#999999", linewidth=0.8)
            axes.set_xticks(years[::5])
            axes.set_title(title)
        axes.legend(frameon=False)
        save(figure, path)
