"""How far the model can be trusted: every check run and written down as docs/validation.md.

`python -m divide.calibration.write.validation` runs all checks and writes the page, its figures
and, between its marks, the headline table of the README. With `--quick` it runs a few checks with
fewer runs and writes to a folder of its own.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.bank import prior_bounds
from divide.calibration.fit.posterior import INDEPENDENT
from divide.calibration.fit.targets import TARGETS
from divide.calibration.score import patterns, scores, series
from divide.calibration.score.backtest import Backtest, centre, fitted
from divide.calibration.score.patterns import Check, Pattern
from divide.calibration.score.recovery import (
    NEXT_WINDOW,
    POINTS,
    REPEATS,
    WITHIN_REGION,
    Recovery,
    recover,
)
from divide.calibration.score.rows import (
    BAR_COVER,
    Row,
    all_methods,
    backtested,
    label,
    met,
    versus,
)
from divide.calibration.score.series import TELLS, Level
from divide.calibration.score.unseen import FOLDS, Unseen, forecast_unseen
from divide.calibration.write.plots import by_horizon, divide_paths, rank_histograms
from divide.experiments.carry.calls import Workers
from divide.experiments.text.markdown import table
from divide.model.world import load_world

Array = NDArray[np.float64]

HOME = Path(__file__).parents[2]
USE, ACCOUNTS = "internet_users", "accounts"
#: Origin, last year and the mean absolute error of the best published method, points.
ROWS = ((2015, 2022, 5.33), (2010, 2015, 3.79), (2012, 2019, 4.80), (2008, 2015, 4.69))
#: Origins that were not in the published comparison; before 2007 no country has the eight figures
#: that the comparison asks for.
MORE = ((2007, 2012), (2017, 2022))
#: Bars: points of bias; error of the Gini; excess over the regression for countries never seen.
BAR_BIAS, BAR_GINI = 2.0, 0.02
BAR_UNSEEN = 0.10
#: Tests of uniform ranks: level over all parameters of an indicator together.
ALPHA = 0.01
WORST = 12
#: A change of one year that no country makes by people going online, shares.
JUMP = 0.10
HEADLINE = re.compile(r"(<!-- begin:headline -->\n).*?(<!-- end:headline -->)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Found:
    """All that the page reports."""

    rows: list[Row]
    more: list[Row]
    series: dict[str, list[Row]]
    level: Level
    recoveries: dict[str, Recovery]
    unseen: Unseen
    tests: list[Pattern]
    checks: list[Check]


def examine(folder: Path, processes: int, *, quick: bool, tell: Callable[[str], None]) -> Found:
    """Run every check, or with `quick` a few of them with fewer runs."""
    rows = []
    for origin, until, bar in ROWS[:1] if quick else ROWS:
        tell(f"backtest {origin} to {until}")
        rows.append(backtested(origin, until, USE, folder, processes, bar))
    more = []
    for origin, until in () if quick else MORE:
        tell(f"backtest {origin} to {until}")
        more.append(backtested(origin, until, USE, folder, processes, None))
    others = series.examine(folder, processes, quick=quick, tell=tell)
    bought = series.level(others[ACCOUNTS][0], 2 if quick else series.DRAWS)
    with Workers(processes) as run:
        recoveries = {}
        points, repeats = (30, 1) if quick else (POINTS, REPEATS)
        for row in (rows[0], others[ACCOUNTS][0]):
            origin, indicator = row.result.origin, row.result.indicator
            tell(f"recovery of known parameters, {indicator}")
            recoveries[indicator] = recover(
                origin,
                indicator,
                folder / "recovery",
                points=points,
                repeats=repeats,
                run=run,
                held=centre(row.result.posteriors[name] for name in TARGETS[indicator].after),
            )
        tell("countries never seen")
        draws = 2 if quick else 8
        unseen = forecast_unseen(2015, 2022, folder / "to-2015", run, draws)
        tell("patterns")
        tests, checks = looked_at(rows[0].result, folder, run, draws)
    return Found(rows, more, others, bought, recoveries, unseen, tests, checks)


def looked_at(
    late: Backtest, folder: Path, run: Workers, draws: int
) -> tuple[list[Pattern], list[Check]]:
    """Pattern tests and predictive checks; `late` is the backtest from 2015."""
    tests: list[Pattern] = []
    for start in (2000, 2003):
        use = patterns.draws_forward(late.posterior, start, 2022, draws, who=run)[:, 0]
        label = f"started in {start}, parameters fitted to 2015"
        tests.append(patterns.gini_pattern(use, start + 1, label))
    # The last path, from 2003, also serves the other patterns of fit.
    tests.append(patterns.convergence_pattern(use, 2004, label))
    checks = patterns.predictive_checks(use, 2004, (2005, 2010, 2015, 2020, 2022))
    for origin in (2005, 2008):
        posterior = fitted(origin, USE, folder / f"to-{origin}", run)
        use = patterns.draws_forward(posterior, origin, 2022, draws, who=run)[:, 0]
        tests.append(patterns.peak_pattern(use, origin + 1, f"started in and fitted to {origin}"))
    chain = patterns.draws_forward(
        late.posterior, 2003, 2040, max(2, draws // 2), patterns.CHAIN, run
    )
    label = "started in 2003, run to 2040"
    tests.append(patterns.s_curve_pattern(chain[:, 0], label))
    firms = f"of firms ({label})"
    tests.append(
        patterns.lag_pattern(chain, 0, 1, f"Digital payment {firms} lags internet use of people")
    )
    tests.append(patterns.lag_pattern(chain, 1, 2, f"Selling online {firms} lags digital payment"))
    return tests, checks


# The page


def plain(method: str) -> str:
    """Name of a method inside a sentence."""
    if method == "mean_of_two":
        return "mean of logistic and regression"
    return label(method)[0].lower() + label(method)[1:]


def percent(share: float) -> str:
    """A share as whole percent, without a negative zero."""
    return f"{round(100 * share) + 0:d}%"


def headline(found: Found) -> str:
    """The table for the README."""
    lines = []
    for row in found.rows:
        m, best = row.model, row.best
        lines.append(
            [
                row.title,
                f"{m['mae']:.2f}",
                f"{row.bar:.2f}",
                f"{best['mae']:.2f} ({plain(best['method'])})",
                versus(best),
                f"{m['coverage90']:.0%}",
                f"{m['bias']:+.1f}",
                f"{m['gini_error']:+.3f}",
            ]
        )
    head = ["origin → end", "model, MAE", "bar", "best baseline here", "difference (95 %)"]
    return table([*head, "90 % interval holds", "bias", "Gini error"], lines)


def bars(found: Found) -> str:
    """Every bar, with the figure and whether it is met."""
    lines: list[Sequence[object]] = []
    for row in found.rows:
        m, best = row.model, row.best
        lines += [
            [row.title, f"MAE at most {row.bar:.2f}", f"{m['mae']:.2f}", met(m["mae"] <= row.bar)],
            [
                row.title,
                "MAE below every baseline here, 95 % interval of the difference below 0",
                versus(best),
                met(best["hi95"] < 0),
            ],
            [
                row.title,
                "90 % intervals hold 85-95 %",
                f"{m['coverage90']:.1%}",
                met(row.covers),
            ],
            [
                row.title,
                "Bias at most 2 points either way",
                f"{m['bias']:+.2f}",
                met(abs(m["bias"]) <= BAR_BIAS),
            ],
            [
                row.title,
                "Gini of the last year within 0.02",
                f"{m['gini_error']:+.3f}",
                met(abs(m["gini_error"]) <= BAR_GINI),
            ],
        ]
    first = found.rows[0]
    last = scores.mae(first.contest.forecasts["model"][0][-1], first.contest.actual[-1])
    lines.append([first.title, "MAE of 2022 at most 8.5", f"{last:.2f}", met(last <= 8.5)])
    lines += series.bars(found.series)
    u = found.unseen
    lines.append(
        ["never seen", "within 10 % of the pooled regression", f"{u.model / u.regression - 1:+.0%}",
         met(u.model <= (1 + BAR_UNSEEN) * u.regression)]
    )  # fmt: skip
    return table(["forecast", "bar", "figure", ""], lines)


def identifiability(found: Found) -> str:
    """What each set of data took away of the prior's spread, by parameter."""
    lines = []
    every = [*found.rows, *found.more]
    names = found.rows[0].result.posterior.names
    low, high = prior_bounds(names).T
    for k, name in enumerate(names):
        first = found.rows[0].result.posterior
        a, b = np.quantile(first.draws[:, k], patterns.INTERVAL)
        lines.append(
            [
                f"`{name}`",
                f"{low[k]:g} to {high[k]:g}",
                f"{a:.3g} to {b:.3g}",
                *(percent(row.result.posterior.shrinkage[k]) for row in every),
                "the data cannot tell" if first.shrinkage[k] < TELLS else "",
            ]
        )
    titles = [f"to {row.result.origin}" for row in every]
    return table(["parameter", "prior", "90 % interval", *titles, ""], lines)


