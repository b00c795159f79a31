"""How sure a difference is: the same pair of runs in other futures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from divide.app.visit.kept import kept
from divide.app.visit.result import Result
from divide.app.visit.state import shipped
from divide.experiments.plan.intervals import predictive
from divide.experiments.plan.uncertainty import Futures, futures
from divide.model.declare.extension import Extension
from divide.model.outcomes import OUTCOMES
from divide.model.outcomes.lens import Gains, gains
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import Scenario

Array = NDArray[np.float64]

#: Pairs of runs behind an interval: the first futures.
DRAWS = 6


@dataclass(frozen=True, eq=False)
class Interval:
    """Spread of the outcomes over draws, at the end of every year.

    Attributes:
        you, base: Outcome by name, (draws, Y), of the page's scenario and of the status quo.
        gains: What the page's scenario has over the status quo in each draw.
    """

    you: Mapping[str, Array]
    base: Mapping[str, Array]
    gains: tuple[Gains, ...] = ()

    def difference(self, outcome: str, year: int) -> tuple[float, float, float]:
        """Median difference in year number `year` and the 90 % interval of one more.

        The run on the page is not among the draws, and may differ from the status quo by more
        than the interval says (see `divide run`).
        """
        middle, low, high = (float(all_years[year]) for all_years in self.differences(outcome))
        return middle, low, high

    def differences(self, outcome: str) -> tuple[Array, Array, Array]:
        """Median difference in every year and the 90 % interval of one more, three (Y,)."""
        if outcome not in self._differences:
            found = predictive(self.you[outcome] - self.base[outcome])
            self._differences[outcome] = found
        return self._differences[outcome]

    @cached_property
    def _differences(self) -> dict[str, tuple[Array, Array, Array]]:
        """What was worked out: of sixty outcomes a page shows nine."""
        return {}

    def band(self, outcome: str, *, base: bool = False) -> tuple[Array, Array]:
        """90 % interval of one more run of the outcome itself, two (Y,).

        A share that is below 1 in all draws stays below it, as what is above 0 stays above.
        """
        draws = (self.base if base else self.you)[outcome]
        _, low, high = predictive(draws)
        share = OUTCOMES[outcome].unit.startswith("share")
        if share and (high > 1).any() and (draws <= 1).all():
            high = np.fmin(high, 1 - predictive(1 - draws)[1])
        return low, high


def pairs(scenario: Scenario, base: Scenario) -> list[Scenario]:
    """The runs behind an interval: all of the scenario, then all of the status quo.

    They are the runs of `divide run --draws 6`, without the central ones that the page shows. A
    page that shows a draw has the interval of its central run.
    """
    return [run for one in (scenario, base) for run in _runs(_Same(one))]


@dataclass(frozen=True)
class _Same:
    """A scenario that is the same as another if it has the same results."""

    scenario: Scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.scenario.digest == other.scenario.digest

    def __hash__(self) -> int:
        return hash(self.scenario.digest)


@lru_cache(maxsize=64)
def _runs(same: _Same) -> tuple[Scenario, ...]:
    """A scenario in every future; visitors share those of the status quo, and their digests."""
    central = replace(same.scenario, draw=0)
    found = _futures(tuple(sorted(central.parameters.items())), central.extensions)
    return tuple(future.of(central) for future in found)


@lru_cache(maxsize=16)
def _futures(
    parameters: tuple[tuple[str, float], ...], extensions: tuple[Extension, ...]
) -> Futures:
    """The futures of all scenarios with these parameters and extensions, whatever else they say."""
    return futures(DRAWS, Scenario(parameters=dict(parameters), extensions=extensions))


@kept
def interval_of(results: tuple[Result, ...]) -> Interval:
    """The interval from the results of `pairs`, in their order; visitors share it."""
    you, base = results[:DRAWS], results[DRAWS:]
    return Interval(
        _Drawn(you),
        _Drawn(base),
        tuple(gains(a.online_years, b.online_years) for a, b in zip(you, base, strict=True)),
    )


class _Drawn(Mapping[str, Array]):
    """Outcomes of several runs by name, (draws, Y), put together when they are asked for."""

    def __init__(self, results: tuple[Result, ...]) -> None:
        self._results = results

    def __getitem__(self, outcome: str) -> Array:
        return np.stack([result.series[outcome] for result in self._results])

    def __iter__(self) -> Iterator[str]:
        return iter(self._results[0].series)

    def __len__(self) -> int:
        return len(self._results[0].series)


def status_quo(scenario: Scenario) -> Scenario:
    """The same run without any new programme."""
    return replace(scenario, policy=shipped(REFERENCE))
