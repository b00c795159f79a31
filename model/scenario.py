"""What a run is asked to do: a policy, a period, a seed and the numbers that are not default.

A scenario is one thing in three forms, Python object, YAML file and URL, with one digest. It is
frozen and checked when made: a scenario that exists can be run.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from divide.model.declare.checks import (
    check_mapping,
    check_number,
    check_whole,
    python_number,
    refuse_unknown,
    unknown,
    written,
)
from divide.model.declare.countries import country_names, start_years
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.extension import Extension, owner
from divide.model.declare.frozen import FrozenDict
from divide.model.declare.parameters import parameters
from divide.model.declare.phrase import Phrase
from divide.model.declare.registry import known
from divide.model.declare.yamlfile import Lines, dump_yaml, read_yaml
from divide.model.policy.policy import IN_YEARS, REFERENCE, Policy, packages

LAST_YEAR = 2060
MOST_FIRMS = 10_000_000
_FIRMS = Phrase("firms, one a country at least")
_VALUES = Phrase("names to numbers")
#: Whole numbers of a scenario but the firms and years: least, most, unit.
LIMITS = {
    "seed": (0, 2**63 - 1, ""),
    "draw": (0, 10**9, ""),
    "platforms": (20, 2_000, Phrase("platforms")),
    "steps_per_year": (4, 8, Phrase("steps")),
}


def year_limits() -> dict[str, tuple[int, int, str]]:
    """Least and most of the years of a scenario, which follow the tables, and their unit."""
    first, last = start_years()
    return {"start": (first, last, IN_YEARS), "until": (first + 1, LAST_YEAR, IN_YEARS)}


def _floats(data: Any) -> Any:
    """The same plain data with 1 written as 1.0, so that equal policies have equal digests."""
    if isinstance(data, dict):
        return {key: _floats(value) for key, value in data.items()}
    return float(data) if isinstance(data, int) else data


@dataclass(frozen=True, repr=False)
class Scenario:
    """One run, complete.

    Attributes:
        policy: A `Policy`, the name of a shipped package, or the path of a policy file.
        start: The run begins at the end of this year, on its figures; by default the last year of
            the tables.
        until: The run ends at the end of this year.
        seed: Seed of all random numbers.
        firms: Number of representative firms.
        platforms: Number of marketplaces and payment rails together.
        steps_per_year: 4 (quarters); 8 halves the step, to test that results do not hang on it.
        parameters: Values that differ from the declarations, by full name ("adoption.imitation").
        extensions: What is added to the model: `Extension`s, or paths of their files.
        draw: 0 is the central run. In a predictive draw, 1 and on, figures that were imputed are
            drawn from their equations, and what will happen to each country and to all from its
            distribution. Policies, seeds and starts meet the same future under the same draw.
    """

    policy: Policy = field(default_factory=Policy)
    start: int = field(default_factory=lambda: start_years()[1])
    until: int = 2040
    seed: int = 1
    firms: int = 60_000
    platforms: int = 200
    steps_per_year: int = 4
    parameters: Mapping[str, float] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    draw: int = 0

    def __post_init__(self) -> None:
        with inside("extensions"):
            object.__setattr__(self, "extensions", _extensions(self.extensions))
        with inside("policy"):
            object.__setattr__(self, "policy", _policy(self.policy))
        for key, (low, high, unit) in {**year_limits(), **LIMITS}.items():
            number = check_whole(getattr(self, key), (low, high), unit, key)
            object.__setattr__(self, key, number)
        object.__setattr__(self, "firms", check_firms(self.firms, len(country_names())))
        if self.steps_per_year not in (4, 8):
            raise InputError(
                Phrase("{value}; allowed: 4 or 8", value=self.steps_per_year), ("steps_per_year",)
            )
        if self.until <= self.start:
            raise InputError(
                Phrase(
                    "{until} is not after start {start}; "
                    "a run goes from the end of start to the end of until, {last} at most",
                    until=self.until,
                    start=self.start,
                    last=LAST_YEAR,
                ),
                ("until",),
            )
        given = check_mapping(self.parameters, _VALUES, "parameters")
        values = {name: python_number(value) for name, value in given.items()}
        object.__setattr__(self, "parameters", FrozenDict(values))
        with inside("parameters"):
            for name, value in values.items():
                if name not in parameters():
                    raise UnknownKeyError(unknown("parameter", name, parameters()), (name,))
                check_number(value, parameters()[name].bounds, parameters()[name].unit, name)
                self._check_owner(name, (name,))
        for name in self.policy.levers:
            self._check_owner(name, ("policy", "levers", name))

    def _check_owner(self, name: str, path: tuple[str, ...]) -> None:
        """Refuse what an extension declares that the scenario does not name."""
        extension = owner(name)
        if extension is not None and extension not in self.extensions:
            raise InputError(
                Phrase("belongs to extension {name}; name it in extensions", name=extension.name),
                path,
            )

    def __hash__(self) -> int:
        return hash(self.digest)  # equal scenarios have equal digests

    def __repr__(self) -> str:
        steps = "" if self.steps_per_year == 4 else f"steps_per_year={self.steps_per_year}, "
        values = dict(self.parameters) if len(self.parameters) <= 3 else "..."
        other = (f", draw={self.draw}" if self.draw else "") + (f", {values}" if values else "")
        return (
            f"Scenario({self.policy!r}, {self.start}-{self.until}, {steps}seed={self.seed}, "
            f"firms={self.firms}, platforms={self.platforms}{other})"
        )

    @property
    def steps(self) -> int:
        """Steps from the start to the end of the run."""
        return (self.until - self.start) * self.steps_per_year

    def as_dict(self) -> dict[str, Any]:
        """Plain data: the form of the file, of the manifest and of the digest."""
        # Not `asdict`, which would copy policy and extensions, lever by lever, to throw them away.
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        data["policy"] = self.policy.as_dict()
        # A scenario without extensions and draw is written as it was before there were any.
        added = [extension.as_dict() for extension in data.pop("extensions")]
        data |= {"extensions": added} if added else {}
        if not self.draw:
            del data["draw"]
        data["parameters"] = dict(sorted(self.parameters.items()))
        return data

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that bears on the outcome (titles and purposes do not)."""
        data = self.as_dict()
        for key in ("name", "title", "purpose", "source"):
            data["policy"].pop(key)
        data["policy"], data["parameters"] = _floats(data["policy"]), _floats(data["parameters"])
        if self.extensions:
            data["extensions"] = [extension.digest for extension in self.extensions]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self) -> str:
        """The scenario as the text of a file that `from_file` reads back."""
        return dump_yaml(self.for_file())

    def for_file(self) -> dict[str, Any]:
        """Plain data with the keys of a file."""
        data = self.as_dict()
        data["policy"] = policy_for_file(self.policy)
        if self.extensions:
            data["extensions"] = [Path(extension.file).name for extension in self.extensions]
        return data

    @classmethod
    def from_file(cls, path: str | Path, extensions: tuple[Extension, ...] = ()) -> Self:
        """The scenario in a YAML file; a policy package file is a scenario with defaults.

        Args:
            path: The file.
            extensions: What is added to the model beside what the file names.

        Raises:
            InputError: The file cannot be read, or a key or value is not allowed; the message
                names file, line, key, value and what is allowed.
        """
        path = Path(path)
        return cls.from_mapping(read_yaml(path), str(path), path.parent, extensions)

    @classmethod
    def from_mapping(
        cls,
        data: Lines,
        where: str,
        folder: Path | None = None,
        extensions: tuple[Extension, ...] = (),
    ) -> Self:
        """The scenario in the mapping of a file.

        Args:
            data: What `read_yaml` returned.
            where: Names the file in errors.
            folder: Where the files that it names are looked for; None allows no file.
            extensions: What is added to the model beside what the file names.
        """
        name = Path(where).stem
        with located(where, data):
            if "policy" not in data and ("levers" in data or "spend" in data):
                return cls(policy=Policy.from_mapping(data, name), extensions=extensions)
            refuse_unknown(data, cls.__dataclass_fields__)
            settings: dict[str, Any] = dict(data)
            with inside("extensions"):
                named = read_extensions(data.get("extensions", ()), folder)
                settings["extensions"] = tuple(dict.fromkeys((*extensions, *named)))
            with inside("policy"):
                settings["policy"] = _named(data.get("policy", REFERENCE), name, folder)
            return cls(**settings)


