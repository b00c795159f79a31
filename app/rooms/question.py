"""What a page says of a change that is guessed first: the question, the marks, the answer."""

import math
from collections.abc import Sequence
from typing import Any

from divide.app.page.display import MILLION, Unit, changing, readable, written
from divide.app.rooms.host import WorkshopPage
from divide.app.rooms.stage import Stage
from divide.app.visit.driver import Frame
from divide.app.visit.state import titled
from divide.app.visit.think import ThinkFirst, change
from divide.app.words import Words
from divide.experiments.text.units import decimals
from divide.model.outcomes import OUTCOMES


def unit_of(frame: Frame, outcome: str, t: Words) -> Unit:
    """The unit in which an outcome is asked for: that of the figures that are shown."""
    size = 0.0 if frame.you is None else abs(float(frame.you.series[outcome][0]))
    return readable(OUTCOMES[outcome].unit, size, t)


def asked_in(frame: Frame, outcome: str, t: Words) -> Unit:
    """The unit in which a change is asked for; of people it is the smaller word for many."""
    unit, level = OUTCOMES[outcome].unit, unit_of(frame, outcome, t)
    people = unit in ("persons", "person-years")
    return changing(unit, level, MILLION.get(t.lang, 0.0), t) if people else level


def expectation(data: Any, unit: Unit, outcome: str) -> float:
    """The change that somebody expects, in the outcome's unit; not a number if it is none.

    `data` says a `way` ("better", "worse" or "same") and a `size` in the unit shown.
    """
    given = data if isinstance(data, dict) else {}
    way, size = given.get("way"), given.get("size")
    if way == "same":
        return 0.0
    if way not in ("better", "worse") or not isinstance(size, int | float) or not size > 0:
        return math.nan
    up = (OUTCOMES[outcome].better != "lower") == (way == "better")
    return (1 if up else -1) * float(size) / unit.factor


def asked(page: WorkshopPage, stage: Stage | None, frame: Frame, t: Words) -> dict[str, Any]:
    """All that the page shows of guessing, as of a frame that is on it (see `think.vue`)."""
    think = page.think
    said: dict[str, Any] = {"on": think.on, "playing": think.playing, "state": "", "led": ""}
    said |= {"replay": think.before is not None and not think.held, "own": page.kept(), "rows": []}
    if page.own is not None:
        said["led"] = _led(page, stage, t)
    if think.playing and think.after is not None:
        frame = think.after  # marks and answer stay while the change is shown again
    if stage is not None and stage.asked and _is_here(stage, frame):
        return said | _room(stage, frame, t)
    if think.held == "visitor":
        return said | _question(frame, frame.view.headline, frame.view.year, "think.question", t)
    return said | _guessed(think, frame, t)


def _led(page: WorkshopPage, stage: Stage | None, t: Words) -> str:
    """What of the facilitator's is on the page, or was, though the visitor has a scenario."""
    shown = page.led or page.scenario  # a page loaded anew does not know what was shown on it
    key = "think.led" if stage is not None else "think.led_before"
    if page.led is not None and page.departed:
        key = "think.led_changed"
    return t(key, name=titled(shown.policy.title, t))


def _guessed(think: ThinkFirst, frame: Frame, t: Words) -> dict[str, Any]:
    """What a visitor without a room expected of the scenario shown, and what came."""
    guess = think.guess
    if guess is None or frame.shown is None or frame.shown.scenario.digest != guess.digest:
        return {}
    moved = change(frame, think.before, guess.outcome, guess.year)
    if moved is None:
        return {}
    marks = [(t("think.label.your_mark"), guess.expected)]
    return {"state": "answer"} | _table(frame, guess.outcome, guess.year, marks, moved, t)


def _is_here(stage: Stage, frame: Frame) -> bool:
    return frame.draft.scenario.digest == stage.scenario.digest


def _question(frame: Frame, outcome: str, year: int, key: str, t: Words) -> dict[str, Any]:
    """The form: what is asked, which ways there are, and in what unit."""
    unit = unit_of(frame, outcome, t)
    better = OUTCOMES[outcome].better
    ways = {"better": "higher", "worse": "lower"}
    if better == "lower":
        ways = {"better": "lower", "worse": "higher"}
    options = [
        {
            "value": way,
            "label": t(
                "page.aside", text=t(f"page.reading.{way}"), aside=t(f"page.reading.{move}")
            ),
        }
        for way, move in ways.items()
    ]
    if better == "neither":
        options = [{"value": way, "label": t(f"page.reading.{m}")} for way, m in ways.items()]
    now = "" if frame.you is None else _value(frame, outcome, year, unit, t)
    name = titled(frame.draft.scenario.policy.title, t)
    return {
        "state": "ask",
        "text": t(key, name=name, outcome=t(f"outcomes.{outcome}"), year=year, now=now),
        "ways": [*options, {"value": "same", "label": t("think.same")}],
        "size": _size(asked_in(frame, outcome, t).difference, t),
    }


