"""One worker process as seen by the one who gives it work."""

import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from threading import Lock
from typing import Any

import psutil

from divide.experiments.carry.worker import STACK, Task, serve
from divide.experiments.keep.answer import Answer

#: Linear algebra on many threads would only get into the way of the other workers.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_starting = Lock()


def context(preload: str = Task.preload) -> Any:
    """How worker processes are started: clean, without the threads and locks of this one.

    Args:
        preload: Module that the process loads of which workers are forked. There is one such
            process, so the first one asked for counts.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([preload])
    return found


def start_server() -> None:
    """Let the process that workers are forked from load the model while we do other things."""
    if context().get_start_method() == "forkserver":
        with _starting, _for_work_alone():
            forkserver.ensure_running()


def stop_server() -> None:
    """End that process at once: while it loads, it does not notice that nobody waits for it."""
    server: Any = forkserver._forkserver  # there is no public way
    with _starting:
        if server._forkserver_pid is not None:
            with suppress(OSError):
                os.kill(server._forkserver_pid, signal.SIGKILL)
            server._stop()


class WorkerProcess:
    """A worker, the line to it, and the jobs it was given.

    Args:
        task: What it has to know.

    Attributes:
        held: Arguments of the jobs that it has not answered yet by number, the one it works on
            first.
        since: Monotonic time at which it began with the first of them.
        ready: Whether it has loaded the model and begun to work.
        size: Bytes of its last answer.
    """

    def __init__(self, task: Task) -> None:
        self.line, theirs = multiprocessing.Pipe()
        self._stack, trace = multiprocessing.Pipe(duplex=False)
        self.held: dict[int, tuple[Any, ...]] = {}
        self.since = time.monotonic()
        self.ready = False
        self.size = 0
        made = context(task.preload)
        self._process = made.Process(target=serve, args=(task, theirs, trace), daemon=True)
        with _starting, _for_work_alone(), _allowed_children():
            self._process.start()
        theirs.close()
        trace.close()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return int(self._process.pid)

    def give(self, run: int, arguments: tuple[Any, ...]) -> None:
        """Put a job into its line; one that is dead or dying is noticed when it is listened to."""
        if not self.held:
            self.since = time.monotonic()
        self.held[run] = arguments
        with suppress(OSError):
            self.line.send((run, arguments))

    def take(self, task: Task) -> None:
        """Turn it, which holds no job, to another task; it says when it is ready."""
        self.ready = False
        with suppress(OSError):
            self.line.send(task)

    def answer(self) -> Answer | None:
        """The next thing it has to say: an answer, or None that it is ready to begin.

        Waits for it; `connection.wait` tells whether there is anything.

        Raises:
            EOFError: It is dead, and everything that it had said has been handed out before.
        """
        try:
            data = self.line.recv_bytes()
        except OSError:
            raise EOFError from None
        said: Answer | None = pickle.loads(data)
        self.since, self.size = time.monotonic(), len(data)
        if said is None:
            self.ready = True
        else:
            del self.held[said.run]
        return said

    def busy_for(self) -> float:
        """Seconds since it began with the job it works on; 0 if it has none."""
        return time.monotonic() - self.since if self.ready and self.held else 0.0

    @property
    def stopped(self) -> bool:
        """Whether it is stopped, as by Ctrl-Z."""
        try:
            return psutil.Process(self.pid).status() in (
                psutil.STATUS_STOPPED,
                psutil.STATUS_TRACING_STOP,
            )
        except psutil.Error:  # it is dead, which its line will say
            return False

    def stack(self) -> str:
        """Where it is stuck: the Python stack of its job; empty if it does not answer."""
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
    """For the processes started meanwhile: one thread for libraries, no Ctrl-C or hang-up."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    resource_tracker.ensure_running()  # it would let Ctrl-C through again
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
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
