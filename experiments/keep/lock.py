"""One writer a folder; the second is told who holds it."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from divide.experiments.keep.layout import LOCK, check_own
from divide.model.declare.errors import InputError


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder for writing.

    The lock is the operating system's: it goes with the process that holds it, however that dies,
    and never has to be broken by hand. The file only says who the holder is.

    Raises:
        InputError: Another process writes there, and the message says which, where and since
            when; or the lock is a link.
    """
    path = folder / LOCK
    check_own(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: {_held(holder(folder))}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_myself()).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _myself() -> dict[str, Any]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def _held(who: dict[str, Any] | None) -> str:
    if who is None:
        return "another process writes there; wait for it, or stop it"
    return (
        f"process {who['pid']} on {who['host']} has been writing there since {who['since']}; "
        'wait for it (see "divide status"), or stop it'
    )


def holder(folder: Path) -> dict[str, Any] | None:
    """Who wrote last or writes now (pid, host, since); None if nothing is known."""
    try:
        who = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return who if isinstance(who, dict) and {"pid", "host", "since"} <= set(who) else None


def held(folder: Path) -> bool:
    """Whether a process writes to the folder now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
