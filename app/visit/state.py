"""What one visitor has on the page: levers, history, pins and what is looked at.

A `Visit` is made inside the page component, once for each browser tab. Nothing here is common to
two of them.
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from divide.app.visit.goal import Goal
from divide.app.visit.kept import kept
from divide.app.visit.result import mapped
from divide.app.words import Words, words
from divide.model.declare.errors import InputError, UnknownKeyError, inside
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.phrase import Phrase
from divide.model.declare.registry import known
from divide.model.policy.policy import REFERENCE, LeverUse, Policy, check_countries, packages
from divide.model.scenario import Scenario

LONGEST_HISTORY = 100
MOST_PINS = 6
LONGEST_NAME = 40
#: Changes of one lever closer together than this are one step of undo (seconds).
ONE_MOVE = 1.0
#: Largest run that a visitor may ask for; beyond this there is the command line.
MOST_FIRMS = 150_000

CUSTOM = "custom"
#: What follows the title of a policy that has been changed since it had that title.
CHANGED = " (changed)"
#: What becomes of the common trend of adoption: no figure tells it, and it decides the most.
FUTURE = "adoption.trend_decline"


@cache
def shipped(name: str) -> Policy:
    """A shipped policy package, read once."""
    return Policy.load(name)


def is_shipped(policy: Policy) -> bool:
    """Whether a policy is a shipped package as it stands."""
    if policy.name not in _names():
        return False
    own = shipped(policy.name)
    return (own.levers, own.budget, own.spend) == (policy.levers, policy.budget, policy.spend)


@cache
def _names() -> frozenset[str]:
    return frozenset(packages())


@kept
def titled(title: str, t: Words) -> str:
    """A title, changed or not; that of a shipped package in the language of `t`."""
    plain = title.removesuffix(CHANGED)
    own = (name for name in sorted(_names()) if shipped(name).title == plain)
    said = next((t(f"packages.{name}.title") for name in own), plain)
    return said if title == plain else t("page.changed", name=said)


@dataclass(frozen=True)
class Pin:
    """A scenario kept for comparison under a name.

    Attributes:
        named: Whether the visitor has named it; any other name follows the visitor's language.
    """

    name: str
    scenario: Scenario
    named: bool = False


@dataclass(frozen=True)
class View:
    """What is looked at; none of it bears on a run.

    Attributes:
        outcome: Country column on the map.
        headline: Outcome that is drawn and explained.
        mode: "value", "change" (against the status quo) or "compare" (against pin `against`).
        year: Year of the map and the cards.
        against: Number of the pin compared with.
        tab: Which figure stands beside the map.
        rank: Whether countries or regions are ranked.
        country: Code of the chosen country, "" for none.
        lang: Code of the language.
        dark: Whether the page is dark.
        room: Whether the panel of the room is open.
        opening: Whether the first question is asked.
        tried: Answers to it that were tried.
        projector: Whether the page is in large type and strong colours.
    """

    outcome: str = "internet_users"
    headline: str = "usage_mean"
    mode: str = "value"
    year: int = 2040
    against: int = 0
    tab: str = "lines"
    rank: str = "countries"
    country: str = ""
    lang: str = "en"
    dark: bool = False
    room: bool = False
    opening: bool = False
    tried: tuple[str, ...] = ()
    projector: bool = False


#: Values that a view can take, where they are few.
CHOICES: dict[str, tuple[str, ...]] = {
    "mode": ("value", "change", "compare"),
    "tab": ("lines", "lorenz", "ranking", "firms", "why"),
    "rank": ("countries", "regions"),
}


@dataclass(frozen=True)
class Draft:
    """Everything that undo brings back: the scenario, and the package that it started from.

    Attributes:
        goal: What is aimed at; no run hangs on it.
        named: Whether the visitor has given the policy its title; any other says that it has been
            changed once it has.
    """

    scenario: Scenario
    package: str = REFERENCE
    goal: Goal | None = None
    named: bool = False


@dataclass
class Visit:
    """One visitor's page.

    Attributes:
        default: What "reset" returns to.
        draft: The scenario on the page.
        view: What is looked at.
        pins: Scenarios kept for comparison.
        message: One line for the visitor, empty if there is nothing to say.
    """

    default: Draft
    draft: Draft
    view: View = View()
    pins: tuple[Pin, ...] = ()
    message: str = ""
    past: list[Draft] = field(default_factory=list)
    future: list[Draft] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    _last: tuple[str, float] = ("", float("-inf"))

    @property
    def scenario(self) -> Scenario:
        """The scenario on the page."""
        return self.draft.scenario

    # Changes -------------------------------------------------------------------------------------

    def _put(self, draft: Draft, what: str) -> None:
        """Show another scenario; the present one can be had back by undo."""
        now, before = self.clock(), self.draft
        if draft == before:
            return
        if not (what and self._last[0] == what and now - self._last[1] < ONE_MOVE):
            self.past.append(before)
            del self.past[:-LONGEST_HISTORY]
        self._last = (what, now)
        self.future.clear()
        self.message = ""
        self.draft = draft

    def set_lever(self, name: str, **settings: object) -> None:
        """Change settings of one lever (see `LeverUse`); zero strength takes it out.

        Raises:
            InputError: There is no such lever or the value is not allowed; nothing has changed.
        """
        if name not in levers():
            raise UnknownKeyError(
                Phrase("unknown lever {name}", name=repr(name[:40])), ("levers", name[:40])
            )
        draft = self.draft
        policy = draft.scenario.policy
        use = replace(policy.levers.get(name, LeverUse(0.0)), **settings)  # type: ignore[arg-type]
        uses = {**policy.levers, name: use}
        with inside("policy"):  # what is wrong with a lever is said before zero strength drops it
            check_countries(replace(policy, levers=uses))
        uses = {name: use for name, use in uses.items() if use.intensity != 0.0}
        self._put(_with(draft, levers=uses), f"lever {name}")

    def set_policy(self, **settings: object) -> None:
        """Change the budget or how it is spent.

        Raises:
            InputError: The value is not allowed.
        """
        self._put(_with(self.draft, **settings), "budget")

    def set_run(self, **settings: object) -> None:
        """Change period or seed.

        Raises:
            InputError: The value is not allowed.
        """
        draft = self.draft
        scenario = bounded(replace(draft.scenario, **settings))  # type: ignore[arg-type]
        self._put(replace(draft, scenario=scenario), "run")
        self._keep_inside()

    def set_future(self, decline: float) -> None:
        """Choose what becomes of the common trend of adoption after the last figures.

        Args:
            decline: `adoption.trend_decline`, 1/year.

        Raises:
            InputError: The value is not allowed.
        """
        draft = self.draft
        values = {**draft.scenario.parameters, FUTURE: decline}
        if decline == parameters()[FUTURE].value:
            del values[FUTURE]
        self._put(replace(draft, scenario=replace(draft.scenario, parameters=values)), "run")

    def choose_package(self, name: str) -> None:
        """Take over a shipped policy package, in the period and with the seed on the page."""
        draft = self.draft
        scenario = replace(draft.scenario, policy=shipped(name))
        self._put(replace(draft, scenario=scenario, package=name, named=False), "")

    def set_goal(self, goal: Goal | None) -> None:
        """Aim at something else, or at nothing."""
        self._put(replace(self.draft, goal=goal), "")

    def show(self, scenario: Scenario, package: str = "", *, named: bool = False) -> None:
        """Put a scenario of a file, a pin or a room on the page, or one that was there.

        Raises:
            InputError: It is larger than the page runs.
        """
        package = package or nearest_package(scenario)
        shown = replace(self.draft, scenario=bounded(scenario), package=package, named=named)
        self._put(shown, "")
        self._keep_inside()

    def reset(self) -> None:
        """Back to where the visitor began; undo brings the present scenario back."""
        self._put(self.default, "")
        self._keep_inside()

    def undo(self) -> None:
        """One step back."""
        if self.past:
            self.future.append(self.draft)
            self._move(self.past.pop())

    def redo(self) -> None:
        """One step forward again."""
        if self.future:
            self.past.append(self.draft)
            self._move(self.future.pop())

    def _move(self, draft: Draft) -> None:
        self._last = ("", float("-inf"))
        self.message = ""
        self.draft = draft
        self._keep_inside()

    # Pins ----------------------------------------------------------------------------------------

    def pin(self, name: str = "") -> None:
        """Keep the scenario on the page; the oldest pin makes room."""
        own = clean_name(name)
        pin = Pin(own, self.draft.scenario, bool(own))
        self.pins = (*self.pins, self._labelled(pin, self.pins))[-MOST_PINS:]

    def keep_pins(self, pins: Iterable[Pin]) -> None:
        """Keep scenarios of a link or a page for comparison, beside those that are kept."""
        for pin in pins:
            self.pins = (*self.pins, self._labelled(pin, self.pins))[-MOST_PINS:]

    def _labelled(self, pin: Pin, others: tuple[Pin, ...]) -> Pin:
        """The pin under a name that none of the others has."""
        t, taken = words(self.view.lang), {other.name for other in others}
        plain = pin.name if pin.named else titled(clean_title(pin.scenario.policy.title), t)
        short = plain[: LONGEST_NAME - 3] if pin.named else plain
        names = [plain, *(f"{short} {k}" for k in range(2, MOST_PINS + 3))]
        return replace(pin, name=next(name for name in names if name not in taken))

    def show_pin(self, number: int) -> None:
        """Put a pinned scenario on the page."""
        if 0 <= number < len(self.pins):
            self.show(self.pins[number].scenario)

    def rename_pin(self, number: int, name: str) -> None:
        """Give a pin another name; an empty one changes nothing."""
        name = clean_name(name)
        if 0 <= number < len(self.pins) and name not in ("", self.pins[number].name):
            pins = list(self.pins)
            pins[number] = replace(pins[number], name=name, named=True)
            self.pins = tuple(pins)

    def unpin(self, number: int) -> None:
        """Let go of a pin."""
        pins = self.pins
        self.pins = tuple(pin for k, pin in enumerate(pins) if k != number)
        self._keep_inside()

    def rename(self, name: str) -> None:
        """Give the scenario on the page a title (no run hangs on it)."""
        name = clean_name(name)
        if name:
            self._put(replace(_with(self.draft, title=name), named=True), "rename")

    # What is looked at ---------------------------------------------------------------------------

    def look(self, **settings: object) -> None:
        """Change what is looked at; what does not exist is ignored."""
        kept = {
            key: value
            for key, value in settings.items()
            if type(value) is type(getattr(self.view, key, None))
            and (key not in CHOICES or value in CHOICES[key])
            and (key != "outcome" or value in mapped())
        }
        before = self.view.lang
        self.view = replace(self.view, **kept)  # type: ignore[arg-type]
        self._keep_inside()
        if self.view.lang != before:
            named = tuple(pin for pin in self.pins if pin.named)
            spoken: tuple[Pin, ...] = ()
            for pin in self.pins:
                spoken += (pin if pin.named else self._labelled(pin, named + spoken),)
            self.pins = spoken

    def _keep_inside(self) -> None:
        """The year inside the period, the pin compared with among the pins."""
        scenario, view = self.scenario, self.view
        year = min(max(view.year, scenario.start), scenario.until)
        against = min(max(view.against, 0), max(len(self.pins) - 1, 0))
        mode = "change" if view.mode == "compare" and not self.pins else view.mode
        self.view = replace(view, year=year, against=against, mode=mode)


def _with(draft: Draft, **settings: object) -> Draft:
    """The draft with its policy changed; it passes for no package, room or file any more."""
    policy = draft.scenario.policy
    changed = replace(policy, name=CUSTOM, source="", **settings)  # type: ignore[arg-type]
    if "title" not in settings and not draft.named:
        changed = replace(changed, title=changed_title(policy), purpose="")
    return replace(draft, scenario=replace(draft.scenario, policy=changed))


def changed_title(policy: Policy) -> str:
    """Title of a policy that somebody has changed, once or more."""
    return f"{policy.title.removesuffix(CHANGED)}{CHANGED}"


def bounded(scenario: Scenario) -> Scenario:
    """The scenario, if the page may run it.

    Raises:
        InputError: It has more firms than a shared machine should run, or aims a lever at no
            country of the model.
    """
    if scenario.firms > MOST_FIRMS:
        raise InputError(
            Phrase(
                "{firms:,} is more than this page runs (at most {most:,}); "
                "larger runs are for the command line",
                firms=scenario.firms,
                most=MOST_FIRMS,
            ),
            ("firms",),
        )
    with inside("policy"):
        check_countries(scenario.policy)
    extensions = tuple(known().values())  # all runs of a page have those of its server
    same = scenario.extensions == extensions
    return scenario if same else replace(scenario, extensions=extensions)


def nearest_package(scenario: Scenario) -> str:
    """The shipped package that a scenario's marks are drawn from: its own, else the status quo."""
    name = scenario.policy.name
    return name if name in packages() else REFERENCE


def clean_title(title: str) -> str:
    """A title as it is shown, `clean_name` of all but what says that it has been changed."""
    plain = clean_name(title.removesuffix(CHANGED))
    return f"{plain}{CHANGED}" if plain and title.endswith(CHANGED) else plain


def clean_name(name: object) -> str:
    """A name as it is shown: one line, no control characters, not too long."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(name)[:400])
    return re.sub(r"\s+", " ", kept).strip()[:LONGEST_NAME]
