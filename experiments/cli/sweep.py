"""The commands that run sweeps: `divide sweep`, `status` and `retry`; `ask` has the others.

Nothing heavy is imported before it is needed: the list of commands loads this file.
"""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.errors import INTERRUPTED, USER_ERROR, fail
from divide.experiments.cli.query import analyse, compare, export, query

if TYPE_CHECKING:
    from divide.experiments.carry.sweep import Finished

__all__ = ["analyse", "compare", "export", "query", "retry", "status", "sweep"]

#: Exit status of a sweep some of whose runs failed.
RUNS_FAILED = 1


def _engine_options(command: Any) -> Any:
    options = (
        click.option(
            "--workers",
            type=click.IntRange(1, 1024),
            metavar="N",
            help="Processes or threads, not with --dask. [default: one a core]",
        ),
        click.option("--threads", is_flag=True, help="Threads of one process."),
        click.option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster to use."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--out", metavar="DIR", help="Folder of the sweep.")
@_engine_options
@click.option("--dry-run", is_flag=True, help="Say how many runs, how long, how many bytes.")
def sweep(
    file: str, out: str | None, workers: int | None, threads: bool, dask: str | None, dry_run: bool
) -> None:
    """Run an experiment, or go on with one that was broken off.

    FILE describes it, or names one that ships with the model. The same command goes on where the
    last one ended, however it ended. Exit status 1: all is done, but some runs failed.
    """
    if dry_run:
        _say_forecast(file, workers)
        return
    if out is None:
        fail("--out DIR is missing: the folder that the sweep is kept in")
    with _loading():
        if not (threads or dask):
            from divide.experiments.carry.process import start_server

            start_server()
        from divide.experiments.plan.experiment import Experiment

        experiment = Experiment.from_file(file)
    _carry_out(experiment, out, workers=workers, threads=threads, dask=dask)


def _say_forecast(file: str, workers: int | None) -> None:
    with _loading():
        from divide.experiments.carry.forecast import forecast
        from divide.experiments.plan.experiment import Experiment

        expected = forecast(Experiment.from_file(file), workers or os.cpu_count() or 1)
    click.echo(str(expected))


@contextmanager
def _loading() -> Iterator[None]:
    """Show on a terminal that something happens: model and libraries take seconds to load."""
    from rich.console import Console

    with Console(stderr=True).status("loading the model"):
        yield


@click.command()
@click.argument("folder", metavar="DIR")
@_engine_options
def retry(folder: str, workers: int | None, threads: bool, dask: str | None) -> None:
    """Run the failed runs of a sweep again, and no others."""
    with _loading():
        from divide.experiments.keep.folder import read_folder
        from divide.experiments.keep.ledger import Ledger

        with Ledger(Path(folder)) as ledger:
            simulate = ledger.get("simulate")
        experiment = read_folder(folder)
    options = {"workers": workers, "threads": threads, "dask": dask}
    _carry_out(experiment, folder, retry=True, simulate=simulate, **options)


def _carry_out(experiment: Any, out: str, **options: Any) -> None:
    """Run to the end, and say how it ended and how to go on."""
    with _loading():
        from divide.experiments.carry.pool import EngineError
        from divide.experiments.carry.session import Interrupted
        from divide.experiments.carry.sweep import sweep as carry_out
        from divide.experiments.keep.writer import StoreError
        from divide.experiments.read.status import progress_bar

    again = "the same command goes on from there"
    try:
        with progress_bar() as progress:
            finished = carry_out(
                experiment,
                out,
                progress=progress,
                notice=lambda text: click.echo(f"divide: {text}", err=True),
                **options,
            )
    except Interrupted as stop:
        fail(f"interrupted; {stop}, and {again}", INTERRUPTED)
    except KeyboardInterrupt:
        fail(f"interrupted; what was acknowledged is kept, and {again}", INTERRUPTED)
    except StoreError as error:
        fail(f"{error}; what was acknowledged is kept; make room, and {again}", USER_ERROR)
    except EngineError as error:
        fail(f"{error}; what was acknowledged is kept, and {again}", USER_ERROR)
    _say(finished, out)


def _say(finished: "Finished", out: str) -> None:
    from rich.console import Console

    from divide.experiments.keep.ledger import Ledger
    from divide.experiments.read.status import print_failures

    tally = finished.tally
    click.echo(f"{tally.done:,} of {tally.total:,} runs are in {finished.folder}")
    click.echo(f"digest of the results {finished.digest}")
    if tally.failed:
        with Ledger(finished.folder) as ledger:
            console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
            print_failures(console, ledger.failures())
        fail(
            f"{tally.failed:,} of {tally.total:,} runs failed; look at them with `divide status "
            f"{shlex.quote(out)}`, run them again with `divide retry {shlex.quote(out)}`",
            RUNS_FAILED,
        )


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--traceback", "run", type=int, metavar="RUN", help="Show why this run failed.")
def status(folder: str, run: int | None) -> None:
    """Say what of a sweep is done, failed and left, and for how long."""
    from divide.experiments.read.status import print_status, read_status

    found = read_status(folder)
    if run is None:
        print_status(found)
        return
    failure = next((failure for failure in found.failures if failure.run == run), None)
    if failure is None:
        fail(f"run {run} has not failed")
    click.echo(f"{failure.kind}: {failure.message}\n{failure.traceback}\n{failure.scenario}")
