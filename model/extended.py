"""What extensions change in a run: the order of its step, what it records, where memory begins."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from divide.model.declare.errors import InputError
from divide.model.declare.extension import Extension, Process, ordered
from divide.model.outcomes.shipped import SHIPPED, OutcomeSet

if TYPE_CHECKING:
    from divide.model.run import Run

Extensions = tuple[Extension, ...]
Note = Callable[[str], None]


@cache
def step_of(shipped: tuple[Process, ...], extensions: Extensions) -> tuple[Process, ...]:
    """The processes of a step: the model's own, and those of extensions in their places."""
    return ordered(((place_of(process), process) for process in shipped), extensions)


def place_of(process: Process) -> str:
    """What extensions call a process of the model: its file, or its own name in another file."""
    file = process.__module__.rpartition(".")[2]
    return file if process.__name__ == "step" else process.__name__


class Extended(OutcomeSet):
    """What a run with extensions records; it travels with them, not with their functions."""

    def __init__(self, extensions: Extensions) -> None:
        super().__init__(each for extension in extensions for each in extension.added)
        self.extensions = extensions

    def __reduce__(self) -> tuple[Any, ...]:
        return recorded, (self.extensions,)


@cache
def recorded(extensions: Extensions) -> OutcomeSet:
    """What a run records."""
    return Extended(extensions) if extensions else SHIPPED


def begin(m: "Run", copied: Callable[[], "Run"]) -> None:
    """Columns of extensions at the start, (n,) each, and a look at the levers of the policy.

    Args:
        m: The run, at its start.
        copied: Makes a copy of it that may be changed.

    Raises:
        InputError: Nothing reads a lever of an extension, so that its money would do nothing.
    """
    for extension in m.plan.extensions:
        for name in extension.columns:
            m.state.extra[name] = np.zeros(m.n)
        for function in extension.starts:
            function(m)
        _check_levers(m, extension, copied)


def _check_levers(m: "Run", extension: Extension, copied: Callable[[], "Run"]) -> None:
    """Refuse a policy with a lever of an extension that none of its processes asks for.

    They are run once on a copy of the beginning: a lever has to be read in every step, whether it
    is in force or not.
    """
    used = {name for name, use in m.plan.policy.levers.items() if use.intensity}
    mine = used & set(extension.levers)
    for name in sorted(mine - (_read(extension, copied) if mine else set())):
        reason = (
            f"no process of extension {extension.name} reads it, so its money would do "
            f'nothing; read it in every step, by m.in_force("{name}")'
        )
        raise InputError(reason, ("policy", "levers", name))


_seen: dict[Extension, frozenset[str]] = {}


def _read(extension: Extension, copied: Callable[[], "Run"]) -> frozenset[str]:
    """Levers that the processes of an extension ask for, found out once a process of ours."""
    if extension not in _seen:
        m, asked = copied(), set[str]()
        deliveries = {name: np.zeros(m.n) for name in extension.levers}
        m.state.policy.delivered = noting_dict(asked.add)(deliveries)
        for placed in extension.processes.values():
            placed.function(m)
        _seen[extension] = frozenset(asked)
    return _seen[extension]


def noting_dict(read: Note, write: Note = lambda name: None) -> type[dict[str, Any]]:
    """A class of dictionaries that tell of what is looked up, walked through and set."""

    class Noting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            read(name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            read(name)
            return super().get(name, default)

        def setdefault(self, name: str, default: Any = None) -> Any:
            read(name)
            return super().setdefault(name, default)

        def __setitem__(self, name: str, value: Any) -> None:
            write(name)
            super().__setitem__(name, value)

        def __iter__(self) -> Iterator[str]:
            for name in super().__iter__():
                read(name)
                yield name

        def items(self) -> Any:
            return [(name, self[name]) for name in super().__iter__()]

        def values(self) -> Any:
            return [self[name] for name in super().__iter__()]

    return Noting