def policy_for_file(policy: Policy) -> dict[str, Any]:
    """A policy as plain data with the keys of a file, which does not hold its name."""
    data = policy.as_dict()
    data["budget_usd_m_per_year"] = data.pop("budget")
    data.pop("name")
    for use in data["levers"].values():
        if isinstance(use["target"], tuple):
            use["target"] = list(use["target"])
        for key in [key for key, value in use.items() if value is None]:
            del use[key]
    return data


def check_firms(firms: object, countries: int) -> int:
    """Number of firms, if each country can have one.

    Raises:
        InputError: It cannot.
    """
    return check_whole(firms, (countries, MOST_FIRMS), _FIRMS, "firms")


def _extensions(given: object) -> tuple[Extension, ...]:
    """Extensions that Python code gave, loaded if it gave paths."""
    if isinstance(given, str | Path | Extension) or not isinstance(given, Sequence):
        raise InputError(
            Phrase(
                "{value}; must be a list of extensions or of their files", value=f"{given!r:.80}"
            )
        )
    found: list[Extension] = []
    for k, each in enumerate(given):
        with inside(k):
            if isinstance(each, str | Path):
                each = Extension.load(each)
            elif isinstance(each, Mapping):
                each = Extension.described(each)
            if not isinstance(each, Extension):
                raise InputError(
                    Phrase(
                        "{value}; allowed: an Extension, or the path of its file",
                        value=f"{each!r:.80}",
                    )
                )
            if each.name in [other.name for other in found]:
                raise InputError(Phrase("extension {name} stands twice", name=each.name))
            found.append(each)
    return tuple(found)


