"""What a full or failing disk is called, whichever library met it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(RuntimeError):
    """What is stored takes no more: a full or failing disk."""


@contextmanager
def stored(path: Path) -> Iterator[None]:
    """Failures of SQLite name its file, which they do not by themselves.

    Raises:
        StoreError: A statement failed; what was committed before is kept.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
