"""Calls of a function with many arguments, in worker processes or in this one."""

import reprlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

from divide.experiments.carry.engine import answers
from divide.experiments.carry.pool import Pool
from divide.experiments.carry.signals import stop_requests
from divide.experiments.carry.worker import Task, carry_out, one_thread
from divide.experiments.keep.answer import Answer

#: Arguments of a call.
Job = tuple[Any, ...]


class JobError(RuntimeError):
    """A call raised an exception, or its worker died again and again."""


class Workers:
    """Who carries out calls: worker processes, or with one worker this process.

    The result of a call must not depend on where it runs. Processes are started by the first call
    and end with the `with` block.

    Args:
        count: How many.
    """

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._pool: Pool | None = None
        self._given = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def each(self, function: Callable[..., Any], jobs: Sequence[Job]) -> Iterator[Answer]:
        """The answer to each job as it is done, in any order; `run` is its position.

        Args:
            function: One of a module, since it is pickled by name.
            jobs: Arguments of each call.

        Raises:
            JobError: A call failed; everything that was finished has been handed out before.
            EngineError: Workers cannot be started.
            KeyboardInterrupt: By Ctrl-C or a request to end, between two calls.
        """
        carry_out_all = self._here if self.count == 1 else self._in_processes
        with stop_requests() as stop:
            for found in carry_out_all(function, jobs):
                for answer in sorted(found, key=lambda answer: answer.failure is not None):
                    if answer.failure is not None:
                        raise _error(function, jobs[answer.run], answer)
                    yield answer
                if stop.is_set():
                    raise KeyboardInterrupt

    def map(
        self,
        function: Callable[..., Any],
        jobs: Sequence[Job],
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Any]:
        """Results in the order of the jobs (see `each`).

        Args:
            function: One of a module.
            jobs: Arguments of each call.
            progress: Told (calls done, calls in all) after each.
        """
        results: list[Any] = [None] * len(jobs)
        for done, answer in enumerate(self.each(function, jobs), start=1):
            results[answer.run] = answer.value
            if progress is not None:
                progress(done, len(jobs))
        return results

    def _here(self, function: Callable[..., Any], jobs: Sequence[Job]) -> Iterator[list[Answer]]:
        task = Task(_call)
        for position, job in enumerate(jobs):
            with one_thread():  # as in a worker process
                answer = carry_out(task, position, (function, job))
            yield [answer]

    def _in_processes(
        self, function: Callable[..., Any], jobs: Sequence[Job]
    ) -> Iterator[list[Answer]]:
        pool = self._pool = self._pool or Pool(Task(_call), self.count)
        first = self._given
        # Numbers go on, so that no answer to calls that were given up is taken for one of ours.
        self._given += len(jobs)
        given = ((first + position, (function, job)) for position, job in enumerate(jobs))
        for found in answers(pool, given):
            yield [replace(each, run=each.run - first) for each in found if each.run >= first]


def _call(run: int, function: Callable[..., Any], job: Job) -> Any:
    """A call as a job of the pool; its number is of no account."""
    return function(*job)


def _error(function: Callable[..., Any], job: Job, answer: Answer) -> JobError:
    failure = answer.failure
    error = JobError(f"{function.__name__}{reprlib.repr(job)}: {failure.message}")  # type: ignore[union-attr]
    error.add_note(failure.traceback)  # type: ignore[union-attr]
    return error
