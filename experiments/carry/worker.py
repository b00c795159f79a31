"""What a worker does: one run after another, and nothing that a run does gets out of it.

An exception, a number that is not finite and a run past its time limit become a `Failure`. What
takes the whole process away (a signal, the memory) is seen from outside, by `crew`.
"""

import contextlib
import ctypes
import faulthandler
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment, Run

#: What runs a run and says what is kept of it, by "module:function".
SIMULATE = "divide.experiments.carry.worker:simulate"
#: A worker without work for so long (seconds) leaves: whoever hired it may be gone.
IDLE = 600.0
#: Makes a worker write its stack.
STACK = signal.SIGUSR1
#: Not more than this of a message or traceback is kept, in characters.
_MOST_TEXT = 20_000


@dataclass(frozen=True)
class Task:
    """All that a worker has to know; sent to it once.

    Attributes:
        experiment: Gives each run by its number.
        simulate: "module:function"; called with experiment and run, returns tables by name.
        limit_s: Seconds after which a run is given up.
    """

    experiment: "Experiment"
    simulate: str = SIMULATE
    limit_s: float = 600.0

    @cached_property
    def function(self) -> Callable[..., Mapping[str, Any]]:
        """The function that `simulate` names."""
        module, _, name = self.simulate.partition(":")
        found: Callable[..., Mapping[str, Any]] = getattr(import_module(module), name)
        return found

    def __getstate__(self) -> dict[str, Any]:
        names = ("experiment", "simulate", "limit_s")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Failure:
    """Why a run came to nothing.

    Attributes:
        kind: "exception", "not finite", "time limit", "memory" or "worker died".
    """

    kind: str
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a run: its tables as bytes with their digest, or a failure."""

    run: int
    seconds: float
    tables: Mapping[str, bytes] = field(default_factory=dict)
    content: bytes = b""
    failure: Failure | None = None


class TimeLimit(BaseException):  # `except Exception` must not catch it
    """Raised inside a run that has had its time."""


def simulate(experiment: "Experiment", run: "Run") -> Mapping[str, Any]:
    """Run the model and keep what the experiment wants of it."""
    from divide.experiments.plan.kept import kept
    from divide.model.model import DigitalDivideModel

    return kept(experiment, DigitalDivideModel(run.scenario).run())


def warm_up() -> None:
    """Load the model and its compiled code, so that no run is charged for it."""
    from divide.model.model import DigitalDivideModel
    from divide.model.scenario import Scenario

    _ = DigitalDivideModel(Scenario(start=2021, until=2022, firms=200, platforms=20)).run().model


def carry_out(task: Task, run: int) -> Outcome:
    """One run, whatever it does; raises nothing but KeyboardInterrupt and SystemExit."""
    from divide.experiments.keep import shards

    start = time.monotonic()
    try:
        made = task.function(task.experiment, task.experiment.run(run))
        tables = {name: shards.arrow(table) for name, table in made.items()}
        digest = shards.content(tables)
        packed = {name: shards.packed(run, table) for name, table in tables.items()}
        return Outcome(run, time.monotonic() - start, packed, digest)
    except TimeLimit:
        failure = Failure("time limit", past_limit(task.limit_s), traceback.format_exc())
    except (FloatingPointError, shards.NotFiniteError) as error:
        failure = Failure("not finite", _text(error), traceback.format_exc())
    except MemoryError as error:
        failure = Failure("memory", _text(error), traceback.format_exc())
    except (Exception, SystemExit) as error:  # whatever a run raises costs that run alone
        failure = Failure("exception", f"{type(error).__name__}: {_text(error)}", _trace())
    return Outcome(run, time.monotonic() - start, failure=failure)


def past_limit(limit_s: float) -> str:
    """What is said of a run that takes too long."""
    return f"took longer than {limit_s:g} s, the limit of the experiment"


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


def serve(task: bytes, line: Connection, trace: Connection) -> None:
    """Body of a worker process.

    Args:
        task: The pickled `Task`.
        line: Run numbers come in and outcomes go out; None ends the worker.
        trace: Where the stack of a run goes that cannot be stopped from inside.
    """
    _follow_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives out the work
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # Linux: when memory runs out, the kernel takes us first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    own: Task = pickle.loads(task)
    _ = own.function
    if own.simulate == SIMULATE:
        warm_up()
    signal.signal(signal.SIGALRM, _alarm)
    # Works even where compiled code has the upper hand, as a handler in Python does not.
    faulthandler.register(STACK, file=trace.fileno(), all_threads=False)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), one_thread():
        line.send(None)
        while line.poll(IDLE) and (run := line.recv()) is not None:
            line.send(_within_limit(own, run))


def _within_limit(task: Task, run: int) -> Outcome:
    """A run under an alarm clock."""
    start = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, task.limit_s)
        try:
            return carry_out(task, run)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeLimit:  # it rang between the end of the run and switching it off
        failure = Failure("time limit", past_limit(task.limit_s))
        return Outcome(run, time.monotonic() - start, failure=failure)


def grace(limit_s: float) -> float:
    """Seconds that a run past its limit has to notice before its worker is killed."""
    return 1.0 + 0.1 * limit_s


def _alarm(signum: int, frame: FrameType | None) -> NoReturn:
    raise TimeLimit


def _follow_parent() -> None:
    """Die with the process that gives out the work, even in the middle of a run."""
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
