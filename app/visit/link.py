"""A scenario as a web address, and back.

`?v=0.1.0&until=2040&budget=8000&spend=all&l.five_g=800~partners~2031`. What equals the default is
left out. A lever reads strength~target~start~end~ramp~toward, trailing defaults left out; a target
list is its codes with dots. A goal reads kind~year~share. Everything passes the checks of a
scenario file.
"""

from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

from divide.app.visit.goal import from_text, to_text
from divide.app.visit.state import (
    CUSTOM,
    Draft,
    bounded,
    changed_title,
    clean_name,
    is_shipped,
    nearest_package,
    shipped,
)
from divide.experiments.keep.provenance import version
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.policy.policy import REFERENCE, LeverUse, Policy, packages
from divide.model.scenario import Scenario

#: No link of ours is longer.
LONGEST = 8_000
_RUN = ("start", "until", "seed", "firms", "platforms", "steps_per_year", "draw")
_KNOWN = {"v", "from", "title", "budget", "spend", "goal", *_RUN}


def to_query(draft: Draft) -> str:
    """The query of the address that shows a page, without the question mark."""
    scenario, plain = draft.scenario, Scenario()
    pairs = [("v", version())]
    pairs += [
        (key, f"{getattr(scenario, key)}")
        for key in _RUN
        if getattr(scenario, key) != getattr(plain, key)
    ]
    if draft.package != REFERENCE:
        pairs.append(("from", draft.package))
    policy = scenario.policy
    if not is_shipped(policy):
        own = policy.title != changed_title(shipped(draft.package))
        pairs += [("title", policy.title)] if own else []
        pairs += [("budget", _short(policy.budget)), ("spend", policy.spend)]
        pairs += [(f"l.{name}", _lever(use)) for name, use in sorted(policy.levers.items())]
        pairs += [] if policy.levers else [("l", "none")]
    pairs += [(f"p.{name}", _short(value)) for name, value in sorted(scenario.parameters.items())]
    pairs += [("goal", to_text(draft.goal))] if draft.goal else []
    return urlencode(pairs, safe="~.,")


def _short(value: float) -> str:
    text = repr(float(value))
    return text.removesuffix(".0")


def _lever(use: LeverUse) -> str:
    plain = LeverUse(0.0)
    target = use.target if isinstance(use.target, str) else ".".join(use.target)
    parts = [_short(use.intensity), "" if use.target == plain.target else target]
    parts += ["" if year is None else _short(year) for year in (use.start, use.end)]
    parts += ["" if use.ramp_years == plain.ramp_years else _short(use.ramp_years)]
    parts += ["" if use.toward == plain.toward else use.toward]
    return "~".join(parts).rstrip("~")


def from_query(query: str, default: Scenario) -> tuple[Draft, str]:
    """The page that an address asks for, and the version that wrote it ("" if it says none).

    Raises:
        InputError: Anything in the query is unknown, malformed or not allowed; one line says what.
    """
    query = query.removeprefix("?")
    if len(query) > LONGEST:
        raise InputError(f"the address is longer than {LONGEST:,} characters")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=200, errors="strict")
    except ValueError:
        raise InputError("the address cannot be read") from None
    found: dict[str, str] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"the address says {clean_name(key)!r} twice")
        found[key] = value
    uses: dict[str, LeverUse] = {}
    values: dict[str, float] = {}
    bare = found.pop("l", None)
    for key, value in found.items():
        kind, _, name = key.partition(".")
        if kind == "l" and name in levers():
            uses[name] = _use(value, name)
        elif kind == "p" and name in parameters():
            values[name] = _number(value, key)
        elif key not in _KNOWN:
            raise InputError(f"the address asks for {clean_name(key)!r}, which does not exist")
    run = {key: _whole(found[key], key) for key in _RUN if key in found}
    package = found.get("from", REFERENCE)
    if package not in packages():
        raise InputError(f"the address asks for the package {clean_name(package)!r}: no such one")
    policy = shipped(package)
    if uses or bare is not None or {"budget", "spend", "title"} & set(found):
        policy = Policy(
            CUSTOM,
            clean_name(found.get("title", "")) or changed_title(policy),
            budget=_number(found["budget"], "budget") if "budget" in found else policy.budget,
            spend=found.get("spend", policy.spend),  # type: ignore[arg-type]
            levers=uses,
        )
    settings = {f.name: getattr(default, f.name) for f in fields(Scenario)}
    settings |= {**run, "policy": policy, "parameters": values}
    scenario = bounded(Scenario(**settings))
    goal = from_text(found["goal"]) if "goal" in found else None
    draft = Draft(scenario, package if "from" in found else nearest_package(scenario), goal)
    return draft, clean_name(found.get("v", ""))


def _use(text: str, name: str) -> LeverUse:
    parts = text.split("~")
    if len(parts) > 6:
        raise InputError(f"the address says too much about {name}", ("levers", name))
    strength, target, start, end, ramp, toward = [*parts, *[""] * (6 - len(parts))]
    rule: str | tuple[str, ...] = target or LeverUse(0.0).target
    if "." in target or (len(target) == 3 and target.isupper()):
        rule = tuple(target.split("."))
    return LeverUse(
        _number(strength, name),
        start=_number(start, name) if start else None,
        end=_number(end, name) if end else None,
        ramp_years=_number(ramp, name) if ramp else LeverUse(0.0).ramp_years,
        target=rule,
        toward=toward or LeverUse(0.0).toward,
    )


def _number(text: str, name: str) -> float:
    try:
        return float(text[:40])
    except ValueError:
        raise InputError(f"{clean_name(text)!r} is not a number", (name,)) from None


def _whole(text: str, name: str) -> int:
    try:
        return int(text[:20])
    except ValueError:
        raise InputError(f"{clean_name(text)!r} is not a whole number", (name,)) from None
