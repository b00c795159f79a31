"""The lens as visitors read it: five figures, one sentence, and who gets it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from divide.app.page.display import percent, readable, valued, written
from divide.app.visit.driver import Frame
from divide.app.visit.interval import Interval
from divide.app.visit.kept import kept
from divide.app.visit.lens import Figure, Lens, lens
from divide.app.visit.result import Result
from divide.app.words import Words, key_of
from divide.experiments.text.units import decimals

#: Stands for a figure that there is none of.
NOTHING = "-"
_NONE = {"before": "", "value": NOTHING, "after": "", "said": NOTHING}
#: Below this part of the most that ever were more online, the lead at the end has melted.
MELTED = 0.9
#: Person-years online that read as 0.0 million, and so as none.
LEAST = 5e4


def panel(frame: Frame, t: Words) -> dict[str, Any]:
    """What the panel shows of the scenario on the page."""
    return _panel(*frame.results, frame.interval, t)


@kept
def _panel(you: Result, base: Result, interval: Interval | None, t: Words) -> dict[str, Any]:
    found = told(lens(you, base, interval))
    until, groups = int(you.years[-1]), _groups(found, t)
    figures = cells(found, until, t)
    felt = abs(found.person_years.value) >= LEAST
    return {
        "texts": {key: t(text) for key, text in TEXTS.items()},
        "cells": figures,
        "story": _story(found, until, t),
        "groups": groups,
        "brief": [_line(part, "value", t) for part in map(_first, groups[1:])],
        "short": [_line(cell, "said", t) for cell in figures if felt and _is_short(cell)],
    }


#: Cells that are read where the lens is folded, if there is anything in them.
SHORT = ("years", "price", "least")


def _is_short(cell: Mapping[str, str]) -> bool:
    return cell["name"] in SHORT and cell["value"] != NOTHING


def _line(part: Mapping[str, str], value: str, t: Words) -> str:
    """A label and its figure; French sets the colon apart."""
    return t("outcomes.composed", dimension=part["label"], measure=part[value])


def told(found: Lens) -> Lens:
    """The lens without price and shares of a gain that reads as none: they would be noise."""
    if abs(found.person_years.value) >= LEAST:
        return found
    none = Figure(math.nan)
    return replace(
        found,
        dollars_per_person_year=none,
        to_least_connected_30=none,
        women_men=dict.fromkeys(found.women_men, none),
        poorest_richest=dict.fromkeys(found.poorest_richest, none),
    )


TEXTS = {"title": "lens.title", "who": "lens.who", "note": "lens.note"}


def cells(found: Lens, until: int, t: Words, span: str = "page.interval") -> list[dict[str, str]]:
    """Label, value and interval of the five figures.

    Args:
        found: The lens, without what would be noise.
        until: The last year.
        t: Words of the language.
        span: Key of the text of an interval.
    """
    earlier, label = found.years_earlier, "lens.earlier"
    if earlier.value < 0:
        earlier, label = turned(earlier), "lens.later"
    return [
        _cell("end", t("lens.end", year=until), found.online_end, "persons", t, span),
        _cell("years", t("lens.person_years"), found.person_years, "person-years", t, span),
        _cell("earlier", t(label, year=until), earlier, "years", t, span),
        _cell("price", t("lens.price"), found.dollars_per_person_year, "US$", t, span),
        share("least", t("lens.least"), found.to_least_connected_30, t, span),
    ]


def turned(figure: Figure) -> Figure:
    """A gain as a loss, and the other way round."""
    return Figure(-figure.value, -figure.high, -figure.low)


def _cell(name: str, label: str, figure: Figure, unit: str, t: Words, span: str) -> dict[str, str]:
    if not math.isfinite(figure.value):
        return {"name": name, "label": label, **_NONE, "interval": ""}
    # A price is an average, which is not counted in millions.
    shown = readable(unit, abs(figure.value) if unit != "US$" else 0.0, t)
    factor, places = shown.factor, _places(figure.value * shown.factor)
    sign = unit not in ("US$", "years")

    def text(value: float) -> str:
        return written(value * factor, places, t, sign=sign)

    interval = t(span, low=text(figure.low), high=text(figure.high))
    return {
        "name": name,
        "label": label,
        **valued(text(figure.value), shown.pattern),
        "interval": interval if figure.known else "",
    }


def _places(value: float) -> int:
    """Digits after the point of about three, and no finer than a tenth."""
    return min(max(decimals(abs(value)) - 1, 0), 1)


def share(
    name: str, label: str, figure: Figure, t: Words, span: str = "page.interval"
) -> dict[str, str]:
    """The same of a share of the gain."""
    value, interval = _percent(figure, t, span)
    return {"name": name, "label": label, **_NONE, "value": value, "said": value,
            "interval": interval}  # fmt: skip


def _percent(figure: Figure, t: Words, span: str = "page.interval") -> tuple[str, str]:
    """A share and its interval, in percent."""
    if not math.isfinite(figure.value):
        return NOTHING, ""
    value = percent(written(100 * figure.value, 0, t), t)
    if not figure.known:
        return value, ""
    low, high = (written(100 * end, 0, t) for end in (figure.low, figure.high))
    return value, t(span, low=low, high=high)


def _story(found: Lens, until: int, t: Words) -> str:
    """Whether people come online who would not have, or only earlier; or fewer do."""
    years, end = found.person_years.value, found.online_end.value
    if abs(years) < LEAST:
        return t("lens.nothing")
    if years < 0:
        lost = t("lens.lost", years=people(-years, t))
        return f"{lost} {at_the_end(found, until, t)}"
    peak = found.peak.value
    said = {"peak": people(peak, t), "year": found.peak_year}
    if end < MELTED * peak:
        return t("lens.story_earlier", **said, end=people(max(end, 0.0), t), until=until)
    return t("lens.story_lasting", end=people(end, t), until=until)


def at_the_end(found: Lens, until: int, t: Words) -> str:
    """How many more or fewer are online at the end, in a sentence."""
    end = found.online_end.value
    key = "lens.fewer_then" if end < 0 else "lens.more_then"
    return t(key, people=people(abs(end), t), until=until)


def people(persons: float, t: Words) -> str:
    """People, or years of theirs, as they are written in a sentence."""
    return spoken(Figure(persons), t)[0]


def spoken(figure: Figure, t: Words) -> tuple[str, str]:
    """The same, and the interval."""
    unit = readable("persons", figure.value, t)
    places = _places(figure.value * unit.factor)
    value, low, high = (
        written(x * unit.factor, places, t) for x in (figure.value, figure.low, figure.high)
    )
    return unit.said(value), t("takehome.range", low=low, high=high)


def _groups(found: Lens, t: Words) -> list[dict[str, Any]]:
    """Who gets the years that are gained; nothing where there are none."""
    least = found.to_least_connected_30
    if not math.isfinite(least.value):
        return []
    others = Figure(1 - least.value, 1 - least.high, 1 - least.low)
    countries = {t("lens.least_short"): least, t("lens.others"): others}
    order = sorted(found.by_region.items(), key=lambda part: -part[1].value)
    regions = {t(f"groups.{key_of(name)}"): figure for name, figure in order}
    sexes = {t("lens.women"): found.women_men["women"], t("lens.men"): found.women_men["men"]}
    incomes = {
        t("lens.poorest40"): found.poorest_richest["poorest40"],
        t("lens.richest60"): found.poorest_richest["richest60"],
    }
    parts = {
        "lens.by_countries": countries,
        "lens.by_region": regions,
        "lens.by_sex": sexes,
        "lens.by_income": incomes,
    }
    return [{"label": t(key), "parts": _parts(group, t)} for key, group in parts.items()]


def _first(group: dict[str, Any]) -> dict[str, Any]:
    """The first part of a group: the region that gets most, women, the poorest."""
    return dict(group["parts"][0])


def _parts(group: Mapping[str, Figure], t: Words) -> list[dict[str, Any]]:
    made = []
    for label, figure in group.items():
        value, interval = _percent(figure, t)
        made.append({"label": label, "part": figure.value, "value": value, "interval": interval})
    return made
