"""Brings results to one visit: what is shown first, then how sure it is, then guesses ahead."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from divide.app.page.levers import neighbours, next_moves
from divide.app.server.engine import Busy, Engine, Rank, RunFailed
from divide.app.visit.held import Held, held_runs
from divide.app.visit.interval import Interval, interval_of, pairs, status_quo
from divide.app.visit.result import Result
from divide.app.visit.state import Draft, Pin, View, Visit
from divide.app.visit.terms import Asked, Terms, terms_of
from divide.app.visit.why import Explanation, Why
from divide.app.words import Words, isolated, words
from divide.app.words.refused import refusal
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario

#: Rest after the last change before work in the background starts (seconds).
SETTLED = 0.4
#: Scenarios run ahead of the visitor.
GUESSES = 30
#: Runs waiting above which the server counts as crowded.
CROWDED = 12

#: Longest wait for the turn to make a frame (seconds).
TURN = 2.0

logger = logging.getLogger(__name__)


class Turn:
    """One frame at a time: twenty that share the interpreter would all be ready last.

    Nothing but speed hangs on it, so that whoever waits too long goes ahead.

    Attributes:
        waiting: How many wait for their turn.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._frames = threading.RLock()
        self._count = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn and have it."""
        with self._count:
            self.waiting += 1
        mine = self._frames.acquire(timeout=TURN)
        with self._count:
            self.waiting -= 1
        try:
            yield
        finally:
            if mine:
                self._frames.release()


turn = Turn()


@dataclass(frozen=True)
class Frame:
    """What the page shows at one moment; `you` may lag behind the levers of `draft`.

    Attributes:
        draft: What the levers say.
        shown: The draft that the figures belong to; None before the first result.
        you, base: Results of `shown` and of the status quo.
        pins: Pinned scenarios with the results at hand.
        busy: Whether the figures lag behind the levers.
        interval: None while it is computed.
        explained: The explanation asked for, as far as it has come.
        held: The lever in hand, and the runs that tell what it does; None without one.
        terms: The difference from the status quo in every country, term by term, once a country is
            chosen; None while it is computed.
        why_done, why_runs: Runs done and needed for it; no runs if none was asked for.
        undo, redo: Whether there is something to undo or redo.
    """

    draft: Draft
    view: View
    shown: Draft | None = None
    you: Result | None = None
    base: Result | None = None
    pins: tuple[tuple[Pin, Result | None], ...] = ()
    busy: bool = True
    message: str = ""
    interval: Interval | None = None
    explained: Explanation | None = None
    held: Held | None = None
    terms: Terms | None = None
    why_done: int = 0
    why_runs: int = 0
    undo: bool = False
    redo: bool = False

    def __post_init__(self) -> None:
        """Look at a year of the figures, which may lag behind a change of the period."""
        if self.you is not None and self.view.year not in self.you.years:
            year = int(self.you.years[self.you.row(self.view.year)])
            object.__setattr__(self, "view", replace(self.view, year=year))

    @property
    def results(self) -> tuple[Result, Result]:
        """Results of the page shown and of the status quo.

        Raises:
            LookupError: There are none yet.
        """
        if self.you is None or self.base is None:
            raise LookupError("no result yet")
        return self.you, self.base

    @property
    def changed(self) -> bool:
        """Whether the page shown does anything beyond the status quo."""
        return self.shown is not None and bool(self.shown.scenario.policy.levers)


class Driver:
    """Asks the engine for what a visit needs and publishes frames.

    Args:
        publish: Called with each new frame, from the thread of the change or from `follow`.
    """

    def __init__(
        self,
        engine: Engine,
        visit: Visit,
        publish: Callable[[Frame], None],
    ) -> None:
        self.engine, self.visit, self.publish = engine, visit, publish
        self.frame = Frame(visit.draft, visit.view)
        self.focus, self.direction = "", 1
        self.typed: float | None = None
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._news = False
        self._closed = False
        self._changed = time.monotonic()
        self._why: Why | None = None
        self._made: dict[str, tuple[object, Any]] = {}
        self._failed: dict[str, str] = {}
        self._wanted: dict[str, set[str]] = {}
        self._found: dict[str, dict[str, Result]] = {}
        self._heard: dict[tuple[str, str], Future[Result]] = {}

    @property
    def _words(self) -> Words:
        """What is said in the visitor's language."""
        return words(self.visit.view.lang)

    # From the page -------------------------------------------------------------------------------

    def act(self, change: Callable[[], object]) -> None:
        """Carry out a change of the visit and show what can be shown at once."""
        with self._lock:
            before = self.visit.draft
            try:
                change()
            except InputError as error:
                self.visit.message = refusal(self._words, error)
            if self.visit.draft != before:
                self._why, self.typed = None, None
                self._changed = time.monotonic()
                self.engine.quiet()
            self.refresh()
        self._wake.set()

    def explain(self) -> None:
        """Start explaining why the page differs from the status quo."""
        with self._lock:
            self._why = Why(self.visit.draft.scenario)
            self.refresh()
        self._wake.set()

    def again(self) -> None:
        """Publish the present frame once more, for something beside it that has changed.

        Not while one is made: the page would be left with the one before it.
        """
        with self._lock:
            self.publish(self.frame)

    def hold(self, lever: str) -> None:
        """Guess that this lever moves next."""
        if lever != self.focus:
            self.focus, self.direction, self.typed = lever, 1, None
            self._news = True
            self._wake.set()

    def expect(self, lever: str, value: float) -> None:
        """Begin with a number that is being typed, before it is entered."""
        self.focus, self.typed = lever, value
        self._news = True
        self._wake.set()

    def close(self) -> None:
        """End the thread and drop what is waited for."""
        self._closed = True
        self._wake.set()
        for what in self._wanted:
            self.engine.forget((id(self), what))

    def follow(self) -> None:
        """Publish what arrives and fill quiet moments, until closed (runs in a thread)."""
        while not self._closed:
            rest = self._changed + SETTLED - time.monotonic()
            self._wake.wait(rest + 0.01 if rest > 0 else None)
            self._wake.clear()
            if self._closed:
                return
            if not self._news and time.monotonic() < self._changed + SETTLED:
                continue
            self._news = False
            try:
                self.refresh()
            except Exception:  # one bad frame must not end the visit
                logger.exception("a frame could not be made")

    # One frame -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Publish the frame that the results at hand allow; ask for the others."""
        with self._lock, turn.take():
            if self._closed:
                return
            if turn.waiting:  # first what others wait for, then what comes in quiet moments
                self._changed = time.monotonic()
            visit, draft = self.visit, self.visit.draft
            scenario = draft.scenario
            base = self._same("base", scenario, lambda: status_quo(scenario))
            complaint, found = self._want(
                "shown", Rank.SHOWN, [scenario, base, *(pin.scenario for pin in visit.pins)]
            )
            ready = found[0] is not None and found[1] is not None
            frame = replace(
                self.frame,
                draft=draft,
                view=visit.view,
                pins=tuple(zip(visit.pins, found[2:], strict=True)),
                undo=bool(visit.past),
                redo=bool(visit.future),
                busy=not ready and not complaint,
                message=complaint or visit.message,
            )
            if ready:
                same = frame.shown is not None and frame.shown.scenario == scenario
                interval = frame.interval if same else None
                frame = replace(frame, shown=draft, you=found[0], base=found[1], interval=interval)
            frame = self._background(frame, scenario, base, ready=ready)
            if frame != self.frame:
                moved = frame.shown is not self.frame.shown
                self.frame = frame
                if moved:
                    self.engine.quiet()
                self.publish(frame)
                if moved:  # rest begins when there is something to look at
                    self._changed = time.monotonic()

    def _background(
        self, frame: Frame, scenario: Scenario, base: Scenario, *, ready: bool
    ) -> Frame:
        """Go on with interval, explanation and guesses, if the visitor rests."""
        settled = ready and time.monotonic() - self._changed >= SETTLED
        crowded = self.engine.waiting > CROWDED
        # A lever's own runs come soon after those that people wait for, and never before.
        frame = self._held(frame, scenario, ready=ready and (settled or not crowded))
        moves = self._moves(scenario) if ready else []
        # With many visitors each gets one guess, or nobody would get any in time.
        self._want("next", Rank.NEXT, moves[: 1 if crowded else None])
        runs: list[Scenario] = []
        if settled and frame.interval is None:
            runs = self._same("pairs", scenario, lambda: pairs(scenario, base))
        wrong, found = self._want("interval", Rank.INTERVAL, runs)
        if wrong:  # or it would seem to be on its way for ever
            frame = replace(frame, message=frame.message or wrong)
        if runs and all(found):
            frame = replace(frame, interval=interval_of(tuple(r for r in found if r is not None)))
        frame = self._explained(frame)
        pair: Asked | None = None
        if settled and frame.view.country:
            pair = self._same("terms", scenario, lambda: Asked.of(scenario, base))
        found = self._want("terms", Rank.WHY, [pair] if pair is not None else [])[1]
        frame = replace(frame, terms=terms_of(found))
        ahead: list[Scenario] = []
        if settled and frame.interval is not None and self.engine.waiting <= GUESSES:
            ahead = self._neighbours(scenario)
        self._want("guess", Rank.GUESS, ahead)
        return frame

    def _same[T](self, what: str, key: object, make: Callable[[], T]) -> T:
        """What was made for the same key before: a scenario made anew has no digest yet."""
        kept = self._made.get(what)
        if kept is None or kept[0] != key:
            kept = self._made[what] = (key, make())
        found: T = kept[1]
        return found

    def _moves(self, scenario: Scenario) -> list[Scenario]:
        """Where the lever in hand may go next."""
        hand = (self.focus, self.direction, self.typed)

        def make() -> list[Scenario]:
            return [replace(scenario, policy=move) for move in next_moves(scenario.policy, *hand)]

        return self._same("moves", (scenario, *hand), make)

    def _neighbours(self, scenario: Scenario) -> list[Scenario]:
        """Where any lever may go next."""
        focus = self.focus

        def make() -> list[Scenario]:
            found = islice(neighbours(scenario.policy, focus), GUESSES)
            return [replace(scenario, policy=policy) for policy in found]

        return self._same("neighbours", (scenario, focus), make)

    def _held(self, frame: Frame, scenario: Scenario, *, ready: bool) -> Frame:
        """What the lever in hand does; while its figures lag behind, those before stay."""
        focus = self.focus
        held, runs = self._same("held", (scenario, focus), lambda: held_runs(scenario, focus))
        if held is None:
            return replace(frame, held=None)
        found = self._want("held", Rank.NEXT, runs if ready else [])[1]
        same = frame.held is not None and frame.held.lever == held.lever
        if not ready or None in found:
            return frame if same else replace(frame, held=held)
        return replace(frame, held=replace(held, without=found[0], given=found[1]))

    def _explained(self, frame: Frame) -> Frame:
        if self._why is None:
            self._want("why", Rank.WHY, [])
            return replace(frame, explained=None, why_done=0, why_runs=0)
        found = self._want("why", Rank.WHY, list(self._why.runs))[1]
        done = sum(result is not None for result in found)
        if done == frame.why_done and frame.why_runs == len(found):
            return frame
        return replace(
            frame, explained=self._why.explained(found), why_done=done, why_runs=len(found)
        )

    def _want(
        self, what: str, rank: Rank, scenarios: list[Scenario]
    ) -> tuple[str, list[Result | None]]:
        """Results at hand; the others are asked for, and wishes not repeated here are dropped.

        Returns:
            What to tell the visitor if something cannot be had, and a result or None for each.
        """
        owner = (id(self), what)
        digests = {scenario.digest for scenario in scenarios}
        if self._wanted.get(what, set()) - digests:
            self.engine.forget(owner, digests.__contains__)
        self._wanted[what] = digests
        # What was found stays at hand, whatever the common cache has room for.
        kept = {d: r for d, r in self._found.get(what, {}).items() if d in digests}
        self._found[what] = kept
        complaint, found = "", []
        for scenario in scenarios:
            result = kept.get(scenario.digest) or self.engine.cached(scenario)
            if result is not None:
                kept[scenario.digest] = result
            elif scenario.digest in self._failed:
                # In the visitor's language, and below it the line for whoever runs the server.
                line = isolated(self._failed[scenario.digest])
                complaint = f"{self._words('page.failed')}\n{line}"
            else:
                try:
                    asked = self.engine.request(scenario, rank, owner)
                    # A guess at the next move changes nothing on the page.
                    if what not in ("next", "guess"):
                        self._listen(what, scenario, asked)
                except Busy:
                    complaint = self._words("page.busy")
            found.append(result)
        return complaint, found

    def _listen(self, what: str, scenario: Scenario, future: "Future[Result]") -> None:
        if self._heard.get((what, scenario.digest)) is not future:
            self._heard[what, scenario.digest] = future
            future.add_done_callback(lambda done: self._arrived(what, scenario, done))

    def _arrived(self, what: str, scenario: Scenario, future: "Future[Result]") -> None:
        """A run has ended; called in a thread of the engine, so only leave word."""
        failed = not future.cancelled() and isinstance(future.exception(), RunFailed)
        if failed:
            self._failed[scenario.digest] = str(future.exception())[:200]
        self._heard.pop((what, scenario.digest), None)
        # Of an interval there is nothing to show before all of its runs are there.
        coming = self._wanted.get("interval", set()) if what == "interval" and not failed else ()
        if any((what, digest) in self._heard for digest in tuple(coming)):
            return
        self._news = True
        self._wake.set()
