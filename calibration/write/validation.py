"""How far the model can be trusted: every check run and written down as docs/validation.md.

`python -m divide.calibration.write.validation` runs all checks and writes the page, its figures
and, between its marks, the headline table of the README. With `--quick` it runs a few checks with
fewer runs and writes to a folder of its own. Fits are kept: an interrupted command goes on.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.calibration.fit import sample
from divide.calibration.fit.posterior import INDEPENDENT, Posterior
from divide.calibration.fit.targets import TARGETS
from divide.calibration.score import backtest, flags, patterns, sampled_recovery, scores, series
from divide.calibration.score.backtest import centre
from divide.calibration.score.free import Free
from divide.calibration.score.free import run as run_free
from divide.calibration.score.origins import USE, Forecasts
from divide.calibration.score.patterns import Check, Pattern
from divide.calibration.score.recovery import (
    NEXT_WINDOW,
    POINTS,
    REPEATS,
    WITHIN_REGION,
    Recovery,
    recover,
)
from divide.calibration.score.rows import BAR_COVER, Row, all_methods, met
from divide.calibration.score.series import TELLS, Level
from divide.calibration.score.unseen import FOLDS, Unseen, forecast_unseen
from divide.calibration.write import shipped, use
from divide.calibration.write.plots import by_horizon, divide_paths, rank_histograms
from divide.experiments.carry.calls import Workers
from divide.experiments.report import backtests
from divide.experiments.text.markdown import table
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]

HOME = Path(__file__).parents[2]
ACCOUNTS = "accounts"
#: Bar: excess over the regression for countries never seen.
BAR_UNSEEN = 0.10
#: Bar: predictive checks that hold, of fifteen.
BAR_CHECKS = 12
#: Tests of uniform ranks: level over all parameters of an indicator together.
ALPHA = 0.01
#: Data sets below which a coverage says nothing.
ENOUGH = 30
WORST = 12
#: A change of one year that no country makes by people going online, shares.
JUMP = 0.10
HEADLINE = re.compile(r"(<!-- begin:headline -->\n).*?(<!-- end:headline -->)", re.DOTALL)


@dataclass(frozen=True)
class Amount:
    """How much is run.

    Attributes:
        sets: Made-up data sets of internet use.
        points: Points of the emulated recovery of accounts.
        draws: Predictive draws behind patterns and checks.
        few: Whether only a few origins and rows are run.
    """

    sets: int = sampled_recovery.SETS
    points: int = POINTS
    draws: int = 40
    few: bool = False


QUICK = Amount(sets=2, points=30, draws=2, few=True)


@dataclass(frozen=True, eq=False)
class Found:
    """All that the page reports."""

    amount: Amount
    rows: list[Row]
    more: list[Row]
    yearly: list[Row]
    long: list[Row]
    free: list[Free]
    flags: pd.DataFrame | None
    series: dict[str, list[Row]]
    level: Level
    recoveries: dict[str, Recovery]
    unseen: Unseen
    tests: list[Pattern]
    checks: list[Check]

    @property
    def late(self) -> Posterior:
        """Posterior of internet use of the first row."""
        return self.rows[0].result.posterior


def examine(
    folder: Path,
    processes: int,
    amount: Amount,
    known: pd.DataFrame | None,
    tell: Callable[[str], None],
) -> Found:
    """Run every check, or a few of them.

    Args:
        folder: Where fits are kept.
        processes: Number of worker processes; the page does not depend on it.
        amount: How much is run.
        known: Flags of `divide.calibration.score.flags.read`, if there are any.
        tell: Told what is begun.
    """

    def picked[T](every: Sequence[T]) -> Sequence[T]:
        return every[-1:] if amount.few else every

    with Workers(processes) as run:
        made = Forecasts(folder, run, tell)
        rows = [
            made.row(one.origin, one.until, one.bar)
            for one in use.ROWS[: 1 if amount.few else None]
        ]
        yearly = [made.row(origin, origin + 1) for origin in picked(use.YEARLY)]
        long = [made.row(origin, start_years()[1]) for origin in picked(use.LONG)]
        more = [made.row(*span) for span in picked(use.MORE)]
        tell("free runs")
        free = run_free(centre_of(shipped.draws()), run)
        others = series.examine(folder, run, quick=amount.few, tell=tell)
        bought = series.level(others[ACCOUNTS][0], min(amount.draws, series.DRAWS))
        tell("patterns")
        tests, checks = looked_at(made, run, amount)
        tell("countries never seen")
        unseen = forecast_unseen(2015, 2022, folder / "unseen", run, min(amount.draws, 8))
        tell("recovery of known parameters, accounts")
        first = others[ACCOUNTS][0].result
        accounts = recover(
            first.origin,
            ACCOUNTS,
            folder / "recovery",
            points=amount.points,
            run=run,
            held=centre(first.posteriors[name] for name in TARGETS[ACCOUNTS].after),
        )
        tell("recovery of known parameters, internet use")
        kept = folder / "recovery"
        internet = sampled_recovery.recover(2015, kept, run, sets=amount.sets)
    recoveries = {USE: internet, ACCOUNTS: accounts}
    return Found(
        amount, rows, more, yearly, long, free, known, others, bought, recoveries, unseen,
        tests, checks,
    )  # fmt: skip


def centre_of(draws: Sequence[dict[str, float]]) -> dict[str, float]:
    """Means of draws by the full name of the parameter."""
    return {name: float(np.mean([draw[name] for draw in draws])) for name in draws[0]}


def looked_at(made: Forecasts, run: Workers, amount: Amount) -> tuple[list[Pattern], list[Check]]:
    """Pattern tests and predictive checks."""
    tests: list[Pattern] = []
    draws, late = amount.draws, made.whole(2015).posterior
    for start in (2000, 2003):
        paths = patterns.draws_forward(late, start, 2022, draws, who=run)[:, 0]
        label = f"started in {start}, parameters fitted to 2015"
        tests.append(patterns.gini_pattern(paths, start + 1, label))
    # The last path, from 2003, also serves the other patterns of fit.
    tests.append(patterns.convergence_pattern(paths, 2004, label))
    seen = patterns.as_observed(paths, 2003, late)
    checks = patterns.predictive_checks(seen, 2004, (2005, 2010, 2015, 2020, 2022))
    for origin in () if amount.few else (2005, 2008):
        paths = made.whole(origin).draws
        tests.append(patterns.peak_pattern(paths, origin + 1, f"started in and fitted to {origin}"))
    chain = patterns.draws_forward(late, 2003, 2040, max(2, draws // 4), patterns.CHAIN, run)
    label = "started in 2003, run to 2040"
    tests.append(patterns.s_curve_pattern(chain[:, 0], label))
    firms = f"of firms ({label})"
    tests.append(
        patterns.lag_pattern(chain, 0, 1, f"Digital payment {firms} lags internet use of people")
    )
    tests.append(patterns.lag_pattern(chain, 1, 2, f"Selling online {firms} lags digital payment"))
    return tests, checks


# The page


def percent(share: float) -> str:
    """A share as whole percent, without a negative zero."""
    return f"{round(100 * share) + 0:d}%"


def recovery_bars(recoveries: Mapping[str, Recovery]) -> Iterator[use.Line]:
    """Bars of coverage, of series with enough made-up data sets."""
    for name, recovery in recoveries.items():
        if len(recovery.rank) >= ENOUGH:
            low, high = recovery.coverage.min(), recovery.coverage.max()
            yield [f"recovery, {name}", "intervals hold 85-95 % for every parameter",
                   f"{low:.0%} to {high:.0%}",
                   met(BAR_COVER[0] <= low and high <= BAR_COVER[1])]  # fmt: skip


def bars(found: Found) -> str:
    """Every bar, with the figure and whether it is met."""
    rows, u = found.rows, found.unseen
    held = sum(check.inside for check in found.checks)
    lines: list[use.Line] = [
        *use.row_bars(rows),
        *use.joint_bars(rows),
        *use.cover_bars(rows),
        *use.more_bars(found.more),
        *use.kind_bars(rows, found.flags),
        *use.yearly_bars(found.yearly),
        *use.free_bars(found.free),
        *use.long_bars(found.long),
        *recovery_bars(found.recoveries),
        ["predictive checks", f"at least {BAR_CHECKS} of {len(found.checks)} inside",
         f"{held} of {len(found.checks)}", met(held >= BAR_CHECKS)],
        *series.bars(found.series),
        ["never seen", "within 10 % of the pooled regression", f"{u.model / u.regression - 1:+.0%}",
         met(u.model <= (1 + BAR_UNSEEN) * u.regression)],
    ]  # fmt: skip
    return table(["forecast", "bar", "figure", ""], lines)


def identifiability(found: Found) -> str:
    """What each set of data took away of the prior's spread, by parameter."""
    lines = []
    every = sorted({row.result.origin: row for row in (*found.rows, *found.long)}.items())
    first = found.late
    for k, name in enumerate(first.names):
        a, b = np.quantile(first.draws[:, k], patterns.INTERVAL)
        spread = name in sample.SPREAD
        lines.append(
            [
                f"`{name}`",
                parameters()[name].prior.describe(),
                "" if spread else f"{a:.3g} to {b:.3g}",
                *(f"{each.draws[0, k]:.3g}" if spread else percent(each.shrinkage[k])
                  for each in (row.result.posterior for _, row in every)),
                _says(name, first.shrinkage[k]),
            ]
        )  # fmt: skip
    titles = [f"to {origin}" for origin, _ in every]
    return table(["parameter", "prior", "90 % interval", *titles, ""], lines)


