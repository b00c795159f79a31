"""The experiment file: uncertainties, levers, constants, outcomes, policies, design, luck.

The words are those of the XLRM frame (Lempert, Popper and Bankes 2003): exogenous uncertainties,
policy levers, relationships (the model) and measures. Everything is checked before any work
starts; a complaint names file, line, value and what is allowed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from divide.experiments.plan.comparison import check_policy
from divide.experiments.plan.design import Factor
from divide.experiments.plan.factors import mapping, planned, whole
from divide.experiments.plan.precision import Precision
from divide.model.declare.declarations import check_number, parameters, unknown
from divide.model.declare.yamlfile import InputError, read_yaml
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.scenario import REFERENCE, Policy, Scenario, at, refuse_unknown

SHIPPED = Path(__file__).parents[1] / "sweeps"
KEYS = {
    "title", "uncertainties", "levers", "constants", "outcomes", "countries", "policies",
    "reference", "design", "replicates", "random_numbers", "seed", "every", "limit_s",
}  # fmt: skip
CONSTANTS = ("start", "until", "firms", "platforms", "steps_per_year")
LIMIT_S = 600.0
MOST_REPLICATES = 100_000
MOST_RUNS = 10_000_000


def shipped() -> dict[str, Path]:
    """The experiments that ship with the model, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_experiment(path: str | Path) -> dict[str, Any]:
    """The fields of an `Experiment` from a file, or from a shipped one by its name.

    Raises:
        InputError: The file cannot be read, or a key or value is not allowed.
    """
    if "/" not in str(path) and str(path) in shipped():
        path = shipped()[str(path)]
    path = Path(path)
    if path.suffix not in (".yaml", ".yml"):
        raise InputError(unknown("experiment", str(path), shipped()) + ", or a file *.yaml")
    fields = settings(read_yaml(path), str(path), path.stem, path.parent)
    return {**fields, "source": path.read_text(encoding="utf-8")}


def settings(data: Mapping[str, Any], where: str, name: str, folder: Path) -> dict[str, Any]:
    """The fields of an `Experiment` from the mapping of a file.

    Args:
        data: Keys and values as in the file.
        where: Names the file in complaints.
        name: Name of the experiment.
        folder: Where the files that it names are looked for.

    Raises:
        InputError: A key or value is not allowed.
    """
    refuse_unknown(data, KEYS, where)
    base = _base(data, where)
    design, factors, points = planned(data, where, folder, base.seed)
    for factor in factors:
        if factor.name in base.parameters:
            here = at(where, data.get("constants", {}), factor.name)
            raise InputError(f"{here}: {factor.name} is varied by the design and cannot be fixed")
    policies, reference = _policies(data, where, folder, factors)
    outcomes = _columns(data, where, "outcomes", OUTCOMES, tuple(OUTCOMES))
    replicates, precision = _replicates(data, where, outcomes, reference, len(policies))
    fields = {
        "name": name,
        "title": _title(data, where, name),
        "source": "",
        "policies": policies,
        "reference": reference,
        "base": base,
        "factors": factors,
        "points": points,
        "design": design,
        "replicates": replicates,
        "precision": precision,
        "random_numbers": _choice(data, where, "random_numbers", ("common", "by_point")),
        "outcomes": outcomes,
        "countries": _columns(data, where, "countries", COUNTRY, ()),
        "every": _choice(data, where, "every", ("year", "quarter")),
        "limit_s": check_number(
            data.get("limit_s", LIMIT_S), (0.001, 1e6), "seconds a run",
            f"{at(where, data, 'limit_s')}: limit_s",
        ),
    }  # fmt: skip
    runs = replicates * len(points) * len(policies)
    if runs > MOST_RUNS:
        raise InputError(f"{where}: {runs:,} runs; allowed: {MOST_RUNS:,} in one experiment")
    return fields


def _title(data: Mapping[str, Any], where: str, name: str) -> str:
    title = data.get("title", name)
    if not isinstance(title, str):
        raise InputError(f"{at(where, data, 'title')}: title must be text")
    return title


def _base(data: Mapping[str, Any], where: str) -> Scenario:
    """The scenario that all runs start from."""
    constants = mapping(data, where, "constants")
    names = dict.fromkeys([*CONSTANTS, *parameters()])
    for key in constants:
        if key == "seed":
            raise InputError(f"{at(where, constants, key)}: seed stands outside constants")
        if key not in names:
            raise InputError(f"{at(where, constants, key)}: {unknown('constant', key, names)}")
    fixed = {key: value for key, value in constants.items() if key in parameters()}
    given = {key: value for key, value in constants.items() if key in CONSTANTS}
    if "seed" in data:
        given["seed"] = data["seed"]
    try:
        return Scenario(parameters=fixed, **given)
    except InputError as error:
        key = str(error).split(":")[0].removeprefix("parameter ")
        place = at(where, data if key == "seed" else constants, key)
        raise InputError(f"{place}: {error}") from None


