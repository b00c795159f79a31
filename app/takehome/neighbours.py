"""What an offline room can move to: one change at a time around each team's package."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from divide.model.declare.levers import levers
from divide.model.policy.policy import TARGETS, LeverUse, Policy
from divide.model.scenario import Scenario

#: Runs of an offline room at most, all packages together: the file stays under some 3 MB.
MOST_RUNS = 400
#: Parts of its range at which a lever is tried that a package does not use: an amount of its
#: kind that a budget can pay, or a degree.
UNUSED = {"amount": (0.2, 0.05), "degree": (1.0, 0.5)}
BUDGET, TARGET = "budget", "target"


@dataclass(frozen=True)
class Neighbour:
    """A package with one thing changed.

    Attributes:
        what: A lever, `BUDGET` or `TARGET`.
        value: Strength, US$ million a year, or a rule of `TARGETS`.
    """

    what: str
    value: float | str
    scenario: Scenario


def neighbours(scenario: Scenario, most: int) -> list[Neighbour]:
    """The changes of a package that people try first, at most so many, each once."""
    found: dict[str, Neighbour] = {}
    for what, value, policy in _changes(scenario.policy):
        changed = replace(scenario, policy=policy)
        if changed.digest != scenario.digest:
            found.setdefault(changed.digest, Neighbour(what, value, changed))
    return list(found.values())[:most]


def _changes(policy: Policy) -> Iterator[tuple[str, float | str, Policy]]:
    """Budget, targeting and the levers in use; then the others, the larger step first."""
    for factor in (0.5, 2.0):
        budget = policy.budget * factor
        yield BUDGET, budget, replace(policy, budget=budget)
    for rule in TARGETS:
        uses = {name: replace(use, target=rule) for name, use in policy.levers.items()}
        yield TARGET, rule, replace(policy, levers=uses)
    for name, use in policy.levers.items():
        for factor in (0.0, 2.0, 0.5):
            yield name, *_set(policy, name, use.intensity * factor)
    for step in (0, 1):
        for name, lever in levers().items():
            if name not in policy.levers:
                yield name, *_set(policy, name, lever.bounds[1] * UNUSED[lever.kind][step])


def _set(policy: Policy, name: str, value: float) -> tuple[float, Policy]:
    low, high = levers()[name].bounds
    value = min(max(value, low), high)
    # As the package uses its levers: what is added goes where the rest goes.
    first = next(iter(policy.levers.values()), LeverUse(0.0))
    use = policy.levers.get(name, LeverUse(0.0, target=first.target))
    uses = {**policy.levers, name: replace(use, intensity=value)}
    kept = {each: use for each, use in uses.items() if use.intensity != 0.0}
    return value, replace(policy, levers=kept)
