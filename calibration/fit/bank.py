"""A bank of model runs over past windows: the raw material of every fit.

A window starts the model from what was known at an origin and runs it five years on. The bank
holds, for each point in parameter space and each window, the model's mean path of every country.
Points are written one at a time to a file that survives a killed process: on the next call only
the missing ones are run. Each line says which model and figures made it, and lines of others are
passed over.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

import divide.model
from divide.calibration.fit.hindcast import forward
from divide.calibration.fit.targets import TARGETS
from divide.calibration.pool import Workers
from divide.model.declare.parameters import parameters
from divide.model.world import load_world

Array = NDArray[np.float64]

#: Length of a window, years.
SPAN = 5
#: Years between the origins of windows.
STEP = 3


def prior_bounds(names: Sequence[str]) -> Array:
    """Bounds of the uniform priors, (parameters, 2)."""
    return np.array([parameters()[name].bounds for name in names])


def prior_sample(count: int, seed: int, names: Sequence[str]) -> Array:
    """Latin hypercube over the declared bounds (uniform priors), (count, parameters)."""
    low, high = prior_bounds(names).T
    return low + (high - low) * qmc.LatinHypercube(len(names), seed=seed).random(count)


@dataclass(frozen=True)
class Window:
    """From the end of `origin` to the end of `until`."""

    origin: int
    until: int


def windows(last: int, indicator: str = "internet_users") -> tuple[Window, ...]:
    """Windows that end by `last`, latest first.

    They start every third year from 2002 on: earlier figures are zeros carried along in many
    countries. An origin too early for that has the one window before it. Windows of a survey go
    from round to round.
    """
    rounds = TARGETS[indicator].rounds
    if rounds:
        over = [Window(a[-1], until) for a, b in pairwise(rounds) for until in b if until <= last]
        return tuple(over[::-1])
    origins = range(last - SPAN, 2001, -STEP) or (last - SPAN,)
    return tuple(Window(origin, origin + SPAN) for origin in origins)


def simulate(
    names: Sequence[str],
    point: Sequence[float],
    window: Window,
    indicator: str,
    held: Mapping[str, float],
) -> list[list[float]]:
    """Path of an indicator, shares, (years, n) as nested lists, at one point of the space."""
    values = {**held, **dict(zip(names, point, strict=True))}
    path = forward(window.origin, window.until, values, indicator)
    return np.round(path, 6).tolist()


def maker() -> str:
    """Digest of all that decides what a run gives: the model's code, declarations and figures."""
    total = hashlib.sha256(load_world(2022).digest.encode())
    home = Path(divide.model.__file__).parent
    code = [path for path in home.rglob("*") if path.suffix in (".py", ".yaml")]
    here = [Path(__file__).with_name(name) for name in ("hindcast.py", "targets.py")]
    for path in [*sorted(code), *here]:
        total.update(f"{path.name}\n".encode() + path.read_bytes())
    return total.hexdigest()[:16]


class Bank:
    """Runs by point and window, kept in a file of one JSON line a run.

    Args:
        path: The file.
        names: Parameters that a point gives.
        indicator: Series whose paths are kept.
        held: Values of other parameters, the same in every run.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        indicator: str = "internet_users",
        held: Mapping[str, float] | None = None,
    ) -> None:
        self.path = path
        self.indicator = indicator
        self.names = tuple(names)
        self.held = dict(held or {})
        self.maker = maker()
        self.runs: dict[tuple[tuple[float, ...], Window], Array] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # a killed writer leaves half a line
        mine = (self.maker, self.names, self.indicator, self.held)
        for line in whole.splitlines():
            try:
                entry = json.loads(line)
                made = (
                    entry["maker"],
                    tuple(entry["names"]),
                    entry["indicator"],
                    entry["held"],
                )
                key = (tuple(entry["point"]), Window(*entry["window"]))
                path = np.array(entry["path"], dtype=float)
            except (ValueError, KeyError, TypeError):
                continue  # spoilt, or of an older form: it will be run again
            if made == mine and path.ndim == 2:
                self.runs[key] = path
        if len(whole) < len(content):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))

    def fill(
        self,
        points: Array,
        over: Iterable[Window],
        workers: Workers,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Run what is missing in a set of points and windows.

        Args:
            points: Points, (k, parameters).
            over: Windows.
            workers: Who runs them.
            progress: Told (runs done, runs in all); runs found in the file count as done.
        """
        jobs = [
            (tuple(np.round(point, 10).tolist()), window) for window in over for point in points
        ]
        jobs = list(dict.fromkeys(jobs))
        missing = [job for job in jobs if job not in self.runs]
        if not missing:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        calls = [(self.names, *job, self.indicator, self.held) for job in missing]
        done = len(jobs) - len(missing)
        with self.path.open("ab", buffering=0) as file:
            for position, path in workers.each(simulate, calls):
                point, window = missing[position]
                entry = {
                    "maker": self.maker,
                    "names": self.names,
                    "indicator": self.indicator,
                    "held": self.held,
                    "point": point,
                    "window": (window.origin, window.until),
                    "path": path,
                }
                file.write(json.dumps(entry).encode() + b"\n")
                os.fsync(file.fileno())
                self.runs[point, window] = np.array(path)
                done += 1
                if progress is not None:
                    progress(done, len(jobs))

    def paths(self, points: Array, window: Window) -> Array:
        """Paths of `points` in a window, (k, years, n)."""
        rounded = [tuple(np.round(point, 10).tolist()) for point in points]
        return np.stack([self.runs[point, window] for point in rounded])
