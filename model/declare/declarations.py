"""What the model declares once, in YAML: its parameters and its policy levers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from divide.model.declare.yamlfile import InputError, read_yaml

HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Parameter:
    """A number of the model.

    `role` is "uncertainty" (vary it), "calibrated" (fitted to data within its prior) or
    "constant". The prior is uniform on `bounds`.
    """

    name: str
    value: float
    unit: str
    bounds: tuple[float, float]
    role: Literal["uncertainty", "calibrated", "constant"]
    source: str
    speculative: bool = False


@dataclass(frozen=True)
class Lever:
    """A policy lever: what it is called, how far it goes, what it costs and what it must move."""

    name: str
    label: str
    group: Literal["hard", "soft", "payments", "security"]
    kind: Literal["amount", "degree"]
    unit: str
    bounds: tuple[float, float]
    usd_per_unit: float | None
    lag_years: float
    loan_share: float
    outcome: str
    direction: Literal["up", "down"]
    evidence: Literal["measured", "derived", "assumed", "speculative"]
    source: str
    help: str

    @property
    def speculative(self) -> bool:
        """Whether no outcome data exist for it."""
        return self.evidence == "speculative"


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    low, high = entry["bounds"]
    return Parameter(
        name,
        float(entry["value"]),
        entry["unit"],
        (float(low), float(high)),
        entry["role"],
        entry["source"],
        entry.get("speculative", False),
    )


@cache
def parameters() -> dict[str, Parameter]:
    """Every parameter by full name, "process.name"."""
    found: dict[str, Parameter] = {}
    for path in sorted((HERE / "parameters").glob("*.yaml")):
        for name, entry in read_yaml(path).items():
            full = f"{path.stem}.{name}"
            found[full] = _parameter(full, entry)
    return found


def _lever(name: str, entry: Mapping[str, Any]) -> Lever:
    fields = {key: value for key, value in entry.items() if key not in ("cost", "bounds")}
    cost = entry["cost"]["usd_per_unit"]
    low, high = entry["bounds"]
    return Lever(
        name=name,
        bounds=(float(low), float(high)),
        usd_per_unit=None if cost == "endogenous" else float(cost),
        **fields,
    )


def read_levers(path: Path) -> dict[str, Lever]:
    """The levers that a YAML file declares, by name.

    Raises:
        InputError: A field is missing or unknown.
    """
    found = {}
    for name, entry in read_yaml(path).items():
        try:
            found[name] = _lever(name, entry)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: lever {name}: {error}") from None
    return found


@cache
def levers() -> dict[str, Lever]:
    """The levers by name: those that ship with the model and those declared since."""
    return read_levers(HERE / "policy" / "levers.yaml")


def declare_lever(lever: Lever) -> Lever:
    """Add a lever, so that policies, files and the budget know it like any other.

    Declare it at the top level of the module that holds the process which acts on it, so that a
    worker process that imports the module knows the lever too.

    Raises:
        ValueError: A lever of this name exists.
    """
    if lever.name in levers():
        raise ValueError(f"lever {lever.name!r} is declared already; choose another name")
    levers()[lever.name] = lever
    return lever


class Section:
    """The values of one process's parameters, as attributes."""

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        self.__dict__.update(values)
        self._name = name

    def __getattr__(self, name: str) -> float:
        raise AttributeError(f"no parameter {self._name}.{name}")


class Values:
    """All parameter values of a run: `values.adoption.imitation`."""

    def __init__(self, overrides: Mapping[str, float]) -> None:
        sections: dict[str, dict[str, float]] = {}
        for name, parameter in parameters().items():
            section, short = name.split(".")
            sections.setdefault(section, {})[short] = overrides.get(name, parameter.value)
        self.__dict__.update({name: Section(name, values) for name, values in sections.items()})

    def __getattr__(self, name: str) -> Section:
        raise AttributeError(f"no process {name!r} declares parameters")

    def __iter__(self) -> Iterator[Section]:
        return iter(vars(self).values())


def check_number(value: object, bounds: tuple[float, float], unit: str, where: str) -> float:
    """`value` as a finite number inside `bounds`.

    Raises:
        InputError: It is not a number, not finite, or outside; the message starts with `where`.
    """
    low, high = bounds
    allowed = f"allowed: {low:g} to {high:g} {unit}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: {value!r} is not a number; {allowed}")
    if not low <= value <= high:  # NaN fails every comparison
        shown = f"{value:g}" if isinstance(value, float) else str(value)[:40]
        raise InputError(f"{where}: {shown} is out of range; {allowed}")
    return float(value)


def unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    """A message for a name that does not exist, with the nearest that does."""
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    # A hundred names help nobody: of a long list only the nearest are shown.
    shown = list(known) if len(known) <= 40 else [*near, "and others, see docs/ODD.md"]
    return f"unknown {kind} {name!r}{hint} (allowed: {', '.join(shown)})"
