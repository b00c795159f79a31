"""Think first: a page may hold its figures until somebody has said what they expect of a change.

A page holds in two cases. Its visitor wants to guess first: then figures stay those before the
change until a mark is set. Or a room is asked about a scenario: then whoever has it on the page
sees the status quo until the answer is shown.
"""

import threading
from dataclasses import dataclass, replace
from typing import Protocol

from divide.app.visit.driver import Frame
from divide.app.visit.interval import status_quo
from divide.app.visit.state import Draft
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import Scenario


class Question(Protocol):
    """What a room is shown, or asked about (see `rooms.stage.Stage`)."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""

    @property
    def held(self) -> bool:
        """Whether its figures must wait."""


@dataclass(frozen=True)
class Guess:
    """What a visitor expected of a change.

    Attributes:
        digest: Of the scenario that the change led to.
        expected: Change of the outcome, in its unit.
    """

    digest: str
    outcome: str
    year: int
    expected: float


class ThinkFirst:
    """What one page shows: its frames as they come, or for now the figures before the change.

    Attributes:
        on: Whether the visitor wants to guess first.
        guess: The last mark of a visitor without a room.
        held: Whether figures wait: for the "visitor", for the "room", or "" for neither.
        screen: What the page shows; None before the first frame.
        playing: "before" or "after" while the last change is shown again, else "".
    """

    def __init__(self) -> None:
        self.on = False
        self.guess: Guess | None = None
        self.screen: Frame | None = None
        self.held = ""
        self.playing = ""
        self._question: tuple[str, bool] = ("", False)
        self._new: Frame | None = None
        self._open: Frame | None = None
        self._before: Frame | None = None
        self._lock = threading.Lock()

    def take(self, frame: Frame) -> Frame:
        """What the page shows of a new frame."""
        with self._lock:
            self._new = frame
            self.screen = self._seen(frame)
            return self.screen

    def _seen(self, frame: Frame) -> Frame:
        if frame.shown is None or frame.you is None:
            return frame
        digest = frame.shown.scenario.digest
        asked, held = self._question
        if digest == asked:
            before, self.held = self.held, "room" if held else ""
            if held:
                return _withheld(bare(frame))
            if before == "room" or _digest(self._open) != digest:  # all have seen the status quo
                self._before = bare(frame)
        elif _digest(self._open) not in ("", digest):
            if self.on and _alike(frame, self._open):
                self.held = "visitor"
                return _withheld(_figures_of(frame, self._open))
            self._before = self._open
        self.held = ""
        if _digest(self._open) != digest:
            self.playing = ""
        self._open = frame
        if self.playing == "before" and self.before is not None:
            return _figures_of(frame, self.before)
        return frame

    @property
    def before(self) -> Frame | None:
        """The frame before the last change, if it can be shown beside the one after it."""
        return self._before if self._before and _alike(self._open, self._before) else None

    @property
    def after(self) -> Frame | None:
        """The frame that is open, which the page shows unless it plays what was before."""
        return self._open

    def ask(self, question: Question | None) -> None:
        """A room is shown a scenario or asked about it; None if it is not any more."""
        with self._lock:
            self._question = ("", False)
            if question is not None:
                self._question = (question.scenario.digest, question.held)

    def switch(self, on: bool) -> None:
        """Guess before every change, or not."""
        self.on = on

    def mark(self, outcome: str, year: int, expected: float) -> None:
        """The visitor has said what they expect; the figures are shown."""
        with self._lock:
            if self._new is not None and self.held == "visitor":
                self.guess = Guess(_digest(self._new), outcome, year, expected)
        self.show()

    def show(self) -> None:
        """Show what is held from the visitor."""
        with self._lock:
            if self.held == "visitor":
                self._before, self._open, self.held = self._open, self._new, ""

    def play(self, phase: str) -> None:
        """Show the last change again: "before", then "after"; "" ends it."""
        if phase in ("before", "after", "") and self.before is not None and not self.held:
            self.playing = phase


def bare(frame: Frame) -> Frame:
    """The frame with the figures of its status quo."""
    if frame.shown is None:
        return frame
    plain = Draft(status_quo(frame.shown.scenario), REFERENCE)
    return _bare_of(replace(frame, shown=plain, you=frame.base))


def _figures_of(frame: Frame, other: Frame | None) -> Frame:
    """The frame with the figures of another, whose levers it has not."""
    if other is None:
        return frame
    kept = {name: getattr(other, name) for name in ("shown", "you", "base", "interval")}
    return replace(_bare_of(frame), **kept)


def _bare_of(frame: Frame) -> Frame:
    """Without what tells how and how surely the new figures came about."""
    return replace(frame, interval=None, explained=None, why_done=0, why_runs=0)


def _withheld(frame: Frame) -> Frame:
    """Without what else would tell the figures that wait: the lever in hand, and pins of them."""
    new = frame.draft.scenario.digest
    pins = tuple((pin, None if pin.scenario.digest == new else found) for pin, found in frame.pins)
    return replace(frame, pins=pins, held=None)


def change(frame: Frame, before: Frame | None, outcome: str, year: int) -> float | None:
    """What an outcome of a year has become under a frame: less that before, or the status quo's."""
    other = frame.base if before is None else before.you
    if frame.you is None or other is None or outcome not in OUTCOMES:
        return None
    rows = [list(result.years).index(year) for result in (frame.you, other) if year in result.years]
    if len(rows) < 2:
        return None
    return float(frame.you.series[outcome][rows[0]] - other.series[outcome][rows[1]])


def _digest(frame: Frame | None) -> str:
    return frame.shown.scenario.digest if frame is not None and frame.shown is not None else ""


def _alike(frame: Frame | None, other: Frame | None) -> bool:
    """Whether the two have one status quo, so that years and all but the policy are the same."""
    if frame is None or other is None or frame.base is None or other.base is None:
        return False
    return frame.base.digest == other.base.digest
