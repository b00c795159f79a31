"""Worker processes that start clean, stop at once and never outlive the process they work for."""

import multiprocessing as mp
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from divide.experiments.carry.signals import stop_requests


class Workers:
    """Runs calls of one function, in other processes if there is a pool, else in this one."""

    def __init__(self, pool: ProcessPoolExecutor | None = None) -> None:
        self.pool = pool

    def each(
        self, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """Position of a job and its result, as they are done, in any order."""
        if self.pool is None:
            with stop_requests() as stop:
                for position, job in enumerate(jobs):
                    yield position, function(*job)
                    if stop.is_set():
                        raise KeyboardInterrupt
            return
        futures = {self.pool.submit(function, *job): k for k, job in enumerate(jobs)}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """`count` processes for as long as the block lasts.

    The result of a call must not depend on where it runs. On any exception, an interrupt
    included, what has not begun is dropped.
    """
    if count == 1:
        yield Workers()
        return
    pool = ProcessPoolExecutor(count, mp_context=_context(), initializer=_begin)
    try:
        yield Workers(pool)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _context() -> Any:
    """Processes that inherit no threads: a plain fork may deadlock beside a progress bar."""
    if "forkserver" not in mp.get_all_start_methods():
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["divide.calibration.fit.hindcast"])
    return context


def _begin() -> None:
    # Ctrl-C reaches every process of the terminal; only the first one answers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot say so: leave when its end of the pipe closes."""
    parent = mp.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
