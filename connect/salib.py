"""The model for SALib (Herman and Usher 2017).

```python
from SALib.analyze import sobol
from SALib.sample import sobol as sampler
from divide.connect import salib

problem = salib.problem(["adoption.imitation", "adoption.price"])
samples = sampler.sample(problem, 64)
values = salib.values(problem, samples, "people_offline", workers=2)
print(sobol.analyze(problem, values)["ST"])
```
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.connect.evaluate import Evaluator, Ranges, factors
from divide.experiments.carry.calls import Workers
from divide.experiments.plan.design import Factor
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


def problem(ranges: Ranges) -> dict[str, Any]:
    """A problem of SALib.

    Its samples lie in the unit cube, which `values` stretches to ranges and priors: so one sample
    fits every distribution, also those that SALib does not have.

    Args:
        ranges: Levers and parameters: names, or names to (least, greatest).

    Raises:
        InputError: A name does not exist or a range is not allowed.
    """
    found = factors(ranges)
    return {
        "num_vars": len(found),
        "names": [factor.name for factor in found],
        "bounds": [[0.0, 1.0]] * len(found),
        "factors": found,
    }


def stretched(asked: Mapping[str, Any], samples: ArrayLike) -> NDArray[np.float64]:
    """Samples in the units of levers and parameters, (samples, factors).

    Raises:
        InputError: They do not fit the problem.
    """
    unit = np.asarray(samples, dtype=float)
    found: list[Factor] = asked["factors"]
    if unit.ndim != 2 or unit.shape[1] != len(found):
        raise InputError(f"samples of shape {unit.shape}; must be (samples, {len(found)})")
    if not ((unit >= 0) & (unit <= 1)).all():
        raise InputError("samples lie outside 0 to 1; take them from the problem as it is")
    return np.column_stack([factor.stretched(unit[:, k]) for k, factor in enumerate(found)])


def values(
    asked: Mapping[str, Any],
    samples: ArrayLike,
    outcome: str,
    *,
    base: Scenario | None = None,
    workers: int = 1,
) -> NDArray[np.float64]:
    """An outcome at the end for each sample, (samples,), all with the seed of `base`.

    Args:
        asked: What `problem` returned.
        samples: From a sampler of SALib, (samples, factors).
        outcome: Name of an outcome.
        base: Policy, period, size and seed.
        workers: Processes; 1 is this one.

    Raises:
        InputError: Samples do not fit the problem, or there is no such outcome.
        JobError: A run failed.
    """
    function = Evaluator(base or Scenario(), (outcome,))
    rows = stretched(asked, samples).tolist()
    jobs = [(function, dict(zip(asked["names"], row, strict=True))) for row in rows]
    with Workers(workers) as pool:
        return np.array([found[outcome] for found in pool.map(call, jobs)])


def call(function: Evaluator, given: Mapping[str, float]) -> dict[str, float]:
    """One evaluation, as a job of the pool."""
    return function(**given)
