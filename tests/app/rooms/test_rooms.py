"""Rooms: who may do what, what is refused and how, and what survives."""

import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys

import pytest

from divide.app.rooms.file import FILE, RoomFile
from divide.app.rooms.limit import Limit
from divide.app.rooms.records import RoomError
from divide.app.rooms.registry import CODE_LENGTH, LETTERS, MOST_SUBMISSIONS, MOST_TEAMS, Rooms
from divide.app.words import words
from divide.model.declare.errors import InputError
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

BASE = Scenario(until=2024, firms=1_000, seed=7)
HOSTILE = "<script>alert(1)</script>\u202e\n=1+1"


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def no_limit():
    return Limit(10**6, 1)


@pytest.fixture
def open_rooms(tmp_path):
    """Opens the same file as often as it is called."""
    opened = []

    def start(**limits):
        often = {"joins": no_limit(), "sends": no_limit(), "makes": no_limit()}
        opened.append(Rooms(RoomFile(tmp_path), **{**often, **limits}))
        return opened[-1]

    yield start
    for rooms in opened:
        rooms.file.close()


@pytest.fixture
def rooms(open_rooms):
    return open_rooms()


@pytest.fixture
def code(rooms):
    rooms.create("lead", "Nairobi", BASE)
    return rooms.room("lead").code


def policy(strength=100.0):
    return Policy("custom", "Ours", levers={"five_g": LeverUse(strength)})


def said(error, lang="en"):
    """What the person reads."""
    return words(lang)(error.value.key, **error.value.values)


def test_a_room_has_a_code_that_can_be_read_aloud(rooms):
    codes = set()
    for number in range(20):
        rooms.create(f"lead {number}", "", BASE)
        codes.add(rooms.room(f"lead {number}").code)
    assert len(codes) == 20
    assert all(re.fullmatch(f"[{LETTERS}]{{{CODE_LENGTH}}}", code) for code in codes)
    assert not set("01OIL") & set(LETTERS) and len(set(LETTERS)) == len(LETTERS) == 31


def test_a_code_may_be_typed_in_small_letters_and_with_a_dash(rooms, code):
    rooms.join("a", f" {code[:4]}-{code[4:]} ".lower(), "A")
    assert rooms.place("a").team == "A" and rooms.room("a").title == "Nairobi"


def test_every_scenario_runs_in_the_settings_of_the_room(rooms, code):
    rooms.join("a", code, "A")
    rooms.submit("a", "Plan", policy())
    (handed,) = rooms.board("a")
    scenario = handed.scenario
    assert (scenario.until, scenario.firms, scenario.seed) == (2024, 1_000, 7)
    assert scenario.policy.levers == policy().levers
    assert handed.digest == scenario.digest and handed.headline is None


def test_a_wrong_code_opens_nothing_and_tells_nothing(rooms, code):
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    for tried in (wrong, "", code[:-1], code + "A", "' OR 1=1 --", "A" * 10_000):
        with pytest.raises(RoomError) as error:
            rooms.join("a", tried, "A")
        assert said(error) == "There is no room with this code. Check it and try again."
    assert rooms.place("a") is None
    for look in (rooms.room, rooms.board):
        with pytest.raises(RoomError) as error:
            look("a")
        assert said(error) == "You are in no room."


def test_wrong_codes_must_wait(open_rooms):
    clock = Clock()
    rooms = open_rooms(joins=Limit(5, 60, clock))
    rooms.create("lead", "", BASE)
    code = rooms.room("lead").code
    for _ in range(5):
        with pytest.raises(RoomError, match="wrong_code"):
            rooms.join("a", "WRONGWRO", "A")
    clock.now = 20.5
    with pytest.raises(RoomError) as error:  # the right code too: it might be a lucky guess
        rooms.join("a", code, "A")
    assert said(error) == "Too many tries. Try again in 40 seconds."
    rooms.join("b", code, "B")  # others are not held up
    clock.now = 60.0
    rooms.join("a", code, "A")


def test_a_browser_that_forgets_its_cookie_does_not_guess_faster(rooms, code):
    said = []
    for number in range(102):
        with pytest.raises(RoomError) as error:
            rooms.join(f"new {number}", "WRONGWRO", "A", "192.0.2.1")
        said.append(error.value.key)
    assert said == ["rooms.wrong_code"] * 100 + ["rooms.wait"] * 2
    rooms.join("b", code, "B", "192.0.2.2")  # the rest of the room is not held up


