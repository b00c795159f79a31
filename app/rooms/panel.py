"""The panel of a room: coming in, handing in, the board, and what its facilitator does."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from solara.lab.utils.headers import headers

from divide.app.rooms.events import HostPage, PanelState, RoomEvents
from divide.app.server.visitors import ADDRESS
from divide.app.takehome.panel import TakeRoom
from divide.app.words import Words, catalogue

CSS = Path(__file__).with_name("room.css").read_text(encoding="utf-8")
EVENTS = (
    *("join", "lead", "make", "submit", "leave", "show"),
    *("freeze", "reveal", "rank", "export_board", "admit"),
)
_LABELS = "rooms.label."


@solara.component_vue("room.vue", vuetify=False)
def _Room(  # noqa: N802
    texts: dict[str, str],
    view: dict[str, Any],
    file: dict[str, Any] | None,
    event_join: Callable[[Any], None],
    event_lead: Callable[[Any], None],
    event_make: Callable[[Any], None],
    event_submit: Callable[[Any], None],
    event_leave: Callable[[Any], None],
    event_show: Callable[[Any], None],
    event_freeze: Callable[[Any], None],
    event_reveal: Callable[[Any], None],
    event_rank: Callable[[Any], None],
    event_export_board: Callable[[Any], None],
    event_admit: Callable[[Any], None],
) -> None:
    """Forms and board."""


@solara.component
def RoomPanel(host: HostPage, t: Words) -> None:  # noqa: N802
    """The room that this browser is in, or the way into one.

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
    texts = solara.use_memo(lambda: _labels(t), [t])
    with solara.Div():  # two elements side by side would stand on a white sheet
        solara.Style(CSS)
        _Room(
            texts=texts,
            view={**view, "message": seen.value.message, "key": seen.value.key},
            file=seen.value.file,
            **{f"event_{name}": getattr(events, name) for name in EVENTS},
        )
        if view["place"] == "facilitator":
            TakeRoom(host, browser, t)


def _labels(t: Words) -> dict[str, str]:
    keys = [key for key in catalogue("en") if key.startswith(_LABELS)]
    return {key.removeprefix(_LABELS): t(key) for key in keys}
