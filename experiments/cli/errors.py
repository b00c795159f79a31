"""One clear line and exit status 2 for whatever a user got wrong; never a traceback for that."""

import signal
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata
from types import FrameType
from typing import Any, NoReturn

import click

from divide.experiments.cli.groups import grouped
from divide.experiments.cli.interrupt import INTERRUPTED, interrupted
from divide.experiments.cli.output import lost, make_lenient
from divide.experiments.keep.failure import StoreError
from divide.experiments.text.units import plain
from divide.model.declare.errors import InputError

USER_ERROR = 2
#: Entry-point group of commands that other packages add.
PLUGINS = "divide.commands"
#: Letters of a command's first sentence that the list of commands shows.
FIRST_SENTENCE = 160
#: Commands whose exit status tells of a run, whatever became of the words about it.
RESULTS_ON_DISK = ("run", "sweep", "retry", "backtest", "calibrate")


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


class Commands(click.Group):
    """A command group whose every complaint is a line "divide: ..." on standard error.

    Other packages add commands through the entry points `PLUGINS`, each a click command, or a
    module attribute that is one. They must be quick to import: the list of commands loads them.
    """

    #: Whether the results are on the disk: what is printed only tells of them.
    kept = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own commands and those of plug-ins, by name."""
        return sorted({*super().list_commands(ctx), *_plugins()})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by task; names of all tasks stand in one column."""
        names = self.list_commands(ctx)
        width = max(map(len, names))
        for task, commands in grouped(names).items():
            made = [(name, self.get_command(ctx, name)) for name in commands]
            rows = [
                (name.ljust(width), command.get_short_help_str(FIRST_SENTENCE))
                for name, command in made
                if command is not None and not command.hidden
            ]
            if rows:
                with formatter.section(task):
                    formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name; own commands come before plug-ins of the same name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in _plugins():
            return own
        try:
            found = _plugins()[cmd_name].load()
        except Exception as error:  # a stranger's code may fail in any way
            return _broken(cmd_name, error)
        if not isinstance(found, click.Command):
            return _broken(cmd_name, TypeError(f"{found!r} is no click command"))
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error about a value that has an option names the option."""
        try:
            answer = super().invoke(ctx)
        except InputError as error:
            command = self.get_command(ctx, str(ctx.invoked_subcommand))
            options = _options(command) if command and not error.place else {}
            key, path = str(next(iter(error.path), "")), error.path[1:]
            if key not in options:
                raise
            raise InputError(error.reason, path, options[key]) from None
        self.kept = ctx.invoked_subcommand in RESULTS_ON_DISK
        return answer

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and leave the process (see `click.Command.main`)."""
        extra["standalone_mode"] = False
        make_lenient()
        # Being asked to end is treated like Ctrl-C, so that files half made are removed. Outside
        # the main thread there is no process of ours to guard.
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, _stop)
            if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # not so under nohup
                signal.signal(signal.SIGHUP, _stop)
        try:
            status = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            fail(error.format_message())
        except (click.Abort, KeyboardInterrupt):
            interrupted()
            sys.exit(INTERRUPTED)
        except (InputError, StoreError) as error:
            fail(str(error))
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        if (why := lost()) and not self.kept:
            fail(f"standard output: {why.strerror}")
        sys.exit(status if isinstance(status, int) else 0)


def _options(command: click.Command) -> dict[str, str]:
    """The options of a command, or of those of a group, by the name of their value."""
    if isinstance(command, click.Group):
        return {k: v for each in command.commands.values() for k, v in _options(each).items()}
    options = [param for param in command.params if isinstance(param, click.Option)]
    return {str(option.name): option.opts[0] for option in options}


@cache
def _plugins() -> dict[str, metadata.EntryPoint]:
    """Commands of installed packages, by name, not loaded yet."""
    return {point.name: point for point in metadata.entry_points(group=PLUGINS)}


def _broken(name: str, error: Exception) -> click.Command:
    """Stands in the list for a command that cannot be loaded, and says so when called."""
    reason = plain(f"cannot be loaded: {type(error).__name__}: {error}")

    def complain() -> NoReturn:
        fail(f"{name}: {reason}")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, anything, complain, help=f"({reason})", add_help_option=False)


def fail(message: str, status: int = USER_ERROR) -> NoReturn:
    """Say what is wrong on one line of standard error and leave with `status`."""
    click.echo(f"divide: {plain(message)}", err=True)
    sys.exit(status)
