"""A pool of worker processes in which a death, a hang or a hunger for memory costs one job.

The pool of the standard library breaks as a whole when one of its workers is killed. Here every
worker has a line of its own, and the pool knows which jobs each holds: when a worker dies, the one
it worked on is tried again by another (the killer may have been a stranger), those waiting behind
it go back into the queue, and a new worker takes the place.
"""

import time
from collections import Counter, deque
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import Any

import psutil

from divide.experiments.carry.awake import STOPPED
from divide.experiments.carry.process import WorkerProcess
from divide.experiments.carry.worker import Task, grace, past_limit
from divide.experiments.keep.answer import Answer, Failure
from divide.experiments.keep.machine import machine_memory

#: Deaths of its worker after which a job is a failure.
DEATHS = 3
#: Seconds of work that wait in a worker's line, so that it never waits for us; at most so many.
AHEAD, MOST_AHEAD = 1.0, 256
#: While workers have work ahead, we sleep for this share of it, at most so long (seconds): to be
#: woken by every answer would take processor time from the jobs. Answers above so many bytes are
#: taken at once, or a full line would hold up its worker.
NAP, LONGEST_NAP, SMALL = 0.05, 0.05, 4_096
#: Seconds between looks at the workers' memory.
LOOK = 0.5
#: Share of the memory given to them that the workers may use together.
MEMORY = 0.9


class EngineError(RuntimeError):
    """The engine cannot go on; what is acknowledged is safe."""


