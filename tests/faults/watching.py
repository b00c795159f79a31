"""What tests see of a sweep from outside."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from divide.experiments.keep.ledger import Ledger

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Runs of a sweep, if nothing else is said.
RUNS = 8


def environment() -> dict[str, str]:
    """Paths for a process that imports this checkout and the hooks."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE), *sys.path])}


def acknowledged(out: Path) -> set[int]:
    """Runs that the ledger says are done; none before there is a ledger."""
    if not (out / "ledger.sqlite").exists():
        return set()
    try:
        with Ledger(out) as ledger:
            return set(ledger.done().tolist())
    except Exception:  # in the middle of being made
        return set()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def begun(scratch: Path) -> list[int]:
    """Numbers of the runs begun so far, in order."""
    log = scratch / "log"
    return [int(line.split()[0]) for line in log.read_text().splitlines()] if log.exists() else []


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Processes that run runs: the children of the fork server."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [
            child
            for server in psutil.Process(process.pid).children()
            for child in server.children()
        ]
    return []
