"""The parts of the page that are not figures: each one Vue file, values in, events out."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import solara

from divide.app.figures.component import widget_class
from divide.app.figures.sealed import Sealed, opened, seal

Event = Callable[..., None]
Texts = dict[str, str]
Options = Sequence[dict[str, Any]]
_WORD = re.compile(r"\w+")


def used(texts: Mapping[str, str], source: str) -> Texts:
    """The texts that a Vue file may show: it names the key, or how the key begins ("skip_")."""
    named = set(_WORD.findall(source))
    starts = tuple(word for word in named if word.endswith("_") and word.strip("_"))
    return {key: text for key, text in texts.items() if key in named or key.startswith(starts)}


def part(
    path: str | Path, *, every: bool = False
) -> Callable[[Callable[..., None]], Callable[..., solara.Element]]:
    """Makes a component of a function, as `solara.component_vue` does.

    Nothing looks into what it is given, and of `texts` only those are sent that the file names.

    Args:
        path: The Vue file; the parameters of the function are its properties and, those that begin
            with `event_`, its events.
        every: Whether all texts are sent, to a file that is told which of them to show.
    """
    shown = Path(path).read_text(encoding="utf-8")

    def decorate(function: Callable[..., None]) -> Callable[..., solara.Element]:
        names = inspect.signature(function).parameters
        events = [name for name in names if name.startswith("event_")]
        ways = dict.fromkeys((name for name in names if name not in events), opened())
        if "texts" in ways and not every:
            ways["texts"] = opened(lambda texts: used(texts, shown))
        widget = widget_class(
            function.__name__,
            {"template_file": str(path)},
            [name.removeprefix("event_") for name in events],
            ways,
        )

        @wraps(function)
        def component(**given: Any) -> solara.Element:
            calls = {name.removeprefix("event_"): given.pop(name) for name in events}
            return widget.element(
                calls=Sealed(calls), **{name: seal(value) for name, value in given.items()}
            )

        return component

    return decorate


def box(classes: Sequence[str]) -> solara.Element:
    """A part of the page around others; Solara's own is a component, of which each costs time."""
    return solara.v.Html(tag="div", class_=" ".join(classes))


def _part(name: str) -> Callable[[Callable[..., None]], Callable[..., solara.Element]]:
    return part(Path(__file__).with_name(name))


@_part("connection.vue")
def Connection(texts: Texts, whose: str) -> None:  # noqa: N802
    """Says that the server cannot be reached, disables the page, and loads it when it can."""


@_part("skip.vue")
def Skip(texts: Texts) -> None:  # noqa: N802
    """Links to levers, map and figures, seen when the keyboard reaches them; Escape leads here."""


@_part("bar.vue")
def Bar(  # noqa: N802
    texts: Texts,
    room_open: bool,
    langs: Options,
    files: Options,
    lang: str,
    rtl: bool,
    dark: bool,
    large: bool,
    undo_on: bool,
    redo_on: bool,
    run: dict[str, Any],
    query: str,
    command: str,
    python: str,
    message: str,
    largest: int,
    file: dict[str, Any] | None,
    event_undo: Event,
    event_redo: Event,
    event_reset: Event,
    event_pin: Event,
    event_rename: Event,
    event_period: Event,
    event_language: Event,
    event_theme: Event,
    event_projector: Event,
    event_room: Event,
    event_download: Event,
    event_upload: Event,
    event_dismiss: Event,
    event_paste: Event,
) -> None:
    """Title, history, sharing, files, settings, language and theme."""


@_part("levers.vue")
def LeverPanel(  # noqa: N802
    texts: Texts,
    lang: str,
    groups: Options,
    choices: dict[str, Any],
    packages: Options,
    chosen: str,
    title: str,
    purpose: str,
    values: dict[str, Any],
    costs: dict[str, Any],
    budget: float,
    spend: str,
    years: Sequence[int],
    futures: Options,
    future: float,
    event_foresee: Event,
    event_set: Event,
    event_setting: Event,
    event_outside: Event,
    event_policy: Event,
    event_choose: Event,
    event_hold: Event,
    event_expect: Event,
) -> None:
    """All levers in one component, so that a key press rebuilds nothing."""


@_part("first.vue")
def First(  # noqa: N802
    texts: Texts,
    question: str,
    answers: Options,
    lesson: str,
    offline: Options,
    year: int,
    ready: bool,
    event_choose: Event,
    event_close: Event,
) -> None:
    """What this is, one question, three answers, and people offline as the years go by."""


@_part("about.vue")
def About(texts: Texts, parts: Options) -> None:  # noqa: N802
    """What the model is and is not; opened by an event of the window, `dv-about`."""


@_part("lens.vue")
def LensPanel(  # noqa: N802
    texts: Texts,
    cells: Options,
    story: str,
    groups: Options,
    brief: Sequence[str],
    short: Sequence[str],
) -> None:
    """What the money brings: years online, how much earlier, at what price, and to whom."""


@_part("goal.vue")
def GoalBar(  # noqa: N802
    texts: Texts,
    kinds: Options,
    said: str,
    score: str,
    tone: str,
    room: str,
    first: int,
    last: int,
    middle: int,
    event_set: Event,
    event_aim: Event,
) -> None:
    """What is aimed at, and how near the scenario comes."""


@_part("headline.vue")
def Headline(  # noqa: N802
    texts: Texts, cards: Options, chosen: str, shown: str, event_choose: Event
) -> None:
    """The cards with the headline numbers."""


@_part("mapbar.vue")
def MapBar(  # noqa: N802
    texts: Texts,
    outcomes: Options,
    whom: Options,
    modes: Options,
    outcome: str,
    mode: str,
    against: int,
    year: int,
    first: int,
    last: int,
    event_look: Event,
) -> None:
    """What the map shows, and the year, which plays."""


@_part("countrybar.vue")
def CountryBar(texts: Texts, country: str, event_look: Event) -> None:  # noqa: N802
    """Brings the chart of a country that is chosen into sight, and puts it away."""


@_part("held.vue")
def HeldCard(  # noqa: N802
    texts: Texts,
    stories: dict[str, Any],
    held: dict[str, Any] | None,
    waiting: bool,
    event_look: Event,
) -> None:
    """The card of the lever in hand: the outcome it acts on, unless it waits, and its story."""


@_part("tabs.vue")
def Tabs(  # noqa: N802
    texts: Texts,
    tabs: Options,
    tab: str,
    ranks: Options,
    rank: str,
    groups: Options,
    headline: str,
    why: dict[str, Any],
    event_look: Event,
    event_explain: Event,
) -> None:
    """Which figure stands beside the map, and of what."""


@_part("pins.vue")
def Pins(  # noqa: N802
    texts: Texts,
    pins: Options,
    event_show: Event,
    event_rename: Event,
    event_compare: Event,
    event_unpin: Event,
) -> None:
    """The scenarios kept for comparison."""
