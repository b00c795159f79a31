"""Flipped bytes and a file cut short: a board is the one that was answered, or it is refused."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_calls_of_rooms import STORY, Kept, kept

from divide.app.rooms.evaluator import COST, OFFERED
from divide.app.rooms.file import FILE, set_aside
from divide.app.rooms.records import Room, Submission
from divide.app.rooms.registry import Rooms
from divide.app.rooms.stage import Stage, Stages
from divide.experiments.keep.failure import StoreError
from divide.model.declare.errors import InputError

#: Flips and cuts in continuous integration; `benchmarks.faults --damage` does all.
SAMPLE = 200
#: Does something to the bytes of a file.
Harm = Callable[[bytearray], object]


@dataclass(frozen=True)
class Ready:
    """A file of rooms with all that it says.

    Attributes:
        killed: Folder as a killed server leaves it.
        data: Bytes of the file.
    """

    killed: Path
    data: bytes
    kept: Kept
    board: list[Submission]
    room: Room
    stage: Stage | None
    roles: dict[str, tuple[str, str]]

    @property
    def shown(self) -> tuple[object, ...]:
        """What the page of the facilitator shows."""
        return self.board, self.room, self.stage, self.roles


def shown(rooms: Rooms) -> tuple[list[Submission], Room, Stage | None, dict[str, tuple[str, str]]]:
    """What the page of the facilitator shows."""
    stages = Stages(rooms)
    return rooms.board("lead"), rooms.room("lead"), stages.now("lead"), stages.roles("lead")


def prepared(scratch: Path) -> Ready:
    """Rooms with figures, left by a server that was killed."""
    running, killed = scratch / "running", scratch / "killed"
    rooms = Rooms.open(running)
    with rooms.file.closing():
        for part in STORY:
            part(rooms)
        for number, each in enumerate(rooms.waiting()):
            figures = {name: [0.5 + number, 0.5, 0.1, 0.2] for name in (*OFFERED, COST)}
            rooms.computed(each.digest, figures, "")
        every = shown(rooms)
        shutil.copytree(running, killed)
    return Ready(killed, (killed / FILE).read_bytes(), kept(running), *every)


def harms(size: int, rng: random.Random) -> Iterator[tuple[str, Harm]]:
    """Every byte of a file flipped in one of its bits, and the file cut before it."""
    for at in range(size):
        bit = 1 << rng.randrange(8)

        def flip(data: bytearray, at: int = at, bit: int = bit) -> None:
            data[at] ^= bit

        def cut(data: bytearray, at: int = at) -> None:
            del data[at:]

        yield f"bit {bit} of byte {at} flipped", flip
        yield f"cut before byte {at}", cut


def check(ready: Ready, harm: Harm, folder: Path) -> bool:
    """Harm a copy and start a server on it; whether it was refused."""
    shutil.copytree(ready.killed, folder)
    path = folder / FILE
    data = bytearray(ready.data)
    harm(data)
    path.write_bytes(data)
    try:
        rooms = Rooms.open(folder)
    except InputError as error:
        said = str(error)
    else:
        with rooms.file.closing():
            assert shown(rooms) == ready.shown, "a false board"
        assert kept(folder) == ready.kept
        return False
    assert said.startswith(f"{path}: ") and "\n" not in said
    if "another version" not in said:
        assert f"divide rooms set-aside {folder}" in said
    left = sorted(each.name for each in folder.iterdir())
    aside = set_aside(folder)
    assert sorted(each.name.replace(aside.name, FILE) for each in folder.iterdir()) == left
    assert aside.stat().st_size == len(data), "it was not touched"
    Rooms.open(folder).file.close()
    return True


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Rooms that are harmed in copies."""
    return prepared(tmp_path_factory.mktemp("rooms"))


