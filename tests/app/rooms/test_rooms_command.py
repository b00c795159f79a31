"""The command `divide rooms`, and a file of rooms that is damaged."""

import sqlite3

import pytest
from click.testing import CliRunner

from divide.app.rooms.file import FILE, RoomFile
from divide.app.rooms.registry import Rooms
from divide.experiments.cli.main import main
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


@pytest.fixture
def folder(tmp_path):
    """A folder with two rooms."""
    rooms = Rooms(RoomFile(tmp_path))
    for title in ("Nairobi", "北京"):
        rooms.create(title, title, Scenario(until=2024, firms=1_000))
    rooms.join("a", rooms.room("Nairobi").code, "One")
    rooms.file.close()
    return tmp_path


def divide(*words):
    return CliRunner().invoke(main, ["rooms", *map(str, words)])


def test_rooms_are_listed_and_removed(folder):
    first, second = divide("list", folder).output.splitlines()
    assert "1 teams" in first and first.endswith("Nairobi") and second.endswith("北京")
    code = first.split()[0]
    answer = divide("remove", folder, f"{code[:4]}-{code[4:]}".lower())
    assert answer.exit_code == 0 and answer.output == "removed: Nairobi\n"
    assert divide("list", folder).output.splitlines() == [second]


def test_an_unknown_code_removes_nothing(folder):
    code = divide("list", folder).output.split()[0]
    answer = divide("remove", folder, code, "ZZZZZZZZ")
    assert answer.exit_code == 2 and "no room has the code ZZZZZZZZ" in answer.output
    assert len(divide("list", folder).output.splitlines()) == 2


def test_a_folder_without_rooms_is_left_as_it_is(tmp_path):
    for command in ("list", "set-aside"):
        assert divide(command, tmp_path).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def damaged(path, how):
    """Do something to the file that its owner did not."""
    data = bytearray(path.read_bytes())
    if how == "page":
        data[5000:9000] = bytes(4000)
    elif how == "cut":
        del data[len(data) // 2 :]
    elif how == "text":
        data = bytearray(b"no rooms at all" * 100)
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["page", "cut", "text"])
def test_a_damaged_file_is_refused_in_one_line_and_set_aside_only_at_wish(folder, how):
    path = folder / FILE
    damaged(path, how)
    before = path.read_bytes()
    answer = divide("list", folder)
    assert answer.exit_code == 2 and "Traceback" not in answer.output
    assert answer.output.count("\n") == 1 and "is damaged or no file of rooms" in answer.output
    assert f"divide rooms set-aside {folder}" in answer.output
    assert path.read_bytes() == before
    answer = divide("set-aside", folder)
    (aside,) = [p for p in folder.iterdir() if p.name.startswith(f"{FILE}.")]
    assert answer.output == f"moved to {aside}\n" and aside.read_bytes() == before
    Rooms(RoomFile(folder)).file.close()


@pytest.mark.parametrize("statement", ["DROP TABLE claim", "DELETE FROM room"])
def test_a_file_that_lacks_something_is_refused(folder, statement):
    other = sqlite3.connect(folder / FILE)
    other.execute(statement)
    other.commit()
    other.close()
    with pytest.raises(InputError, match=r"no table claim|a \w+ without its room"):
        RoomFile(folder)
