"""A page with nothing but the panel of a room, for the browser; the policy is in the address."""

import os
from pathlib import Path
from typing import Any

import solara

from divide.app.rooms.evaluator import Evaluator
from divide.app.rooms.panel import RoomBoard, RoomPanel, use_room
from divide.app.server.engine import Engine
from divide.app.words import words
from divide.model.scenario import Scenario

EVALUATOR: list[Evaluator] = []


class LeastPage:
    """The least that a room needs of a page."""

    address = "http://127.0.0.1:9/?token=abc"

    def __init__(self, policy: str) -> None:
        if not EVALUATOR:
            EVALUATOR.append(Evaluator(Path(os.environ["ROOMS"]), Engine(workers=1)))
        self.evaluator = EVALUATOR[0]
        self.scenario = Scenario(until=2024, firms=1_000, policy=policy)  # type: ignore[arg-type]
        self.shown: Any = None
        self.outcome, self.look = "usage_gini", {"year": 2024}
        self.goal = None

    def show(self, scenario: Scenario) -> None:
        self.shown.set(scenario.policy.title)

    def settle(self, base: Scenario) -> None:
        """The policy stays that of the address."""

    def attend(self, stage: Any) -> None:
        """Nothing is shown to everybody here."""


@solara.component
def Page() -> None:  # noqa: N802
    """The panel, and the title of what it has put on the page."""
    policy, _, lang = (solara.use_router().search or "balanced").partition("&")
    page = solara.use_memo(lambda: LeastPage(policy), [])
    page.shown = solara.use_reactive("")
    solara.Style(Path("app/page/page.css"))
    room = use_room(page, words(lang or "en"))
    with solara.Div(classes=["dv", "dv-light"]):
        solara.Text(page.shown.value, classes=["shown"])
        RoomPanel(room)
        RoomBoard(room)