def _size(unit: str, t: Words) -> str:
    """What stands over the field of the size, with its unit if it has one."""
    label = t("think.label.by_how_much")
    return t("page.aside", text=label, aside=unit) if unit else label


def _value(frame: Frame, outcome: str, year: int, unit: Unit, t: Words) -> str:
    result = frame.you
    if result is None or year not in result.years:
        return "-"
    value = float(result.series[outcome][list(result.years).index(year)]) * unit.factor
    return unit.said(written(value, _places(value), t))


def _room(stage: Stage, frame: Frame, t: Words) -> dict[str, Any]:
    """The question of a room: the form, then who has set a mark, then marks and answer."""
    outcome, year = stage.asked, int(stage.look.get("year", stage.scenario.until))
    made = _question(frame, outcome, year, "think.room_question", t)
    count = len(stage.marks) + len(stage.missing)
    key = "think.waiting" if stage.missing else "think.all_set"
    waiting = t(key, done=len(stage.marks), all=count, teams=", ".join(stage.missing))
    if stage.held:
        mine = [mark for mark in stage.marks if mark.expected is not None]
        state = "waiting" if mine else "room"
        rows = _rows(frame, outcome, [(mark.team, mark.expected or 0.0) for mark in mine], t)
        return {**made, "state": state, "waiting": waiting, "rows": rows}
    moved = change(frame, None, outcome, year)
    marks = [(mark.team, mark.expected or 0.0) for mark in stage.marks]
    if moved is None:
        return {**made, "state": "", "rows": []}
    sure = _interval(frame, outcome, year, moved, t)
    return {"state": "answer", **_table(frame, outcome, year, marks, moved, t, sure)}


def _interval(frame: Frame, outcome: str, year: int, moved: float, t: Words) -> str:
    """The interval of a difference from the status quo, once it is known."""
    if frame.interval is None or frame.you is None:
        return ""
    unit, row = _change_in(frame, outcome, moved, t), list(frame.you.years).index(year)
    places = _places(moved * unit.factor)
    figures = dict(
        zip(("middle", "low", "high"), frame.interval.difference(outcome, row), strict=True)
    )
    inside = figures["low"] <= moved <= figures["high"]
    said = {key: written(f * unit.factor, places, t, sign=True) for key, f in figures.items()}
    return f" {t('rooms.interval' if inside else 'rooms.interval_middle', **said)}"


def _table(
    frame: Frame,
    outcome: str,
    year: int,
    marks: Sequence[tuple[str, float]],
    moved: float,
    t: Words,
    sure: str = "",
) -> dict[str, Any]:
    """Marks and answer on one scale; `sure` is its interval in words."""
    title = t("page.in_year", outcome=t(f"outcomes.{outcome}"), year=year)
    rows = _rows(frame, outcome, [*marks, (t("think.label.answer"), moved)], t)
    rows[-1]["answer"] = True
    rows[-1]["said"] += sure
    return {"text": title, "rows": rows}


def _rows(
    frame: Frame, outcome: str, marks: Sequence[tuple[str, float]], t: Words
) -> list[dict[str, Any]]:
    """Name, words and place (0 to 100, 50 is no change) of each expectation."""
    reach = max((abs(value) for _, value in marks), default=0.0) or 1.0
    return [
        {
            "name": name,
            "at": 50.0 + 46.0 * value / reach,
            "said": _moved(_change_in(frame, outcome, value, t), value, t),
        }
        for name, value in marks
    ]


def _change_in(frame: Frame, outcome: str, change: float, t: Words) -> Unit:
    """The unit in which a change is told."""
    return changing(OUTCOMES[outcome].unit, unit_of(frame, outcome, t), change, t)


def _moved(unit: Unit, value: float, t: Words) -> str:
    shown = value * unit.factor
    return (
        unit.moved(written(shown, _places(shown), t, sign=True)) if shown else t("page.no_change")
    )


def _places(figure: float) -> int:
    """Digits after the point that show about three."""
    return max(decimals(figure) - 1, 0)
