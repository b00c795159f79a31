"""Why the chosen country gained: a small figure below its chart."""

from typing import Any

import numpy as np

from divide.app.figures import Contributions
from divide.app.page.display import readable
from divide.app.page.figure_data import codes, digits
from divide.app.page.texts import figure_texts
from divide.app.visit.driver import Frame
from divide.app.words import Words

#: Percentage points below which a term is no difference, and no bar is drawn of it.
NOTHING = 0.005


def country_terms(frame: Frame, t: Words, reader: dict[str, Any]) -> None:
    """The terms of its difference from the status quo in the year of the view, once known."""
    drawn = term_data(frame, t)
    if drawn is not None:
        texts = {**figure_texts("Contributions", frame.view.lang), "note": t("page.terms_note")}
        Contributions(**drawn, texts=texts, filename="terms", **reader)


def term_data(frame: Frame, t: Words) -> dict[str, Any] | None:
    """What the figure draws, in percentage points; None if nothing is known or nothing differs."""
    terms, country = frame.terms, frame.view.country
    if terms is None or not country:
        return None
    year = int(np.abs(terms.years - frame.view.year).argmin())
    row = codes().index(country)
    parts = {name: 100 * float(part[year, row]) for name, part in terms.parts.items()}
    size = max(abs(value) for value in parts.values())
    if size < NOTHING:
        return None
    seen = {name: value for name, value in parts.items() if abs(value) >= size / 100}
    small = sum(parts.values()) - sum(seen.values())  # each is next to nothing
    written = digits(size)
    if round(small, int(written["maximumFractionDigits"])):  # else the figures would not add up
        seen["other"] = seen.get("other", 0.0) + small
    items = [
        {"label": t(f"terms.{name}"), "value": value}
        for name, value in sorted(seen.items(), key=lambda part: -abs(part[1]))
    ]
    what = t("columns.internet_users")
    named = {"what": what, "country": t(f"countries.{country}"), "year": int(terms.years[year])}
    return {
        "items": items,
        "total": 100 * float(terms.whole[year, row]),
        "title": t("page.terms_title", **named),
        "unit": readable("share", 1.0, t).change,
        "format": written | {"minimumFractionDigits": written["maximumFractionDigits"]},
        "better": "higher",
    }
