"""The experiment file: uncertainties, levers, constants, outcomes, policies, design, luck.

The words are those of the XLRM frame (Lempert, Popper and Bankes 2003): exogenous uncertainties,
policy levers, relationships (the model) and measures. Everything is checked before any work
starts; an error names file, line, key, value and what is allowed.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from divide.experiments.plan.comparison import check_policy
from divide.experiments.plan.design import Factor
from divide.experiments.plan.factors import planned, section
from divide.experiments.plan.precision import Precision
from divide.model.declare.checks import (
    check_choice,
    check_number,
    check_text,
    check_whole,
    refuse_unknown,
    unknown,
)
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.extension import Extension
from divide.model.declare.files import read_text
from divide.model.declare.parameters import parameters
from divide.model.declare.yamlfile import MAX_BYTES, is_yaml, read_yaml
from divide.model.extended import recorded
from divide.model.policy.policy import REFERENCE, Policy, packages
from divide.model.scenario import Scenario, read_extensions

SHIPPED = Path(__file__).parents[1] / "sweeps"
KEYS = {
    "title", "uncertainties", "levers", "constants", "outcomes", "countries", "policies",
    "reference", "extensions", "design", "replicates", "random_numbers", "draws", "seed", "every",
    "limit_s",
}  # fmt: skip
CONSTANTS = ("start", "until", "firms", "platforms", "steps_per_year", "draw")
#: What is allowed under `draws`, the default first.
DRAWS = {
    "": ("common", "by_point", "by_replicate"),
    "posterior": ("by_point", "common", "by_replicate"),
    "predictive": ("by_point",),
}
LIMIT_S = 600.0
MOST_REPLICATES = 100_000
MOST_RUNS = 10_000_000


def shipped() -> dict[str, Path]:
    """The experiments that ship with the model, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_experiment(path: str | Path, extensions: tuple[Extension, ...] = ()) -> dict[str, Any]:
    """The fields of an `Experiment` from a file, or from a shipped one by its name.

    Raises:
        InputError: The file cannot be read, or a key or value is not allowed.
    """
    if "/" not in str(path) and str(path) in shipped():
        path = shipped()[str(path)]
    path = Path(path)
    if not is_yaml(path):
        raise InputError(unknown("experiment", str(path), shipped()) + ", or a file *.yaml")
    fields = settings(read_yaml(path), str(path), path.stem, path.parent, extensions)
    return {**fields, "source": read_text(path, MAX_BYTES)}


def settings(
    data: Mapping[str, Any],
    where: str,
    name: str,
    folder: Path,
    extensions: tuple[Extension, ...] = (),
) -> dict[str, Any]:
    """The fields of an `Experiment` from the mapping of a file.

    Args:
        data: Keys and values as in the file.
        where: Names the file in errors.
        name: Name of the experiment.
        folder: Where the files that it names are looked for.
        extensions: What is added to the model beside what the file names.

    Raises:
        InputError: A key or value is not allowed.
    """
    with located(where, data):
        return _settings(data, name, folder, extensions)


def _settings(
    data: Mapping[str, Any], name: str, folder: Path, extensions: tuple[Extension, ...]
) -> dict[str, Any]:
    refuse_unknown(data, KEYS)
    with inside("extensions"):  # first of all: they declare levers, parameters and outcomes
        named = read_extensions(data.get("extensions", ()), folder)
        extensions = tuple(dict.fromkeys((*extensions, *named)))
    base = _base(data, extensions)
    records = recorded(extensions)
    design, factors, points = planned(data, folder, base)
    # Row k of a posterior goes with draw k; a predictive design begins with the central run.
    draws = _choice(data, "draws", DRAWS.get(design.kind, DRAWS[""]))
    if draws != "common" and not base.draw and design.kind != "predictive":
        base = replace(base, draw=1)
    for factor in factors:
        if factor.name in base.parameters:
            reason = "is varied by the design and cannot be fixed"
            raise InputError(reason, ("constants", factor.name))
    luck = ("by_point",) if design.kind == "predictive" else ("common", "by_point")
    policies, reference = _policies(data, folder, factors)
    outcomes = _columns(data, "outcomes", "outcome", records.outcomes, tuple(records.outcomes))
    replicates, precision = _replicates(data, outcomes, reference, len(policies))
    fields = {
        "name": name,
        "title": check_text(data.get("title", name), "title"),
        "source": "",
        "policies": policies,
        "reference": reference,
        "base": base,
        "factors": factors,
        "points": points,
        "design": design,
        "replicates": replicates,
        "precision": precision,
        "random_numbers": _choice(data, "random_numbers", luck),
        "outcomes": outcomes,
        "draws": draws,
        "countries": _columns(data, "countries", "country column", records.country, ()),
        "every": _choice(data, "every", ("year", "quarter")),
        "limit_s": check_number(
            data.get("limit_s", LIMIT_S), (0.001, 1e6), "seconds a run", "limit_s"
        ),
    }
    runs = replicates * len(points) * len(policies)
    if runs > MOST_RUNS:
        raise InputError(f"{runs:,} runs; allowed: {MOST_RUNS:,} in one experiment")
    return fields


