"""One session of an experiment: what is left is given out, and what comes back is kept."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from divide.experiments.carry.engine import Engine, answers
from divide.experiments.carry.progress import Listener, Progress
from divide.experiments.keep import shards
from divide.experiments.keep.answer import Answer
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.writer import Writer
from divide.experiments.plan.precision import enough

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

#: Seconds between two reports of progress.
SHOWN_EVERY = 0.1


class Interrupted(Exception):  # noqa: N818 - not an error: someone asked for it
    """Ctrl-C or a request to end; everything finished is acknowledged."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(f"{progress.done + progress.failed:,} of {progress.total:,} runs are kept")
        self.progress = progress


class Session:
    """One session of an experiment.

    Args:
        folder: Where runs are kept.
        ledger: The folder's, open for writing.
        experiment: What is carried out.
        start_engine: Called when there is something to do.
        stop: Set by a request to end.
        listener: Told of progress.
        retry: Run those that failed, and no others.
    """

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        experiment: "Experiment",
        start_engine: Callable[[], Engine],
        stop: threading.Event,
        listener: Listener | None,
        retry: bool,
    ) -> None:
        self.folder, self.ledger, self.experiment = folder, ledger, experiment
        self._start_engine = start_engine
        self._engine: Engine | None = None
        self.stop, self.listener = stop, listener
        self.writer = Writer(folder, ledger, experiment)
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

    def run(self) -> Progress:
        """Every round, until nothing is left to do."""
        size = len(self.experiment.points) * len(self.experiment.policies)
        for replicates in self.experiment.rounds:
            todo = self.numbers[self.numbers < replicates * size]
            self._run_round(todo[~self.settled[todo]])
            if replicates < self.experiment.rounds[-1] and self._enough(replicates):
                self.total = len(todo)
                self.ledger.note(total=self.total, at_most=False)
                break
        if self.listener is not None:
            self.listener(self._progress())
        return self._progress()

    def _run_round(self, todo: NDArray[np.int64]) -> None:
        if not len(todo):
            return
        if self._engine is None:
            self._engine = self._start_engine()
        try:
            for outcomes in answers(self._engine, ((int(run), ()) for run in todo)):
                for outcome in outcomes:
                    self._keep(outcome)
                self.writer.tick()
                self._report()
                self._end_if_asked()
        except StoreError:
            raise
        except BaseException:
            self.writer.flush()
            raise
        self.writer.flush()

    def _report(self) -> None:
        now = time.monotonic()
        if self.listener is not None and now - self._shown > SHOWN_EVERY:
            self.listener(self._progress())
            self._shown = now

    def _end_if_asked(self) -> None:
        if self.stop.is_set():
            self.writer.flush()
            raise Interrupted(self._progress())

    def _keep(self, outcome: Answer) -> None:
        self.settled[outcome.run] = True
        self.fresh += 1
        if outcome.failure is None:
            self.done += 1
        else:
            self.failed += 1
        self.writer.add(outcome)

    def _progress(self) -> Progress:
        seconds = time.monotonic() - self.began
        return Progress(self.total, self.done, self.failed, seconds, self.fresh)

    def _enough(self, replicates: int) -> bool:
        """Whether the stated precision is reached, judged by what is on the disk."""
        precision = self.experiment.precision
        if precision is None:
            return True
        files = shards.files(self.folder, self.ledger, "model")
        held = shards.Held(*self.ledger.done_in_parts())
        ends = shards.ends(files, held, [precision.outcome], self.experiment.base.until)
        return enough(self.experiment, ends[precision.outcome], replicates)
