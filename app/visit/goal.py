"""A goal to aim at: people online in a year, or the part of the gap closed by then."""

from dataclasses import dataclass
from typing import Literal, get_args

from divide.app.visit.result import Result
from divide.model.declare.checks import check_choice, check_number, check_whole
from divide.model.declare.errors import InputError
from divide.model.declare.phrase import Phrase
from divide.model.policy.policy import YEARS

Kind = Literal["online", "gap"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Goal:
    """What a team or a room aims at.

    Attributes:
        kind: "online": the share of people online. "gap": of those who would be offline under the
            status quo, the share who are online.
        year: By the end of this calendar year.
        share: The share aimed at, 0 to 1.

    Raises:
        InputError: A value is not allowed.
    """

    kind: Kind
    year: int
    share: float

    def __post_init__(self) -> None:
        check_choice(self.kind, KINDS, "goal")
        object.__setattr__(self, "year", check_whole(self.year, YEARS, "", "goal", "year"))
        share = check_number(self.share, (0, 1), "", "goal", "share")
        object.__setattr__(self, "share", share)


@dataclass(frozen=True)
class Score:
    """Where a run stands with a goal.

    Attributes:
        wanted: Share of people online that reaches it.
        online: Share of people online in that year.
        got: The goal's own share in that year.
    """

    wanted: float
    online: float
    got: float

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.online >= self.wanted


def score(goal: Goal, you: Result, base: Result) -> Score | None:
    """Where a run stands with a goal; None if the goal's year is not in it."""
    rows = (you.years == goal.year).nonzero()[0]
    if not len(rows):
        return None
    row = int(rows[0])
    online, before = (float(one.series["usage_mean"][row]) for one in (you, base))
    return scored(goal, online, before)


def scored(goal: Goal, online: float, before: float) -> Score:
    """The same from the shares of people online in the goal's year under both."""
    if goal.kind == "online":
        return Score(goal.share, online, online)
    gap = max(1 - before, 1e-12)
    return Score(before + goal.share * gap, online, (online - before) / gap)


def to_text(goal: Goal) -> str:
    """The goal as it stands in an address."""
    return f"{goal.kind}~{goal.year}~{goal.share:g}"


def from_text(text: str) -> Goal:
    """The goal in an address.

    Raises:
        InputError: It cannot be read, or is not allowed.
    """
    kind, _, rest = text[:40].partition("~")
    year, _, share = rest.partition("~")
    try:
        numbers = int(year), float(share)
    except ValueError:
        raise InputError(
            Phrase("{value} is not kind~year~share", value=repr(text[:40])), ("goal",)
        ) from None
    return Goal(kind, *numbers)  # type: ignore[arg-type]
