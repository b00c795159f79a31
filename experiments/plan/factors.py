"""The part of an experiment file that says what is varied, and how."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from divide.experiments.plan.design import KINDS, MOST_NUMBERS, Array, Design, Factor, hypercube
from divide.experiments.plan.draws import SHIPPED, Draws, read_draws
from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import Parameter, parameters
from divide.model.declare.yamlfile import Lines
from divide.model.scenario import at, refuse_unknown

Role = Literal["uncertainty", "lever"]


def planned(
    data: Mapping[str, Any], where: str, folder: Path, seed: int
) -> tuple[Design, tuple[Factor, ...], Array]:
    """The design of an experiment, what it varies, and its points, (points, factors).

    Raises:
        InputError: A key or value is not allowed.
    """
    factors = (
        *read_factors(data, where, "uncertainties", "uncertainty", parameters()),
        *read_factors(data, where, "levers", "lever", levers()),
    )
    described = mapping(data, where, "design")
    here = at(where, data, "design")
    if not described:
        if factors:
            raise InputError(f"{here}: design is missing; allowed kinds: {', '.join(KINDS)}")
        return Design(levels=1, seed=seed), (), np.zeros((1, 0))
    design = _design(described, where, here, factors, seed)
    try:
        if design.kind == "table":
            factors, points = _table(design, folder, factors)
        elif design.kind == "posterior":
            design, factors, points = _posterior(design, folder, factors)
        else:
            points = design.points(factors)
    except InputError as error:
        raise InputError(f"{here}: {error}") from None
    return design, factors, points + 0.0  # no minus zero, which would have a digest of its own


def mapping(data: Mapping[str, Any], where: str, key: str) -> Mapping[str, Any]:
    """The mapping under a key, empty where there is none."""
    value = data.get(key) or Lines()
    if not isinstance(value, Mapping):
        raise InputError(f"{at(where, data, key)}: {key} must hold key: value lines")
    return value


def whole(value: object, bounds: tuple[int, int], where: str) -> int:
    """A whole number within bounds."""
    number = check_number(value, bounds, "", where)
    if number != int(number):
        raise InputError(f"{where}: {number:g} is not a whole number")
    return int(number)


def read_factors(
    data: Mapping[str, Any],
    where: str,
    key: str,
    role: Role,
    known: Mapping[str, Parameter] | Mapping[str, Lever],
) -> list[Factor]:
    """The factors under `uncertainties` or `levers`."""
    entries = mapping(data, where, key)
    found = []
    for name, entry in entries.items():
        here = at(where, entries, name)
        if name not in known:
            raise InputError(f"{here}: {unknown(role, name, known)}")
        found.append(_factor(name, role, entry, known[name], f"{here}: {name}"))
    return found


def _factor(name: str, role: Role, entry: object, declared: Parameter | Lever, here: str) -> Factor:
    """A factor from "declared", [low, high], or a list of one, three or more values."""
    if entry == "declared":
        return Factor(name, role, *declared.bounds)
    if not isinstance(entry, list) or not entry:
        raise InputError(
            f'{here}: {entry!r}; allowed: [low, high], a list of values, or "declared"'
        )
    values = tuple(check_number(value, declared.bounds, declared.unit, here) for value in entry)
    if len(values) != 2:
        if len(set(values)) < len(values):
            raise InputError(f"{here}: a value stands twice")
        return Factor(name, role, min(values), max(values), values)
    low, high = values
    if low >= high:
        raise InputError(f"{here}: [{low:g}, {high:g}]: the first must be less than the second")
    return Factor(name, role, low, high)


def _design(
    described: Mapping[str, Any], where: str, here: str, factors: tuple[Factor, ...], seed: int
) -> Design:
    """The design, each key only where it means something."""
    kind = described.get("kind")
    allowed = {
        "factorial": {"levels"},
        "latin_hypercube": {"n"},
        "sobol": {"n", "second_order"},
        "morris": {"n", "levels"},
        "table": {"file"},
        "posterior": {"n", "file"},
    }
    if not isinstance(kind, str) or kind not in allowed:
        message = unknown("kind of design", str(kind), allowed)
        raise InputError(f"{at(where, described, 'kind')}: {message}")
    refuse_unknown(described, {"kind", *allowed[kind]}, where)
    if not factors and kind not in ("table", "posterior"):
        raise InputError(f"{here}: a {kind} design needs uncertainties or levers to vary")
    made: dict[str, Any] = {"kind": kind, "seed": seed}
    for key, most in (("n", 10_000_000), ("levels", 1_000)):
        if key in described:
            made[key] = whole(described[key], (1, most), f"{at(where, described, key)}: {key}")
    if kind == "morris":
        made.setdefault("levels", 4)
    if kind == "factorial" and any(not f.values for f in factors) and made.get("levels", 0) < 2:
        raise InputError(f"{here}: levels is missing: values of each range, at least 2")
    if not isinstance(second := described.get("second_order", False), bool):
        place = at(where, described, "second_order")
        raise InputError(f"{place}: second_order {second!r}; allowed: true, false")
    file = described.get("file", SHIPPED if kind == "posterior" else "")
    if not isinstance(file, str) or (kind == "table" and not file):
        raise InputError(f"{at(where, described, 'file')}: file must name a CSV file")
    try:
        return Design(**made, second_order=second, file=file)
    except InputError as error:
        place = at(where, described, str(error).split(":")[0])
        raise InputError(f"{place}: {error}") from None


def _posterior(
    design: Design, folder: Path, others: tuple[Factor, ...]
) -> tuple[Design, tuple[Factor, ...], Array]:
    """One point a draw; what else is varied meets the draws in a Latin hypercube."""
    source = design.file if design.file == SHIPPED else folder / design.file
    draws: Draws = read_draws(source)
    n = design.n or len(draws)
    if n > len(draws):
        raise InputError(f"n: {n} draws asked for; {design.file} holds {len(draws)}")
    drawn = tuple(Factor(name, "uncertainty", *parameters()[name].bounds) for name in draws[0])
    names = {factor.name for factor in drawn}
    for factor in others:
        if factor.name in names:
            raise InputError(f"{factor.name} is drawn from {design.file}; it cannot be varied too")
    points = np.array([list(draw.values()) for draw in draws[:n]])
    if others:
        unit = hypercube(n, len(others), design.seed)
        extra = [factor.stretched(unit[:, k]) for k, factor in enumerate(others)]
        points = np.column_stack([points, *extra])
    made = Design("posterior", n, file=design.file, seed=design.seed)
    return made, (*drawn, *others), points


def _table(
    design: Design, folder: Path, others: tuple[Factor, ...]
) -> tuple[tuple[Factor, ...], Array]:
    """The points in a CSV file whose first line names parameters and levers."""
    where = design.file
    if others:
        raise InputError(f"{where} says what is varied; leave out uncertainties and levers")
    try:
        with (folder / design.file).open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, strict=True) if row]
    except OSError as error:
        raise InputError(f"{where}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{where}: is not a CSV file in UTF-8: {error}") from None
    if len(rows) < 2:
        raise InputError(f"{where}: holds no point; the first line names parameters and levers")
    names, *lines = rows
    known: dict[str, Parameter | Lever] = {**parameters(), **levers()}
    for name in names:
        if name not in known:
            message = unknown("parameter or lever", name[:80], known).split(" (allowed")[0]
            raise InputError(f"{where}: {message}")
        if names.count(name) > 1:
            raise InputError(f"{where}: {name} stands twice in the first line")
    if len(lines) * len(names) > MOST_NUMBERS:
        raise InputError(f"{where}: more than {MOST_NUMBERS:,} numbers")
    points = np.empty((len(lines), len(names)))
    for k, line in enumerate(lines):
        here = f"{where}, point {k + 1}"
        if len(line) != len(names):
            raise InputError(f"{here}: has {len(line)} values for {len(names)} names")
        for j, (name, text) in enumerate(zip(names, line, strict=True)):
            declared = known[name]
            points[k, j] = check_number(
                number(text), declared.bounds, declared.unit, f"{here}, {name}"
            )
    roles: list[Role] = ["uncertainty" if name in parameters() else "lever" for name in names]
    factors = tuple(
        Factor(name, role, float(column.min()), float(column.max()))
        for name, role, column in zip(names, roles, points.T, strict=True)
    )
    return factors, points


def number(text: str) -> object:
    """The number that a text holds, or the text, for the complaint about it."""
    try:
        return float(text)
    except ValueError:
        return text[:80]
