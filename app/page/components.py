"""The parts of the page that are not figures: each one Vue file, values in, events out."""

from collections.abc import Callable, Sequence
from typing import Any

import solara

Event = Callable[..., None]
Texts = dict[str, str]
Options = Sequence[dict[str, Any]]


@solara.component_vue("connection.vue", vuetify=False)
def Connection(texts: Texts, whose: str) -> None:  # noqa: N802
    """Says that the server cannot be reached, disables the page, and loads it when it can."""


@solara.component_vue("bar.vue", vuetify=False)
def Bar(  # noqa: N802
    texts: Texts,
    room_open: bool,
    langs: Options,
    files: Options,
    lang: str,
    rtl: bool,
    dark: bool,
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
    event_room: Event,
    event_download: Event,
    event_upload: Event,
    event_dismiss: Event,
) -> None:
    """Title, history, sharing, files, settings, language and theme."""


@solara.component_vue("levers.vue", vuetify=False)
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


@solara.component_vue("headline.vue", vuetify=False)
def Headline(  # noqa: N802
    texts: Texts, cards: Options, chosen: str, shown: str, event_choose: Event
) -> None:
    """The cards with the headline numbers."""


@solara.component_vue("mapbar.vue", vuetify=False)
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


@solara.component_vue("countrybar.vue", vuetify=False)
def CountryBar(texts: Texts, country: str, event_look: Event) -> None:  # noqa: N802
    """Brings the chart of a country that is chosen into sight, and puts it away."""


@solara.component_vue("held.vue", vuetify=False)
def HeldCard(  # noqa: N802
    texts: Texts,
    stories: dict[str, Any],
    held: dict[str, Any] | None,
    event_look: Event,
) -> None:
    """The card of the lever in hand: the outcome it acts on, and its story."""


@solara.component_vue("tabs.vue", vuetify=False)
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


@solara.component_vue("pins.vue", vuetify=False)
def Pins(  # noqa: N802
    texts: Texts,
    pins: Options,
    event_show: Event,
    event_rename: Event,
    event_compare: Event,
    event_unpin: Event,
) -> None:
    """The scenarios kept for comparison."""
