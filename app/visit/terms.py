"""Why a country gained: the terms of its difference from the status quo, made like a run.

The engine keys what it carries out by digest and knows no more of it: a pair of scenarios is asked
for, ranked, halted and kept as a scenario is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.app.visit.result import Dropped, compute
from divide.model.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Terms:
    """Parts of the difference in the share online.

    Attributes:
        digest: Digest of the pair.
        years: The start and the end of each year, (Y,).
        parts: Part of each term of `divide.model.terms.TERMS`, (Y, n) by name.
        whole: The whole difference, (Y, n).
    """

    digest: str
    years: NDArray[np.int64]
    parts: Mapping[str, NDArray[np.float32]]
    whole: NDArray[np.float32]


class Asked(Scenario):
    """A scenario of which the terms are asked for, not the result; it has a digest of its own."""

    @classmethod
    def of(cls, scenario: Scenario, base: Scenario) -> "Asked | None":
        """The question why a scenario differs from its status quo; None if it is the same."""
        if scenario.digest == base.digest:
            return None
        return cls(**{name: getattr(scenario, name) for name in Scenario.__dataclass_fields__})

    @cached_property
    def digest(self) -> str:
        """Digest of the scenario, marked."""
        return f"terms {super().digest}"


def terms_of(found: Sequence[object]) -> Terms | None:
    """The terms among what was asked for, if they are there."""
    return next((each for each in found if isinstance(each, Terms)), None)


def work_of(scenario: Scenario) -> Callable[[Any, Callable[[], bool]], Any]:
    """What a worker does with a scenario."""
    return compute_terms if isinstance(scenario, Asked) else compute


def compute_terms(asked: Asked, dropped: Callable[[], bool] = lambda: False) -> Terms:
    """Run a scenario and its status quo and take the difference apart (in a worker process).

    Raises:
        Dropped: It was given up because something else is wanted sooner.
    """
    from divide.app.visit.interval import status_quo
    from divide.model.recorded import record
    from divide.model.terms import parts

    def look(done: int, steps: int) -> None:
        if dropped():
            raise Dropped

    plain = Scenario(**{name: getattr(asked, name) for name in Scenario.__dataclass_fields__})
    found = parts(record(status_quo(plain), progress=look), record(plain, progress=look))
    return Terms(
        digest=asked.digest,
        years=found.years,
        parts={name: part.astype(np.float32) for name, part in found.terms.items()},
        whole=(found.policy - found.reference).astype(np.float32),
    )
