"""What a comparison will run, checked before any work starts."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from divide.experiments.plan.draws import Draws
from divide.experiments.report.units import plain
from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.levers import levers
from divide.model.policy.policy import REFERENCE, Policy, check_countries
from divide.model.scenario import Scenario

MOST_REPLICATES = 1_000


@dataclass(frozen=True)
class Plan:
    """Policies, the reference first, to be run on the same seeds.

    Attributes:
        policies: The reference and those compared with it.
        base: Period, first seed, size and parameters; its own policy is not used.
        replicates: Runs of each policy.
        parameter_draws: Replicate r of every policy takes draw r for its parameters; where there
            are none, all replicates have the parameters of `base`. Values set in `base` stay.
    """

    policies: tuple[Policy, ...]
    base: Scenario
    replicates: int
    parameter_draws: Draws = ()

    def __post_init__(self) -> None:
        check_number(self.replicates, (1, MOST_REPLICATES), "runs of each policy", "replicates")
        if self.replicates != int(self.replicates):
            raise InputError(f"{self.replicates:g} is not a whole number", ("replicates",))
        if self.parameter_draws and self.replicates > len(self.parameter_draws):
            raise InputError(
                f"{self.replicates} runs of each policy need as many draws of the "
                f"parameters, and there are {len(self.parameter_draws)}",
                ("replicates",),
            )
        if not self.policies:
            raise InputError("a comparison needs at least one policy", ("policies",))
        for name in self.names:
            # Names become file names and cells of spreadsheets.
            if not re.fullmatch(r"\w[\w .-]{0,79}", name):
                raise InputError(
                    f"policy name {name!r}: at most 80 letters, digits, '_', '-' and '.' "
                    "(rename its file)",
                    ("policies",),
                )
            if self.names.count(name) > 1:
                reason = f"two policies are called {name!r}; rename one of the files"
                raise InputError(reason, ("policies",))
        for policy in self.policies:
            with inside("policies", policy.name):
                check_countries(policy)
        self.runs()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the policies, the reference first."""
        return tuple(policy.name for policy in self.policies)

    @cached_property
    def titles(self) -> dict[str, str]:
        """A title for each policy, fit to print and different from the others'."""
        titles = {policy.name: plain(policy.title) or policy.name for policy in self.policies}
        several = list(titles.values())
        return {
            name: title if several.count(title) == 1 else f"{title} ({name})"
            for name, title in titles.items()
        }

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Each policy's scenario with the first seed."""
        return {policy.name: replace(self.base, policy=policy) for policy in self.policies}

    def runs(self) -> list[tuple[int, Scenario]]:
        """Every run as (replicate, scenario), replicate by replicate.

        Raises:
            InputError: A seed or setting is not allowed.
        """
        return [
            (
                replicate,
                replace(
                    scenario,
                    seed=self.base.seed + replicate,
                    parameters=self.parameters_of(replicate),
                ),
            )
            for replicate in range(self.replicates)
            for scenario in self.scenarios.values()
        ]

    def parameters_of(self, replicate: int) -> dict[str, float]:
        """Parameters of a replicate that differ from the declarations."""
        drawn = self.parameter_draws[replicate] if self.parameter_draws else {}
        return {**drawn, **self.base.parameters}

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the parameters that vary over replicates."""
        names = self.parameter_draws[0] if self.parameter_draws else ()
        return tuple(name for name in names if name not in self.base.parameters)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that bears on the result."""
        parts = [scenario.digest for scenario in self.scenarios.values()]
        if self.drawn:
            parts += [scenario.digest for _, scenario in self.runs()]
        return hashlib.sha256("\n".join([*parts, str(self.replicates)]).encode()).hexdigest()

    @property
    def speculative(self) -> dict[str, list[str]]:
        """By policy, labels of the levers in use for which no outcome data exist."""
        return {policy.name: speculative_levers(policy) for policy in self.policies}


def speculative_levers(policy: Policy) -> list[str]:
    """Labels of the levers in use for which no outcome data exist."""
    used = [levers()[name] for name, use in policy.levers.items() if use.intensity]
    return [lever.label for lever in used if lever.speculative]


def parse_changes(settings: Sequence[str]) -> dict[str, float]:
    """Lever intensities from texts of the form LEVER=VALUE.

    Raises:
        InputError: No "=", no such lever, no number, outside the bounds, or a lever twice.
    """
    changes: dict[str, float] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        with located(f"--set {setting}"):
            if not equals:
                raise InputError("write LEVER=VALUE, for example five_g=500")
            if name not in levers():
                raise UnknownKeyError(unknown("lever", name, levers()), ("levers", name))
            if name in changes:
                raise InputError(f"lever {name} is set twice", ("levers", name))
            lever = levers()[name]
            try:
                value: object = float(text)
            except ValueError:
                value = text
            changes[name] = check_number(value, lever.bounds, lever.unit, "levers", name)
    return changes


def chosen_policies(
    names: Sequence[str], changes: Mapping[str, float], own: Policy | None = None
) -> tuple[Policy, ...]:
    """The reference and the policies to compare with it.

    Args:
        names: Shipped packages or policy files; none means `own` or "balanced".
        changes: Lever intensities that every policy but the reference takes over.
        own: The policy of a scenario file.

    Raises:
        InputError: A policy cannot be read or a value is not allowed.
    """
    reference = Policy.load(REFERENCE)
    if not names and own is not None and own.name != REFERENCE:
        others = [own]
    else:
        wanted = names or ("balanced",)
        others = [Policy.load(name) for name in wanted if name != REFERENCE]
    if not changes:
        return (reference, *others)
    if not others:
        return (reference, Policy("custom", "Custom").with_levers(changes))
    # A changed package must not pass for the package.
    changed = [replace(policy, title=f"{policy.title} (changed)") for policy in others]
    return (reference, *(policy.with_levers(changes) for policy in changed))