def test_somebody_who_opens_many_rooms_stops_nobody_else(open_rooms):
    rooms = open_rooms(makes=Limit(5, 3600))
    for _ in range(5):
        rooms.create("a", "", BASE, "192.0.2.1")
    with pytest.raises(RoomError, match="wait"):
        rooms.create("a", "", BASE, "192.0.2.1")
    for number in range(35):
        rooms.create(f"new {number}", "", BASE, "192.0.2.1")
    with pytest.raises(RoomError, match="wait"):
        rooms.create("another", "", BASE, "192.0.2.1")
    rooms.create("b", "", BASE, "192.0.2.2")


def test_the_key_makes_a_facilitator_on_another_device(rooms):
    key = rooms.create("lead", "", BASE)
    code = rooms.room("lead").code
    with pytest.raises(RoomError) as error:
        rooms.lead("other", code, key[:-1])
    assert said(error) == "This is not the key of the room. Check it and try again."
    rooms.lead("other", code, f" {key} ")
    assert rooms.place("other").facilitator and rooms.place("lead").facilitator


def test_wrong_keys_must_wait(open_rooms):
    rooms = open_rooms(joins=Limit(3, 60))
    key = rooms.create("lead", "", BASE)
    code = rooms.room("lead").code
    for _ in range(3):
        with pytest.raises(RoomError, match="wrong_key"):
            rooms.lead("a", code, "x")
    with pytest.raises(RoomError, match="wait"):
        rooms.lead("a", code, key)


