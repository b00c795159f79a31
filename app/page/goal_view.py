"""A goal in words, on the chart, and how near a scenario comes to it."""

from typing import Any

import numpy as np

from divide.app.page.display import written
from divide.app.visit.driver import Frame
from divide.app.visit.goal import KINDS, Goal, Score, score
from divide.app.visit.result import Result
from divide.app.words import Words

TEXTS = {"title": "goal.title", "open": "goal.open", "clear": "goal.clear", "set": "goal.set",
         "share": "goal.share", "year": "goal.year"}  # fmt: skip
_KINDS = {"online": "goal.online", "gap": "goal.gap"}
_SAID = {"online": "goal.said_online", "gap": "goal.said_gap"}
_MISSED = {"online": "goal.missed", "gap": "goal.missed_gap"}
#: Outcomes on whose chart a goal stands.
DRAWN = ("usage_mean", "people_offline")


def bar(frame: Frame, room: Goal | None, t: Words) -> dict[str, Any]:
    """What the bar of the goal shows; `room` is what the room aims at, if it is something else."""
    scenario, goal = frame.draft.scenario, frame.draft.goal
    text, tone = "", ""
    if goal is not None:
        text, tone = standing(goal, scenario.until, frame.you, frame.base, t)
    return {
        "texts": {key: t(text) for key, text in TEXTS.items()},
        "kinds": [{"value": kind, "label": t(_KINDS[kind])} for kind in KINDS],
        "said": said(goal, t) if goal else "",
        "score": text,
        "tone": tone,
        "room": t("goal.room", goal=said(room, t)) if room and room != goal else "",
        "first": scenario.start + 1,
        "last": scenario.until,
        "middle": (scenario.start + scenario.until + 1) // 2,
    }


def said(goal: Goal, t: Words) -> str:
    """The goal in words."""
    share = 100 * goal.share
    places = 0 if abs(share - round(share)) < 1e-6 else 1
    return t(_SAID[goal.kind], share=written(share, places, t), year=goal.year)


def standing(
    goal: Goal, until: int, you: Result | None, base: Result | None, t: Words
) -> tuple[str, str]:
    """How near the results come to a goal, as `judged`, or that the period ends before its year."""
    if goal.year > until:
        return t("goal.outside", until=until), ""
    result = score(goal, you, base) if you is not None and base is not None else None
    return judged(goal, result, t) if result else ("", "")


def missing(goal: Goal, result: Score, t: Words) -> str:
    """What is missing to the goal in its own unit: with what is shown it adds up to the goal."""
    return written(round(100 * goal.share, 1) - round(100 * result.got, 1), 1, t)


def judged(goal: Goal, result: Score, t: Words) -> tuple[str, str]:
    """How near a scenario comes, in words, and the tone of it."""
    got = written(100 * result.got, 1, t)
    if result.reached:
        return t("goal.reached", got=got), "better"
    return t(_MISSED[goal.kind], got=got, missing=missing(goal, result, t)), "worse"


def line(frame: Frame, factor: float, t: Words) -> dict[str, Any] | None:
    """The goal as a line of the chart, up to its year; None where it is not drawn."""
    goal, name = frame.draft.goal, frame.view.headline
    if goal is None or name not in DRAWN:
        return None
    you, base = frame.results
    result = score(goal, you, base)
    if result is None:
        return None
    level = result.wanted
    if name == "people_offline":
        row = int(np.flatnonzero(base.years == goal.year)[0])
        offline = float(base.series["people_offline"][row])
        share = 1 - float(base.series["usage_mean"][row])
        level = (1 - level) * offline / max(share, 1e-12)
    values = np.where(you.years <= goal.year, level * factor, np.nan)
    return {"name": t("goal.title"), "values": values, "style": "goal"}
