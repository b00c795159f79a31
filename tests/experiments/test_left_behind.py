"""A command that is refused leaves no process behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = "policies: [balanced]\nconstants: {until: 2023, firms: 300}\n"
COMMANDS = {
    "a key mistyped": ["sweep", "bad.yaml", "--out", "new"],
    "a folder of others": ["sweep", "good.yaml", "--out", "others"],
    "a run into a folder of others": ["run", "--until", "2023", "--out", "others"],
    "no such file": ["sweep", "nowhere.yaml", "--out", "new"],
}


def loading(mark: str) -> list[int]:
    """Processes with a mark in their environment that load the model for workers."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            marked = mark.encode() in (entry / "environ").read_bytes()
            if marked and b"forkserver" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_command_leaves_no_process_behind(name: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD.replace("until", "untill"), encoding="utf-8")
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "diary.txt").touch()
    mark = f"DIVIDE_TEST_MARK={tmp_path}"
    given = {**os.environ, "DIVIDE_TEST_MARK": str(tmp_path)}
    command = [sys.executable, "-m", "divide", *COMMANDS[name]]
    said = tmp_path / "said"
    with said.open("w", encoding="utf-8") as file:  # a pipe would wait for what is left behind
        done = subprocess.run(command, cwd=tmp_path, env=given, stdout=file, stderr=file)
    assert done.returncode == 2
    assert said.read_text("utf-8").strip().startswith("divide: ")
    assert loading(mark) == []
    assert [path.name for path in (tmp_path / "others").iterdir()] == ["diary.txt"]
