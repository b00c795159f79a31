"""One sitting of a sweep: what is left of it is given out, and what comes back is kept."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from divide.experiments.carry.progress import Tally
from divide.experiments.carry.worker import Answer
from divide.experiments.keep import shards
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.writer import StoreError, Writer
from divide.experiments.plan.precision import enough

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

#: Longest wait for an outcome before other things get their turn, in seconds.
TURN = 0.2
#: Seconds between looks at how the sweep stands.
SHOWN_EVERY = 0.1
Progress = Callable[["Tally"], None]


class Engine(Protocol):
    """What carries out runs: `pool.Pool`, `threads.Threads` or `dask.Cluster`."""

    @property
    def in_hand(self) -> int:
        """Runs that were given and not answered yet."""

    def room(self) -> int:
        """How many more runs keep it busy."""

    def give(self, run: int) -> None:
        """Queue a run."""

    def poll(self, timeout: float) -> list[Answer]:
        """What came of some runs; waits up to `timeout` seconds for the first."""

    def close(self) -> None:
        """End it, and drop what it has in hand."""


class Interrupted(Exception):  # noqa: N818 - not an error: someone asked for it
    """Ctrl-C or a request to end; everything finished is acknowledged."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(f"{tally.done + tally.failed:,} of {tally.total:,} runs are kept")
        self.tally = tally


class Session:
    """One sitting of a sweep."""

    def __init__(
        self,
        place: Path,
        ledger: Ledger,
        experiment: "Experiment",
        engine: Callable[[], Engine],
        stop: threading.Event,
        progress: Progress | None,
        retry: bool,
    ) -> None:
        self.place, self.ledger, self.experiment = place, ledger, experiment
        self._start_engine = engine
        self._engine: Engine | None = None
        self.stop, self.progress = stop, progress
        self.writer = Writer(place, ledger, experiment)
        self.began = time.monotonic()
        self._shown = 0.0
        self.numbers = experiment.distinct()
        self.total = len(self.numbers)
        ledger.note(
            name=experiment.name, total=self.total, at_most=experiment.precision is not None
        )
        # One byte a run is all that is kept in memory of runs done.
        self.settled = np.zeros(len(experiment), dtype=bool)
        self.settled[ledger.done()] = True
        failed = ledger.failed()
        self.done, self.failed, self.fresh = int(self.settled.sum()), len(failed), 0
        if retry:  # these and no others
            self.settled[:] = True
            self.settled[failed] = False
            self.failed = 0
        else:
            self.settled[failed] = True

    def to_the_end(self) -> Tally:
        """Every round, until nothing is left to do."""
        size = len(self.experiment.points) * len(self.experiment.policies)
        try:
            for replicates in self.experiment.rounds:
                todo = self.numbers[self.numbers < replicates * size]
                self._carry_out(todo[~self.settled[todo]])
                if replicates < self.experiment.rounds[-1] and self._enough(replicates):
                    self.total = len(todo)
                    self.ledger.note(total=self.total, at_most=False)
                    break
        finally:
            if self._engine is not None:
                self._engine.close()
        if self.progress is not None:
            self.progress(self._tally())
        return self._tally()

    def _carry_out(self, todo: NDArray[np.int64]) -> None:
        if not len(todo):
            return
        if self._engine is None:
            self._engine = self._start_engine()
        engine, waiting = self._engine, map(int, todo)
        try:
            left = self._feed(engine, waiting)
            while left or engine.in_hand:
                for outcome in engine.poll(TURN):
                    self._take(outcome)
                self.writer.tick()
                self._show()
                self._heed_stop()
                left = left and self._feed(engine, waiting)
        except StoreError:
            raise
        except BaseException:
            self.writer.flush()
            raise
        self.writer.flush()

    def _show(self) -> None:
        now = time.monotonic()
        if self.progress is not None and now - self._shown > SHOWN_EVERY:
            self.progress(self._tally())
            self._shown = now

    def _heed_stop(self) -> None:
        if self.stop.is_set():
            self.writer.flush()
            raise Interrupted(self._tally())

    def _feed(self, engine: Engine, waiting: Iterator[int]) -> bool:
        """Give out as many runs as there is room for; whether any are left."""
        for _ in range(engine.room()):
            run = next(waiting, None)
            if run is None:
                return False
            engine.give(run)
        return True

    def _take(self, outcome: Answer) -> None:
        self.settled[outcome.run] = True
        self.fresh += 1
        if outcome.failure is None:
            self.done += 1
        else:
            self.failed += 1
        self.writer.add(outcome)

    def _tally(self) -> Tally:
        seconds = time.monotonic() - self.began
        return Tally(self.total, self.done, self.failed, seconds, self.fresh)

    def _enough(self, replicates: int) -> bool:
        """Whether the stated precision is reached, judged by what is on the disk."""
        precision, base = self.experiment.precision, self.experiment.base
        if precision is None:
            return True
        columns = [shards.RUN, "year", precision.outcome]
        parts = []
        for path in shards.paths(self.place, self.ledger, "model"):
            frame = pq.read_table(path, columns=columns).to_pandas()
            last = frame[frame["year"] == base.until]
            parts.append(last.groupby(shards.RUN)[precision.outcome].last())
        ends = pd.concat(parts) if parts else pd.Series(dtype=float)
        return enough(self.experiment, ends, replicates)
