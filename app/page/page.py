"""The page of the workshop: one visit, one tree of few components."""

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from solara.lab.utils.headers import headers

from divide.app.page import about, display, goal_view, lens_view, levers, opening
from divide.app.page.components import (
    About,
    Bar,
    Connection,
    First,
    GoalBar,
    Headline,
    HeldCard,
    LensPanel,
    LeverPanel,
    Pins,
    Skip,
    box,
)
from divide.app.page.lever_card import lever_card
from divide.app.page.map_and_figures import Views
from divide.app.page.projector import with_projector, without_projector
from divide.app.page.story import stories
from divide.app.page.texts import page_texts
from divide.app.rooms.ask import Think
from divide.app.rooms.host import WorkshopPage
from divide.app.rooms.panel import RoomBoard, RoomPanel, use_room
from divide.app.rooms.question import asked
from divide.app.server.line import together
from divide.app.server.service import Service, service
from divide.app.takehome.panel import TakeHome
from divide.app.visit import download, link
from divide.app.visit.driver import Driver, Frame
from divide.app.visit.events import VisitEvents
from divide.app.visit.goal import from_text
from divide.app.visit.state import Draft, View, Visit, is_shipped, shipped, titled
from divide.app.visit.think import ThinkFirst
from divide.app.words import Words, is_rtl, languages, preferred, words
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import year_limits

CSS = "".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("page.css", "opening.css")
)


def opened(here: Service, query: str, lang: str, browser: str) -> Visit:
    """The visit that an address opens; a message says which part of it cannot be read.

    A browser that is in a room finds the room open; any other finds the first question, if the
    address says no more than a page writes into it by itself.
    """
    default = Draft(here.default, REFERENCE)
    inside = here.evaluator.rooms.place(browser) is not None
    query, large = without_projector(query)
    first = link.is_first(query, here.default)
    view = View(lang=lang, room=inside, projector=large, opening=first and not inside)
    visit = Visit(default, default, view)
    if query.removeprefix("?"):
        link.open_link(visit, query)
        visit.past.clear()
    return visit


@solara.component
def Page() -> None:  # noqa: N802
    """One visitor's page."""
    router = solara.use_router()
    frame: solara.Reactive[tuple[int, Frame] | None] = solara.use_reactive(None)

    def begin() -> tuple[Driver, VisitEvents, WorkshopPage]:
        here = service()
        accepted = (headers.value or {}).get("accept-language", [""])
        visit = opened(here, router.search or "", preferred(accepted[0]), solara.get_session_id())
        serial, think = itertools.count(), ThinkFirst()

        def publish(new: Frame) -> None:
            with together():
                frame.value = (next(serial), think.take(new))

        driver = Driver(here.engine, visit, publish)
        host = WorkshopPage(here.evaluator, here.address, driver, think)
        return driver, VisitEvents(visit, driver, lambda: think.screen), host

    driver, events, host = solara.use_memo(begin, [])

    def follow() -> Callable[[], None]:
        driver.act(lambda: None)
        threading.Thread(target=driver.follow, daemon=True, name="visit").start()
        return driver.close

    solara.use_effect(follow, [])
    solara.Style(CSS)
    now = frame.value[1] if frame.value else driver.frame
    t = words(now.view.lang)
    room = use_room(host, t)
    with box(look_of(now)):
        Skip(texts=page_texts(now.view.lang))
        whose = whose_figures(now, t)
        Connection(texts=page_texts(now.view.lang), whose=whose)
        with solara.v.Html(tag="fieldset", class_="dv-all"):
            About(texts=about.texts(now.view.lang), parts=about.parts(now.view.lang))
            _bar(now, events, t)
            with box(body_of(now, room.view["place"])):
                with box(["dv-side"]):
                    # Parts have keys: one that comes or goes must not make those behind it anew,
                    # for what is sent to a part that has gone is lost.
                    if now.view.room:
                        with box(["dv-box"]).key("room"):
                            RoomPanel(room)
                    _levers(now, events, t, held=bool(host.think.held))
                    HeldCard(
                        texts=page_texts(now.view.lang),
                        stories=stories(now.view.lang),
                        held=lever_card(now, t),
                        waiting=bool(host.think.held),
                        event_look=events.look,
                    ).key("held")
                with box(main_of(now, host.think)):
                    if now.view.opening and not room.view["place"]:
                        _first(now, events, t, held=bool(host.think.held))
                    about_cards = " ".join(filter(None, (whose, cards_of(now, t))))
                    solara.v.Html(tag="p", class_="dv-hint dv-whose", children=[about_cards]).key(
                        "whose"
                    )
                    said = asked(host, room.events.stage, now, t)
                    Think(host, room.events, said, room.view["place"], now.view.lang).key("think")
                    _headline(now, events, t)
                    if now.changed and now.you is not None and now.base is not None:
                        LensPanel(**lens_view.panel(now, t)).key("lens")
                    with box(["dv-aims"]).key("aims"):
                        _goal(now, events, room.view.get("goal", ""), t)
                        TakeHome(host, solara.get_session_id(), now, t)
                    _pins(now, events)
                    Views(frame=now, look=events.look, explain=events.explain).key("views")
                    if now.view.room:
                        with box(["dv-box", "dv-boardbox"]).key("board"):
                            RoomBoard(room)


