"""Runs on a Dask cluster: the same runner, with chunks of runs as Dask tasks.

Inside each Dask worker a run is still done by a process of its own (see `crew`), so that a hang or
a crash costs one run there too. A Dask worker that dies costs the chunk it held, which Dask gives
to another.
"""

import pickle
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from divide.experiments.carry.machine import instructions, other_instructions
from divide.experiments.carry.pool import DEATHS, MEMORY, Crew, EngineError
from divide.experiments.carry.worker import Failure, Outcome, Task
from divide.experiments.keep.identity import differences, surroundings
from divide.model.declare.errors import InputError

#: Seconds of work in a chunk, and not more runs than this.
CHUNK, MOST = 2.0, 200
#: In a Dask worker: by thread, the sweep it works for and its process.
_crews: dict[int, tuple[tuple[str, str, float], Crew]] = {}


class Cluster:
    """The workers of a Dask scheduler (see `crew.Crew` for what the methods do).

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
        blob = pickle.dumps(task)
        # A task, not a scattered value: a value is lost with the workers that hold it.
        self._task = self._client.submit(pickle.loads, blob)
        self._surroundings = surroundings()
        self._queue: list[int] = []
        self._out: dict[Any, list[int]] = {}
        self._finished: SimpleQueue[Any] = SimpleQueue()
        self._deaths: Counter[int] = Counter()
        self._mean = 0.0

    @property
    def in_hand(self) -> int:
        """Runs that were given and not answered yet."""
        return len(self._queue) + sum(map(len, self._out.values()))

    def room(self) -> int:
        """How many more runs keep the workers busy."""
        workers = max(sum(self._client.ncores().values()), 1) if self._alive() else 0
        return 3 * workers * self._chunk() - self.in_hand

    def _chunk(self) -> int:
        return max(1, min(MOST, int(CHUNK / self._mean))) if self._mean else 1

    def _alive(self) -> bool:
        return self._client.status == "running"

    def give(self, run: int) -> None:
        """Queue a run."""
        self._queue.append(run)

    def _submit(self, runs: list[int]) -> None:
        call = partial(carry_out_chunk, expected=self._surroundings)
        future = self._client.submit(call, self._task, runs, pure=False)
        self._out[future] = runs
        future.add_done_callback(self._finished.put)

    def poll(self, timeout: float) -> list[Outcome]:
        """What came of some runs; waits up to `timeout` seconds for the first.

        Raises:
            EngineError: The scheduler is gone, or the workers cannot do the work.
        """
        if not self._alive():
            raise EngineError(f"the Dask scheduler at {self._address} is gone")
        while self._queue:
            size = self._chunk()
            chunk, self._queue = self._queue[:size], self._queue[size:]
            self._submit(chunk)
        found: list[Outcome] = []
        try:
            future = self._finished.get(timeout=timeout)
            while True:
                found += self._result(future)
                future = self._finished.get_nowait()
        except Empty:
            pass
        return found

    def _result(self, future: Any) -> list[Outcome]:
        runs = self._out.pop(future)
        found: list[Outcome]
        if future.status == "finished":
            try:
                processor, found = future.result()
            except self._killed:
                return self._after_deaths(runs)
            if processor not in self._processors:
                if self._processors:
                    self._notice(other_instructions("a worker", processor, self._processors[0]))
                self._processors.append(processor)
            for outcome in found:
                if outcome.failure is None:
                    self._mean = 0.9 * (self._mean or outcome.seconds) + 0.1 * outcome.seconds
            return found
        if future.status == "error":
            error = future.exception()
            if isinstance(error, self._killed):
                return self._after_deaths(runs)
            raise EngineError(f"Dask workers cannot do the work: {type(error).__name__}: {error}")
        if not self._alive():
            raise EngineError(f"the Dask scheduler at {self._address} is gone")
        self._queue[:0] = runs  # cancelled or lost on the way
        return []

    def _after_deaths(self, runs: list[int]) -> list[Outcome]:
        """Dask gave up on a chunk because its workers kept dying: try its runs one by one."""
        if len(runs) > 1:
            for run in runs:
                self._submit([run])
            return []
        self._deaths[runs[0]] += 1
        if self._deaths[runs[0]] < DEATHS:
            self._submit(runs)
            return []
        message = "the Dask workers that ran it kept dying, as when memory runs out"
        return [Outcome(runs[0], 0.0, failure=Failure("worker died", message))]

    def close(self) -> None:
        """Cancel what is under way and let the workers' processes go."""
        if self._alive():
            self._client.cancel(list(self._out))
            if not self._out:  # else the processes go by themselves, once they are idle
                with suppress(Exception):  # a worker that is gone has none
                    self._client.run(dismiss_all)
        self._client.close(timeout=5)


def carry_out_chunk(
    task: Task, runs: Sequence[int], expected: Mapping[str, str]
) -> tuple[str, list[Outcome]]:
    """Some runs, in a process that belongs to this thread of a Dask worker, and its processor.

    Raises:
        EngineError: This worker has another model, other data or other packages.
    """
    wrong = differences(expected, surroundings())
    if wrong:
        raise EngineError(f"a worker differs from the one who asks: {'; '.join(wrong)}")
    crew = _crew(task)
    for run in runs:
        crew.give(run)
    found: list[Outcome] = []
    try:
        while len(found) < len(runs):
            found += crew.poll(1.0)
    except BaseException:
        _dismiss()
        raise
    return instructions(), found


def _crew(task: Task) -> Crew:
    """The crew of this thread, hired anew for another sweep."""
    me, key = threading.get_ident(), (task.experiment.digest, task.simulate, task.limit_s)
    if me not in _crews or _crews[me][0] != key:
        _dismiss()
        _crews[me] = key, Crew(task, 1, _memory())
    return _crews[me][1]


def _memory() -> float | None:
    """Bytes that a run may use: this thread's part of what its Dask worker was given, if told."""
    from distributed import get_worker

    worker = get_worker()
    limit = worker.memory_manager.memory_limit
    return MEMORY * limit / worker.state.nthreads if limit else None


def _dismiss() -> None:
    """Let the process of this thread go."""
    _, crew = _crews.pop(threading.get_ident(), (None, None))
    if crew is not None:
        crew.close()


def dismiss_all() -> None:
    """Let the processes of this Dask worker go; it has nothing in hand."""
    while _crews:
        _, (_, crew) = _crews.popitem()
        crew.close()
