"""The card of the lever in hand: the outcome that it acts on, without it and with it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from divide.app.page.display import changing, finer_by, readable, strength_said, written
from divide.app.page.levers import idle
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
    year = int(held.given.years[held.given.row(year)])
    chosen = _effect(held, column, where, year, t)
    strongest = _effect(held, column, where, _strongest(held, column, where), t)
    # What people get used to, or what comes late, is nothing in the year that is looked at.
    shown = strongest if chosen.nothing and not strongest.nothing else chosen
    rising = shown.change > 0
    tone = "better" if rising == (outcome.better == "higher") else "worse"
    return {
        "lever": held.lever,
        "tried": _tried(held, t) if held.trial else "",
        "year": shown.year,
        "lead": t("page.acts_lead", year=shown.year) if shown.year != chosen.year else "",
        "rows": shown.rows,
        "sign": "=" if shown.nothing else "▲" if rising else "▼",
        "difference": t("page.no_change") if shown.nothing else shown.said,
        "tone": "" if shown.nothing or outcome.better == "neither" else tone,
        "most": _most(chosen, strongest, shown, t),
        "where": idle(held.lever, held.use, held.given, t)
        or t("page.acts_where", year=shown.year, countries=written(int(where.sum()), 0, t)),
        "luck": t("page.luck") if column in LUCK else "",
    }


@dataclass(frozen=True)
class _Effect:
    """What a lever does to its outcome in a year.

    Attributes:
        change: In the unit of the outcome.
        nothing: Whether nothing is left of the change once it is written.
        said: The change as it is read.
        rows: The outcome without the lever and with it, and each as part of the larger.
    """

    year: int
    change: float
    nothing: bool
    said: str
    rows: list[dict[str, Any]]


def _effect(held: Held, column: str, where: Any, year: int, t: Words) -> _Effect:
    before, after = (level(result, column, where, year) for result in _runs(held))
    size, change = max(abs(before), abs(after)), after - before
    unit = readable(COUNTRY[column].unit, size, t)
    places = max(decimals(size * unit.factor) - 1, 0)
    finer = min(max(decimals(change * unit.factor) - 2, places), places + 2)
    nothing = _is_nothing(change * unit.factor, finer)
    moving = changing(COUNTRY[column].unit, unit, change, t)
    digits = finer_by(finer, unit, moving)
    rows = [
        {"value": unit.said(written(v * unit.factor, places, t)),
         "part": abs(v) / size if size else 0.0}
        for v in (before, before if nothing else after)
    ]  # fmt: skip
    said = moving.moved(written(change * moving.factor, digits, t, sign=True))
    return _Effect(year, change, nothing, said, rows)


def _runs(held: Held) -> tuple[Result, Result]:
    """The runs without the lever and with it, which are known."""
    return held.without, held.given  # type: ignore[return-value]


def _is_nothing(change: float, places: int) -> bool:
    """Whether nothing is left of a change once it is written."""
    return number(change, places) in ("0", f"{0:.{places}f}")


def _strongest(held: Held, column: str, where: Any) -> int:
    """The year in which the lever moves its outcome most."""
    without, given = _runs(held)
    years = [int(each) for each in given.years]
    moved = [abs(level(given, column, where, y) - level(without, column, where, y)) for y in years]
    return years[int(np.argmax(moved))]


def _most(chosen: _Effect, strongest: _Effect, shown: _Effect, t: Words) -> str:
    """What the lever does in the other year, if that is told too.

    Beside a change of the chosen year it is the strongest, if that is twice as large or more.
    """
    if shown.year != chosen.year:
        return t("page.acts_now", year=chosen.year)
    if strongest.nothing or abs(strongest.change) < MOST * abs(chosen.change):
        return ""
    return t("page.acts_most", year=strongest.year, difference=strongest.said)


def level(result: Result, column: str, where: Any, year: int) -> float:
    """A country column over some countries, (n,): a sum of money, else a mean over people."""
    row = result.row(year)
    values = result.country[column][row][where].astype(float)
    if COUNTRY[column].unit in ("US$", "US$/year"):
        return float(values.sum())
    people = result.country["population"][row][where].astype(float)
    return float(people @ values / people.sum())


def _where(held: Held, given: Result) -> Any:
    """The countries that the lever reaches; all if it reaches none or is not in force."""
    found = given.reached.get(held.lever)
    everywhere = np.ones(given.country["population"].shape[1], dtype=bool)
    return everywhere if found is None or not found.any() else found


def _tried(held: Held, t: Words) -> str:
    """That the lever is not in use, and the strength at which it is tried."""
    places = 0 if abs(held.value) >= 100 else 3
    said = written(held.value, places, t)
    said = said.rstrip("0").rstrip(".,") if places else said
    return t("page.tried", value=strength_said(held.value, said, levers()[held.lever].unit, t))