def _says(name: str, shrinkage: float) -> str:
    if name in sample.SPREAD:
        return "a size, set to one value"
    if parameters()[name].cut:
        return "not asked: drawn from the prior"
    return "the data cannot tell" if shrinkage < TELLS else ""


def recovery_table(recovery: Recovery) -> str:
    """Coverage, ranks, shrinkage and error by parameter."""
    least, enough = ALPHA / len(recovery.names), len(recovery.rank) >= ENOUGH
    lines = [
        [
            f"`{name}`",
            f"{recovery.coverage[k]:.1%}",
            met(BAR_COVER[0] <= recovery.coverage[k] <= BAR_COVER[1]) if enough else "too few sets",
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


def page(found: Found) -> str:
    """The whole page."""
    text = TEMPLATE.read_text(encoding="utf-8")
    u, internet = found.unseen, found.recoveries[USE]
    verdicts = bars(found)
    kept, lost = (
        len(re.findall(rf"\| {word} \|", verdicts)) for word in ("met", r"\*\*missed\*\*")
    )
    first = found.rows[0].contest
    late = scores.bias(first.forecasts["model"][0][-3:], first.actual[-3:])
    parts = {
        "headline": use.headline(found.rows),
        "bars": verdicts,
        "kept": f"{kept} of {kept + lost}",
        "late": f"{late:+.1f}",
        "methods": "\n".join(f"### {r.title}\n\n{all_methods(r)}" for r in found.rows),
        "more": use.matrix([*found.rows, *found.more]),
        "yearly": use.yearly(found.yearly),
        "surge": use.by_group(found.yearly[-1]),
        "surge_year": str(found.yearly[-1].result.until),
        "coverage": use.coverage([*found.rows, *found.more]),
        "band": use.band([*found.rows, *found.more, *found.long]),
        "kinds": use.kinds(found.rows, found.flags),
        "free": use.free(found.free),
        "long": use.long(found.long),
        **{name: series.section(found.series, name) for name in found.series},
        "overview": series.overview(found.series),
        "level": series.level_table(found.level),
        "learnt": series.learnt(found.series),
        "sets": str(found.amount.sets),
        "points": str(found.amount.points),
        "sets_accounts": str(found.amount.points * REPEATS),
        "draws": str(found.amount.draws),
        "chains": "{} strata of what is not updated, {} walkers each, {} steps left out and {} "
        "kept".format(*backtest.SIZE),
        "waves": " and ".join(map(str, backtest.WAVES)),
        "joint": str(backtest.DRAWS),
        "predictive": str(backtest.PREDICTIVE),
        "region": f"{WITHIN_REGION:g}",
        "window": f"{NEXT_WINDOW:g}",
        "independent": f"{INDEPENDENT:g}",
        "sampled_independent": f"{sample.INDEPENDENT:g}",
        "chance": f"{100 * 1.645 * (0.9 * 0.1 / found.amount.sets) ** 0.5:.0f}",
        "alpha": f"{ALPHA:g}",
        "mean_coverage": f"{internet.coverage.mean():.1%}",
        "recovery_use": recovery_table(internet),
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


def write(found: Found, docs: Path, readme: Path | None) -> None:
    """Write the page, its figures, and its headline where it is quoted."""
    figures = docs / "validation"
    figures.mkdir(parents=True, exist_ok=True)
    by_horizon([(row.title, row.contest) for row in found.rows], figures / "horizon.svg")
    rank_histograms(found.recoveries[USE], figures / "ranks.svg")
    divide_paths(found.rows[0].result, figures / "divide.svg")
    (docs / "validation.md").write_text(page(found), encoding="utf-8")
    if readme is not None and readme.exists():
        old = readme.read_text(encoding="utf-8")
        new = HEADLINE.sub(lambda m: m[1] + use.headline(found.rows) + m[2], old)
        if new != old:
            readme.write_text(new, encoding="utf-8")
        # The report quotes these figures beside its forecasts.
        quoted = backtests.as_csv(backtests.of_table(use.headline(found.rows)))
        backtests.FILE.write_text(quoted, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m divide.calibration.write.validation", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="a few checks, not to docs/")
    parser.add_argument("--sets", type=int, default=Amount.sets, help="made-up data sets")
    parser.add_argument("--points", type=int, default=Amount.points, help="truths of accounts")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("runs/validation"))
    parser.add_argument(
        "--flags", type=Path, metavar="FILE", help="which figures are estimates (CSV)"
    )
    given = parser.parse_args(arguments)
    try:
        known = None if given.flags is None else flags.read(given.flags)
    except InputError as error:
        parser.error(str(error))
    amount = QUICK if given.quick else Amount(sets=given.sets, points=given.points)
    found = examine(
        given.folder,
        given.processes,
        amount,
        known,
        lambda what: print(what, file=sys.stderr, flush=True),  # noqa: T201
    )
    docs = given.folder / "quick" if given.quick else HOME / "docs"
    write(found, docs, None if given.quick else HOME / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
