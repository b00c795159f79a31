"""Figures and names as visitors read them, in their language."""

import math
import re
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


#: Where the number stands in the pattern of a unit.
AMOUNT = "{amount}"
_MARKS, _SIGNS = "\N{LEFT-TO-RIGHT MARK}", "+\N{MINUS SIGN}"
#: Languages that set no mark in numbers of four digits, as CLDR has it.
_UNGROUPED = {"es"}


@dataclass(frozen=True)
class Unit:
    """A unit as it is read: what is shown is value x factor.

    Attributes:
        pattern, change: How a value and a difference are written: "US$ {amount} billion".
    """

    factor: float
    pattern: str = AMOUNT
    change: str = AMOUNT

    @property
    def name(self) -> str:
        """The unit without a number, as it stands over a column."""
        return alone(self.pattern)

    @property
    def difference(self) -> str:
        """The unit of a difference without a number."""
        return alone(self.change)

    def said(self, text: str) -> str:
        """A value that is written already, in the unit."""
        return joined(text, self.pattern)

    def moved(self, text: str) -> str:
        """A difference that is written already, in the unit."""
        return joined(text, self.change)


def alone(pattern: str) -> str:
    """A pattern without its number."""
    return " ".join(pattern.replace(AMOUNT, "").split())


def joined(text: str, pattern: str) -> str:
    """A number in a pattern."""
    return "".join(parts(text, pattern))


def parts(text: str, pattern: str) -> tuple[str, str, str]:
    """What stands before a number, the number, and what stands behind it; no line breaks between.

    A sign comes before the currency, as CLDR has it.
    """
    before, _, after = pattern.partition(AMOUNT)
    plain = text.lstrip(_MARKS)
    if before and plain[:1] in _SIGNS:
        before, text = plain[:1] + before, plain[1:]
    after = f"\N{NO-BREAK SPACE}{after[1:]}" if after.startswith(" ") else after
    return before.replace(" ", "\N{NO-BREAK SPACE}"), text, after


#: The unit of an outcome that counts stages.
STAGES = "0-3"


def readable(unit: str, size: float, t: Words) -> Unit:
    """The readable form of a model unit for values of about `size`."""
    form = shown(unit, size)
    if form.factor == 100.0:
        return Unit(100.0, percentage(t), behind(t("page.points")))
    if unit in ("persons", "person-years"):
        # Where the larger word stands for less than a billion, people are counted by it too.
        if abs(size) >= BILLION.get(t.lang, math.inf):
            return _both(1 / BILLION[t.lang], behind(t("page.billion")))
        return _both(1 / MILLION.get(t.lang, 1e6), behind(t("page.million")))
    if unit.startswith("US$") and form.factor != 1.0:
        large = form.factor == 1e-9
        by = BILLION.get(t.lang, 1e9) if large else MILLION.get(t.lang, 1e6)
        return _both(1 / by, t("page.usd_billion" if large else "page.usd_million", amount=AMOUNT))
    if unit == "US$":
        return _both(1.0, t("page.usd", amount=AMOUNT))
    if unit.startswith("index") or unit == "count":
        return Unit(1.0)
    name = t(f"units.{key_of(unit)}")
    if unit == STAGES:  # a scale, which is no unit of a number and even less of a difference
        return Unit(1.0, t("page.aside", text=AMOUNT, aside=name))
    if name.startswith(DOLLAR):  # by the year, by the head
        return _both(form.factor, f"{DOLLAR} {AMOUNT}{name.removeprefix(DOLLAR)}")
    return _both(form.factor, behind(name))


def changing(unit: str, level: Unit, change: float, t: Words) -> Unit:
    """The readable form of a model unit for a difference of levels that are read in `level`.

    Levels and differences share the million and the billion. Where one counts by ten thousands,
    each number has the word of its own size: 500 ten thousands, not 0.05 hundred millions.
    """
    counted = unit in ("persons", "person-years") or level.factor != 1.0
    if t.lang not in MILLION or not counted or level.factor == 100.0 or not change:
        return level
    return readable(unit, change, t)


def finer_by(places: int, level: Unit, unit: Unit) -> int:
    """Digits after the point in another unit that show as much as `places` in that of a level."""
    return max(places - round(math.log10(unit.factor / level.factor)), 0)


#: Stands before its number in the languages that write it so.
DOLLAR = "US$"


def behind(name: str) -> str:
    """The pattern of a unit that stands behind its number."""
    return f"{AMOUNT} {name}"


def _both(factor: float, pattern: str) -> Unit:
    return Unit(factor, pattern, pattern)


def written(value: float, places: int, t: Words, *, sign: bool = False) -> str:
    """A number with the separators of the reader's language."""
    grouped = t.lang not in _UNGROUPED or abs(value) >= 9_999.5
    before, marks = _marks(t.lang, grouped)
    return before + number(value, places, sign=sign).translate(marks)


