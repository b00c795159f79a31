"""`divide sweep`, `status` and `retry` as their users meet them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from divide.experiments import sweep
from divide.experiments.cli.main import main
from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.ledger import Ledger
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError
from tests.processes import Popen

ROOT = Path(__file__).resolve().parents[3]
FILE = """\
title: Tiny
policies: [balanced]
constants: {start: 2021, until: 2022, firms: 200, platforms: 20}
outcomes: [usage_mean]
replicates: 3
"""
FAULTY = """
import pathlib, pyarrow as pa
def run(experiment, run):
    if run.index == 1 and not pathlib.Path(experiment.name, "mended").exists():
        raise ValueError("seed of discord")
    return {"model": pa.table({"year": [2022], "usage_mean": [0.5]})}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def divide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, list(map(str, arguments)))


def test_sweep_status_and_the_same_command_again(
    divide: Callable[..., Result], file: Path, tmp_path: Path
) -> None:
    result = divide("sweep", file, "--out", "out", "--workers", "2")
    assert result.exit_code == 0, result.stderr
    assert f"6 of 6 runs are in {tmp_path / 'out'}" in result.stdout
    assert "6/6" in result.stderr
    digest = result.stdout.split("digest of the results ")[1].strip()
    shown = divide("status", "out")
    assert shown.exit_code == 0
    assert "tiny: 6 runs in out\ndone 6, failed 0, left 0\n" in shown.stdout
    assert f"digest of the results so far {digest}" in shown.stdout
    again = divide("sweep", file, "--out", "out", "--workers", "1")
    assert again.exit_code == 0
    assert digest in again.stdout


def test_dry_run_writes_nothing(divide: Callable[..., Result], file: Path, tmp_path: Path) -> None:
    result = divide("sweep", file, "--dry-run", "--workers", "2")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("6 runs\n")
    assert "with 2 workers" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_failed_runs_show_at_the_end_in_status_and_are_retried(
    divide: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faulty_runs.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)
    data = {
        "policies": ["balanced"],
        "constants": {"start": 2021, "until": 2022, "firms": 200, "platforms": 20},
        "outcomes": ["usage_mean"],
        "replicates": 2,
    }
    experiment = Experiment.from_mapping(data, str(tmp_path))
    sweep(experiment, tmp_path / "out", 1, simulate="faulty_runs:run")
    shown = divide("status", "out")
    assert "done 3, failed 1, left 0" in shown.stdout
    line = "run 1 (balanced, point 0, seed 1): exception: ValueError: seed of discord"
    assert line in shown.stdout
    assert "`divide retry out` runs the failed ones again" in shown.stdout
    trace = divide("status", "out", "--traceback", "1")
    assert 'raise ValueError("seed of discord")' in trace.stdout
    assert divide("status", "out", "--traceback", "2").stderr == "divide: run 2 has not failed\n"
    failed = divide("retry", "out", "--workers", "1")
    assert failed.exit_code == 1
    assert "divide: 1 of 4 runs failed; look at them with `divide status out`" in failed.stderr
    assert line in failed.stderr
    (tmp_path / "mended").touch()
    mended = divide("retry", "out", "--workers", "1")
    assert mended.exit_code == 0, mended.stderr
    assert "4 of 4 runs are in" in mended.stdout
    sys.modules.pop("faulty_runs", None)


REFUSED = {
    "no out": (["tiny.yaml"], "--out DIR is missing: the folder that the sweep is kept in"),
    "no file": (["none.yaml", "--out", "o"], "none.yaml: cannot be read: No such file"),
    "no number": (["tiny.yaml", "--out", "o", "--workers", "two"], "'two' is not a valid integer"),
    "no workers": (
        ["tiny.yaml", "--out", "o", "--workers", "0"],
        "0 is not in the range 1<=x<=1024",
    ),
    "a file": (["tiny.yaml", "--out", "tiny.yaml"], "--out: tiny.yaml: is a file; name a folder"),
    "no cluster": (
        ["tiny.yaml", "--out", "o", "--dask", "nowhere"],
        "--dask nowhere: no scheduler answers there",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_clear_line(
    name: str, divide: Callable[..., Result], file: Path
) -> None:
    arguments, words = REFUSED[name]
    result = divide("sweep", *arguments)
    assert result.exit_code == 2
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("divide: ")
    assert words in last


@pytest.mark.parametrize("command", ["status", "retry"])
def test_a_folder_without_a_sweep_is_refused(
    command: str, divide: Callable[..., Result], tmp_path: Path
) -> None:
    result = divide(command, tmp_path)
    assert result.exit_code == 2
    assert result.stderr == f"divide: {tmp_path}: holds no runs (there is no ledger.sqlite)\n"
    assert list(tmp_path.iterdir()) == []
    missing = divide(command, tmp_path / "none")
    assert missing.stderr == f"divide: {tmp_path / 'none'}: there is no such folder\n"


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_or_a_closed_terminal_says_how_to_go_on(
    kind: signal.Signals, file: Path, popen: Popen, tmp_path: Path
) -> None:
    file.write_text(FILE.replace("replicates: 3", "replicates: 2000"))
    process = popen(
        [sys.executable, "-m", "divide", "sweep", file, "--out", tmp_path / "out"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stderr=subprocess.PIPE,
        text=True,
    )
    end, kept = time.monotonic() + 120, 0
    while not kept and time.monotonic() < end:
        time.sleep(0.1)
        with suppress(InputError), Ledger(tmp_path / "out") as ledger:  # not made yet
            kept = len(ledger.done())
    os.killpg(process.pid, kind)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    last = said.strip().splitlines()[-1]
    assert last.startswith("divide: interrupted; ")
    assert last.endswith(" of 4,000 runs are kept, and the same command goes on from there")
    assert len(read_folder(tmp_path / "out")) == 4000
    shown = CliRunner().invoke(main, ["status", str(tmp_path / "out")])
    assert "to go\nnobody works on it; the command that began it goes on" in shown.stdout
