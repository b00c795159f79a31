"""A bank of model runs over past windows: the raw material of every fit.

A window starts the model from what was known at an origin and runs it five years on. The bank
holds, for each point in parameter space and each window, the model's mean path of every country.
It is a folder of runs as that of a sweep, kept by the digest of all that decides what a run gives:
it survives a killed process and finds out damage, and on the next call only missing runs are made.
Another model, other figures or another fit have a folder of their own beside it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import qmc

import divide.model
from divide.calibration.fit.hindcast import forward, scenario
from divide.calibration.fit.targets import TARGETS
from divide.experiments.carry.calls import Workers
from divide.experiments.carry.simulate import pack
from divide.experiments.keep import shards
from divide.experiments.keep.answer import Answer
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.lock import writing
from divide.experiments.keep.strays import mend
from divide.experiments.keep.writer import Writer
from divide.experiments.plan.experiment import Run
from divide.model.declare.parameters import parameters
from divide.model.declare.registry import known
from divide.model.world import load_world, start_years

Array = NDArray[np.float64]
Point = tuple[float, ...]

#: Length of a window, years.
SPAN = 5
#: Years between the origins of windows.
STEP = 3
#: Tables of a bank: one row a run (window and point), and one a run, year and country.
POINT, PATH = "point", "path"


def prior_bounds(names: Sequence[str]) -> Array:
    """Bounds of the priors, (parameters, 2)."""
    return np.array([parameters()[name].bounds for name in names])


def prior_sample(count: int, seed: int, names: Sequence[str]) -> Array:
    """Latin hypercube over the declared priors, (count, parameters)."""
    unit = qmc.LatinHypercube(len(names), seed=seed).random(count)
    priors = [parameters()[name].prior for name in names]
    return np.column_stack([prior.ppf(unit[:, k]) for k, prior in enumerate(priors)])


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
) -> Array:
    """Path of an indicator, shares to six digits, (years, n), at one point of the space."""
    values = {**held, **dict(zip(names, point, strict=True))}
    return np.round(forward(window.origin, window.until, values, indicator), 6)


#: Files here that decide what a fit gives.
_DECIDING = ("drivers.py", "hindcast.py", "observations.py", "sample.py", "spread.py", "targets.py")


def maker() -> str:
    """Digest of all that decides what a run gives: code, declarations, figures and extensions."""
    total = hashlib.sha256(load_world(start_years()[1]).digest.encode())
    home = Path(divide.model.__file__).parent
    code = [path for path in home.rglob("*") if path.suffix in (".py", ".yaml")]
    here = [Path(__file__).with_name(name) for name in _DECIDING]
    for path in [*sorted(code), *here]:
        total.update(f"{path.name}\n".encode() + path.read_bytes())
    for extension in known().values():
        total.update(extension.digest.encode())
    return total.hexdigest()[:16]


class Bank:
    """Runs by point and window, kept in a folder.

    Args:
        folder: Where the banks of a fit are.
        names: Parameters that a point gives.
        indicator: Series whose paths are kept.
        held: Values of other parameters, the same in every run.

    Attributes:
        place: Folder of the runs of this make.
        runs: Path of each run, shares, (years, n), by point and window.

    Raises:
        InputError: Another process writes there, or the ledger is none.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        indicator: str = "internet_users",
        held: Mapping[str, float] | None = None,
    ) -> None:
        self.indicator = indicator
        self.names = tuple(names)
        self.held = dict(held or {})
        self.make = {
            "maker": maker(),
            "names": self.names,
            "indicator": indicator,
            "held": self.held,
        }
        self.place = folder / indicator / _digest(self.make)[:16]
        self.runs: dict[tuple[Point, Window], Array] = {}
        self._jobs: dict[int, tuple[Point, Window]] = {}
        if (self.place / LEDGER).exists():
            with writing(self.place), Ledger(self.place, write=True) as ledger:
                mend(self.place, ledger)
                self._read(ledger)

    def _read(self, ledger: Ledger) -> None:
        tables = (shards.files(self.place, ledger, name) for name in (POINT, PATH))
        for points, paths in zip(*tables, strict=True):
            rows = pq.read_table(points).to_pylist()
            made = pq.read_table(paths, columns=[shards.RUN, "share"])
            ends = np.flatnonzero(np.diff(made[shards.RUN].to_numpy())) + 1
            for row, path in zip(rows, np.split(made["share"].to_numpy(), ends), strict=True):
                window = Window(row["origin"], row["until"])
                point = tuple(row[name] for name in self.names)
                self._jobs[row[shards.RUN]] = point, window
                self.runs[point, window] = path.reshape(window.until - window.origin, -1)

    def digest_of(self, run: int) -> str:
        """Digest of a run by its number."""
        point, window = self._jobs[run]
        return _digest([self.make, point, (window.origin, window.until)])

    def run(self, run: int) -> Run:
        """A run by its number, as any run of the model is described."""
        point, window = self._jobs[run]
        values = {**self.held, **dict(zip(self.names, point, strict=True))}
        described = scenario(window.origin, window.until, values)
        return Run(run, described.policy.name, run, 0, described, self.digest_of(run))

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
            progress: Told (runs done, runs in all); runs found in the folder count as done.

        Raises:
            StoreError: The disk is full or fails.
            JobError: A run failed; all others that were finished are kept.
        """
        jobs = list(dict.fromkeys((_key(point), window) for window in over for point in points))
        missing = [job for job in jobs if job not in self.runs]
        if not missing:
            return
        self.place.mkdir(parents=True, exist_ok=True)
        calls = [(self.names, *job, self.indicator, self.held) for job in missing]
        done = len(jobs) - len(missing)
        with writing(self.place), Ledger(self.place, write=True) as ledger:
            ledger.note(bank=self.make)
            writer = Writer(self.place, ledger, self)
            try:
                for answer in workers.each(simulate, calls):
                    writer.add(self._packed(missing[answer.run], answer))
                    writer.tick()
                    done += 1
                    if progress is not None:
                        progress(done, len(jobs))
            finally:
                writer.flush()
            ledger.settle()

    def _packed(self, job: tuple[Point, Window], answer: Answer) -> Answer:
        """Remember a run; returns it under a number of its own, with its tables as bytes."""
        (point, window), path = job, answer.value
        run = max(self._jobs, default=-1) + 1
        self._jobs[run] = job
        self.runs[job] = path
        columns: dict[str, float] = {"origin": window.origin, "until": window.until}
        columns |= dict(zip(self.names, point, strict=True))
        years = np.arange(window.origin + 1, window.until + 1)
        iso3 = load_world(window.origin).iso3
        shares = {
            "year": np.repeat(years, len(iso3)),
            "iso3": pa.array(iso3 * len(years)),
            "share": path.ravel(),
        }
        table = pa.table({name: [value] for name, value in columns.items()})
        return replace(answer, run=run, value=pack(run, {POINT: table, PATH: pa.table(shares)}))

    def paths(self, points: Array, window: Window) -> Array:
        """Paths of `points` in a window, (k, years, n)."""
        return np.stack([self.runs[_key(point), window] for point in points])


def _key(point: Array) -> Point:
    """The point as it is run and kept."""
    return tuple(np.round(point, 10).tolist())


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
