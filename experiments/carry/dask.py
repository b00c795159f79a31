"""Jobs on a Dask cluster, in chunks that are Dask tasks.

Inside each Dask worker a job is still done by a process of its own (see `pool`), so that a hang or
a crash costs one job there too. A Dask worker that dies costs the chunk it held, which Dask gives
to another.
"""

import hashlib
import pickle
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from divide.experiments.carry.engine import Job
from divide.experiments.carry.pool import DEATHS, MEMORY, EngineError, Pool
from divide.experiments.carry.worker import Task
from divide.experiments.keep.answer import Answer, Failure
from divide.experiments.keep.identity import differences, surroundings
from divide.experiments.keep.machine import instructions, other_instructions
from divide.model.declare.errors import InputError

#: Seconds of work in a chunk, and not more jobs than this.
CHUNK, MOST = 2.0, 200
#: In a Dask worker: by thread, the digest of the task it works on and its pool of one process.
_pools: dict[int, tuple[str, Pool]] = {}


class Cluster:
    """The workers of a Dask scheduler (see `pool.Pool` for what the methods do).

    Args:
        task: What the workers have to know.
        address: Of the scheduler, such as "tcp://10.0.0.1:8786", or a client's.
        notice: Told of each kind of processor that rounds otherwise than the first worker's.

    Raises:
        InputError: Dask is not installed, or nothing answers at the address.
    """

    def __init__(self, task: Task, address: str, notice: Callable[[str], None]) -> None:
        try:
            import distributed
        except ImportError:
            raise InputError(
                "--dask: Dask is not installed; install digital-divide-abm[cluster]"
            ) from None
        self._killed = distributed.KilledWorker
        try:
            self._client = distributed.Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"--dask {address}: no scheduler answers there: {error}") from None
        self._address, self._notice = address, notice
        self._processors: list[str] = []
        self.take(task)
        self._surroundings = surroundings()
        self._queue: list[Job] = []
        self._out: dict[Any, list[Job]] = {}
        self._finished: SimpleQueue[Any] = SimpleQueue()
        self._deaths: Counter[int] = Counter()

    @property
    def in_hand(self) -> int:
        """Jobs that were given and not answered yet."""
        return len(self._queue) + sum(map(len, self._out.values()))

    def room(self) -> int:
        """How many more jobs keep the workers busy."""
        workers = max(sum(self._client.ncores().values()), 1) if self._alive() else 0
        return 3 * workers * self._chunk() - self.in_hand

    def _chunk(self) -> int:
        return max(1, min(MOST, int(CHUNK / self._mean))) if self._mean else 1

    def _alive(self) -> bool:
        return self._client.status == "running"

    def give(self, run: int, *arguments: Any) -> None:
        """Queue a job."""
        self._queue.append((run, arguments))

    def take(self, task: Task) -> None:
        """Turn the workers to another task; no job is in hand."""
        blob = pickle.dumps(task)
        self._digest = hashlib.sha256(blob).hexdigest()
        # A task, not a scattered value: a value is lost with the workers that hold it.
        self._task = self._client.submit(pickle.loads, blob)
        self._mean = 0.0

    def _submit(self, jobs: list[Job]) -> None:
        call = partial(carry_out_chunk, digest=self._digest, expected=self._surroundings)
        future = self._client.submit(call, self._task, jobs, pure=False)
        self._out[future] = jobs
        future.add_done_callback(self._finished.put)

    def poll(self, timeout: float) -> list[Answer]:
        """What came of some jobs; waits up to `timeout` seconds for the first.

        Raises:
            EngineError: The scheduler is gone, or the workers cannot do the work.
        """
        if not self._alive():
            raise self._gone()
        while self._queue:
            size = self._chunk()
            chunk, self._queue = self._queue[:size], self._queue[size:]
            self._submit(chunk)
        found: list[Answer] = []
        try:
            future = self._finished.get(timeout=timeout)
            while True:
                found += self._result(future)
                future = self._finished.get_nowait()
        except Empty:
            pass
        return found

    def _result(self, future: Any) -> list[Answer]:
        jobs = self._out.pop(future)
        found: list[Answer]
        if future.status == "finished":
            try:
                processor, found = future.result()
            except self._killed:
                return self._after_deaths(jobs)
            except OSError:  # the connection broke while the answer was fetched
                raise self._gone() from None
            if processor not in self._processors:
                if self._processors:
                    self._notice(other_instructions("a worker", processor, self._processors[0]))
                self._processors.append(processor)
            for answer in found:
                if answer.failure is None:
                    self._mean = 0.9 * (self._mean or answer.seconds) + 0.1 * answer.seconds
            return found
        if future.status == "error":
            error = future.exception()
            if isinstance(error, self._killed):
                return self._after_deaths(jobs)
            raise EngineError(f"Dask workers cannot do the work: {type(error).__name__}: {error}")
        if not self._alive():
            raise self._gone()
        self._queue[:0] = jobs  # cancelled or lost on the way
        return []

    def _gone(self) -> EngineError:
        return EngineError(f"the Dask scheduler at {self._address} is gone")

    def _after_deaths(self, jobs: list[Job]) -> list[Answer]:
        """Dask gave up on a chunk because its workers kept dying: try its jobs one by one."""
        if len(jobs) > 1:
            for job in jobs:
                self._submit([job])
            return []
        run = jobs[0][0]
        self._deaths[run] += 1
        if self._deaths[run] < DEATHS:
            self._submit(jobs)
            return []
        message = "the Dask workers that ran it kept dying, as when memory runs out"
        return [Answer(run, 0.0, failure=Failure("worker died", message))]

    def close(self) -> None:
        """Cancel what is under way and let the workers' processes go."""
        if self._alive():
            self._client.cancel(list(self._out))
            if not self._out:  # else the processes go by themselves, once they are idle
                with suppress(Exception):  # a worker that is gone has none
                    self._client.run(dismiss_all)
        self._client.close(timeout=5)


