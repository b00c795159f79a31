"""The board of a room: what is ranked, by what, and the table to take away."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from divide.app.page.display import MILLION, changing, money, readable, written
from divide.app.rooms import aim
from divide.app.rooms.evaluator import COST, OFFERED
from divide.app.rooms.records import Submission
from divide.app.visit.state import titled
from divide.app.words import Words
from divide.experiments.text.headline import reading
from divide.model.outcomes import OUTCOMES

#: Rank by US$ spent for each person who is online at the end and would not be otherwise.
COST_PER_PERSON = "cost_per_person"
RANKED = (*OFFERED, COST_PER_PERSON)
#: Columns beside that of the ranking, and what is ranked that says the same.
BESIDE = {"gained": "people_offline", "cost": COST, "per_person": COST_PER_PERSON}
#: A change by less than this part of the level is none: three persons of a billion.
FINEST = 1e-5
#: Cells that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """A ranked scenario; numbers are not a number while it is being computed.

    Attributes:
        rank: 1 is best; None without figures.
        score: What it is ranked by, in the outcome's unit (a difference from the status quo).
        gained: People online at the end who would be offline under the status quo.
        cost: US$ over the whole run.
        per_person: US$ per person newly online; infinite if nobody is.
    """

    rank: int | None
    submission: Submission
    score: float
    gained: float
    cost: float
    per_person: float


def ranked(submissions: Iterable[Submission], outcome: str) -> list[Line]:
    """The scenarios, best first; equal scores share a rank, those without figures come last."""
    lines = sorted(
        (_line(submission, outcome) for submission in submissions),
        key=lambda line: (_order(line, outcome), line.submission.number),
    )
    placed: list[Line] = []
    for place, line in enumerate(lines, start=1):
        tied = placed and _order(placed[-1], outcome) == _order(line, outcome)
        rank = placed[-1].rank if tied else place
        shown = None if math.isnan(line.score) else rank
        placed.append(Line(shown, *list(vars(line).values())[1:]))
    return placed


def _line(submission: Submission, outcome: str) -> Line:
    headline = submission.headline
    if headline is None:
        return Line(None, submission, *[math.nan] * 4)
    gained = -difference(headline, "people_offline")
    cost = difference(headline, COST)
    # Fewer than the board can tell from none have no price.
    least = FINEST * headline["people_offline"][1]
    per_person = cost / gained if gained > least else math.inf
    goal = aim.goal_of(outcome)
    if goal is not None:
        score = aim.ahead(goal, submission)
    else:
        score = per_person if outcome == COST_PER_PERSON else difference(headline, outcome)
    return Line(None, submission, score, gained, cost, per_person)


def difference(headline: dict[str, list[float]], name: str) -> float:
    """Value under the scenario less value under the status quo."""
    value, before = headline[name][:2]
    return value - before


def _order(line: Line, outcome: str) -> float:
    """What is smallest for the best."""
    if math.isnan(line.score):
        return math.inf
    return -line.score if better(outcome) == "higher" else min(line.score, 1e300)


def better(outcome: str) -> str:
    """Which way is better in what the board ranks by."""
    if outcome == COST_PER_PERSON:
        return "lower"
    return "higher" if aim.goal_of(outcome) else OUTCOMES[outcome].better


def label(outcome: str, t: Words) -> str:
    """What the board ranks by, in words."""
    if (goal := aim.goal_of(outcome)) is not None:
        return aim.label(goal, t)
    return t("rooms.cost_per_person" if outcome == COST_PER_PERSON else f"outcomes.{outcome}")


def beside(outcome: str) -> list[str]:
    """The columns beside that of the ranking, which does not stand there twice."""
    return [name for name, other in BESIDE.items() if outcome != other]


def ranking(outcome: str, t: Words) -> str:
    """What the board ranks by and which way is better, in a sentence."""
    return t("rooms.ranking", outcome=label(outcome, t), better=t(f"better.{better(outcome)}"))


def caution(outcome: str, t: Words) -> str:
    """What must not be concluded from the ranking; only outcomes have intervals."""
    return t("rooms.chance" if outcome in OFFERED else "rooms.chance_single")


def rows(lines: Iterable[Line], outcome: str, t: Words) -> list[dict[str, Any]]:
    """The lines as people read them."""
    return [_row(line, outcome, t) for line in lines]


def _row(line: Line, outcome: str, t: Words) -> dict[str, Any]:
    sent = line.submission
    row = {"number": sent.number, "team": sent.team, "rank": "", "tone": ""}
    row["name"] = titled(sent.name, t)
    if sent.headline is None:
        why = t("rooms.failed") if sent.error else t("rooms.computing")
        return {**row, "score": why, "interval": "", "gained": "", "cost": "", "per_person": ""}
    row["rank"] = "" if line.rank is None else str(line.rank)
    row["gained"] = written(line.gained / MILLION.get(t.lang, 1e6), 1, t, sign=True)
    row["cost"] = money(line.cost, t)
    row["per_person"] = "-" if math.isinf(line.per_person) else money(line.per_person, t)
    if outcome == COST_PER_PERSON:
        return {**row, "score": row["per_person"], "interval": ""}
    if (goal := aim.goal_of(outcome)) is not None:
        return {**row, **aim.cell(goal, sent, t)}
    value, before, low, high = sent.headline[outcome]
    unit = readable(OUTCOMES[outcome].unit, max(abs(value), abs(before)), t)
    unit = changing(OUTCOMES[outcome].unit, unit, line.score, t)
    places = _places(line.score * unit.factor, max(abs(value), abs(before)) * unit.factor)

    def said(figure: float) -> str:
        return written(figure * unit.factor, places, t, sign=True)

    tone = reading(low, high, line.score, OUTCOMES[outcome].better)
    middle = (low + high) / 2  # of a Student interval
    key = "interval" if low <= line.score <= high else "interval_middle"
    return {
        **row,
        "score": unit.moved(said(line.score)),
        "interval": t(f"rooms.{key}", low=said(low), high=said(high), middle=said(middle)),
        "tone": tone if tone in ("better", "worse") else "",
    }


def _places(figure: float, level: float) -> int:
    """Digits after the point that show three significant ones, as far as they mean something.

    A hundred-thousandth of the level is the finest that is shown: three persons of a billion are no
    change.
    """
    if not figure or not level:
        return 1
    fine, finest = (most - math.floor(math.log10(abs(x))) for most, x in ((2, figure), (5, level)))
    return min(max(min(fine, finest), 0), 6)


def board_csv(lines: Iterable[Line], outcome: str) -> str:
    """The board as a table: every outcome under each scenario and under the status quo.

    The score is what the lines are ranked by: a difference from the status quo, or by how much the
    goal's own share is ahead of what it asks for.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = [f"{name}{end}" for name in OFFERED for end in ("", "_status_quo", "_lo90", "_hi90")]
    first = ["rank", "team", "name", "digest", "sent", "ranked_by", "score", "people_gained"]
    table.writerow([*first, "cost_usd", "usd_per_person_gained", *names])
    for line in lines:
        sent = line.submission
        start = [line.rank or "", _cell(sent.team), _cell(sent.name), sent.digest, sent.sent]
        start.append(outcome)
        if sent.headline is None:
            table.writerow(start)
            continue
        figures = [line.score, line.gained, line.cost, line.per_person]
        figures += [value for name in OFFERED for value in sent.headline[name]]
        table.writerow([*start, *(repr(f) if math.isfinite(f) else "" for f in figures)])
    return text.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