@cache
def _marks(lang: str, grouped: bool) -> tuple[str, dict[int, str]]:
    """What stands before a number, and its separators, of a language."""
    symbols = Locale.parse(lang).number_symbols["latn"]
    # In a line that is read from the right a sign would go to the wrong end of its number.
    before = "\N{LEFT-TO-RIGHT MARK}" if is_rtl(lang) else ""
    return before, str.maketrans(
        {",": symbols["group"] if grouped else "", ".": symbols["decimal"]}
    )


def money(usd: float, t: Words) -> str:
    """US dollars in the reader's language, with about three digits."""
    large, small = BILLION.get(t.lang, 1e9), MILLION.get(t.lang, 1e6)
    for size, key in ((large, "usd_billion"), (small, "usd_million")):
        if abs(usd) >= size:
            places = max(decimals(usd / size) - 1, 0)
            return joined(written(usd / size, places, t), t(f"page.{key}", amount=AMOUNT))
    return joined(written(usd, 0, t), t("page.usd", amount=AMOUNT))


def percent(text: str, t: Words) -> str:
    """A share in percent that is written already."""
    return joined(text, percentage(t))


def percentage(t: Words) -> str:
    """The pattern of a percentage: languages differ in whether they set the sign apart."""
    return re.sub("[#,.0]+", AMOUNT, Locale.parse(t.lang).percent_formats[None].pattern)


def strength_said(value: float, text: str, unit: str, t: Words) -> str:
    """How far a lever is moved, where it is read and not typed.

    Args:
        value: In the unit of the lever.
        text: The value as it is written.
        unit: As the lever declares it.
        t: Words of the language; one without a million counts sums by its own words.
    """
    if unit != BUDGETS[1]:
        return joined(text, behind(t(f"units.{key_of(unit)}")))
    if t.lang not in MILLION:
        return t("page.a_year", money=joined(text, t("page.usd_million", amount=AMOUNT)))
    large = abs(value) * 1e6 >= BILLION[t.lang]
    amount = value * 1e6 / (BILLION if large else MILLION)[t.lang]
    # Every digit that was set, and no other.
    places = next(k for k in range(7) if k == 6 or round(amount, k) == round(amount, 6))
    name = t("page.usd_billion" if large else "page.usd_million", amount=AMOUNT)
    return t("page.a_year", money=joined(written(amount, places, t), name))


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


def valued(text: str, pattern: str) -> dict[str, str]:
    """A number that stands large between the small parts of its unit, and all of it as one text."""
    before, value, after = parts(text, pattern)
    return {"before": before, "value": value, "after": after, "said": f"{before}{value}{after}"}


@kept
def cards(
    you: Result, base: Result, year: int, interval: Interval | None, t: Words
) -> list[dict[str, Any]]:
    """The headline cards of one year: value, difference from the status quo and its interval."""
    at = you.row(year)
    return [_card(name, you, base, at, interval, t) for name in CARDS]


def _level(
    name: str, at: int, interval: Interval | None, unit: Unit, places: int, t: Words
) -> dict[str, str]:
    """What a card of the status quo, which differs from nothing, says: how sure its value is."""
    text = t("page.computing")
    if interval is not None:
        ends = (float(end[at]) * unit.factor for end in interval.band(name))
        low, high = (written(end, places, t) for end in ends)
        text = t("page.interval", low=low, high=high)
    return {"sign": "", "difference": "", "interval": text}


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
    moving = changing(outcome.unit, unit, now - before, t)
    digits = finer_by(finer, unit, moving)

    def said(difference: float) -> str:
        return written(difference * moving.factor, digits, t, sign=True)

    card = {
        "name": name,
        "label": t(f"page.card.{name}"),
        **valued(written(now * unit.factor, places, t), unit.pattern),
        "sign": "=" if same else ("▲" if change > 0 else "▼"),
        "difference": t("page.no_change") if same else moving.moved(said(now - before)),
        "reading": "",
        "interval": "" if same else t("page.computing"),
        "tone": "",
    }
    if you is base:
        return card | _level(name, at, interval, unit, places, t)
    if same or interval is None:
        return card
    middle, low, high = interval.difference(name, at)
    verdict = reading(low, high, now - before, outcome.better)
    if verdict in ("better", "worse"):
        card["tone"] = verdict
    card["reading"] = t(f"page.reading.{verdict.replace(' ', '_')}")
    outside = now - before < low or now - before > high
    card["interval"] = t(
        "page.interval_middle" if outside else "page.interval",
        low=said(low),
        high=said(high),
        middle=said(middle),
    )
    return card
