"""Policies: which levers, how strongly, when, for whom, and under what budget."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from divide.model.declare.checks import (
    check_choice,
    check_mapping,
    check_number,
    check_text,
    python_number,
    refuse_unknown,
    unknown,
    written,
)
from divide.model.declare.countries import country_names
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.frozen import FrozenDict
from divide.model.declare.levers import levers
from divide.model.declare.phrase import Phrase
from divide.model.declare.yamlfile import Lines, is_yaml, read_yaml

#: The policy without levers, which others are compared with.
REFERENCE = "status_quo"
PACKAGES = Path(__file__).parent / "packages"
TARGETS = ("all", "bri_members", "partners", "least_connected", "largest_market")
STANDARDS = ("hub", "eu", "us")
#: Calendar years in which a lever can start or end.
YEARS = (2000, 2060)
IN_YEARS = Phrase("(calendar year)")
DEFAULT_BUDGET = 8_000.0
BUDGETS = (0, 1e6), "US$ million/year"
_USES = Phrase("lever names to settings")
#: The command that lists the countries.
LIST = "`divide countries`"


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

    def __post_init__(self) -> None:
        for name in ("intensity", "start", "end", "ramp_years"):
            given = getattr(self, name)
            if (number := python_number(given)) is not given:
                object.__setattr__(self, name, number)
        for name in ("target", "toward"):
            object.__setattr__(self, name, _plain_text(getattr(self, name)))


def _plain_text(given: Any) -> Any:
    """Text, or a list or array of texts as a tuple, of Python; anything else as it is."""
    if isinstance(given, str):
        return str(given)
    if hasattr(given, "tolist"):  # arrays, and columns of tables
        given = given.tolist()
    return tuple(map(_plain_text, given)) if isinstance(given, list | tuple) else given


@dataclass(frozen=True, repr=False)
class Policy:
    """A package of levers under one budget.

    Attributes:
        spend: "planned": each lever asks for its own intensity and the budget is a ceiling.
            "all": levers measured in amounts grow or shrink together until the budget is spent,
            so that packages can be compared at equal realised spend.
        budget: US$ million a year.
    """

    name: str = REFERENCE
    title: str = "Status quo"
    purpose: str = ""
    source: str = ""
    budget: float = DEFAULT_BUDGET
    spend: Literal["planned", "all"] = "planned"
    levers: Mapping[str, LeverUse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", python_number(self.budget))
        check_number(self.budget, *BUDGETS, "budget")
        for name in ("name", "title", "purpose", "source"):
            object.__setattr__(self, name, str(check_text(getattr(self, name), name)))
        spend = str(check_choice(self.spend, ("planned", "all"), "spend"))
        object.__setattr__(self, "spend", spend)
        uses = check_mapping(self.levers, _USES, "levers")
        object.__setattr__(self, "levers", FrozenDict(uses))
        for name, use in self.levers.items():
            with inside("levers", name):
                check_use(name, use)

    def __repr__(self) -> str:
        uses = ", ".join(f"{name}={use.intensity:g}" for name, use in self.levers.items())
        shown = uses if len(uses) <= 80 else f"{len(self.levers)} levers"
        return f"Policy({self.name!r}, {shown or 'no levers'}, budget={self.budget:g})"

    @classmethod
    def load(cls, name_or_path: str | Path, folder: str | Path = "") -> Self:
        """A shipped package by name, or one from a file.

        Args:
            name_or_path: Name of a package, or a file *.yaml.
            folder: Where the file is looked for; by default the working folder.

        Raises:
            InputError: No such package; or the file has an unknown key or a bad value.
        """
        name, path = str(name_or_path), Path(folder, name_or_path)
        if name in packages():
            data, place = _shipped(name), f"{name}.yaml"
        elif is_yaml(path):
            data, place, name = read_yaml(path), str(path), path.stem
        else:
            raise InputError(
                Phrase("{unknown}, or a file *.yaml", unknown=unknown("policy", name, packages()))
            )
        with located(place, data):
            return cls.from_mapping(data, name)

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], name: str) -> Self:
        """A policy from the mapping of a file.

        Raises:
            InputError: A key or value is not allowed; its path begins at the policy's keys.
        """
        texts = ("title", "purpose", "source")
        refuse_unknown(data, {*texts, "budget_usd_m_per_year", "spend", "levers"})
        given = data.get("levers")
        given = {} if given is None else given  # a heading with nothing below it
        uses = check_mapping(given, _USES, "levers")
        made = {}
        for lever, settings in uses.items():
            with inside("levers", lever):
                made[lever] = lever_use(settings)
        budget = data.get("budget_usd_m_per_year", DEFAULT_BUDGET)
        check_number(budget, *BUDGETS, "budget_usd_m_per_year")
        policy = cls(
            name,
            **{"title": name} | {key: check_text(data[key], key) for key in texts if key in data},
            budget=budget,
            spend=data.get("spend", "planned"),
            levers=made,
        )
        check_countries(policy)
        return policy

    def as_dict(self) -> dict[str, Any]:
        """Plain data, levers by name."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        data["levers"] = {name: dict(vars(use)) for name, use in sorted(self.levers.items())}
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


