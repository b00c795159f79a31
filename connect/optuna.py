"""The model for Optuna (Akiba and others 2019), which is not installed with it.

```python
import optuna
from divide.connect.optuna import objective

study = optuna.create_study(directions=["minimize", "minimize"])
study.optimize(objective({"five_g": (0, 2000)}, ["people_offline", "spend"]), n_trials=100)
```
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from divide.connect.evaluate import Evaluator, Ranges, factors
from divide.experiments.plan.design import Factor
from divide.model.scenario import Scenario


@dataclass(frozen=True)
class Objective:
    """A function of a trial; it may be pickled.

    Attributes:
        function: The model.
        factors: What a trial suggests.
    """

    function: Evaluator
    factors: tuple[Factor, ...]

    def __call__(self, trial: Any) -> float | tuple[float, ...]:
        """The outcomes of a trial, in their order; one alone is a number."""
        given = {f.name: trial.suggest_float(f.name, f.low, f.high) for f in self.factors}
        found = tuple(self.function(**given).values())
        return found[0] if len(found) == 1 else found


def objective(
    ranges: Ranges, outcomes: Sequence[str] | str, *, base: Scenario | None = None
) -> Objective:
    """An objective of Optuna over levers and parameters.

    Args:
        ranges: Names, or names to (least, greatest).
        outcomes: One outcome at the end, or several in the order of the study's directions.
        base: Policy, period, size and seed.

    Raises:
        InputError: A name does not exist or a range is not allowed.
    """
    names = (outcomes,) if isinstance(outcomes, str) else tuple(outcomes)
    return Objective(Evaluator(base or Scenario(), names), tuple(factors(ranges)))
