"""What rooms are made of: a place in a room, the room, what was handed in, and complaints."""

import json
import sqlite3
from dataclasses import dataclass, replace
from functools import lru_cache

from divide.app.visit.state import CUSTOM
from divide.model.declare.yamlfile import parse_yaml
from divide.model.scenario import Scenario


class RoomError(ValueError):
    """Something that may not be done; `key` and `values` are those of the text that says why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key} {values}")
        self.key, self.values = f"rooms.{key}", values


@dataclass(frozen=True)
class Membership:
    """Where a browser is: a room, as the facilitator (`team` is None) or as a team.

    Attributes:
        key: What the team's name is compared by; empty for the facilitator.
    """

    room: int
    team: str | None
    key: str = ""

    @property
    def facilitator(self) -> bool:
        """Whether this browser leads the room."""
        return self.team is None


@dataclass(frozen=True)
class Room:
    """A room as its members see it; `base` is the run whose policy the teams replace."""

    title: str
    code: str
    base: Scenario
    outcome: str
    frozen: bool
    revealed: bool
    teams: int
    submissions: int


@dataclass(frozen=True)
class Submission:
    """A scenario that a team handed in; `headline` is None until the server has computed it."""

    number: int
    team: str
    name: str
    digest: str
    text: str
    sent: str
    headline: dict[str, list[float]] | None
    error: str | None

    @property
    def scenario(self) -> Scenario:
        """The whole scenario, in the settings of the room."""
        return read_scenario(self.text)


@lru_cache(maxsize=500)
def read_scenario(text: str) -> Scenario:
    """The scenario in a text of ours (many browsers ask for the same few)."""
    scenario = Scenario.from_mapping(parse_yaml(text, "rooms"), "rooms")
    return replace(scenario, policy=replace(scenario.policy, name=CUSTOM))


def submission(row: sqlite3.Row) -> Submission:
    """The submission in a row of the file."""
    return Submission(
        row["id"],
        row["team"],
        row["name"],
        row["digest"],
        row["scenario"],
        row["sent"],
        None if row["headline"] is None else json.loads(row["headline"]),
        row["error"],
    )
