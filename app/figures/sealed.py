"""Values on their way to the browser, which nothing looks into on the way.

Solara searches every list and mapping of an argument for elements, and compares them entry by entry
in Python, at each frame: of long menus and texts that never change that is most of a frame's time.
"""

from collections.abc import Callable
from typing import Any

#: What Solara would search.
SEARCHED = (list, tuple, dict)


class Sealed:
    """A value as JSON carries it; equal if the values are.

    Args:
        value: Not changed after it was sealed.
    """

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and (
            self.value is other.value or bool(self.value == other.value)
        )

    def __repr__(self) -> str:
        return f"Sealed({self.value!r})"


def seal(value: Any) -> Any:
    """The value, sealed if Solara would search it."""
    return Sealed(value) if isinstance(value, SEARCHED) else value


def opened(make: Callable[[Any], Any] = lambda value: value) -> Callable[[Any, object], Any]:
    """How a widget sends a value: what was sealed, as `make` has it."""

    def to_json(value: Any, _: object = None) -> Any:
        return make(value.value if isinstance(value, Sealed) else value)

    return to_json


def resealed(value: Any, _: object = None) -> Any:
    """How a widget takes what a browser sends back."""
    return seal(value)
