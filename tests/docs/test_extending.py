"""The guides say what works: their code runs, their files are read, their commands succeed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GUIDES = (
    "cheatsheet.md",
    "connect.md",
    "data.md",
    "designs.md",
    "extending.md",
    "modelers.md",
    "outcomes.md",
    "sweeps.md",
)
#: Commands that run until somebody ends them; `tests/app/page/test_extension_page.py` opens it.
LASTING = ("divide serve",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def carried_out(command: str) -> str:
    """What a command line says."""
    words = shlex.split(command)
    assert words[0] == "divide"
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.filterwarnings("ignore:.*not installed:UserWarning")  # evaluators of the Workbench
@pytest.mark.parametrize("name", GUIDES)
def test_the_code_of_a_guide_runs(name: str, folder: Path) -> None:
    """Files with a name are written, commands of a guide with files are given, Python is run."""
    text = (DOCS / name).read_text(encoding="utf-8")
    files = any(match[2] for match in BLOCK.finditer(text))
    space: dict[str, object] = {"__name__": "guide"}
    found = 0
    for match in BLOCK.finditer(text):
        kind, file, content = match.groups()
        if file:
            (folder / file).write_text(content, encoding="utf-8")
        elif kind == "console" and files:
            for command in content.splitlines():
                if not command.startswith(LASTING):
                    carried_out(command)
        elif kind == "python":
            # Blank lines in front make a traceback name the line of the page.
            lines = text.count("\n", 0, match.start(3))
            exec(compile("\n" * lines + content, str(DOCS / name), "exec"), space)
            found += 1
    assert found, f"{name} has no Python block"


def test_what_the_worked_example_promises_is_there(folder: Path) -> None:
    text = (DOCS / "extending.md").read_text(encoding="utf-8")
    for _, file, content in (match.groups() for match in BLOCK.finditer(text)):
        if file:
            (folder / file).write_text(content, encoding="utf-8")
    assert "women_training" in carried_out("divide levers --with women_skills.py")
    assert "women_skills.train" in carried_out("divide story --with women_skills.py")
    (run,) = (line for line in text.splitlines() if line.startswith("divide run"))
    carried_out(run)
    report = (folder / "runs/women/report.html").read_text("utf-8")
    assert "with the extension Digital skills for women" in report
    assert "Skilled women less skilled people" in report
    kept = (folder / "runs/women/women_skills.py").read_bytes()
    assert kept == (folder / "women_skills.py").read_bytes()
    assert "women_gap" in carried_out("divide compare runs/women --outcome women_gap")


def test_every_guide_with_code_is_run() -> None:
    with_code = {
        page.name
        for page in DOCS.glob("*.md")
        if any(match[1] == "python" for match in BLOCK.finditer(page.read_text("utf-8")))
    }
    assert with_code <= set(GUIDES)
