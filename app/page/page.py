"""The page of the workshop: one visit, one tree of few components."""

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from solara.lab.utils.headers import headers

from divide.app.page import display, levers
from divide.app.page.components import Bar, Connection, Headline, HeldCard, LeverPanel, Pins
from divide.app.page.lever_card import lever_card
from divide.app.page.map_and_figures import Views
from divide.app.page.story import stories
from divide.app.page.texts import page_texts
from divide.app.rooms.events import WorkshopPage
from divide.app.rooms.panel import RoomPanel
from divide.app.server.service import Service, service
from divide.app.visit import download, link
from divide.app.visit.driver import Driver, Frame
from divide.app.visit.events import VisitEvents
from divide.app.visit.state import Draft, View, Visit, is_shipped, shipped, titled
from divide.app.words import Words, is_rtl, languages, preferred, refusal, words
from divide.model.declare.errors import InputError
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import year_limits

CSS = Path(__file__).with_name("page.css")


def opened(here: Service, query: str, lang: str, browser: str) -> Visit:
    """The visit that an address opens; a bad address opens the default page with a message.

    A browser that is in a room finds the room open.
    """
    default = Draft(here.default, REFERENCE)
    inside = here.evaluator.rooms.place(browser) is not None
    visit = Visit(default, default, View(lang=lang, room=inside))
    try:
        shown, version = link.from_query(query, here.default)
    except InputError as error:
        visit.message = refusal(words(visit.view.lang), error)
        return visit
    visit.draft = shown
    if version and version != link.version():
        t = words(visit.view.lang)
        visit.message = t("page.other_version", theirs=version, ours=link.version())
    visit.look(year=shown.scenario.until)
    return visit


@solara.component
def Page() -> None:  # noqa: N802
    """One visitor's page."""
    router = solara.use_router()
    frame: solara.Reactive[tuple[int, Frame] | None] = solara.use_reactive(None)

    def begin() -> tuple[Driver, VisitEvents]:
        here = service()
        accepted = (headers.value or {}).get("accept-language", [""])
        visit = opened(here, router.search or "", preferred(accepted[0]), solara.get_session_id())
        serial = itertools.count()

        def publish(new: Frame) -> None:
            frame.value = (next(serial), new)

        driver = Driver(here.engine, visit, publish)
        return driver, VisitEvents(visit, driver)

    driver, events = solara.use_memo(begin, [])

    def follow() -> Callable[[], None]:
        driver.act(lambda: None)
        threading.Thread(target=driver.follow, daemon=True, name="visit").start()
        return driver.close

    solara.use_effect(follow, [])
    solara.Style(CSS)
    now = frame.value[1] if frame.value else driver.frame
    t = words(now.view.lang)
    host = solara.use_memo(lambda: WorkshopPage(service().evaluator, service().address, driver), [])
    with solara.Div(classes=look_of(now)):
        whose = whose_figures(now, t)
        Connection(texts=page_texts(now.view.lang), whose=whose)
        with solara.v.Html(tag="fieldset", class_="dv-all"):
            _bar(now, events, t)
            with solara.Div(classes=["dv-body"]):
                with solara.Div(classes=["dv-side"]):
                    _levers(now, events, t)
                    HeldCard(
                        texts=page_texts(now.view.lang),
                        stories=stories(now.view.lang),
                        held=lever_card(now, t),
                        event_look=events.look,
                    )
                with solara.Div(classes=["dv-main"] + (["dv-busy"] if now.busy else [])):
                    if now.view.room:
                        with solara.Div(classes=["dv-box"]):
                            RoomPanel(host, t)
                    solara.v.Html(tag="p", class_="dv-hint dv-whose", children=[whose])
                    _headline(now, events, t)
                    _pins(now, events)
                    Views(frame=now, look=events.look, explain=events.explain)


