"""The goal of a room: what its board may be ranked by, and how near each scenario comes."""

import math
from typing import Any

from divide.app.page.display import percent, written
from divide.app.page.goal_view import judged, missing, said
from divide.app.rooms.records import Submission
from divide.app.visit.goal import Goal, Score, from_text, scored, to_text
from divide.app.visit.result import Result
from divide.app.words import Words

#: What the facilitator chooses to rank by the goal on their page, and how a room's begins.
AIM = "goal"
#: Shares of people online by year in what is kept of a scenario: of it, and of the status quo.
BY_YEAR = ("online_by_year", "online_by_year_status_quo")


def kept(goal: Goal) -> str:
    """The goal as what a room is ranked by."""
    return f"{AIM}~{to_text(goal)}"


def goal_of(outcome: str) -> Goal | None:
    """The goal that a room is ranked by, if it is ranked by one."""
    kind, _, text = outcome.partition("~")
    return from_text(text) if kind == AIM else None


def paths(you: Result, base: Result) -> dict[str, list[float]]:
    """What is kept of a scenario so that any goal can be judged."""
    both = (one.series["usage_mean"].tolist() for one in (you, base))
    return dict(zip(BY_YEAR, both, strict=True))


def reached(goal: Goal, submission: Submission) -> Score | None:
    """Where a scenario stands with a goal; None without figures or outside of its years."""
    headline, row = submission.headline or {}, goal.year - submission.scenario.start
    online, before = (headline.get(name, []) for name in BY_YEAR)
    return scored(goal, online[row], before[row]) if 0 <= row < len(online) else None


def ahead(goal: Goal, submission: Submission) -> float:
    """The goal's own share beyond what it asks for; not a number if it is not known."""
    score = reached(goal, submission)
    # To the tenth of a point that is shown: what reads the same shares a rank.
    return math.nan if score is None else round(score.got - goal.share, 3)


def label(goal: Goal, t: Words) -> str:
    """What the board ranks by, in words."""
    return t("goal.rank", goal=said(goal, t))


def cell(goal: Goal, submission: Submission, t: Words) -> dict[str, Any]:
    """What the board shows of a scenario in the column of the goal, with a bar up to the goal."""
    score = reached(goal, submission)
    if score is None:
        return {"score": "-", "interval": ""}
    tone, asked = judged(goal, score, t)[1], max(goal.share, 1e-12)
    short = t("goal.short", missing=missing(goal, score, t))
    return {
        "score": percent(written(100 * score.got, 1, t), t),
        "interval": t("goal.there") if score.reached else short,
        "tone": tone,
        "part": min(max(score.got / asked, 0), 1),
    }
