"""From outcomes to acknowledged runs: batches of them go into shards, then into the ledger."""

import sqlite3
import time
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from divide.experiments.keep import shards
from divide.experiments.keep.answer import Answer
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.guard import Guard
from divide.experiments.keep.ledger import Done, Failed, Ledger

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Run

#: A batch is written when the oldest of it has waited so long (seconds): at first soon, so that
#: little is lost, later more rarely, so that a long sweep has some hundred shards, not thousands.
SOONEST, LATEST, SHARE = 2.0, 30.0, 0.01
#: Or when it holds so many runs or bytes.
MOST_RUNS, MOST_BYTES = 5_000, 64_000_000


class Runs(Protocol):
    """What the runs are that a folder keeps: those of an experiment, or of a bank."""

    def digest_of(self, index: int, /) -> str:
        """Digest of all that decides what a run gives."""

    def run(self, index: int, /) -> "Run":
        """A run by its number."""


@dataclass
class Writer:
    """Keeps finished runs until they are worth a shard, and then acknowledges them.

    Attributes:
        folder: Where they are kept; its lock is held.
        done, failed: Runs acknowledged by this writer.
    """

    folder: Path
    ledger: Ledger
    experiment: Runs
    done: int = 0
    failed: int = 0

    def __post_init__(self) -> None:
        self._guard = Guard(self.folder)
        self._waiting: list[Answer] = []
        self._bytes = 0
        self._began = self._oldest = time.monotonic()

    def add(self, outcome: Answer) -> None:
        """Take over a finished run."""
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append(outcome)
        if outcome.failure is None:
            self._bytes += sum(map(len, outcome.value.tables.values()))
        if len(self._waiting) >= MOST_RUNS or self._bytes >= MOST_BYTES:
            self.flush()

    def tick(self) -> None:
        """Write what has waited long enough."""
        now = time.monotonic()
        patience = min(max(SHARE * (now - self._began), SOONEST), LATEST)
        if self._waiting and now - self._oldest >= patience:
            self.flush()

    def flush(self) -> None:
        """Write and acknowledge everything.

        Raises:
            StoreError: The disk is full or fails, or the folder was moved or replaced. Runs not
                acknowledged will be run again.
        """
        if not self._waiting:
            return
        self._guard.check()
        try:
            self._acknowledge(sorted(self._waiting, key=lambda outcome: outcome.run))
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror or error}") from error
        except sqlite3.OperationalError as error:
            raise StoreError(f"{self.folder}: {error}") from error
        self._waiting, self._bytes = [], 0

    def _acknowledge(self, outcomes: list[Answer]) -> None:
        good = [outcome for outcome in outcomes if outcome.failure is None]
        bad = [outcome for outcome in outcomes if outcome.failure is not None]
        part = self.ledger.next_part()
        pieces: dict[str, list[bytes]] = {}
        for outcome in good:
            for name, piece in outcome.value.tables.items():
                pieces.setdefault(name, []).append(piece)
        notes = [shards.Note(o.run, o.value.content, o.seconds) for o in good]
        keeper = min(pieces, default="")
        written = [
            shards.write(self.folder, name, part, own, notes if name == keeper else ())
            for name, own in pieces.items()
        ]
        self._guard.check()  # they stand beside the ledger that will speak of them
        digest = self.experiment.digest_of
        done = [Done(o.run, digest(o.run), part, o.value.content, o.seconds) for o in good]
        self.ledger.acknowledge(written, done, [self._failure(outcome) for outcome in bad])
        self.done += len(good)
        self.failed += len(bad)

    def _failure(self, outcome: Answer) -> Failed:
        """A failure with everything that is needed to run it again by hand."""
        failure = outcome.failure
        if failure is None:
            raise ValueError(f"run {outcome.run} did not fail")
        digest = self.experiment.digest_of(outcome.run)
        said = (outcome.run, digest, failure.kind, failure.message, failure.traceback)
        try:
            run = self.experiment.run(outcome.run)
        except Exception:  # what cannot be made cannot be described
            return Failed(*said, None, None, None, None, None, outcome.seconds)
        scenario = dumps(run.scenario.as_dict(), sort_keys=True)
        place = (run.policy, run.point, run.replicate, run.scenario.seed)
        return Failed(*said, *place, scenario, outcome.seconds)
