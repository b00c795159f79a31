"""Map and figures of one frame."""

from collections.abc import Callable
from functools import cache
from typing import Any

import solara

from divide.app.figures import Contributions, Firms, Lines, Lorenz, Ranking, WorldMap
from divide.app.figures.sealed import Sealed
from divide.app.page import figure_data
from divide.app.page.components import CountryBar, MapBar, Tabs, box
from divide.app.page.country_terms import country_terms
from divide.app.page.display import percentage
from divide.app.page.texts import (
    figure_texts,
    headline_groups,
    land_elsewhere,
    map_menu,
    page_texts,
    why_texts,
)
from divide.app.page.whom import whom
from divide.app.visit.driver import Frame
from divide.app.visit.state import CHOICES
from divide.app.words import Words, is_rtl, words

#: What every figure is told about the reader.
Look = dict[str, Any]


@solara.component
def Views(  # noqa: N802
    frame: Frame, look: Callable[[dict[str, Any]], None], explain: Callable[..., None]
) -> None:
    """The map with its bar, and beside it the figure of the chosen tab."""
    lang, t = frame.view.lang, words(frame.view.lang)
    reader: Look = {"locale": lang, "rtl": is_rtl(lang), "dark": frame.view.dark}
    calls = solara.use_memo(lambda: _calls(look), [look])
    with box(["dv-views"]):
        with box(["dv-mapbox"]):
            _map_bar(frame, t, look)
            if frame.you is not None:
                drawn = figure_data.world_map(frame, t)
                WorldMap(
                    drawn["film"],
                    *_countries(lang),  # type: ignore[arg-type]
                    drawn["legend"],
                    years=drawn["years"],
                    year=frame.view.year,
                    texts=figure_texts("WorldMap", lang),
                    elsewhere=_elsewhere(lang),  # type: ignore[arg-type]
                    selected=frame.view.country or None,
                    on_select=calls["country"],
                    **reader,
                )
                _country(frame, t, reader, calls, look)
        with box(["dv-figure"]):
            _tabs(frame, t, look, explain)
            if frame.you is not None:
                with box(["dv-canvas"]):
                    DRAW[frame.view.tab](frame, t, reader, calls)


@cache
def _countries(lang: str) -> tuple[Sealed, Sealed]:
    """Codes and names of the countries, ready to be sent."""
    t, codes = words(lang), figure_data.codes()
    return Sealed(list(codes)), Sealed([t(f"countries.{code}") for code in codes])


@cache
def _elsewhere(lang: str) -> Sealed:
    """Names of other land, ready to be sent."""
    return Sealed(land_elsewhere(lang))


def _calls(look: Callable[[dict[str, Any]], None]) -> dict[str, Callable[[Any], None]]:
    """Handlers of the figures, the same objects in every frame."""
    return {
        "country": lambda code: look({"country": str(code)}),
        "year": lambda year: look({"year": int(year)}),
        "nothing": lambda _: None,
    }


def _map_bar(frame: Frame, t: Words, look: Callable[..., None]) -> None:
    view, scenario = frame.view, (frame.shown or frame.draft).scenario
    modes = [{"value": name, "label": t(f"page.modes.{name}")} for name in ("value", "change")]
    modes += [
        {"value": f"compare{k}", "label": t("page.modes.compare", name=pin.name)}
        for k, (pin, _) in enumerate(frame.pins)
    ]
    MapBar(
        texts=page_texts(view.lang),
        outcomes=map_menu(view.lang),
        whom=whom(view.outcome, view.lang),
        modes=modes,
        outcome=view.outcome,
        mode=view.mode,
        against=view.against,
        year=view.year,
        first=scenario.start,
        last=scenario.until,
        event_look=look,
    )


def _tabs(frame: Frame, t: Words, look: Callable[..., None], explain: Callable[..., None]) -> None:
    view = frame.view
    Tabs(
        texts=page_texts(view.lang),
        tabs=[{"value": name, "label": t(f"page.tabs.{name}")} for name in CHOICES["tab"]],
        tab=view.tab,
        ranks=[{"value": name, "label": t(f"page.ranks.{name}")} for name in CHOICES["rank"]],
        rank=view.rank,
        groups=headline_groups(view.lang),
        headline=view.headline,
        why=why_texts(frame, t),
        event_look=look,
        event_explain=explain,
    )


def _lines(frame: Frame, t: Words, reader: Look, calls: dict[str, Any]) -> None:
    texts = figure_texts("Lines", frame.view.lang)
    drawn = figure_data.lines(frame, t)
    note = t("page.bands") if frame.interval else t("page.computing")
    height = 210 if frame.view.projector else 300  # in sight of a room with cards and map
    years = {"marker_year": frame.view.year, "on_year": calls["year"]}
    Lines(**drawn, texts={**texts, "note": note}, height=height, **years, **reader)


def _country(
    frame: Frame, t: Words, reader: Look, calls: dict[str, Any], look: Callable[..., None]
) -> None:
    """The chart of the chosen country, below the map whatever stands beside it."""
    code, lang = frame.view.country, frame.view.lang
    CountryBar(texts=page_texts(lang), country=code, event_look=look)
    if code:
        Lines(
            **figure_data.country_lines(frame, t),
            texts=figure_texts("Lines", lang),
            height=200,
            marker_year=frame.view.year,
            on_year=calls["year"],
            **reader,
        )
        country_terms(frame, t, reader)


def _lorenz(frame: Frame, t: Words, reader: Look, calls: dict[str, Any]) -> None:
    Lorenz(**figure_data.lorenz(frame, t), texts=figure_texts("Lorenz", frame.view.lang), **reader)


def _ranking(frame: Frame, t: Words, reader: Look, calls: dict[str, Any]) -> None:
    by_country = frame.view.rank == "countries"
    Ranking(
        **figure_data.ranking(frame, t),
        texts=figure_texts("Ranking", frame.view.lang),
        selected=frame.view.country or None,
        on_select=calls["country" if by_country else "nothing"],
        **reader,
    )


def _firms(frame: Frame, t: Words, reader: Look, calls: dict[str, Any]) -> None:
    Firms(
        figure_data.firms(frame, t),  # type: ignore[arg-type]
        unit=percentage(t),
        texts=figure_texts("Firms", frame.view.lang),
        marker_year=frame.view.year,
        **reader,
    )


def _why(frame: Frame, t: Words, reader: Look, calls: dict[str, Any]) -> None:
    drawn = figure_data.contributions(frame, t)
    if drawn is not None:
        texts = figure_texts("Contributions", frame.view.lang)
        Contributions(**drawn, texts=texts, **reader)


DRAW: dict[str, Callable[[Frame, Words, Look, dict[str, Any]], None]] = {
    "lines": _lines,
    "lorenz": _lorenz,
    "ranking": _ranking,
    "firms": _firms,
    "why": _why,
}
