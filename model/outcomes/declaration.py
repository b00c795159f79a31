"""What an outcome is: its name, label, unit and source, and beside them how it is had.

An outcome of the world is worked out from what was recorded (`outcome`) or read from the state
after each step (`observed`); a country column is always read after each step (`column`). A file of
one's own declares more of them in the same way:

    @outcome("Urban less rural internet use", "share", "lower", "inclusion")
    def rural_gap(paths):
        return paths.mean("online_urban") - paths.mean("online_rural")

The files of declarations import no NumPy, so that listing outcomes starts at once. A formula that
needs more than the methods of an array imports it when it is called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from divide.model.outcomes.paths import Array, Paths
    from divide.model.outcomes.snapshot import Snapshot

type Better = Literal["lower", "higher", "neither"]
type FromPaths = Callable[["Paths"], "Array"]
type FromSnapshot = Callable[["Snapshot"], Any]

#: Group of the columns of the country table.
COUNTRY_GROUP = "country"


@dataclass(frozen=True)
class Outcome:
    """A recorded quantity.

    Attributes:
        name: Name in tables and files.
        label: What people read, in English; catalogues of other languages translate it by name.
        unit: Unit of measurement.
        better: Which way is better.
        group: Dimension of the divide, theme, or `COUNTRY_GROUP`.
        source: Where the definition comes from.
        speculative: Whether no outcome data support it.
        each_step: Whether it is read from the state after each step.
        formula: Works it out: from the `Paths` of a run, (steps,), or, if it is read after each
            step, from a `Snapshot`, (n,) of a country column, else a number.
    """

    name: str
    label: str
    unit: str
    better: Better
    group: str
    source: str = "definition"
    speculative: bool = False
    each_step: bool = False
    formula: Callable[[Any], Any] = field(kw_only=True, repr=False, compare=False)


def outcome(
    label: str,
    unit: str,
    better: Better,
    group: str,
    source: str = "definition",
    *,
    speculative: bool = False,
) -> Callable[[FromPaths], Outcome]:
    """Declare an outcome of the world on the function of `Paths` that works it out, (steps,)."""

    def declare(formula: FromPaths) -> Outcome:
        name = formula.__name__
        return Outcome(name, label, unit, better, group, source, speculative, formula=formula)

    return declare


def observed(
    label: str,
    unit: str,
    better: Better,
    group: str,
    source: str = "definition",
    *,
    speculative: bool = False,
) -> Callable[[FromSnapshot], Outcome]:
    """Declare an outcome of the world on the function of `Snapshot` that reads it after a step."""

    def declare(read: FromSnapshot) -> Outcome:
        name = read.__name__
        return Outcome(name, label, unit, better, group, source, speculative, True, formula=read)

    return declare


def column(
    label: str, unit: str, better: Better, source: str = "definition"
) -> Callable[[FromSnapshot], Outcome]:
    """Declare a country column on the function of `Snapshot` that reads it after a step, (n,)."""
    return observed(label, unit, better, COUNTRY_GROUP, source)


def declared_in(namespace: Mapping[str, Any]) -> dict[str, Outcome]:
    """The outcomes among the names of a module (its `vars`), by name, in order of declaration."""
    return {thing.name: thing for thing in namespace.values() if isinstance(thing, Outcome)}
