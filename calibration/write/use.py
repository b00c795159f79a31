"""Tables and bars of the forecasts of internet use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from divide.calibration.score import baselines, flags
from divide.calibration.score.free import PERCENTILES, Free
from divide.calibration.score.origins import BEFORE, by_horizon, held, of_group, world_band
from divide.calibration.score.rows import BAR_COVER, Row, label, met, versus
from divide.experiments.text.markdown import table

GROUPS = ("Low income", "Lower middle income", "Upper middle income", "High income")
#: Income groups of the bar one year ahead from the last origin.
POOR = GROUPS[:2]
POOLED = "pooled_regression"
#: Bars. Bias, points; Gini; free runs: mean, points, and percentiles, points.
BIAS, GINI = 2.0, 0.02
FREE_MEAN, FREE_PERCENTILE = 2.0, 3.5
#: One year ahead: mean error over the origins, error and bias from the last one, points.
YEAR_MEAN, YEAR_LAST, YEAR_BIAS = 1.90, 1.80, 0.7
#: Long runs: share below every baseline; bias of the last year, points.
LONG_GAIN, LONG_BIAS = 0.20, 4.0
#: Shares inside the intervals in and after the pandemic, and in each income group.
COVER_LATE, COVER_GROUP = 0.75, (0.80, 0.97)

Line = Sequence[object]


@dataclass(frozen=True)
class Asked:
    """A backtest that has a bar of its own.

    Attributes:
        origin, until: Its years.
        bar: Mean absolute error to reach, points.
        published: That of the best of six published methods.
        before: That of the model before its core was rebuilt, as its page reported it.
    """

    origin: int
    until: int
    bar: float
    published: float
    before: float


ROWS = (
    Asked(2015, 2022, 4.60, 5.33, 4.94),
    Asked(2010, 2015, 3.62, 3.79, 3.68),
    Asked(2012, 2019, 4.22, 4.80, 4.31),
    Asked(2008, 2015, 4.18, 4.69, 4.34),
)
#: Origins and last years that were not in the published comparison.
MORE = ((2006, 2012), (2007, 2013), (2009, 2015), (2011, 2017), (2013, 2019), (2016, 2022))
YEARLY = range(2006, 2022)
LONG = (2005, 2008, 2010)


def plain(method: str) -> str:
    """Name of a method inside a sentence."""
    if method == "mean_of_two":
        return "mean of logistic and regression"
    return label(method)[0].lower() + label(method)[1:]


def headline(rows: Sequence[Row]) -> str:
    """The four rows of `ROWS`, for the README too."""
    asked = {(one.origin, one.until): one for one in ROWS}
    lines = []
    for row in rows:
        m, best = row.model, row.best
        one = asked[row.result.origin, row.result.until]
        lines.append(
            [
                row.title,
                f"{m['mae']:.2f}",
                f"{one.published:.2f}",
                f"{best['mae']:.2f} ({plain(best['method'])})",
                versus(best),
                f"{m['coverage90']:.0%}",
                f"{m['bias']:+.1f}",
                f"{m['gini_error']:+.3f}",
            ]
        )
    head = ["origin → end", "model, MAE", "best published", "best baseline here"]
    return table([*head, "difference (95 %)", "90 % interval holds", "bias", "Gini error"], lines)


def matrix(rows: Sequence[Row]) -> str:
    """The model's error less that of each baseline, one line a backtest."""
    names = list(baselines.BASELINES)
    lines = [
        [
            row.title,
            int(row.model["cells"]),
            f"{row.model['mae']:.2f}",
            f"{row.model['bias']:+.1f}",
            f"{row.model['gini_error']:+.3f}",
            f"{row.model['coverage90']:.0%}",
            *(versus(row.against(name)) for name in names),
        ]
        for row in rows
    ]
    head = ["origin → end", "observations", "model, MAE", "bias", "Gini error", "90 % holds"]
    return table([*head, *(f"less {plain(name)}" for name in names)], lines)


