"""The part of an experiment file that says what is varied, and how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from divide.experiments.plan.csvfile import Known, read_table
from divide.experiments.plan.design import KINDS, Array, Design, Factor, hypercube
from divide.experiments.plan.draws import SHIPPED, read_draws
from divide.experiments.plan.uncertainty import factors_of, futures, points_of
from divide.model.declare.checks import (
    check_mapping,
    check_number,
    check_whole,
    refuse_unknown,
    unknown,
)
from divide.model.declare.errors import InputError, UnknownKeyError, inside
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import Parameter, parameters
from divide.model.scenario import Scenario

Role = Literal["uncertainty", "lever"]
#: Where in a file the factors of each role stand.
KEYS: dict[Role, str] = {"uncertainty": "uncertainties", "lever": "levers"}
#: Keys of each kind of design, besides `kind`.
SETTINGS = {
    "factorial": {"levels"},
    "latin_hypercube": {"n"},
    "sobol": {"n", "second_order"},
    "morris": {"n", "levels"},
    "table": {"file"},
    "posterior": {"n", "file"},
    "predictive": {"n", "file", "again"},
}


def planned(
    data: Mapping[str, Any], folder: Path, base: Scenario
) -> tuple[Design, tuple[Factor, ...], Array]:
    """The design of an experiment, what it varies, and its points, (points, factors).

    Args:
        data: The file.
        folder: Where the files that it names are looked for.
        base: What is fixed, and the seed of the sampler.

    Raises:
        InputError: A key or value is not allowed.
    """
    factors = (
        *read_factors(data, "uncertainty", parameters()),
        *read_factors(data, "lever", levers()),
    )
    described = section(data, "design")
    if not described:
        if factors:
            raise InputError(f"design is missing; allowed kinds: {', '.join(KINDS)}")
        return Design(levels=1, seed=base.seed), (), np.zeros((1, 0))
    with inside("design"):
        design = _design(described, factors, base.seed)
        if design.kind == "table":
            factors, points = _table(design, folder, factors)
        elif design.kind == "predictive":
            again = described.get("again", False)
            design, factors, points = _predictive(design, folder, factors, base, again)
        elif design.kind != "posterior":
            points = design.points(factors)
    if design.kind == "posterior":
        design, factors, points = _posterior(design, folder, factors)
    return design, factors, points + 0.0  # no minus zero, which would have a digest of its own


def section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The mapping under a key, empty where there is none."""
    given = data.get(key)
    return {} if given is None else check_mapping(given, "names to values", key)


def read_factors(data: Mapping[str, Any], role: Role, known: Known) -> list[Factor]:
    """The factors of a role, under `uncertainties` or `levers`."""
    key, found = KEYS[role], []
    for name, entry in section(data, key).items():
        if name not in known:
            raise UnknownKeyError(unknown(role, name, known), (key, name))
        with inside(key, name):
            found.append(_factor(name, role, entry, known[name]))
    return found


def _factor(name: str, role: Role, entry: object, declared: Parameter | Lever) -> Factor:
    """A factor from "declared", [low, high], or a list of one, three or more values."""
    if entry == "declared":
        return Factor.declared(declared)
    if not isinstance(entry, list) or not entry:
        raise InputError(f'{entry!r:.80}; allowed: [low, high], a list of values, or "declared"')
    values = tuple(
        check_number(value, declared.bounds, declared.unit, k) for k, value in enumerate(entry)
    )
    if len(values) != 2:
        if len(set(values)) < len(values):
            raise InputError("a value stands twice")
        return Factor(name, role, min(values), max(values), values)
    low, high = values
    if low >= high:
        raise InputError(f"[{low:g}, {high:g}]: the first must be less than the second")
    return Factor(name, role, low, high)


