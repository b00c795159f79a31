"""What is printed: readable at any width, on any terminal, and never the reason why a run fails."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from divide.experiments.cli import parameters as parameters_list
from divide.experiments.cli import tables
from divide.experiments.cli.tables import TABLE_WIDTH
from divide.experiments.text.headline import Row
from divide.experiments.text.units import shown
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import packages

LEAST = "\N{MINUS SIGN}0.00004"
WIDTHS = (60, 80, 100, 120)
LISTS = {
    "levers": levers(),
    "outcomes": OUTCOMES,
    "parameters": parameters(),
    "policies": packages(),
}
RUN = ("run", "--firms", "300", "--until", "2023", "--replicates", "1", "--out", "out", "--threads")


def shell(
    text: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which $DIVIDE is the command."""
    given = {**os.environ, "DIVIDE": f"{sys.executable} -m divide", **(environment or {})}
    line = f"set -o pipefail; {text}"
    return subprocess.run(["bash", "-c", line], cwd=folder, env=given, capture_output=True)


def rows() -> list[Row]:
    """A line of a comparison for each outcome, with figures as long as they get."""
    figures = (f"{LEAST} pp", f"{LEAST} to {LEAST}", "negligible")
    return [
        Row(name, each.label, shown(each.unit, 1e12).unit, "4,956.2", "0.07521", *figures, False)
        for name, each in OUTCOMES.items()
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_comparison_is_readable_at_every_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    tables._print_rows(tables.new_console(), rows(), "95 %")
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= width
    whole = set(text.split())
    for row in rows():  # no word is broken, no figure cut
        assert {*row.label.split(), *row.unit.split()} <= {w.strip("()") for w in whole} | whole
    assert text.count(f"{LEAST} to {LEAST}") == len(OUTCOMES)
    assert "…" not in text
    assert ("─" in text) == (width >= TABLE_WIDTH)


@pytest.mark.parametrize("width", [40, *WIDTHS])
@pytest.mark.parametrize("command", LISTS)
def test_lists_break_no_word_at_any_width(
    command: str,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    home = parameters_list if command == "parameters" else tables
    getattr(home, f"print_{command}")()
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert lines == [line.rstrip() for line in lines]
    words = {word.strip(",;.:()") for line in lines for word in line.split()}
    assert set(LISTS[command]) <= words
    assert {word for each in OUTCOMES.values() for word in each.label.split()} <= {
        word for line in lines for word in line.split()
    } or command != "outcomes"


@pytest.mark.parametrize(
    ("size", "factor", "unit"),
    [
        (4.9e9, 1e-9, "billion person-years"),
        (2e6, 1e-6, "million person-years"),
        (500.0, 1.0, "person-years"),
    ],
)
def test_person_years_are_scaled(size: float, factor: float, unit: str) -> None:
    assert (shown("person-years", size).factor, shown("person-years", size).unit) == (factor, unit)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1251", "ascii", "shift_jis"])
@pytest.mark.parametrize("command", ["levers", "levers --nope"])
def test_lists_print_on_any_terminal(command: str, encoding: str, tmp_path: Path) -> None:
    done = shell(f"$DIVIDE {command}", tmp_path, {"PYTHONIOENCODING": encoding})
    assert done.returncode == (2 if "nope" in command else 0), done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line",
    ["levers | head -1", "outcomes | true", "--help | true", "levers >&-", "levers 2>&- | head -1"],
)
def test_lists_end_quietly_when_nobody_reads_on(line: str, tmp_path: Path) -> None:
    done = shell(f"$DIVIDE {line}", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_list_that_could_not_be_written_is_no_success(tmp_path: Path) -> None:
    done = shell("$DIVIDE levers >/dev/full", tmp_path)
    assert done.returncode == 2
    assert done.stderr == b"divide: standard output: No space left on device\n"


#: The command without charts, which take half of its time and are never printed.
BARE = """\
from divide.experiments.cli.main import main
from divide.experiments.report import products
products.charts = lambda comparison: []
main()
"""


def test_a_run_is_kept_whatever_its_terminal_is_like(tmp_path: Path) -> None:
    """The first line is enough for the reader; later terminals show what is there."""
    (tmp_path / "bare.py").write_text(BARE, encoding="utf-8")
    bare = {"DIVIDE": f"{sys.executable} bare.py"}
    first = shell(f"$DIVIDE {' '.join(RUN)} 2>&1 | head -1", tmp_path)
    assert first.returncode == 0, first.stdout
    report = tmp_path / "out" / "report.html"
    assert report.is_file()
    for end in (">&-", ">&- 2>&-", ">/dev/full", "2>/dev/full | true"):
        report.unlink()
        done = shell(f"$DIVIDE {' '.join(RUN)} {end}", tmp_path, bare)
        assert done.returncode == 0, (end, done.stderr)
        assert b"Traceback" not in done.stderr
        assert report.is_file(), end
    for encoding in ("latin-1", "cp1251", "ascii"):
        given = {**bare, "PYTHONIOENCODING": encoding}
        done = shell(f"$DIVIDE {' '.join(RUN)}", tmp_path, given)
        assert done.returncode == 0, (encoding, done.stderr)
        assert b"Realised cost" in done.stdout
