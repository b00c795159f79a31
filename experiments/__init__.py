"""Experiments with the model: what is run, who carries it out, where it is kept, how it is read.

- `plan/` what will be run, checked before any work starts
- `carry/` who carries it out: worker processes, threads or a Dask cluster
- `keep/` what is kept on the disk
- `read/` what is read from it
- `report/` the page and the charts of a comparison
- `optimise/` the search for policies that stand up in many futures
- `text/` figures and names as people read them
- `cli/` the command `divide`
- `sweeps/` experiments that ship with the model
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from divide.experiments.carry.sweep import Finished
    from divide.experiments.plan.experiment import Experiment
    from divide.experiments.read.compare import Comparison
    from divide.experiments.read.join import Joined
    from divide.experiments.read.load import Sweep
    from divide.experiments.read.why import Why
    from divide.model.outcomes.results import Results
    from divide.model.policy.policy import Policy
    from divide.model.scenario import Scenario


@overload
def run(scenario: "Scenario | None" = None) -> "Results": ...
@overload
def run(scenario: "Scenario | None" = None, *, draws: int) -> "Comparison": ...
def run(scenario: "Scenario | None" = None, *, draws: int = 0) -> "Results | Comparison":
    """Run one scenario in this process and return what it recorded; the default one if none.

    Args:
        scenario: What is run.
        draws: How many futures it is run in beside the central run. What comes back is then the
            comparison of its policy alone, whose `outcomes()` and `countries()` have medians and
            90 % intervals.
    """
    if draws != 0:
        from divide.experiments.read.compare import compare as carry_out
        from divide.model.scenario import Scenario as Made

        base = scenario or Made()
        return carry_out([base.policy], base, draws=draws)
    from divide.model.model import DigitalDivideModel

    return DigitalDivideModel(scenario).run()


def compare(
    policies: "Sequence[Policy]",
    base: "Scenario",
    replicates: int | None = None,
    draws: int | None = None,
) -> "Comparison":
    """Run policies on the same draws (see `divide.experiments.read.compare.compare`)."""
    from divide.experiments.read.compare import compare as carry_out

    return carry_out(policies, base, replicates, draws)


def why(policy: "Policy | str", base: "Scenario | None" = None, **how: Any) -> "Why":
    """Take apart what a policy adds in each country (see `divide.experiments.read.why.why`)."""
    from divide.experiments.read.why import why as take_apart

    return take_apart(policy, base, **how)


def sweep(
    experiment: "Experiment | str | Path", out: str | Path, workers: int | None = None, **how: Any
) -> "Finished":
    """Carry out an experiment, or what is left (see `divide.experiments.carry.sweep.sweep`)."""
    from divide.experiments.carry.sweep import sweep as carry_out

    return carry_out(experiment, out, workers, **how)


def load(folder: str | Path) -> "Sweep":
    """The sweep in a folder, for analysis (see `divide.experiments.read.load.Sweep`)."""
    from divide.experiments.read.load import load as read  # DuckDB takes a while to load

    return read(folder)


def join(
    folders: "Sequence[str | Path] | Mapping[str, str | Path]",
    *,
    allow: Sequence[str] = (),
    incomplete: bool = False,
) -> "Joined":
    """The runs of several folders, keyed by source (see `divide.experiments.read.join.join`)."""
    from divide.experiments.read.join import join as read

    return read(folders, allow=allow, incomplete=incomplete)
