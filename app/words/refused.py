"""Why something was refused, in the language of the visitor.

Reasons are raised in English by checks that know no page (`Phrase`). The group `refusals` of a
catalogue holds their templates in its language, each under the English one, as gettext does.
"""

import math
import re
from collections.abc import Iterator
from functools import reduce

from babel.numbers import format_decimal

from divide.app.words import ENGLISH, Words, catalogue, is_rtl, isolated, key_of
from divide.model.declare.errors import InputError, dotted
from divide.model.declare.levers import levers
from divide.model.declare.phrase import Phrase

GROUP = "refusals"
#: Keys of what a visitor sets on the page itself, and what the page calls them.
LABELS = {
    "intensity": "takehome.label.strength",
    "target": "page.label.target",
    "end": "page.label.end",
    "toward": "page.label.toward",
    "budget": "page.label.budget",
    "spend": "page.label.spend_all",
    "until": "page.label.last",
    "seed": "page.label.seed",
    "goal": "goal.title",
    "year": "page.label.year",
    "share": "figures.share",
}
#: Keys that hold others, and say nothing where there is no file.
_AROUND = ("policy", "levers", "parameters")
_PLACE, _FORMAT = re.compile(r"{[^{}]*}"), re.compile(r"[!:][^{}]*}")
#: Numbers of this size are grouped, which years are not; and those that are not written out.
_GROUPED, _ENDLESS = 10_000, 1e15


def refusal(t: Words, error: Exception) -> str:
    """What a visitor is told of input that was refused."""
    return t("page.refused", reason=reason(t, error))


def reason(t: Words, error: Exception) -> str:
    """Why: where it was written, what it is about, what is wrong and what is allowed.

    Code, names of files and the words of libraries stand as they are, isolated.
    """
    if t.lang == ENGLISH or not isinstance(error, InputError):
        return isolated(error)
    parts = [_said(error.place, t), *_about(error, t), _said(error.reason, t)]
    join = str(_template("{where}: {what}", t))
    return reduce(
        lambda what, where: join.format(where=where, what=what), filter(None, reversed(parts))
    )


def _about(error: InputError, t: Words) -> Iterator[str]:
    """What is wrong: the keys that stand in the file, or else what the page calls them."""
    if error.place:
        yield _said(dotted(error.shown), t)
        return
    for place, key in enumerate(error.shown):
        if key in levers():
            yield t(f"levers.{key}.label")
        elif key == "start":  # a lever's own stands behind the lever
            yield t("page.label.start" if place else "page.label.first")
        elif key in LABELS:
            yield t(LABELS[str(key)])
        elif key not in _AROUND and isinstance(key, str):
            yield isolated(key)


def _template(english: str, t: Words) -> str | None:
    """A template in the language; None if it lacks one that has words."""
    found = catalogue(t.lang).get(f"{GROUP}.{english}")
    if isinstance(found, str):
        return found
    return None if any(map(str.isalpha, _PLACE.sub("", english))) else _FORMAT.sub("}", english)


def _said(value: object, t: Words, place: str = "") -> str:
    """A value in the language; `place` is where its template has it."""
    if isinstance(value, Phrase):
        values = {name: _said(one, t, name) for name, one in value.values.items()}
        template = _template(value.template, t)
        return isolated(value) if template is None else template.format(**values).strip()
    if isinstance(value, int | float):
        return _number(value, t)
    if place == "unit":  # those of parameters are for people who read the documentation
        return str(catalogue(t.lang).get(f"units.{key_of(str(value))}", ""))
    text = " ".join(str(value).split())
    return isolated(text) if text else ""


def _number(value: float, t: Words) -> str:
    if not math.isfinite(value) or abs(value) >= _ENDLESS:
        text = f"{value:g}"
    else:
        exact = int(value) if value == int(value) else value
        grouped = abs(exact) >= _GROUPED
        text = format_decimal(
            exact, locale=t.lang, decimal_quantization=False, group_separator=grouped
        )
    return isolated(text) if is_rtl(t.lang) else text
