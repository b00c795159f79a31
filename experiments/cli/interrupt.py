"""Ctrl-C while libraries load: the command ends even if one of them drops the exception."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

INTERRUPTED = 130
#: What is said where nothing has begun.
NOTHING = "divide: interrupted; nothing was written"
#: Seconds in which a command that is asked to end cleans up and leaves.
GRACE = 2.0
_said = threading.Event()


def interrupted() -> None:
    """Say that the command was interrupted, once."""
    if not _said.is_set():
        _said.set()
        click.echo(NOTHING, err=True)


@contextmanager
def ends_on_request() -> Iterator[None]:
    """Ctrl-C and a request to end raise KeyboardInterrupt, and end the process if that is lost.

    Compiled modules that import others drop what is raised meanwhile, and so do finalizers: the
    command would go on as if nobody had asked. Outside the main thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(signum: int, frame: FrameType | None) -> NoReturn:
        leave = threading.Timer(GRACE, _leave)
        leave.daemon = True
        leave.start()
        raise KeyboardInterrupt

    before = {kind: signal.signal(kind, end) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _leave() -> NoReturn:
    interrupted()
    os._exit(INTERRUPTED)
