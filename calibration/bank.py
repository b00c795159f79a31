"""A bank of model runs over past windows: the raw material of every fit.

A window starts the model from what was known at an origin and runs it five years on. The bank
holds, for each point in parameter space and each window, the model's mean path of every country.
Points are written one at a time to a file that survives a killed process: on the next call only
the missing ones are run.
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from calibration.hindcast import forward
from model.declarations import parameters

Array = NDArray[np.float64]

#: Length of a window, years.
SPAN = 5
#: Years between the origins of windows.
STEP = 3
#: Processes whose calibrated parameters bear on an indicator.
SECTIONS = {"internet_users": ("adoption", "affordability"), "accounts": ("payments",)}
#: Survey years of the indicators that are not yearly.
SURVEYS = {"accounts": (2011, 2014, 2017, 2021)}


def calibrated(indicator: str = "internet_users") -> tuple[str, ...]:
    """Full names of the parameters that are fitted: those whose declared role is "calibrated"."""
    return tuple(
        name
        for name, declared in parameters().items()
        if declared.role == "calibrated" and name.split(".")[0] in SECTIONS[indicator]
    )


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
    countries. An origin too early for that has the one window before it.
    """
    if indicator in SURVEYS:
        waves = [year for year in SURVEYS[indicator] if year <= last]
        return tuple(Window(a, b) for a, b in zip(waves, waves[1:], strict=False))[::-1]
    origins = range(last - SPAN, 2001, -STEP) or (last - SPAN,)
    return tuple(Window(origin, origin + SPAN) for origin in origins)


def simulate(
    names: Sequence[str], point: Sequence[float], window: Window, indicator: str
) -> list[list[float]]:
    """Path of an indicator, shares, (years, n) as nested lists, at one point of the space."""
    path = forward(window.origin, window.until, dict(zip(names, point, strict=True)), indicator)
    return np.round(path, 6).tolist()


class Bank:
    """Runs by point and window, kept in a file of one JSON line a run."""

    def __init__(
        self, path: Path, names: Sequence[str], indicator: str = "internet_users"
    ) -> None:
        self.path = path
        self.indicator = indicator
        self.names = tuple(names)
        self.runs: dict[tuple[tuple[float, ...], Window], Array] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # a killed writer leaves half a line
        for line in whole.splitlines():
            entry = json.loads(line)
            if tuple(entry["names"]) == self.names and entry["indicator"] == self.indicator:
                key = (tuple(entry["point"]), Window(*entry["window"]))
                self.runs[key] = np.array(entry["path"])
        if len(whole) < len(content):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))

    def fill(
        self,
        points: Array,
        over: Iterable[Window],
        workers: int = 2,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Run what is missing for `points`, (k, parameters), in every window of `over`."""
        jobs = [
            (tuple(np.round(point, 10).tolist()), window) for window in over for point in points
        ]
        missing = [job for job in jobs if job not in self.runs]
        if not missing:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers) as pool, self.path.open("ab") as file:
            self._collect(pool, missing, file.fileno(), progress)

    def _collect(
        self,
        pool: Executor,
        missing: list[tuple[tuple[float, ...], Window]],
        descriptor: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        futures = {pool.submit(simulate, self.names, *job, self.indicator): job for job in missing}
        for done, future in enumerate(as_completed(futures), start=1):
            point, window = futures[future]
            path = future.result()
            entry = {
                "names": self.names,
                "indicator": self.indicator,
                "point": point,
                "window": (window.origin, window.until),
                "path": path,
            }
            os.write(descriptor, json.dumps(entry).encode() + b"\n")
            os.fsync(descriptor)
            self.runs[point, window] = np.array(path)
            if progress is not None:
                progress(done, len(missing))

    def paths(self, points: Array, window: Window) -> Array:
        """Paths of `points` in a window, (k, years, n)."""
        rounded = [tuple(np.round(point, 10).tolist()) for point in points]
        return np.stack([self.runs[point, window] for point in rounded])
