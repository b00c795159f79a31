"""Which runs of an experiment equal one another, so that one of them is run for all."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from divide.experiments.plan.design import Array

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


def first_equal(experiment: "Experiment") -> NDArray[np.int64]:
    """For each run of one replicate the first run that equals it, (points x policies,).

    Policies are equal that differ in nothing that bears on results, and points that set the same
    for a policy: levers leave the reference alone. With random numbers or draws by point no two
    points are equal.
    """
    points = experiment.points
    parameters = [factor.role == "uncertainty" for factor in experiment.factors]
    kinds = [
        (common, name == experiment.reference and not all(parameters))
        for common, name in zip(experiment.common, experiment.names, strict=True)
    ]
    if "by_point" in (experiment.random_numbers, experiment.draws):
        rows = dict.fromkeys((False, True), np.arange(len(points)))
    else:
        rows = {False: _first_rows(points), True: _first_rows(points[:, parameters])}
    found = np.empty((len(points), len(kinds)), dtype=np.int64)
    for k, (common, bare) in enumerate(kinds):
        found[:, k] = rows[bare] * len(kinds) + kinds.index((common, bare))
    return found.ravel()


def _first_rows(rows: Array) -> NDArray[np.int64]:
    """For each row, the number of the first row that equals it."""
    if rows.shape[1] == 0:
        return np.zeros(len(rows), dtype=np.int64)
    _, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first[place.ravel()]
