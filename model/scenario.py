"""What a run is asked to do: a policy, a period, a seed and the numbers that are not default.

A scenario is one thing in three forms, Python object, YAML file and URL, with one digest. It is
frozen and checked when made: a scenario that exists can be run.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Self

import yaml

from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.yamlfile import Lines, read_yaml

PACKAGES = Path(__file__).parent / "policy" / "packages"
TARGETS = ("all", "bri_members", "partners", "least_connected", "largest_market")
STANDARDS = ("hub", "eu", "us")
FIRST_START, LAST_START, LAST_YEAR = 2000, 2022, 2060
DEFAULT_BUDGET = 8_000.0


@dataclass(frozen=True)
class LeverUse:
    """How a policy uses one lever.

    Attributes:
        intensity: Strength at full ramp, in the lever's unit.
        start: First calendar year in force; None is the start of the run.
        end: First calendar year no longer in force; None is the end of the run.
        ramp_years: Years over which it grows linearly to full strength.
        target: A rule of `TARGETS`, or a tuple of ISO 3166-1 alpha-3 codes.
        toward: The bloc whose standard rules move to (regulatory alignment only).
    """

    intensity: float
    start: float | None = None
    end: float | None = None
    ramp_years: float = 1.0
    target: str | tuple[str, ...] = "bri_members"
    toward: str = "hub"


@dataclass(frozen=True)
class Policy:
    """A package of levers under one budget.

    Attributes:
        spend: "planned": each lever asks for its own intensity and the budget is a ceiling.
            "all": levers measured in amounts grow or shrink together until the budget is spent,
            so that packages can be compared at equal realised spend.
        budget: US$ million a year.
    """

    name: str = "status_quo"
    title: str = "Status quo"
    purpose: str = ""
    source: str = ""
    budget: float = DEFAULT_BUDGET
    spend: Literal["planned", "all"] = "planned"
    levers: Mapping[str, LeverUse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_policy(self, f"policy {self.name}")

    def __repr__(self) -> str:
        """One line: a policy of twenty levers fills a screen (`as_dict` shows it all)."""
        return f"Policy({self.name}: {self.title}, {len(self.levers)} levers)"

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """A shipped package by name, or one from a file.

        Raises:
            InputError: No such package; or the file has an unknown key or a bad value.
        """
        if str(name_or_path) in packages():
            return cls.from_mapping(
                _shipped(str(name_or_path)), f"{name_or_path}.yaml", str(name_or_path)
            )
        path = Path(name_or_path)
        if path.suffix in (".yaml", ".yml"):
            return cls.from_mapping(read_yaml(path), str(path), path.stem)
        raise InputError(unknown("policy", str(name_or_path), packages()))

    @classmethod
    def from_mapping(cls, data: Lines, where: str, name: str) -> Self:
        """A policy from the mapping of a file; `where` names the file in complaints."""
        known = {"title", "purpose", "source", "budget_usd_m_per_year", "spend", "levers"}
        refuse_unknown(data, known, where)
        uses = data.get("levers", {}) or {}
        if not isinstance(uses, Mapping):
            here = at(where, data, "levers")
            raise InputError(f"{here}: levers must map lever names to settings")
        made = {}
        for lever, settings in uses.items():
            here = f"{at(where, uses, lever)}, lever {lever}"
            if lever not in levers():
                raise InputError(f"{at(where, uses, lever)}: {unknown('lever', lever, levers())}")
            made[lever] = lever_use(settings, here)
            check_number(made[lever].intensity, levers()[lever].bounds, levers()[lever].unit, here)
        for key in ("title", "purpose", "source"):
            if not isinstance(data.get(key, ""), str):
                raise InputError(f"{at(where, data, key)}: {key} must be text")
        budget = data.get("budget_usd_m_per_year", DEFAULT_BUDGET)
        here = at(where, data, "budget_usd_m_per_year") + ", budget_usd_m_per_year"
        check_number(budget, (0, 1e6), "US$ million/year", here)
        spend = data.get("spend", "planned")
        if spend not in ("planned", "all"):
            raise InputError(f"{at(where, data, 'spend')}: spend {spend!r}; allowed: planned, all")
        text = {key: data.get(key, "") for key in ("purpose", "source")}
        try:
            title = data.get("title", name)
            return cls(name, title, budget=budget, spend=spend, levers=made, **text)
        except InputError as error:  # name the line of the lever that is wrong
            lever = str(error).partition(", lever ")[2].partition(":")[0].partition(",")[0]
            raise InputError(f"{at(where, uses, lever)}: {error}") from None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, levers by name."""
        data = asdict(self)
        data["levers"] = {name: asdict(use) for name, use in sorted(self.levers.items())}
        return data

    def with_levers(self, changes: Mapping[str, float]) -> Self:
        """The same policy with some intensities replaced or added."""
        merged = dict(self.levers)
        for name, value in changes.items():
            merged[name] = replace(merged.get(name, LeverUse(0.0)), intensity=value)
        return replace(self, levers=merged)

    def starting(self, year: float) -> Self:
        """The same policy with every lever that has no start of its own starting in `year`."""
        dated = {
            name: use if use.start is not None else replace(use, start=year)
            for name, use in self.levers.items()
        }
        return replace(self, levers=dated)


