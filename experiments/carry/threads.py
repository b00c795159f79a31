"""Jobs in threads of this process: no start-up time and one copy of the model in memory.

The model's compiled parts let go of Python's lock, so threads help. They cannot be killed: a job
past its time limit is recorded as a failure and left behind, and a new thread takes its place.
"""

import threading
import time
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import Any

from divide.experiments.carry.awake import STOPPED
from divide.experiments.carry.worker import Task, carry_out, one_thread, past_limit
from divide.experiments.keep.answer import Answer, Failure


class Threads:
    """Worker threads (see `pool.Pool` for what the methods do)."""

    def __init__(self, task: Task, workers: int) -> None:
        self._task = task
        self._todo: SimpleQueue[tuple[int, tuple[Any, ...]] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[threading.Thread, Answer]] = SimpleQueue()
        self._busy: dict[threading.Thread, tuple[int, float]] = {}
        self._threads: set[threading.Thread] = set()
        self._workers = workers
        self._given = 0
        self._looked = time.monotonic()
        task.warm_up()
        self._settings = ExitStack()
        self._settings.enter_context(one_thread())
        for _ in range(workers):
            self._start()

    @property
    def in_hand(self) -> int:
        """Jobs that were given and not answered yet."""
        return self._given

    def room(self) -> int:
        """How many more jobs keep the threads busy."""
        return 64 * self._workers - self._given

    def give(self, run: int, *arguments: Any) -> None:
        """Queue a job."""
        self._given += 1
        self._todo.put((run, arguments))

    def take(self, task: Task) -> None:
        """Turn the threads to another task; no job is in hand."""
        self._task = task
        task.warm_up()

    def _start(self) -> None:
        # A daemon: a job that hangs must not keep the program from ending.
        thread = threading.Thread(target=self._work, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self) -> None:
        me = threading.current_thread()
        while (job := self._todo.get()) is not None:
            self._busy[me] = (job[0], time.monotonic())
            answer = carry_out(self._task, *job)
            self._busy.pop(me, None)
            self._answers.put((me, answer))
            if me not in self._threads:  # given up meanwhile
                return

    def poll(self, timeout: float) -> list[Answer]:
        """What came of some jobs; waits up to `timeout` seconds for the first."""
        found: list[Answer] = []
        try:
            thread, answer = self._answers.get(timeout=timeout)
            while True:
                if thread in self._threads:  # else its job is recorded as a failure already
                    found.append(answer)
                thread, answer = self._answers.get_nowait()
        except Empty:
            pass
        now = time.monotonic()
        stopped, self._looked = now - self._looked, now
        for thread, (run, since) in list(self._busy.items()):
            if stopped > STOPPED:
                since = min(since + stopped, now)
                self._busy[thread] = run, since
            passed = now - since
            if thread in self._threads and passed > self._task.limit_s:
                self._threads.discard(thread)
                self._busy.pop(thread, None)
                failure = Failure("time limit", past_limit(self._task.limit_s))
                found.append(Answer(run, passed, failure=failure))
                self._start()
        self._given -= len(found)
        return found

    def close(self) -> None:
        """Let the threads end after the job that each has in hand."""
        while True:
            try:
                self._todo.get_nowait()
            except Empty:
                break
        for _ in self._threads:
            self._todo.put(None)
        self._settings.close()
        self._threads.clear()
