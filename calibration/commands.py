"""The commands `divide backtest` and `divide calibrate`.

Nothing heavy is imported here: the list of commands loads this module.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import click

from divide.calibration.fit.targets import FORECAST, TARGETS
from divide.experiments.cli.carrying import extension_option
from divide.experiments.cli.errors import INTERRUPTED, fail

BANK = "runs/calibration"
WORKERS = min(os.cpu_count() or 1, 8)

_bank = click.option(
    "--bank",
    default=BANK,
    show_default=True,
    metavar="DIR",
    help="Where finished runs are kept: an interrupted fit goes on from them.",
)
_workers = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=WORKERS,
    show_default="cores, at most 8",
    help="Processes; the result does not depend on it.",
)


@click.command()
@click.option("--origin", type=int, required=True, metavar="YEAR", help="Last year it may know.")
@click.option("--until", type=int, required=True, metavar="YEAR", help="Last year to forecast.")
@click.option(
    "--indicator",
    default="internet_users",
    show_default=True,
    metavar="NAME",
    help=", ".join(
        f"{name} (origins {TARGETS[name].origins[0]} to {TARGETS[name].origins[1]})"
        for name in FORECAST
    ),
)
@click.option(
    "--out",
    metavar="DIR",
    help="Folder to write. [default: runs/backtest-<indicator>-<origin>-<until>]",
)
@_bank
@extension_option
@_workers
def backtest(
    origin: int,
    until: int,
    indicator: str,
    out: str | None,
    bank: str,
    extensions: tuple[Any, ...],
    workers: int,
) -> None:
    """Forecast the years after an origin and score them.

    The model is fitted on figures up to the origin and none later, run forward, and scored beside
    simple methods on every observation.
    """
    from divide.calibration.checks import check, check_bank, check_folder

    check(origin, until, indicator)
    path = Path(out or f"runs/backtest-{indicator}-{origin}-{until}")
    path = check_folder(path, "backtest")
    kept = check_bank(Path(bank))
    # The model takes seconds to load: only now, when the request is known to be sound.
    from divide.calibration.score.backtest import forecast, phases
    from divide.calibration.write.result import write_backtest
    from divide.experiments.carry.progress import phase_bar

    try:
        work = phases(origin, until, indicator)
        scoring = {"scores": 0.1 * sum(work.values())}
        with phase_bar(work | scoring) as told:
            result = forecast(origin, until, indicator, kept, workers, told)
            told("scores", 0, 1)
            rows = write_backtest(result, path)
            told("scores", 1, 1)
    except (KeyboardInterrupt, RuntimeError) as error:
        _broken_off(error, kept)
    _print_scores(rows)
    click.echo(f"\nTables and report.html are in {path}")


@click.command()
@click.option("--out", default="runs/calibrated", show_default=True, metavar="DIR",
              help="Folder to write.")  # fmt: skip
@_bank
@click.option(
    "--resume/--afresh",
    default=True,
    show_default=True,
    help="Go on from finished runs, or run everything again.",
)
@click.option("--ship", is_flag=True, help="Also replace the draws that come with the model.")
@extension_option
@_workers
def calibrate(
    out: str, bank: str, resume: bool, ship: bool, extensions: tuple[Any, ...], workers: int
) -> None:
    """Fit the model on all figures.

    Writes joint draws of the fitted parameters, for "divide run --posterior", and what the
    figures say about each parameter. Parameters of an extension whose role is "calibrated" are
    fitted to internet use like the model's own.
    """
    if ship and extensions:
        fail("--ship: the draws that come with the model are fitted without extensions")
    from divide.calibration.checks import check_bank, check_folder

    path = check_folder(Path(out), "calibration")
    kept = check_bank(Path(bank))
    from divide.calibration.write import shipped
    from divide.experiments.carry.progress import phase_bar

    if not resume:
        for runs in shipped.bank_folders(kept):
            shutil.rmtree(runs, ignore_errors=True)
    try:
        with phase_bar(shipped.work()) as told:
            posteriors = shipped.fit_all(kept, workers, told)
        shipped.write(posteriors, path)
        if ship:
            shipped.ship(posteriors)
    except (KeyboardInterrupt, RuntimeError) as error:
        _broken_off(error, kept)
    click.echo(f"Draws (posterior.csv) and parameters.csv are in {path}")


def _broken_off(error: BaseException, bank: Path) -> None:
    """Say why it ended and how to go on.

    Raises:
        BaseException: It is the error of something else than of runs and where they are kept.
    """
    from divide.experiments.carry.calls import JobError
    from divide.experiments.carry.pool import EngineError
    from divide.experiments.keep.failure import StoreError

    again = f"finished runs are kept in {bank}, the same command goes on from them"
    if isinstance(error, KeyboardInterrupt):
        fail(f"interrupted; {again}", INTERRUPTED)
    if isinstance(error, JobError | EngineError | StoreError):
        fail(f"{error}; {again}")
    raise error


def _print_scores(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("Nothing was observed in these years, so nothing can be scored.")
        return
    from divide.calibration.write.charts import LABELS

    click.echo(f"{rows[0]['cells']:,} observations; errors in percentage points\n")
    click.echo(f"{'':24}{'MAE':>8}{'bias':>8}{'RMSE':>8}{'in 90 %':>9}{'CRPS':>7}{'Gini':>8}")
    for row in rows:
        click.echo(
            f"{LABELS[row['method']]:24}{row['mae']:8.2f}{row['bias']:+8.2f}{row['rmse']:8.2f}"
            f"{100 * row['coverage90']:8.1f}%{row['crps']:7.2f}{row['gini_error']:+8.3f}"
        )
