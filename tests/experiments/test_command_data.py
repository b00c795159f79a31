"""The command `divide data refresh`: a failure costs nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main

NOWHERE = "http://127.0.0.1:9/v2"


def refresh(out: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["data", "refresh", "--out", str(out), "--base-url", NOWHERE])
    assert result.stdout == ""
    return result.exit_code, result.stderr


def test_an_unreachable_server_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    status, complaint = refresh(tmp_path / "fresh")
    assert status == 2
    assert complaint.startswith("divide: ")
    assert complaint.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_other_things_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refreshing replaces the whole folder; a slip of the hand must not cost a thesis."""

    def work(*_: object) -> None:
        raise AssertionError("work has started")

    monkeypatch.setattr("divide.model.world.refresh.refresh", work)
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    status, complaint = refresh(tmp_path)
    assert status == 2
    assert "holds 'thesis.txt', which is not ours to replace" in complaint
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"
