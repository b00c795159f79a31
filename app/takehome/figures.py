"""The figures of a case as people read them, in their language: rows of tables, nothing drawn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.app.page.display import (
    Unit,
    cards,
    money,
    readable,
    strength_said,
    written,
)
from divide.app.page.figure_data import FINEST, codes, nice, regions
from divide.app.page.lens_view import LEAST, at_the_end, cells, share, spoken, told, turned
from divide.app.takehome import drawing
from divide.app.takehome.case import Case
from divide.app.visit.lens import Lens, lens
from divide.app.visit.result import Result
from divide.app.visit.state import titled
from divide.app.words import Words, key_of
from divide.experiments.text.headline import reading
from divide.experiments.text.units import decimals
from divide.model.declare.levers import levers
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.outcomes.lens import LEAST_CONNECTED
from divide.model.policy.policy import LeverUse
from divide.model.world import load_world

Array = NDArray[np.float64]

#: Countries in the table of those that gain most.
MOST = 10
#: Most digits after the point of their figures.
FINEST_DIGIT = 3
ONLINE, PEOPLE = "internet_users", "population"
#: What a policy may cost besides money.
PRICES = ("hub_dependence", "debt")
#: The outcome that is drawn over time, and explained.
DRAWN = "usage_mean"


def name_of(case: Case, t: Words) -> str:
    """Title of the scenario in the reader's language."""
    return titled(case.scenario.policy.title, t)


def outcome_cards(case: Case, t: Words) -> list[dict[str, Any]]:
    """The headline numbers at the end, as on the page, with the status quo beside them."""
    found = cards(case.you, case.base, case.scenario.until, case.interval, t)
    for card in found:
        now, before = (float(run.series[card["name"]][-1]) for run in (case.you, case.base))
        unit = readable(OUTCOMES[card["name"]].unit, max(abs(now), abs(before)), t)
        places = max(decimals(max(abs(now), abs(before)) * unit.factor) - 1, 0)
        card["status_quo"] = unit.said(written(before * unit.factor, places, t))
    return found


def online(result: Result) -> Array:
    """People online at the end by country, (n,)."""
    return _column(result, ONLINE) * _column(result, PEOPLE)


def _column(result: Result, name: str) -> Array:
    return np.asarray(result.country[name][-1], dtype=float)


def said(gain: float, low: float, high: float, unit: Unit, t: Words) -> dict[str, str]:
    """A difference and its interval in words, with about three digits."""
    places = min(max(decimals(gain * unit.factor) - 1, 0), FINEST_DIGIT)
    value, *ends = (written(x * unit.factor, places, t, sign=True) for x in (gain, low, high))
    return {"gain": value, "interval": t("takehome.range", low=ends[0], high=ends[1])}


def lived(result: Result) -> Array:
    """Person-years online from the start to the end by country, (n,)."""
    return result.online_years.countries


def gainers(case: Case, t: Words) -> list[dict[str, Any]]:
    """The countries that gain most person-years online, most first."""
    return _most(case, case.gain(lived)[0], t)


def losers(case: Case, t: Words) -> list[dict[str, Any]]:
    """The countries that lose most of them, most first; none where the world does not lose."""
    gained, *_ = case.gain(lived)
    return _most(case, -gained, t) if gained.sum() < 0 else []


def _most(case: Case, change: Array, t: Words) -> list[dict[str, Any]]:
    """The countries with the largest change, without those whose change would read as none."""
    least = 0.5 * 10.0**-FINEST_DIGIT / readable("persons", 1e6, t).factor
    first = [int(k) for k in np.argsort(-change, kind="stable")[:MOST] if change[k] > least]
    return [
        _gain(case, t(f"countries.{codes()[k]}"), np.arange(len(change)) == k, t) for k in first
    ]


def groups(case: Case, t: Words) -> list[dict[str, Any]]:
    """The same by region, and by groups of countries."""
    member = load_world(case.scenario.start).table["bri_member"].to_numpy(bool)
    first = np.argsort(case.base.country[ONLINE][0], kind="stable")[:LEAST_CONNECTED]
    least = np.isin(np.arange(len(member)), first)
    rows = [(t(f"groups.{key_of(str(name))}"), regions() == name) for name in np.unique(regions())]
    rows += [
        (t("takehome.members"), member),
        (t("takehome.others"), ~member),
        (t("takehome.least"), least),
        (t("takehome.world"), np.ones_like(member)),
    ]
    return [_gain(case, label, inside, t) for label, inside in rows]


def _gain(case: Case, label: str, inside: NDArray[np.bool_], t: Words) -> dict[str, Any]:
    """What the countries of a mask (n,) gain together."""
    people, end_low, end_high = map(float, case.gain(lambda run: _sum(online(run), inside)))
    years, low, high = map(float, case.gain(lambda run: _sum(lived(run), inside)))
    now, before = (
        _sum(online(run), inside) / _sum(_column(run, PEOPLE), inside)
        for run in (case.you, case.base)
    )
    million = readable("persons", 1e6, t)
    return {
        "name": label,
        "years": said(years, low, high, million, t),
        "people": said(people, end_low, end_high, million, t),
        "points": written(100 * float(now - before), 2, t, sign=True),
        "now": written(100 * float(now), 1, t),
        "tone": tone(years, low, high),
    }


def _sum(values: Array, inside: NDArray[np.bool_]) -> Array:
    return np.asarray(values[inside].sum())


