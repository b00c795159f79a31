"""Whichever call fails: a room keeps all that was answered, once, and the server goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from every_call import failing, sample

from divide.app.rooms.file import FILE, RoomFile, set_aside
from divide.app.rooms.registry import Rooms
from divide.app.rooms.stage import Stages
from divide.experiments.keep.failure import StoreError
from divide.model.declare.errors import InputError
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

#: What a room asks of the disk by itself; SQLite's own calls are those of its statements.
KINDS = ("mkdir", "sql")
BASE = Scenario(until=2024, firms=1_000, seed=7)


def _join(browser: str) -> Callable[[Rooms], object]:
    return lambda rooms: rooms.join(browser, rooms.room("lead").code, f"Team {browser}")


def _submit(browser: str, strength: float) -> Callable[[Rooms], object]:
    policy = Policy("custom", "Ours", levers={"five_g": LeverUse(strength)})
    return lambda rooms: rooms.submit(browser, f"Plan {browser}", policy)


STORY: tuple[Callable[[Rooms], object], ...] = (
    lambda rooms: rooms.create("lead", "Nairobi", BASE),
    _join("a"),
    _join("b"),
    _submit("a", 100.0),
    _submit("b", 200.0),
    lambda rooms: rooms.reveal("lead", on=True),
    lambda rooms: Stages(rooms).speak_for("a", "funder"),
    lambda rooms: Stages(rooms).put("lead", BASE, {"year": 2024}, "debt"),
    lambda rooms: Stages(rooms).mark("a", 123.5),
)
_KEPT = (
    "SELECT title, revealed FROM room",
    "SELECT coalesce(team, '') FROM member ORDER BY 1",
    "SELECT team_key FROM owner ORDER BY 1",
    "SELECT team, name, digest, scenario FROM submission ORDER BY 1, 2",
    "SELECT scenario, look, asked, answered FROM stage",
    "SELECT team, expected FROM mark ORDER BY 1",
    "SELECT team, role FROM role ORDER BY 1",
)
Kept = list[list[tuple[Any, ...]]]


def kept(folder: Path) -> Kept:
    """What a server that starts now finds; opening the file checks its integrity."""
    with RoomFile(folder).closing() as db:
        return [[tuple(row) for row in db.execute(query)] for query in _KEPT]


def in_peace(folder: Path) -> list[Kept]:
    """What is kept before and after each part of the story."""
    states = [kept(folder)]
    rooms = Rooms.open(folder)
    with rooms.file.closing():
        for part in STORY:
            part(rooms)
            states.append(kept(folder))
    return states


def insist[T](act: Callable[[], T], folder: Path, expected: Kept) -> T:
    """Do something, and once more if it failed, which must have changed nothing."""
    try:
        return act()
    except (StoreError, InputError) as error:
        said = str(error)
    assert str(folder / FILE) in said
    assert kept(folder) == expected
    return act()


def check(kind: str, nth: int, folder: Path, states: list[Kept]) -> bool:
    """The story with its n-th call failing; whether none was left to fail."""
    with failing(kind, nth) as counter:
        rooms = insist(lambda: Rooms.open(folder), folder, states[0])
        with rooms.file.closing():
            for part, before in zip(STORY, states, strict=False):
                insist(lambda part=part: part(rooms), folder, before)
            board = insist(lambda: rooms.board("a"), folder, states[-1])
    assert [each.name for each in board] == ["Plan a", "Plan b"]
    assert kept(folder) == states[-1]
    return counter.calls < nth


@pytest.mark.parametrize("kind", KINDS)
def test_a_room_keeps_what_was_answered_whichever_call_fails(kind: str, tmp_path: Path) -> None:
    states = in_peace(tmp_path / "peace")
    assert len({repr(state) for state in states}) == len(STORY) + 1
    reached = sample(lambda nth: check(kind, nth, tmp_path / f"{kind}-{nth}", states))
    assert reached > (1 if kind == "mkdir" else 50)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_file_that_cannot_be_set_aside_stays_with_its_log(nth: int, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    rooms = Rooms.open(tmp_path / "running")
    with rooms.file.closing():
        STORY[0](rooms)
        shutil.copytree(tmp_path / "running", killed)  # as a killed server leaves it
    before = {path.name for path in killed.iterdir()}
    assert len(before) == 3
    with failing("rename", nth), pytest.raises(InputError, match=FILE):
        set_aside(killed)
    assert {path.name for path in killed.iterdir()} == before
    assert kept(killed) == kept(tmp_path / "running")
