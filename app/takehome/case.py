"""One scenario with all that a page tells of it: its runs, those of intervals and of reasons."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from divide.app.server.engine import Engine, Rank
from divide.app.visit.interval import DRAWS, Interval, interval_of, pairs, status_quo
from divide.app.visit.result import Result
from divide.app.visit.why import Explanation, Why
from divide.experiments.plan.intervals import predictive
from divide.model.scenario import Scenario

Array = NDArray[np.float64]
#: Told how many runs of how many are done; may raise to give up.
Told = Callable[[int, int], None]
#: Longest wait for one run: beyond it the server is stopping or stuck (seconds).
PATIENCE = 300.0


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario and its runs.

    Attributes:
        you, base: Results of the scenario and of the status quo.
        draws: Those of `divide.app.visit.interval.pairs`, in their order.
        explained: The part of each lever in the change; None without levers.
    """

    scenario: Scenario
    you: Result
    base: Result
    draws: tuple[Result, ...]
    explained: Explanation | None

    @property
    def interval(self) -> Interval:
        """How sure the differences of the outcomes are."""
        return interval_of(self.draws)

    def gain(self, of: Callable[[Result], Array]) -> tuple[Array, Array, Array]:
        """Difference from the status quo in the runs of the page, and its 90 % interval.

        Args:
            of: What is compared, from one result; any shape.
        """
        pairs_ = zip(self.draws[:DRAWS], self.draws[DRAWS:], strict=True)
        _, low, high = predictive(np.stack([of(you) - of(base) for you, base in pairs_]))
        return of(self.you) - of(self.base), low, high


def gather(
    engine: Engine, scenario: Scenario, owner: Hashable, told: Told = lambda done, of: None
) -> Case:
    """Run all that a page about a scenario needs; what was run before is at hand.

    Raises:
        Busy: The engine has too much to do.
        RunFailed: The model cannot run the scenario.
        TimeoutError: The server is stuck.
        CancelledError: The engine was told to forget the owner.
    """
    base, why = status_quo(scenario), Why(scenario)
    wanted = [scenario, base, *pairs(scenario, base)]
    first = [engine.request(run, Rank.INTERVAL, owner) for run in wanted]
    reasons = why.runs if why.levers else ()
    then = [engine.request(run, Rank.WHY, owner) for run in reasons]
    told = _after(told, len(first) + len(then))
    you, before, *draws = _found(first, told)
    explained = why.explained([lean(result) for result in _found(then, told)]) if then else None
    return Case(scenario, you, before, tuple(draws), explained)


def count(scenario: Scenario) -> int:
    """Runs that `gather` needs of a scenario."""
    why = Why(scenario)
    return 2 + 2 * DRAWS + (len(why.runs) if why.levers else 0)


def _after(told: Told, total: int) -> Told:
    done = iter(range(1, total + 1))
    return lambda _, __: told(next(done), total)


def _found(asked: Sequence["Future[Result]"], told: Told) -> list[Result]:
    found = []
    for future in asked:
        found.append(future.result(PATIENCE))
        told(0, 0)
    return found


def lean(result: Result) -> Result:
    """A result without its countries, which reasons do without: there are many."""
    return replace(result, country={}, platform={}, firms={})