def test_secrets_are_not_in_the_file(rooms, tmp_path):
    key = rooms.create("browser cookie", "", BASE)
    rooms.join("another cookie", rooms.room("browser cookie").code, "A")
    rooms.file.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.encode() not in kept and b"cookie" not in kept
    rooms.file = RoomFile(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are of POSIX")
def test_the_file_is_readable_by_its_owner_alone(rooms, tmp_path, code):
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_only_the_facilitator_leads(rooms, code):
    rooms.join("a", code, "A")
    for act in (
        lambda: rooms.freeze("a", on=True),
        lambda: rooms.reveal("a", on=True),
        lambda: rooms.rank_by("a", "debt"),
    ):
        with pytest.raises(RoomError) as error:
            act()
        assert said(error) == "Only the facilitator can do this."
    with pytest.raises(RoomError) as error:
        rooms.submit("lead", "Plan", policy())
    assert said(error) == "Only teams hand in scenarios."


def test_what_others_hand_in_is_hidden_until_it_is_revealed(rooms, code):
    rooms.join("a", code, "A")
    rooms.join("b", code, "B")
    rooms.submit("a", "Plan of A", policy())
    rooms.submit("b", "Plan of B", policy())
    assert [s.name for s in rooms.board("a")] == ["Plan of A"]
    assert [s.name for s in rooms.board("b")] == ["Plan of B"]
    assert len(rooms.board("lead")) == 2 and rooms.room("a").submissions == 2
    rooms.reveal("lead", on=True)
    assert len(rooms.board("a")) == len(rooms.board("b")) == 2
    rooms.reveal("lead", on=False)
    assert len(rooms.board("a")) == 1


def test_a_frozen_room_takes_nothing_until_it_thaws(rooms, code):
    rooms.join("a", code, "A")
    rooms.freeze("lead", on=True)
    with pytest.raises(RoomError) as error:
        rooms.submit("a", "Plan", policy())
    assert said(error) == "The facilitator has stopped handing in."
    rooms.freeze("lead", on=False)
    rooms.submit("a", "Plan", policy())


def test_two_rooms_know_nothing_of_each_other(rooms, code):
    rooms.create("lead 2", "Lima", BASE)
    second = rooms.room("lead 2").code
    rooms.join("a", code, "A")
    rooms.join("b", second, "A")  # the same name in another room is another team
    rooms.submit("a", "Secret of Nairobi", policy())
    rooms.reveal("lead", on=True)
    assert rooms.board("b") == rooms.board("lead 2") == []
    assert rooms.room("b").title == "Lima" and rooms.room("b").submissions == 0
    before = rooms.changes("b")
    rooms.freeze("lead", on=True)
    assert rooms.changes("b") == before and not rooms.room("b").frozen
    rooms.freeze("lead 2", on=True)
    assert rooms.changes("b") != before


def test_a_browser_is_in_one_room_and_leaves_it(rooms, code):
    rooms.create("lead 2", "Lima", BASE)
    rooms.join("a", code, "A")
    rooms.join("a", rooms.room("lead 2").code, "A")
    assert rooms.room("a").title == "Lima" and rooms.room("lead").teams == 0
    rooms.leave("a")
    assert rooms.place("a") is None and rooms.changes("a") == (0, 0)
    rooms.leave("a")


@pytest.mark.parametrize("alike", ["Team", "TEAM", "  team ", "\uff34eam"])
def test_two_teams_cannot_look_alike(rooms, code, alike):
    rooms.join("a", code, "Team")
    with pytest.raises(RoomError, match="team_taken") as error:
        rooms.join("b", code, alike)
    assert "Choose another name." in said(error)
    rooms.join("a", code, "Team")  # coming back is no clash
    rooms.leave("a")
    rooms.join("b", code, alike)


def test_hostile_names_are_bounded_single_lines(rooms, code):
    rooms.join("a", code, HOSTILE * 50)
    rooms.submit("a", HOSTILE * 50, Policy("custom", HOSTILE[:20], levers=policy().levers))
    (handed,) = rooms.board("a")
    for name in (handed.name, handed.team):
        assert len(name) <= 40 and name.isprintable() and name.startswith("<script>")
    assert handed.scenario.policy.levers == policy().levers


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u200b\u202e"])
def test_a_name_must_have_a_letter(rooms, code, name):
    with pytest.raises(RoomError) as error:
        rooms.join("a", code, name)
    assert said(error) == "Please give a name."
    rooms.join("a", code, "A")
    with pytest.raises(RoomError, match="name_missing"):
        rooms.submit("a", name, policy())


def test_numbers_of_everything_are_bounded(rooms, code):
    for number in range(MOST_TEAMS):
        rooms.join(f"t{number}", code, f"T{number}")
    with pytest.raises(RoomError) as error:
        rooms.join("late", code, "Late")
    assert said(error) == f"The room is full; it holds at most {MOST_TEAMS} teams."
    for number in range(MOST_SUBMISSIONS):
        rooms.submit("t0", f"P{number}", policy(number + 1))
    with pytest.raises(RoomError) as error:
        rooms.submit("t0", "one more", policy(99))
    assert f"has handed in {MOST_SUBMISSIONS} scenarios" in said(error)


def test_a_server_holds_a_bounded_number_of_rooms(rooms, monkeypatch):
    monkeypatch.setattr("divide.app.rooms.registry.MOST_ROOMS", 2)
    for number in range(2):
        rooms.create(f"lead {number}", "", BASE)
    with pytest.raises(RoomError) as error:
        rooms.create("lead", "", BASE)
    assert said(error) == "This server holds 2 rooms and cannot open another."


def test_the_same_scenario_is_taken_once_a_team(rooms, code):
    rooms.join("a", code, "A")
    rooms.join("b", code, "B")
    rooms.submit("a", "Plan", policy())
    with pytest.raises(RoomError, match="submitted_already"):
        rooms.submit("a", "Other name", policy())
    rooms.submit("b", "Plan", policy())


def test_handing_in_too_fast_must_wait(open_rooms):
    clock = Clock()
    rooms = open_rooms(sends=Limit(2, 60, clock))
    rooms.create("lead", "", BASE)
    rooms.join("a", rooms.room("lead").code, "A")
    for number in (1, 2):
        rooms.submit("a", "Plan", policy(number))
    with pytest.raises(RoomError) as error:
        rooms.submit("a", "Plan", policy(3))
    assert said(error) == "Too many tries. Try again in 60 seconds."
    clock.now = 60.0
    rooms.submit("a", "Plan", policy(3))


def test_a_scenario_that_the_page_would_not_run_is_refused(rooms, code):
    rooms.join("a", code, "A")
    nowhere = Policy("custom", levers={"five_g": LeverUse(1.0, target=("XXX",))})
    with pytest.raises(InputError, match="XXX"):
        rooms.submit("a", "Plan", nowhere)
    assert rooms.board("a") == []


def test_a_long_scenario_is_refused(rooms, code, monkeypatch):
    monkeypatch.setattr("divide.app.rooms.registry.LONGEST_SCENARIO", 200)
    rooms.join("a", code, "A")
    with pytest.raises(RoomError) as error:
        rooms.submit("a", "Plan", policy())
    assert said(error) == "This scenario is too long to hand in (at most 200 bytes)."


def test_everything_survives_a_restart(open_rooms):
    first = open_rooms()
    first.create("lead", "Nairobi", BASE)
    code = first.room("lead").code
    first.join("a", code, "A")
    first.submit("a", "Plan", policy())
    first.computed(first.board("a")[0].digest, {"debt": [1.0, 2.0, 0.0, 3.0]}, "")
    first.freeze("lead", on=True)
    first.rank_by("lead", "debt")
    first.file.close()
    second = open_rooms()
    assert second.place("a").team == "A" and second.place("lead").facilitator
    assert second.room("a").frozen and second.room("a").outcome == "debt"
    assert second.board("a")[0].headline == {"debt": [1.0, 2.0, 0.0, 3.0]}
    assert second.board("a")[0].scenario.policy.levers == policy().levers
    second.file.close()


KILLED = """
import sys
from pathlib import Path
from divide.app.rooms.registry import Rooms
from divide.app.rooms.file import RoomFile
from divide.app.rooms.limit import Limit
from divide.model.policy.policy import LeverUse, Policy
rooms = Rooms(RoomFile(Path(sys.argv[1])), sends=Limit(10**6, 1))
for number in range(1, 11):
    levers = {"five_g": LeverUse(float(number))}
    rooms.submit(sys.argv[2], f"P{number}", Policy("custom", levers=levers))
    print(number, flush=True)
input()
"""


def test_a_killed_server_has_kept_what_it_answered(open_rooms, popen, tmp_path):
    rooms = open_rooms()
    rooms.create("lead", "", BASE)
    rooms.join("a", rooms.room("lead").code, "A")
    rooms.file.close()
    server = popen(
        [sys.executable, "-c", KILLED, str(tmp_path), "a"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    answered = [server.stdout.readline() for _ in range(4)]
    server.send_signal(signal.SIGKILL)
    answered += server.communicate()[0].splitlines()
    kept = open_rooms()
    assert len(kept.board("a")) >= len([line for line in answered if line.strip()]) >= 4
    kept.file.close()


def test_two_processes_write_at_the_same_time(open_rooms, popen, tmp_path):
    rooms = open_rooms()
    rooms.create("lead", "", BASE)
    code = rooms.room("lead").code
    for team in "ab":
        rooms.join(team, code, team)
    writers = [
        popen(
            [sys.executable, "-c", KILLED, str(tmp_path), team],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        for team in "ab"
    ]
    said = [writer.communicate("\n")[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], said
    board = rooms.board("lead")
    assert sorted((s.team, s.name) for s in board) == sorted(
        (team, f"P{number}") for team in "ab" for number in range(1, 11)
    )
    rooms.file.close()


def test_a_damaged_file_is_named_and_left_alone(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"not a database" * 100)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"rooms\.sqlite: is damaged .*set-aside .* moves it away"):
        RoomFile(tmp_path)
    assert path.read_bytes() == before


def test_a_file_of_another_version_is_refused(tmp_path):
    RoomFile(tmp_path).close()
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(InputError, match=r"file format 99, this one reads 4\); .*--rooms"):
        RoomFile(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/rooms\.sqlite: cannot be written"):
        RoomFile(tmp_path / "file")


def test_figures_of_another_program_are_computed_again(open_rooms, monkeypatch):
    rooms = open_rooms()
    rooms.create("lead", "", BASE)
    rooms.join("a", rooms.room("lead").code, "A")
    rooms.submit("a", "Plan", policy())
    digest = rooms.board("a")[0].digest
    rooms.computed(digest, {"gone": [1.0]}, "")
    rooms.file.close()
    assert open_rooms().board("a")[0].headline == {"gone": [1.0]}
    monkeypatch.setattr("divide.app.rooms.registry.edition", lambda: "another")
    assert [s.digest for s in open_rooms().waiting()] == [digest]


def test_a_limit_forgets_names_it_has_not_seen_for_long(monkeypatch):
    monkeypatch.setattr("divide.app.rooms.limit.MOST_NAMES", 3)
    limit = Limit(1, 60, lambda: 0.0)
    for name in "abcd":
        limit.count(name)
    assert [limit.wait(name) > 0 for name in "abcd"] == [False, True, True, True]
