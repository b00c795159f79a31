"""Runs of a folder carried out again, and what of them is not, to the last bit, what it holds."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from divide.experiments.carry.engine import Engines, answers
from divide.experiments.carry.progress import Listener, Progress
from divide.experiments.carry.signals import stop_requests
from divide.experiments.carry.simulate import sweep_task
from divide.experiments.keep.answer import Answer
from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.identity import differences, identity
from divide.experiments.keep.layout import SHARDS
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.shards import RUN
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError

#: What says when a row is, the rest of what says which one it is follows.
WHEN = ("year", "quarter")


@dataclass(frozen=True)
class Moved:
    """The first figure of a table that moved, by the model's time.

    Attributes:
        table: The table; column: its column; where: what names the row (year, country, ...).
        before: What the folder holds; after: what the run gives now.
        columns: How many columns of the table moved.
    """

    table: str
    column: str
    where: Mapping[str, Any]
    before: Any
    after: Any
    columns: int

    def __str__(self) -> str:
        """One line for people."""
        row = ", ".join(f"{key} {value}" for key, value in self.where.items())
        rest = f"; {self.columns - 1} more columns moved" if self.columns > 1 else ""
        return (
            f"{self.table}.{self.column} at {row}: {self.before!r} then, {self.after!r} now{rest}"
        )


@dataclass(frozen=True)
class Rerun:
    """What became of the runs that were carried out again.

    Attributes:
        experiment: What was asked for.
        runs: How many were carried out again; held: how many the folder holds.
        other: What of code, figures and packages is not as it was, a phrase each.
        moved: Numbers of the runs that are not what the folder holds, in order.
        first: The first figure of each table of the first of them that moved.
        failed: The runs that failed now, by number, and why.
    """

    experiment: Experiment
    runs: int
    held: int
    other: Sequence[str]
    moved: Sequence[int]
    first: Sequence[Moved]
    failed: Mapping[int, str]

    @property
    def equal(self) -> bool:
        """Whether every bit of every run is what the folder holds."""
        return not self.moved and not self.failed


def rerun(
    folder: str | Path,
    workers: int = 1,
    most: int | None = None,
    progress: Listener | None = None,
) -> Rerun:
    """Carry the runs of a folder out again; nothing is written.

    Args:
        folder: A finished or unfinished folder of `divide run` or `divide sweep`.
        workers: Processes.
        most: Runs to carry out, evenly spread; all by default.
        progress: Told how it stands.

    Raises:
        InputError: It holds no runs, or a file of it is damaged.
        EngineError: Workers cannot be started.
        KeyboardInterrupt: By Ctrl-C or a request to end, between two runs.
    """
    folder = Path(folder)
    experiment = read_folder(folder)
    with Ledger(folder) as ledger:
        simulate = ledger.get("simulate")
        then = ledger.get("identity")
        known = {run: content for run, _, content in ledger.contents()}
        parts = dict(zip(*(each.tolist() for each in ledger.done_in_parts()), strict=True))
    if not known:
        raise InputError(f"{folder}: no run is done; give the command that made it again")
    chosen = _spread(np.array(sorted(known)), most)
    moved: list[int] = []
    first: Answer | None = None
    failed: dict[int, str] = {}
    begun = time.monotonic()
    again = _answers(experiment, simulate, chosen.tolist(), workers)
    for done, answer in enumerate(again, start=1):
        if answer.failure is not None:
            failed[answer.run] = f"{answer.failure.kind}: {answer.failure.message}"
        elif answer.value.content != known[answer.run]:
            moved.append(answer.run)
            # Tables of the first alone are kept: those of a large sweep would fill the memory.
            first = answer if first is None or answer.run < first.run else first
        if progress is not None:
            spent = time.monotonic() - begun
            progress(Progress(len(chosen), done - len(failed), len(failed), spent, done))
    return Rerun(
        experiment=experiment,
        runs=len(chosen),
        held=len(known),
        other=differences(then, identity(experiment, simulate)),
        moved=sorted(moved),
        first=[] if first is None else _first_moved(folder, parts[first.run], first),
        failed=dict(sorted(failed.items())),
    )


def _spread(runs: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    if most is None or most >= len(runs):
        return runs
    return runs[np.unique(np.linspace(0, len(runs) - 1, most).round().astype(int))]


def _answers(
    experiment: Experiment, simulate: str, runs: Sequence[int], workers: int
) -> Iterator[Answer]:
    """The answer of each run as it is done, in any order."""
    with Engines(workers) as engines, stop_requests() as stop:
        engine = engines.engine(sweep_task(experiment, simulate))
        for found in answers(engine, ((run, ()) for run in runs)):
            yield from found
            if stop.is_set():
                raise KeyboardInterrupt


def _first_moved(folder: Path, part: int, answer: Answer) -> list[Moved]:
    """The first figure of each table that moved."""
    found = []
    for name, piece in answer.value.tables.items():
        path = folder / SHARDS / name / f"{part:06d}.parquet"
        try:
            then = pq.read_table(path, filters=[(RUN, "==", answer.run)]).to_pandas()
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path}: cannot be read: {error}") from None
        now = pa.ipc.open_stream(piece).read_all().to_pandas()
        if (moved := first_moved(name, then, now)) is not None:
            found.append(moved)
    return sorted(found, key=lambda each: [each.where.get(key, 0) for key in WHEN])


def first_moved(name: str, then: pd.DataFrame, now: pd.DataFrame) -> Moved | None:
    """The first figure by time that is another in one of two tables of the same run.

    Args:
        name: Name of the table.
        then: Its rows in the folder.
        now: Those of the run carried out again.

    Returns:
        The figure, or None if all are equal to the last bit.
    """
    gone = [column for column in then.columns if column not in now.columns]
    new = [column for column in now.columns if column not in then.columns]
    if gone or new:
        column = (gone or new)[0]
        there = "is there"
        return Moved(name, column, {}, there if gone else None, None if gone else there,
                     len(gone) + len(new))  # fmt: skip
    if len(then) != len(now):
        return Moved(name, "rows", {}, len(then), len(now), 1)
    other = {c: _differs(then[c].to_numpy(), now[c].to_numpy()) for c in then.columns if c != RUN}
    columns = [column for column, rows in other.items() if rows.any()]
    if not columns:
        return None
    rows = np.flatnonzero(np.any([other[column] for column in columns], axis=0))
    when = [column for column in WHEN if column in then.columns]
    row = then.iloc[rows].sort_values(when, kind="stable").index[0] if when else rows[0]
    column = next(column for column in columns if other[column][row])
    names = [*when, *(c for c in then.columns if _names_rows(then[c]) and c not in columns)]
    where = {key: _plain(then[key][row]) for key in names}
    return Moved(name, column, where, _plain(then[column][row]), _plain(now[column][row]),
                 len(columns))  # fmt: skip


def _names_rows(column: pd.Series) -> bool:
    return column.name != RUN and not pd.api.types.is_numeric_dtype(column)


def _differs(then: NDArray[Any], now: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two columns are not the same to the last bit."""
    if then.dtype == now.dtype and then.dtype.kind == "f":
        return then.view(f"i{then.itemsize}") != now.view(f"i{now.itemsize}")
    equal = (then == now) | (pd.isna(then) & pd.isna(now))
    return ~np.asarray(equal, dtype=bool)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
