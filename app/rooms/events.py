"""What one browser can do in a room, and what it is shown of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import segno

from divide.app.page.display import written
from divide.app.rooms.aim import AIM, goal_of, kept
from divide.app.rooms.board import (
    RANKED,
    beside,
    board_csv,
    caution,
    label,
    ranked,
    ranking,
    rows,
)
from divide.app.rooms.briefs import briefs, printed
from divide.app.rooms.host import HostPage
from divide.app.rooms.records import Membership, Room, RoomError, Submission
from divide.app.rooms.stage import Stage, Stages
from divide.app.visit.goal import to_text
from divide.app.visit.link import to_query
from divide.app.visit.state import Draft, bounded
from divide.app.words import Words
from divide.app.words.refused import refusal
from divide.experiments.keep.failure import StoreError
from divide.model.declare.errors import InputError
from divide.model.policy.policy import REFERENCE, Policy

#: A change made by somebody else is seen after at most this long (seconds).
PULSE = 1.0


@dataclass(frozen=True)
class PanelState:
    """What one browser has been told; `count` makes every telling a new one."""

    count: int = 0
    changes: tuple[int, int] = (0, 0)
    message: str = ""
    key: str = ""
    file: dict[str, Any] | None = None


class RoomEvents:
    """The events of one browser. All it sends is text or a number, and is checked.

    Args:
        browser: Its session cookie.
        address: Where its requests come from.
        told: What it was told last.
        tell: Tells it something new.
    """

    def __init__(
        self,
        host: HostPage,
        browser: str,
        told: Callable[[], PanelState],
        tell: Callable[[PanelState], None],
        address: str = "",
    ) -> None:
        self.host, self.browser, self.told, self._tell = host, browser, told, tell
        self.address = address
        self.rooms = host.evaluator.rooms
        self.stages = Stages(self.rooms)
        self.stage: Stage | None = None
        self.t: Words
        self._shown: dict[str, Any] = {"place": ""}
        self._stale = self._behind = False
        self._lock = threading.Lock()

    def follow(self, stop: threading.Event) -> None:
        """Notice what others change, until told to stop (runs in a thread)."""
        self.attend()
        while not stop.wait(PULSE):
            try:
                if self._stale or self.rooms.changes(self.browser) != self.told().changes:
                    self.tell(keep=True)
                if self._behind:
                    self.attend()
            except StoreError:
                continue  # the file is busy, or the server is closing

    def tell(self, message: str = "", *, keep: bool = False, **settings: Any) -> None:
        """Show what is true now; `keep` leaves the message that is shown."""
        with self._lock:
            now = self.told()
            message = now.message if keep else message
            settings = {"key": now.key, "file": now.file} | settings
            try:
                changes = self.rooms.changes(self.browser)
            except StoreError:  # `follow` looks again
                changes = now.changes
            self._tell(PanelState(now.count + 1, changes, message, **settings))
        if changes != now.changes:
            self.attend()

    def attend(self) -> None:
        """Let the page follow what the facilitator shows to everybody."""
        try:
            self.stage = self.stages.now(self.browser)
            if self.stage is not None:
                bounded(self.stage.scenario)
        except (RoomError, InputError):  # one of another version may not be known here
            self.stage = None
        except StoreError:
            self._behind = True  # `follow` looks again
            return
        self._behind = False
        self.host.attend(self.stage)

    def act(self, change: Callable[[], object], **settings: Any) -> bool:
        """Carry out a change; whether it was carried out."""
        try:
            change()
        except RoomError as error:
            self.tell(self.t(error.key, **error.values))
        except InputError as error:
            self.tell(refusal(self.t, error))
        except StoreError:
            self.tell(self.t("rooms.not_kept"))
        else:
            self.tell(**settings)
            return True
        return False

    # Events --------------------------------------------------------------------------------------

    def join(self, data: Any) -> None:
        """Enter as a team."""
        code, team = _text(data, "code"), _text(data, "team")
        if self.act(lambda: self.rooms.join(self.browser, code, team, self.address), key=""):
            # Years and seed of the room, or its board would not say what the page says.
            self.act(lambda: self.host.settle(self.rooms.room(self.browser).base))

    def lead(self, data: Any) -> None:
        """Enter as facilitator."""
        code, key = _text(data, "code"), _text(data, "key")
        self.act(lambda: self.rooms.lead(self.browser, code, key, self.address))

    def make(self, data: Any) -> None:
        """Make a room; its key is shown until the page is loaded anew."""
        title, scenario, keys = _text(data, "title"), self.host.scenario, [""]

        def make() -> None:
            keys.append(self.rooms.create(self.browser, title, scenario, self.address))

        if self.act(make):
            self.tell(key=keys[-1])

    def submit(self, data: Any) -> None:
        """Hand in the scenario on the page."""
        name, policy = _text(data, "name"), self.host.scenario.policy
        if self.act(lambda: self.rooms.submit(self.browser, name, policy)):
            self.host.evaluator.notify()

    def admit(self, data: Any) -> None:
        """Let a browser in as the team that it says it is, or do not."""
        given = data if isinstance(data, dict) else {}
        number, let_in = given.get("number"), given.get("let_in") is True
        if isinstance(number, int):
            self.act(lambda: self.rooms.admit(self.browser, number, let_in=let_in))

    def freeze(self, on: Any) -> None:
        """Stop or resume handing in."""
        self.act(lambda: self.rooms.freeze(self.browser, on=bool(on)))

    def reveal(self, on: Any) -> None:
        """Show or hide what was handed in."""
        self.act(lambda: self.rooms.reveal(self.browser, on=bool(on)))

    def rank(self, outcome: Any) -> None:
        """Rank by something else."""
        if outcome == AIM:
            self._aim()
        elif outcome in RANKED:
            self.act(lambda: self.rooms.rank_by(self.browser, outcome))

    def _aim(self) -> None:
        """Make the goal on the facilitator's page that of the room, and rank by it."""
        goal = self.host.goal
        if goal is None:
            self.tell(self.t("goal.none"))
        else:
            self.act(lambda: self.rooms.rank_by(self.browser, kept(goal)))

    def show(self, number: Any) -> None:
        """Put a scenario of the board on the page."""

        def put() -> None:
            for submission in self.rooms.board(self.browser):
                if submission.number == number:
                    self.host.show(submission.scenario)

        self.act(put)

    def export_board(self, _: Any = None) -> None:
        """Hand out the board as a table."""
        texts: list[str] = []

        def make() -> None:
            room, board = self.rooms.room(self.browser), self.rooms.board(self.browser)
            texts.append(board_csv(ranked(board, room.outcome), room.outcome))

        if self.act(make):
            serial = self.told().count
            file = {"serial": serial, "name": "board.csv", "text": texts[0], "type": "text/csv"}
            self.tell(file=file)

    # Showing to everybody ------------------------------------------------------------------------

    def drive(self, _: Any = None) -> None:
        """Show the facilitator's page to everybody."""
        self._put("")

    def ask(self, _: Any = None) -> None:
        """Ask the teams what they expect of the scenario on the facilitator's page."""
        self._put(self.host.outcome)

    def _put(self, asked: str) -> None:
        scenario, look = self.host.scenario, self.host.look
        self.act(lambda: self.stages.put(self.browser, scenario, look, asked))

    def mark(self, expected: float) -> None:
        """Set the team's mark."""
        self.act(lambda: self.stages.mark(self.browser, expected))

    def answer(self, _: Any = None) -> None:
        """Show the answer though marks are missing."""
        self.act(lambda: self.stages.answer(self.browser))

    def release(self, _: Any = None) -> None:
        """Show nothing to everybody any more."""
        self.act(lambda: self.stages.close(self.browser))

    def speak_for(self, role: Any) -> None:
        """Choose whom the team speaks for."""
        self.act(lambda: self.stages.speak_for(self.browser, str(role)[:40]))

    def print_briefs(self, _: Any = None) -> None:
        """Hand out the briefs of all roles and the debrief, to be printed."""
        serial = self.told().count
        file = {"serial": serial, "name": "briefs.html", "type": "text/html", "open": True}
        self.tell(file={**file, "text": printed(self.t)})

    def leave(self, _: Any = None) -> None:
        """Leave the room."""
        self.act(lambda: self.rooms.leave(self.browser), key="", file=None)

    # What is shown -------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        """All that the panel shows, in words; what it showed last while the file cannot be read."""
        try:
            self._shown, self._stale = self._view(), False
        except StoreError:
            self._stale = True  # `follow` looks again
        return self._shown

    def _view(self) -> dict[str, Any]:
        try:
            place = self.rooms.place(self.browser)
            if place is None:
                return {"place": ""}
            room, board = self.rooms.room(self.browser), self.rooms.board(self.browser)
            claims = self.rooms.claims(self.browser) if place.facilitator else []
            roles, staged = self.stages.roles(self.browser), bool(self.stages.now(self.browser))
        except RoomError:  # left meanwhile, on another page of this browser
            return {"place": ""}
        shown = {**_head(place, room, self.t), **_board(place, room, board, self.t)}
        shown |= {**briefs(place, roles, self.t), "staged": staged}
        spoken = {team: self.t(f"roles.{role}.title") for team, role in roles.values()}
        for row in shown["rows"]:
            row["role"] = spoken.get(row["team"], "")
        asking = [
            {"number": number, "text": self.t("rooms.claim", team=team)} for number, team in claims
        ]
        own = invitation(room, self.host.address) if place.facilitator else {}
        return {**shown, "claims": asking, **own}