def _base(data: Mapping[str, Any], extensions: tuple[Extension, ...]) -> Scenario:
    """The scenario that all runs start from."""
    constants = section(data, "constants")
    names = dict.fromkeys([*CONSTANTS, *parameters()])
    given: dict[str, Any] = {}
    fixed: dict[str, Any] = {}
    with inside("constants"):
        for key, value in constants.items():
            if key == "seed":
                raise InputError("stands outside constants", (key,))
            if key not in names:
                raise UnknownKeyError(unknown("constant", key, names), (key,))
            (fixed if key in parameters() else given)[key] = value
    if "seed" in data:
        given["seed"] = data["seed"]
    try:
        return Scenario(parameters=fixed, extensions=extensions, **given)
    except InputError as error:  # parameters stand beside the other constants
        path = error.path[1:] if error.path[0] == "parameters" else error.path
        path = path if path == ("seed",) else ("constants", *path)
        raise InputError(error.reason, path) from None


def _policies(
    data: Mapping[str, Any], folder: Path, factors: tuple[Factor, ...]
) -> tuple[dict[str, Policy], str | None]:
    """Policies by name, the reference first, and the name of the reference."""
    listed = data.get("policies", [])
    if not isinstance(listed, list):
        reason = "must be a list of files and of names that `divide policies` lists"
        raise InputError(reason, ("policies",))
    wanted = data.get("reference", REFERENCE)
    with inside("reference"):
        reference = None if wanted == "none" else _policy(wanted, folder)
    found = {reference.name: reference} if reference else {}
    for k, entry in enumerate(listed):
        with inside("policies", k):
            policy = _policy(entry, folder)
            if reference and policy == reference:
                continue
            if policy.name in found:
                raise InputError(f"two policies are called {policy.name!r}; rename one")
        found[policy.name] = policy
    if not listed and any(factor.role == "lever" for factor in factors):
        found["custom"] = Policy("custom", "Levers of the design")
    if not found:
        raise InputError("policies is missing, and reference is none: nothing to run")
    return found, reference.name if reference else None


def _policy(entry: object, folder: Path) -> Policy:
    """A policy that the file names, or one that Python code gave."""
    if isinstance(entry, str):
        policy = Policy.load(entry, folder)
    elif isinstance(entry, Policy):
        policy = entry
    else:
        raise InputError(f"{entry!r:.80} must be a file or one of {', '.join(packages())}")
    check_policy(policy)
    return policy


def _columns(
    data: Mapping[str, Any], key: str, kind: str, known: Mapping[str, Any], rest: tuple[str, ...]
) -> tuple[str, ...]:
    """Names of recorded columns; `rest` where nothing is said."""
    names = data.get(key, list(rest))
    if names == "all":
        return tuple(known)
    with inside(key):
        if not isinstance(names, list):
            raise InputError(f"must be a list of names of {kind}s, or all; " + some(known))
        for k, name in enumerate(names):
            if not isinstance(name, str) or name not in known:
                raise InputError(unknown(kind, str(name)[:80], known), (k,))
            if name in names[:k]:
                raise InputError(f"{name} stands twice", (k,))
        if not names and rest:
            raise InputError("is empty; name at least one, or all")
    return tuple(names)


def some(known: Mapping[str, Any]) -> str:
    """What may stand in a list: all names of a short one, a few of a long one."""
    names = list(known)
    more = f", ... ({len(names)} names)" if len(names) > 12 else ""
    return f"allowed: {', '.join(names[:12])}{more}"


def _replicates(
    data: Mapping[str, Any], outcomes: tuple[str, ...], reference: str | None, policies: int
) -> tuple[int, Precision | None]:
    """Replicates, the most there will be, and what precision ends them earlier."""
    asked = data.get("replicates", 1)
    if not isinstance(asked, Mapping):
        return check_whole(asked, (1, MOST_REPLICATES), "", "replicates"), None
    with inside("replicates"):
        refuse_unknown(asked, ("precision", "outcome", "at_least", "at_most"))
        for key in ("precision", "outcome", "at_most"):
            if key not in asked:
                raise InputError(f"{key} is missing")
        if reference is None or policies < 2:
            raise InputError("precision is that of differences from a reference; none is run")
        if asked["outcome"] not in outcomes:
            kept = dict.fromkeys(outcomes)
            raise InputError(
                unknown("kept outcome", str(asked["outcome"])[:80], kept), ("outcome",)
            )
        most = check_whole(asked["at_most"], (2, MOST_REPLICATES), "", "at_most")
        least = check_whole(asked.get("at_least", min(8, most)), (2, most), "", "at_least")
        bounds, unit = (1e-300, 1e300), "in the outcome's unit"
        width = check_number(asked["precision"], bounds, unit, "precision")
    return most, Precision(width, asked["outcome"], least)


def _choice(data: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    return check_choice(data.get(key, allowed[0]), allowed, key)
