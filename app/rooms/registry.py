"""Rooms in which teams hand in scenarios and compare them: what may be done, and by whom.

A room is found by its code only. A browser is known by its session cookie, of which a digest is
kept, so that a reload or a restart of the server brings everybody back to their place. Complaints
are `RoomError` with the key of a text: the page says them in the visitor's language. Every method
raises `StoreError` if the disk is full or fails; what it was to do is then not done at all.
"""

import hmac
import json
import secrets
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, Self

from divide.app.rooms.file import (
    RoomFile,
    check_rows,
    digest,
    now,
    remove_expired,
    remove_member,
    set_member,
    touch,
)
from divide.app.rooms.limit import Limit
from divide.app.rooms.names import team_key, team_name
from divide.app.rooms.records import (
    Membership,
    Room,
    RoomError,
    Submission,
    read_scenario,
    submission,
)
from divide.app.visit.state import bounded, clean_name
from divide.experiments.keep.identity import edition
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

#: No 0 and O, 1, I and L: a code is read aloud and typed from a screen.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
MOST_ROOMS, MOST_TEAMS, MOST_SUBMISSIONS = 200, 60, 10
#: Browsers that may wait to be let in as a team of one room.
MOST_CLAIMS = 20
LONGEST_SCENARIO = 20_000
#: What a room ranks by until its facilitator chooses.
FIRST_OUTCOME = "usage_gini"


