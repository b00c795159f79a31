"""The ledger of a folder: which runs are done or failed, and which shards hold them.

One SQLite file with a write-ahead log; a commit returns when it is on the disk. A run is
acknowledged when it stands here, and it stands here only after its shard is on the disk under its
final name, so whatever dies in between costs at most runs that nobody was told about. Paths are
relative to the folder, which can be moved. No decision hangs on a clock.

Tables: `shards` (path, part, sha256, bytes, rows), `runs` (run, digest, part, content, seconds) of
runs done, `failures` (run, digest, kind, message, traceback, policy, point, replicate, seed,
scenario, seconds), `meta` (key, value as JSON).
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.layout import LEDGER, offer_repair
from divide.experiments.keep.provenance import MANIFEST
from divide.model.declare.errors import InputError

#: How runs are kept; another form gets another number.
FORMAT = "digital-divide-runs/2"
#: All or nothing, so that a reader never meets half of it.
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shards (
    path TEXT PRIMARY KEY, part INTEGER NOT NULL, sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL, rows INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, digest TEXT NOT NULL, part INTEGER NOT NULL,
    content BLOB NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS runs_by_part ON runs (part);
CREATE TABLE IF NOT EXISTS failures (
    run INTEGER PRIMARY KEY, digest TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
    traceback TEXT NOT NULL, policy TEXT, point INTEGER, replicate INTEGER, seed INTEGER,
    scenario TEXT, seconds REAL NOT NULL);
COMMIT;
"""


class Shard(NamedTuple):
    """A Parquet file of the folder.

    Attributes:
        path: Relative to the folder.
        part: Number of the batch of runs whose rows it holds; one shard a table and part.
    """

    path: str
    part: int
    sha256: str
    bytes: int
    rows: int

    @property
    def table(self) -> str:
        """Name of the table whose rows it holds."""
        return Path(self.path).parent.name


class Done(NamedTuple):
    """A finished run: `content` is the SHA-256 of its tables, whatever shard holds them."""

    run: int
    digest: str
    part: int
    content: bytes
    seconds: float


class Failed(NamedTuple):
    """A run that came to nothing: what went wrong, and all it takes to run it again by hand."""

    run: int
    digest: str
    kind: str
    message: str
    traceback: str
    policy: str | None
    point: int | None
    replicate: int | None
    seed: int | None
    scenario: str | None
    seconds: float


def check_format(folder: Path, found: str | None = None) -> None:
    """Refuse runs that are kept in another form.

    Args:
        folder: Where they stand.
        found: The form, as the ledger says it; as the manifest says it if there is no ledger.

    Raises:
        InputError: It is another form; the message says what to do.
    """
    if found is None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["format"]
    if found not in (None, FORMAT) and _number(found) > _number(FORMAT):
        raise InputError(
            f"{folder}: holds runs as a newer version keeps them ({found}); this one knows "
            f"{FORMAT}; read or finish them with the newer one"
        )
    if found != FORMAT and str(found).startswith(("digital-divide-run/", "digital-divide-sweep/")):
        raise InputError(
            f"{folder}: holds runs as an older version kept them ({found}); read or finish them "
            "with that version, or run them again into a new folder"
        )


def _number(form: object) -> int:
    """The number of a form of runs; 0 if it is another kind of thing."""
    kind, _, number = str(form).partition("/")
    return int(number) if kind == FORMAT.partition("/")[0] and number.isdecimal() else 0


