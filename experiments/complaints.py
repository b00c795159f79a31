"""One clear line and exit status 2 for whatever a user got wrong; never a traceback for that."""

import errno
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from experiments.display import plain
from model.yamlfile import InputError

USER_ERROR, INTERRUPTED = 2, 130


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


class Commands(click.Group):
    """A command group whose every complaint is a line "divide: ..." on standard error."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and leave the process (see `click.Command.main`)."""
        extra["standalone_mode"] = False
        # Being asked to end is treated like Ctrl-C, so that files half made are removed. Outside
        # the main thread there is no process of ours to guard.
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, _stop)
        try:
            status = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            fail(error.format_message())
        except (click.Abort, KeyboardInterrupt):
            fail("interrupted; nothing was written", INTERRUPTED)
        except InputError as error:
            fail(str(error))
        except OSError as error:
            if error.errno == errno.EPIPE:
                # The reader has seen enough; what is still in the buffer must not raise again.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(1)
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(status if isinstance(status, int) else 0)


def fail(message: str, status: int = USER_ERROR) -> NoReturn:
    """Say what is wrong on one line of standard error and leave with `status`."""
    click.echo(f"divide: {plain(message)}", err=True)
    sys.exit(status)