class Rooms:
    """All rooms of a server.

    Args:
        file: Where they are kept.
        joins: Wrong codes and keys of a browser before it must wait.
        sends: Scenarios of a browser before it must wait.
        makes: Rooms made by a browser before it must wait.

    A browser may forget its cookie, so that its address is counted as well, more generously: a
    whole class may share one. Nobody else has to wait.
    """

    def __init__(
        self,
        file: RoomFile,
        joins: Limit | None = None,
        sends: Limit | None = None,
        makes: Limit | None = None,
    ) -> None:
        self.file = file
        self._joins = joins or Limit(5, 60)
        self._sends = sends or Limit(6, 60)
        self._makes = makes or Limit(5, 3600)
        self._joins_there, self._makes_there = Limit(100, 60), Limit(40, 3600)
        with file.writing() as db:
            remove_expired(db)
            # Figures of other code cannot stand beside ours.
            query = "UPDATE submission SET headline = NULL, error = NULL WHERE program <> ?"
            db.execute(query, (edition(),))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The rooms that are kept in a folder.

        Raises:
            InputError: It cannot be used (see `RoomFile`).
            StoreError: The disk is full or fails; the file is closed.
        """
        file = RoomFile(folder)
        try:
            return cls(file)
        except BaseException:
            file.close()
            raise

    # Coming and going ----------------------------------------------------------------------------

    def create(self, browser: str, title: str, base: Scenario, address: str = "") -> str:
        """Make a room led by this browser.

        Every run in the room has the period, seed, size and parameters of `base`.

        Returns:
            The facilitator's key, which is shown once and not kept.

        Raises:
            RoomError: Too many rooms.
        """
        self._makes.check(browser)
        self._makes_there.check(address)
        base = replace(base, policy=Policy())
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        key = secrets.token_urlsafe(16)
        title = clean_name(title) or code
        row = (title, code, digest(code), digest(key), base.to_yaml(), FIRST_OUTCOME, now())
        with self.file.writing() as db:
            remove_expired(db)
            if db.execute("SELECT count(*) FROM room").fetchone()[0] >= MOST_ROOMS:
                raise RoomError("too_many_rooms", most=MOST_ROOMS)
            made = db.execute(
                "INSERT INTO room (title, code, code_digest, key_digest, settings, outcome, made)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            set_member(db, digest(browser), made.lastrowid or 0, None, None)
        self._makes.count(browser)
        if address:
            self._makes_there.count(address)
        return key

    def join(self, browser: str, code: str, team: str, address: str = "") -> None:
        """Enter a room as a team.

        A name that is another browser's is not given away: the facilitator is asked whether this
        browser is the same team (see `admit`).

        Raises:
            RoomError: Wrong code, too many of them, no good name, one in use, or a full room.
        """
        room = self._find(browser, code, address)["id"]
        team = team_name(team)
        key, me = team_key(team), digest(browser)
        with self.file.writing() as db:
            query = "SELECT browser FROM owner WHERE room = ? AND team_key = ?"
            owner = db.execute(query, (room, key)).fetchone()
            free = owner is None or hmac.compare_digest(owner[0], me)
            if not free:
                self._ask_in(db, room, team, me)
            else:
                teams = "SELECT count(*) FROM owner WHERE room = ? AND browser <> ?"
                if db.execute(teams, (room, me)).fetchone()[0] >= MOST_TEAMS:
                    raise RoomError("room_full", most=MOST_TEAMS)
                set_member(db, me, room, team, key)
        if not free:
            raise RoomError("team_taken", team=team)

    @staticmethod
    def _ask_in(db: sqlite3.Connection, room: int, team: str, browser: bytes) -> None:
        """Let the facilitator know that a browser says it is a team; the oldest wish makes room."""
        row = (room, team, team_key(team), browser)
        query = "INSERT OR REPLACE INTO claim (room, team, team_key, browser) VALUES (?, ?, ?, ?)"
        db.execute(query, row)
        newest = "SELECT id FROM claim WHERE room = ? ORDER BY id DESC LIMIT ?"
        query = f"DELETE FROM claim WHERE room = ? AND id NOT IN ({newest})"  # noqa: S608 - ours
        db.execute(query, (room, room, MOST_CLAIMS))
        touch(db, room)

    def lead(self, browser: str, code: str, key: str, address: str = "") -> None:
        """Enter a room as its facilitator, from another browser than the one that made it.

        Raises:
            RoomError: Wrong code or key, or too many of them.
        """
        room = self._find(browser, code, address)
        if not hmac.compare_digest(room["key_digest"], digest(key.strip()[:200])):
            self._wrong(browser, address, "wrong_key")
        with self.file.writing() as db:
            set_member(db, digest(browser), room["id"], None, None)

    def leave(self, browser: str) -> None:
        """Give up one's place; what was handed in stays."""
        with self.file.writing() as db:
            remove_member(db, digest(browser))

    def place(self, browser: str) -> Membership | None:
        """Where a browser is, if it is in a room."""
        with self.file.reading() as db:
            check_rows(db, "member", "browser = ?", digest(browser))
            row = db.execute("SELECT * FROM member WHERE browser = ?", (digest(browser),))
            found = row.fetchone()
        if found is None:
            return None
        return Membership(found["room"], found["team"], found["team_key"] or "")

    def _find(self, browser: str, code: str, address: str) -> sqlite3.Row:
        """The room of a code, which is looked up by its digest: no letter can be guessed alone."""
        self._joins.check(browser)
        self._joins_there.check(address)
        wanted = digest("".join(c for c in code.upper()[:40] if c.isalnum()))
        with self.file.reading() as db:
            check_rows(db, "room", "code_digest = ?", wanted)
            found = db.execute("SELECT * FROM room WHERE code_digest = ?", (wanted,)).fetchone()
        if found is None or not hmac.compare_digest(found["code_digest"], wanted):
            self._wrong(browser, address, "wrong_code")
        return found

    def _wrong(self, browser: str, address: str, what: str) -> NoReturn:
        self._joins.count(browser)
        if address:
            self._joins_there.count(address)
        raise RoomError(what)

    # Handing in and looking ----------------------------------------------------------------------

    def submit(self, browser: str, name: str, policy: Policy) -> None:
        """Hand in a policy; it is kept when this returns, and computed later.

        Raises:
            RoomError: Not a team, frozen, no name, too many, too fast, or the same again.
            InputError: The policy asks for what the page does not run.
        """
        self._sends.check(browser)
        place, room = self.seen(browser)
        if place.team is None:
            raise RoomError("teams_only")
        name = clean_name(name)
        if not name:
            raise RoomError("name_missing")
        scenario = bounded(replace(room.base, policy=policy))
        text = scenario.to_yaml()
        if len(text.encode()) > LONGEST_SCENARIO:
            raise RoomError("too_long", most=LONGEST_SCENARIO)
        row = (place.room, place.team, place.key, name, scenario.digest, text, now())
        with self.file.writing() as db:
            if db.execute("SELECT frozen FROM room WHERE id = ?", (place.room,)).fetchone()[0]:
                raise RoomError("is_frozen")
            mine = "SELECT digest FROM submission WHERE room = ? AND team_key = ?"
            digests = [found[0] for found in db.execute(mine, (place.room, place.key))]
            if scenario.digest in digests:
                raise RoomError("submitted_already")
            if len(digests) >= MOST_SUBMISSIONS:
                raise RoomError("too_many_submissions", most=MOST_SUBMISSIONS)
            db.execute(
                "INSERT INTO submission (room, team, team_key, name, digest, scenario, sent)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            touch(db, place.room)
        self._sends.count(browser)

    def room(self, browser: str) -> Room:
        """The room that a browser is in.

        Raises:
            RoomError: It is in none.
        """
        return self.seen(browser)[1]

    def board(self, browser: str) -> list[Submission]:
        """What a browser may see: all if it leads the room or after the reveal, else its own.

        Raises:
            RoomError: It is in no room.
        """
        place, room = self.seen(browser)
        query = "SELECT * FROM submission WHERE room = ?"
        values: list[int | str] = [place.room]
        if not (place.facilitator or room.revealed):
            query, values = f"{query} AND team_key = ?", [place.room, place.key]
        with self.file.reading() as db:
            check_rows(db, "submission", "room = ?", place.room)
            rows = db.execute(f"{query} ORDER BY id", values).fetchall()
        return [submission(row) for row in rows]

    def changes(self, browser: str) -> tuple[int, int]:
        """Changes when something that this browser sees may have changed: room and its count."""
        query = "SELECT id, version FROM room JOIN member ON room.id = room WHERE browser = ?"
        with self.file.reading() as db:
            found = db.execute(query, (digest(browser),)).fetchone()
        return (0, 0) if found is None else tuple(found)

    def seen(self, browser: str) -> tuple[Membership, Room]:
        """Where a browser is, and the room.

        Raises:
            RoomError: It is in none.
        """
        place = self.place(browser)
        if place is None:
            raise RoomError("no_room")
        with self.file.reading() as db:
            check_rows(db, "room", "id = ?", place.room)
            row = db.execute("SELECT * FROM room WHERE id = ?", (place.room,)).fetchone()
            teams = "SELECT count(*) FROM member WHERE room = ? AND team IS NOT NULL"
            sent = "SELECT count(*) FROM submission WHERE room = ?"
            counts = [db.execute(q, (place.room,)).fetchone()[0] for q in (teams, sent)]
        base = read_scenario(row["settings"])
        flags = bool(row["frozen"]), bool(row["revealed"])
        return place, Room(row["title"], row["code"], base, row["outcome"], *flags, *counts)

    # Leading -------------------------------------------------------------------------------------

    def freeze(self, browser: str, *, on: bool) -> None:
        """Stop or resume handing in (facilitator)."""
        self._set(browser, "frozen", int(on))

    def reveal(self, browser: str, *, on: bool) -> None:
        """Show everybody's scenarios to everybody, or hide them again (facilitator)."""
        self._set(browser, "revealed", int(on))

    def rank_by(self, browser: str, outcome: str) -> None:
        """Choose what the board ranks by (facilitator)."""
        self._set(browser, "outcome", outcome[:60])

    def _set(self, browser: str, column: str, value: object) -> None:
        place = self.leading(browser)
        with self.file.writing() as db:
            db.execute(f"UPDATE room SET {column} = ? WHERE id = ?", (value, place.room))  # noqa: S608 - columns of ours
            touch(db, place.room)

    def claims(self, browser: str) -> list[tuple[int, str]]:
        """Number and team of each browser that says it is a team of this room (facilitator)."""
        query = "SELECT id, team FROM claim WHERE room = ? ORDER BY id"
        with self.file.reading() as db:
            rows = db.execute(query, (self.leading(browser).room,)).fetchall()
        return [(row["id"], row["team"]) for row in rows]

    def admit(self, browser: str, number: int, *, let_in: bool) -> None:
        """Let a browser in as the team that it says it is, in place of the one before, or do not.

        Raises:
            RoomError: Not the facilitator.
        """
        room = self.leading(browser).room
        query = "DELETE FROM claim WHERE id = ? AND room = ? RETURNING team, team_key, browser"
        with self.file.writing() as db:
            claim = db.execute(query, (number, room)).fetchone()
            if claim is not None and let_in:
                before = "SELECT browser FROM member WHERE room = ? AND team_key = ?"
                for (other,) in db.execute(before, (room, claim["team_key"])).fetchall():
                    remove_member(db, other)
                set_member(db, claim["browser"], room, claim["team"], claim["team_key"])
            touch(db, room)

    def leading(self, browser: str) -> Membership:
        """Where a browser is that leads a room.

        Raises:
            RoomError: It leads none.
        """
        place, _ = self.seen(browser)
        if not place.facilitator:
            raise RoomError("facilitator_only")
        return place

    # The server's own work -----------------------------------------------------------------------

    def waiting(self) -> list[Submission]:
        """Scenarios of all rooms that are not computed yet, oldest first."""
        query = "SELECT * FROM submission WHERE headline IS NULL AND error IS NULL ORDER BY id"
        with self.file.reading() as db:
            check_rows(db, "submission", "headline IS NULL AND error IS NULL")
            rows = db.execute(query).fetchall()
        return [submission(row) for row in rows]

    def computed(self, digest: str, headline: dict[str, list[float]] | None, error: str) -> None:
        """Keep the figures of a scenario, or why there are none, wherever it was handed in."""
        text = None if headline is None else json.dumps(headline)
        with self.file.writing() as db:
            db.execute(
                "UPDATE submission SET headline = ?, error = ?, program = ? WHERE digest = ?",
                (text, None if headline is not None else error[:200], edition(), digest),
            )
            db.execute(
                "UPDATE room SET version = version + 1 WHERE id IN"
                " (SELECT room FROM submission WHERE digest = ?)",
                (digest,),
            )
