"""The rules of firms in AgentPy and mesa-frames, each in an environment of its own.

Neither package lives with the versions that the model needs, so each program runs by itself: it is
handed the conditions in a file (`benchmarks.given`) and tells the processor time of its steps.
Before it is timed it must agree with the columns in distribution.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

from benchmarks.asked import Asked
from benchmarks.conditions import ColumnFirms, Conditions
from benchmarks.environments import ROOT, Environment, made
from benchmarks.given import replicates, write
from divide.model import DigitalDivideModel, Scenario
from divide.model.agents.firm import FIXED
from divide.model.processes import ladder_sums

#: Chance that a sound program is refused; seeds are fixed, so it is always or never.
ALPHA = 0.001
FIRMS, SEEDS, STEPS = 2_000, 60, 8
PUBLISHED = "2026-11-01"


class Program(NamedTuple):
    """The rules of firms in a framework.

    Attributes:
        module: What is run.
        by_columns: Whether it moves all firms at once, not one after another.
        environment: What it needs.
    """

    module: str
    by_columns: bool
    environment: Environment


#: The newest version of each framework on the package index.
PEERS = {
    "AgentPy": Program(
        "benchmarks.plain_agentpy",
        False,
        Environment("agentpy", sys.executable, ("agentpy==0.1.5",), PUBLISHED),
    ),
    # It needs NumPy 1.26, which has no wheels for later versions of Python.
    "mesa-frames": Program(
        "benchmarks.frames",
        True,
        Environment("mesa-frames", ">=3.11,<3.13", ("mesa-frames==0.1.0a0",), PUBLISHED),
    ),
}


class Peer(Asked):
    """One of `PEERS`, running.

    Args:
        name: Which.

    Raises:
        RuntimeError: Its packages cannot be had.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        module, self.by_columns, environment = PEERS[name]
        drop = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        variables = {k: v for k, v in os.environ.items() if k not in drop}
        # One thread, as all others: then the time of the processor is that on the clock.
        variables |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        super().__init__([made(environment), "-m", module], ROOT, variables)

    def take(self, conditions: Conditions, scratch: Path) -> None:
        """Hand over firms and what they meet."""
        path = scratch / f"{self.name}.npz"
        write(conditions, path)
        self.ask(f"firms {path}")

    def step(self) -> float:
        """Seconds of the processor that one step of all firms took."""
        return float(self.ask("step"))

    def check(self, scratch: Path) -> None:
        """Compare its firms with the columns.

        Raises:
            RuntimeError: They differ by more than luck.
        """
        conditions = unsettled(FIRMS)
        self.take(conditions, scratch)
        theirs = self.ask(f"replicates {SEEDS} {STEPS}")
        differing = different(of_columns(conditions), theirs)
        if differing:
            raise RuntimeError(f"{self.name} is not the same model as the columns: {differing}")


def unsettled(firms: int) -> Conditions:
    """Conditions of a model in which every other firm has lost all, so that speeds show too."""
    conditions = Conditions.of(DigitalDivideModel(Scenario(firms=firms)))
    f = conditions.firms
    f.state[::2], f.marketplace[::2], f.rail[::2] = 0, -1, -1
    counts = ladder_sums.count(f, conditions.weight, conditions.platforms).counts
    members = np.maximum(conditions.members, 1)[:, :, None]
    return replace(conditions, share=counts / members)


def of_columns(conditions: Conditions) -> dict[str, list[float]]:
    """How the columns end, in the units of the other programs."""
    found = replicates(partial(ColumnFirms, conditions), SEEDS, STEPS)
    return found | {"capacity": [capacity / FIXED for capacity in found["capacity"]]}


def different(
    ours: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]]
) -> dict[str, tuple[float, float]]:
    """Means that differ by more than luck, by name, as a family of Welch's tests finds them.

    Args:
        ours: Numbers by name, one a seed.
        theirs: The same of the other program.
    """
    found = {}
    for name, one in ours.items():
        p = stats.ttest_ind(one, theirs[name], equal_var=False).pvalue
        if not p >= ALPHA / len(ours):
            found[name] = (sum(one) / len(one), sum(theirs[name]) / len(theirs[name]))
    return found


class Found(NamedTuple):
    """Peers that run, and why the others do not."""

    running: list[Peer]
    missing: dict[str, str]


def start() -> Found:
    """Start all peers whose packages can be had."""
    found = Found([], {})
    for name in PEERS:
        try:
            found.running.append(Peer(name))
        except RuntimeError as error:
            found.missing[name] = str(error)
    return found
