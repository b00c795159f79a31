"""A fresh copy compiles the loops of the model on several processors at the same time.

Whoever is about to run the model takes the loops that nobody has compiled one by one, each under a
lock that the operating system gives back however its holder dies. So two commands that start at
once, and the workers of either, share the work too. Where nothing can be written down, nothing is
shared: each process compiles what it meets.
"""

import fcntl
import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from divide.model.kernels import Kernel, listed

#: Most processes that compile: loops wait for those that they call, so more would not help.
MOST = 4
#: With fewer loops to compile than this, no process is started for them.
FEW = 8
#: Seconds between two looks at what others are compiling.
LOOK = 0.02
LOCK = "compiling.lock"


@cache
def share() -> None:
    """Compile what is missing together with all others that do so now; once a process."""
    with suppress(OSError):  # nothing can be written, or the file system has no locks
        _compile(os.getppid())


@contextmanager
def helped() -> Iterator[None]:
    """Processes that share in what is to be compiled meanwhile, one on each processor left.

    For a process without threads of its own.
    """
    helpers = []
    if len(_missing(listed())) >= FEW:
        from numba.core.registry import cpu_target

        cpu_target.typing_context.refresh()  # what all of them need
        parent = os.getpid()
        helpers = [os.fork() or _help(parent) for _ in range(min(MOST, os.cpu_count() or 1) - 1)]
    try:
        yield
    finally:
        for helper in helpers:
            os.waitpid(helper, 0)


def _help(parent: int) -> int:
    """What a helper does until its end; it leaves without a word if its parent has."""
    try:
        _compile(parent)
    finally:
        os._exit(0)


def _missing(kernels: list[Kernel]) -> list[Kernel]:
    return [kernel for kernel in kernels if not kernel.kept]


def _compile(parent: int) -> None:
    """Take and compile loops as long as some are left, those that others wait for first."""
    kernels = listed()
    left = _missing(kernels)
    if not left:
        return
    # All types of a loop have one lock: numba keeps them in one file.
    place = {name: at for at, name in enumerate(sorted({kernel.name for kernel in kernels}))}
    path = Path(kernels[0].function.stats.cache_path) / LOCK
    with path.open("wb", buffering=0) as lock, _without_looking_for_garbage():
        while left and os.getppid() == parent:
            names = {kernel.name for kernel in left}
            ready = (kernel for kernel in left if not kernel.calls & names)
            done = next((name for k in ready if (name := _take(k, left, place, lock))), None)
            if done is None:
                time.sleep(LOOK)
            left = [kernel for kernel in left if kernel.name != done]


def _take(kernel: Kernel, left: list[Kernel], place: dict[str, int], lock: Any) -> str | None:
    """The name of a loop that is compiled now for all its types, None if another is at it."""
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place[kernel.name])
    except BlockingIOError:
        return None
    try:
        if not kernel.kept:  # since we last looked
            for each in [each for each in left if each.name == kernel.name]:
                with suppress(Exception):  # an old list: whoever calls the loop compiles it
                    each.function.compile(each.types)
    finally:
        fcntl.lockf(lock, fcntl.LOCK_UN, 1, place[kernel.name])
    return kernel.name


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """A tenth of the time goes into it, and a compiler leaves hardly any behind."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()
