"""The story of a step, found out by watching one: what each process reads and writes, and its time.

A model is watched by giving its state, columns, deliveries and values classes that note every
access. Processes know nothing of it, so that this works for those of a user too. Time is taken in a
second run that nobody watches.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from time import thread_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.agents.columns import declared
from divide.model.agents.country import CountryColumns
from divide.model.agents.firm import STORED
from divide.model.agents.platform import PlatformColumns
from divide.model.declare.extension import Extension, owner
from divide.model.declare.levers import levers
from divide.model.declare.registry import known
from divide.model.extended import Note, noting_dict, step_of
from divide.model.model import PROCESSES, DigitalDivideModel, Process
from divide.model.policy.policy import LeverUse, Policy
from divide.model.run import Run
from divide.model.scenario import Scenario
from divide.model.state import State
from divide.model.world import World

#: Fields of a state that only hold what is read and written.
HOLDERS = {"countries", "platforms", "firms", "policy", "extra", "record"}
#: Columns by the field that holds them.
COLUMNS = {
    "countries": set(declared(CountryColumns)),
    "platforms": set(declared(PlatformColumns)),
    "firms": {*STORED, "weight"},
}
#: Firms of the run that is watched: what a process touches does not hang on their number.
WATCHED_FIRMS = 500
#: Steps that are watched: four years, by which time every lever has delivered something.
WATCHED = 16
#: Steps that are timed: two years, as some things happen once a year.
TIMED = 8


@dataclass
class Access:
    """What a process read and wrote.

    Attributes:
        reads, writes: Fields of the state and columns, "distance" or "countries.online"; writes
            are anew or in place.
        parameters: Parameters read, by full name.
        levers: Levers whose delivery was asked for, whether the policy uses them or not.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    levers: set[str] = field(default_factory=set)


def every_lever(extensions: Sequence[Extension] = ()) -> Policy:
    """A policy that uses every lever at a tenth of its upper bound, so that every branch is run."""
    known = {name: lever for name, lever in levers().items() if owner(name) in (None, *extensions)}
    uses = {name: LeverUse(0.1 * lever.bounds[1], ramp_years=0) for name, lever in known.items()}
    return Policy("every_lever", "Every lever", budget=1e6, levers=uses)


def story(
    plan: Scenario | None = None,
    processes: Sequence[Process] | None = None,
    world: World | None = None,
) -> pd.DataFrame:
    """The order of a step.

    Args:
        plan: The scenario, of which four years are run; every lever from 2022 if not given.
        processes: What happens in a step, in order; those of the scenario if not given.
        world: The countries; the shipped figures if not given.

    Returns:
        One row a process and a last one for the recording of outcomes: process, does (the first
        sentence of its docstring), reads, writes, parameters, levers (tuples of names) and share
        (of the time of the steps, 0-1).
    """
    plan = Scenario(policy=every_lever()) if plan is None else plan
    processes = processes or step_of(PROCESSES, plan.extensions)
    rows = [
        (name_of(process), first_sentence(process), *map(_sorted, vars(access).values()))
        for process, access in zip(processes, watched(plan, processes, world), strict=True)
    ]
    rows.append(("outcomes.observe", "What has changed is recorded.", (), (), (), ()))
    names = ["process", "does", *(item.name for item in fields(Access))]
    return pd.DataFrame(rows, columns=names).assign(share=_shares(plan, processes, world))


def watched(
    plan: Scenario,
    processes: Sequence[Process] | None = None,
    world: World | None = None,
    steps: int = WATCHED,
) -> list[Access]:
    """What each process reads and writes in the first steps of a scenario."""
    m = DigitalDivideModel(replace(plan, firms=WATCHED_FIRMS), processes, world)
    watch = Watch(m)
    found = [Access() for _ in m.processes]
    pairs = zip(m.processes, found, strict=True)
    m.processes = tuple(watch.noting(process, access) for process, access in pairs)
    for _ in range(steps):
        m.step()
    return found


