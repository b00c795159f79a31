"""Checks that many inputs share: numbers inside bounds, names that exist."""

from collections.abc import Mapping
from typing import Any

from divide.model.declare.errors import InputError


def check_number(value: object, bounds: tuple[float, float], unit: str, where: str) -> float:
    """`value` as a finite number inside `bounds`.

    Raises:
        InputError: It is not a number, not finite, or outside; the message starts with `where`.
    """
    low, high = bounds
    allowed = f"allowed: {low:g} to {high:g} {unit}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: {value!r} is not a number; {allowed}")
    if not low <= value <= high:  # NaN fails every comparison
        shown = f"{value:g}" if isinstance(value, float) else str(value)[:40]
        raise InputError(f"{where}: {shown} is out of range; {allowed}")
    return float(value)


def unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    """A message for a name that does not exist, with the nearest that does."""
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    # A hundred names help nobody: of a long list only the nearest are shown.
    shown = list(known) if len(known) <= 40 else [*near, "and others, see docs/ODD.md"]
    return f"unknown {kind} {name!r}{hint} (allowed: {', '.join(shown)})"
