"""A run of a sweep as a job of the workers: the model is run and its tables are packed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from divide.experiments.carry.worker import Task, warm_up
from divide.experiments.plan.kept import SIMULATE

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment, Run


def simulate(experiment: "Experiment", run: "Run") -> Mapping[str, Any]:
    """Run the model and keep what the experiment wants of it."""
    from divide.experiments.plan.kept import kept
    from divide.model.model import DigitalDivideModel

    return kept(experiment, DigitalDivideModel(run.scenario).run())


@dataclass(frozen=True)
class Packed:
    """The tables of a run as bytes, and the SHA-256 of their values."""

    tables: Mapping[str, bytes]
    content: bytes


def pack(run: int, tables: Mapping[str, Any]) -> Packed:
    """Tables of a run (Arrow or pandas) on their way to the writer.

    Raises:
        NotFiniteError: A value is not a finite number.
    """
    from divide.experiments.keep import shards

    made = {name: shards.arrow(table) for name, table in tables.items()}
    digest = shards.content(made)
    return Packed({name: shards.packed(run, table) for name, table in made.items()}, digest)


def sweep_task(experiment: "Experiment", simulate: str = SIMULATE) -> Task:
    """What workers have to know of a sweep; its jobs are the numbers of runs.

    Args:
        experiment: Gives each run by its number.
        simulate: "module:function"; called with experiment and run, returns tables by name.
    """
    preload = Task.preload if simulate == SIMULATE else "divide.experiments.keep.shards"
    run, begin = partial(_run, experiment, simulate), partial(_begin, simulate)
    return Task(run, begin, experiment.limit_s, preload)


def _run(experiment: "Experiment", simulate: str, run: int) -> Packed:
    return pack(run, _named(simulate)(experiment, experiment.run(run)))


def _begin(simulate: str) -> None:
    _named(simulate)
    if simulate == SIMULATE:
        warm_up()


def _named(simulate: str) -> Callable[..., Mapping[str, Any]]:
    module, _, name = simulate.partition(":")
    found: Callable[..., Mapping[str, Any]] = getattr(import_module(module), name)
    return found