def carry_out_chunk(
    task: Task, jobs: Sequence[Job], digest: str, expected: Mapping[str, str]
) -> tuple[str, list[Answer]]:
    """Some jobs, in a process that belongs to this thread of a Dask worker, and its processor.

    Args:
        task: What to do with them.
        jobs: Number and arguments of each.
        digest: Of the task.
        expected: Versions and digests of the one who asks.

    Raises:
        EngineError: This worker has another model, other data or other packages.
    """
    wrong = differences(expected, surroundings())
    if wrong:
        raise EngineError(f"a worker differs from the one who asks: {'; '.join(wrong)}")
    pool = _pool(task, digest)
    for run, arguments in jobs:
        pool.give(run, *arguments)
    found: list[Answer] = []
    try:
        while len(found) < len(jobs):
            found += pool.poll(1.0)
    except BaseException:
        _dismiss()
        raise
    return instructions(), found


def _pool(task: Task, digest: str) -> Pool:
    """The pool of this thread, turned to the task."""
    me = threading.get_ident()
    if me not in _pools:
        _pools[me] = digest, Pool(task, 1, _memory())
    elif _pools[me][0] != digest:
        _pools[me][1].take(task)
        _pools[me] = digest, _pools[me][1]
    return _pools[me][1]


def _memory() -> float | None:
    """Bytes that a job may use: this thread's part of what its Dask worker was given, if told."""
    from distributed import get_worker

    worker = get_worker()
    limit = worker.memory_manager.memory_limit
    return MEMORY * limit / worker.state.nthreads if limit else None


def _dismiss() -> None:
    """Let the process of this thread go."""
    _, pool = _pools.pop(threading.get_ident(), (None, None))
    if pool is not None:
        pool.close()


def dismiss_all() -> None:
    """Let the processes of this Dask worker go; it has nothing in hand."""
    while _pools:
        _, (_, pool) = _pools.popitem()
        pool.close()
