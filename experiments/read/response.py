"""What an analysis stands on: an outcome at each point of a design, and what moved there.

A folder of `divide run` is a design too: its futures are the points, and its central run is none.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from divide.experiments.plan.design import Array
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.load import Sweep
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES


@dataclass(frozen=True, eq=False)
class Response:
    """An outcome at the end of the runs over the points of a design; replicates are averaged.

    Attributes:
        outcome: Its name, and `unit` its unit.
        whose: The policy, or a difference "A - B".
        factors: What moved and bears on `whose`: a row a point, a column a factor.
        y: The outcome, (points,).
        left_out: Factors of the design that `whose` never had or that are the same everywhere.
    """

    outcome: str
    unit: str
    whose: str
    factors: pd.DataFrame
    y: Array
    left_out: tuple[str, ...]

    @property
    def x(self) -> Array:
        """The factors as numbers, (points, factors)."""
        return self.factors.to_numpy(float)

    def check_points(self, least: int, method: str) -> None:
        """Raise InputError, saying how many points a method needs, if there are fewer."""
        if len(self.y) < least:
            raise InputError(
                f"{method} needs at least {least:,} points for {self.factors.shape[1]:,} factors; "
                f"this folder has {len(self.y):,}"
            )


def respond(sweep: Sweep, outcome: str, policy: str | None = None) -> Response:
    """The response of a sweep or run to what it varies.

    Args:
        sweep: A complete folder.
        outcome: An outcome that was kept.
        policy: Whose runs; with a name of the form "A - B", the difference of two policies. By
            default the only policy that meets all factors.

    Raises:
        InputError: Runs failed or are missing, a name is unknown, nothing that bears on the policy
            is varied, or the outcome is not finite or the same everywhere.
    """
    experiment = sweep.experiment
    whose = policy or default_policy(experiment)
    begin = int(experiment.predictive)  # the central run is no draw
    y = values(sweep, outcome, whose)[begin:]
    table = experiment.inputs().drop(columns="point").iloc[begin:].reset_index(drop=True)
    had = [factor.name for factor in experiment.factors if has(experiment, whose, factor.name)]
    moved = [name for name in had if np.ptp(table[name].to_numpy()) > 0]
    if not moved:
        raise InputError(f"the design varies nothing that bears on {whose}")
    rest = tuple(name for name in table.columns if name not in moved)
    return Response(outcome, OUTCOMES[outcome].unit, whose, table[moved], y, rest)


def values(sweep: Sweep, outcome: str, whose: str) -> Array:
    """The outcome at the end at each point, mean over replicates, (points,); it varies.

    Raises:
        InputError: As for `respond`.
    """
    experiment = sweep.experiment
    if outcome not in experiment.outcomes:
        raise InputError(
            unknown("outcome of these runs", outcome, dict.fromkeys(experiment.outcomes))
        )
    first, *second = parts(experiment, whose)
    ends = sweep.ends([outcome])
    y = _of(experiment, ends, first, outcome)
    for name in second:
        y = y - _of(experiment, ends, name, outcome)
    if not np.isfinite(y).all():
        raise InputError(f"{outcome} is not finite at {int((~np.isfinite(y)).sum())} points")
    if np.ptp(y) <= 1e-12 * max(abs(float(y.mean())), 1e-300):
        raise InputError(f"{outcome} is the same at every point: nothing moves it")
    return y


def parts(experiment: Experiment, whose: str) -> tuple[str, ...]:
    """The policy, or the two policies of a difference "A - B".

    Raises:
        InputError: The sweep has no such policy.
    """
    names = experiment.names
    first, minus, second = whose.partition(" - ")
    found = (first, second) if minus and whose not in names else (whose,)
    for name in found:
        if name not in names:
            allowed = dict.fromkeys(names)
            raise InputError(unknown("policy of this sweep", name, allowed), ("policy",))
    return found


def has(experiment: Experiment, whose: str, factor: str) -> bool:
    """Whether a factor ever bore on a policy or difference: levers leave the reference alone."""
    role = {each.name: each.role for each in experiment.factors}[factor]
    return role == "uncertainty" or any(
        name != experiment.reference for name in parts(experiment, whose)
    )


def default_policy(experiment: Experiment) -> str:
    """The only policy that meets all factors.

    Raises:
        InputError: There are several.
    """
    free = all(factor.role == "uncertainty" for factor in experiment.factors)
    names = experiment.names if free and len(experiment.names) == 1 else experiment.others
    if len(names) != 1:
        raise InputError(f"say which policy is analysed: {', '.join(names)}", ("policy",))
    return names[0]


def _of(experiment: Experiment, ends: pd.DataFrame, policy: str, outcome: str) -> Array:
    means = ends[ends["policy"] == policy].groupby("point")[outcome].mean()
    return means.reindex(range(len(experiment.points))).to_numpy(float)