def recovery_table(recovery: Recovery) -> str:
    """Coverage, ranks, shrinkage and error by parameter."""
    least = ALPHA / len(recovery.names)
    lines = [
        [
            f"`{name}`",
            f"{recovery.coverage[k]:.1%}",
            met(BAR_COVER[0] <= recovery.coverage[k] <= BAR_COVER[1]),
            f"{recovery.uniform_p[k]:.3f}",
            met(recovery.uniform_p[k] >= least),
            percent(recovery.shrinkage[k]),
            f"{recovery.error[k]:.2f}",
        ]
        for k, name in enumerate(recovery.names)
    ]
    head = ["parameter", "90 % interval holds", "85-95 %", "p, uniform ranks", f"p ≥ {least:.4f}"]
    return table([*head, "shrinkage", "error, prior sd"], lines)


def worst(row: Row) -> str:
    """Countries with the largest mean absolute error, and what their figures did."""
    world = load_world(row.result.origin, impute=False)
    names = world.table["name"].to_list()
    _, past = world.series(USE)
    made, actual = row.contest.forecasts["model"][0], row.contest.actual
    seen = np.isfinite(actual)
    miss = np.where(seen, np.abs(made - actual), 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    order = np.lexsort((np.array(world.iso3), -miss))[:WORST]
    lines = []
    for i in order:
        last = int(np.flatnonzero(seen[:, i])[-1])
        known = past[np.isfinite(past[:, i]), i][-1]
        what = what_happened(row.contest.years, known, actual[:, i])
        lines.append(
            [
                names[i],
                f"{100 * known:.0f}",
                f"{100 * actual[last, i]:.0f} ({row.contest.years[last]})",
                f"{100 * made[last, i]:.0f}",
                f"{100 * miss[i]:.1f}",
                what,
                reading(world.iso3[i], what),
            ]
        )
    head = ["country", "last known, %", "observed, %", "forecast, %", "mean error, points"]
    return table([*head, "what the figures did", "our reading"], lines)


#: Why a country went another way: general knowledge, nothing that the model tested.
READINGS: dict[str, str] = {
    "IRQ": "war to 2017; few figures before",
    "LBY": "civil war; old estimates carried on, then replaced",
    "MMR": "market opened to foreign operators in 2013-14: a regime change for prices",
}


def reading(iso3: str, what: str) -> str:
    """Our reading of what a country's figures did; by the kind of change if there is no note."""
    if iso3 in READINGS:
        return READINGS[iso3]
    if "points in the figure" in what:
        return "a step that adoption does not make: likely a revision or a new survey"
    return "faster than its own past and its peers; the model has no reason for it"


def what_happened(years: NDArray[np.int64], known: float, actual: Array) -> str:
    """What a series did after the origin, in words made from the figures alone."""
    seen = np.flatnonzero(np.isfinite(actual))
    level = np.r_[known, actual[seen]]
    change = np.diff(level)
    step = np.diff(np.r_[-1, seen])
    big = int(np.abs(change / step).argmax())
    pace = change[big] / step[big]
    if abs(pace) >= JUMP:
        return f"{100 * change[big]:+.0f} points in the figure of {years[seen[big]]}"
    if level[-1] < known:
        return "fell"
    if (level[-1] - known) / (seen[-1] + 1) >= 0.05:
        return "rose 5 points a year or more, without a break"
    return "rose slowly"


def pattern_table(tests: Sequence[Pattern]) -> str:
    """Patterns with their figures."""
    return table(
        ["pattern", "", "figures"],
        [[test.name, "pass" if test.passed else "**fail**", test.figures] for test in tests],
    )


def check_table(checks: Sequence[Check]) -> str:
    """Posterior-predictive checks."""
    return table(
        ["figure", "year", "observed", "model, 90 %", ""],
        [
            [c.name, c.year, f"{c.observed:.3f}", f"{c.low:.3f} to {c.high:.3f}",
             "inside" if c.inside else "outside"]
            for c in checks
        ],
    )  # fmt: skip


def page(found: Found, *, points: int, repeats: int) -> str:
    """The whole page."""
    text = TEMPLATE.read_text(encoding="utf-8")
    u, use = found.unseen, found.recoveries[USE]
    honest = use.coverage
    verdicts = bars(found)
    kept, lost = (
        len(re.findall(rf"\| {word} \|", verdicts)) for word in ("met", r"\*\*missed\*\*")
    )
    first = found.rows[0].contest
    late = scores.bias(first.forecasts["model"][0][-3:], first.actual[-3:])
    mean = [check for check in found.checks if check.name == "Mean"][-1]
    parts = {
        "headline": headline(found),
        "bars": verdicts,
        "kept": f"{kept} of {kept + lost}",
        "late": f"{late:+.1f}",
        "free": f"In {mean.year} the mean over countries is {100 * mean.observed:.0f} %; the path "
        f"started in 2003 puts it at {100 * mean.low:.0f} to {100 * mean.high:.0f} %",
        "methods": "\n".join(f"### {r.title}\n\n{all_methods(r)}" for r in found.rows),
        "more": "\n".join(f"### {r.title}\n\n{all_methods(r)}" for r in found.more),
        **{name: series.section(found.series, name) for name in found.series},
        "overview": series.overview(found.series),
        "level": series.level_table(found.level),
        "learnt": series.learnt(found.series),
        "sets": str(points * repeats),
        "points": str(points),
        "region": f"{WITHIN_REGION:g}",
        "window": f"{NEXT_WINDOW:g}",
        "independent": f"{INDEPENDENT:g}",
        "alpha": f"{ALPHA:g}",
        "coverage": f"{honest.mean():.1%}",
        "recovery_use": recovery_table(use),
        "recovery_accounts": recovery_table(found.recoveries[ACCOUNTS]),
        "identifiability": identifiability(found),
        "folds": str(FOLDS),
        "unseen": table(
            ["method", "MAE, points", "against the regression", "difference (95 %)"],
            [
                ["Pooled regression, fitted without them, knows their last three years",
                 f"{u.regression:.2f}", "", ""],
                ["Model, fitted without them, knows their last figure only",
                 f"{u.model:.2f}", f"{u.model / u.regression - 1:+.0%}", _between(u.against)],
                ["Model, fitted without them, knows their last years",
                 f"{u.own_rise:.2f}", f"{u.own_rise / u.regression - 1:+.0%}",
                 _between(u.own_rise_against)],
            ],
        ),
        "unseen_sample": f"{u.countries} countries, {u.cells} observations; bias of the model "
        f"{u.bias:+.1f} points",
        "patterns": pattern_table(found.tests),
        "checks": check_table(found.checks),
        "worst": worst(found.rows[0]),
        "inside": f"{sum(c.inside for c in found.checks)} of {len(found.checks)}",
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]].rstrip("\n"), text)


