"""The file that rooms live in: opened once by a server, shared safely with other processes."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from divide.app.rooms import seal
from divide.app.rooms.schema import COLUMNS, STEPS
from divide.experiments.keep.failure import stored
from divide.model.declare.errors import InputError

VERSION = len(STEPS)
FILE = "rooms.sqlite"
#: Longest wait for another process that writes (seconds).
PATIENCE = 10.0
#: Longest time in which a file that is being made is empty (seconds).
BEING_MADE = 1.0

#: Days after which a room is removed: one that nothing was handed in to, and any other.
KEPT_EMPTY, KEPT = 14, 180


class RoomFile:
    """One SQLite file in write-ahead mode: a killed server loses nothing that was answered.

    Args:
        folder: Made if missing.

    Raises:
        InputError: The folder cannot be written, or the file is damaged or of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            if not fresh and _empty(self.path):
                raise InputError(self._damage("nothing is in it", folder))
            # Codes of rooms are in it: readable by its owner alone, from the first byte on.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from None
        self._connection = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException as error:
            self._connection.close()
            if fresh and self.path.stat().st_size == 0:
                self.path.unlink()  # else it would be taken for one that was emptied
            # SQLite's own words may hold letters of a damaged file that are none.
            if not isinstance(error, sqlite3.Error | UnicodeError):
                raise
            if isinstance(error, sqlite3.OperationalError) and not _of_content(error):
                raise InputError(f"{self.path}: cannot be used: {error}") from None
            raise InputError(self._damage(error, folder)) from None

    def _damage(self, what: object, folder: Path) -> str:
        line = " ".join(str(what).split())  # SQLite may quote a whole declaration
        return (
            f"{self.path}: is damaged or no file of rooms ({line});"
            f' "divide rooms set-aside {folder}" moves it away, to start afresh'
        )

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        seal.register(self._connection)
        with self._transaction() as db:
            self._check_pages(db)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version in range(VERSION):
                for statement in (each for step in STEPS[version:] for each in step):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
        if version not in range(VERSION + 1):
            raise InputError(
                f"{self.path}: written by another version (file format {version}, "
                f"this one reads {VERSION}); choose another folder with --rooms"
            )
        self._check_rows(self._connection)

    @staticmethod
    def _check_pages(db: sqlite3.Connection) -> None:
        """Read all of the file: a fault is found now, not in the middle of a session."""
        faults = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
        lost = db.execute("PRAGMA foreign_key_check").fetchone()
        if faults != ["ok"] or lost is not None:
            raise sqlite3.DatabaseError(
                faults[0].splitlines()[-1] if lost is None else f"a {lost[0]} without its room"
            )

    @staticmethod
    def _check_rows(db: sqlite3.Connection) -> None:
        """See that tables, rules and rows are those that were written."""
        found = _declared(db)
        if missing := [table for table in COLUMNS if table not in found]:
            raise sqlite3.DatabaseError(f"no table {', '.join(sorted(missing))}")
        if not _expected().items() <= found.items():
            raise sqlite3.DatabaseError("its tables are not those that were made")
        for table, names in COLUMNS.items():
            seal.check(db, table, names)
        seal.check_count(db, tuple(COLUMNS))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, to one thread at a time.

        Raises:
            StoreError: The disk fails, or another process writes for too long.
        """
        with self._lock, stored(self.path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing if an error is raised inside.

        Raises:
            StoreError: The disk is full or fails, or another process writes for too long.
        """
        with stored(self.path), self._transaction() as db:
            yield db
        # What is answered stands in the file, whose rows have checksums: a damaged log cannot
        # take it away. If it stays in the log for now, nothing is lost.
        with self._lock, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()  # SQLite may have done so by itself
                raise

    @contextmanager
    def closing(self) -> Iterator[sqlite3.Connection]:
        """The connection, and the file closed afterwards."""
        try:
            with self.reading() as db:
                yield db
        finally:
            self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _empty(path: Path) -> bool:
    """Whether nothing is in a file, and stays so: another process may be making it just now."""
    until = time.monotonic() + BEING_MADE
    while (empty := path.stat().st_size == 0) and time.monotonic() < until:
        time.sleep(0.05)
    return empty


