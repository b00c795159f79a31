"""The model for the EMA Workbench (Kwakkel 2017), an optional extra ("search").

```python
from ema_workbench import MultiprocessingEvaluator, perform_experiments
from divide.connect import ema

model = ema.model(levers={"five_g": (0, 2000)}, uncertainties=["adoption.imitation"])
with MultiprocessingEvaluator(model) as evaluator:
    experiments, outcomes = evaluator.perform_experiments(scenarios=20, policies=4)
```
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scipy.stats import rv_continuous

from divide.connect.evaluate import Evaluator, Ranges, factors
from divide.experiments.plan.design import Factor
from divide.model.declare.priors import Prior
from divide.model.extended import recorded
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    from ema_workbench import Model

#: What is returned unless something else is asked for.
OUTCOMES = ("people_offline", "usage_gini", "spend")


def model(
    levers: Ranges = (),
    uncertainties: Ranges = (),
    outcomes: Sequence[str] = OUTCOMES,
    *,
    base: Scenario | None = None,
    replicates: int = 1,
    name: str = "divide",
) -> "Model":
    """A model of the Workbench whose every experiment is a run.

    A parameter "adoption.imitation" is a column "adoption__imitation" of its experiments.

    Args:
        levers: What a policy of the Workbench sets: names, or names to (least, greatest).
        uncertainties: Parameters that its scenarios draw, likewise; those named without a range are
            drawn from their declared priors, others uniformly.
        outcomes: Names of outcomes at the end; each has its direction where one is better.
        base: Policy, period, size and first seed.
        replicates: Seeds over which outcomes are averaged.
        name: Of the model.

    Raises:
        InputError: A name does not exist or a range is not allowed.
        ModuleNotFoundError: The Workbench is not installed.
    """
    from ema_workbench import Model, ReplicatorModel, ScalarOutcome

    made: Any
    function = Evaluator(base or Scenario(), tuple(outcomes))
    if replicates > 1:
        made = ReplicatorModel(name, function=function)
        made.replications = [{"seed": function.base.seed + k} for k in range(replicates)]
    else:
        made = Model(name, function=function)
    if levers:
        made.levers = [_parameter(factor) for factor in factors(levers)]
    if uncertainties:
        made.uncertainties = [_parameter(factor) for factor in factors(uncertainties)]
    known = recorded(function.base.extensions).outcomes
    ways = {"lower": ScalarOutcome.MINIMIZE, "higher": ScalarOutcome.MAXIMIZE}
    made.outcomes = [
        ScalarOutcome(
            each,
            kind=ways.get(known[each].better, ScalarOutcome.INFO),
            **({"function": _mean} if replicates > 1 else {}),
        )
        for each in outcomes
    ]
    return made


def _mean(values: Sequence[float]) -> float:
    return float(sum(values) / len(values))


def _parameter(factor: Factor) -> Any:
    from ema_workbench import RealParameter

    name = factor.name.replace(".", "__")  # the Workbench wants identifiers
    if factor.prior is None:
        return RealParameter(name, factor.low, factor.high, variable_name=factor.name)
    frozen = Declared(factor.distribution)()
    return RealParameter.from_dist(name, frozen, variable_name=factor.name)


class Declared(rv_continuous):
    """A declared prior as a distribution of SciPy.

    Args:
        declared: The prior.
        how: What SciPy itself gives when it makes the distribution anew.
    """

    def __init__(self, declared: Prior, **how: Any) -> None:
        low, high = (float(declared.ppf(u)) for u in (0.0, 1.0))
        super().__init__(**{"a": low, "b": high, "name": "declared", **how})
        self.declared = declared

    def _updated_ctor_param(self) -> dict[str, Any]:
        return {"declared": self.declared}

    def _ppf(self, q: Any, *shape: Any) -> Any:
        return self.declared.ppf(q)

    def _cdf(self, x: Any, *shape: Any) -> Any:
        return self.declared.cdf(x)
