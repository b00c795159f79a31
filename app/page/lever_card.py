"""The card of the lever in hand: the outcome that it acts on, without it and with it."""

from typing import Any

import numpy as np

from divide.app.page.display import Unit, readable, strength_said, written
from divide.app.visit.driver import Frame
from divide.app.visit.held import Held
from divide.app.visit.kept import kept
from divide.app.visit.result import Result
from divide.app.words import Words
from divide.experiments.text.units import decimals, number
from divide.model.declare.levers import levers
from divide.model.outcomes import COUNTRY

#: Outcomes of single firms, so that a small change of one run may be luck.
LUCK = ("sellers", "exporters", "exports", "marketplaces")

#: An effect that was so many times as large in another year is told with that year.
MOST = 2.0


def lever_card(frame: Frame, t: Words) -> dict[str, Any] | None:
    """What the lever in hand does in the year of the view; None without one, or not yet known."""
    return None if frame.held is None else _card(frame.held, frame.view.year, t)


@kept
def _card(held: Held, year: int, t: Words) -> dict[str, Any] | None:
    if held.without is None or held.given is None:
        return None
    column = levers()[held.lever].outcome
    outcome, where = COUNTRY[column], _where(held, held.given)
    before, after = (level(result, column, where, year) for result in (held.without, held.given))
    size = max(abs(before), abs(after))
    unit = readable(outcome.unit, size, t)
    change = (after - before) * unit.factor
    places = max(decimals(size * unit.factor) - 1, 0)
    finer = min(max(decimals(change) - 2, places), places + 2)
    same = _is_nothing(change, finer)
    rising = change > 0
    tone = "better" if rising == (outcome.better == "higher") else "worse"
    return {
        "lever": held.lever,
        "tried": _tried(held, t) if held.trial else "",
        "rows": [
            {"value": unit.said(written(v * unit.factor, places, t)),
             "part": abs(v) / size if size else 0.0}
            for v in (before, before if same else after)
        ],
        "sign": "=" if same else "▲" if rising else "▼",
        "difference": t("page.no_change")
        if same
        else unit.moved(written(change, finer, t, sign=True)),
        "tone": "" if same or outcome.better == "neither" else tone,
        "most": _most(held, column, where, year, unit, t),
        "where": t(
            "page.acts_where" if held.lever in held.given.reached else "page.acts_nowhere",
            year=year,
            countries=written(int(where.sum()), 0, t),
        ),
        "luck": t("page.luck") if column in LUCK else "",
    }  # fmt: skip


def _is_nothing(change: float, places: int) -> bool:
    """Whether nothing is left of a change once it is written."""
    return number(change, places) in ("0", f"{0:.{places}f}")


def _most(held: Held, column: str, where: Any, year: int, unit: Unit, t: Words) -> str:
    """When the lever moves its outcome most, if that is twice what it does in a year, or more."""
    years = [int(each) for each in held.given.years]  # type: ignore[union-attr]
    before, after = (
        np.array([level(result, column, where, each) for each in years]) * unit.factor
        for result in (held.without, held.given)
        if result is not None
    )
    moved, at = after - before, held.given.row(year)  # type: ignore[union-attr]
    top = int(np.abs(moved).argmax())
    finer = min(max(decimals(moved[top]) - 2, 0), 5)
    if abs(moved[top]) < MOST * abs(moved[at]) or _is_nothing(moved[top], finer):
        return ""
    said = unit.moved(written(moved[top], finer, t, sign=True))
    return t("page.acts_most", year=years[top], difference=said)


def level(result: Result, column: str, where: Any, year: int) -> float:
    """A country column over some countries, (n,): a sum of money, else a mean over people."""
    row = result.row(year)
    values = result.country[column][row][where].astype(float)
    if COUNTRY[column].unit in ("US$", "US$/year"):
        return float(values.sum())
    people = result.country["population"][row][where].astype(float)
    return float(people @ values / people.sum())


def _where(held: Held, given: Result) -> Any:
    """The countries that the lever reaches; all before it is in force or where it reaches none."""
    found = given.reached.get(held.lever)
    everywhere = np.ones(given.country["population"].shape[1], dtype=bool)
    return everywhere if found is None or not found.any() else found


def _tried(held: Held, t: Words) -> str:
    """That the lever is not in use, and the strength at which it is tried."""
    places = 0 if abs(held.value) >= 100 else 3
    said = written(held.value, places, t)
    said = said.rstrip("0").rstrip(".,") if places else said
    return t("page.tried", value=strength_said(held.value, said, levers()[held.lever].unit, t))
