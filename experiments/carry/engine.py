"""Who carries out jobs, and the one loop that gives jobs out and takes what comes of them."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, Self

from divide.experiments.carry.pool import Pool
from divide.experiments.carry.threads import Threads
from divide.experiments.carry.worker import Task
from divide.experiments.keep.answer import Answer
from divide.model.declare.errors import InputError

#: Longest wait for an answer before other things get their turn, in seconds.
TURN = 0.2
#: Number of a job and its arguments.
Job = tuple[int, tuple[Any, ...]]


class Engine(Protocol):
    """What carries out jobs: worker processes, threads or a Dask cluster."""

    @property
    def in_hand(self) -> int:
        """Jobs that were given and not answered yet."""

    def room(self) -> int:
        """How many more jobs keep it busy."""

    def give(self, run: int, *arguments: Any) -> None:
        """Queue a job by its number."""

    def poll(self, timeout: float) -> list[Answer]:
        """What came of some jobs; waits up to `timeout` seconds for the first."""

    def take(self, task: Task) -> None:
        """Turn to another task; nothing is in hand."""

    def close(self) -> None:
        """End it, and drop what it has in hand."""


def answers(engine: Engine, jobs: Iterable[Job]) -> Iterator[list[Answer]]:
    """What comes of jobs until all are answered, at least every `TURN` seconds.

    Args:
        engine: Who carries them out; it is given as many at a time as keep it busy.
        jobs: What is to be done.
    """
    waiting, left = iter(jobs), True
    while True:
        left = left and _feed(engine, waiting)
        if not (left or engine.in_hand):
            return
        yield engine.poll(TURN)


def _feed(engine: Engine, waiting: Iterator[Job]) -> bool:
    """Give out as many jobs as there is room for; whether any may be left."""
    for _ in range(engine.room()):
        job = next(waiting, None)
        if job is None:
            return False
        engine.give(job[0], *job[1])
    return True


class Engines:
    """The engine of one experiment after another: workers are started once and stay warm.

    They are started when there is something to do, and end with the `with` block.

    Args:
        workers: Processes or threads; by default one a core.
        threads: Threads of this process instead of processes.
        dask: Address of a Dask scheduler whose workers carry out the runs.
        memory: Bytes that a worker process may use; by default its part of the machine's.

    Raises:
        InputError: A number is out of range, or two kinds are asked for.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        threads: bool = False,
        dask: str | None = None,
        memory: float | None = None,
    ) -> None:
        if workers is not None and not 1 <= workers <= 1024:
            raise InputError(f"--workers: {workers} is out of range (1 to 1024)")
        if threads and dask:
            raise InputError("--threads and --dask exclude each other")
        self.kind = "dask" if dask else "threads" if threads else "processes"
        self.count = workers or os.cpu_count() or 1
        self._dask, self._memory = dask, memory
        self._engine: Engine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def engine(self, task: Task, notice: Callable[[str], None] = lambda text: None) -> Engine:
        """The workers, ready for a task.

        Args:
            task: What they have to know; its jobs alone are given to them from now on.
            notice: Told in words of what was found amiss (of the first task on Dask).

        Raises:
            InputError: Dask is not installed, or nothing answers at the address.
        """
        if self._engine is not None and self._engine.in_hand:
            self._close()  # jobs of a task that was broken off
        if self._engine is None:
            self._engine = self._start(task, notice)
        else:
            self._engine.take(task)
        return self._engine

    def _start(self, task: Task, notice: Callable[[str], None]) -> Engine:
        if self._dask is not None:
            from divide.experiments.carry.dask import Cluster

            return Cluster(task, self._dask, notice)
        if self.kind == "threads":
            return Threads(task, self.count)
        return Pool(task, self.count, self._memory)

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
