"""Real kills: of workers, of the parent, of a Dask worker; and Ctrl-C."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import distributed
import psutil
import pyarrow.parquet as pq
import pytest
from driver import experiment
from watching import acknowledged, begun, environment, wait_for, workers_of

from divide.experiments.carry.sweep import sweep
from divide.experiments.keep import shards
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.machine import instructions
from tests.processes import Popen, processes

Background = Callable[..., subprocess.Popen[str]]
RUNS = 200
#: Seconds after which a process that does not end is stuck, on a busy machine too.
PATIENCE = 600


def check_whole(out: Path, runs: int) -> None:
    """Each run stands on the disk once, and as the ledger says."""
    with Ledger(out) as ledger:
        assert ledger.done().tolist() == list(range(runs))
        assert shards.damaged(out, ledger.shards()) == {}
        assert shards.verify_contents(out, ledger) == []
        known = {out / shard.path for shard in ledger.shards()}
    assert set((out / "shards").glob("*/*")) == known
    rows = Counter(
        number
        for path in known
        for number in pq.read_table(path, columns=[shards.RUN])[shards.RUN].to_pylist()
    )
    assert rows == dict.fromkeys(range(runs), 2)


def output(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Runs done and digest that the driver prints."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    done, failed, digest = out.split()
    assert failed == "0"
    return int(done), digest


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the same sweep when nothing happens to it."""
    place = tmp_path_factory.mktemp("undisturbed")
    made = experiment(place, RUNS)
    return sweep(made, place / "out", 1, threads=True, simulate="hooks:fine").digest


def test_killed_workers_cost_nothing(background: Background, undisturbed: str, tmp_path: Path):
    process = background("logged", RUNS)
    killed = 0
    for goal in (10, 40, 80, 120):
        wait_for(lambda goal=goal: len(begun(tmp_path)) >= goal and workers_of(process))
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            workers_of(process)[killed % 2].send_signal(signal.SIGKILL)
            killed += 1
    done, digest = output(process)
    assert killed == 4
    assert done == RUNS
    check_whole(tmp_path / "out", RUNS)
    again = len(begun(tmp_path)) - RUNS
    assert again <= killed, "a killed worker costs the run it had in hand, and no other"
    assert digest == undisturbed


def test_a_killed_parent_loses_nothing_acknowledged(
    background: Background, undisturbed: str, tmp_path: Path
):
    out = tmp_path / "out"
    kept: set[int] = set()
    for goal in (1, 80):
        process = background("logged", RUNS)
        wait_for(lambda goal=goal: len(acknowledged(out)) >= goal)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers die with their parent"
        now = acknowledged(out)
        assert kept <= now
        assert not kept & set(begun(tmp_path)), "a run that is done is never run again"
        kept = now
        (tmp_path / "log").unlink(missing_ok=True)
    done, digest = output(background("logged", RUNS))
    assert not kept & set(begun(tmp_path))
    assert done == RUNS
    check_whole(out, RUNS)
    assert digest == undisturbed


def test_workers_die_with_their_parent_even_if_they_hang(background: Background, tmp_path: Path):
    process = background("hangs_deaf", 8)
    wait_for(lambda: len(workers_of(process)) == 2)
    time.sleep(0.5)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_ctrl_c_keeps_everything_finished(background: Background, undisturbed: str, tmp_path: Path):
    process = background("logged", RUNS)
    wait_for(lambda: len(begun(tmp_path)) >= 20)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: the whole group
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert f"of {RUNS} runs are kept" in err
    assert err.count("Traceback") == 1, "the workers keep silent"
    kept = acknowledged(tmp_path / "out")
    assert len(kept) >= 20 - 4
    (tmp_path / "log").unlink()
    _, digest = output(background("logged", RUNS))
    assert not kept & set(begun(tmp_path))
    assert digest == undisturbed


#: Stands for a library that the model needs: loading it takes until it is interrupted.
ENDLESS = """\
import os, pathlib, time

parent = os.getppid()
pathlib.Path(f"loading-{os.getpid()}").touch()
while os.getppid() == parent:
    time.sleep(0.05)
os._exit(0)
"""


#: The same library where what is raised in it is lost, as in compiled modules that import others.
DEAF = ENDLESS.replace(
    "    time.sleep(0.05)",
    "    try:\n        time.sleep(0.05)\n    except KeyboardInterrupt:\n        pass",
)


