"""A sweep in a process of its own: `driver.py SCRATCH OUT SIMULATE RUNS KIND [WORKERS|ADDRESS]`."""

import sys
from pathlib import Path

from divide.experiments.carry.sweep import sweep
from divide.experiments.plan.experiment import Experiment


def experiment(scratch: Path, runs: int, limit_s: float = 30) -> Experiment:
    data = {
        "policies": ["balanced"],
        "reference": "none",
        "constants": {"start": 2021, "until": 2022, "firms": 200, "platforms": 20},
        "outcomes": ["usage_mean", "usage_gini"],
        "replicates": runs,
        "limit_s": limit_s,
    }
    return Experiment.from_mapping(data, str(scratch))


if __name__ == "__main__":
    scratch, out, simulate, runs, kind, *how = sys.argv[1:]
    options = {"dask": how[0]} if kind == "dask" else {"workers": int(how[0])}
    made = experiment(Path(scratch), int(runs))
    finished = sweep(made, out, simulate=simulate, threads=kind == "threads", **options)
    print(finished.progress.done, finished.progress.failed, finished.digest)
