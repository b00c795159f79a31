"""The command `divide rerun`: whether a folder's figures can be had again."""

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import RUNS_FAILED, extension_option, loading, processes_option
from divide.experiments.cli.errors import fail

if TYPE_CHECKING:
    from divide.experiments.carry.rerun import Rerun


@click.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--runs",
    "most",
    type=click.IntRange(1),
    metavar="N",
    help="Carry out N runs, evenly spread over the folder. [default: all]",
)
@processes_option
@extension_option
def rerun(folder: str, most: int | None, workers: int | None, extensions: tuple[Any, ...]) -> None:
    """Carry out the runs of a folder again and say whether every bit is equal.

    DIR is a folder of "divide run" or "divide sweep"; nothing is written. What of code, figures and
    packages is not as it was is said first. Exit status 1: something moved; the first column,
    country and quarter that did are named.
    """
    with loading():
        from divide.experiments.carry.pool import EngineError
        from divide.experiments.carry.progress import progress_bar
        from divide.experiments.carry.rerun import rerun as carry_out_again

    try:
        with progress_bar() as progress:
            found = carry_out_again(folder, workers or os.cpu_count() or 1, most, progress)
    except EngineError as error:
        fail(str(error))
    _say(folder, found)


def _say(folder: str, found: "Rerun") -> None:
    from divide.experiments.keep.identity import shortened

    for phrase in shortened(found.other):
        click.echo(f"divide: not as it was: {phrase}", err=True)
    part = "" if found.runs == found.held else f" of {found.held:,}"
    if found.equal:
        click.echo(f"every bit equal: {found.runs:,}{part} runs of {folder}")
        return
    for run, why in list(found.failed.items())[:3]:
        click.echo(f"run {run} fails now: {why}")
    if found.moved:
        first = found.experiment.run(found.moved[0])
        click.echo(
            f"{len(found.moved):,} of {found.runs:,} runs moved, the first is run {first.index} "
            f"(policy {first.policy}, point {first.point}, replicate {first.replicate}):"
        )
        for moved in found.first:
            click.echo(f"  {moved}")
        if not found.other:
            click.echo(
                "Code, figures and packages are as they were: look at the processor, or whether "
                f"the folder was altered with `divide verify {shlex.quote(folder)}`"
            )
    sys.exit(RUNS_FAILED)
