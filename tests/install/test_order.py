"""How the tests themselves are run: long files first, and nothing that they start stays behind."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests import order
from tests.processes import processes

TESTS = Path(__file__).parents[1]
#: Starts another process that has the same output, and waits for ever.
PARENT = """\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1_000)"])
print(child.pid, flush=True)
time.sleep(1_000)
"""


@dataclass
class Item:
    nodeid: str


def test_every_long_file_is_there() -> None:
    known = yaml.safe_load(order.SECONDS.read_text("utf-8"))
    assert [name for name in known if not (TESTS / name).is_file()] == []


def test_long_files_come_first_and_files_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "SECONDS", tmp_path / "seconds.yaml")
    measured = order.Measured()
    for name, seconds in (("b", 3), ("c", 9), ("a", 5), ("b", 4.6)):
        report = pytest.TestReport(f"tests/{name}.py::t", ("", 0, ""), {}, "passed", None, "call")
        report.duration = seconds
        measured.pytest_runtest_logreport(report)
    measured.seconds["quick.py"] = 1
    measured.pytest_sessionfinish()
    assert order.SECONDS.read_text("utf-8") == "c.py: 9\nb.py: 8\na.py: 5\n"
    names = ["a.py::2", "a.py::1", "b.py::1", "new.py::1", "c.py::1", "c.py::2"]
    found = order.by_seconds([Item(f"tests/{name}") for name in names])
    assert [item.nodeid.removeprefix("tests/") for item in found] == [
        "c.py::1", "c.py::2", "b.py::1", "a.py::2", "a.py::1", "new.py::1"
    ]  # fmt: skip


def failed(left: list[Any]) -> None:
    """A test that fails while a process of it runs, and a child of that."""
    with processes() as popen:
        left.append(popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True))
        left.append(psutil.Process(int(left[0].stdout.readline())))
        pytest.fail("the test failed")


def test_processes_of_a_test_that_fails_end_and_leave_no_pipe_open() -> None:
    left: list[Any] = []
    with pytest.raises(pytest.fail.Exception, match="the test failed"):
        failed(left)
    process, child = left
    assert process.returncode == -signal.SIGKILL and process.stdout.closed
    assert psutil.wait_procs([child], timeout=10)[1] == []
