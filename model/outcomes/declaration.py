"""What an outcome is: its name, label, unit and source, and beside them how it is had.

An outcome of the world is worked out from what was recorded or read from the state after each step
(`each_step`). So is a country column of one's own, while those that ship are worked out from what
was recorded. A file of one's own declares more of them in the same way:

    @outcome("Urban less rural internet use", "share", "lower", "inclusion")
    def rural_gap(paths):
        return paths.mean("online_urban") - paths.mean("online_rural")

The files of declarations import no NumPy, so that listing outcomes starts at once. A formula that
needs more than the methods of an array imports it when it is called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type Better = Literal["lower", "higher", "neither"]

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
        by_row: Whether what it is after a step hangs on the record of that step and of the start
            alone, so that it can be worked out for some steps without the others.
        formula: Works it out: from the `Paths` of a run, (steps,), or, if it is read after each
            step, from a `Snapshot`, (n,) of a country column, else a number; a country column that
            ships from a `Past`, (steps, n).
    """

    name: str
    label: str
    unit: str
    better: Better
    group: str
    source: str = "definition"
    speculative: bool = False
    each_step: bool = False
    by_row: bool = False
    formula: Callable[[Any], Any] = field(kw_only=True, repr=False, compare=False)


def outcome(
    label: str,
    unit: str,
    better: Better,
    group: str,
    source: str = "definition",
    *,
    speculative: bool = False,
    each_step: bool = False,
) -> Callable[[Callable[[Any], Any]], Outcome]:
    """Declare an outcome on the function that works it out, under the function's name.

    The function takes the `Paths` of a run or, with `each_step`, a `Snapshot`.
    """

    def declare(formula: Callable[[Any], Any]) -> Outcome:
        return Outcome(
            formula.__name__, label, unit, better, group, source, speculative, each_step,
            formula=formula,
        )  # fmt: skip

    return declare


def column(
    label: str, unit: str, better: Better, source: str = "definition"
) -> Callable[[Callable[[Any], Any]], Outcome]:
    """Declare a country column on the function of a `Snapshot` that reads it, (n,)."""
    return outcome(label, unit, better, COUNTRY_GROUP, source, each_step=True)


def declared_in(namespace: Mapping[str, Any]) -> dict[str, Outcome]:
    """The outcomes among the names of a module (its `vars`), by name, in order of declaration."""
    return {thing.name: thing for thing in namespace.values() if isinstance(thing, Outcome)}
