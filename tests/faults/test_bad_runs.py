"""One bad run costs one run: it is recorded with all it takes to understand it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hooks
import pytest
from watching import RUNS, begun, environment, wait_for

from divide.experiments.carry.sweep import Finished
from divide.experiments.keep.ledger import Failed, Ledger
from divide.model.scenario import Scenario
from tests.processes import Popen

Go = Callable[..., Finished]

BAD_RUNS = {
    "raises": ("exception", "ValueError: the bridge is out", "in raises"),
    "raises_unreadable": ("exception", "UnreadableError: (the error has no readable text)", ""),
    "leaves": ("exception", "SystemExit: 7", "in leaves"),
    "not_finite": ("not finite", "usage_mean of table model is nan where", ""),
    "hangs": ("time limit", "took longer than 1 s, the limit of the experiment", "in hangs"),
    "hangs_deaf": ("time limit", "took longer than 1 s, the limit of the experiment", "hangs_deaf"),
    "always_kills": ("worker died", "its worker died 3 times (signal 9)", ""),
}


def failures(finished: Finished) -> list[Failed]:
    with Ledger(finished.folder) as ledger:
        assert len(ledger.done()) == finished.progress.done
        return ledger.failures()


@pytest.mark.parametrize("name", BAD_RUNS)
def test_a_bad_run_costs_one_run(name: str, go: Go) -> None:
    finished = go(name, limit_s=1 if name.startswith("hangs") else 30)
    assert (finished.progress.done, finished.progress.failed) == (RUNS - 1, 1)
    (failure,) = failures(finished)
    kind, message, trace = BAD_RUNS[name]
    assert failure.run == hooks.BAD
    assert failure.kind == kind
    assert message in failure.message
    assert trace in failure.traceback
    assert failure.seed == 1 + hooks.BAD
    assert failure.policy == "balanced"
    assert json.loads(failure.scenario or "")["seed"] == failure.seed


def test_a_hungry_run_is_stopped_before_the_machine_is(go: Go) -> None:
    finished = go("greedy", memory=900e6)
    (failure,) = failures(finished)
    assert failure.kind == "memory"
    assert "a run may use 858 MiB" in failure.message
    assert finished.progress.done == RUNS - 1


@pytest.mark.parametrize("name", ["raises", "hangs", "not_finite", "leaves"])
def test_threads_survive_it_too(name: str, go: Go) -> None:
    finished = go(name, threads=True, limit_s=1)
    (failure,) = failures(finished)
    assert failure.kind == BAD_RUNS[name][0]
    assert finished.progress.done == RUNS - 1


def test_a_worker_killed_by_a_stranger_costs_nothing(go: Go, tmp_path: Path) -> None:
    finished = go("kills_once")
    assert (finished.progress.done, finished.progress.failed) == (RUNS, 0)
    # Only the run that the worker had in hand was begun twice.
    assert sorted(begun(tmp_path)) == sorted([*range(RUNS), hooks.BAD])


def test_retry_runs_failures_and_no_others(go: Go, tmp_path: Path) -> None:
    first = go("fails_until_mended")
    assert first.progress.failed == 2
    (tmp_path / "mended").touch()
    (tmp_path / "log").unlink()
    again = go("fails_until_mended")
    assert again.progress.failed == 2, "a failure is not tried again unasked"
    assert begun(tmp_path) == []
    finished = go("fails_until_mended", retry=True)
    assert (finished.progress.done, finished.progress.failed) == (RUNS, 0)
    assert sorted(begun(tmp_path)) == [hooks.BAD, hooks.BAD + 2]
    assert finished.digest == go("fails_until_mended", out=tmp_path / "new").digest


def test_a_failure_carries_a_scenario_that_can_be_run(go: Go) -> None:
    (failure,) = failures(go("raises"))
    data = json.loads(failure.scenario or "")
    policy = data.pop("policy")
    assert Scenario(policy=policy["name"], **data).seed == failure.seed


def test_a_worker_that_was_stopped_is_not_too_slow(go: Go) -> None:
    finished = go("is_stopped", limit_s=1)
    assert (finished.progress.done, finished.progress.failed) == (RUNS, 0)


@pytest.mark.parametrize("threads", [False, True])
def test_a_sweep_that_was_stopped_is_not_too_slow(
    threads: bool, popen: Popen, tmp_path: Path
) -> None:
    """Ctrl-Z, and `fg` a while later: parent and workers stand still alike."""
    code = (
        "from driver import experiment; from pathlib import Path;"
        "from divide.experiments.carry.sweep import sweep;"
        f"found = sweep(experiment(Path({str(tmp_path)!r}), 8, 1), {str(tmp_path / 'out')!r},"
        f" 2, simulate='hooks:slow', threads={threads}); print(found.progress.failed)"
    )
    command = [sys.executable, "-c", code]
    process = popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    wait_for(lambda: begun(tmp_path))
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(7)
    os.killpg(process.pid, signal.SIGCONT)
    assert process.communicate(timeout=60)[0] == "0\n"
