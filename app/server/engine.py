"""Runs the model for everybody on the page: few processes, one cache, no work done twice.

A run is a pure function of its scenario, so its result belongs to no session: whoever asks for the
same scenario gets the same object. Sessions ask with a rank. What a person waits for comes first;
intervals, explanations and guesses at the next move come after and never take the last free
worker, so that a key press finds one idle. While somebody waits nothing else runs: a run in the
background halts between two quarters, and is given up if its worker is needed.
"""

import heapq
import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, MutableSequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial

from divide.app.visit.result import Dropped, Result, warm
from divide.app.visit.terms import work_of
from divide.experiments.carry.pool import Pool
from divide.experiments.carry.process import context
from divide.experiments.carry.worker import Task
from divide.experiments.keep.answer import Answer
from divide.model.scenario import Scenario

WORKERS = 2
#: Results kept; one takes about 0.6 MB.
KEPT_RESULTS = 400
#: Scenarios that people may be waiting for at one time.
LONGEST_QUEUE = 64
#: Runs in the background that may wait at one time, so that explanations cannot pile up.
LONGEST_BACKGROUND = 2_000
#: Rest of the background after a move, in which the page is drawn (seconds).
QUIET = 0.15
#: Seconds that the pool waits for an answer before it looks after its workers.
TURN = 0.5
#: Seconds in which the processes end when the engine is closed; those that start just now follow.
PARTING = 5.0
#: Wishes of the engine to a running job.
GO, HALT, GIVE_UP = 0, 1, 2
#: How often a halted run looks whether it may go on (seconds).
LOOK = 0.003


class Busy(RuntimeError):  # noqa: N818 - a state, not a fault
    """More people are waiting than the machine can serve."""


class RunFailed(RuntimeError):  # noqa: N818 - as it reads
    """The model could not run a scenario."""


class Rank(IntEnum):
    """How soon a run is wanted."""

    SHOWN = 0
    NEXT = 1
    INTERVAL = 2
    WHY = 3
    GUESS = 4


@dataclass(order=True)
class Job:
    """A run that somebody waits for; `owners` are those who still do."""

    rank: Rank
    number: int
    scenario: Scenario = field(compare=False)
    future: "Future[Result]" = field(compare=False)
    owners: set[Hashable] = field(compare=False, default_factory=set)
    slot: int = field(compare=False, default=-1)

    @property
    def running(self) -> bool:
        """Whether a worker has it."""
        return self.slot >= 0


