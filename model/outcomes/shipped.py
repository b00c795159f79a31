"""All outcomes and country columns that ship, and the set that a run records."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from divide.model.declare.errors import InputError
from divide.model.declare.registry import known
from divide.model.outcomes import country, indicators
from divide.model.outcomes.declaration import COUNTRY_GROUP, Outcome, declared_in
from divide.model.outcomes.inequality import measured


class Known(Mapping[str, Outcome]):
    """Declarations by name: the shipped ones, then those of the extensions loaded here.

    Args:
        shipped: Those that ship.
        kind: "outcomes" or "columns".
    """

    def __init__(self, shipped: Mapping[str, Outcome], kind: str) -> None:
        self.shipped, self._kind = shipped, kind

    def _added(self) -> dict[str, Outcome]:
        added = (getattr(extension, self._kind) for extension in known().values())
        return {name: outcome for declared in added for name, outcome in declared.items()}

    def __getitem__(self, name: str) -> Outcome:
        return self.shipped[name] if name in self.shipped else self._added()[name]

    def __iter__(self) -> Iterator[str]:
        return chain(self.shipped, self._added())

    def __len__(self) -> int:
        return len(self.shipped) + len(self._added())


#: Outcomes of the world, and columns of the country table, by name.
OUTCOMES = Known({**measured(), **declared_in(vars(indicators))}, "outcomes")
COUNTRY = Known(country.COUNTRY, "columns")


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
        self.outcomes, self.country = dict(OUTCOMES.shipped), dict(COUNTRY.shipped)
        for outcome in self.added:
            table = self.country if outcome.group == COUNTRY_GROUP else self.outcomes
            if outcome.name in table:
                raise InputError(f"outcome {outcome.name}: declared twice")
            table[outcome.name] = outcome

    def __reduce__(self) -> tuple[type["OutcomeSet"], tuple[tuple[Outcome, ...]]]:
        """The shipped ones are not copied: another process has them too."""
        return OutcomeSet, (self.added,)


SHIPPED = OutcomeSet()