def yearly(rows: Sequence[Row]) -> str:
    """One year ahead, one line an origin, and their mean."""
    lines = []
    for row in rows:
        stay = row.against("persistence")
        lines.append(
            [row.result.origin, int(row.model["cells"]), f"{row.model['mae']:.2f}",
             f"{row.model['bias']:+.2f}", f"{row.model['coverage90']:.0%}", f"{stay['mae']:.2f}",
             versus(stay), f"{row.best['mae']:.2f} ({plain(row.best['method'])})"]
        )  # fmt: skip
    lines.append(
        ["mean", "", f"{_mean(rows, 'mae'):.2f}", f"{_mean(rows, 'bias'):+.2f}",
         f"{_mean(rows, 'coverage90'):.0%}",
         f"{np.mean([row.against('persistence')['mae'] for row in rows]):.2f}", "", ""]
    )  # fmt: skip
    head = ["origin", "countries", "model, MAE", "bias", "90 % holds", "persistence, MAE"]
    return table([*head, "model less persistence (95 %)", "best baseline"], lines)


def _mean(rows: Sequence[Row], column: str) -> float:
    return float(np.mean([row.model[column] for row in rows]))


def by_group(row: Row) -> str:
    """A backtest in all countries and in each income group."""
    lines = []
    for name in ("All", *GROUPS):
        part = row if name == "All" else of_group(row, (name,))
        stay = part.against("persistence")
        lines.append(
            [name, int(part.model["cells"]), f"{part.model['mae']:.2f}",
             f"{part.model['bias']:+.2f}", f"{part.model['coverage90']:.0%}",
             f"{stay['mae']:.2f}", versus(stay)]
        )  # fmt: skip
    head = ["countries", "observations", "model, MAE", "bias", "90 % holds", "persistence, MAE"]
    return table([*head, "model less persistence (95 %)"], lines)


def free(runs: Sequence[Free]) -> str:
    """Errors of free runs in their last year."""
    lines = [
        [one.origin, f"{one.mean:+.1f}", f"{one.gini:+.3f}",
         *(f"{gap:+.1f}" for gap in one.percentiles), f"{one.mae:.2f}"]
        for one in runs
    ]  # fmt: skip
    head = ["started in", "mean", "Gini", *(f"P{k}" for k in PERCENTILES)]
    return table([*head, "MAE, all years"], lines)


def long(rows: Sequence[Row]) -> str:
    """Long runs beside every baseline."""
    names = list(baselines.BASELINES)
    lines = [
        [
            row.title,
            int(row.model["cells"]),
            f"{row.model['mae']:.2f}",
            f"{row.model['bias']:+.1f}",
            f"{by_horizon(row)[-1]:+.1f}",
            *(f"{row.against(name)['mae']:.2f}" for name in names),
            f"{1 - row.model['mae'] / row.best['mae']:.0%}",
        ]
        for row in rows
    ]
    head = ["origin → end", "observations", "model, MAE", "bias", "bias, last year"]
    return table([*head, *map(plain, names), "below the best by"], lines)


def coverage(rows: Sequence[Row]) -> str:
    """Shares inside the 90 % intervals by period and by income group."""
    lines = [
        [row.title, _share([row], 0, BEFORE), _share([row], BEFORE + 1, 9999),
         *(_share([row], 0, 9999, [name]) for name in GROUPS)]
        for row in rows
    ]  # fmt: skip
    lines.append(
        ["all", _share(rows, 0, BEFORE), _share(rows, BEFORE + 1, 9999),
         *(_share(rows, 0, 9999, [name]) for name in GROUPS)]
    )  # fmt: skip
    return table(["origin → end", f"to {BEFORE}", f"from {BEFORE + 1}", *GROUPS], lines)


