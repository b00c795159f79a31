"""What a visitor can do: every event of the page ends here and nowhere else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from divide.app.visit import download
from divide.app.visit.driver import Driver, Frame
from divide.app.visit.goal import Goal
from divide.app.visit.link import LONGEST, look_as, open_link
from divide.app.visit.opening import LABELS, PACKAGE, answer
from divide.app.visit.state import MOST_PINS, Pin, Visit, clean_name
from divide.app.words import languages, words
from divide.model.declare.errors import InputError
from divide.model.declare.phrase import Phrase
from divide.model.policy.policy import packages


class VisitEvents:
    """Handlers of one visit, the same objects in every frame."""

    FILES = ("scenario", "outcomes", "countries")

    def __init__(
        self, visit: Visit, driver: Driver, screen: Callable[[], Frame | None] | None = None
    ) -> None:
        self.visit, self.driver = visit, driver
        self._screen = screen or (lambda: driver.frame)
        self.file: dict[str, Any] | None = None
        self._serial = 0
        self._made: dict[str, Callable[[Any], None]] = {}

    def __call__(self, method: str, *names: str) -> Callable[[Any], None]:
        """A handler that calls a method of the visit with the named parts of an event's data."""
        if method not in self._made:
            self._made[method] = self._handler(method, names)
        return self._made[method]

    def _handler(self, method: str, names: tuple[str, ...]) -> Callable[[Any], None]:
        action = getattr(self.visit, method)

        def handle(data: Any = None) -> None:
            given = data if isinstance(data, dict) else {}
            kwargs = {name: given[name] for name in names if name in given}
            self.driver.act(lambda: action(**kwargs))

        return handle

    def set_lever(self, data: Any) -> None:
        """A lever was moved to a strength."""
        name, value = str(data.get("name")), data.get("value")
        self.driver.hold(name)
        used = self.visit.scenario.policy.levers.get(name)
        if isinstance(value, int | float):
            self.driver.direction = 1 if value >= (used.intensity if used else 0.0) else -1
        self.driver.act(lambda: self.visit.set_lever(name, intensity=value))

    def setting(self, data: Any) -> None:
        """Target, years or standard of a lever were chosen."""
        key, value = data.get("key"), data.get("value")
        if key in ("target", "start", "end", "toward") and value != "list":
            self.driver.act(lambda: self.visit.set_lever(str(data.get("name")), **{key: value}))

    def outside(self, data: Any) -> None:
        """A number was typed that the lever does not go to."""
        name, text = str(data.get("name")), clean_name(data.get("value"))

        def complain() -> None:
            try:
                value: object = float(text)
            except ValueError:
                value = text
            self.visit.set_lever(name, intensity=value)

        self.driver.act(complain)

    def policy(self, data: Any) -> None:
        """Budget or the way of spending were changed."""
        known = {key: data[key] for key in ("budget", "spend") if key in data}
        self.driver.act(lambda: self.visit.set_policy(**known))

    def period(self, data: Any) -> None:
        """Years or seed were changed."""
        known = {key: data[key] for key in ("start", "until", "seed") if key in data}
        self.driver.act(lambda: self.visit.set_run(**known))

    def future(self, decline: Any) -> None:
        """What becomes of the common trend was chosen."""
        self.driver.act(lambda: self.visit.set_future(float(decline)))

    def choose(self, name: Any) -> None:
        """A package was chosen."""
        if name in packages():
            self.driver.act(lambda: self.visit.choose_package(name))

    def answer(self, name: Any) -> None:
        """An answer to the first question was pressed."""
        if name not in LABELS:
            return
        visit = self.visit

        def change() -> None:
            if answer(name).name == PACKAGE:
                visit.choose_package(PACKAGE)
            else:
                policy = replace(answer(name), title=words(visit.view.lang)(LABELS[name]))
                visit.show(replace(visit.scenario, policy=policy))
            tried = (*(other for other in visit.view.tried if other != name), name)
            visit.look(tried=tried, year=visit.scenario.until)

        self.driver.act(change)

    def close_opening(self, _: Any = None) -> None:
        """The first question was put away."""
        self.driver.act(lambda: self.visit.look(opening=False))

    def goal(self, data: Any) -> None:
        """A goal was set, or given up."""

        def change() -> None:
            given = data if isinstance(data, dict) else None
            goal = Goal(given.get("kind"), given.get("year"), given.get("share")) if given else None  # type: ignore[arg-type]
            self.visit.set_goal(goal)

        self.driver.act(change)

    def aim(self, goal: Goal | None) -> None:
        """The goal of the room was taken over."""
        self.driver.act(lambda: self.visit.set_goal(goal))

    def look(self, settings: Any) -> None:
        """Something else is looked at."""
        self.driver.act(lambda: self.visit.look(**settings))

    def headline(self, name: Any) -> None:
        """A card was chosen: its outcome is drawn."""
        self.driver.act(lambda: self.visit.look(headline=name))

    def compare(self, number: Any) -> None:
        """The map is to show the difference from a pin."""
        self.driver.act(lambda: self.visit.look(mode="compare", against=number))

    def language(self, code: Any) -> None:
        """Another language was chosen."""
        if code in languages():
            self.driver.act(lambda: self.visit.look(lang=code))

    def theme(self, dark: Any) -> None:
        """Dark or light was chosen."""
        self.driver.act(lambda: self.visit.look(dark=dark))

    def projector(self, on: Any) -> None:
        """Large type and strong colours, or not."""
        self.driver.act(lambda: self.visit.look(projector=on))

    def room(self, show: Any) -> None:
        """The panel of the room is to be shown or put away."""
        self.driver.act(lambda: self.visit.look(room=show))

    def rename(self, name: Any) -> None:
        """The scenario was given a name."""
        self.driver.act(lambda: self.visit.rename(name))

    def hold(self, lever: Any) -> None:
        """A lever was taken in hand."""
        self.driver.hold(str(lever))

    def expect(self, data: Any) -> None:
        """A number is being typed beside a lever."""
        name, value = str(data.get("name")), data.get("value")
        if isinstance(value, int | float):
            self.driver.expect(name, value)

    def explain(self, _: Any = None) -> None:
        """The visitor asks why the outcome moved."""
        self.driver.explain()

    def dismiss(self, _: Any = None) -> None:
        """The message was read."""
        self.driver.act(lambda: setattr(self.visit, "message", ""))

    def upload(self, data: Any) -> None:
        """A scenario file was handed in, or a page that holds scenarios; others are pinned."""
        name, given = data.get("name"), data.get("texts")
        texts = given[: MOST_PINS + 1] if isinstance(given, list) else [data.get("text")]
        link = str(data.get("link") or "")[: 2 * LONGEST]  # how a page taken home was looked at

        def show() -> None:
            if not texts:
                where = clean_name(name) or Phrase("file")
                raise InputError(Phrase("this page holds no scenario"), place=where)
            first, *others = [download.read_scenario(name, text) for text in texts]
            self.visit.show(first)
            self.visit.keep_pins(Pin(one.policy.title, one, named=True) for one in others)
            if link:
                look_as(self.visit, link)
            self.visit.look(opening=False)

        self.driver.act(show)

    def paste(self, text: Any) -> None:
        """A link of any copy of the model, or a part of one, was handed in."""

        def show() -> None:
            open_link(self.visit, str(text)[: 2 * LONGEST])
            self.visit.look(opening=False)

        self.driver.act(show)

    def download(self, kind: Any) -> None:
        """A file is asked for; the next frame carries it, and says no more than the page shows."""
        frame, scenario = self._screen(), self.visit.draft.scenario
        if frame is None or frame.shown is None:
            return
        if kind != "scenario":
            scenario = frame.shown.scenario
        made = {
            "scenario": lambda you, base: (download.scenario_yaml(scenario), ".yaml"),
            "outcomes": lambda you, base: (download.outcomes_csv(you, base), "-outcomes.csv"),
            "countries": lambda you, base: (
                download.countries_csv(you, base, scenario.start),
                "-countries.csv",
            ),
        }
        if kind not in made or frame.you is None or frame.base is None or frame.busy:
            return
        text, ending = made[kind](frame.you, frame.base)
        self._serial += 1
        name = download.FILE if kind == "scenario" else download.file_name(scenario, ending)
        mime = "text/yaml" if kind == "scenario" else "text/csv"
        self.file = {"serial": self._serial, "name": name, "text": text, "type": mime}
        self.driver.again()
