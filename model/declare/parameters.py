"""The parameters that the model declares in YAML, and their values in a run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from divide.model.declare.checks import (
    check_choice,
    check_mapping,
    check_number,
    check_text,
    refuse_unknown,
    written,
)
from divide.model.declare.errors import InputError, inside, located
from divide.model.declare.priors import Prior, Uniform, read_prior
from divide.model.declare.yamlfile import read_yaml

FOLDER = Path(__file__).parents[1] / "parameters"
Role = Literal["uncertainty", "calibrated", "constant"]
_NEEDED = ("value", "unit", "bounds", "role", "source")


@dataclass(frozen=True)
class Parameter:
    """A number of the model.

    Attributes:
        name: Full name, "process.name".
        value: Its value where nothing else is said.
        unit: Its unit.
        prior: What is believed of it before any fit, within its bounds.
        role: "uncertainty" (vary it), "calibrated" (fitted to data within its prior) or "constant".
        source: A work that was read, "Derived: ..." or "assumed".
        speculative: Whether no outcome data exist for what it does.
        cut: Whether a calibrated parameter is always drawn from its prior: the others are fitted
            given it, and the data do not update it.
    """

    name: str
    value: float
    unit: str
    prior: Prior
    role: Role
    source: str
    speculative: bool = False
    cut: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value."""
        return self.prior.bounds

    @classmethod
    def from_dict(cls, name: str, entry: object) -> Self:
        """A parameter from its declaration, as it stands in a file under its name.

        Raises:
            InputError: A key is missing or unknown, or a value is not allowed.
        """
        given = check_mapping(entry, "keys to values")
        refuse_unknown(given, (*_NEEDED, "prior", "speculative", "cut"))
        for key in _NEEDED:
            if key not in given:
                raise InputError(f"{key} is missing")
        unit = check_text(given["unit"], "unit")
        prior = read_prior(given.get("prior"), _bounds(given["bounds"], unit), unit)
        value = check_number(given["value"], prior.bounds, unit, "value")
        check_choice(given["role"], get_args(Role), "role")
        for key in ("speculative", "cut"):
            if not isinstance(given.get(key, False), bool):
                raise InputError(f"{written(given[key])}; allowed: true, false", (key,))
        speculative, cut = given.get("speculative", False), given.get("cut", False)
        if cut and given["role"] != "calibrated":
            raise InputError("only what is calibrated can be cut off from the data", ("cut",))
        if given["role"] == "constant" and not isinstance(prior, Uniform):
            raise InputError("a constant has none", ("prior",))
        source = check_text(given["source"], "source")
        return cls(name, value, unit, prior, given["role"], source, speculative, cut)

    def as_dict(self) -> dict[str, Any]:
        """Its declaration, which `from_dict` reads back."""
        declared: dict[str, Any] = {key: getattr(self, key) for key in _NEEDED}
        declared["bounds"] = list(self.bounds)
        if (prior := self.prior.as_dict()) is not None:
            declared["prior"] = prior
        return declared | {key: True for key in ("speculative", "cut") if getattr(self, key)}


def _bounds(given: object, unit: str) -> tuple[float, float]:
    """Least and greatest value, in order."""
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise InputError(f"{written(given)}; must be [least, greatest]", ("bounds",))
    anything = (-1e300, 1e300)
    low, high = (check_number(each, anything, unit, "bounds", k) for k, each in enumerate(given))
    if low > high:
        raise InputError(f"[{low:g}, {high:g}]: the second is less than the first", ("bounds",))
    return low, high


@cache
def parameters() -> dict[str, Parameter]:
    """Every parameter by full name, "process.name", those of extensions loaded here too."""
    found: dict[str, Parameter] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        found |= read_parameters(path)
    return found


@cache
def by_process() -> dict[str, dict[str, float]]:
    """The value of every parameter by process and short name; forgotten when an extension comes."""
    found: dict[str, dict[str, float]] = {}
    for name, parameter in parameters().items():
        section, short = name.split(".")
        found.setdefault(section, {})[short] = parameter.value
    return found


def read_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters that a YAML file declares, by full name; the file is called as the process.

    Raises:
        InputError: The file cannot be read, or a declaration is not allowed; the message names
            file, line and key.
    """
    data = read_yaml(path)
    found: dict[str, Parameter] = {}
    with located(str(path), data):
        for name, entry in data.items():
            with inside(name):
                full = f"{path.stem}.{name}"
                found[full] = Parameter.from_dict(full, entry)
    return found


class Section:
    """The values of one process's parameters, as attributes (typed: see `values`)."""

    _name = ""
    _picked: dict[Any, Any]

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        self.__dict__.update(values, _name=name, _picked={})

    def pick[T: tuple[float, ...]](self, kind: type[T]) -> T:
        """Some of the values as a named tuple whose fields are called like them; made once."""
        found: T | None = self._picked.get(kind)
        if found is None:
            values = (getattr(self, name) for name in kind._fields)  # type: ignore[attr-defined]
            found = self._picked[kind] = kind(*values)
        return found

    def once[T](self, made: Callable[..., T], *given: float) -> T:
        """What a function makes of `given` numbers and the values; made once, like what is picked.

        Args:
            made: The function; the values are its last argument.
            given: The others.
        """
        found: T | None = self._picked.get((made, given))
        if found is None:
            found = self._picked[made, given] = made(*given, self)
        return found

    def __setattr__(self, name: str, value: float) -> None:
        """Change a value; what was picked before is picked anew."""
        self.__dict__[name] = value
        self._picked.clear()

    if not TYPE_CHECKING:  # a type checker would take this for leave to read any name

        def __getattr__(self, name: str) -> float:
            raise AttributeError(f"no parameter {self._name}.{name}")


class AllValues:
    """All parameter values of a run, by process; `values.Values` names and types them."""

    def __init__(self, overrides: Mapping[str, float]) -> None:
        sections = {name: {**values} for name, values in by_process().items()}
        for name, value in overrides.items():
            section, _, short = name.partition(".")
            if short in sections.get(section, ()):
                sections[section][short] = value
        kinds = type(self).__annotations__
        self.__dict__.update(
            {name: kinds.get(name, Section)(name, values) for name, values in sections.items()}
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Section:
            raise AttributeError(f"no process {name!r} declares parameters")

    def __iter__(self) -> Iterator[Section]:
        return iter(vars(self).values())