def _head(place: Membership, room: Room, t: Words) -> dict[str, Any]:
    base = room.base
    firms = written(base.firms, 0, t)
    return {
        "place": "facilitator" if place.facilitator else "team",
        "team": place.team or "",
        "title": room.title,
        "frozen": room.frozen,
        "revealed": room.revealed,
        "state": [
            t("rooms.state_frozen" if room.frozen else "rooms.state_open"),
            t("rooms.revealed" if room.revealed else "rooms.hidden"),
            t("rooms.teams", count=room.teams),
            t("rooms.scenarios", count=room.submissions),
        ],
        "settings": t(
            "rooms.settings", start=base.start, until=base.until, firms=firms, seed=base.seed
        ),
    }


def _board(place: Membership, room: Room, board: list[Submission], t: Words) -> dict[str, Any]:
    outcome, goal = room.outcome, goal_of(room.outcome)
    offered = [{"value": name, "label": label(name, t)} for name in RANKED]
    return {
        "outcome": AIM if goal else outcome,
        "goal": to_text(goal) if goal else "",
        "column": label(outcome, t),
        "ranking": ranking(outcome, t),
        "caution": caution(outcome, t),
        "ranked": [
            {"value": AIM, "label": label(outcome, t) if goal else t("goal.title")},
            *offered,
        ],
        "rows": rows(ranked(board, outcome), outcome, t),
        "beside": beside(outcome),
        "mine": sum(submission.team == place.team for submission in board),
    }


def invitation(room: Room, address: str) -> dict[str, str]:
    """Code, link and its QR code, for the facilitator to show.

    The link opens a page in the settings of the room. The code stands behind a #, where it reaches
    no server's log.
    """
    code = f"{room.code[:4]}-{room.code[4:]}"
    start = replace(room.base, policy=Policy.load(REFERENCE))
    tail = f"{to_query(Draft(start))}#room={room.code}"
    if not address:
        return {"code": code, "link": "", "tail": tail, "qr": ""}
    link = f"{address}{'&' if '?' in address else '?'}{tail}"
    picture = segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=2)
    return {"code": code, "link": link, "tail": tail, "qr": picture}


def _text(data: Any, name: str) -> str:
    """A text of an event, cut to what any of ours may be long."""
    found = data.get(name, "") if isinstance(data, dict) else ""
    return str(found)[:400]