def _share(rows: Sequence[Row], first: int, last: int, groups: Sequence[str] | None = None) -> str:
    share = held(rows, first, last, groups)
    return "" if np.isnan(share) else f"{share:.0%}"


def band(rows: Sequence[Row]) -> str:
    """Mean over the countries seen in the last year, and in how many years the band holds it."""
    lines = []
    for row in rows:
        mean, low, high = world_band(row)
        inside = (low <= mean) & (mean <= high)
        lines.append(
            [row.title, f"{100 * mean[-1]:.1f}", f"{100 * low[-1]:.1f} to {100 * high[-1]:.1f}",
             f"{inside.sum()} of {len(inside)}"]
        )  # fmt: skip
    head = ["origin → end", "mean over countries in the last year, %", "model, 90 %"]
    return table([*head, "years inside"], lines)


def kinds(rows: Sequence[Row], known: pd.DataFrame | None) -> str:
    """Surveyed figures and estimates apart, or why they are not."""
    if known is None:
        return (
            "This page was made without the flags that tell them apart "
            "(`python -m divide.calibration.write.validation --flags FILE`).\n"
        )
    lines = []
    for row in rows:
        for estimated, name in ((False, "surveyed"), (True, "estimated")):
            part = flags.only(row, known, estimated=estimated)
            lines.append(
                [row.title, name, int(part.model["cells"]), f"{part.model['mae']:.2f}",
                 f"{part.model['bias']:+.1f}",
                 f"{part.best['mae']:.2f} ({plain(part.best['method'])})", versus(part.best)]
            )  # fmt: skip
    head = ["origin → end", "figures", "observations", "model, MAE", "bias", "best baseline"]
    return table([*head, "model less best (95 %)"], lines)


# Bars


def row_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars of the four rows, one by one."""
    for row in rows:
        m = row.model
        yield from (
            [row.title, f"MAE at most {row.bar:.2f}", f"{m['mae']:.2f}", met(m["mae"] <= row.bar)],
            [row.title, f"Bias at most {BIAS:g} points either way", f"{m['bias']:+.2f}",
             met(abs(m["bias"]) <= BIAS)],
            [row.title, f"Gini of the last year within {GINI:g}", f"{m['gini_error']:+.3f}",
             met(abs(m["gini_error"]) <= GINI)],
        )  # fmt: skip


def joint_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars over the four rows together."""
    count = sum(bool((row.rivals["hi95"] < 0).all()) for row in rows)
    yield ["four rows", "every baseline beaten, 95 % interval of the difference below 0, in three",
           f"{count} of {len(rows)}", met(count >= min(3, len(rows)))]  # fmt: skip
    pooled = sum(bool(row.against(POOLED)["hi95"] < 0) for row in rows)
    yield ["four rows", "pooled regression beaten, 95 % interval below 0, in three",
           f"{pooled} of {len(rows)}", met(pooled >= min(3, len(rows)))]  # fmt: skip
    before = {(one.origin, one.until): one.before for one in ROWS}
    better = [row.model["mae"] < before[row.result.origin, row.result.until] for row in rows]
    yield ["four rows", "MAE below the model before its core was rebuilt (as reported), in two",
           f"{sum(better)} of {len(rows)}", met(sum(better) >= min(2, len(rows)))]  # fmt: skip