@pytest.mark.parametrize("library", [ENDLESS, DEAF], ids=["raises", "drops what is raised"])
def test_ctrl_c_while_the_model_loads_leaves_one_line(library: str, popen: Popen, tmp_path: Path):
    (tmp_path / "pandas.py").write_text(library)
    process = popen(
        [sys.executable, "-m", "divide", "sweep", "levers", "--out", "out"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    # It and the process that workers are to be forked from are both in the middle of loading.
    wait_for(lambda: len(list(tmp_path.glob("loading-*"))) == 2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err.strip() == "divide: interrupted; nothing was written"
    assert process.returncode == 130
    assert not (tmp_path / "out").exists()


@contextlib.contextmanager
def dask_cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two worker processes on loopback: its address, and all three."""
    address = tmp_path / "scheduler.json"
    file = ["--scheduler-file", str(address)]
    single = ("--nthreads", "1", "--memory-limit", "1GB", "--no-dashboard", "--no-nanny", *file)
    with (tmp_path / "dask.log").open("wb") as log, processes() as popen:

        def start(program: str, *options: str) -> subprocess.Popen[bytes]:
            module = f"distributed.cli.{program}"
            command = [sys.executable, "-m", module, "--host", "127.0.0.1", *options]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": log}
            return popen(command, env=environment(), cwd=tmp_path, **quiet)

        scheduler = start("dask_scheduler", "--port", "0", "--no-dashboard", *file)
        wait_for(address.exists)
        workers = [start("dask_worker", *single) for _ in range(2)]
        yield json.loads(address.read_text())["address"], [scheduler, *workers]


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a cluster, and its workers."""
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as (address, (_, *workers)):
        yield address, workers


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [("always_kills", "worker died", "died 3 times"), ("greedy", "memory", "may use 858 MiB")],
)
def test_a_bad_run_on_dask_costs_one_run(
    name: str, kind: str, message: str, cluster, background: Background, tmp_path: Path
):
    process = background(name, 12, "dask", cluster[0])
    out, err = process.communicate(timeout=PATIENCE)
    assert out.split()[:2] == ["11", "1"], err
    with Ledger(tmp_path / "out") as ledger:
        (failure,) = ledger.failures()
    assert failure.kind == kind
    assert message in failure.message


def test_a_worker_with_another_processor_is_told_of_once(cluster, go):
    def compute_with(found: Callable[[], str]) -> None:  # goes to the worker by value
        from divide.experiments.carry import dask as cluster

        cluster.instructions = found

    said: list[str] = []
    with distributed.Client(cluster[0], set_as_default=False) as client:
        first = sorted(client.scheduler_info()["workers"])[0]
        client.run(compute_with, lambda: "abacus", workers=[first])
        try:
            done = go("fine", dask=cluster[0], workers=None, notice=said.append).progress.done
        finally:
            client.run(compute_with, instructions, workers=[first])
    assert done == 8
    assert [text.split(" computes with")[0] for text in said] == ["a worker"]


# The last test with the cluster: it kills a worker of it.
def test_dask_survives_a_killed_worker(cluster, background, undisturbed: str, tmp_path: Path):
    address, workers = cluster
    process = background("logged", RUNS, "dask", address)
    wait_for(lambda: len(begun(tmp_path)) >= 30, PATIENCE)
    children = psutil.Process(workers[0].pid).children(recursive=True)
    workers[0].kill()
    done, digest = output(process)
    assert done == RUNS
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "the processes of a Dask worker die with it"
    check_whole(tmp_path / "out", RUNS)
    assert digest == undisturbed


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_scheduler_that_is_stopped_costs_nothing_that_is_finished(
    how: signal.Signals, background: Background, go, undisturbed: str, tmp_path: Path
):
    out = tmp_path / "out"
    with dask_cluster(tmp_path) as (address, (scheduler, *_)):
        process = background("logged", RUNS, "dask", address)
        wait_for(lambda: len(acknowledged(out)) >= 10, PATIENCE)
        kept = acknowledged(out)
        scheduler.send_signal(how)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    said = err.strip().splitlines()[-1]
    assert said.endswith(f"EngineError: the Dask scheduler at {address} is gone")
    now = acknowledged(out)
    assert kept <= now < set(range(RUNS))
    (tmp_path / "log").unlink()
    finished = go("logged", RUNS)
    assert sorted(begun(tmp_path)) == sorted(set(range(RUNS)) - now), "only what was left"
    assert finished.progress.done == RUNS
    check_whole(out, RUNS)
    assert finished.digest == undisturbed