def look_of(frame: Frame) -> list[str]:
    """Classes that give the page its theme and its direction of reading."""
    theme = "dv-dark" if frame.view.dark else "dv-light"
    return ["dv", theme, *(["dv-rtl"] if is_rtl(frame.view.lang) else [])]


def whose_figures(frame: Frame, t: Words) -> str:
    """Which scenario the figures on the page belong to, which may not be that of the levers."""
    if frame.shown is None:
        return ""
    scenario = frame.shown.scenario
    name = titled(scenario.policy.title, t)
    return t("page.whose", name=name, start=scenario.start, until=scenario.until)


def _bar(frame: Frame, events: VisitEvents, t: Words) -> None:
    scenario, lang = frame.draft.scenario, frame.view.lang
    run = {"start": scenario.start, "until": scenario.until, "seed": scenario.seed}
    years = {name: [low, high] for name, (low, high, _) in year_limits().items()}
    Bar(
        texts=page_texts(lang),
        room_open=frame.view.room,
        langs=[{"value": code, "label": name} for code, name in languages().items()],
        files=[{"kind": k, "label": t(f"page.get.{k}")} for k in events.FILES],
        lang=lang,
        rtl=is_rtl(lang),
        dark=frame.view.dark,
        undo_on=frame.undo,
        redo_on=frame.redo,
        run={**run, "years": years, "title": titled(scenario.policy.title, t)},
        query=link.to_query(frame.draft),
        command=download.command(scenario),
        python=download.python(scenario, frame.view.headline),
        message=frame.message,
        largest=download.LARGEST_FILE,
        file=events.file,
        event_undo=events("undo"),
        event_redo=events("redo"),
        event_reset=events("reset"),
        event_pin=events("pin"),
        event_rename=events.rename,
        event_period=events.period,
        event_language=events.language,
        event_theme=events.theme,
        event_room=events.room,
        event_download=events.download,
        event_upload=events.upload,
        event_dismiss=events.dismiss,
    )


def _levers(frame: Frame, events: VisitEvents, t: Words) -> None:
    draft, lang = frame.draft, frame.view.lang
    policy = draft.scenario.policy
    chosen = policy.name if is_shipped(policy) else ""
    settled = frame.you if not frame.busy else None
    LeverPanel(
        texts=page_texts(lang),
        lang=lang,
        groups=levers.panel(lang),
        choices=levers.choices(lang),
        packages=levers.package_menu(lang),
        chosen=chosen,
        title=titled(policy.title, t),
        purpose=t(f"packages.{chosen}.purpose") if chosen else "",
        values=levers.values(policy, shipped(draft.package)),
        costs=levers.costs((frame.shown or draft).scenario, settled or frame.you, t),
        budget=policy.budget,
        spend=policy.spend,
        years=[draft.scenario.start, draft.scenario.until],
        futures=levers.futures(lang),
        future=levers.future(draft.scenario),
        event_foresee=events.future,
        event_set=events.set_lever,
        event_setting=events.setting,
        event_outside=events.outside,
        event_policy=events.policy,
        event_choose=events.choose,
        event_hold=events.hold,
        event_expect=events.expect,
    )


def _headline(frame: Frame, events: VisitEvents, t: Words) -> None:
    made: list[dict[str, Any]] = []
    if frame.you is not None and frame.base is not None:
        made = display.cards(frame.you, frame.base, frame.view.year, frame.interval, t)
    Headline(
        texts=page_texts(frame.view.lang),
        cards=made,
        shown=frame.shown.scenario.digest if frame.shown else "",
        chosen=frame.view.headline,
        event_choose=events.headline,
    )


def _pins(frame: Frame, events: VisitEvents) -> None:
    Pins(
        texts=page_texts(frame.view.lang),
        pins=[{"number": k, "name": pin.name} for k, (pin, _) in enumerate(frame.pins)],
        event_show=events("show_pin", "number"),
        event_rename=events("rename_pin", "number", "name"),
        event_compare=events.compare,
        event_unpin=events("unpin", "number"),
    )


routes = [solara.Route("/", component=Page)]
