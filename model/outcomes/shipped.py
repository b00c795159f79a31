"""All outcomes and country columns that ship, and the set that a run records."""

from collections.abc import Iterable

from divide.model.declare.errors import InputError
from divide.model.outcomes import indicators
from divide.model.outcomes.country import COUNTRY
from divide.model.outcomes.declaration import COUNTRY_GROUP, Outcome, declared_in
from divide.model.outcomes.inequality import measured

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
        for outcome in self.added:
            table = self.country if outcome.group == COUNTRY_GROUP else self.outcomes
            if outcome.name in table:
                raise InputError(f"outcome {outcome.name}: declared twice")
            table[outcome.name] = outcome

    def __reduce__(self) -> tuple[type["OutcomeSet"], tuple[tuple[Outcome, ...]]]:
        """The shipped ones are not copied: another process has them too."""
        return OutcomeSet, (self.added,)


SHIPPED = OutcomeSet()
