"""The file that rooms live in: opened once by a server, shared safely with other processes."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from divide.experiments.keep.failure import stored
from divide.model.declare.errors import InputError

VERSION = 2
FILE = "rooms.sqlite"
#: Longest wait for another process that writes (seconds).
PATIENCE = 10.0

_SCHEMA = """
CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    code TEXT NOT NULL,
    code_digest BLOB NOT NULL UNIQUE,
    key_digest BLOB NOT NULL,
    settings TEXT NOT NULL,
    outcome TEXT NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0,
    revealed INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    made TEXT NOT NULL
) STRICT;
CREATE TABLE member (
    browser BLOB PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT,
    team_key TEXT,
    UNIQUE (room, team_key)
) STRICT;
CREATE TABLE submission (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scenario TEXT NOT NULL,
    sent TEXT NOT NULL,
    headline TEXT,
    error TEXT,
    program TEXT,
    UNIQUE (room, team_key, digest)
) STRICT;
CREATE INDEX submission_room ON submission (room);
"""
#: Who a team's name belongs to, and who asks to be let in as that team: new in version 2.
_OWNERS = """
CREATE TABLE owner (
    room INTEGER NOT NULL REFERENCES room (id),
    team_key TEXT NOT NULL,
    browser BLOB NOT NULL,
    PRIMARY KEY (room, team_key)
) STRICT;
CREATE TABLE claim (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    browser BLOB NOT NULL,
    UNIQUE (room, browser)
) STRICT;
INSERT INTO owner SELECT DISTINCT room, team_key, x'' FROM submission;
INSERT OR REPLACE INTO owner SELECT room, team_key, browser FROM member WHERE team IS NOT NULL;
"""
TABLES = {"room", "member", "submission", "owner", "claim"}
_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
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
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise InputError(f"{self.path}: cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise InputError(
                f"{self.path}: is damaged or no file of rooms ({error});"
                f' "divide rooms set-aside {folder}" moves it away, to start afresh'
            ) from None
        except InputError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self._transaction() as db:
            self._check(db)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version in (0, 1):
                script = _OWNERS if version else _SCHEMA + _OWNERS
                for statement in script.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
        if version not in (0, 1, VERSION):
            raise InputError(
                f"{self.path}: written by another version (file format {version}, "
                f"this one reads {VERSION}); choose another folder with --rooms"
            )
        missing = {
            table for table in TABLES if not self._connection.execute(_TABLE, (table,)).fetchone()
        }
        if missing:
            raise sqlite3.DatabaseError(f"no table {', '.join(sorted(missing))}")

    @staticmethod
    def _check(db: sqlite3.Connection) -> None:
        """Read all of the file: a fault is found now, not in the middle of a session."""
        faults = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
        lost = db.execute("PRAGMA foreign_key_check").fetchone()
        if faults != ["ok"] or lost is not None:
            raise sqlite3.DatabaseError(
                faults[0].splitlines()[-1] if lost is None else f"a {lost[0]} without its room"
            )

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
    for table in ("claim", "owner", "member", "submission"):
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
