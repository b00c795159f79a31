"""Figures and names as visitors read them, in their language."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale

from divide.app.visit.interval import Interval
from divide.app.visit.kept import kept
from divide.app.visit.result import Result
from divide.app.words import Words, is_rtl, key_of
from divide.experiments.text.headline import reading
from divide.experiments.text.units import decimals, number, shown
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import BUDGETS
from divide.model.world import load_world, start_years

#: Outcomes on the cards, in order.
CARDS = (
    "usage_mean",
    "usage_gini",
    "people_offline",
    "payments_gini",
    "ecommerce_value",
    "small_firm_supply",
    "hub_dependence",
    "debt",
)

#: Kinds of platforms, by the first part of their names in the model.
KINDS = ("market", "card", "correspondent", "bridge", "instant", "wallet")
#: What a language counts large numbers by, where that is not the million and the billion.
MILLION = {"zh": 1e4}
BILLION = {"zh": 1e8}


@dataclass(frozen=True)
class Unit:
    """A unit as it is read: what is shown is value x factor."""

    factor: float
    name: str
    difference: str


#: The unit of an outcome that counts stages.
STAGES = "0-3"


def readable(unit: str, size: float, t: Words) -> Unit:
    """The readable form of a model unit for values of about `size`."""
    form = shown(unit, size)
    if form.factor == 100.0:
        return Unit(100.0, "%", t("page.points"))
    if unit in ("persons", "person-years"):
        # Where the larger word stands for less than a billion, people are counted by it too.
        if abs(size) >= BILLION.get(t.lang, math.inf):
            return Unit(1 / BILLION[t.lang], t("page.billion"), t("page.billion"))
        return Unit(1 / MILLION.get(t.lang, 1e6), t("page.million"), t("page.million"))
    if unit.startswith("US$") and form.factor != 1.0:
        large = form.factor == 1e-9
        name = t("page.usd_billion" if large else "page.usd_million")
        by = BILLION.get(t.lang, 1e9) if large else MILLION.get(t.lang, 1e6)
        return Unit(1 / by, name, name)
    if unit.startswith("index") or unit == "count":
        return Unit(1.0, "", "")
    name = t(f"units.{key_of(unit)}")
    if unit == STAGES:  # a scale, which is no unit of a number and even less of a difference
        return Unit(1.0, f"({name})", "")
    return Unit(form.factor, name, name)


def written(value: float, places: int, t: Words, *, sign: bool = False) -> str:
    """A number with the separators of the reader's language."""
    before, marks = _marks(t.lang)
    return before + number(value, places, sign=sign).translate(marks)


@cache
def _marks(lang: str) -> tuple[str, dict[int, str]]:
    """What stands before a number, and its separators, of a language."""
    symbols = Locale.parse(lang).number_symbols["latn"]
    # In a line that is read from the right a sign would go to the wrong end of its number.
    before = "\N{LEFT-TO-RIGHT MARK}" if is_rtl(lang) else ""
    return before, str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def money(usd: float, t: Words) -> str:
    """US dollars in the reader's language, with about three digits."""
    large, small = BILLION.get(t.lang, 1e9), MILLION.get(t.lang, 1e6)
    for size, key in ((large, "usd_billion"), (small, "usd_million")):
        if abs(usd) >= size:
            places = max(decimals(usd / size) - 1, 0)
            return t(f"rooms.{key}", amount=written(usd / size, places, t))
    return t("rooms.usd", amount=written(usd, 0, t))


def strength_said(value: float, text: str, unit: str, t: Words) -> str:
    """How far a lever is moved, where it is read and not typed.

    Args:
        value: In the unit of the lever.
        text: The value as it is written.
        unit: As the lever declares it.
        t: Words of the language; one without a million counts sums by its own words.
    """
    if unit != BUDGETS[1] or t.lang not in MILLION:
        return f"{text} {t(f'units.{key_of(unit)}')}"
    large = abs(value) * 1e6 >= BILLION[t.lang]
    amount = value * 1e6 / (BILLION if large else MILLION)[t.lang]
    # Every digit that was set, and no other.
    places = next(k for k in range(7) if k == 6 or round(amount, k) == round(amount, 6))
    name = t("page.usd_billion" if large else "page.usd_million")
    return t("page.a_year", money=f"{written(amount, places, t)} {name}")


def platform_name(name: str, t: Words) -> str:
    """What a platform of the model is called in the language of `t`.

    The model's names say kind and home: "market-US-A" (of a bloc, serves everybody),
    "market-RUS-regional" (serves the region of that country), "wallet-KEN-7" (serves that country).
    """
    kind, home, *rest = name.split("-")
    said = t(f"platforms.{kind if kind in KINDS else 'market'}")
    table = load_world(start_years()[1]).table
    if home not in table.index:
        return " ".join([said, *rest])
    if "regional" in rest:
        region = str(table.loc[home, "region"])
        return t("platforms.of", kind=t("platforms.regional"), place=t(f"groups.{key_of(region)}"))
    return t("platforms.of", kind=said, place=t(f"countries.{home}"))


@kept
def cards(
    you: Result, base: Result, year: int, interval: Interval | None, t: Words
) -> list[dict[str, Any]]:
    """The headline cards of one year: value, difference from the status quo and its interval."""
    at = you.row(year)
    return [_card(name, you, base, at, interval, t) for name in CARDS]


def _card(
    name: str, you: Result, base: Result, at: int, interval: Interval | None, t: Words
) -> dict[str, Any]:
    outcome = OUTCOMES[name]
    now, before = float(you.series[name][at]), float(base.series[name][at])
    unit = readable(outcome.unit, max(abs(now), abs(before)), t)
    change = (now - before) * unit.factor
    places = max(decimals(max(abs(now), abs(before)) * unit.factor) - 1, 0)
    finer = min(max(decimals(change) - 2, places), places + 2)
    same = number(change, finer) in ("0", f"{0:.{finer}f}")
    card = {
        "name": name,
        "label": t(f"page.card.{name}"),
        "value": written(now * unit.factor, places, t),
        "unit": unit.name,
        "sign": "=" if same else ("▲" if change > 0 else "▼"),
        "difference": t("page.no_change")
        if same
        else f"{written(change, finer, t, sign=True)} {unit.difference}".strip(),
        "reading": "",
        "interval": "" if same else t("page.computing"),
        "tone": "",
    }
    if same:
        return card
    if interval is None:
        return card
    middle, low, high = (figure * unit.factor for figure in interval.difference(name, at))
    said = reading(low, high, change, outcome.better)
    if said in ("better", "worse"):
        card["tone"] = said
    card["reading"] = t(f"page.reading.{said.replace(' ', '_')}")
    figures = {"low": low, "high": high, "middle": middle}
    outside = change < low or change > high
    card["interval"] = t(
        "page.interval_middle" if outside else "page.interval",
        **{key: written(figure, finer, t, sign=True) for key, figure in figures.items()},
    )
    return card