def name_of(process: Process) -> str:
    """A process by its file and function, "adoption.step", or by its extension and function."""
    for extension in known().values():
        for name, placed in extension.processes.items():
            if placed.function is process:
                return str(name)
    return f"{process.__module__.rpartition('.')[2]}.{process.__name__}"


def first_sentence(process: Process) -> str:
    """The first sentence of the docstring on one line; nothing without one."""
    text = " ".join((process.__doc__ or "").split())
    return re.split(r"(?<=[.!?])\s", text)[0]


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _shares(
    plan: Scenario, processes: Sequence[Process] | None, world: World | None
) -> NDArray[Any]:
    """Share of each process, and of the recording, in the time of the first steps."""
    m = DigitalDivideModel(plan, processes, world)
    seconds = np.zeros(len(m.processes) + 1)

    def timed(row: int, process: Process) -> Process:
        def call(m: Run) -> None:
            start = thread_time()
            process(m)
            seconds[row] += thread_time() - start

        return call

    m.step()  # compiles what is not compiled yet
    m.processes = tuple(timed(row, process) for row, process in enumerate(m.processes))
    start = thread_time()
    while m.running and m.state.step <= TIMED:
        m.step()
    seconds[-1] = thread_time() - start - seconds.sum()
    return seconds / seconds.sum()


class _Nothing(dict[Any, Any]):
    """A dictionary that keeps nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


class Watch:
    """Notes what processes do to a model's state and values."""

    def __init__(self, m: DigitalDivideModel) -> None:
        self.access = Access()
        self.m, s = m, m.state
        for section, values in vars(m.values).items():
            values._picked = _Nothing()  # what is picked is read each time, and noted
            names = {name for name in vars(values) if name[0] != "_"}
            _note(values, names, partial(self._parameter, section))
        self._watch(s, {item.name for item in fields(State)} - HOLDERS, "")
        for holder, names in COLUMNS.items():
            self._watch(getattr(s, holder), names, f"{holder}.")
        self._watch(s.policy, {"programmes", "carry", "spent"}, "policy.")
        self._delivered = noting_dict(lambda name: self.access.levers.add(name))
        self._extra = noting_dict(
            lambda name: self.access.reads.add(f"extra.{name}"),
            lambda name: self.access.writes.add(f"extra.{name}"),
        )

    def noting(self, process: Process, access: Access) -> Process:
        """The same process, which notes in `access` what it does."""

        def call(m: Run) -> None:
            before = dict(self._arrays())
            old = {name: array.copy() for name, array in before.items()}
            self.access = Access()  # what the dictionaries are made of is not read by the process
            m.state.policy.delivered = self._delivered(m.state.policy.delivered)
            m.state.extra = self._extra(m.state.extra)
            self.access = access
            process(m)
            self.access = Access()
            for name, array in self._arrays():
                if before.get(name) is array and old[name].tobytes() != array.tobytes():
                    access.writes.add(name)  # in place

        return call

    def _parameter(self, section: str, name: str) -> None:
        self.access.parameters.add(f"{section}.{name}")

    def _watch(self, part: object, names: set[str], prefix: str) -> None:
        _note(
            part,
            names,
            lambda name: self.access.reads.add(prefix + name),
            lambda name: self.access.writes.add(prefix + name),
        )

    def _arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Every array of the state by name; asking for them is noted nowhere that is kept."""
        s, kept, self.access = self.m.state, self.access, Access()
        found = {item.name: getattr(s, item.name) for item in fields(State)}
        found |= {f"extra.{name}": value for name, value in s.extra.items()}
        for holder, names in COLUMNS.items():
            found |= {f"{holder}.{name}": getattr(found[holder], name) for name in names}
        self.access = kept
        return ((name, array) for name, array in found.items() if isinstance(array, np.ndarray))


def _note(part: Any, names: set[str], read: Note, write: Note = lambda name: None) -> None:
    """Give an object a class that tells of each of `names` that is read and written."""
    kind: Any = type(part)

    class Noting(kind):
        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if name in names:
                read(name)
            return kind.__getattribute__(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            if name in names:
                write(name)
            kind.__setattr__(self, name, value)

    object.__setattr__(part, "__class__", Noting)
