"""The file of a search: what may be set, what is aimed at, and in which worlds it is tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from divide.experiments.optimise.candidate import Dimension
from divide.model.declare.checks import (
    check_choice,
    check_mapping,
    check_number,
    check_text,
    check_whole,
    refuse_unknown,
    unknown,
)
from divide.model.declare.errors import InputError, UnknownKeyError, inside, located
from divide.model.declare.extension import Extension
from divide.model.declare.files import read_text
from divide.model.declare.levers import levers
from divide.model.declare.yamlfile import MAX_BYTES, Lines, read_yaml
from divide.model.extended import recorded
from divide.model.policy.policy import (
    DEFAULT_BUDGET,
    REFERENCE,
    TARGETS,
    Policy,
    check_target,
    packages,
)
from divide.model.scenario import Scenario

KEYS = (
    "title", "policy", "budget_usd_m_per_year", "spend", "levers", "aims", "constants", "draws",
    "variants", "population", "generations", "seed", "beside", "adaptive",
)  # fmt: skip
Of = Literal["mean", "worst_decile", "regret"]
OFS: tuple[Of, ...] = ("mean", "worst_decile", "regret")
#: The world as it is, if a file names no variants.
AS_IS: Mapping[str, Mapping[str, Any]] = {"as_is": {}}


@dataclass(frozen=True)
class Aim:
    """What is aimed at.

    Attributes:
        outcome: Name of an outcome at the end of the runs.
        of: "mean" over the worlds; "worst_decile", the mean of the tenth that come out worst;
            "regret", the most by which it falls short, in any world, of the best package there.
        better: "lower" or "higher".
        label: For people; unit: of the outcome.
    """

    outcome: str
    of: Of
    better: str
    label: str
    unit: str

    @property
    def name(self) -> str:
        """Name of its column."""
        return self.outcome if self.of == "mean" else f"{self.outcome}_{self.of}"


@dataclass(frozen=True)
class Adaptive:
    """Adaptive pathways that are asked for.

    Attributes:
        at: Years at whose beginning a policy may be changed.
        members: Policies of the front between which it may change.
        signposts: Outcomes that may be looked at.
    """

    at: tuple[int, ...]
    members: int
    signposts: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is searched.

    Attributes:
        title: For people; source: the text of the file.
        policy: What candidates are put on: budget, way of spending, other levers.
        dimensions: What a candidate sets.
        aims: What is aimed at, at least two.
        base: Period, size, fixed parameters and first seed.
        draws: Draws of all that is uncertain in each variant.
        variants: Constants of each variant of the model.
        population, generations, seed: Of the search.
        beside: Packages tried in the same worlds, which regret is measured against.
        adaptive: Pathways asked for, if any.
    """

    title: str
    source: str
    policy: Policy
    dimensions: tuple[Dimension, ...]
    aims: tuple[Aim, ...]
    base: Scenario
    draws: int
    variants: Mapping[str, Mapping[str, Any]]
    population: int
    generations: int
    seed: int
    beside: tuple[Policy, ...]
    adaptive: Adaptive | None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that runs keep: those aimed at, and the money."""
        return tuple(dict.fromkeys([*(aim.outcome for aim in self.aims), "spend"]))


def read_question(path: str | Path, extensions: tuple[Extension, ...] = ()) -> Question:
    """What a file asks for.

    Raises:
        InputError: The file cannot be read, or a key or value is not allowed.
    """
    path = Path(path)
    data = read_yaml(path)
    with located(str(path), data):
        refuse_unknown(data, KEYS)
        return _question(data, path, read_text(path, MAX_BYTES), extensions)


def _question(data: Lines, path: Path, source: str, extensions: tuple[Extension, ...]) -> Question:
    base = _base(data, extensions)
    dimensions = tuple(_dimensions(data, base))
    population = check_whole(data.get("population", 24), (8, 1_000), "", "population")
    return Question(
        title=check_text(data.get("title", path.stem), "title"),
        source=source,
        policy=_carrier(data, path.parent),
        dimensions=dimensions,
        aims=_aims(data, extensions),
        base=base,
        draws=check_whole(data.get("draws", 8), (1, 10_000), "draws", "draws"),
        variants=_variants(data, base),
        population=population,
        generations=check_whole(data.get("generations", 20), (1, 10_000), "", "generations"),
        seed=check_whole(data.get("seed", 1), (0, 2**32 - 1), "", "seed"),
        beside=_beside(data, path.parent),
        adaptive=_adaptive(data, base, extensions),
    )


def _base(data: Mapping[str, Any], extensions: tuple[Extension, ...]) -> Scenario:
    from divide.experiments.plan.file import settings

    given = {"constants": data["constants"]} if "constants" in data else {}
    base: Scenario = settings({"policies": [REFERENCE], **given}, "", "search", Path(), extensions)[
        "base"
    ]
    return base


def _carrier(data: Mapping[str, Any], folder: Path) -> Policy:
    with inside("policy"):
        given = data.get("policy")
        if given is None:
            policy = Policy("custom", "Levers of the search", budget=DEFAULT_BUDGET, spend="all")
        else:
            policy = Policy.load(check_text(given, "policy"), folder)
    changes = {
        key: data[name]
        for key, name in (("budget", "budget_usd_m_per_year"), ("spend", "spend"))
        if name in data
    }
    return replace(policy, **changes)


def _dimensions(data: Mapping[str, Any], base: Scenario) -> list[Dimension]:
    given = check_mapping(data.get("levers", {}), "levers to what may be set", "levers")
    if not given:
        raise InputError("names none; the search needs at least one lever", ("levers",))
    found = []
    for name, what in given.items():
        if name not in levers():
            raise UnknownKeyError(unknown("lever", name, levers()), ("levers", name))
        with inside("levers", name):
            settings = what if isinstance(what, Mapping) else {"intensity": what}
            refuse_unknown(settings, ("intensity", "start", "target"))
            lever = levers()[name]
            limits = settings.get("intensity", list(lever.bounds))
            found.append(_range(name, "intensity", limits, lever.bounds, lever.unit))
            if "start" in settings:
                years = base.start, base.until - 1
                found.append(_range(name, "start", settings["start"], years, "(calendar year)"))
            if "target" in settings:
                found.append(_targets(name, settings["target"]))
    return found


def _range(
    lever: str, what: Literal["intensity", "start"], given: object,
    bounds: tuple[float, float], unit: str,
) -> Dimension:  # fmt: skip
    if not isinstance(given, list) or len(given) != 2:
        raise InputError(f"{given!r:.80}; must be [least, greatest]", (what,))
    low, high = (check_number(value, bounds, unit, what, k) for k, value in enumerate(given))
    if low >= high:
        raise InputError(f"[{low:g}, {high:g}]: the first must be less than the second", (what,))
    return Dimension(lever, what, low, high)


def _targets(lever: str, given: object) -> Dimension:
    if not isinstance(given, list) or len(given) < 2:
        raise InputError(f"must list at least two of {', '.join(TARGETS)}", ("target",))
    with inside("target"):
        for each in given:
            check_target(each)
    return Dimension(lever, "target", 0.0, 1.0, tuple(given))


def _aims(data: Mapping[str, Any], extensions: tuple[Extension, ...]) -> tuple[Aim, ...]:
    given = data.get("aims")
    if not isinstance(given, list) or len(given) < 2:
        raise InputError("must list at least two, such as {outcome: years_offline}", ("aims",))
    known = recorded(extensions).outcomes
    found = []
    for k, each in enumerate(given):
        with inside("aims", k):
            settings = each if isinstance(each, Mapping) else {"outcome": each}
            refuse_unknown(settings, ("outcome", "of", "better"))
            name = check_text(settings.get("outcome", ""), "outcome")
            if name not in known:
                raise UnknownKeyError(unknown("outcome", name, known), ("outcome", name))
            of: Any = check_choice(settings.get("of", "mean"), OFS, "of")
            declared = known[name]
            way = settings.get("better", declared.better)
            better = check_choice(way, ("lower", "higher"), "better")
            found.append(Aim(name, of, better, declared.label, declared.unit))
    if len({aim.name for aim in found}) < len(found):
        raise InputError("an aim stands twice", ("aims",))
    return tuple(found)


def _variants(data: Mapping[str, Any], base: Scenario) -> dict[str, Mapping[str, Any]]:
    given = check_mapping(data.get("variants", AS_IS), "names to constants", "variants")
    if not given:
        raise InputError("names none", ("variants",))
    from divide.experiments.plan.file import settings

    for name, constants in given.items():
        with inside("variants", name):
            check_mapping(constants, "names to values")
        try:
            made = {"policies": [REFERENCE], "constants": dict(constants)}
            settings(made, "", "search", Path(), base.extensions)
        except InputError as error:
            raise InputError(error.reason, ("variants", name, *error.path[1:])) from None
    return {str(name): constants for name, constants in given.items()}


def _beside(data: Mapping[str, Any], folder: Path) -> tuple[Policy, ...]:
    given = data.get("beside", [name for name in packages() if name != REFERENCE])
    if not isinstance(given, list) or not given:
        allowed = f"allowed: files and {', '.join(packages())}"
        raise InputError(f"must list at least one policy; {allowed}", ("beside",))
    found = []
    for k, each in enumerate(given):
        with inside("beside", k):
            found.append(Policy.load(check_text(each, "policy"), folder))
    return tuple(found)


def _adaptive(
    data: Mapping[str, Any], base: Scenario, extensions: tuple[Extension, ...]
) -> Adaptive | None:
    if data.get("adaptive") is None:
        return None
    given = check_mapping(data["adaptive"], "at, members and signposts", "adaptive")
    with inside("adaptive"):
        refuse_unknown(given, ("at", "members", "signposts"))
        years = given.get("at")
        bounds = base.start + 2, base.until  # a run begins at the end of its first year
        if not isinstance(years, list) or not years:
            raise InputError(f"must list years from {bounds[0]} to {bounds[1]}", ("at",))
        at = tuple(check_whole(y, bounds, "(calendar year)", "at", k) for k, y in enumerate(years))
        members = check_whole(given.get("members", 4), (2, 20), "policies", "members")
        known = recorded(extensions).outcomes
        signs: Sequence[Any] = given.get("signposts", ["usage_mean", "people_offline"])
        if not isinstance(signs, list) or not signs:
            raise InputError("must list outcomes, see `divide outcomes`", ("signposts",))
        for name in signs:
            if name not in known:
                raise UnknownKeyError(unknown("outcome", str(name), known), ("signposts", name))
    return Adaptive(at, members, tuple(signs))
