"""What a sweep will take, from a run or two that are made and measured."""

import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from divide.experiments.carry.simulate import pack, simulate
from divide.experiments.carry.worker import warm_up
from divide.experiments.keep.writer import LATEST, MOST_RUNS, SHARE, SOONEST
from divide.experiments.plan.experiment import Experiment, Run
from divide.experiments.text.units import size, span

#: The ledger's row of a run: two digests, three numbers and their index, measured.
LEDGER_BYTES = 180


@dataclass(frozen=True)
class Forecast:
    """What is to be expected of a sweep.

    Attributes:
        runs: Runs in all; distinct: those that have to be run, the others equal one of them.
        at_most: Whether a stated precision may end the sweep earlier.
        seconds_a_run: Time of a run here, once the model is loaded.
        bytes_a_run: What a run adds to the folder; bytes_a_batch: what every batch of runs that
            is written together costs beside them.
        workers: How many work at the same time, each assumed as fast as one alone.
    """

    runs: int
    distinct: int
    at_most: bool
    seconds_a_run: float
    bytes_a_run: float
    bytes_a_batch: float
    workers: int = 1

    @property
    def seconds(self) -> float:
        """Time of the whole sweep."""
        return self.distinct * self.seconds_a_run / self.workers

    @property
    def bytes(self) -> float:
        """Size of the whole folder."""
        batches = min(batches_in(self.seconds, self.distinct), self.distinct)
        return self.distinct * self.bytes_a_run + batches * self.bytes_a_batch

    def __str__(self) -> str:
        """Runs, time and size in a few lines."""
        most = "at most " if self.at_most else ""
        equal = self.runs - self.distinct
        twins = f" ({equal:,} more equal one of them)" if equal else ""
        by = f"with {self.workers} workers" if self.workers > 1 else "with one worker"
        return (
            f"{most}{self.distinct:,} runs{twins}\n"
            f"{most}{span(self.seconds)} {by}, {self.seconds_a_run:.3g} s a run here\n"
            f"{most}{size(self.bytes)}, {self.bytes_a_run / 1000:.3g} kB a run"
        )


def forecast(experiment: Experiment, workers: int = 1) -> Forecast:
    """Make the first and the last run of the sweep, and say what all will take."""
    warm_up()
    numbers = experiment.distinct()
    chosen = sorted({int(numbers[0]), int(numbers[-1])})
    _rows(experiment, experiment.run(chosen[-1]))  # the first of its kind loads and compiles more
    seconds, tables = [], []
    for number in chosen:
        run = experiment.run(number)
        start = time.perf_counter()
        tables.append(_rows(experiment, run))
        seconds.append(time.perf_counter() - start)
    mean = sum(seconds) / len(seconds)
    alone = _encoded(tables[:1])
    added = _encoded(tables) - alone if len(tables) > 1 else alone
    batch = max(alone - added, 0)
    return Forecast(
        len(experiment), len(numbers), experiment.precision is not None, mean,
        added + LEDGER_BYTES, batch, max(workers, 1),
    )  # fmt: skip


def batches_in(seconds: float, runs: int) -> float:
    """How many batches the writer makes in so many seconds (see `writer`)."""
    early, late = SOONEST / SHARE, LATEST / SHARE  # between them, the wait grows with time
    grown = np.log(max(min(seconds, late), early) / early) / SHARE
    waited = min(seconds, early) / SOONEST + grown + max(seconds - late, 0) / LATEST
    return float(max(waited, runs / MOST_RUNS, 1))


def _rows(experiment: Experiment, run: Run) -> dict[str, pa.Table]:
    """What is stored of a run, carried through all that a worker does with it."""
    tables = pack(run.index, simulate(experiment, run)).tables
    return {name: pa.ipc.open_stream(data).read_all() for name, data in tables.items()}


def _encoded(tables: list[dict[str, pa.Table]]) -> int:
    """Bytes of some runs as one batch: one shard a table."""
    return sum(encoded([each[name] for each in tables]) for name in tables[0])


def encoded(tables: list[pa.Table]) -> int:
    """Bytes of some tables as one shard."""
    sink = pa.BufferOutputStream()
    whole = pa.concat_tables(tables, promote_options="permissive").combine_chunks()
    pq.write_table(whole, sink, compression="zstd")
    return int(sink.getvalue().size)
