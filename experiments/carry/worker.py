"""What a worker does: one job after another, and nothing that a job does gets out of it.

An exception, a number that is not finite and a job past its time limit become a `Failure`. What
takes the whole process away (a signal, the memory) is seen from outside, by `pool`.
"""

import contextlib
import ctypes
import faulthandler
import gc
import math
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from threadpoolctl import threadpool_limits

from divide.experiments.carry.awake import Awake
from divide.experiments.keep.answer import Answer, Failure
from divide.model.declare.extension import Extension
from divide.model.declare.registry import known

#: A worker without work for so long (seconds) leaves: whoever started it may be gone.
IDLE = 600.0
#: Longest time between two looks at the clock of a job, in seconds.
LOOK = 0.5
#: Makes a worker write its stack.
STACK = signal.SIGUSR1
#: Not more than this of a message or traceback is kept, in characters.
_MOST_TEXT = 20_000


@cache
def warm_up() -> None:
    """Load the model and its compiled code, so that no job is charged for it; once a process."""
    from divide.experiments.carry.compiling import share
    from divide.model.model import DigitalDivideModel
    from divide.model.scenario import Scenario

    share()
    _ = DigitalDivideModel(Scenario(start=2021, until=2022, firms=200, platforms=20)).run().model


@dataclass(frozen=True)
class Task:
    """Work of one kind, sent to each worker before its first job.

    Attributes:
        function: Called with the number of a job and its arguments; what it returns is the answer.
            A function of a module or a `partial` of one, since it is pickled.
        warm_up: Called once before the first job.
        limit_s: Seconds after which a job is given up.
        preload: Module loaded once by the process that workers are forked from.
        extensions: Extensions of the model that workers know, those that are known here.
    """

    function: Callable[..., Any]
    warm_up: Callable[[], object] = warm_up
    limit_s: float = math.inf
    preload: str = "divide.experiments.carry.preload"
    extensions: tuple[Extension, ...] = field(default_factory=lambda: tuple(known().values()))


class TimeLimit(BaseException):  # `except Exception` must not catch it
    """Raised inside a job that has had its time."""


def carry_out(task: Task, run: int, arguments: tuple[Any, ...] = ()) -> Answer:
    """One job, whatever it does; raises nothing but KeyboardInterrupt."""
    start = time.monotonic()
    try:
        value = task.function(run, *arguments)
        return Answer(run, time.monotonic() - start, value)
    except TimeLimit:
        failure = Failure("time limit", past_limit(task.limit_s), traceback.format_exc())
    except FloatingPointError as error:
        failure = Failure("not finite", _text(error), traceback.format_exc())
    except MemoryError as error:
        failure = Failure("memory", _text(error), traceback.format_exc())
    except (Exception, SystemExit) as error:  # whatever a job raises costs that job alone
        failure = _exception(error)
    return Answer(run, time.monotonic() - start, failure=failure)


def past_limit(limit_s: float) -> str:
    """What is said of a job that takes too long."""
    return f"took longer than {limit_s:g} s, the limit of the experiment"


def _exception(error: BaseException) -> Failure:
    return Failure("exception", f"{type(error).__name__}: {_text(error)}", _trace())


def _text(error: BaseException) -> str:
    """What an error says; one that cannot even say it must not take the worker with it."""
    try:
        return str(error)[:_MOST_TEXT]
    except Exception:
        return "(the error has no readable text)"


def _trace() -> str:
    try:
        return traceback.format_exc()[-_MOST_TEXT:]
    except Exception:
        return ""


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Hold linear algebra to one thread: the order of sums, and so the last bit, depends on it."""
    with threadpool_limits(1):
        yield


def serve(task: Task, line: Connection, trace: Connection) -> None:
    """Body of a worker process.

    Args:
        task: What to do with a job.
        line: Jobs (number and arguments) and other tasks come in and pickled answers go out, None
            as it is ready for a task; a None that comes in ends the worker.
        trace: Where the stack of a job goes that cannot be stopped from inside.
    """
    _follow_parent()
    for kind in (signal.SIGINT, signal.SIGHUP):  # these are for the one who gives out the work
        signal.signal(kind, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # Linux: when memory runs out, the kernel takes us first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    task.warm_up()
    gc.collect()
    gc.freeze()  # what all jobs share is not looked through again after each
    # Works even where compiled code has the upper hand, as a handler in Python does not.
    faulthandler.register(STACK, file=trace.fileno(), all_threads=False)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), one_thread():
        line.send(None)
        while line.poll(IDLE) and (job := line.recv()) is not None:
            if isinstance(job, Task):
                task = job
                task.warm_up()
                line.send(None)
                continue
            line.send_bytes(_pickled(_within_limit(task, *job)))
            gc.collect()  # agents and their model hold each other; the next run takes the memory


def _within_limit(task: Task, run: int, arguments: tuple[Any, ...]) -> Answer:
    """A job under an alarm clock, which rings often to notice when the process was stopped."""
    start = time.monotonic()
    step = min(LOOK, task.limit_s / 10)
    awake = Awake(step)

    def ring(signum: int, frame: FrameType | None) -> None:
        if awake.look() >= task.limit_s:
            raise TimeLimit

    try:
        if task.limit_s < math.inf:
            signal.signal(signal.SIGALRM, ring)
            signal.setitimer(signal.ITIMER_REAL, step, step)
        try:
            return carry_out(task, run, arguments)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeLimit:  # it rang between the end of the job and switching it off
        failure = Failure("time limit", past_limit(task.limit_s))
        return Answer(run, time.monotonic() - start, failure=failure)


def _pickled(answer: Answer) -> bytes:
    """The answer as bytes, or that it cannot be had as bytes."""
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps(Answer(answer.run, answer.seconds, failure=_exception(error)))


def grace(limit_s: float) -> float:
    """Seconds that a job past its limit has to notice before its worker is killed."""
    return 1.0 + 0.1 * limit_s


def _follow_parent() -> None:
    """Die with the process that gives out the work, even in the middle of a job."""
    if sys.platform == "linux":
        # Our parent is the fork server, which ends as soon as its own parent is gone.
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    parent = parent_process()
    if parent is not None:
        watch = threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _leave_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
