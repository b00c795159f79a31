"""Kills: `python -m benchmarks.faults [--kills N]`; failing calls: `--calls`; damage: `--damage`.

Sweeps of short runs whose workers, and now and then whose parent, are killed with signal 9 at
random moments, until N processes have been killed. After each kill of a parent the same sweep is
begun again. Checked all the while: no run that was acknowledged is lost or begun again, workers die
with their parent, every run is stored once, and the digest is that of a sweep left in peace.

With --calls every write, fsync, rename, unlink, mkdir, read and SQL statement of a small sweep, of
a room and of a report fails in turn instead (`tests/faults/every_call.py`). With --damage every
byte of a file of rooms is flipped, and the file cut before it
(`tests/faults/test_damaged_rooms.py`).
"""

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

from divide.experiments.carry.sweep import Finished, sweep
from divide.experiments.keep import shards
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.plan.experiment import Experiment, Run

ROOT = Path(__file__).parents[1]
RUNS, SECONDS = 5_000, 0.02
#: One kill in so many hits the parent; seconds between kills.
PARENT, PAUSE = 40, (0.02, 0.4)

#: Fails the n-th call in a scratch folder; whether none was left to fail.
Check = Callable[[int, Path], bool]


def logged(experiment: Experiment, run: Run) -> Mapping[str, pa.Table]:
    """A run that takes 20 ms and leaves a line in a log when it begins."""
    descriptor = os.open(Path(experiment.name) / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{run.index}\n".encode())
    os.close(descriptor)
    time.sleep(SECONDS)
    values = np.random.default_rng(run.scenario.seed).random(5)
    return {"model": pa.table({"year": np.arange(2023, 2028), "usage_mean": values})}


def experiment(scratch: Path, runs: int) -> Experiment:
    """Runs that keep their log in a folder."""
    data: dict[str, Any] = {
        "policies": ["balanced"],
        "reference": "none",
        "outcomes": ["usage_mean"],
        "replicates": runs,
    }
    return Experiment.from_mapping(data, str(scratch))


def start(scratch: Path, workers: int) -> subprocess.Popen[bytes]:
    """The sweep in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.faults", "--carry-out", str(scratch)]
    return subprocess.Popen([*command, "--workers", str(workers)], cwd=ROOT, stderr=sys.stderr)


def carry_out(scratch: Path, workers: int) -> None:
    """The sweep, and again what was given up because three workers in a row died over it."""
    made = experiment(scratch, int((scratch / "runs").read_text()))
    name = "benchmarks.faults:logged"
    failed = sweep(made, scratch / "out", workers, simulate=name).progress.failed
    if failed:
        with (scratch / "given up").open("a") as file:
            file.write("+" * failed)
        sweep(made, scratch / "out", workers, simulate=name, retry=True)


def workers_of(parent: psutil.Process) -> list[psutil.Process]:
    """The processes that run runs: children of the fork server."""
    with contextlib.suppress(psutil.Error):
        return [child for server in parent.children() for child in server.children()]
    return []


def acknowledged(scratch: Path) -> set[int]:
    """Runs done, as the ledger says."""
    if not (scratch / "out" / LEDGER).exists():
        return set()
    with contextlib.suppress(Exception), Ledger(scratch / "out") as ledger:  # being made just now
        return set(ledger.done().tolist())
    return set()


def begun(scratch: Path) -> list[int]:
    """Runs begun since the log was last emptied."""
    log = scratch / "log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def kill_parent(process: subprocess.Popen[bytes]) -> None:
    """Kill it, and see its workers die with it."""
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(family, timeout=20)
        if alive:
            raise AssertionError(f"{len(alive)} processes outlive their parent")


def session(scratch: Path, workers: int, kills: int, rng: random.Random) -> tuple[int, int, bool]:
    """One sitting: workers and parents killed, and whether the sweep has come to its end."""
    kept = acknowledged(scratch)
    (scratch / "log").unlink(missing_ok=True)
    process = start(scratch, workers)
    parent, of_workers, of_parents = psutil.Process(process.pid), 0, 0
    while process.poll() is None:
        time.sleep(rng.uniform(*PAUSE))
        if of_workers + of_parents >= kills:
            continue
        events = workers_of(parent)
        if not events or not begun(scratch):
            continue
        if rng.randrange(PARENT) == 0:
            kill_parent(process)
            of_parents += 1
            print(f"{of_workers} workers, then a parent", flush=True)
            break
        with contextlib.suppress(psutil.Error):
            rng.choice(events).kill()
            of_workers += 1
    again = kept & set(begun(scratch))
    if again:
        raise AssertionError(f"runs that were done were begun again: {sorted(again)[:5]}")
    if not kept <= acknowledged(scratch):
        raise AssertionError("acknowledged runs were lost")
    if process.returncode not in (0, -9):
        raise AssertionError(f"the sweep ended with status {process.returncode}")
    return of_workers, of_parents, process.returncode == 0


def check(scratch: Path, runs: int, digest: str) -> None:
    """Every run is stored once, and the figures are those of a sweep left in peace."""
    with Ledger(scratch / "out") as ledger:
        if ledger.counts() != (runs, 0):
            raise AssertionError(f"done and failed: {ledger.counts()}")
        if wrong := shards.verify_contents(scratch / "out", ledger):
            raise AssertionError(f"runs on the disk that are not what was stored: {wrong[:5]}")
        if ledger.result_digest() != digest:
            raise AssertionError("the digest is another than undisturbed")


def every_call() -> None:
    """Fail the first call of each kind, the second, and so on until none is left to fail."""
    sys.path.insert(0, str(ROOT / "tests" / "faults"))
    for failing in (of_sweeps, of_rooms, of_reports):
        for kind, check in failing():
            with tempfile.TemporaryDirectory() as folder:
                nth = 1
                while not check(nth, Path(folder)):
                    nth += 1
            what = failing.__name__.replace("_", " ")
            print(
                f"{kind} {what}: {nth - 1} calls failed in turn; nothing lost, nothing doubled",
                flush=True,
            )


def of_sweeps() -> Iterator[tuple[str, Check]]:
    """Checks of `tests/faults/test_every_call.py`."""
    from driver import experiment as few
    from every_call import KINDS
    from test_every_call import RUNS as FEW
    from test_every_call import check

    from divide.experiments.keep import writer

    writer.MOST_RUNS = 3
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)

        def go(name: str, runs: int, out: Path, threads: bool) -> Finished:
            made = few(scratch, runs)
            return sweep(made, out, 2, threads=threads, simulate=f"hooks:{name}")

        digest = go("fine", FEW, scratch / "peace", True).digest
        for kind in KINDS:
            yield kind, lambda nth, at, kind=kind: check(go, kind, nth, at / str(nth), digest)


def of_rooms() -> Iterator[tuple[str, Check]]:
    """Checks of `tests/faults/test_calls_of_rooms.py`."""
    from test_calls_of_rooms import KINDS, check, in_peace

    with tempfile.TemporaryDirectory() as folder:
        states = in_peace(Path(folder))
    for kind in KINDS:
        yield kind, lambda nth, at, kind=kind: check(kind, nth, at / str(nth), states)


def of_reports() -> Iterator[tuple[str, Check]]:
    """Checks of `tests/faults/test_calls_of_reports.py`."""
    from test_calls_of_reports import (
        KINDS,
        READING,
        check_command,
        check_copy,
        check_load,
        prepared,
    )

    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as ready:
        for kind in KINDS:
            yield kind, lambda nth, at, kind=kind: check_copy(kind, nth, at, ready)
        for kind in READING:
            yield kind, lambda nth, at, kind=kind: check_load(kind, nth, ready[0])
        for kind in (*KINDS, "read"):
            yield kind, lambda nth, at, kind=kind: check_command(kind, nth, ready, at)


def every_byte() -> None:
    """Flip each byte of a file of rooms in one bit, and cut the file before each."""
    sys.path.insert(0, str(ROOT / "tests" / "faults"))
    from test_damaged_rooms import check, harms, prepared

    from divide.app.rooms import file

    file.BEING_MADE = 0.0  # nobody else makes files here
    with tempfile.TemporaryDirectory() as folder:
        ready = prepared(Path(folder))
        done = refused = 0
        for what, harm in harms(len(ready.data), random.Random(1)):
            at = Path(folder) / "harmed"
            try:
                refused += check(ready, harm, at)
            except Exception as error:
                error.add_note(what)
                raise
            shutil.rmtree(at)
            done += 1
            if done % 10_000 == 0:
                print(f"{done:,} harms, {refused:,} refused", flush=True)
    print(f"{done:,} harms: {refused:,} refused in one line, {done - refused:,} changed nothing")


def main() -> None:
    """Kill as often as asked, and say what it cost."""
    parser = argparse.ArgumentParser(description="Sweeps under fire.")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of a sweep")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--carry-out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--calls", action="store_true", help="fail every call in turn instead")
    parser.add_argument("--damage", action="store_true", help="harm every byte of rooms instead")
    asked = parser.parse_args()
    if asked.damage:
        every_byte()
        return
    if asked.calls:
        every_call()
        return
    if asked.carry_out:
        carry_out(asked.carry_out, asked.workers)
        return
    rng = random.Random(asked.seed)
    began = time.monotonic()
    of_workers = of_parents = sweeps = given_up = 0
    digest = ""
    while of_workers + of_parents < asked.kills:
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            (scratch / "runs").write_text(str(asked.runs))
            if not digest:
                peace = experiment(scratch, asked.runs)
                digest = sweep(
                    peace, scratch / "peace", asked.workers, simulate="benchmarks.faults:logged"
                ).digest
            ended = False
            while not ended:
                left = asked.kills - of_workers - of_parents
                one, other, ended = session(scratch, asked.workers, left, rng)
                of_workers, of_parents = of_workers + one, of_parents + other
            check(scratch, asked.runs, digest)
            if (scratch / "given up").exists():
                given_up += len((scratch / "given up").read_text())
            sweeps += 1
        print(f"{of_workers} workers and {of_parents} parents killed", flush=True)
    print(
        f"{of_workers + of_parents:,} kills ({of_workers:,} workers, {of_parents:,} parents) in "
        f"{sweeps} sweeps of {asked.runs:,} runs, {time.monotonic() - began:,.0f} s: no run lost, "
        "none stored twice, none acknowledged begun again, digests equal; "
        f"{given_up} runs met three kills in a row, were recorded as failures, and were retried"
    )


if __name__ == "__main__":
    main()
