"""A small backtest that the tests of this folder share."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from divide.calibration.fit import spread
from divide.calibration.fit.sample import Size
from divide.calibration.score import backtest
from divide.calibration.score.backtest import Backtest, forecast
from tests.processes import Popen

ROOT = Path(__file__).resolve().parents[2]
#: Enough for the emulator to learn something, few enough for seconds.
TINY = (10, 4)


#: Enough for chains to leave their start.
TINY_SIZE = Size(strata=2, walkers=16, burn_in=2, steps=2)


def shrink(patch: pytest.MonkeyPatch) -> None:
    """Fits of few points and short chains, forecasts of few draws."""
    patch.setattr(backtest, "WAVES", TINY)
    patch.setattr(backtest, "DRAWS", 3)
    patch.setattr(backtest, "SIZE", TINY_SIZE)
    patch.setattr(backtest, "PREDICTIVE", 6)
    patch.setattr(spread, "IMPUTED", 2)
    patch.setattr(spread, "EVALUATIONS", 8)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `shrink`."""
    shrink(monkeypatch)


@dataclass(frozen=True)
class Small:
    """A forecast, its bank of runs and the progress it reported."""

    result: Backtest
    bank: Path
    told: list[tuple[str, int, int]]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A tiny forecast from 2007 to 2010, made in this process."""
    bank = tmp_path_factory.mktemp("bank")
    told: list[tuple[str, int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        result = forecast(2007, 2010, "internet_users", bank, 1, lambda *at: told.append(at))
    return Small(result, bank, told)


@pytest.fixture
def python(tmp_path: Path, popen: Popen) -> Callable[[str], subprocess.Popen[bytes]]:
    """Starts a piece of Python in an empty folder, in a process of its own."""

    def start(code: str) -> subprocess.Popen[bytes]:
        return popen(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    return start
