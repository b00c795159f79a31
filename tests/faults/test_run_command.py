"""`divide run` while its workers are killed, it is killed itself, or its disk is full."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from watching import acknowledged, environment, wait_for, workers_of

from divide.experiments.keep import shards
from divide.experiments.keep.folder import check_files
from divide.experiments.keep.ledger import Ledger
from tests.processes import Popen, processes

REPLICATES = 16
ARGUMENTS = ["run", "--firms", "1000", "--until", "2032", "--replicates", str(REPLICATES)]
#: Finished runs are acknowledged sooner than usual, so that few runs make a middle to be killed in.
CODE = """
import sys
from divide.experiments.keep import writer
writer.SOONEST = 0.1
from divide.experiments.cli.main import main
main(sys.argv[1:])
"""
PRODUCTS = (
    "report.html", "differences.csv", "model.csv", "spend.csv", "model.parquet", "country.parquet",
    "group.parquet", "platform.parquet", "spend.parquet",
)  # fmt: skip
Start = Callable[[str], subprocess.Popen[str]]


def command(popen: Popen, folder: Path, out: str) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-c", CODE, *ARGUMENTS, "--out", out, "--workers", "2"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def start(popen: Popen, tmp_path: Path) -> Start:
    """Starts the command in a process that leads a group of its own."""
    return lambda out: command(popen, tmp_path, out)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the same command when nothing happens to it."""
    place = tmp_path_factory.mktemp("undisturbed")
    with processes() as popen:
        process = command(popen, place, "out")
        _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    return place / "out"


def check_same(out: Path, undisturbed: Path) -> None:
    """Every run stands there once, and what is made of them is the same to the last byte."""
    with Ledger(out) as ledger, Ledger(undisturbed) as other:
        assert len(ledger.done()) == 2 * REPLICATES
        assert ledger.failures() == []
        assert shards.verify_contents(out, ledger) == []
        assert ledger.result_digest() == other.result_digest()
    check_files(out)
    for name in PRODUCTS:
        assert (out / name).read_bytes() == (undisturbed / name).read_bytes(), name


def test_the_same_command_goes_on_after_kills(
    start: Start, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    kept: set[int] = set()
    for _ in range(2):
        process = start("out")
        wait_for(lambda known=kept: len(acknowledged(out)) > len(known))
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers die with their parent"
        now = acknowledged(out)
        assert kept < now < set(range(2 * REPLICATES)), "killed in the middle"
        assert not (out / "report.html").exists()
        kept = now
    process = start("out")
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    check_same(out, undisturbed)


def test_killed_workers_cost_at_most_the_runs_they_had_in_hand(
    start: Start, undisturbed: Path, tmp_path: Path
) -> None:
    process = start("out")
    for goal in (1, 8):
        wait_for(lambda goal=goal: len(acknowledged(tmp_path / "out")) >= goal)
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            workers_of(process)[0].send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    check_same(tmp_path / "out", undisturbed)


def test_ctrl_c_keeps_what_is_finished(start: Start, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start("out")
    wait_for(lambda: acknowledged(out))
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: the whole group
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    last = err.strip().splitlines()[-1]
    assert last.startswith("divide: interrupted; ")
    assert last.endswith(" of 32 runs are kept, and the same command goes on from there")
    process = start("out")
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    check_same(out, undisturbed)
