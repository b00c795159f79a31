"""The commands that run sweeps: `divide sweep`, `status` and `retry`; `query` has the others.

Nothing heavy is imported before it is needed: the list of commands loads this file.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import (
    carry_out,
    end_with_failures,
    engine_options,
    extension_option,
    loading,
    preparing,
)
from divide.experiments.cli.errors import fail
from divide.experiments.cli.query import compare, export, query

if TYPE_CHECKING:
    from divide.experiments.carry.sweep import Finished
    from divide.experiments.plan.experiment import Experiment

__all__ = ["compare", "export", "query", "repair", "retry", "status", "sweep", "verify"]


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--out", metavar="DIR", help="Folder of the sweep.")
@extension_option
@engine_options
@click.option("--dry-run", is_flag=True, help="Say how many runs, how long, how many bytes.")
def sweep(
    file: str, out: str | None, dry_run: bool, extensions: tuple[Any, ...], **engine: Any
) -> None:
    """Run an experiment, or go on with one that was broken off.

    FILE describes it, names one that ships with the model, or is a folder of runs, whose experiment
    is then run anew from what stands there. The same command goes on where the last one ended,
    however it ended. Exit status 1: all is done, but some runs failed.
    """
    if dry_run:
        _say_forecast(file, extensions, engine["workers"])
        return
    if out is None:
        fail("--out DIR is missing: the folder that the sweep is kept in")
    with preparing(engine):
        experiment = _experiment(file, extensions)
    _say(carry_out(experiment, out, **engine), out)


def _experiment(file: str, extensions: tuple[Any, ...]) -> "Experiment":
    """The experiment of a file, or of a folder of runs, whose extensions --with has loaded."""
    from divide.experiments.keep.folder import read_folder
    from divide.experiments.plan.experiment import Experiment

    return read_folder(file) if Path(file).is_dir() else Experiment.from_file(file, extensions)


def _say_forecast(file: str, extensions: tuple[Any, ...], workers: int | None) -> None:
    with loading():
        from divide.experiments.carry.forecast import forecast

        experiment = _experiment(file, extensions)
        expected = forecast(experiment, workers or os.cpu_count() or 1)
    click.echo(str(expected))


@click.command()
@click.argument("folder", metavar="DIR")
@extension_option
@engine_options
def retry(folder: str, extensions: tuple[Any, ...], **engine: Any) -> None:
    """Run the failed runs of a folder again, and no others.

    A folder names its extensions but does not run them: give their files by --with.
    """
    with loading():
        from divide.experiments.keep.folder import read_folder
        from divide.experiments.keep.ledger import Ledger

        with Ledger(Path(folder)) as ledger:
            simulate = ledger.get("simulate")
        experiment = read_folder(folder)
    finished = carry_out(experiment, folder, retry=True, simulate=simulate, **engine)
    _say(finished, folder)
    if experiment.report:
        from divide.experiments.cli.report import report

        report(finished.folder)


@click.command()
@click.argument("folder", metavar="DIR")
def repair(folder: str) -> None:
    """Make the ledger of a folder anew from its shards.

    What is not, to the last bit, what was written is moved to DIR/strays; the command that made
    the folder runs those runs again, and the failed ones.
    """
    with loading():
        from divide.experiments.keep.repair import repair as make_anew

        found = make_anew(Path(folder))
    for what in found.aside:
        click.echo(f"divide: moved aside: {what}", err=True)
    click.echo(f"{found.done:,} runs are in the new ledger of {folder}")
    if found.told is not None:
        same = "is that of the manifest" if found.told == found.digest else "was another before"
        click.echo(f"digest of the results {found.digest}, which {same}")


@click.command()
@click.argument("folder", metavar="DIR")
def verify(folder: str) -> None:
    """Check everything that a folder of runs holds, to the last bit.

    Exit status 1: something is damaged or missing, and is named.
    """
    with loading():
        from divide.experiments.keep.verify import complaints

        found = list(complaints(Path(folder)))
    for what in found:
        click.echo(f"divide: {what}", err=True)
    if found:
        sys.exit(1)
    click.echo(f"{folder}: everything is what was written")


def _say(finished: "Finished", out: str) -> None:
    progress = finished.progress
    click.echo(f"{progress.done:,} of {progress.total:,} runs are in {finished.folder}")
    click.echo(f"digest of the results {finished.digest}")
    if progress.failed:
        end_with_failures(finished, out)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--traceback", "run", type=int, metavar="RUN", help="Show why this run failed.")
def status(folder: str, run: int | None) -> None:
    """Say what of a folder's runs is done, failed and left, and for how long."""
    from divide.experiments.read.status import print_status, read_status

    found = read_status(folder)
    if run is None:
        print_status(found)
        return
    failure = next((failure for failure in found.failures if failure.run == run), None)
    if failure is None:
        fail(f"run {run} has not failed")
    click.echo(f"{failure.kind}: {failure.message}\n{failure.traceback}\n{failure.scenario}")
