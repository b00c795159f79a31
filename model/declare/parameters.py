"""The parameters that the model declares in YAML, and their values in a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from divide.model.declare.yamlfile import read_yaml

FOLDER = Path(__file__).parents[1] / "parameters"


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
    """Every parameter by full name, "process.name", those of extensions loaded here too."""
    found: dict[str, Parameter] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, entry in read_yaml(path).items():
            full = f"{path.stem}.{name}"
            found[full] = _parameter(full, entry)
    return found


class Section:
    """The values of one process's parameters, as attributes (typed: see `values`)."""

    _name = ""

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        self.__dict__.update(values)
        self._name = name

    if not TYPE_CHECKING:  # a type checker would take this for leave to read any name

        def __getattr__(self, name: str) -> float:
            raise AttributeError(f"no parameter {self._name}.{name}")


class AllValues:
    """All parameter values of a run, by process; `values.Values` names and types them."""

    def __init__(self, overrides: Mapping[str, float]) -> None:
        sections: dict[str, dict[str, float]] = {}
        for name, parameter in parameters().items():
            section, short = name.split(".")
            sections.setdefault(section, {})[short] = overrides.get(name, parameter.value)
        kinds = type(self).__annotations__
        self.__dict__.update(
            {name: kinds.get(name, Section)(name, values) for name, values in sections.items()}
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Section:
            raise AttributeError(f"no process {name!r} declares parameters")

    def __iter__(self) -> Iterator[Section]:
        return iter(vars(self).values())
