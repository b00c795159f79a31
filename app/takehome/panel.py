"""The buttons that make a file to take away, and how far it has come."""

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import solara

from divide.app.page.components import Event, Options, part
from divide.app.rooms.host import HostPage, WorkshopPage
from divide.app.rooms.records import RoomError
from divide.app.server.engine import Busy, Engine, RunFailed
from divide.app.takehome.case import Told, gather
from divide.app.takehome.page import About, render
from divide.app.takehome.room import about, offline_room, room_page
from divide.app.takehome.stamp import stamp
from divide.app.visit.download import file_name
from divide.app.visit.driver import Frame
from divide.app.visit.link import whole
from divide.app.visit.state import Draft, nearest_package
from divide.app.words import Words
from divide.app.words.refused import refusal
from divide.experiments.keep.failure import StoreError
from divide.model.declare.errors import InputError

#: What a button makes: name of the file and its text.
Make = Callable[[Engine, Words, Hashable, Told], tuple[str, str]]

logger = logging.getLogger(__name__)


@part(Path(__file__).with_name("takehome.vue"))
def _Buttons(  # noqa: N802
    buttons: Options,
    said: str,
    busy: bool,
    file: dict[str, Any] | None,
    stamp: Sequence[str],
    event_make: Event,
) -> None:
    """Buttons, progress and the file, which the browser saves."""


@dataclass(frozen=True)
class Making:
    """How far a file has come; `serial` tells a new file from the one before."""

    done: int = 0
    runs: int = 0
    busy: bool = False
    failed: str = ""
    serial: int = 0
    name: str = ""
    text: str = field(default="", repr=False)


class Maker:
    """Makes one file at a time for one browser, in a thread.

    Args:
        engine: Runs what is not at hand.
        told: What the browser was told last.
        tell: Tells it something new.
    """

    def __init__(
        self, engine: Engine, told: Callable[[], Making], tell: Callable[[Making], None]
    ) -> None:
        self.engine, self._told, self._tell = engine, told, tell
        self._closed = False

    def start(self, make: Make, t: Words) -> None:
        """Begin, unless a file is being made."""
        if not self._told().busy:
            self._tell(replace(self._told(), busy=True, done=0, runs=0, failed=""))
            threading.Thread(target=self._work, args=(make, t), daemon=True).start()

    def close(self) -> None:
        """The browser is gone: drop what is waited for."""
        self._closed = True
        self.engine.forget(self)

    def _work(self, make: Make, t: Words) -> None:
        try:
            name, text = make(self.engine, t, self, self._so_far)
        except CancelledError:
            return
        except (InputError, RoomError) as error:
            self._end(failed=_said(error, t))
        except (Busy, RunFailed, TimeoutError, StoreError):
            self._end(failed=t("takehome.failed"))
        except Exception:  # the page must not wait for ever
            logger.exception("a page to take home could not be made")
            self._end(failed=t("takehome.failed"))
        else:
            self._end(name=name, text=text, serial=self._told().serial + 1)

    def _so_far(self, done: int, runs: int) -> None:
        if self._closed:
            raise CancelledError
        if done % 5 == 0 or done == runs:
            self._tell(replace(self._told(), done=done, runs=runs))

    def _end(self, **settings: Any) -> None:
        if not self._closed:
            self._tell(replace(self._told(), busy=False, **settings))


def _said(error: Exception, t: Words) -> str:
    return t(error.key, **error.values) if isinstance(error, RoomError) else refusal(t, error)


@solara.component
def _Takeaway(  # noqa: N802
    engine: Engine,
    makes: dict[str, Make],
    help_: str,
    stamp: Sequence[str],
    t: Words,
    off: Callable[[], bool] = lambda: False,
) -> None:
    """A button for each thing that can be made; none is made while `off`."""
    seen = solara.use_reactive(Making())
    maker = solara.use_memo(lambda: Maker(engine, seen.peek, seen.set), [engine])
    solara.use_effect(lambda: maker.close, [maker])
    now = seen.value

    def begin(kind: Any) -> None:
        if kind in makes and not off():
            maker.start(makes[kind], t)

    said = now.failed
    if now.busy:
        said = t("takehome.making", done=now.done, runs=now.runs)
    file = {"serial": now.serial, "name": now.name, "text": now.text} if now.name else None
    _Buttons(
        buttons=[{"kind": kind, "label": t(kind), "help": help_} for kind in makes],
        said=said,
        busy=now.busy or off(),
        file=file,
        stamp=stamp,
        event_make=begin,
    )


@solara.component
def TakeHome(host: WorkshopPage, browser: str, frame: Frame, t: Words) -> None:  # noqa: N802
    """The button of a team: the scenario on its page."""

    def make(engine: Engine, t: Words, owner: Hashable, told: Told) -> tuple[str, str]:
        scenario = host.scenario
        case = gather(engine, scenario, owner, told)
        rooms = host.evaluator.rooms
        place, found = rooms.place(browser), About()
        if place is not None:
            found = about(rooms.room(browser), rooms.board(browser), t, place.team or "")
        goal = frame.draft.goal or found.goal
        draft = Draft(scenario, nearest_package(scenario), goal)
        looked = whole(draft, frame.view, [pin for pin, _ in frame.pins])
        page = render([case], replace(found, link=looked, goal=goal), t)
        return file_name(scenario, ".html"), page

    makes: dict[str, Make] = {"takehome.label.take": make}
    help_, lines = t("takehome.label.take_help"), stamp(frame, t)
    # A page of figures that wait would give them away.
    _Takeaway(host.driver.engine, makes, help_, lines, t, lambda: bool(host.think.held))


@solara.component
def TakeRoom(host: HostPage, browser: str, t: Words) -> None:  # noqa: N802
    """The buttons of a facilitator: the page of the room, and the room without a server."""
    rooms = host.evaluator.rooms

    def page(engine: Engine, t: Words, owner: Hashable, told: Told) -> tuple[str, str]:
        room, board = rooms.room(browser), rooms.board(browser)
        return "room.html", room_page(engine, room, board, t, owner, told)

    def offline(engine: Engine, t: Words, owner: Hashable, told: Told) -> tuple[str, str]:
        room, board = rooms.room(browser), rooms.board(browser)
        return "room-offline.html", offline_room(engine, room, board, t, owner, told)

    makes: dict[str, Make] = {
        "takehome.label.take_room": page,
        "takehome.label.take_offline": offline,
    }
    _Takeaway(host.evaluator.engine, makes, "", [], t)
