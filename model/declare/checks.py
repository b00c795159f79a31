"""Checks that all inputs share; each raises `InputError` with the path that it was given."""

from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

from divide.model.declare.errors import InputError, UnknownKeyError

#: Asking an abstract class takes time, and a sweep asks thousands of times.
_PLAIN = (int, float, bool, type(None))


def check_number(value: object, bounds: tuple[float, float], unit: str, *path: str | int) -> float:
    """`value`, a number of Python, NumPy or pandas, if it is finite and inside `bounds`.

    Raises:
        InputError: It is not.
    """
    low, high = bounds
    number = python_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        wrong = f"{value!r:.200} is not a number"
    elif low <= number <= high:  # NaN fails every comparison
        return float(number)
    else:
        shown = f"{number:g}" if isinstance(number, float) else str(number)[:40]
        wrong = f"{shown} is out of range"
    allowed = f"allowed: {low:g} to {high:g} {unit}".rstrip()
    raise InputError(f"{wrong}; {allowed}", path)


def check_whole(value: object, bounds: tuple[int, int], unit: str, *path: str | int) -> int:
    """`value` if it is a whole number inside `bounds`.

    Raises:
        InputError: It is not.
    """
    number = check_number(value, bounds, unit, *path)
    if isinstance(value, int | Integral):  # a large seed does not survive the way through a float
        return int(value)
    if number != int(number):
        raise InputError(f"{number:g} is not a whole number", path)
    return int(number)


def check_choice(value: object, allowed: tuple[str, ...], *path: str | int) -> str:
    """`value` if it is one of a few words.

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{value!r:.80}; allowed: {', '.join(allowed)}", path)
    return value


def check_text(value: object, *path: str | int) -> str:
    """`value` if it is text.

    Raises:
        InputError: It is not.
    """
    if not isinstance(value, str):
        raise InputError(f"must be text, not {value!r:.80}", path)
    return value


def check_mapping(value: object, what: str, *path: str | int) -> Mapping[str, Any]:
    """`value` if it maps `what`, "names to numbers".

    Raises:
        InputError: It does not.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"must map {what}, not {value!r:.80}", path)
    return value


def refuse_unknown(data: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise InputError for the first key of `data` that is not in `known`."""
    allowed = dict.fromkeys(sorted(known))
    for key in data:
        if key not in allowed:
            raise UnknownKeyError(unknown("key", str(key), allowed), (key,))


def python_number(value: Any) -> Any:
    """A NumPy or pandas number as one of Python; anything else as it is."""
    if type(value) in _PLAIN or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    """A message for a name that does not exist, with the nearest that does."""
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    # A hundred names help nobody: of a long list only the nearest are shown.
    shown = list(known) if len(known) <= 40 else [*near, f"{len(known)} names, see docs/ODD.md"]
    return f"unknown {kind} {name!r}{hint} (allowed: {', '.join(shown)})"
