"""What is measured: each outcome and country column is declared beside its formula.

Here stand all that ship, and the set that a run records.
"""

from collections.abc import Iterable

from divide.model.declare.errors import InputError
from divide.model.outcomes import indicators
from divide.model.outcomes.country import COUNTRY, DIMENSIONS
from divide.model.outcomes.declaration import (
    COUNTRY_GROUP,
    Outcome,
    column,
    declared_in,
    outcome,
)
from divide.model.outcomes.inequality import MEASURES, measured

__all__ = [
    "COUNTRY",
    "DIMENSIONS",
    "MEASURES",
    "OUTCOMES",
    "SHIPPED",
    "Outcome",
    "OutcomeSet",
    "column",
    "outcome",
]

#: Outcomes of the world, by name.
OUTCOMES: dict[str, Outcome] = {**measured(), **declared_in(vars(indicators))}


class OutcomeSet:
    """What a run records: the shipped declarations, then those that were added.

    Args:
        added: Further outcomes and country columns.

    Attributes:
        outcomes: Outcomes of the world, by name.
        country: Columns of the country table, by name.

    Raises:
        InputError: An added outcome has the name of another.
    """

    def __init__(self, added: Iterable[Outcome] = ()) -> None:
        self.added = tuple(added)
        self.outcomes, self.country = dict(OUTCOMES), dict(COUNTRY)
        for each in self.added:
            table = self.country if each.group == COUNTRY_GROUP else self.outcomes
            if each.name in table:
                raise InputError(f"outcome {each.name}: declared twice")
            table[each.name] = each

    def __reduce__(self) -> tuple[type["OutcomeSet"], tuple[tuple[Outcome, ...]]]:
        """The shipped ones are not copied: another process has them too."""
        return OutcomeSet, (self.added,)


SHIPPED = OutcomeSet()
