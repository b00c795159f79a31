"""A page as a web address, and back: the scenario, what is looked at, and the pins.

`?v=0.1.0&until=2040&budget=8000&spend=all&l.five_g=800~partners~2031`. What equals the default is
left out. A lever reads strength~target~start~end~ramp~toward, trailing defaults left out; a target
list is its codes with dots. A goal reads kind~year~share. Everything passes the checks of a
scenario file. What is looked at stands as `map=`, `mode=`, `tab=`, `country=`, `lang=` and so on;
pin 1 is `pin1=NAME?ITS QUERY`. A link opens on any copy of the model: only what stands behind its
"?" (or its "#") counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

from divide.app.visit.goal import from_text, to_text
from divide.app.visit.kept import kept
from divide.app.visit.result import mapped
from divide.app.visit.state import (
    CHOICES,
    CUSTOM,
    MOST_PINS,
    Draft,
    Pin,
    View,
    Visit,
    bounded,
    changed_title,
    clean_name,
    clean_title,
    is_shipped,
    nearest_package,
    shipped,
)
from divide.app.words import languages, words
from divide.app.words.refused import reason
from divide.experiments.keep.identity import edition
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.declare.parameters import parameters
from divide.model.declare.phrase import Phrase
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import REFERENCE, LeverUse, Policy, packages
from divide.model.scenario import Scenario
from divide.model.world import load_world, start_years

#: No link of ours is longer.
LONGEST, MOST_PARTS = 8_000, 200
_RUN = ("start", "until", "seed", "firms", "platforms", "steps_per_year", "draw")
#: What is looked at: key of a link, and attribute of `View`.
_VIEW = {
    "map": "outcome",
    "outcome": "headline",
    "mode": "mode",
    "against": "against",
    "year": "year",
    "tab": "tab",
    "rank": "rank",
    "country": "country",
    "lang": "lang",
}
#: What a page that nobody has touched says of itself, and what a server asks of its guests.
_FIRST = {"v", "lang", "year", "projector", "token"}
_KNOWN = {"v", "from", "title", "budget", "spend", "goal", *_RUN}


@kept
def to_query(draft: Draft) -> str:
    """The query of the address that shows a page, without the question mark."""
    scenario, plain = draft.scenario, Scenario()
    pairs = [("v", edition())]
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


def whole(draft: Draft, view: View, pins: Iterable[Pin]) -> str:
    """The query of the address that shows a page as it is: scenario, view and pins.

    Pins that would make it too long to be opened are left out, the oldest first.
    """
    plain = View(year=draft.scenario.until)
    looks = [
        (key, f"{getattr(view, name)}")
        for key, name in _VIEW.items()
        if key == "lang" or getattr(view, name) != getattr(plain, name)
    ]
    own = f"{to_query(draft)}&{urlencode(looks)}"
    kept = [_pinned(pin) for pin in pins]
    while kept:
        said = urlencode([(f"pin{k}", text) for k, text in enumerate(kept, start=1)])
        if len(own) + len(said) < LONGEST:
            return f"{own}&{said}"
        kept = kept[1:]
    return own


def _pinned(pin: Pin) -> str:
    draft = Draft(pin.scenario, nearest_package(pin.scenario))
    return f"{pin.name if pin.named else ''}?{to_query(draft)}"


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


@dataclass(frozen=True)
class Opened:
    """What a link says, as far as it can be read.

    Attributes:
        version: Version of the model that wrote it, "" if it says none.
        view: Attributes of `View` by name.
        complaint: Why a part was left out; the first one.
    """

    draft: Draft
    version: str
    view: dict[str, str | int]
    pins: tuple[Pin, ...]
    complaint: InputError | None


def read(text: str, default: Scenario) -> Opened:
    """What a link, or what stands behind its "?" or "#", asks for; what cannot be read is left out.

    Each part is added to those before it, and left out if they do not pass together.
    """
    complaints: list[InputError] = []
    pairs = _readable(tail(text), complaints)
    view: dict[str, str | int] = {}
    pins: list[Pin] = []
    parts: list[list[tuple[str, str]]] = [[pair for pair in pairs if pair[0] in _RUN]]
    for key, value in pairs:
        try:
            if key in _VIEW:
                view[_VIEW[key]] = _looked_at(key, value)
            elif key.startswith("pin") and key[3:].isdecimal():
                pins += [_pin(value, default)] if len(pins) < MOST_PINS else []
            elif key not in _RUN:
                parts.append([(key, value)])
        except InputError as error:
            complaints.append(error)
    good: list[tuple[str, str]] = []
    for part in _smaller(parts, default, complaints):
        good += part
    draft, version_ = from_query(urlencode(good), default)
    return Opened(draft, version_, view, tuple(pins), complaints[0] if complaints else None)


def is_first(query: str, default: Scenario) -> bool:
    """Whether a query holds no other scenario than the default and shows nothing in particular.

    The year does not count: the years play by themselves while the first question is asked.
    """
    keys = {piece.partition("=")[0] for piece in tail(query).split("&") if piece}
    if not keys <= _FIRST | set(_RUN):
        return False
    return not keys & set(_RUN) or read(query, default).draft.scenario.digest == default.digest


def _readable(query: str, complaints: list[InputError]) -> list[tuple[str, str]]:
    """Keys and values of what can be read of a query, the first of each key."""
    found: dict[str, str] = {}
    if len(query) > LONGEST:
        complaints.append(_long())
        return []
    for piece in query.split("&")[:MOST_PARTS]:
        try:
            for key, value in _pairs(piece):
                if key in found:
                    complaints.append(_twice(key))
                found.setdefault(key, value)
        except InputError as error:
            complaints.append(error)
    found.pop("token", None)  # the key to another copy
    return list(found.items())


def _smaller(
    parts: list[list[tuple[str, str]]], default: Scenario, complaints: list[InputError]
) -> Iterator[list[tuple[str, str]]]:
    """The parts that pass together, each with those before it; a part that fails is taken apart."""
    good: list[tuple[str, str]] = []
    waiting = [sorted(part) for part in parts if part]
    while waiting:
        part = waiting.pop(0)
        try:
            from_query(urlencode(good + part), default)
        except InputError as error:
            if len(part) > 1:
                waiting = [[pair] for pair in part] + waiting
            else:
                complaints.append(error)
        else:
            good += part
            yield part


def tail(text: str) -> str:
    """What of a link says what is shown: behind its "?", else behind its "#", else all of it."""
    text = text.strip()
    before, mark, after = text.partition("?")
    if mark and "#" not in before and "=" not in before:
        return after.partition("#")[0]
    before, mark, after = text.partition("#")
    return after.removeprefix("?") if mark else before


def _looked_at(key: str, value: str) -> str | int:
    """A value of the view, if there is such a thing.

    Raises:
        InputError: There is not.
    """
    if key in ("against", "year"):
        return _whole(value, key)
    allowed = {
        "map": mapped(),
        "outcome": tuple(OUTCOMES),
        "country": load_world(start_years()[1]).iso3,
        "lang": tuple(languages()),
        **CHOICES,
    }[key]
    if value not in allowed:
        raise InputError(
            Phrase(
                "the address asks for {key} {value}: no such one",
                key=key,
                value=repr(clean_name(value)),
            )
        )
    return value


def _pin(text: str, default: Scenario) -> Pin:
    name, _, query = text.rpartition("?")  # a name may have one too
    scenario = from_query(query, default)[0].scenario
    return Pin(clean_name(name), scenario, bool(clean_name(name)))


def open_link(visit: Visit, text: str) -> None:
    """Show what a link says; undo brings back the scenario that was on the page.

    The visit's message says if a part of it was left out, or if another version wrote it.
    """
    found = read(text, visit.default.scenario)
    if is_first(text, visit.default.scenario):  # another version has no figures in it
        found = replace(found, version="")
    visit.show(found.draft.scenario, found.draft.package)
    _look_as(visit, found, found.view)


def look_as(visit: Visit, text: str) -> None:
    """Look at the scenario of the page as a link does: goal, pins and view, but no language."""
    found = read(text, visit.default.scenario)
    _look_as(visit, found, {name: value for name, value in found.view.items() if name != "lang"})


def _look_as(visit: Visit, found: Opened, view: dict[str, str | int]) -> None:
    if found.draft.goal is not None:
        visit.set_goal(found.draft.goal)
    visit.keep_pins(found.pins)
    looks = {"year": found.draft.scenario.until, **view}
    if "against" in looks:  # behind the pins that were there already
        looks["against"] = int(looks["against"]) + len(visit.pins) - len(found.pins)
    visit.look(**looks)
    t = words(visit.view.lang)
    if found.complaint is not None:
        visit.message = t("page.link_part", reason=reason(t, found.complaint))
    elif found.version not in ("", edition()):
        visit.message = t("page.other_version", theirs=found.version, ours=edition())


def from_query(query: str, default: Scenario) -> tuple[Draft, str]:
    """The page that an address asks for, and the version that wrote it ("" if it says none).

    Raises:
        InputError: Anything in the query is unknown, malformed or not allowed; one line says what.
    """
    found: dict[str, str] = {}
    for key, value in _pairs(query):
        if key in found:
            raise _twice(key)
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
            asked = repr(clean_name(key))
            raise InputError(Phrase("the address asks for {key}, which does not exist", key=asked))
    run = {key: _whole(found[key], key) for key in _RUN if key in found}
    package = found.get("from", REFERENCE)
    if package not in packages():
        asked = repr(clean_name(package))
        raise InputError(Phrase("the address asks for the package {name}: no such one", name=asked))
    policy = shipped(package)
    if uses or bare is not None or {"budget", "spend", "title"} & set(found):
        policy = Policy(
            CUSTOM,
            clean_title(found.get("title", "")) or changed_title(policy),
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


def _pairs(query: str) -> list[tuple[str, str]]:
    """Keys and values of a query.

    Raises:
        InputError: It is too long or cannot be read.
    """
    query = query.removeprefix("?")
    if len(query) > LONGEST:
        raise _long()
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARTS, errors="strict")
    except ValueError:
        raise InputError(Phrase("the address cannot be read")) from None


def _twice(key: str) -> InputError:
    return InputError(Phrase("the address says {key} twice", key=repr(clean_name(key))))


def _long() -> InputError:
    return InputError(Phrase("the address is longer than {most:,} characters", most=LONGEST))


def _use(text: str, name: str) -> LeverUse:
    parts = text.split("~")
    if len(parts) > 6:
        raise InputError(
            Phrase("the address says too much about {name}", name=name), ("levers", name)
        )
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
        raise InputError(
            Phrase("{value} is not a number", value=repr(clean_name(text))), (name,)
        ) from None


def _whole(text: str, name: str) -> int:
    try:
        return int(text[:20])
    except ValueError:
        raise InputError(
            Phrase("{value} is not a whole number", value=repr(clean_name(text))), (name,)
        ) from None
