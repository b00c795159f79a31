"""The n-th call of a kind fails, as on a full or dying disk: files, names, folders and SQL."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

KINDS = ("write", "fsync", "rename", "unlink", "mkdir", "sql")
#: What whoever only reads asks of the disk.
READING = ("read", "sql")


class Counter:
    """Counts calls under a folder, and fails the n-th of them.

    Attributes:
        calls: How many there were.
    """

    def __init__(self, nth: int) -> None:
        self.nth, self.calls = nth, 0

    def fails(self) -> bool:
        """Whether the present call is the one that fails."""
        self.calls += 1
        return self.calls == self.nth


def _failing(real: Callable[..., Any], counter: Counter) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        if counter.fails():
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(args[0]))
        return real(*args, **options)

    return call


class _Connection(sqlite3.Connection):
    """A connection whose statements are counted."""

    counter: Counter

    def _count(self) -> None:
        if self.counter.fails():
            raise sqlite3.OperationalError("disk I/O error")

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self._count()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        self._count()
        return super().executemany(*args)

    def executescript(self, *args: Any) -> sqlite3.Cursor:
        self._count()
        return super().executescript(*args)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        if kind is None and self.counter.fails():  # the commit
            self.rollback()
            raise sqlite3.OperationalError("database or disk is full")
        return super().__exit__(kind, error, trace)


class _File:
    """A file opened for writing whose writes are counted."""

    def __init__(self, file: Any, counter: Counter) -> None:
        self._file, self._counter = file, counter

    def write(self, data: Any) -> int:
        if self._counter.fails():
            self._file.write(bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.write(data))

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *how: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def failing(kind: str, nth: int, folder: Path = Path("/")) -> Iterator[Counter]:
    """Within the block the n-th call of a kind fails.

    Args:
        kind: One of `KINDS` or `READING`.
        nth: Which, from 1.
        folder: Reading files elsewhere, as those of the program, does not count.
    """
    counter = Counter(nth)
    with pytest.MonkeyPatch.context() as patch:
        if kind == "write":
            opened, by_number = Path.open, os.fdopen
            patch.setattr(Path, "open", _counted(opened, counter))
            patch.setattr(os, "fdopen", _counted(by_number, counter))
        elif kind == "read":
            patch.setattr(Path, "open", _opened(Path.open, counter, folder))
            for name in ("read_table", "read_metadata"):
                patch.setattr(pq, name, _arrow(getattr(pq, name), counter))
        elif kind == "fsync":
            patch.setattr(os, "fsync", _failing(os.fsync, counter))
        elif kind == "rename":
            for name in ("rename", "replace"):
                patch.setattr(Path, name, _failing(getattr(Path, name), counter))
        elif kind in ("unlink", "mkdir"):
            patch.setattr(Path, kind, _failing(getattr(Path, kind), counter))
        else:
            patch.setattr(_Connection, "counter", counter, raising=False)
            connect = sqlite3.connect
            patch.setattr(
                sqlite3, "connect", lambda *a, **how: connect(*a, factory=_Connection, **how)
            )
        yield counter


def sample(untouched: Callable[[int], bool]) -> int:
    """Fail the first calls, then more and more rarely, until none is left to fail.

    Args:
        untouched: Does so with the n-th call and checks; whether there was no such call.

    Returns:
        How far it went; `benchmarks.faults --calls` fails each.
    """
    nth = 1
    while not untouched(nth):
        nth += 1 + nth // 4
    return nth


def _opened(real: Callable[..., Any], counter: Counter, folder: Path) -> Callable[..., Any]:
    """Opening a file to read it is counted."""

    def opened(path: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if "r" in mode and path.is_relative_to(folder) and counter.fails():
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path, mode, *args, **options)

    return opened


def _arrow(real: Callable[..., Any], counter: Counter) -> Callable[..., Any]:
    """Reading by Arrow is counted; its errors do not tell the file apart from the rest."""

    def read(*args: Any, **options: Any) -> Any:
        if counter.fails():
            raise OSError(f"[Errno {errno.EIO}] Error reading bytes from file")
        return real(*args, **options)

    return read


def _counted(real: Callable[..., Any], counter: Counter) -> Callable[..., Any]:
    def opened(path: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        file = real(path, mode, *args, **options)
        return _File(file, counter) if "w" in mode else file

    return opened
