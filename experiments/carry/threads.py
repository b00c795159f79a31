"""Runs in threads of this process: no start-up time and one copy of the model in memory.

The model's compiled parts let go of Python's lock, so threads help. They cannot be killed: a run
past its time limit is recorded as a failure and left behind, and a new thread takes its place.
"""

import threading
import time
from contextlib import ExitStack
from queue import Empty, SimpleQueue

from divide.experiments.carry.worker import (
    SIMULATE,
    Failure,
    Outcome,
    Task,
    carry_out,
    one_thread,
    past_limit,
    warm_up,
)


class Threads:
    """Worker threads (see `crew.Crew` for what the methods do)."""

    def __init__(self, task: Task, workers: int) -> None:
        self._task = task
        self._todo: SimpleQueue[int | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[threading.Thread, Outcome]] = SimpleQueue()
        self._busy: dict[threading.Thread, tuple[int, float]] = {}
        self._threads: set[threading.Thread] = set()
        self._workers = workers
        self._given = 0
        if task.simulate == SIMULATE:
            warm_up()
        self._settings = ExitStack()
        self._settings.enter_context(one_thread())
        for _ in range(workers):
            self._hire()

    @property
    def in_hand(self) -> int:
        """Runs that were given and not answered yet."""
        return self._given

    def room(self) -> int:
        """How many more runs keep the threads busy."""
        return 64 * self._workers - self._given

    def give(self, run: int) -> None:
        """Queue a run."""
        self._given += 1
        self._todo.put(run)

    def _hire(self) -> None:
        # A daemon: a run that hangs must not keep the program from ending.
        thread = threading.Thread(target=self._work, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self) -> None:
        me = threading.current_thread()
        while (run := self._todo.get()) is not None:
            self._busy[me] = (run, time.monotonic())
            outcome = carry_out(self._task, run)
            self._busy.pop(me, None)
            self._answers.put((me, outcome))
            if me not in self._threads:  # given up meanwhile
                return

    def poll(self, timeout: float) -> list[Outcome]:
        """What came of some runs; waits up to `timeout` seconds for the first."""
        found: list[Outcome] = []
        try:
            answer = self._answers.get(timeout=timeout)
            while True:
                if answer[0] in self._threads:  # else its run is recorded as a failure already
                    found.append(answer[1])
                answer = self._answers.get_nowait()
        except Empty:
            pass
        for thread, (run, since) in list(self._busy.items()):
            passed = time.monotonic() - since
            if thread in self._threads and passed > self._task.limit_s:
                self._threads.discard(thread)
                self._busy.pop(thread, None)
                failure = Failure("time limit", past_limit(self._task.limit_s))
                found.append(Outcome(run, passed, failure=failure))
                self._hire()
        self._given -= len(found)
        return found

    def close(self) -> None:
        """Let the threads end after the run that each has in hand."""
        while True:
            try:
                self._todo.get_nowait()
            except Empty:
                break
        for _ in self._threads:
            self._todo.put(None)
        self._settings.close()
        self._threads.clear()