def test_a_damaged_file_shows_no_false_board(
    ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.app.rooms.file.BEING_MADE", 0.0)
    every = list(harms(len(ready.data), random.Random(1)))
    rng = random.Random(2)
    refused = 0
    for number, (what, harm) in enumerate(rng.sample(every, SAMPLE)):
        try:
            refused += check(ready, harm, tmp_path / str(number))
        except Exception as error:
            error.add_note(what)
            raise
        shutil.rmtree(tmp_path / str(number))
    assert refused > SAMPLE // 2  # every cut, and every flip where something is written


#: Where something stands that a board shows, and what damage makes of it.
LETTERS = {
    "a figure": (b"[1.5, 0.5, 0.1, 0.2]", b"[9.5, 0.5, 0.1, 0.2]"),
    "a name": (b"Plan a", b"Plan b"),
    "a text that is none": (b"Plan a", b"Plan \xff"),
    "a title": (b"Nairobi", b"Mairobi"),
    "a strength": (b"100", b"900"),
    "a look": (b'{"year": 2024}', b'{"year": 2023}'),
    "whom a team speaks for": (b"funder", b"finder"),
    "a rule of a table": (b"DEFAULT 0", b"DEFAULT 1"),
    "a rule of a checksum": (b"AFTER INSERT", b"AFTER DELETE"),
    "a letter of a rule that is none": (
        b"PRIMARY KEY (room, team_key)",
        b"PRIMARY KEY (r\xd3om, team_key)",
    ),
}


@pytest.mark.parametrize("what", LETTERS)
def test_a_letter_that_has_changed_is_seen(ready: Ready, tmp_path: Path, what: str) -> None:
    before, after = LETTERS[what]
    assert ready.data.count(before) > 0

    def change(data: bytearray) -> None:
        data[:] = data.replace(before, after)

    assert check(ready, change, tmp_path / "rooms")


@contextmanager
def tampered(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes rows behind the back of their checksums."""
    db = sqlite3.connect(folder / FILE)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    yield db
    db.commit()
    db.close()


@pytest.mark.parametrize(
    ("statement", "sees"),
    [
        ("UPDATE submission SET headline = replace(headline, '1.5', '9.5')", Rooms.board),
        ("UPDATE submission SET headline = NULL, name = 'x'", lambda rooms, _: rooms.waiting()),
        ("UPDATE room SET revealed = 1 - revealed", Rooms.room),
        ("UPDATE member SET team = 'Team c' WHERE team IS NOT NULL", lambda r, _: r.place("a")),
        ("UPDATE stage SET asked = 'usage_mean'", lambda r, lead: Stages(r).now(lead)),
        ("UPDATE mark SET expected = 124.5", lambda r, lead: Stages(r).now(lead)),
        ("UPDATE role SET role = 'civil'", lambda r, lead: Stages(r).roles(lead)),
    ],
)
def test_damage_while_the_server_runs_is_told_in_place_of_a_board(
    ready: Ready, tmp_path: Path, statement: str, sees: Callable[[Rooms, str], object]
) -> None:
    shutil.copytree(ready.killed, tmp_path / "rooms")
    rooms = Rooms.open(tmp_path / "rooms")
    with rooms.file.closing():
        sees(rooms, "lead")
        with tampered(tmp_path / "rooms") as db:
            db.execute(statement)
        with pytest.raises(StoreError, match=r"rooms\.sqlite: a \w+ is not what was written"):
            sees(rooms, "lead")


def test_a_damaged_row_is_not_sealed_anew_by_a_change(ready: Ready, tmp_path: Path) -> None:
    shutil.copytree(ready.killed, tmp_path / "rooms")
    rooms = Rooms.open(tmp_path / "rooms")
    with rooms.file.closing():
        with rooms.file.writing() as db:
            db.execute("UPDATE seal SET sum = x'00' WHERE kind = 'room'")
        with pytest.raises(StoreError, match=r"rooms\.sqlite: a room is not what was written"):
            rooms.lead("other", ready.room.code, "no key")
        with (
            pytest.raises(StoreError, match=r"rooms\.sqlite: a room is not what was written"),
            rooms.file.writing() as db,
        ):
            db.execute("UPDATE room SET version = version + 1")


def test_a_server_does_not_start_on_a_damaged_file(ready: Ready, tmp_path: Path) -> None:
    folder = tmp_path / "rooms"
    shutil.copytree(ready.killed, folder)
    before, after = LETTERS["a figure"]
    (folder / FILE).write_bytes(ready.data.replace(before, after))
    command = [sys.executable, "-m", "divide", "serve", "--port", "0", "--firms", "1000"]
    ended = subprocess.run([*command, "--rooms", str(folder)], capture_output=True, text=True)
    assert ended.returncode == 2
    said = ended.stderr.strip()
    assert said.startswith(f"divide: {folder / FILE}: is damaged") and said.count("\n") == 0
    assert (folder / FILE).read_bytes() == ready.data.replace(before, after)
