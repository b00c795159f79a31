"""What the facilitator shows to everybody, what the teams expect of it, and whom they speak for.

A room has one stage at a time: a scenario with a view of it. If an outcome is asked about, the
answer is held until every team has set its mark, or the facilitator has it shown. Who may do what
is checked as in `Rooms`, and its errors are raised.
"""

import json
import math
import sqlite3
from dataclasses import dataclass
from typing import Any

from divide.app.rooms.file import check_rows, touch
from divide.app.rooms.records import Membership, RoomError, read_scenario
from divide.app.rooms.registry import LONGEST_SCENARIO, Rooms
from divide.model.outcomes import OUTCOMES
from divide.model.scenario import Scenario

#: Whom a team may speak for, in the order of the briefs.
ROLES = ("finance", "regulator", "operator", "funder", "civil")
LONGEST_LOOK = 2_000


@dataclass(frozen=True)
class Mark:
    """What a team expects: the change of the outcome from the status quo, in its unit.

    Attributes:
        expected: None while it is not to be seen.
    """

    team: str
    key: str
    expected: float | None


@dataclass(frozen=True)
class Stage:
    """What everybody in a room is shown.

    Attributes:
        number: Rises with every stage of the room.
        look: View of the scenario, by the names of `View`.
        asked: Outcome that the teams are asked about; "" if none.
        answered: Whether the answer may be seen.
        marks: Teams that have set a mark, in order of name.
        missing: Teams that have not.
    """

    number: int
    text: str
    look: dict[str, Any]
    asked: str
    answered: bool
    marks: tuple[Mark, ...]
    missing: tuple[str, ...]

    @property
    def scenario(self) -> Scenario:
        """The whole scenario."""
        return read_scenario(self.text)

    @property
    def held(self) -> bool:
        """Whether figures of the scenario must wait."""
        return bool(self.asked) and not self.answered


class Stages:
    """The stages and roles of all rooms of a server."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms, self._file = rooms, rooms.file

    def put(self, browser: str, scenario: Scenario, look: dict[str, Any], asked: str = "") -> None:
        """Show a scenario to everybody, or ask what they expect of it (facilitator).

        Raises:
            RoomError: Not the facilitator, nobody to ask, or a scenario that is too long.
        """
        room = self._rooms.leading(browser).room
        text, kept = scenario.to_yaml(), json.dumps(look)
        if len(text.encode()) > LONGEST_SCENARIO or len(kept) > LONGEST_LOOK:
            raise RoomError("too_long", most=LONGEST_SCENARIO)
        asked = asked if asked in OUTCOMES else ""
        with self._file.writing() as db:
            if asked and not _teams(db, room):
                raise RoomError("nobody_to_ask")
            touch(db, room)
            db.execute("DELETE FROM mark WHERE room = ?", (room,))
            db.execute(
                "INSERT OR REPLACE INTO stage (room, number, scenario, look, asked, answered)"
                " SELECT id, version, ?, ?, ?, 0 FROM room WHERE id = ?",
                (text, kept, asked or None, room),
            )

    def mark(self, browser: str, expected: float) -> None:
        """Set a team's mark; the last one that is missing shows the answer.

        Raises:
            RoomError: Not a team, nothing is asked, the answer is shown, or no number.
        """
        place = self._rooms.seen(browser)[0]
        if place.team is None:
            raise RoomError("teams_only")
        if not math.isfinite(expected):
            raise RoomError("no_number")
        with self._file.writing() as db:
            check_rows(db, "stage", "room = ?", place.room)
            query = "SELECT asked, answered FROM stage WHERE room = ?"
            row = db.execute(query, (place.room,)).fetchone()
            if row is None or row["asked"] is None or row["answered"]:
                raise RoomError("nothing_asked")
            db.execute(
                "INSERT OR REPLACE INTO mark (room, team, team_key, expected) VALUES (?, ?, ?, ?)",
                (place.room, place.team, place.key, repr(float(expected))),
            )
            if not set(_teams(db, place.room)) - set(_marked(db, place.room)):
                db.execute("UPDATE stage SET answered = 1 WHERE room = ?", (place.room,))
            touch(db, place.room)

    def answer(self, browser: str) -> None:
        """Show the answer though marks are missing (facilitator)."""
        self._change(browser, "UPDATE stage SET answered = 1 WHERE room = ?")

    def close(self, browser: str) -> None:
        """Show nothing to everybody any more (facilitator); pages stay as they are."""
        self._change(browser, "DELETE FROM mark WHERE room = ?", "DELETE FROM stage WHERE room = ?")

    def _change(self, browser: str, *statements: str) -> None:
        room = self._rooms.leading(browser).room
        with self._file.writing() as db:
            for statement in statements:
                db.execute(statement, (room,))
            touch(db, room)

    def now(self, browser: str) -> Stage | None:
        """What everybody is shown now; marks of others only with the answer.

        Raises:
            RoomError: The browser is in no room.
        """
        place = self._rooms.seen(browser)[0]
        with self._file.reading() as db:
            check_rows(db, "stage", "room = ?", place.room)
            row = db.execute("SELECT * FROM stage WHERE room = ?", (place.room,)).fetchone()
            if row is None:
                return None
            check_rows(db, "mark", "room = ?", place.room)
            teams, marked = _teams(db, place.room), _marked(db, place.room)
        return _stage(row, place, teams, marked)

    # Roles ---------------------------------------------------------------------------------------

    def speak_for(self, browser: str, role: str) -> None:
        """Let a team speak for somebody, or with "" for nobody.

        Raises:
            RoomError: Not a team.
        """
        place = self._rooms.seen(browser)[0]
        if place.team is None:
            raise RoomError("teams_only")
        with self._file.writing() as db:
            whose = (place.room, place.key)
            db.execute("DELETE FROM role WHERE room = ? AND team_key = ?", whose)
            if role in ROLES:
                query = "INSERT INTO role (room, team, team_key, role) VALUES (?, ?, ?, ?)"
                db.execute(query, (place.room, place.team, place.key, role))
            touch(db, place.room)

    def roles(self, browser: str) -> dict[str, tuple[str, str]]:
        """Name and role of each team of the room that has one, by what its name is compared by."""
        room = self._rooms.seen(browser)[0].room
        with self._file.reading() as db:
            check_rows(db, "role", "room = ?", room)
            rows = db.execute("SELECT * FROM role WHERE room = ? ORDER BY id", (room,)).fetchall()
        return {row["team_key"]: (row["team"], row["role"]) for row in rows}


def _teams(db: sqlite3.Connection, room: int) -> dict[str, str]:
    """Teams that are in a room: what their names are compared by, and the names."""
    query = "SELECT team_key, team FROM member WHERE room = ? AND team IS NOT NULL ORDER BY team"
    return {row["team_key"]: row["team"] for row in db.execute(query, (room,))}


def _marked(db: sqlite3.Connection, room: int) -> dict[str, sqlite3.Row]:
    query = "SELECT * FROM mark WHERE room = ? ORDER BY team"
    return {row["team_key"]: row for row in db.execute(query, (room,))}


def _stage(
    row: sqlite3.Row, place: Membership, teams: dict[str, str], marked: dict[str, sqlite3.Row]
) -> Stage:
    answered = bool(row["answered"])
    marks = tuple(
        Mark(one["team"], key, float(one["expected"]) if answered or key == place.key else None)
        for key, one in marked.items()
    )
    missing = tuple(team for key, team in teams.items() if key not in marked)
    look = json.loads(row["look"])
    return Stage(row["number"], row["scenario"], look, row["asked"] or "", answered, marks, missing)
