# ruff: noqa: RUF001 - letters that look alike are what is tested
"""Teams and their names: whose they are, who may come back, and what goes away by itself."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from divide.app.rooms.file import FILE, KEPT, KEPT_EMPTY, RoomFile
from divide.app.rooms.names import team_key, team_name
from divide.app.rooms.records import RoomError
from divide.app.rooms.registry import MOST_CLAIMS, Rooms
from divide.app.rooms.stage import Stages
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

BASE = Scenario(until=2024, firms=1_000)
PLAN = Policy("custom", "Ours", levers={"five_g": LeverUse(100.0)})


@pytest.fixture
def rooms(tmp_path):
    made = Rooms(RoomFile(tmp_path))
    yield made
    made.file.close()


@pytest.fixture
def code(rooms):
    rooms.create("lead", "Nairobi", BASE)
    return rooms.room("lead").code


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Nairobi", "NAIROBI"),
        ("COCA", "СОСА"),  # all Cyrillic
        ("BETA", "ΒΕΤΑ"),  # all Greek
        ("Team l", "Team I"),
        ("Team 1", "Team l"),
        ("Team O", "Team 0"),
        ("Team", "Te\u200bam"),
        ("Team", "Te\ufe0fam"),
        ("Team", "Team\u3164"),
        ("Team", "\u2800Team"),
        ("Team A", "Team\u00a0A"),
        ("Team-A", "Team\u2010A"),
        ("Team", "\U0001d413eam"),
    ],
)
def test_names_that_look_alike_are_one(name, alike):
    assert name != alike and team_key(name) == team_key(alike)


@pytest.mark.parametrize("names", [("Team 1", "Team 2"), ("北京", "上海"), ("Кит", "Кот")])
def test_names_that_differ_are_two(names):
    assert len({team_key(name) for name in names}) == 2


@pytest.mark.parametrize("name", ["Nаirobi", "Теаm", "Αlpha", "شbc"])
def test_a_name_of_mixed_scripts_is_refused(name):
    with pytest.raises(RoomError, match="name_mixed"):
        team_name(name)


@pytest.mark.parametrize(
    "name", ["北京 A", "東京チーム", "Équipe 7", "Команда № 1", "فريق 1", "A&B!"]
)
def test_a_name_of_one_writing_is_taken(name):
    assert team_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "\u200b", "\ufe0f", " \u115f "])
def test_a_name_that_cannot_be_seen_is_none(name):
    with pytest.raises(RoomError, match="name_missing"):
        team_name(name)


def test_a_team_that_lost_its_cookie_is_let_in_by_the_facilitator(rooms, code):
    rooms.join("old", code, "One")
    rooms.submit("old", "Plan", PLAN)
    before = rooms.changes("lead")
    with pytest.raises(RoomError, match="team_taken"):
        rooms.join("new", code, "ONE")
    assert rooms.place("new") is None and rooms.changes("lead") != before
    ((number, team),) = rooms.claims("lead")
    assert team == "ONE"
    rooms.admit("lead", number, let_in=True)
    assert rooms.claims("lead") == [] and rooms.place("old") is None
    (handed,) = rooms.board("new")
    assert handed.name == "Plan" and rooms.room("lead").teams == 1
    with pytest.raises(RoomError, match="team_taken"):  # and not two at a time
        rooms.join("old", code, "One")


def test_who_is_not_let_in_sees_nothing(rooms, code):
    rooms.join("a", code, "One")
    with pytest.raises(RoomError, match="team_taken"):
        rooms.join("x", code, "One")
    for browser in ("a", "x"):
        with pytest.raises(RoomError):
            rooms.admit(browser, 1, let_in=True)
        with pytest.raises(RoomError):
            rooms.claims(browser)
    rooms.admit("lead", 1, let_in=False)
    assert rooms.claims("lead") == [] and rooms.place("x") is None
    assert rooms.place("a").team == "One"


def test_the_name_of_a_team_that_left_is_no_key_to_what_it_handed_in(rooms, code):
    rooms.join("a", code, "One")
    rooms.submit("a", "Secret", PLAN)
    rooms.leave("a")
    with pytest.raises(RoomError, match="team_taken"):
        rooms.join("x", code, "One")
    rooms.join("a", code, "One")
    assert [handed.name for handed in rooms.board("a")] == ["Secret"]


def test_a_name_that_nothing_was_handed_in_under_is_free_again(rooms, code):
    rooms.join("a", code, "One")
    rooms.join("a", code, "Two")
    rooms.join("b", code, "One")
    assert rooms.place("b").team == "One"


def test_wishes_to_be_let_in_are_bounded(rooms, code):
    rooms.join("a", code, "One")
    for number in range(MOST_CLAIMS + 5):
        with pytest.raises(RoomError, match="team_taken"):
            rooms.join(f"x{number}", code, "One")
    assert len(rooms.claims("lead")) == MOST_CLAIMS


def test_another_room_cannot_let_in(rooms, code):
    rooms.join("a", code, "One")
    with pytest.raises(RoomError, match="team_taken"):
        rooms.join("x", code, "One")
    rooms.create("other", "", BASE)
    rooms.admit("other", 1, let_in=True)
    assert rooms.place("x") is None and len(rooms.claims("lead")) == 1


def age(rooms, title, days):
    then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    with rooms.file.writing() as db:
        db.execute("UPDATE room SET made = ? WHERE title = ?", (then, title))
        db.execute(
            "UPDATE submission SET sent = ? WHERE room = (SELECT id FROM room WHERE title = ?)",
            (then, title),
        )


def test_old_rooms_go_away_by_themselves(rooms, tmp_path):
    for title in ("new", "empty", "used", "old"):
        rooms.create(f"lead {title}", title, BASE)
        if title in ("used", "old"):
            code = rooms.room(f"lead {title}").code
            rooms.join(f"team {title}", code, "One")
            rooms.submit(f"team {title}", "Plan", PLAN)
    age(rooms, "empty", KEPT_EMPTY + 1)
    age(rooms, "used", KEPT_EMPTY + 1)
    age(rooms, "old", KEPT + 1)
    again = Rooms(RoomFile(tmp_path))
    with again.file.reading() as db:
        titles = {row["title"] for row in db.execute("SELECT title FROM room")}
        left = db.execute("SELECT count(*) FROM submission").fetchone()[0]
    assert titles == {"new", "used"} and left == 1
    assert again.place("team old") is None and again.place("team used").team == "One"
    again.file.close()


def made_by(version, path):
    """Take out of a file of rooms what versions after this one have put in."""
    db = sqlite3.connect(path)
    triggers = db.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    new = ("stage", "mark", "role")
    script = [f"DROP TRIGGER {n}" for n, of in triggers.fetchall() if version < 3 or of in new]
    script += [f"DROP TABLE {table}" for table in new]
    if version < 3:
        script.append("DROP TABLE seal")
    if version < 2:
        script += ["DROP TABLE owner", "DROP TABLE claim"]
    db.executescript(";".join([*script, f"PRAGMA user_version = {version}"]))
    db.close()


def test_rooms_of_version_3_can_be_led(rooms, code, tmp_path):
    rooms.join("a", code, "One")
    rooms.submit("a", "Plan", PLAN)
    rooms.file.close()
    made_by(3, tmp_path / FILE)
    rooms.file = RoomFile(tmp_path)
    assert [each.name for each in rooms.board("lead")] == ["Plan"]
    stages = Stages(rooms)
    stages.put("lead", BASE, {}, "debt")
    stages.mark("a", 1.0)
    with rooms.file.reading() as db:
        seals = {row[0] for row in db.execute("SELECT kind FROM seal")}
    assert {"submission", "stage", "mark"} <= seals


def test_rooms_of_version_2_get_checksums(rooms, code, tmp_path):
    rooms.join("a", code, "One")
    rooms.submit("a", "Plan", PLAN)
    rooms.file.close()
    made_by(2, tmp_path / FILE)
    rooms.file = RoomFile(tmp_path)
    assert [each.name for each in rooms.board("lead")] == ["Plan"]
    with rooms.file.reading() as db:
        seals = dict(db.execute("SELECT kind, count(*) FROM seal GROUP BY kind").fetchall())
    assert seals == {"room": 1, "member": 2, "owner": 1, "submission": 1}


def test_rooms_of_version_1_are_read(rooms, code, tmp_path):
    rooms.join("a", code, "One")
    rooms.submit("a", "Plan", PLAN)
    rooms.join("b", code, "Two")
    rooms.submit("b", "Plan", PLAN)
    rooms.leave("b")
    rooms.file.close()
    made_by(1, tmp_path / FILE)
    rooms.file = RoomFile(tmp_path)
    assert rooms.place("a").team == "One" and len(rooms.board("lead")) == 2
    rooms.join("a", code, "One")
    for team in ("One", "Two"):  # of a team that had left nobody knows the browser
        with pytest.raises(RoomError, match="team_taken"):
            rooms.join("b", code, team)
    rooms.admit("lead", rooms.claims("lead")[-1][0], let_in=True)
    assert rooms.place("b").team == "Two"