class Ledger:
    """An open ledger.

    Args:
        folder: Where it stands.
        write: Whether to write; the caller then holds the writer's lock (see `lock`).

    Raises:
        InputError: There is no ledger to read, the file is none, or it is of another format.
        StoreError: The disk is full or fails.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.path = folder / LEDGER
        try:
            self._connection = self._connect(write)
        except sqlite3.DatabaseError as error:
            # A full disk or a folder that cannot be written says nothing about the file.
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(f"{self.path}: {error}") from error
            raise InputError(offer_repair(folder, f"not a ledger of runs ({error})")) from None
        try:
            check_format(folder, self.get("format", FORMAT))
            if [row[0] for row in self._connection.execute("PRAGMA quick_check(1)")] != ["ok"]:
                raise self._damaged(ValueError("its pages do not fit each other"))
        except (sqlite3.DatabaseError, ValueError) as error:
            self._connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(f"{self.path}: {error}") from error
            if isinstance(error, InputError):
                raise
            raise self._damaged(error) from None

    def _connect(self, write: bool) -> sqlite3.Connection:
        if not write:
            return self._connect_to_read()
        connection = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # With NORMAL the last commits before a power cut may be lost.
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        if not self.path.is_file():
            if not self.path.parent.exists():
                raise InputError(f"{self.path.parent}: there is no such folder")
            check_format(self.path.parent)
            self._check_empty("is missing")
            raise InputError(f"{self.path.parent}: holds no runs (there is no {LEDGER})")
        for how in ("mode=ro", "mode=ro&immutable=1"):  # the second on a read-only disk
            connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?{how}", uri=True)
            try:
                connection.execute("SELECT count(*) FROM meta")
            except sqlite3.DatabaseError as error:
                connection.close()
                if "no such table" in str(error):
                    self._check_empty("is empty")
                    raise InputError(f"{self.path}: holds nothing yet; look again") from None
                if "unable to open" not in str(error) and "readonly" not in str(error):
                    raise
            else:
                return connection
        raise InputError(f"{self.path}: cannot be opened for reading")

    def _check_empty(self, what: str) -> None:
        """Refuse no ledger, or an empty one, where the manifest says that there are runs."""
        if (self.path.parent / MANIFEST).exists():
            raise InputError(offer_repair(self.path.parent, what))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it.

        Raises:
            InputError: The block ended because the file is damaged.
            StoreError: It ended because the disk is full or fails.
        """
        with suppress(sqlite3.DatabaseError):
            self._connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"{self.path}: {error}") from error
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError
        ):
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(offer_repair(self.path.parent, f"is damaged ({error})"))

    # Writing -----------------------------------------------------------------------------------

    def acknowledge(
        self, shards: Iterable[Shard], done: Iterable[Done], failed: Iterable[Failed]
    ) -> None:
        """Record runs and the shards that hold them, all or nothing."""
        with self._connection as connection:
            connection.executemany("INSERT INTO shards VALUES (?, ?, ?, ?, ?)", shards)
            for row in done:
                connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", row)
                connection.execute("DELETE FROM failures WHERE run = ?", (row.run,))
            marks = ", ".join("?" * len(Failed._fields))
            connection.executemany(f"INSERT OR REPLACE INTO failures VALUES ({marks})", failed)  # noqa: S608 - only marks

    def forget(self, parts: Iterable[int]) -> int:
        """Take back the runs of some parts, whose shards are damaged; returns how many."""
        count = 0
        with self._connection as connection:
            for part in parts:
                count += connection.execute("DELETE FROM runs WHERE part = ?", (part,)).rowcount
                connection.execute("DELETE FROM shards WHERE part = ?", (part,))
        return count

    def note(self, **values: Any) -> None:
        """Store plain data by key."""
        with self._connection as connection:
            rows = [(key, json.dumps(value)) for key, value in values.items()]
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def settle(self) -> None:
        """Fold the log into the one file, so that a finished folder can be read anywhere."""
        with suppress(sqlite3.OperationalError):  # someone reads it just now: the log stays
            self._connection.execute("PRAGMA journal_mode = DELETE")

    # Reading -----------------------------------------------------------------------------------

    def get(self, key: str, default: Any = None) -> Any:
        """Plain data stored under a key."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def shards(self, table: str | None = None) -> list[Shard]:
        """Every shard, or those of one table, in the order they were written."""
        rows = self._connection.execute("SELECT * FROM shards ORDER BY part, path")
        found = [Shard(*row) for row in rows]
        if table is None:
            return found
        return [shard for shard in found if shard.table == table]

    def next_part(self) -> int:
        """A part number that no run has."""
        row = self._connection.execute(
            "SELECT max(coalesce((SELECT max(part) FROM runs), 0),"
            " coalesce((SELECT max(part) FROM shards), 0))"
        ).fetchone()
        return int(row[0]) + 1

    def done(self) -> NDArray[np.int64]:
        """Numbers of the runs that are done, in order."""
        return self._numbers("SELECT run FROM runs ORDER BY run")

    def failed(self) -> NDArray[np.int64]:
        """Numbers of the runs that failed, in order."""
        return self._numbers("SELECT run FROM failures ORDER BY run")

    def counts(self) -> tuple[int, int]:
        """How many runs are done and how many failed."""
        done = self._connection.execute("SELECT count(*) FROM runs").fetchone()[0]
        failed = self._connection.execute("SELECT count(*) FROM failures").fetchone()[0]
        return int(done), int(failed)

    def seconds(self) -> float:
        """Mean seconds of a finished run; NaN if there is none."""
        mean = self._connection.execute("SELECT avg(seconds) FROM runs").fetchone()[0]
        return float("nan") if mean is None else float(mean)

    def failures(self) -> list[Failed]:
        """Every failure, in the order of the runs."""
        return [
            Failed(*row) for row in self._connection.execute("SELECT * FROM failures ORDER BY run")
        ]

    def result_digest(self) -> str:
        """SHA-256 of every figure of every finished run, in the order of the runs."""
        total = hashlib.sha256()
        for run, digest, content in self.contents():
            total.update(f"{run} {digest} ".encode() + content)
        return total.hexdigest()

    def contents(self) -> Iterator[tuple[int, str, bytes]]:
        """Number, digest and content of each finished run, in the order of the runs."""
        yield from self._connection.execute("SELECT run, digest, content FROM runs ORDER BY run")

    def done_in_parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the runs that are done, in order, and the part that holds each."""
        rows = self._connection.execute("SELECT run, part FROM runs ORDER BY run").fetchall()
        run, part = np.array(rows, np.int64).reshape(-1, 2).T
        return run, part

    def by_part(self) -> dict[int, dict[int, bytes]]:
        """Content of each finished run by number, by part."""
        found: dict[int, dict[int, bytes]] = {shard.part: {} for shard in self.shards()}
        for part, run, content in self._connection.execute("SELECT part, run, content FROM runs"):
            found.setdefault(part, {})[run] = content
        return found

    def flaws(self) -> list[str]:
        """What is wrong with the pages of the file."""
        lines = [row[0] for row in self._connection.execute("PRAGMA integrity_check(10)")]
        return [] if lines == ["ok"] else lines

    def _numbers(self, query: str) -> NDArray[np.int64]:
        return np.fromiter((row[0] for row in self._connection.execute(query)), np.int64)
