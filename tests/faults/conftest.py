"""A sweep to do harm to, in this process or in one of its own that can be killed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # runs are named "hooks:FUNCTION"

from driver import experiment  # noqa: E402
from watching import RUNS, environment  # noqa: E402

from divide.experiments.carry.sweep import Finished, sweep  # noqa: E402
from divide.experiments.plan.experiment import Experiment  # noqa: E402
from tests.processes import Popen  # noqa: E402


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Experiment]:
    """An experiment of some runs whose name is a scratch folder."""

    def made(runs: int = RUNS, limit_s: float = 30) -> Experiment:
        return experiment(tmp_path, runs, limit_s)

    return made


@pytest.fixture
def go(made: Callable[..., Experiment], tmp_path: Path) -> Callable[..., Finished]:
    """Carries out a sweep with the faults of `hooks.NAME`."""

    def go(name: str, runs: int = RUNS, limit_s: float = 30, **options: object) -> Finished:
        options = {"out": tmp_path / "out", "workers": 2, **options}
        return sweep(made(runs, limit_s), simulate=f"hooks:{name}", **options)

    return go


@pytest.fixture
def background(tmp_path: Path, popen: Popen) -> Callable[..., subprocess.Popen[str]]:
    """Starts a sweep in a process of its own, which leads a group of its own."""

    def start(
        name: str, runs: int, kind: str = "processes", how: object = 2, out: str = "out"
    ) -> subprocess.Popen[str]:
        code = [str(HERE / "driver.py"), str(tmp_path), str(tmp_path / out), f"hooks:{name}"]
        return popen(
            [sys.executable, *code, str(runs), kind, str(how)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