def cover_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars of the intervals, over the four rows together."""
    early, late = held(rows, 0, BEFORE), held(rows, BEFORE + 1, 9999)
    yield ["four rows", f"90 % intervals hold 85-95 % to {BEFORE}", f"{early:.1%}",
           met(BAR_COVER[0] <= early <= BAR_COVER[1])]  # fmt: skip
    if not np.isnan(late):
        yield ["four rows", f"at least {COVER_LATE:.0%} from {BEFORE + 1}", f"{late:.1%}",
               met(late >= COVER_LATE)]  # fmt: skip
    for name in GROUPS:
        share = held(rows, 0, 9999, [name])
        yield [name, "90 % intervals hold 80-97 %", f"{share:.1%}",
               met(COVER_GROUP[0] <= share <= COVER_GROUP[1])]  # fmt: skip
    for row in rows:
        mean, low, high = world_band(row)
        inside = (low <= mean) & (mean <= high)
        yield [row.title, "band of the world mean holds in every year",
               f"{inside.sum()} of {len(inside)}", met(inside.all())]  # fmt: skip


def more_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars of the other origins: at or below every baseline."""
    for row in rows:
        yield [row.title, "MAE at or below every baseline", versus(row.best),
               met(row.best["difference"] <= 0)]  # fmt: skip
        m = row.model
        yield [row.title, f"Bias within {BIAS:g}, Gini within {GINI:g}",
               f"{m['bias']:+.2f}, {m['gini_error']:+.3f}",
               met(abs(m["bias"]) <= BIAS and abs(m["gini_error"]) <= GINI)]  # fmt: skip


def yearly_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars one year ahead."""
    won = sum(bool(row.against("persistence")["difference"] < 0) for row in rows)
    yield ["one year ahead", "MAE below persistence in all origins but one",
           f"{won} of {len(rows)}", met(won >= len(rows) - 1)]  # fmt: skip
    mean = _mean(rows, "mae")
    yield ["one year ahead", f"mean MAE at most {YEAR_MEAN:.2f}", f"{mean:.2f}",
           met(mean <= YEAR_MEAN)]  # fmt: skip
    last = rows[-1]
    yield [last.title, f"MAE at most {YEAR_LAST:.2f}", f"{last.model['mae']:.2f}",
           met(last.model["mae"] <= YEAR_LAST)]  # fmt: skip
    for name in ("all", *POOR):
        part = last if name == "all" else of_group(last, (name,))
        bias = part.model["bias"]
        yield [last.title, f"bias within {YEAR_BIAS:g}, {name.lower()}", f"{bias:+.2f}",
               met(abs(bias) <= YEAR_BIAS)]  # fmt: skip


def long_bars(rows: Sequence[Row]) -> Iterator[Line]:
    """Bars of the long runs."""
    for row in rows:
        gain = 1 - row.model["mae"] / row.best["mae"]
        last = by_horizon(row)[-1]
        yield [f"long run {row.title}", f"MAE {LONG_GAIN:.0%} below every baseline",
               f"{gain:.0%}", met(gain >= LONG_GAIN)]  # fmt: skip
        yield [f"long run {row.title}", f"bias of the last year within {LONG_BIAS:g}",
               f"{last:+.1f}", met(abs(last) <= LONG_BIAS)]  # fmt: skip


def free_bars(runs: Sequence[Free]) -> Iterator[Line]:
    """Bars of the free runs."""
    for one in runs:
        worst = max(one.percentiles, key=abs)
        yield [f"free run from {one.origin}", f"mean within {FREE_MEAN:g}", f"{one.mean:+.1f}",
               met(abs(one.mean) <= FREE_MEAN)]  # fmt: skip
        yield [f"free run from {one.origin}", f"Gini within {GINI:g}", f"{one.gini:+.3f}",
               met(abs(one.gini) <= GINI)]  # fmt: skip
        yield [f"free run from {one.origin}", f"P10, P50, P90 within {FREE_PERCENTILE:g}",
               f"{worst:+.1f} at most", met(abs(worst) <= FREE_PERCENTILE)]  # fmt: skip


def kind_bars(rows: Sequence[Row], known: pd.DataFrame | None) -> Iterator[Line]:
    """Bars of surveyed figures and of estimates, where they can be told apart."""
    if known is None:
        return
    for row in rows:
        for estimated, name in ((False, "surveyed"), (True, "estimated")):
            best = flags.only(row, known, estimated=estimated).best
            yield [f"{row.title}, {name}", "MAE at or below every baseline", versus(best),
                   met(best["difference"] <= 0)]  # fmt: skip
