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
    cells = _cells(found, until, t)
    return {
        "texts": {key: t(text) for key, text in TEXTS.items()},
        "cells": cells,
        "story": _story(found, until, t),
        "groups": groups,
        "brief": [_line(part, "value", t) for part in map(_first, groups[1:])],
        "short": [_line(cell, "said", t) for cell in cells if cell["name"] in SHORT],
    }


#: Cells that are read where the lens is folded.
SHORT = ("years", "price", "least")


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


def _cells(found: Lens, until: int, t: Words) -> list[dict[str, str]]:
    return [
        _cell("end", t("lens.end", year=until), found.online_end, "persons", t),
        _cell("years", t("lens.person_years"), found.person_years, "person-years", t),
        _cell("earlier", t("lens.earlier", year=until), found.years_earlier, "years", t),
        _cell("price", t("lens.price"), found.dollars_per_person_year, "US$", t),
        _part("least", t("lens.least"), found.to_least_connected_30, t),
    ]


def _cell(name: str, label: str, figure: Figure, unit: str, t: Words) -> dict[str, str]:
    if not math.isfinite(figure.value):
        return {"name": name, "label": label, **_NONE, "interval": ""}
    # A price is an average, which is not counted in millions.
    shown = readable(unit, abs(figure.value) if unit != "US$" else 0.0, t)
    factor = shown.factor
    places = min(max(decimals(abs(figure.value) * factor) - 1, 0), 1)
    sign = unit != "US$"

    def text(value: float) -> str:
        return written(value * factor, places, t, sign=sign)

    interval = t("page.interval", low=text(figure.low), high=text(figure.high))
    return {
        "name": name,
        "label": label,
        **valued(text(figure.value), shown.pattern),
        "interval": interval if figure.known else "",
    }


def _part(name: str, label: str, figure: Figure, t: Words) -> dict[str, str]:
    value, interval = _percent(figure, t)
    return {"name": name, "label": label, **_NONE, "value": value, "said": value,
            "interval": interval}  # fmt: skip


def _percent(figure: Figure, t: Words) -> tuple[str, str]:
    """A share and its interval, in percent."""
    if not math.isfinite(figure.value):
        return NOTHING, ""
    value = percent(written(100 * figure.value, 0, t), t)
    if not figure.known:
        return value, ""
    low, high = (written(100 * end, 0, t) for end in (figure.low, figure.high))
    return value, t("page.interval", low=low, high=high)


def _story(found: Lens, until: int, t: Words) -> str:
    """Whether people come online who would not have, or only earlier."""
    if found.person_years.value < LEAST:
        return t("lens.nothing")
    peak, end = found.peak.value, found.online_end.value
    said = {"peak": _people(peak, t), "year": found.peak_year}
    if end < MELTED * peak:
        return t("lens.story_earlier", **said, end=_people(max(end, 0.0), t), until=until)
    return t("lens.story_lasting", end=_people(end, t), until=until)


def _people(persons: float, t: Words) -> str:
    unit = readable("persons", persons, t)
    places = 0 if persons * unit.factor >= 10 else 1
    return unit.said(written(persons * unit.factor, places, t))


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