def _policies(
    data: Mapping[str, Any], where: str, folder: Path, factors: tuple[Factor, ...]
) -> tuple[dict[str, Policy], str | None]:
    """Policies by name, the reference first, and the name of the reference."""
    here = at(where, data, "policies")
    listed = data.get("policies", [])
    if not isinstance(listed, list):
        raise InputError(f"{here}: policies must be a list of names or files")
    wanted = data.get("reference", REFERENCE)
    reference = None if wanted == "none" else _policy(wanted, at(where, data, "reference"), folder)
    found = {reference.name: reference} if reference else {}
    for entry in listed:
        policy = _policy(entry, here, folder)
        if reference and policy == reference:
            continue
        if policy.name in found:
            raise InputError(f"{here}: two policies are called {policy.name!r}; rename one")
        found[policy.name] = policy
    if not listed and any(factor.role == "lever" for factor in factors):
        found["custom"] = Policy("custom", "Levers of the design")
    if not found:
        raise InputError(f"{here}: policies is missing, and reference is none: nothing to run")
    for policy in found.values():
        try:
            check_policy(policy)
        except InputError as error:
            raise InputError(f"{here}: {error}") from None
    return found, reference.name if reference else None


def _policy(entry: object, here: str, folder: Path) -> Policy:
    if isinstance(entry, Policy):
        return entry
    if not isinstance(entry, str):
        raise InputError(f"{here}: policy {entry!r} must be a name or a file")
    try:
        is_file = Path(entry).suffix in (".yaml", ".yml")
        return Policy.load(folder / entry if is_file else entry)
    except InputError as error:
        raise InputError(f"{here}: {error}") from None


def _columns(
    data: Mapping[str, Any], where: str, key: str, known: Mapping[str, Any], rest: tuple[str, ...]
) -> tuple[str, ...]:
    """Names of recorded columns; `rest` where nothing is said."""
    kind = "outcome" if key == "outcomes" else "country column"
    names = data.get(key, list(rest))
    here = at(where, data, key)
    if names == "all":
        return tuple(known)
    if not isinstance(names, list):
        raise InputError(f"{here}: {key} must be a list of names, or all")
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise InputError(f"{here}: {unknown(kind, str(name), known)}")
        if names.count(name) > 1:
            raise InputError(f"{here}: {name} stands twice")
    if not names and rest:
        raise InputError(f"{here}: {key} is empty; name at least one, or all")
    return tuple(names)


def _replicates(
    data: Mapping[str, Any], where: str, outcomes: tuple[str, ...], reference: str | None, n: int
) -> tuple[int, Precision | None]:
    """Replicates, the most there will be, and what precision ends them earlier."""
    here = at(where, data, "replicates")
    asked = data.get("replicates", 1)
    if not isinstance(asked, Mapping):
        return whole(asked, (1, MOST_REPLICATES), f"{here}: replicates"), None
    here = f"{here}: replicates"
    known = {"precision", "outcome", "at_least", "at_most"}
    refuse_unknown(asked, known, where)
    for key in ("precision", "outcome", "at_most"):
        if key not in asked:
            raise InputError(f"{here}: {key} is missing")
    if reference is None or n < 2:
        raise InputError(f"{here}: precision is that of differences from a reference; none is run")
    if asked["outcome"] not in outcomes:
        kept = dict.fromkeys(outcomes)
        place = at(where, asked, "outcome")
        raise InputError(f"{place}: {unknown('kept outcome', str(asked['outcome']), kept)}")
    most = whole(asked["at_most"], (2, MOST_REPLICATES), f"{at(where, asked, 'at_most')}: at_most")
    place = f"{at(where, asked, 'at_least')}: at_least"
    least = whole(asked.get("at_least", min(8, most)), (2, most), place)
    place = f"{at(where, asked, 'precision')}: precision"
    width = check_number(asked["precision"], (1e-300, 1e300), "in the outcome's unit", place)
    return most, Precision(width, asked["outcome"], least)


def _choice(data: Mapping[str, Any], where: str, key: str, allowed: tuple[str, ...]) -> str:
    value = data.get(key, allowed[0])
    if value not in allowed:
        raise InputError(f"{at(where, data, key)}: {key} {value!r}; allowed: {', '.join(allowed)}")
    return str(value)