class Pool:
    """Worker processes on this machine; they are started by the first `poll`.

    One thread polls and closes; any may give jobs, and call `wake` to have them begun at once.

    Args:
        task: What they have to know.
        workers: How many.
        memory: Bytes that one may use; by default its part of 90 % of the machine's.
    """

    def __init__(self, task: Task, workers: int, memory: float | None = None) -> None:
        self._task, self._count = task, workers
        self._memory = memory or MEMORY * machine_memory() / workers
        self._workers: list[WorkerProcess] = []
        self._queue: deque[tuple[int, tuple[Any, ...]]] = deque()
        self._deaths: Counter[int] = Counter()
        self._failed_starts = 0.0
        self._mean, self._size = 0.0, SMALL + 1
        self._looked = time.monotonic()
        self._woken, self._waker = Pipe(duplex=False)

    @property
    def in_hand(self) -> int:
        """Jobs that were given and not answered yet."""
        return len(self._queue) + sum(len(worker.held) for worker in self._workers)

    def room(self) -> int:
        """How many more jobs keep the workers busy."""
        return self._count * self._ahead() - self.in_hand

    def _ahead(self) -> int:
        if not self._mean:
            return 2
        return max(2, min(MOST_AHEAD, int(AHEAD / self._mean)))

    def give(self, run: int, *arguments: Any) -> None:
        """Queue a job by its number, which no other job in hand has."""
        self._queue.append((run, arguments))

    def take(self, task: Task) -> None:
        """Turn the workers to another task; no job is in hand."""
        self._task, self._mean, self._size = task, 0.0, SMALL + 1
        for worker in self._workers:
            worker.take(task)

    def wake(self) -> None:
        """Have what was given begun at once by a `poll` that waits in another thread."""
        self._waker.send_bytes(b"")

    def poll(self, timeout: float) -> list[Answer]:
        """What came of some jobs; waits up to `timeout` seconds for the first.

        Raises:
            EngineError: Workers die before they have begun to work.
        """
        while len(self._workers) < self._count:
            self._workers.append(WorkerProcess(self._task))
        self._deal()
        time.sleep(self._nap())
        found: list[Answer] = []
        while ready := wait([self._woken, *(worker.line for worker in self._workers)], timeout):
            timeout = 0.0
            if self._woken in ready:
                self._woken.recv_bytes()
            for worker in [worker for worker in self._workers if worker.line in ready]:
                found += self._listen(worker)
            self._deal()
        if time.monotonic() - self._looked > LOOK:
            self._allow_for_stops()
            found += self._over_memory()
        found += self._overdue()
        self._deal()
        return found

    def _listen(self, worker: WorkerProcess) -> list[Answer]:
        """What a worker has to say, or what follows from its death."""
        try:
            answer = worker.answer()
        except EOFError:
            return self._replace(worker)
        self._failed_starts = 0.0 if worker.ready else self._failed_starts
        if answer is None:
            return []
        self._deaths.pop(answer.run, None)
        if answer.failure is None:
            self._mean = 0.9 * (self._mean or answer.seconds) + 0.1 * answer.seconds
            self._size = worker.size
        return [answer]

    def _nap(self) -> float:
        """Seconds in which workers should neither want for work nor have a full line."""
        ahead = self._mean * min(len(worker.held) for worker in self._workers)
        return min(NAP * ahead, LONGEST_NAP) if self._size <= SMALL else 0.0

    def _deal(self) -> None:
        ahead = self._ahead()
        while self._queue:
            worker = min(self._workers, key=lambda worker: (len(worker.held), not worker.ready))
            if len(worker.held) >= ahead:
                return
            worker.give(*self._queue.popleft())

    def _replace(self, worker: WorkerProcess, failure: Failure | None = None) -> list[Answer]:
        """Replace a worker; its first job is tried again or, with a failure, given up."""
        seconds, held = worker.busy_for(), list(worker.held.items())
        how = worker.end()
        if not worker.ready:
            self._count_failed_start(how)
            self._queue.extendleft(reversed(held))
            held = []
        self._workers[self._workers.index(worker)] = WorkerProcess(self._task)
        if not held:
            return []
        first, *rest = held
        self._queue.extendleft(reversed(rest))
        run = first[0]
        if failure is None:
            self._deaths[run] += 1
            if self._deaths[run] < DEATHS:
                self._queue.appendleft(first)
                return []
            failure = Failure(
                "worker died",
                f"its worker died {DEATHS} times ({how}), as when memory runs out or compiled "
                "code crashes",
            )
        self._deaths.pop(run, None)
        return [Answer(run, seconds, failure=failure)]

    def _count_failed_start(self, how: str) -> None:
        # A signal comes from outside; a worker that ends by itself will do so again.
        self._failed_starts += 0.1 if how.startswith("signal") else 1
        if self._failed_starts >= DEATHS + self._count:
            raise EngineError(
                f"worker processes end ({how}) before they have begun; their complaints stand "
                'above. A script must start them under: if __name__ == "__main__":'
            )

    def _overdue(self) -> list[Answer]:
        """Kill workers whose job has slept through its alarm."""
        limit = self._task.limit_s
        return [
            answer
            for worker in list(self._workers)
            if worker.busy_for() > limit + grace(limit)
            for answer in self._replace(
                worker, Failure("time limit", past_limit(limit), worker.stack())
            )
        ]

    def _allow_for_stops(self) -> None:
        """Charge no job for the time in which its worker or this process was stopped."""
        now = time.monotonic()
        passed, self._looked = now - self._looked, now
        for worker in self._workers:
            if worker.stopped or passed > STOPPED:
                worker.since = min(worker.since + passed, now)

    def _over_memory(self) -> list[Answer]:
        """Kill workers that use more than their part of the memory."""
        found = []
        for worker in list(self._workers):
            try:
                used = psutil.Process(worker.pid).memory_info().rss
            except psutil.Error:  # it is dead, which its line will say
                continue
            if used > self._memory and worker.held:
                message = (
                    f"used {used / 2**20:,.0f} MiB of memory; a run may use "
                    f"{self._memory / 2**20:,.0f} MiB here"
                )
                found += self._replace(worker, Failure("memory", message, worker.stack()))
        return found

    def close(self) -> None:
        """End all workers; what they have in hand is not acknowledged and will be run again."""
        for worker in self._workers:
            worker.end()
        self._workers = []
        self._woken.close()
        self._waker.close()