class Engine:
    """A ranked queue and a cache before the process pool, which gets a run when one is free.

    Args:
        workers: Processes that run the model.
        kept: Results in the cache; the least recently used goes first.
        longest: Scenarios people may wait for before `Busy` is raised.
    """

    def __init__(
        self, workers: int = WORKERS, kept: int = KEPT_RESULTS, longest: int = LONGEST_QUEUE
    ) -> None:
        self.workers, self.kept, self.longest = workers, kept, longest
        self.runs = 0
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, Result] = OrderedDict()
        self._heap: list[Job] = []
        self._jobs: dict[str, Job] = {}
        self._running: dict[int, Job] = {}
        self._numbers = itertools.count()
        self._closed = False
        self._quiet_until = 0.0
        self._timer: threading.Timer | None = None
        #: Why no run can be made any more; empty while the pool works.
        self._broken = ""
        #: One of `GO`, `HALT` and `GIVE_UP` by slot of a running job, shared with the workers.
        self._wishes: MutableSequence[int] = context().RawArray("b", workers)
        self._pool = Pool(Task(partial(_run, self._wishes), warm), workers)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._start()

    def _start(self) -> None:
        self._thread.start()

    def _work(self) -> None:
        """Take answers until the engine is closed (in a thread of its own)."""
        try:
            while not self._closed:
                for answer in self._pool.poll(TURN):
                    self._take(answer)
        except Exception as error:  # whoever waits must be told
            self._break(f"{type(error).__name__}: {error}")
        finally:
            self._pool.close()

    def cached(self, scenario: Scenario) -> Result | None:
        """The result if it is at hand."""
        with self._lock:
            found = self._cache.get(scenario.digest)
            if found is not None:
                self._cache.move_to_end(scenario.digest)
            return found

    def request(self, scenario: Scenario, rank: Rank, owner: Hashable) -> "Future[Result]":
        """The result, now or later.

        Raises:
            Busy: The queue is full.
        """
        with self._lock:
            found = self.cached(scenario)
            if found is not None:
                return _done(found)
            if self._broken:
                return _failed(self._broken)
            job = self._jobs.get(scenario.digest)
            if job is None:
                self._refuse_if_full(rank)
                job = Job(rank, next(self._numbers), scenario, Future())
                self._jobs[scenario.digest] = job
                heapq.heappush(self._heap, job)
            elif rank < job.rank:
                job.rank = rank
                heapq.heapify(self._heap)
            job.owners.add(owner)
            self._pump()
            return job.future

    def quiet(self) -> None:
        """A visitor has moved: nothing runs in the background while the page is drawn."""
        with self._lock:
            self._quiet_until = time.monotonic() + QUIET
            self._pump()

    def _pump_later(self, wait: float) -> None:
        """Look again when the rest is over (the lock is held)."""
        if self._timer is None:
            self._timer = threading.Timer(wait, self._rested)
            self._timer.daemon = True
            self._timer.start()

    def _rested(self) -> None:
        with self._lock:
            self._timer = None
            self._pump()

    def _refuse_if_full(self, rank: Rank) -> None:
        waiting = sum(1 for job in self._heap if (job.rank == Rank.SHOWN) == (rank == Rank.SHOWN))
        if waiting >= (self.longest if rank == Rank.SHOWN else LONGEST_BACKGROUND):
            raise Busy

    def forget(self, owner: Hashable, keep: Callable[[str], bool] = lambda digest: False) -> None:
        """Drop what an owner waits for and nobody else wants; runs under way are given up."""
        with self._lock:
            for digest, job in list(self._jobs.items()):
                if owner in job.owners and not keep(digest):
                    job.owners.discard(owner)
                    if job.owners:
                        continue
                    if job.running:
                        self._wish(job, GIVE_UP)
                    else:
                        del self._jobs[digest]
                        self._heap.remove(job)
                        job.future.cancel()
            heapq.heapify(self._heap)

    @property
    def waiting(self) -> int:
        """Runs that are queued or under way."""
        with self._lock:
            return len(self._jobs)

    def _pump(self) -> None:
        """Give free workers the runs that are wanted soonest (the lock is held)."""
        if self._closed or self._broken:
            return
        running = list(self._running.values())
        while self._heap and self._heap[0].rank == Rank.SHOWN and len(running) < self.workers:
            running.append(self._begin())
        rest = self._quiet_until - time.monotonic()
        background = [job for job in running if job.rank > Rank.SHOWN]
        calm = len(background) == len(running) and rest <= 0
        needed = bool(self._heap) and self._heap[0].rank == Rank.SHOWN
        for job in running:
            self._wish(job, GO if calm or job.rank == Rank.SHOWN else HALT)
        for job in background if needed else ():
            self._wish(job, GIVE_UP)
        if calm:
            room = max(1, self.workers - 1) - len(background)
            for _ in range(min(room, len(self._heap))):
                self._begin()
        elif rest > 0:
            self._pump_later(rest)

    def _wish(self, job: Job, wish: int) -> None:
        # Whoever nobody waits for has been given up already.
        self._wishes[job.slot] = wish if job.owners else GIVE_UP

    def _begin(self) -> Job:
        """Give the run at the head of the queue to a free worker (the lock is held)."""
        job = heapq.heappop(self._heap)
        taken = {other.slot for other in self._running.values()}
        job.slot = min(set(range(self.workers)) - taken)
        self._wishes[job.slot] = GO
        self._running[job.number] = job
        self._pool.give(job.number, job.scenario, job.slot)
        self._pool.wake()
        return job

    def _take(self, answer: Answer) -> None:
        """A run has ended, one way or another."""
        with self._lock:
            job = self._running.pop(answer.run)
            job.slot = -1
            if self._closed:
                return
            dropped = answer.failure is None and answer.value is None
            if dropped and job.owners:
                heapq.heappush(self._heap, job)
            else:
                del self._jobs[job.scenario.digest]
            if answer.value is not None:
                self._remember(answer.value)
            self._pump()
        if answer.failure is not None:
            job.future.set_exception(RunFailed(answer.failure.message))
        elif answer.value is not None:
            job.future.set_result(answer.value)
        elif not job.owners:
            job.future.cancel()

    def _break(self, why: str) -> None:
        """Tell everybody that no worker can be started."""
        with self._lock:
            self._broken = why
            jobs = list(self._jobs.values())
            self._heap.clear()
            self._jobs.clear()
        for job in jobs:
            job.future.set_exception(RunFailed(why))

    def _remember(self, result: Result) -> None:
        self.runs += 1
        self._cache[result.digest] = result
        while len(self._cache) > self.kept:
            self._cache.popitem(last=False)

    def close(self) -> None:
        """Stop the processes and release everybody who waits."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            for job in self._jobs.values():
                job.future.cancel()
            self._heap.clear()
            self._jobs.clear()
            with suppress(OSError):  # the pool has seen it already
                self._pool.wake()
        if self._thread.is_alive():
            self._thread.join(PARTING)


def _done(result: Result) -> "Future[Result]":
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _failed(why: str) -> "Future[Result]":
    future: Future[Result] = Future()
    future.set_exception(RunFailed(why))
    return future


def _run(wishes: MutableSequence[int], run: int, scenario: Scenario, slot: int) -> Result | None:
    """Run a scenario in a worker process as the engine wishes; None if it was given up."""

    def dropped() -> bool:
        while wishes[slot] == HALT:
            time.sleep(LOOK)
        return wishes[slot] == GIVE_UP

    try:
        return work_of(scenario)(scenario, dropped)
    except Dropped:
        return None
