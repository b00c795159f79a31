"""An experiment as plain data and back, so that a sweep folder needs nothing outside itself."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from divide.experiments.plan.design import Design, Factor
from divide.experiments.plan.precision import Precision
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from divide.experiments.plan.experiment import Experiment

#: Fields that are plain already.
PLAIN = (
    "name", "title", "reference", "replicates", "random_numbers", "draws", "every", "limit_s",
    "report",
)  # fmt: skip


def as_plain(experiment: "Experiment") -> dict[str, Any]:
    """Everything but the points and the text of the file, fit for JSON."""
    constants = experiment.base.as_dict()
    del constants["policy"]
    return {
        **{name: getattr(experiment, name) for name in PLAIN},
        "policies": [policy.as_dict() for policy in experiment.policies.values()],
        "constants": constants,
        "factors": [asdict(factor) for factor in experiment.factors],
        "design": asdict(experiment.design),
        "precision": asdict(experiment.precision) if experiment.precision else None,
        "outcomes": experiment.outcomes,
        "countries": experiment.countries,
    }


def from_plain(data: Mapping[str, Any], points: "pd.DataFrame", source: str = "") -> dict[str, Any]:
    """The fields of the experiment that `as_plain` and `Experiment.inputs` describe."""
    base = Scenario(**data["constants"])  # first: its extensions declare levers
    factors = tuple(Factor(**{**f, "values": tuple(f["values"])}) for f in data["factors"])
    table = points.sort_values("point")[[factor.name for factor in factors]]
    return {
        **{name: {"draws": "common", **data}[name] for name in PLAIN},  # once there were none
        "source": source,
        "policies": {policy["name"]: _made(policy) for policy in data["policies"]},
        "base": base,
        "factors": factors,
        "points": np.ascontiguousarray(table.to_numpy(float)),
        "design": Design(**data["design"]),
        "precision": Precision(**data["precision"]) if data["precision"] else None,
        "outcomes": tuple(data["outcomes"]),
        "countries": tuple(data["countries"]),
    }


def _made(data: Mapping[str, Any]) -> Policy:
    levers = {name: LeverUse(**use) for name, use in data["levers"].items()}
    return Policy(**{**data, "levers": levers})
