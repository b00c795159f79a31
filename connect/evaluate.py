"""A run as a function: what is asked for in, outcomes at the end out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from divide.experiments.plan.design import Factor
from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError, UnknownKeyError, inside
from divide.model.declare.levers import Lever
from divide.model.declare.levers import levers as declared_levers
from divide.model.declare.parameters import Parameter
from divide.model.declare.parameters import parameters as declared_parameters
from divide.model.extended import recorded
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

#: What is varied: lever or parameter to (least, greatest), or names, which mean what is declared.
Ranges = Mapping[str, tuple[float, float]] | Sequence[str]


def evaluate(
    policy: "Policy | str | Path" = "balanced",
    levers: Mapping[str, float] | None = None,
    parameters: Mapping[str, float] | None = None,
    seed: int = 1,
    *,
    outcomes: Sequence[str] = (),
    **settings: Any,
) -> dict[str, float]:
    """Run the model once in this process and return its outcomes at the end.

    A call depends on nothing but its arguments, so that it may be made in any process or thread,
    and calls that differ in policy alone meet the same luck.

    Args:
        policy: A `Policy`, the name of a package, or the path of a policy file.
        levers: Strengths that are put on it, each in the unit of its lever.
        parameters: Values by full name ("adoption.imitation"), each in its declared unit.
        seed: Of all random numbers.
        outcomes: Names of what is returned; all that is recorded by default.
        settings: Other fields of a `Scenario`, such as start, until, firms or draw.

    Returns:
        Each outcome in the last quarter, in its unit.

    Raises:
        InputError: A name does not exist or a value is not allowed.
    """
    made = Policy.load(policy) if not isinstance(policy, Policy) else policy
    base = Scenario(policy=made, parameters=parameters or {}, seed=seed, **settings)
    return Evaluator(base, tuple(outcomes))(**dict(levers or {}))


@dataclass(frozen=True)
class Evaluator:
    """A scenario as a function of levers and parameters, which may be pickled.

    Attributes:
        base: What is run where nothing else is said.
        outcomes: What is returned; all that is recorded if empty.

    Raises:
        InputError: There is no such outcome.
    """

    base: Scenario = field(default_factory=Scenario)
    outcomes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = recorded(self.base.extensions).outcomes
        for name in self.outcomes:
            if name not in known:
                raise UnknownKeyError(unknown("outcome", name, known), ("outcomes", name))

    def __call__(self, **values: float) -> dict[str, float]:
        """One run; values by name of a lever or full name of a parameter, and `seed`.

        Raises:
            InputError: A name does not exist or a value is not allowed.
        """
        from divide.model.model import DigitalDivideModel

        found = DigitalDivideModel(self.scenario(**values)).run().outcomes
        return {name: float(found[name][-1]) for name in self.outcomes or found}

    def scenario(self, **values: float) -> Scenario:
        """What a call runs."""
        seed: Any = values.pop("seed", self.base.seed)
        strengths = {name: value for name, value in values.items() if "." not in name}
        drawn = {name: value for name, value in values.items() if "." in name}
        for name, value in strengths.items():
            if name not in declared_levers():
                raise UnknownKeyError(unknown("lever", name, declared_levers()), ("levers", name))
            lever = declared_levers()[name]
            check_number(value, lever.bounds, lever.unit, "levers", name)
        return replace(
            self.base,
            policy=self.base.policy.with_levers(strengths),
            parameters={**self.base.parameters, **drawn},
            seed=seed,
        )


def factors(ranges: Ranges) -> list[Factor]:
    """What a tool varies, as factors: levers over their bounds, parameters over their priors.

    Args:
        ranges: Names, or names to (least, greatest).

    Raises:
        InputError: A name does not exist, or a range is not allowed.
    """
    given = dict(ranges) if isinstance(ranges, Mapping) else dict.fromkeys(ranges)
    if not given:
        raise InputError("names nothing; name levers or parameters", ("ranges",))
    known: dict[str, Lever | Parameter] = {**declared_levers(), **declared_parameters()}
    found = []
    for name, limits in given.items():
        if name not in known:
            raise UnknownKeyError(unknown("lever or parameter", name, known), (name,))
        declared = Factor.declared(known[name])
        found.append(declared if limits is None else _narrowed(declared, limits))
    return found


def _narrowed(declared: Factor, limits: object) -> Factor:
    """The factor between limits of one's own, uniform."""
    if not isinstance(limits, Sequence) or isinstance(limits, str) or len(limits) != 2:
        raise InputError(f"{limits!r:.80}; must be (least, greatest)", (declared.name,))
    with inside(declared.name):
        bounds = declared.low, declared.high
        low, high = (check_number(value, bounds, "", k) for k, value in enumerate(limits))
        if low >= high:
            raise InputError(f"[{low:g}, {high:g}]: the first must be less than the second")
    return Factor(declared.name, declared.role, low, high)
