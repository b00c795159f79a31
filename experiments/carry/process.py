"""One worker process as seen by the one who gives it work."""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from threading import Lock
from typing import Any

from divide.experiments.carry.worker import STACK, Outcome, serve

#: Linear algebra on many threads would only get into the way of the other workers.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_starting = Lock()


def start_server(preload: str = "divide.experiments.carry.preload") -> None:
    """Let the process that workers are forked from load the model while we do other things."""
    if _kind() == "forkserver":
        multiprocessing.get_context("forkserver").set_forkserver_preload([preload])
        with _starting, _for_work_alone():
            forkserver.ensure_running()


def _kind() -> Any:
    kinds = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in kinds else "spawn"


class Hand:
    """A worker, the line to it, and the runs it was given, the one in hand first.

    Args:
        task: The pickled `Task`.
        preload: Module that the process loads of which workers are forked. There is one such
            process, so the first one asked for counts.

    Attributes:
        held: Numbers of the runs it has not answered yet.
        since: Monotonic time at which it began with the first of them.
        ready: Whether it has loaded the model and begun to work.
    """

    def __init__(self, task: bytes, preload: str) -> None:
        context: Any = multiprocessing.get_context(_kind())
        context.set_forkserver_preload([preload])
        self.line, theirs = multiprocessing.Pipe()
        self._stack, trace = multiprocessing.Pipe(duplex=False)
        self.held: deque[int] = deque()
        self.since = time.monotonic()
        self.ready = False
        self._process = context.Process(target=serve, args=(task, theirs, trace), daemon=True)
        with _starting, _for_work_alone(), _allowed_children():
            self._process.start()
        theirs.close()
        trace.close()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return int(self._process.pid)

    def give(self, run: int) -> None:
        """Put a run into its line; one that is dead or dying is noticed when it is listened to."""
        if not self.held:
            self.since = time.monotonic()
        self.held.append(run)
        with suppress(OSError):
            self.line.send(run)

    def answer(self) -> Outcome | None:
        """The next thing it has to say: an outcome, or None that it is ready to begin.

        Waits for it; `connection.wait` tells whether there is anything.

        Raises:
            EOFError: It is dead, and everything that it had said has been handed out before.
        """
        try:
            said: Outcome | None = self.line.recv()
        except OSError:
            raise EOFError from None
        self.since = time.monotonic()
        if said is None:
            self.ready = True
        else:
            self.held.remove(said.run)
        return said

    def held_up(self) -> float:
        """Seconds since it began with the run it has in hand; 0 if it has none."""
        return time.monotonic() - self.since if self.ready and self.held else 0.0

    def stack(self) -> str:
        """Where it is stuck: the Python stack of the run in hand; empty if it does not answer."""
        with suppress(OSError):
            os.kill(self.pid, STACK)
            if self._stack.poll(1.0):
                time.sleep(0.05)  # until all of it is written
                return os.read(self._stack.fileno(), 65_536).decode(errors="replace")
        return ""

    def end(self) -> str:
        """Kill it, whatever it does; returns how it died in words."""
        self._process.kill()
        self._process.join(10)
        code = self._process.exitcode
        self.line.close()
        self._stack.close()
        if code is None:
            return "killed"
        return f"signal {-code}" if code < 0 else f"exit status {code}"


@contextmanager
def _for_work_alone() -> Iterator[None]:
    """For the processes started meanwhile: one thread for their libraries, and no Ctrl-C."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    resource_tracker.ensure_running()  # it would let Ctrl-C through again
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _allowed_children() -> Iterator[None]:
    """Let a worker of Dask, a daemon, have children; ours end with it (see `worker.serve`)."""
    config: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    daemon = config.pop("daemon", None)
    try:
        yield
    finally:
        if daemon is not None:
            config["daemon"] = daemon