def read_extensions(given: object, folder: Path | None) -> tuple[Extension, ...]:
    """Extensions that a file names: their files, beside it.

    Args:
        given: The list under `extensions`.
        folder: Where the file stands; None loads no code: names of what is loaded are allowed.
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(Phrase("{value}; must be a list of files", value=written(given)))
    found: list[Extension] = []
    for k, each in enumerate(given):
        with inside(k):
            if not isinstance(each, str):
                raise InputError(
                    Phrase("{value}; must be the name of a file", value=f"{each!r:.80}")
                )
            if folder is not None:
                found.append(Extension.load(folder / each))
                continue
            own = {Path(e.file).name: e for e in known().values()}
            if each not in own:
                raise InputError(
                    Phrase(
                        "{value} is not loaded here; allowed: {names}",
                        value=f"{each!r:.80}",
                        names=", ".join(own) or Phrase("none, as none is loaded"),
                    )
                )
            found.append(own[each])
    return tuple(found)


def _policy(given: object) -> Policy:
    """A policy that Python code gave, loaded if it gave a name or a path."""
    if isinstance(given, str | Path):
        return Policy.load(given)
    if not isinstance(given, Policy):
        raise InputError(
            Phrase(
                "{value}; allowed: a Policy, the name of a package, or a policy file",
                value=f"{given!r:.80}",
            )
        )
    return given


def _named(given: object, name: str, folder: Path | None) -> Policy:
    """A policy that a scenario file writes out or names."""
    if isinstance(given, Mapping):
        return Policy.from_mapping(given, name)
    if isinstance(given, str) and (folder is not None or given in packages()):
        return Policy.load(given, folder or "")
    known = ", ".join(packages())
    if folder is not None:
        known = f"{known}, be a file *.yaml"
    raise InputError(
        Phrase(
            "{value}; must be one of {names}, or be written out in the file",
            value=written(given),
            names=known,
        )
    )