def _design(described: Mapping[str, Any], factors: tuple[Factor, ...], seed: int) -> Design:
    """The design, each key only where it means something."""
    kind = described.get("kind")
    if not isinstance(kind, str) or kind not in SETTINGS:
        raise InputError(unknown("kind of design", str(kind)[:80], SETTINGS), ("kind",))
    refuse_unknown(described, {"kind", *SETTINGS[kind]})
    if not factors and kind not in ("table", "posterior", "predictive"):
        raise InputError(f"a {kind} design needs uncertainties or levers to vary")
    made: dict[str, Any] = {"kind": kind, "seed": seed}
    for key, most in (("n", 10_000_000), ("levels", 1_000)):
        if key in described:
            made[key] = check_whole(described[key], (1, most), "", key)
    if kind == "morris":
        made.setdefault("levels", 4)
    if kind == "factorial" and any(not f.values for f in factors) and made.get("levels", 0) < 2:
        raise InputError("levels is missing: values of each range, at least 2")
    if not isinstance(second := described.get("second_order", False), bool):
        raise InputError(f"{second!r:.80}; allowed: true, false", ("second_order",))
    file = described.get("file", SHIPPED if kind in ("posterior", "predictive") else "")
    if not isinstance(file, str) or (kind == "table" and not file):
        raise InputError("must name a CSV file", ("file",))
    return Design(**made, second_order=second, file=file)


def _posterior(
    design: Design, folder: Path, others: tuple[Factor, ...]
) -> tuple[Design, tuple[Factor, ...], Array]:
    """One point a draw; what else is varied meets the draws in a Latin hypercube."""
    source = design.file if design.file == SHIPPED else folder / design.file
    with inside("design", "file"):
        draws = read_draws(source, design.file)
    n = design.n or len(draws)
    if n > len(draws):
        reason = f"{n} draws asked for; {design.file} holds {len(draws)}"
        raise InputError(reason, ("design", "n"))
    drawn = tuple(Factor.declared(parameters()[name]) for name in draws[0])
    names = {factor.name for factor in drawn}
    for factor in others:
        if factor.name in names:
            reason = f"is drawn from {design.file}; it cannot be varied too"
            raise InputError(reason, (KEYS[factor.role], factor.name))
    points = np.array([list(draw.values()) for draw in draws[:n]])
    if others:
        unit = hypercube(n, len(others), design.seed)
        extra = [factor.stretched(unit[:, k]) for k, factor in enumerate(others)]
        points = np.column_stack([points, *extra])
    made = Design("posterior", n, file=design.file, seed=design.seed)
    return made, (*drawn, *others), points


def _predictive(
    design: Design, folder: Path, others: tuple[Factor, ...], base: Scenario, again: object
) -> tuple[Design, tuple[Factor, ...], Array]:
    """The central run, and one point a future; with `again` rows of the file come in turn."""
    if others:
        raise InputError("varies all that is uncertain; leave out uncertainties and levers")
    if not isinstance(again, bool):
        raise InputError(f"{again!r:.80}; allowed: true, false", ("again",))
    source = design.file if design.file == SHIPPED else folder / design.file
    with inside("file"):
        n = design.n or len(read_draws(source, design.file))
        found = futures(n, base, source, again=again)
    made = Design("predictive", n, file=design.file, seed=design.seed)
    return made, factors_of(found), points_of(found)


def _table(
    design: Design, folder: Path, others: tuple[Factor, ...]
) -> tuple[tuple[Factor, ...], Array]:
    """The points in a CSV file whose first line names parameters and levers."""
    with inside("file"):
        if others:
            raise InputError(
                f"{design.file} says what is varied; leave out uncertainties and levers"
            )
        known: Known = {**parameters(), **levers()}
        path = folder / design.file
        names, points = read_table(path, design.file, known, "parameter or lever", "point")
    roles: list[Role] = ["uncertainty" if name in parameters() else "lever" for name in names]
    factors = tuple(
        Factor(name, role, float(column.min()), float(column.max()))
        for name, role, column in zip(names, roles, points.T, strict=True)
    )
    return factors, points
