"""The file that rooms live in: opened once by a server, shared safely with other processes."""

import os
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from divide.model.declare.errors import InputError

VERSION = 1
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
        except sqlite3.DatabaseError:
            self._connection.close()
            raise InputError(
                f"{self.path}: is damaged or no file of rooms; move it away to start afresh"
            ) from None
        except InputError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.writing() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
        if version not in (0, VERSION):
            raise InputError(
                f"{self.path}: written by another version (file format {version}, "
                f"this one reads {VERSION}); choose another folder with --rooms"
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, to one thread at a time."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing if an error is raised inside."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def digest(text: str) -> bytes:
    """What is kept of a secret, and looked up in its place."""
    return sha256(text.encode("utf-8", "replace")).digest()


def team_key(team: str) -> str:
    """Names that look alike are one name."""
    return unicodedata.normalize("NFKC", team).casefold()


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def set_member(db: sqlite3.Connection, browser: str, room: int, team: str | None) -> None:
    """Give a browser its place; it leaves the one it had."""
    remove_member(db, browser)
    row = (digest(browser), room, team, None if team is None else team_key(team))
    db.execute("INSERT INTO member (browser, room, team, team_key) VALUES (?, ?, ?, ?)", row)
    touch(db, room)


def remove_member(db: sqlite3.Connection, browser: str) -> None:
    """Take a browser's place away."""
    query = "DELETE FROM member WHERE browser = ? RETURNING room"
    for (room,) in db.execute(query, (digest(browser),)).fetchall():
        touch(db, room)


def touch(db: sqlite3.Connection, room: int) -> None:
    """Let the members of a room see that something has changed."""
    db.execute("UPDATE room SET version = version + 1 WHERE id = ?", (room,))
