"""The strip above the cards: guess first, show the last change again, follow the facilitator."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import solara

from divide.app.page.components import part
from divide.app.rooms.events import RoomEvents
from divide.app.rooms.host import WorkshopPage
from divide.app.rooms.question import asked_in, expectation
from divide.app.words import Words, catalogue, words

_LABELS = "think.label."
EVENTS = ("guess_first", "mark", "reveal", "play", "back", "recall", "answer")


@part(Path(__file__).with_name("think.vue"), every=True)
def _Think(  # noqa: N802
    texts: dict[str, str],
    view: dict[str, Any],
    place: str,
    event_guess_first: Callable[[Any], None],
    event_mark: Callable[[Any], None],
    event_reveal: Callable[[Any], None],
    event_play: Callable[[Any], None],
    event_back: Callable[[Any], None],
    event_recall: Callable[[Any], None],
    event_answer: Callable[[Any], None],
) -> None:
    """Switch, question, marks and answer."""


class ThinkEvents:
    """What a browser sends of guessing; all of it is checked."""

    def __init__(self, page: WorkshopPage, room: RoomEvents) -> None:
        self.page, self.room = page, room

    def guess_first(self, on: Any) -> None:
        """Guess before every change, or not."""
        self.page.think.switch(on is True)
        self.page.driver.again()

    def mark(self, data: Any) -> None:
        """Set the mark of the team in a room, else of the visitor."""
        page, stage = self.page, self.room.stage
        asked_here = stage is not None and page.think.held == "room"
        outcome = stage.asked if stage is not None and asked_here else page.outcome
        unit = asked_in(page.driver.frame, outcome, self.room.t)
        expected = expectation(data, unit, outcome)
        if asked_here:
            self.room.mark(expected)
        elif math.isfinite(expected):
            page.think.mark(outcome, page.driver.visit.view.year, expected)
            page.driver.again()

    def reveal(self, _: Any = None) -> None:
        """Show the figures without a mark."""
        self.page.think.show()
        self.page.driver.again()

    def play(self, phase: Any) -> None:
        """Show the last change again."""
        self.page.think.play(str(phase))
        self.page.driver.again()

    def back(self, _: Any = None) -> None:
        """Back to what the visitor had."""
        self.page.back()

    def recall(self, query: Any) -> None:
        """What the visitor had before a reload."""
        self.page.recall(query)

    def answer(self, _: Any = None) -> None:
        """The facilitator shows the answer though marks are missing."""
        self.room.answer()


@solara.component
def Think(  # noqa: N802
    page: WorkshopPage, room: RoomEvents, view: dict[str, Any], place: str, lang: str
) -> None:
    """The strip.

    Args:
        page: The same object in every frame.
        room: The same object in every frame.
        view: See `question.asked`.
        place: Where the browser is in a room, as in its panel.
        lang: Code of the language.
    """
    events = solara.use_memo(lambda: ThinkEvents(page, room), [page, room])
    _Think(
        texts=_labels(lang),
        view=view,
        place=place,
        **{f"event_{name}": getattr(events, name) for name in EVENTS},
    )


@cache
def _labels(lang: str) -> dict[str, str]:
    t: Words = words(lang)
    keys = [key for key in catalogue("en") if key.startswith(_LABELS)]
    return {key.removeprefix(_LABELS): t(key) for key in keys}
