"""The series beside internet use: their backtests, their bars and one comparison in level."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.bank import prior_bounds
from divide.calibration.fit.hindcast import forward
from divide.calibration.fit.observations import truth
from divide.calibration.fit.targets import TARGETS
from divide.calibration.score import scores
from divide.calibration.score.backtest import joint
from divide.calibration.score.rows import Row, all_methods, backtested, label, met, versus
from divide.experiments.carry.calls import Workers
from divide.experiments.text.markdown import table

Array = NDArray[np.float64]

_SURVEYED = ((2017, 2021), (2017, 2022), (2014, 2017))
#: Origins and last years by series, that of the bars first. 2021 and 2022 are the two halves of
#: one round of the survey, in different countries.
SERIES: dict[str, tuple[tuple[int, int], ...]] = {
    "fixed_broadband": ((2015, 2022), (2010, 2015), (2012, 2019), (2008, 2015)),
    "accounts": _SURVEYED,
    "accounts_poorest40": _SURVEYED,
    "accounts_richest60": _SURVEYED,
    "accounts_gap": _SURVEYED,
    "accounts_women": _SURVEYED,
    "accounts_men": _SURVEYED,
    "accounts_sex_gap": _SURVEYED,
    "mobile_money": ((2017, 2022),),
}
#: Bars of accounts: points of mean absolute error, and share by which it beats persistence.
BAR_ACCOUNTS, BAR_GAIN = 8.0, 0.25
#: Bar of the bias of wallets, points either way.
BAR_WALLETS = 3.0
#: Series compared in level only, and the origin from which its path is run.
LEVEL, LEVEL_ORIGIN = "bought_online", 2017
DRAWS = 8
#: Shrinkage under which the data cannot tell.
TELLS = 0.10
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Level:
    """A series of one round beside what stands for it in the model.

    Attributes:
        countries: Countries compared.
        model, observed: Unweighted means, percent.
        error: Mean absolute error, percentage points.
        ranks: Spearman's rank correlation over countries, -1 to 1.
        scaled: Mean absolute error after the model is scaled to the observed mean, points.
        use_ranks: Rank correlation of the figures with internet use as observed at the origin.
    """

    countries: int
    model: float
    observed: float
    error: float
    ranks: float
    scaled: float
    use_ranks: float


def examine(
    folder: Path, workers: Workers, *, quick: bool, tell: Callable[[str], None]
) -> dict[str, list[Row]]:
    """Backtests of every series, or with `quick` the first of each."""
    found: dict[str, list[Row]] = {}
    for indicator, asked in SERIES.items():
        for origin, until in asked[:1] if quick else asked:
            tell(f"backtest of {indicator} {origin} to {until}")
            found.setdefault(indicator, []).append(
                backtested(origin, until, indicator, folder, workers)
            )
    return found


def level(accounts: Row, draws: int = DRAWS) -> Level:
    """The model's online buyers beside the share of adults who bought online.

    Args:
        accounts: A backtest of accounts from `LEVEL_ORIGIN`, whose fits the paths are run with.
        draws: Joint posterior draws that are run.
    """
    points = joint(accounts.result.posteriors.values(), draws)
    years, values = truth(LEVEL, LEVEL_ORIGIN + 1, 2022)
    paths = [forward(LEVEL_ORIGIN, 2022, point, LEVEL) for point in points]
    made = np.mean(paths, axis=0)[years - LEVEL_ORIGIN - 1]
    return compare(made, values, first_users(LEVEL_ORIGIN, made.shape))


def first_users(origin: int, shape: tuple[int, ...]) -> Array:
    """Internet use last observed by the origin, the same in every row."""
    _, use = truth("internet_users", 2000, origin)
    seen = np.isfinite(use)
    last = np.where(seen, np.arange(len(use))[:, None], 0).max(axis=0)
    return np.broadcast_to(use[last, np.arange(use.shape[1])], shape)


def compare(made: Array, actual: Array, users: Array) -> Level:
    """Level and order of two sets of shares of one shape; `users` is a plain stand-in."""
    seen = np.isfinite(actual) & np.isfinite(users)
    there = np.where(seen, actual, np.nan)
    factor = actual[seen].mean() / made[seen].mean()
    return Level(
        int(seen.sum()),
        float(100 * made[seen].mean()),
        float(100 * actual[seen].mean()),
        scores.mae(made, there),
        scores.rank_correlation(made, there),
        scores.mae(made * factor, there),
        scores.rank_correlation(users, there),
    )


def section(found: Mapping[str, list[Row]], indicator: str) -> str:
    """Every backtest of a series."""
    return "\n".join(f"#### {row.title}\n\n{all_methods(row)}" for row in found[indicator])


def overview(found: Mapping[str, list[Row]]) -> str:
    """One line a backtest: the model, persistence and the best baseline."""
    lines = []
    for indicator, rows in found.items():
        for row in rows:
            best = row.best
            lines.append(
                [
                    TARGETS[indicator].words,
                    row.title,
                    int(row.model["cells"]),
                    f"{row.model['mae']:.2f}",
                    f"{row.gain:.0%}",
                    label(best["method"]),
                    versus(best),
                    f"{row.model['coverage90']:.0%}",
                    f"{row.model['bias']:+.1f}",
                ]
            )
    head = ["series", "origin → end", "observations", "model, MAE", "better than persistence by"]
    return table([*head, "best baseline", "model less best (95 %)", "90 % holds", "bias"], lines)


def bars(found: Mapping[str, list[Row]]) -> list[list[object]]:
    """Bars of the first backtest of each series: what, bar, figure, verdict."""
    lines: list[list[object]] = []
    for indicator, (row, *_) in found.items():
        name = f"{indicator} {row.title}"
        if indicator == "accounts":
            lines.append(
                [
                    name,
                    f"MAE at most {BAR_ACCOUNTS:g}",
                    f"{row.model['mae']:.2f}",
                    met(row.model["mae"] <= BAR_ACCOUNTS),
                ]
            )
            lines.append(
                [
                    name,
                    f"{BAR_GAIN:.0%} better than persistence",
                    f"{row.gain:.1%}",
                    met(row.gain >= BAR_GAIN),
                ]
            )
        if indicator == "mobile_money":
            bias = row.model["bias"]
            lines.append(
                [name, f"Bias at most {BAR_WALLETS:g} points either way", f"{bias:+.2f}",
                 met(abs(bias) <= BAR_WALLETS)]
            )  # fmt: skip
        lines.append(
            [
                name,
                "MAE below every baseline here, 95 % interval of the difference below 0",
                versus(row.best),
                met(row.best["hi95"] < 0),
            ]
        )
        lines.append(
            [name, "90 % intervals hold 85-95 %", f"{row.model['coverage90']:.1%}", met(row.covers)]
        )
    return lines


def learnt(found: Mapping[str, list[Row]]) -> str:
    """What the figures took away of the prior's spread, by parameter of these series."""
    lines = []
    for indicator, (row, *_) in found.items():
        if not TARGETS[indicator].parameters:
            continue
        posterior = row.result.posterior
        low, high = prior_bounds(posterior.names).T
        for k, name in enumerate(posterior.names):
            a, b = np.quantile(posterior.draws[:, k], INTERVAL)
            lines.append(
                [
                    f"`{name}`",
                    f"{TARGETS[indicator].words}, to {row.result.origin}",
                    f"{low[k]:g} to {high[k]:g}",
                    f"{a:.3g} to {b:.3g}",
                    f"{round(100 * posterior.shrinkage[k]) + 0:d}%",
                    "the data cannot tell" if posterior.shrinkage[k] < TELLS else "",
                ]
            )
    return table(["parameter", "figures", "prior", "90 % interval", "taken away", ""], lines)


def level_table(found: Level) -> str:
    """The comparison in level."""
    return table(
        ["figure", "value"],
        [
            ["countries", found.countries],
            ["survey, mean over countries", f"{found.observed:.1f} %"],
            ["model, mean over countries", f"{found.model:.1f} %"],
            ["mean absolute error", f"{found.error:.1f} points"],
            ["the same, model scaled to the survey's mean", f"{found.scaled:.1f} points"],
            ["rank correlation of model and survey", f"{found.ranks:.2f}"],
            ["rank correlation of internet use at the origin and survey",
             f"{found.use_ranks:.2f}"],
        ],
    )  # fmt: skip