@cache
def _shipped(name: str) -> Lines:
    """The mapping of a shipped package's file, read once."""
    return read_yaml(packages()[name])


def packages() -> dict[str, Path]:
    """The policy packages that ship with the model, by name."""
    return {path.stem: path for path in sorted(PACKAGES.glob("*.yaml"))}


def at(where: str, data: Mapping[str, Any], key: str) -> str:
    """Where a key stands: file and line, if the mapping was read from a file."""
    line = getattr(data, "lines", {}).get(key)
    return f"{where}, line {line}" if line else where


def refuse_unknown(data: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise InputError for the first key of `data` that is not in `known`."""
    for key in data:
        if key not in known:
            names = dict.fromkeys(sorted(known))
            raise InputError(f"{at(where, data, key)}: {unknown('key', str(key), names)}")


def lever_use(settings: object, where: str) -> LeverUse:
    """A lever's settings from a file: a number, or a mapping with `intensity` and more."""
    if not isinstance(settings, Mapping):
        settings = {"intensity": settings}
    refuse_unknown(settings, set(LeverUse.__dataclass_fields__), where)
    if "intensity" not in settings:
        raise InputError(f"{where}: intensity is missing")
    settings = dict(settings)
    if isinstance(settings.get("target"), list):
        settings["target"] = tuple(settings["target"])
    return LeverUse(**settings)


def check_policy(policy: Policy, where: str) -> None:
    """Raise InputError unless every number and name of the policy is allowed."""
    check_number(policy.budget, (0, 1e6), "US$ million/year", f"{where}: budget")
    if policy.spend not in ("planned", "all"):
        raise InputError(f"{where}: spend {policy.spend!r}; allowed: planned, all")
    for name, use in policy.levers.items():
        here = f"{where}, lever {name}"
        if name not in levers():
            raise InputError(f"{where}: {unknown('lever', name, levers())}")
        check_number(use.intensity, levers()[name].bounds, levers()[name].unit, here)
        check_number(use.ramp_years, (0, 40), "years", f"{here}, ramp_years")
        for key in ("start", "end"):
            if getattr(use, key) is not None:
                bounds = (FIRST_START, LAST_YEAR)
                check_number(getattr(use, key), bounds, "(calendar year)", f"{here}, {key}")
        if use.start is not None and use.end is not None and use.end <= use.start:
            raise InputError(f"{here}: end {use.end:g} is not after start {use.start:g}")
        check_target(use.target, here)
        if use.toward not in STANDARDS:
            raise InputError(f"{here}: toward {use.toward!r}; allowed: {', '.join(STANDARDS)}")


def check_target(target: object, where: str) -> None:
    """Raise InputError unless `target` is a rule or a tuple of distinct country codes."""
    if isinstance(target, str):
        if target not in TARGETS:
            raise InputError(
                f"{where}: {unknown('target', target, dict.fromkeys(TARGETS))}, or a list of ISO3"
            )
        return
    if not isinstance(target, tuple) or not target:
        raise InputError(f"{where}: target must be a rule or a list of ISO3 codes")
    seen = set()
    for code in target:
        if not (isinstance(code, str) and len(code) == 3 and code.isalpha() and code.isupper()):
            raise InputError(f"{where}: target {code!r} is not an ISO 3166-1 alpha-3 code")
        if code in seen:
            raise InputError(f"{where}: target {code} stands twice")
        seen.add(code)


def _whole(value: object, low: int, high: int, unit: str, where: str) -> int:
    number = check_number(value, (low, high), unit, where)
    if isinstance(value, int):  # a large seed does not survive the way through a float
        return value
    if number != int(number):
        raise InputError(f"{where}: {number:g} is not a whole number")
    return int(number)


def _floats(data: Any) -> Any:
    """The same plain data with 1 written as 1.0, so that equal policies have equal digests."""
    if isinstance(data, dict):
        return {key: _floats(value) for key, value in data.items()}
    return float(data) if isinstance(data, int) else data


@dataclass(frozen=True)
class Scenario:
    """One run, complete.

    Attributes:
        policy: A `Policy`, or the name of a shipped package.
        start: The run begins at the end of this year, on the figures of that year.
        until: The run ends at the end of this year.
        seed: Seed of all random numbers.
        firms: Number of representative firms.
        platforms: Number of marketplaces and payment rails together.
        steps_per_year: 4 (quarters); 8 halves the step, to test that results do not hang on it.
        parameters: Values that differ from the declarations, by full name ("adoption.imitation").
    """

    policy: Policy = field(default_factory=Policy)
    start: int = 2022
    until: int = 2040
    seed: int = 1
    firms: int = 20_000
    platforms: int = 200
    steps_per_year: int = 4
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.policy, str):
            object.__setattr__(self, "policy", Policy.load(self.policy))
        limits = {
            "start": (FIRST_START, LAST_START, "(calendar year)"),
            "until": (FIRST_START + 1, LAST_YEAR, "(calendar year)"),
            "seed": (0, 2**63 - 1, ""),
            "firms": (1, 10_000_000, "firms"),
            "platforms": (20, 2_000, "platforms"),
            "steps_per_year": (4, 8, "steps"),
        }
        for key, (low, high, unit) in limits.items():
            object.__setattr__(self, key, _whole(getattr(self, key), low, high, unit, key))
        if self.steps_per_year not in (4, 8):
            raise InputError(f"steps_per_year: {self.steps_per_year}; allowed: 4 or 8")
        if self.until <= self.start:
            raise InputError(f"until: {self.until} is not after start {self.start}")
        for name, value in self.parameters.items():
            if name not in parameters():
                raise InputError(f"parameter {name}: {unknown('parameter', name, parameters())}")
            declared = parameters()[name]
            check_number(value, declared.bounds, declared.unit, f"parameter {name}")

    def __repr__(self) -> str:
        changed = f", {len(self.parameters)} parameters" if self.parameters else ""
        return (
            f"Scenario({self.policy.name}, {self.start}-{self.until}, seed {self.seed}, "
            f"{self.firms:,} firms{changed})"
        )

    @property
    def steps(self) -> int:
        """Steps from the start to the end of the run."""
        return (self.until - self.start) * self.steps_per_year

    def as_dict(self) -> dict[str, Any]:
        """Plain data: the form of the file, of the manifest and of the digest."""
        data = asdict(self)
        data["policy"] = self.policy.as_dict()
        data["parameters"] = dict(sorted(self.parameters.items()))
        return data

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that bears on the outcome (titles and purposes do not)."""
        data = self.as_dict()
        for key in ("name", "title", "purpose", "source"):
            data["policy"].pop(key)
        data["policy"], data["parameters"] = _floats(data["policy"]), _floats(data["parameters"])
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self) -> str:
        """The scenario as the text of a file that `from_file` reads back."""
        data = self.as_dict()
        policy = data["policy"]
        policy["budget_usd_m_per_year"] = policy.pop("budget")
        policy.pop("name")
        for use in policy["levers"].values():
            if isinstance(use["target"], tuple):
                use["target"] = list(use["target"])
            for key in [key for key, value in use.items() if value is None]:
                del use[key]
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """The scenario in a YAML file; a policy package file is a scenario with defaults.

        Raises:
            InputError: The file cannot be read, or a key or value is not allowed; the message
                names file, line, key, value and what is allowed.
        """
        path = Path(path)
        return cls.from_mapping(read_yaml(path), str(path))

    @classmethod
    def from_mapping(cls, data: Lines, where: str) -> Self:
        """The scenario in the mapping of a file; `where` names the file in complaints."""
        if "policy" not in data and ("levers" in data or "spend" in data):
            return cls(policy=Policy.from_mapping(data, where, Path(where).stem))
        refuse_unknown(data, set(cls.__dataclass_fields__), where)
        settings: dict[str, Any] = dict(data)
        policy = data.get("policy", "status_quo")
        if isinstance(policy, Lines):
            settings["policy"] = Policy.from_mapping(policy, where, Path(where).stem)
        else:
            try:
                settings["policy"] = Policy.load(str(policy))
            except InputError as error:
                raise InputError(f"{at(where, data, 'policy')}: {error}") from None
        if not isinstance(data.get("parameters", {}), Mapping):
            here = at(where, data, "parameters")
            raise InputError(f"{here}: parameters must map names to numbers")
        try:
            return cls(**settings)
        except InputError as error:
            key = str(error).split(":")[0]
            place = at(where, data, key)
            if key.startswith("parameter "):
                place = at(where, data["parameters"], key.removeprefix("parameter "))
            raise InputError(f"{place}: {error}") from None
