"""An earlier version of the model in an environment of its own, to measure against in one run.

It is taken out of the history into a cache folder, with what its own notes on installation make:
`uv sync`, which writes no byte code. Both versions answer the same questions, one program each,
and take turns.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from benchmarks.asked import Asked
from benchmarks.environments import ROOT, cache, uv

#: The last commit of the model before its core was rebuilt.
BEFORE = "ac1b27c"
#: Whole runs, asked for line by line: policy, firms or 0 for the default number. It answers with
#: seconds of the processor by part of the run and by process, and hands the memory of a run on to
#: the next as a worker of a sweep does.
RUNS = """
import gc, json, sys, time
try:
    from divide.model import DigitalDivideModel, Scenario
    from divide.model.model import PROCESSES
except ImportError:  # its packages stood at the top
    from model.model import PROCESSES, DigitalDivideModel
    from model.scenario import Scenario
clock, spent = time.process_time, {}
def watched(process):
    name = f"{process.__module__.rsplit('.', 1)[-1]}.{process.__name__}"
    def run(m):
        start = clock()
        process(m)
        spent[name] += clock() - start
    return name, run
watchers = dict(map(watched, PROCESSES))
for k, line in enumerate(sys.stdin):
    policy, firms = line.split()
    # A seed of its own: no run is spared the start that an earlier one has made.
    plan = Scenario(policy=policy, seed=k + 1, **({"firms": int(firms)} if int(firms) else {}))
    if not k:
        DigitalDivideModel(plan).run()  # compiles, or loads what was compiled
        gc.collect()
        gc.freeze()
    spent.update(dict.fromkeys(watchers, 0.0))
    start = clock()
    m = DigitalDivideModel(plan, list(watchers.values()))
    built = clock()
    for _ in range(plan.steps):
        m.step()
    stepped = clock()
    dict(m.results().outcomes)
    ended = clock()
    parts = {"construction": built - start, "steps": stepped - built, "results()": ended - stepped}
    print(json.dumps([parts, spent]), flush=True)
    m = None
    gc.collect()
"""
FIRST_QUARTER = {
    "now": "from divide.model import DigitalDivideModel as M, Scenario as S; M(S()).step()",
    "before": "from model.model import DigitalDivideModel as M; from model.scenario import "
    "Scenario as S; M(S()).step()",
}


def environment() -> Path:
    """Folder of the earlier version, made on first use; its environment is in `.venv`.

    Raises:
        RuntimeError: The history does not hold it, or uv cannot make its environment.
    """
    folder = cache() / BEFORE
    if (folder / "made").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    taken_out = subprocess.run(
        ["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False
    )  # fmt: skip
    if taken_out.returncode:
        raise RuntimeError(f"the history does not hold {BEFORE}: {taken_out.stderr.decode()}")
    with tarfile.open(fileobj=io.BytesIO(taken_out.stdout)) as archive:
        archive.extractall(folder, filter="data")
    uv("sync", folder=folder)
    (folder / "made").touch()
    return folder


class Version:
    """One of the two versions.

    Args:
        name: "now" or "before".
        byte_code: Whether byte code is written and kept, beside what the set-up has written.
    """

    def __init__(self, name: str, *, byte_code: bool = True) -> None:
        self.name = name
        self.folder = ROOT if name == "now" else environment()
        self.python = sys.executable if name == "now" else str(self.folder / ".venv/bin/python")
        drop = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONPATH", "VIRTUAL_ENV")
        self.variables = {k: v for k, v in os.environ.items() if k not in drop}
        if name == "before":
            self.variables["PYTHONPATH"] = str(self.folder)
            if byte_code:  # beside its environment, which stays as its set-up has made it
                self.variables["PYTHONPYCACHEPREFIX"] = str(self.folder / "byte-code")
        if not byte_code:
            self.variables["PYTHONDONTWRITEBYTECODE"] = "1"

    def told(self, code: str, *arguments: str) -> Any:
        """What code of this version prints, in JSON.

        Raises:
            RuntimeError: It cannot be run.
        """
        done = subprocess.run(
            [self.python, "-c", code, *arguments], cwd=self.folder, env=self.variables,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the version {self.name} cannot be run: {done.stderr}")
        return json.loads(done.stdout)

    @property
    def divide(self) -> list[str]:
        """The command `divide` of this version."""
        code = "from experiments.cli import main; main()"
        return [self.python, *(["-m", "divide"] if self.name == "now" else ["-c", code])]


class Runs(Asked):
    """A long-lived program of one version that carries out whole runs when asked.

    Args:
        version: Whose runs.
    """

    def __init__(self, version: Version) -> None:
        super().__init__([version.python, "-c", RUNS], version.folder, version.variables)

    def run(self, policy: str, firms: int) -> tuple[dict[str, float], dict[str, float]]:
        """Seconds of the processor by part of a run, and by process.

        Raises:
            RuntimeError: The program has ended.
        """
        parts, processes = self.ask(f"{policy} {firms}")
        return parts, processes
