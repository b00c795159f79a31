"""Small steps on the rows of the file that several actions share."""

import sqlite3
import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil

from divide.app.rooms.limit import Limit
from divide.app.rooms.records import RoomError


def patient(limit: Limit, name: str) -> None:
    """Raise RoomError if `name` must wait."""
    seconds = limit.wait(name)
    if seconds > 0:
        raise RoomError("wait", count=ceil(seconds))


def digest(text: str) -> bytes:
    """What is kept of a secret, and looked up in its place."""
    return sha256(text.encode("utf-8", "replace")).digest()


def team_key(team: str) -> str:
    """Names that look alike are one name."""
    return unicodedata.normalize("NFKC", team).casefold()


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def sit(db: sqlite3.Connection, browser: str, room: int, team: str | None) -> None:
    """Give a browser its place; it leaves the one it had."""
    stand(db, browser)
    row = (digest(browser), room, team, None if team is None else team_key(team))
    db.execute("INSERT INTO member (browser, room, team, team_key) VALUES (?, ?, ?, ?)", row)
    touch(db, room)


def stand(db: sqlite3.Connection, browser: str) -> None:
    """Take a browser's place away."""
    query = "DELETE FROM member WHERE browser = ? RETURNING room"
    for (room,) in db.execute(query, (digest(browser),)).fetchall():
        touch(db, room)


def touch(db: sqlite3.Connection, room: int) -> None:
    """Let the members of a room see that something has changed."""
    db.execute("UPDATE room SET version = version + 1 WHERE id = ?", (room,))
