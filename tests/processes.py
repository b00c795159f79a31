"""Processes that tests start and do not wait for; none outlives its test, however that ends."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

Popen = Callable[..., subprocess.Popen[Any]]


@contextlib.contextmanager
def processes() -> Iterator[Popen]:
    """Starts processes as `subprocess.Popen` does, each at the head of a group of its own.

    At the end they are killed with all that they have started, and their pipes are closed: one
    that stays open is complained of when it is collected, in the middle of another test.
    """
    started: list[subprocess.Popen[Any]] = []

    def start(words: Any, **options: Any) -> subprocess.Popen[Any]:
        started.append(subprocess.Popen(words, start_new_session=True, **options))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            end(process)


def end(process: "subprocess.Popen[Any]", how: int = signal.SIGKILL, patience: float = 20) -> None:
    """Ends a process that leads a group, and the group with it; SIGKILL is for who does not go."""
    for kind in dict.fromkeys((how, signal.SIGKILL)):
        with contextlib.suppress(ProcessLookupError):  # nobody of the group is left
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # it left something unread
                pipe.close()
