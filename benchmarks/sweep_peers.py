"""One sweep of short runs in three programs, and in two processes that do nothing else.

`python -m benchmarks.sweep_peers PROGRAM RUNS FAULT SCRATCH` prints one line of JSON: results that
came back, and seconds on the clock. A run burns 20 ms of processor time and returns five numbers;
with a fault, run `BAD` raises an exception or, once, kills its process.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

SECONDS, WORKERS, BAD = 0.02, 2, 37
FAULT, SCRATCH = "SWEEP_FAULT", "SWEEP_SCRATCH"


def burn(number: int, seconds: float = SECONDS) -> np.ndarray:
    """The run itself, (5,)."""
    end = time.thread_time() + seconds
    if number == BAD:
        misbehave()
    values = np.random.default_rng(number).random(5)
    while time.thread_time() < end:
        pass
    return values


def misbehave() -> None:
    """Raise, or kill this process the first time."""
    fault = os.environ.get(FAULT)
    if fault == "raise":
        raise ValueError("one bad run")
    marker = Path(os.environ.get(SCRATCH, ".")) / "killed"
    if fault == "kill" and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def burned(experiment: Any, run: Any) -> Mapping[str, Any]:
    """A run as our sweeps want it."""
    import pandas as pd

    data = {"year": np.arange(2023, 2028), "usage_mean": burn(run.index)}
    return {"model": pd.DataFrame(data)}


def trivial(experiment: Any, run: Any) -> Mapping[str, Any]:
    """A run that takes no time."""
    import pyarrow as pa

    return {"model": pa.table({"year": [2023], "usage_mean": [float(run.index)]})}


def ours(runs: int, scratch: Path) -> int:
    """Results of `divide.experiments.sweep`."""
    from benchmarks.faults import experiment
    from divide.experiments import sweep

    name = "benchmarks.sweep_peers:burned"
    return sweep(experiment(scratch, runs), scratch / "out", WORKERS, simulate=name).progress.done


def plain_loop(runs: int, scratch: Path) -> int:
    """Our runs one after another in processes that have their part of them from the start.

    Nothing is handed out, kept or guarded: what the runs take is the measure of what engines add.
    """
    parts = [range(k, runs, WORKERS) for k in range(WORKERS)]
    processes = [multiprocessing.Process(target=_loop, args=(part,)) for part in parts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return runs if not any(process.exitcode for process in processes) else 0


def _loop(numbers: range) -> None:
    for number in numbers:
        burned(None, SimpleNamespace(index=number))


def mesa_batch_run(runs: int, scratch: Path) -> int:
    """Results of `mesa.batch_run`."""
    import mesa

    found = mesa.batch_run(
        MesaRun, {"number": range(runs)}, number_processes=WORKERS, max_steps=1,
        display_progress=False, rng=[1],
    )  # fmt: skip
    return len(found)


def ema(runs: int, scratch: Path) -> int:
    """Results of the EMA Workbench."""
    from ema_workbench import IntegerParameter, Model, MultiprocessingEvaluator, ScalarOutcome
    from ema_workbench.em_framework.points import Sample

    asked = Model("burn", function=ema_run)
    asked.uncertainties = [IntegerParameter("number", 0, 10**6)]
    asked.outcomes = [ScalarOutcome("mean")]
    samples = [Sample(str(k), number=k) for k in range(runs)]
    with MultiprocessingEvaluator(asked, n_processes=WORKERS) as evaluator:
        _, outcomes = evaluator.perform_experiments(scenarios=samples)
    return len(outcomes["mean"])


def ema_run(number: int) -> dict[str, float]:
    """A run as the EMA Workbench wants it."""
    return {"mean": float(burn(int(number)).mean())}


def _mesa_model() -> type:
    import mesa

    class Run(mesa.Model):
        """A run as Mesa wants it."""

        def __init__(self, number: int = 0, rng: Any = None) -> None:
            super().__init__(rng=rng)
            self.number = number
            self.datacollector = mesa.DataCollector({"mean": lambda m: m.found})
            self.found = 0.0

        def step(self) -> None:
            self.found = float(burn(self.number).mean())
            self.datacollector.collect(self)
            self.running = False

    return Run


#: The measure of the others; a fault in it is nobody's business.
LOOP = "plain loop"
PROGRAMS: dict[str, Callable[[int, Path], int]] = {
    LOOP: plain_loop,
    "divide sweep": ours,
    "mesa.batch_run": mesa_batch_run,
    "EMA Workbench": ema,
}

if "mesa.batch_run" in sys.argv or "mesa.batch_run" in os.environ.get("SWEEP_PROGRAM", ""):
    MesaRun = _mesa_model()
    MesaRun.__qualname__ = MesaRun.__name__ = "MesaRun"


def main() -> None:
    """Carry out and report."""
    program, runs, fault, scratch = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    os.environ.update({FAULT: fault, SCRATCH: str(scratch), "SWEEP_PROGRAM": program})
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    found, error = 0, ""
    try:
        found = PROGRAMS[program](runs, scratch)
    except Exception as caught:  # what the program does with a bad run is the question
        error = f"{type(caught).__name__}"
    seconds = time.perf_counter() - start
    print(json.dumps({"results": found, "seconds": seconds, "error": error}))


if __name__ == "__main__":
    main()
