"""Runs the model for everybody on the page: few processes, one cache, no work done twice.

A run is a pure function of its scenario, so its result belongs to no session: whoever asks for the
same scenario gets the same object. Sessions ask with a rank. What a person waits for comes first;
intervals, explanations and guesses at the next move come after and never take the last free
worker, so that a key press finds one idle. While somebody waits nothing else runs: a run in the
background halts between two quarters, and is given up if its worker is needed.
"""

import heapq
import itertools
import multiprocessing
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any

from divide.app.visit.result import Dropped, Result, compute, warm
from divide.model.scenario import Scenario

WORKERS = 2
#: Results kept; one takes about 0.3 MB.
KEPT_RESULTS = 600
#: Scenarios that people may be waiting for at one time.
LONGEST_QUEUE = 64
#: Runs in the background that may wait at one time, so that explanations cannot pile up.
LONGEST_BACKGROUND = 2_000
#: Rest of the background after a move, in which the page is drawn (seconds).
QUIET = 0.15
#: Time that runs have to give up when the engine is closed (seconds).
PARTING = 0.1
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
    tries: int = field(compare=False, default=0)
    slot: int | None = field(compare=False, default=None)

    @property
    def running(self) -> bool:
        """Whether a worker has it."""
        return self.slot is not None


class Engine:
    """Worker processes behind a ranked queue and a cache.

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
        self._numbers = itertools.count()
        self._closed = False
        self._quiet_until = 0.0
        self._timer: threading.Timer | None = None
        # Fresh processes: a fork would copy the locks and sockets of the server's threads.
        self._spawn = multiprocessing.get_context("spawn")
        #: One of `GO`, `HALT` and `GIVE_UP` by slot of a running job.
        self._wishes = self._spawn.RawArray("b", workers)
        self._processes: set[Any] = set()
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        others = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(
            self.workers, self._spawn, initializer=_serve_the_parent, initargs=(self._wishes,)
        )
        for _ in range(self.workers):
            pool.submit(warm)
        self._processes = set(multiprocessing.active_children()) - others
        return pool

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
        if self._closed:
            return
        running = [job for job in self._jobs.values() if job.running]
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
        taken = {other.slot for other in self._jobs.values()}
        job.slot = min(set(range(self.workers)) - taken)
        self._wishes[job.slot] = GO
        job.tries += 1
        pool = self._pool
        try:
            work = pool.submit(_run, job.scenario, job.slot)
        except BrokenProcessPool:
            pool = self._replace(pool)
            work = pool.submit(_run, job.scenario, job.slot)
        work.add_done_callback(partial(self._ended, job, pool))
        return job

    def _ended(self, job: Job, pool: ProcessPoolExecutor, work: "Future[Result]") -> None:
        """A run has ended, one way or another."""
        if not work.cancelled() and isinstance(work.exception(), BrokenProcessPool):
            # The pool calls with its own lock held, which whoever submits may be waiting for.
            threading.Thread(target=self._finish, args=(job, work, pool), daemon=True).start()
        else:
            self._finish(job, work, pool)

    def _replace(self, broken: ProcessPoolExecutor) -> ProcessPoolExecutor:
        """A new pool for one that lost a process (the lock is held)."""
        if self._pool is broken:
            self._pool = self._start()
        return self._pool

    def _finish(self, job: Job, work: "Future[Result]", pool: ProcessPoolExecutor) -> None:
        error = None if work.cancelled() else work.exception()
        with self._lock:
            job.slot = None
            if self._closed or work.cancelled():
                job.future.cancel()
                return
            if isinstance(error, Dropped):
                job.tries -= 1
                if job.owners:
                    heapq.heappush(self._heap, job)
                else:
                    del self._jobs[job.scenario.digest]
                    job.future.cancel()
                self._pump()
                return
            if isinstance(error, BrokenProcessPool):
                self._replace(pool)
                if job.tries < 2:  # whoever killed the worker, the run deserves a second chance
                    heapq.heappush(self._heap, job)
                    self._pump()
                    return
            self._jobs.pop(job.scenario.digest, None)
            if error is None:
                self._remember(work.result())
            self._pump()
        if error is None:
            job.future.set_result(work.result())
        else:
            job.future.set_exception(RunFailed(f"{type(error).__name__}: {error}"))

    def _remember(self, result: Result) -> None:
        self.runs += 1
        self._cache[result.digest] = result
        while len(self._cache) > self.kept:
            self._cache.popitem(last=False)

    def close(self) -> None:
        """Stop the processes and release everybody who waits."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            for job in self._heap:
                job.future.cancel()
            self._heap.clear()
            self._jobs.clear()
            for slot in range(self.workers):
                self._wishes[slot] = GIVE_UP
        # Whoever runs gives up within a quarter and says so in a few bytes: nobody is killed in the
        # middle of a long answer, which the pool would wait for. Whoever still imports is killed.
        time.sleep(PARTING if self._processes else 0.0)
        for process in self._processes:
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _done(result: Result) -> "Future[Result]":
    future: Future[Result] = Future()
    future.set_result(result)
    return future


#: In a worker process: the engine's wishes by slot (see `Engine`).
_wishes: Any = None


def _run(scenario: Scenario, slot: int) -> Result:
    """Run a scenario in a worker process as the engine wishes."""

    def dropped() -> bool:
        while _wishes[slot] == HALT:
            time.sleep(LOOK)
        return bool(_wishes[slot] == GIVE_UP)

    return compute(scenario, dropped)


def _serve_the_parent(wishes: Any) -> None:
    """Leave Ctrl-C to the server, and end when the server ends, however it does."""
    import os
    import signal
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    global _wishes
    _wishes = wishes
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
