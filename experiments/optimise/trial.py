"""Policies tried in all worlds: a sweep for each variant, so that nothing is lost or run twice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.experiments.carry.sweep import sweep
from divide.experiments.optimise.question import Question
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.load import Sweep, load
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy

Array = NDArray[np.float64]


def tried(
    question: Question, policies: Sequence[Policy], folder: Path, **engine: Any
) -> dict[str, Array]:
    """Every outcome at the end of the runs of policies, by name, (policies, worlds).

    Worlds are the draws of each variant, variant by variant; all policies meet the same.

    Raises:
        InputError: A run failed, or the folder holds something else.
    """
    parts = [_variant(question, name, policies, folder / name, engine) for name in
             question.variants]  # fmt: skip
    return {
        outcome: np.concatenate([part[outcome] for part in parts], axis=1)
        for outcome in question.outcomes
    }


def _variant(
    question: Question, name: str, policies: Sequence[Policy], folder: Path, engine: dict[str, Any]
) -> dict[str, Array]:
    loaded = carried_out(experiment(question, name, policies), folder, **engine)
    ends = loaded.ends(question.outcomes)
    ends = ends[ends["point"] > 0]  # without the central run
    order = [policy.name for policy in policies]
    return {
        outcome: ends.pivot_table(index="policy", columns="point", values=outcome)
        .loc[order]
        .to_numpy()
        for outcome in question.outcomes
    }


def carried_out(asked: Experiment, folder: Path, **engine: Any) -> Sweep:
    """The runs of an experiment, every one of them.

    Raises:
        InputError: A run failed, or the folder holds something else.
    """
    finished = sweep(asked, folder, **engine)
    if finished.progress.failed:
        raise InputError(
            f"{finished.progress.failed} runs failed; look at them with `divide status {folder}`"
        )
    return load(folder)


def experiment(question: Question, variant: str, policies: Sequence[Policy]) -> Experiment:
    """The runs of policies in one variant: every draw of all that is uncertain."""
    base = question.base
    constants = {
        "start": base.start,
        "until": base.until,
        "firms": base.firms,
        "platforms": base.platforms,
        "steps_per_year": base.steps_per_year,
        **base.parameters,
        **question.variants[variant],
    }
    made = {
        "policies": list(policies),
        "reference": "none",
        "constants": constants,
        "design": {"kind": "predictive", "n": question.draws, "again": True},
        "outcomes": list(question.outcomes),
        "seed": base.seed,
    }
    return Experiment.from_mapping(made, variant, Path(), base.extensions)