def _of_content(error: sqlite3.Error) -> bool:
    """Whether a statement failed over what the file holds, not over the disk or another process."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _declared(db: sqlite3.Connection) -> dict[bytes | str, bytes]:
    """How each table, index and trigger was made, by its name."""
    query = "SELECT name, CAST(sql AS BLOB) FROM sqlite_master WHERE sql IS NOT NULL"
    return {row[0]: row[1] for row in db.execute(query)}


@cache
def _expected() -> dict[bytes | str, bytes]:
    """The same of a new file."""
    db = sqlite3.connect(":memory:")
    try:
        seal.register(db)
        for statement in (each for step in STEPS for each in step):
            db.execute(statement)
        return _declared(db)
    finally:
        db.close()


def check_rows(db: sqlite3.Connection, table: str, where: str, *values: object) -> None:
    """Compare rows that are about to be shown with their checksums.

    Raises:
        sqlite3.DatabaseError: One is not what was written.
    """
    seal.check(db, table, COLUMNS[table], where, *values)


def existing(folder: Path) -> RoomFile:
    """The file of a folder that has one.

    Raises:
        InputError: There is none, or it cannot be used (see `RoomFile`).
    """
    if not (folder / FILE).is_file():
        raise InputError(f"{folder}: has no rooms")
    return RoomFile(folder)


def set_aside(folder: Path) -> Path:
    """Move the file of a folder out of the way, with what SQLite keeps beside it.

    Raises:
        InputError: There is none, or it cannot be moved; then all of it stands where it stood.
    """
    path = folder / FILE
    aside = folder / f"{FILE}.{datetime.now(UTC):%Y%m%dT%H%M%S}"
    moved: list[tuple[Path, Path]] = []
    try:
        for suffix in ("-wal", "-shm", ""):
            source, target = path.with_name(FILE + suffix), aside.with_name(aside.name + suffix)
            if suffix == "" or source.exists():
                source.rename(target)
                moved.append((source, target))
    except OSError as error:
        for source, target in moved:  # without its log the file would lack what was answered last
            target.rename(source)
        raise InputError(f"{path}: cannot be moved: {error.strerror}") from None
    return aside


def digest(text: str) -> bytes:
    """What is kept of a secret, and looked up in its place."""
    return sha256(text.encode("utf-8", "replace")).digest()


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def set_member(
    db: sqlite3.Connection, browser: bytes, room: int, team: str | None, key: str | None
) -> None:
    """Give a browser (by its digest) its place; it leaves the one it had."""
    remove_member(db, browser)
    row = (browser, room, team, key)
    db.execute("INSERT INTO member (browser, room, team, team_key) VALUES (?, ?, ?, ?)", row)
    if key is not None:
        db.execute("INSERT OR REPLACE INTO owner VALUES (?, ?, ?)", (room, key, browser))
    db.execute("DELETE FROM claim WHERE room = ? AND browser = ?", (room, browser))
    touch(db, room)


def remove_member(db: sqlite3.Connection, browser: bytes) -> None:
    """Take a browser's place away; its team's name stays its own if it has handed in."""
    query = "DELETE FROM member WHERE browser = ? RETURNING room"
    for (room,) in db.execute(query, (browser,)).fetchall():
        touch(db, room)
    db.execute(
        "DELETE FROM owner WHERE browser = ? AND NOT EXISTS (SELECT 1 FROM submission AS s"
        " WHERE s.room = owner.room AND s.team_key = owner.team_key)",
        (browser,),
    )


def remove_room(db: sqlite3.Connection, room: int) -> None:
    """Take away a room and all that belongs to it."""
    for table in ("role", "mark", "stage", "claim", "owner", "member", "submission"):
        db.execute(f"DELETE FROM {table} WHERE room = ?", (room,))  # noqa: S608 - tables of ours
    db.execute("DELETE FROM room WHERE id = ?", (room,))


def remove_expired(db: sqlite3.Connection) -> None:
    """Take away rooms that nobody has used for long (see `KEPT_EMPTY` and `KEPT`)."""
    empty, old = (
        (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        for days in (KEPT_EMPTY, KEPT)
    )
    last = "(SELECT max(sent) FROM submission WHERE submission.room = room.id)"
    query = f"SELECT id FROM room WHERE made < ? AND coalesce({last}, ?) < ?"  # noqa: S608 - ours
    for (room,) in db.execute(query, (empty, "", old)).fetchall():
        remove_room(db, room)


def touch(db: sqlite3.Connection, room: int) -> None:
    """Let the members of a room see that something has changed."""
    db.execute("UPDATE room SET version = version + 1 WHERE id = ?", (room,))
