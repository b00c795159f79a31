"""Runs that go wrong, named "hooks:FUNCTION"; `experiment.name` is a scratch folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

BAD = 3


def table(run) -> dict[str, pa.Table]:
    rng = np.random.default_rng([run.scenario.seed, run.point, len(run.policy)])
    return {"model": pa.table({"year": [2021, 2022], "usage_mean": rng.random(2)})}


def log(experiment, run) -> None:
    """One line a run begun, whole even if many write."""
    descriptor = os.open(Path(experiment.name) / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{run.index} {os.getpid()}\n".encode())
    os.close(descriptor)


def fine(experiment, run):
    return table(run)


def logged(experiment, run):
    log(experiment, run)
    time.sleep(0.02)
    return table(run)


def raises(experiment, run):
    if run.index == BAD:
        raise ValueError("the bridge is out")
    return table(run)


class UnreadableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def raises_unreadable(experiment, run):
    if run.index == BAD:
        raise UnreadableError
    return table(run)


def leaves(experiment, run):
    if run.index == BAD:
        sys.exit(7)
    return table(run)


def not_finite(experiment, run):
    found = table(run)
    if run.index == BAD:
        column = pa.array([0.5, float("nan")])
        found["model"] = found["model"].set_column(1, "usage_mean", column)
    return found


def hangs(experiment, run):
    while run.index == BAD:
        time.sleep(0.01)
    return table(run)


def is_stopped(experiment, run):
    """Stopped for longer than its limit, as by Ctrl-Z, and continued."""
    if run.index == BAD:
        subprocess.Popen(["sh", "-c", f"sleep 4; kill -CONT {os.getpid()}"])
        os.kill(os.getpid(), signal.SIGSTOP)
    return table(run)


def slow(experiment, run):
    log(experiment, run)
    time.sleep(0.4)
    return table(run)


def hangs_deaf(experiment, run):
    if run.index == BAD:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(1_000)
    return table(run)


def always_kills(experiment, run):
    if run.index == BAD:
        os.kill(os.getpid(), signal.SIGKILL)
    return table(run)


def kills_once(experiment, run):
    log(experiment, run)
    marker = Path(experiment.name) / "killed"
    if run.index == BAD and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return table(run)


def greedy(experiment, run):
    held = []
    while run.index == BAD and len(held) < 200:
        held.append(np.ones(4_000_000))  # 32 MB a piece, 6 GB at most
        time.sleep(0.05)
    return table(run)


def fails_until_mended(experiment, run):
    log(experiment, run)
    if run.index in (BAD, BAD + 2) and not (Path(experiment.name) / "mended").exists():
        raise ValueError("not mended yet")
    return table(run)