def lever_use(settings: object) -> LeverUse:
    """A lever's settings from a file: a number, or a mapping with `intensity` and more."""
    if not isinstance(settings, Mapping):
        settings = {"intensity": settings}
    refuse_unknown(settings, LeverUse.__dataclass_fields__)
    if "intensity" not in settings:
        raise InputError(Phrase("intensity is missing"))
    return LeverUse(**settings)


def check_use(name: str, use: object) -> None:
    """Raise InputError unless the lever exists and all that is said about it is allowed."""
    if name not in levers():
        raise UnknownKeyError(unknown("lever", name, levers()))
    if not isinstance(use, LeverUse):
        raise InputError(
            Phrase(
                "{value}; allowed: a LeverUse, such as LeverUse(intensity=1)", value=f"{use!r:.80}"
            )
        )
    check_number(use.intensity, levers()[name].bounds, levers()[name].unit, "intensity")
    check_number(use.ramp_years, (0, 40), "years", "ramp_years")
    for key in ("start", "end"):
        if getattr(use, key) is not None:
            check_number(getattr(use, key), YEARS, IN_YEARS, key)
    if use.start is not None and use.end is not None and use.end <= use.start:
        raise InputError(
            Phrase(
                "{end:g} is not after start {start:g}; end is the first year without it",
                end=use.end,
                start=use.start,
            ),
            ("end",),
        )
    check_target(use.target)
    check_choice(use.toward, STANDARDS, "toward")


def check_target(target: object) -> None:
    """Raise InputError unless `target` is a rule or a tuple of distinct country codes."""
    if isinstance(target, str):
        if target not in TARGETS:
            rule = unknown("target", target, dict.fromkeys(TARGETS))
            raise InputError(Phrase("{unknown}, or a list of ISO3", unknown=rule), ("target",))
        return
    if not isinstance(target, tuple) or not target:
        raise InputError(
            Phrase("{value}; allowed: a rule or a list of ISO3", value=written(target)), ("target",)
        )
    seen = set()
    for k, code in enumerate(target):
        if not (isinstance(code, str) and len(code) == 3 and code.isalpha() and code.isupper()):
            raise InputError(
                Phrase(
                    "{value} is not an ISO 3166-1 alpha-3 code, see {command}",
                    value=f"{code!r:.80}",
                    command=LIST,
                ),
                ("target", k),
            )
        if code in seen:
            raise InputError(Phrase("{name} stands twice", name=code), ("target", k))
        seen.add(code)


def check_countries(policy: Policy, known: Collection[str] | None = None) -> None:
    """Raise InputError if a lever is aimed at a code that is no country of the model.

    Args:
        policy: The policy.
        known: Codes of the countries; those of `country_names` if not given.
    """
    known = country_names() if known is None else known
    for name, use in policy.levers.items():
        for k, code in enumerate(use.target if isinstance(use.target, tuple) else ()):
            if code not in known:
                raise InputError(
                    Phrase(
                        "{value} is not a country of the model (it has {count}, see {command})",
                        value=repr(code),
                        count=len(known),
                        command=LIST,
                    ),
                    ("levers", name, "target", k),
                )
