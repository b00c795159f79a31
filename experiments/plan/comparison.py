"""A comparison: the experiment of one point, or of the central run and futures, with a report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from divide.experiments.plan.design import Design
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.uncertainty import Futures, factors_of, points_of
from divide.model.declare.checks import check_number, check_whole, plain_number, unknown
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import Parameter, parameters
from divide.model.extended import recorded
from divide.model.policy.policy import REFERENCE, Policy, check_countries
from divide.model.scenario import Scenario

MOST_REPLICATES = 1_000
#: Seconds after which a run is given up: nobody waits for one that hangs.
LIMIT_S = 86_400.0


def comparison(
    policies: Sequence[Policy], base: Scenario, replicates: int = 5, futures: Futures = ()
) -> Experiment:
    """Policies, the reference first, to be run on the same seeds.

    Replicate r of every policy has the seed of `base` plus r. With futures point 0 of the
    experiment is the central run and point k future k, each run once.

    Args:
        policies: The reference and those compared with it.
        base: Period, first seed, size and parameters; its own policy is not used.
        replicates: Runs of each policy, without futures.
        futures: What may come (see `divide.experiments.plan.uncertainty.futures`).

    Raises:
        InputError: No policy, two of one name, or a seed or setting is not allowed.
    """
    check_whole(replicates, (1, MOST_REPLICATES), "runs of each policy", "replicates")
    if not policies:
        raise InputError("a comparison needs at least one policy", ("policies",))
    names = [policy.name for policy in policies]
    for policy in policies:
        with inside("policies", policy.name):
            check_policy(policy)
        if names.count(policy.name) > 1:
            reason = f"two policies are called {policy.name!r}; rename one of the files"
            raise InputError(reason, ("policies",))
    made = Experiment(
        name="-".join(names[1:] or names)[:80],
        title=" and ".join(policy.title or policy.name for policy in policies),
        source="",
        policies={policy.name: policy for policy in policies},
        reference=names[0],
        base=replace(base, policy=Policy.load(REFERENCE)),
        factors=factors_of(futures) if futures else (),
        points=points_of(futures) if futures else np.zeros((1, 0)),
        design=Design("predictive", len(futures)) if futures else Design(levels=1),
        replicates=1 if futures else int(replicates),
        precision=None,
        random_numbers="by_point" if futures else "common",
        draws="by_point" if futures else "common",
        outcomes=tuple(recorded(base.extensions).outcomes),
        countries=tuple(recorded(base.extensions).country),
        every="quarter",
        limit_s=LIMIT_S,
        report=True,
    )
    for run in range(0, len(made), len(policies)):
        _ = made.run(run).scenario  # its seed and parameters are checked
    return made


def check_policy(policy: Policy) -> None:
    """Raise InputError if a policy's name or a target of its levers is not allowed."""
    # Names become file names and cells of spreadsheets.
    if not re.fullmatch(r"\w[\w .-]{0,79}", policy.name):
        raise InputError(
            f"policy name {policy.name!r:.100}: at most 80 letters, digits, '_', '-' and '.' "
            "(rename its file)"
        )
    check_countries(policy)


class Changes(NamedTuple):
    """What is set on the command line: strengths of levers, and values of parameters."""

    levers: dict[str, float]
    parameters: dict[str, float]


def parse_changes(settings: Sequence[str]) -> Changes:
    """Lever intensities and values of parameters from texts of the form NAME=VALUE.

    A name with a dot is a parameter.

    Raises:
        InputError: No "=", no such lever or parameter, no number, outside the bounds, or a name
            twice.
    """
    changes = Changes({}, {})
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        with located(f"--set {setting}"):
            if not equals:
                allowed = "for example five_g=500 or adoption.imitation=0.4"
                raise InputError(f"write LEVER=VALUE or PARAMETER=VALUE, {allowed}")
            kind, known, found = _meant(name, changes)
            if name not in known:
                raise UnknownKeyError(unknown(kind, name, known), (f"{kind}s", name))
            if name in found:
                raise InputError(f"{kind} {name} is set twice", (f"{kind}s", name))
            declared, value = known[name], plain_number(text.strip())
            path = f"{kind}s", name
            found[name] = check_number(value, declared.bounds, declared.unit, *path)
    return changes


def _meant(
    name: str, changes: Changes
) -> tuple[str, Mapping[str, Lever | Parameter], dict[str, float]]:
    """What a name is, what is known of its kind, and what was set of it."""
    if "." in name:
        return "parameter", parameters(), changes.parameters
    return "lever", levers(), changes.levers


def _loaded(name: str) -> Policy:
    """A policy by its name or file; an error that knows its file and line needs no option."""
    try:
        return Policy.load(name)
    except InputError as error:
        raise error if error.place else error.within("policies") from None


def chosen_policies(
    names: Sequence[str], changes: Mapping[str, float], own: Sequence[Policy] = ()
) -> tuple[Policy, ...]:
    """The reference and the policies to compare with it.

    Args:
        names: Shipped packages or policy files; none means `own` or "balanced".
        changes: Lever intensities that every policy but the reference takes over.
        own: The policies of a file: of a comparison, the reference first, or that of a scenario.

    Raises:
        InputError: A policy cannot be read or a value is not allowed.
    """
    reference = Policy.load(REFERENCE)
    if names or not own or (len(own) == 1 and own[0].name == REFERENCE):
        others = [_loaded(name) for name in names or ("balanced",) if name != REFERENCE]
    elif len(own) == 1:
        others = list(own)
    else:
        reference, *others = own
    if not changes:
        return (reference, *others)
    if not others:
        return (reference, Policy("custom", "Custom").with_levers(changes))
    # A changed package must not pass for the package.
    changed = [replace(policy, title=f"{policy.title} (changed)") for policy in others]
    return (reference, *(policy.with_levers(changes) for policy in changed))
