"""The page that a room stands on: what a room needs of it, and how it follows its facilitator."""

import threading
from dataclasses import asdict, replace
from typing import Any, Protocol

from divide.app.rooms.evaluator import Evaluator
from divide.app.rooms.stage import Stage
from divide.app.visit import link
from divide.app.visit.driver import Driver
from divide.app.visit.goal import Goal
from divide.app.visit.state import Draft, View
from divide.app.visit.think import ThinkFirst
from divide.model.scenario import Scenario

#: What of a view everybody is shown; the rest is each reader's own.
SHOWN = ("outcome", "headline", "mode", "year", "tab", "rank", "country")


class HostPage(Protocol):
    """What a room needs of the page that it stands on."""

    @property
    def evaluator(self) -> Evaluator:
        """The rooms of this server."""

    @property
    def address(self) -> str:
        """Address that other devices can open; "" for the one that the browser shows."""

    @property
    def scenario(self) -> Scenario:
        """The scenario on the page."""

    @property
    def outcome(self) -> str:
        """The outcome that is drawn."""

    @property
    def look(self) -> dict[str, Any]:
        """What is looked at, by the names of `SHOWN`."""

    @property
    def goal(self) -> Goal | None:
        """What the page aims at."""

    def show(self, scenario: Scenario) -> None:
        """Put a scenario on the page."""

    def settle(self, base: Scenario) -> None:
        """Run the policy on the page in the settings of a room."""

    def attend(self, stage: Stage | None) -> None:
        """Follow what the facilitator shows to everybody."""


class WorkshopPage:
    """The workshop's page as a room sees it; made once a page.

    Attributes:
        own: What was on the page before the facilitator showed something; None if it is there.
        led: What the facilitator has shown on this page; None if the visitor has gone back since.
    """

    def __init__(
        self, evaluator: Evaluator, address: str, driver: Driver, think: ThinkFirst
    ) -> None:
        self.evaluator, self.address = evaluator, address
        self.driver, self.think = driver, think
        self.own: tuple[Draft, View] | None = None
        self.led: Scenario | None = None
        self._followed, self._loaded = 0, False
        self._lock = threading.Lock()

    @property
    def scenario(self) -> Scenario:
        """The scenario on the page."""
        return self.driver.visit.scenario

    @property
    def outcome(self) -> str:
        """The outcome that is drawn."""
        return self.driver.visit.view.headline

    @property
    def look(self) -> dict[str, Any]:
        """What is looked at; pins are the visitor's own, so a comparison becomes a change."""
        found = asdict(self.driver.visit.view)
        found["mode"] = "change" if found["mode"] == "compare" else found["mode"]
        return {name: found[name] for name in SHOWN}

    @property
    def goal(self) -> Goal | None:
        """What the page aims at."""
        return self.driver.visit.draft.goal

    def show(self, scenario: Scenario) -> None:
        """Put a scenario on the page; undo brings back what was there."""
        self.driver.act(lambda: self.driver.visit.show(scenario))

    def settle(self, base: Scenario) -> None:
        """Run the policy on the page in the settings of a room."""
        visit = self.driver.visit
        if self.own is not None:  # it shows what the facilitator shows, in whatever settings
            return
        before = visit.draft
        settled = replace(base, policy=before.scenario.policy)
        self._put(replace(before, scenario=settled), {"year": base.until})

    def attend(self, stage: Stage | None) -> None:
        """Follow what the facilitator shows to everybody, once; what was here is kept."""
        with self._lock:
            self.think.ask(stage)
            if stage is not None and stage.number > self._followed:
                self._followed = stage.number
                self._follow(stage)
            else:
                self.driver.again()
            self._loaded = True

    def _follow(self, stage: Stage) -> None:
        visit = self.driver.visit
        same = visit.scenario.digest == stage.scenario.digest
        # A page that was loaded anew has what was shown in its address, and nothing of its own.
        moved = not same or (self._loaded and self.look != stage.look)
        if moved and (self.own is None or self.departed):
            self.own = (visit.draft, visit.view)
        self.led = stage.scenario

        def put() -> None:
            if not same:
                visit.show(stage.scenario)
            visit.look(**stage.look)

        self.driver.act(put)
        self.driver.again()  # the question may be new though the scenario is not

    @property
    def departed(self) -> bool:
        """Whether the page has another scenario than the facilitator has shown on it."""
        return self.led is None or self.scenario.digest != self.led.digest

    def back(self, _: Any = None) -> None:
        """Put what the visitor had on the page again; undo brings back what was shown."""
        with self._lock:
            if self.own is None:
                return
            (draft, view), self.own, self.led = self.own, None, None
            seen = {name: getattr(view, name) for name in (*SHOWN, "against")}
            self._put(draft, seen)
            self.driver.again()

    def _put(self, draft: Draft, look: dict[str, Any]) -> None:
        visit = self.driver.visit

        def put() -> None:
            visit.show(draft.scenario, draft.package, named=draft.named)
            visit.look(**look)

        self.driver.act(put)

    def kept(self) -> str:
        """What the visitor had, as the query of an address; "" if it is on the page."""
        return link.whole(*self.own, ()) if self.own else ""

    def recall(self, query: Any) -> None:
        """After a reload: what the visitor had before the facilitator showed something."""
        found = link.read(str(query)[: link.LONGEST + 1], self.scenario)
        if found.complaint is not None:
            return  # of another version
        draft, looks = found.draft, {"year": found.draft.scenario.until, **found.view}
        with self._lock:
            shown = {self.scenario.digest}  # the address was that of what was shown
            shown |= {self.led.digest} if self.led else set()
            kept = self.own is not None and self.own[0].scenario.digest not in shown
            if not kept and draft.scenario.digest not in shown:
                self.own = (draft, View(**looks))  # type: ignore[arg-type]
            self.driver.again()
