"""Carrying out an experiment from the command line: options, progress, and how it ended."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from divide.experiments.cli.errors import USER_ERROR, fail
from divide.experiments.cli.interrupt import INTERRUPTED, ends_on_request
from divide.experiments.keep.failure import StoreError
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.carry.sweep import Finished

#: Exit status where some runs failed.
RUNS_FAILED = 1


def engine_options(command: Any) -> Any:
    """The options that say who carries out the runs."""
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


def _load(ctx: click.Context, option: click.Parameter, files: tuple[str, ...]) -> Any:
    from divide.model.declare.extension import Extension

    return tuple(Extension.load(file) for file in files)


#: The extensions that a command adds; they are loaded before its other options are looked at.
extension_option = click.option(
    "--with",
    "extensions",
    multiple=True,
    metavar="FILE",
    is_eager=True,
    callback=_load,
    help="Python file of an extension of the model; may be given several times.",
)


#: A table as CSV, in a file or on the terminal.
csv_option = click.option(
    "--csv",
    metavar="FILE",
    is_flag=False,
    flag_value="-",
    help="Write CSV; to the terminal without FILE.",
)

#: Worker processes of a command that has no other engine.
processes_option = click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Processes. [default: one a core]",
)


#: Said once, in a fresh copy: what is compiled is kept beside the files of the model.
COMPILES = "divide: compiling the model, which takes half a minute or so, and only this once"


def compiled() -> bool:
    """Whether the loops of the model have been compiled in this copy, or cannot be kept in it."""
    from divide.model import processes

    kept = os.environ.get("NUMBA_CACHE_DIR")
    folders = [Path(kept)] if kept else [Path(folder) for folder in processes.__path__]
    there = any(next(folder.rglob("adoption*.nbi"), None) for folder in folders)
    return there or not all(os.access(folder, os.W_OK) for folder in folders)


@cache
def say_what_takes_long() -> None:
    """Say, at most once, that a first command compiles."""
    if not compiled():
        click.echo(COMPILES, err=True)


@contextmanager
def loading() -> Iterator[None]:
    """Show that something happens: model and libraries take seconds to load."""
    from rich.console import Console

    say_what_takes_long()
    with ends_on_request(), Console(stderr=True).status("loading the model"):
        yield


@contextmanager
def preparing(engine: dict[str, Any]) -> Iterator[None]:
    """Load what a session needs; the process that workers are forked from does so meanwhile.

    That process does not stay behind if what was asked for turns out to be wrong.
    """
    with loading():
        if engine["threads"] or engine["dask"]:
            yield
            return
        from divide.experiments.carry.process import start_server, stop_server

        start_server()
        try:
            yield
        except BaseException:
            stop_server()
            raise


def carry_out(experiment: Any, out: str, **options: Any) -> "Finished":
    """Run to the end, or say how it ended and how to go on."""
    with loading():
        from divide.experiments.carry.pool import EngineError
        from divide.experiments.carry.process import stop_server
        from divide.experiments.carry.progress import progress_bar
        from divide.experiments.carry.session import Interrupted
        from divide.experiments.carry.sweep import sweep
        from divide.experiments.keep.guard import MovedError

    again = "the same command goes on from there"
    try:
        with progress_bar() as progress:
            finished = sweep(
                experiment,
                out,
                progress=progress,
                notice=lambda text: click.echo(f"divide: {text}", err=True),
                **options,
            )
    except InputError:
        stop_server()
        raise
    except Interrupted as stop:
        fail(f"interrupted; {stop}, and {again}", INTERRUPTED)
    except KeyboardInterrupt:
        fail(f"interrupted; what was acknowledged is kept, and {again}", INTERRUPTED)
    except MovedError as error:
        fail(str(error))
    except StoreError as error:
        fail(f"{error}; what was acknowledged is kept; make room, and {again}", USER_ERROR)
    except EngineError as error:
        fail(f"{error}; what was acknowledged is kept, and {again}", USER_ERROR)
    return finished


def say_failures(finished: "Finished") -> None:
    """Show the runs that failed."""
    from rich.console import Console

    from divide.experiments.keep.ledger import Ledger
    from divide.experiments.read.status import print_failures

    with Ledger(finished.folder) as ledger:
        console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        print_failures(console, ledger.failures())


def end_with_failures(finished: "Finished", out: str, otherwise: str = "") -> NoReturn:
    """Show the runs that failed, say what to do about them, and leave."""
    say_failures(finished)
    progress, folder = finished.progress, shlex.quote(out)
    fail(
        f"{progress.failed:,} of {progress.total:,} runs failed; look at them with `divide "
        f"status {folder}`, run them again with `divide retry {folder}`{otherwise}",
        RUNS_FAILED,
    )