def look_of(frame: Frame) -> list[str]:
    """Classes that give the page its theme and its direction of reading."""
    view = frame.view
    wanted = {"dv-rtl": is_rtl(view.lang), "dv-projector": view.projector}
    return ["dv", "dv-dark" if view.dark else "dv-light", *(k for k, on in wanted.items() if on)]


def body_of(frame: Frame, place: str) -> list[str]:
    """Classes that say whether the panel of a room stands at the side, and whose it is."""
    return ["dv-body", *(["dv-with-room", f"dv-{place or 'door'}"] if frame.view.room else [])]


def main_of(frame: Frame, think: ThinkFirst) -> list[str]:
    """Classes that say whether figures lag behind, wait for a guess, or are shown again."""
    wanted = {"dv-busy": frame.busy and not think.held, "dv-waiting": bool(think.held)}
    wanted |= {"dv-playing": bool(think.playing), "dv-opening": frame.view.opening}
    return ["dv-main", *(name for name, on in wanted.items() if on)]


def whose_figures(frame: Frame, t: Words) -> str:
    """Which scenario the figures on the page belong to, which may not be that of the levers."""
    if frame.shown is None:
        return ""
    scenario = frame.shown.scenario
    name = titled(scenario.policy.title, t)
    return t("page.whose", name=name, start=scenario.start, until=scenario.until)


def cards_of(frame: Frame, t: Words) -> str:
    """Which year the cards tell of: that of the map."""
    return "" if frame.shown is None else t("page.cards_at", year=frame.view.year)


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
        large=frame.view.projector,
        query=with_projector(
            link.whole(frame.draft, frame.view, [pin for pin, _ in frame.pins]),
            frame.view.projector,
        ),
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
        event_projector=events.projector,
        event_room=events.room,
        event_download=events.download,
        event_upload=events.upload,
        event_dismiss=events.dismiss,
        event_paste=events.paste,
    )


def _levers(frame: Frame, events: VisitEvents, t: Words, *, held: bool) -> None:
    draft, lang = frame.draft, frame.view.lang
    policy = draft.scenario.policy
    chosen = policy.name if is_shipped(policy) else ""
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
        costs=levers.costs((frame.shown or draft).scenario, None if held else frame.you, t),
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
    ).key("levers")


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
    ).key("headline")


def _first(frame: Frame, events: VisitEvents, t: Words, *, held: bool) -> None:
    engine, tried = service().engine, frame.view.tried
    if held:  # the last may be what the figures wait for
        tried = tried[:-1]
    First(
        texts=opening.texts(t),
        question=opening.question(frame.base, t),
        answers=opening.answers(frame, engine, tried, t),
        lesson=opening.lesson(frame, engine, tried, t),
        offline=opening.offline(frame, t),
        year=frame.view.year,
        ready=frame.you is not None,
        event_choose=events.answer,
        event_close=events.close_opening,
    ).key("first")


def _goal(frame: Frame, events: VisitEvents, common: str, t: Words) -> None:
    """What is aimed at by the visitor and by their room."""
    room = from_text(common) if common else None
    GoalBar(
        **goal_view.bar(frame, room, t),
        event_set=events.goal,
        event_aim=lambda _: events.aim(room),
    )


def _pins(frame: Frame, events: VisitEvents) -> None:
    Pins(
        texts=page_texts(frame.view.lang),
        pins=[{"number": k, "name": pin.name} for k, (pin, _) in enumerate(frame.pins)],
        event_show=events("show_pin", "number"),
        event_rename=events("rename_pin", "number", "name"),
        event_compare=events.compare,
        event_unpin=events("unpin", "number"),
    ).key("pins")


routes = [solara.Route("/", component=Page)]
