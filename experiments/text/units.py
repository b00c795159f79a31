"""How figures and foreign text are shown to people: units, precision, and no control characters.

Inside the model shares are 0-1; percent exists only here, at the edge.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A unit as people read it: shown value = value x factor."""

    factor: float
    unit: str
    difference: str


def shown(unit: str, size: float = 0.0) -> Shown:
    """The readable form of a unit of the model, and the unit of a difference in it.

    Args:
        unit: The unit as declared.
        size: A typical value; large sums are shown in millions or billions.
    """
    if unit == "share" or unit.startswith("share of "):
        return Shown(100.0, unit.replace("share", "%", 1), "pp")
    if unit == "persons":
        return Shown(1e-6, "million persons", "million persons")
    counted = unit.startswith("US$") and "illion" not in unit
    if counted or unit == "person-years":
        for least, factor, name in ((1e8, 1e-9, "billion"), (1e5, 1e-6, "million")):
            if abs(size) >= least:
                large = unit.replace("US$", f"US$ {name}", 1) if counted else f"{name} {unit}"
                return Shown(factor, large, large)
    return Shown(1.0, unit, unit)


def decimals(scale: float) -> int:
    """Digits after the point that show about four significant digits at `scale`."""
    if not math.isfinite(scale) or scale == 0:
        return 1
    return min(max(3 - math.floor(math.log10(abs(scale))), 0), 5)


def number(value: float, places: int, *, sign: bool = False) -> str:
    """A number with thousands separators and a true minus; "n/a" if it is not finite."""
    if not math.isfinite(value):
        return "n/a"
    text = f"{value:+,.{places}f}" if sign else f"{value:,.{places}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def money(usd: float) -> str:
    """US dollars in the largest unit that keeps at least one digit before the point."""
    if not math.isfinite(usd):
        return "n/a"
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if abs(usd) >= size:
            return f"US$ {number(usd / size, 2)}{name}"
    return f"US$ {number(usd, 0)}"


def plain(text: object) -> str:
    """Text of strangers on one line, without control characters that steer a terminal or page."""
    kept = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(kept.split())


def span(seconds: float) -> str:
    """A length of time in words; "?" if it is not known."""
    if math.isnan(seconds):
        return "?"
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def size(count: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
