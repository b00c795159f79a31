"""Checks that all inputs share; each raises `InputError` with the path that it was given."""

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

from divide.model.declare.errors import InputError, UnknownKeyError
from divide.model.declare.phrase import Phrase

#: Asking an abstract class takes time, and a sweep asks thousands of times.
_PLAIN = (int, float, bool, type(None))
#: Words in the name of a kind, and the command that lists all names of it.
LISTS = {
    "lever": "levers", "parameter": "parameters", "constant": "parameters",
    "uncertainty": "parameters", "outcome": "outcomes",
}  # fmt: skip
_WHOLE = r"0|[1-9][0-9]{0,400}"
_NUMBER = re.compile(
    rf"(?P<whole>[-+]?(?:{_WHOLE}))"
    rf"|[-+]?(?:(?:{_WHOLE})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?(?:inf|nan)",
    re.ASCII,
)


def check_number(value: object, bounds: tuple[float, float], unit: str, *path: str | int) -> float:
    """`value`, a number of Python, NumPy or pandas, if it is finite and inside `bounds`.

    Raises:
        InputError: It is not.
    """
    low, high = bounds
    number = python_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        wrong = Phrase("{value} is not a number", value=written(value))
    elif low <= number <= high:  # NaN fails every comparison
        return float(number)
    else:
        wrong = Phrase("{value} is out of range", value=written(number))
    raise InputError(
        Phrase("{wrong}; {allowed}", wrong=wrong, allowed=_allowed(bounds, unit)), path
    )


def _allowed(bounds: tuple[float, float], unit: str) -> Phrase:
    low, high = bounds
    if not unit:
        return Phrase("allowed: {low:g} to {high:g}", low=low, high=high)
    return Phrase("allowed: {low:g} to {high:g} {unit}", low=low, high=high, unit=unit)


def written(value: object) -> str:
    """A value as its author may know it again, in short."""
    if value is None:
        return Phrase("nothing")
    if isinstance(value, int) and abs(value) >= 10**40:  # Python does not write out longer ones
        return Phrase("a number of {bits} bits", bits=value.bit_length())
    if isinstance(value, float):
        return Phrase("{value:g}", value=value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Phrase("{value}", value=value)
    shown = repr(value)
    return f"{' '.join(shown.split()) if '\n' in shown else shown:.80}"  # always one line


def check_whole(value: object, bounds: tuple[int, int], unit: str, *path: str | int) -> int:
    """`value` if it is a whole number inside `bounds`.

    Raises:
        InputError: It is not.
    """
    number = python_number(value)
    if isinstance(number, float) and math.isfinite(number) and not number.is_integer():
        wrong = Phrase("{value} is not a whole number", value=written(number))
        allowed = _allowed(bounds, unit)
        raise InputError(Phrase("{wrong}; {allowed}", wrong=wrong, allowed=allowed), path)
    check_number(number, bounds, unit, *path)
    return int(number)  # not by way of a float, which a large seed does not survive


def check_choice(value: object, allowed: tuple[str, ...], *path: str | int) -> str:
    """`value` if it is one of a few words.

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(
            Phrase("{value}; allowed: {names}", value=written(value), names=", ".join(allowed)),
            path,
        )
    return value


def check_text(value: object, *path: str | int) -> str:
    """`value` if it is text.

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, str):
        raise InputError(Phrase("must be text, not {value}", value=written(value)), path)
    return value


def check_mapping(value: object, what: str, *path: str | int) -> Mapping[str, Any]:
    """`value` if it maps `what`, "names to numbers".

    Raises:
        InputError: It does not.
    """
    if not isinstance(value, Mapping):
        raise InputError(
            Phrase("must map {what}, not {value}", what=what, value=written(value)), path
        )
    return value


def refuse_unknown(data: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise InputError for the first key of `data` that is not in `known`."""
    allowed = dict.fromkeys(sorted(known))
    for key in data:
        if key not in allowed:
            raise UnknownKeyError(unknown("key", str(key), allowed), (key,))


def plain_number(text: str) -> float | str:
    """The number that a text holds, or the text itself, for the error about it.

    Numbers are written as in JSON and YAML 1.2: no leading zeros, no underscores, no sexagesimals,
    and a decimal point.
    """
    found = _NUMBER.fullmatch(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if found is None:
        return text
    return int(text) if found["whole"] else float(found[0])


def python_number(value: Any) -> Any:
    """A NumPy or pandas number as one of Python; anything else as it is."""
    if type(value) in _PLAIN:
        return value
    if getattr(value, "ndim", None) == 0:
        return value.item()
    if not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def unknown(kind: str, name: object, known: Mapping[str, Any]) -> Phrase:
    """A message for a name that does not exist, with the nearest that does."""
    import difflib

    near = difflib.get_close_matches(str(name), known, n=3)
    hint = Phrase("; did you mean {near}?", near=repr(near[0])) if near else ""
    # A hundred names help nobody: of a long list only the nearest are shown.
    lists = " and ".join(f"`divide {each}`" for key, each in LISTS.items() if key in kind)
    shown: str = ", ".join(known)
    if len(known) > 40:
        shown = Phrase("{count} names, see {lists}", count=len(known), lists=lists or "docs/ODD.md")
        shown = Phrase("{near}, {more}", near=", ".join(near), more=shown) if near else shown
    return Phrase(
        "unknown {kind} {name}{hint} (allowed: {names})",
        kind=Phrase(kind),
        name=repr(name),
        hint=hint,
        names=shown,
    )