def _between(d: scores.Difference) -> str:
    return f"{d.difference:+.2f} ({d.lo95:+.2f} to {d.hi95:+.2f})"


TEMPLATE = Path(__file__).with_name("validation.md.in")


def write(found: Found, docs: Path, readme: Path | None, points: int, repeats: int) -> None:
    """Write the page, its figures and the headline of the README."""
    figures = docs / "validation"
    figures.mkdir(parents=True, exist_ok=True)
    by_horizon([(row.title, row.contest) for row in found.rows], figures / "horizon.svg")
    rank_histograms(found.recoveries[USE], figures / "ranks.svg")
    divide_paths(found.rows[0].result, figures / "divide.svg")
    (docs / "validation.md").write_text(
        page(found, points=points, repeats=repeats), encoding="utf-8"
    )
    if readme is not None and readme.exists():
        old = readme.read_text(encoding="utf-8")
        new = HEADLINE.sub(lambda m: m[1] + headline(found) + m[2], old)
        if new != old:
            readme.write_text(new, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m divide.calibration.write.validation", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="a few checks, not to docs/")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("runs/validation"))
    given = parser.parse_args(arguments)
    found = examine(
        given.folder,
        given.processes,
        quick=given.quick,
        tell=lambda what: print(what, file=sys.stderr, flush=True),  # noqa: T201
    )
    points, repeats = (30, 1) if given.quick else (POINTS, REPEATS)
    docs = given.folder / "quick" if given.quick else HOME / "docs"
    write(found, docs, None if given.quick else HOME / "README.md", points, repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
