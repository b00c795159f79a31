"""The panel of a room and its board: coming in, handing in, and what its facilitator does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import solara
from solara.lab.utils.headers import headers

from divide.app.page.components import part
from divide.app.rooms.briefs import debrief, roles
from divide.app.rooms.events import PanelState, RoomEvents
from divide.app.rooms.host import HostPage
from divide.app.server.visitors import ADDRESS
from divide.app.takehome.panel import TakeRoom
from divide.app.words import Words, catalogue, words

CSS = Path(__file__).with_name("room.css").read_text(encoding="utf-8")
EVENTS = (
    *("join", "lead", "make", "submit", "leave"),
    *("freeze", "reveal", "rank", "export_board", "admit"),
    *("drive", "ask", "answer", "release", "speak_for", "print_briefs"),
)
_LABELS = "rooms.label."


@part(Path(__file__).with_name("room.vue"), every=True)
def _Room(  # noqa: N802
    texts: dict[str, str],
    view: dict[str, Any],
    roles: list[dict[str, str]],
    debrief: list[str],
    file: dict[str, Any] | None,
    event_join: Callable[[Any], None],
    event_lead: Callable[[Any], None],
    event_make: Callable[[Any], None],
    event_submit: Callable[[Any], None],
    event_leave: Callable[[Any], None],
    event_freeze: Callable[[Any], None],
    event_reveal: Callable[[Any], None],
    event_rank: Callable[[Any], None],
    event_export_board: Callable[[Any], None],
    event_admit: Callable[[Any], None],
    event_drive: Callable[[Any], None],
    event_ask: Callable[[Any], None],
    event_answer: Callable[[Any], None],
    event_release: Callable[[Any], None],
    event_speak_for: Callable[[Any], None],
    event_print_briefs: Callable[[Any], None],
) -> None:
    """Forms, and what the facilitator does."""


@part(Path(__file__).with_name("board.vue"), every=True)
def _Board(  # noqa: N802
    texts: dict[str, str], view: dict[str, Any], event_show: Callable[[Any], None]
) -> None:
    """What was handed in, best first."""


@dataclass(frozen=True, eq=False)
class RoomSeen:
    """What a page knows of its room.

    Attributes:
        view: All that panel and board show; `place` is "" outside of a room.
    """

    events: RoomEvents
    view: dict[str, Any]
    file: dict[str, Any] | None
    lang: str


def use_room(host: HostPage, t: Words) -> RoomSeen:
    """The room that this browser is in, followed as long as the page is open (a hook).

    Args:
        host: The same object in every frame of a page (see `WorkshopPage`).
        t: Speaks the visitor's language.
    """
    seen = solara.use_reactive(PanelState())
    browser = solara.get_session_id()

    def begin() -> RoomEvents:
        (address,) = (headers.value or {}).get(ADDRESS, [""])[:1]
        return RoomEvents(host, browser, seen.peek, lambda new: seen.set(new), address)

    events = solara.use_memo(begin, [host, browser])
    events.t = t

    def follow() -> Callable[[], None]:
        stop = threading.Event()
        watch = threading.Thread(target=events.follow, args=(stop,), daemon=True, name="room")
        watch.start()
        return stop.set

    solara.use_effect(follow, [events])
    view = solara.use_memo(events.view, [seen.value, t, events])
    shown = {**view, "message": seen.value.message, "key": seen.value.key}
    return RoomSeen(events, shown, seen.value.file, t.lang)


@solara.component
def RoomPanel(room: RoomSeen) -> None:  # noqa: N802
    """The room that this browser is in, or the way into one."""
    with solara.Div():  # two elements side by side would stand on a white sheet
        solara.Style(CSS)
        _Room(
            texts=_labels(room.lang),
            view=room.view,
            roles=roles(room.lang),
            debrief=debrief(room.lang),
            file=room.file,
            **{f"event_{name}": getattr(room.events, name) for name in EVENTS},
        )
        if room.view["place"] == "facilitator":
            TakeRoom(room.events.host, room.events.browser, words(room.lang))


@solara.component
def RoomBoard(room: RoomSeen) -> None:  # noqa: N802
    """What was handed in, for whoever may see it."""
    if room.view["place"]:
        _Board(texts=_labels(room.lang), view=room.view, event_show=room.events.show)


@cache
def _labels(lang: str) -> dict[str, str]:
    t = words(lang)
    keys = [key for key in catalogue("en") if key.startswith(_LABELS)]
    return {key.removeprefix(_LABELS): t(key) for key in keys}