def lens_rows(case: Case, t: Words) -> list[dict[str, str]]:
    """What the policy brings, in the words and figures of the lens, and two shares more."""
    seen, span = _seen(case), "takehome.range"
    women, poorest = seen.women_men["women"], seen.poorest_richest["poorest40"]
    return [
        *cells(seen, case.scenario.until, t, span),
        share("women", t("takehome.to_women"), women, t, span),
        share("poorest", t("takehome.to_poorest"), poorest, t, span),
    ]


def _seen(case: Case) -> Lens:
    return told(lens(case.you, case.base, case.interval))


def prices(case: Case, t: Words) -> list[dict[str, Any]]:
    """What the policy does to dependence and debt, and where debt rises most."""
    return [card for card in outcome_cards(case, t) if card["name"] in PRICES]


def debtors(case: Case, t: Words) -> list[dict[str, str]]:
    """The countries whose debt from digital loans rises most; none if no debt rises."""
    debt, low, high = case.gain(lambda run: _column(run, "debt"))
    unit = readable(COUNTRY["debt"].unit, float(np.abs(debt).max()), t)
    first = [int(k) for k in np.argsort(-debt, kind="stable")[:5] if debt[k] > 0]
    names = [f"{t(f'countries.{codes()[k]}')} ({unit.name})" for k in first]
    return [
        {"name": name, **said(float(debt[k]), float(low[k]), float(high[k]), unit, t)}
        for name, k in zip(names, first, strict=True)
    ]


def policy(case: Case, t: Words) -> list[dict[str, Any]]:
    """The levers in use: how strongly, where, when, what they cost, how well they are known."""
    uses = case.scenario.policy.levers
    return [_lever(name, uses[name], case, t) for name in levers() if name in uses]


def _lever(name: str, use: LeverUse, case: Case, t: Words) -> dict[str, Any]:
    lever, scenario = levers()[name], case.scenario
    target = t(f"targets.{use.target}") if isinstance(use.target, str) else _countries(use, t)
    spent = case.you.spend.get(name)
    first = scenario.start if use.start is None else use.start
    last = scenario.until if use.end is None else use.end
    return {
        "label": t(f"levers.{name}.label"),
        "strength": strength_said(use.intensity, digits(use.intensity, t), lever.unit, t),
        "where": target,
        "when": f"{first:g} \N{EN DASH} {last:g}",
        "spent": money(0.0 if spent is None else float(spent.sum()), t),
        "evidence": t(f"evidence.{lever.evidence}"),
        "speculative": lever.speculative,
    }


def digits(value: float, t: Words) -> str:
    """The strength of a lever without digits that say nothing."""
    places = 0 if value == round(value) else 3
    return written(value, places, t)


def _countries(use: LeverUse, t: Words) -> str:
    return ", ".join(t(f"countries.{code}") for code in use.target)


def reasons(case: Case, t: Words) -> list[dict[str, Any]]:
    """The part of each lever in the change of the share online at the end, largest first."""
    if case.explained is None:
        return []
    parts = case.explained.parts(DRAWN, -1)
    widest = max((abs(part) for part in parts.values()), default=0.0) or 1.0
    return [
        {
            "label": t(f"levers.{name}.label"),
            "part": written(100 * part, 3, t, sign=True),
            "width": round(100 * abs(part) / widest, 1),
            "up": part >= 0,
        }
        for name, part in sorted(parts.items(), key=lambda each: -abs(each[1]))
    ]


def world_map(case: Case, t: Words) -> dict[str, Any]:
    """The change of the share online at the end by country."""
    change = 100 * case.gain(lambda run: _column(run, ONLINE))[0]
    return drawing.changes(change, reach(change), t("page.points"), t)


def reach(change: Array) -> float:
    """The change at which a map of changes in points is deepest, from (n,) or maps of them."""
    return nice(max(float(np.quantile(np.abs(change), 0.98, axis=-1).max()), 100 * FINEST))


def chart(case: Case, t: Words) -> dict[str, Any]:
    """The change of the share of people online over the years, with its interval."""
    years = case.you.years
    spread = np.array([case.interval.difference(DRAWN, k) for k in range(len(years))])
    change = case.you.series[DRAWN] - case.base.series[DRAWN]
    band = (100 * spread[:, 1], 100 * spread[:, 2])
    room = 100 * FINEST * np.array([-1.0, 1.0])
    return drawing.lines(years, 0 * change, 100 * change, [band], t, room)


def cautions(case: Case, t: Words) -> Iterator[str]:
    """What must not be concluded from the figures."""
    yield t("takehome.caution.exploration")
    yield t("takehome.caution.level")
    yield t("takehome.caution.interval", draws=len(case.draws) // 2)
    yield t("takehome.caution.gini")
    yield t("takehome.caution.members")
    speculative = [row["label"] for row in policy(case, t) if row["speculative"]]
    if speculative:
        yield t("takehome.caution.speculative", levers=", ".join(speculative))


def tone(gain: float, low: float, high: float) -> str:
    """Whether more is surely better; "" where it cannot be told."""
    found = reading(low, high, gain, "higher")
    return found if found in ("better", "worse") else ""


def summary(case: Case, t: Words) -> str:
    """The whole page in a few words: what is gained or lost, and how many are online at the end."""
    seen = _seen(case)
    years, key = seen.person_years, "takehome.gains"
    if abs(years.value) < LEAST:
        return t("lens.nothing")
    if years.value < 0:
        years, key = turned(years), "takehome.loses"
    value, interval = spoken(years, t)
    first = t(key, cost=money(case.you.cost, t), years=value, interval=interval)
    return f"{first} {at_the_end(seen, case.scenario.until, t)}"
