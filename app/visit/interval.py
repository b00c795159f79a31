"""How sure a difference is: the same pair of runs under other luck and other fitted parameters."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from divide.app.visit.result import Result
from divide.app.visit.state import shipped
from divide.experiments.plan.comparison import comparison
from divide.experiments.plan.draws import SHIPPED, Draws, read_draws
from divide.experiments.plan.intervals import prediction_interval
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import Scenario

Array = NDArray[np.float64]

#: Pairs of runs behind an interval: draw r of the fitted parameters, seed of the page plus r.
DRAWS = 6


@dataclass(frozen=True, eq=False)
class Interval:
    """Spread of the outcomes over draws, at the end of every year.

    Attributes:
        you, base: Outcome by name, (draws, Y), of the page's scenario and of the status quo.
    """

    you: dict[str, Array]
    base: dict[str, Array]

    def difference(self, outcome: str, year: int) -> tuple[float, float, float]:
        """Mean difference in year number `year` and the 95 % interval of one more.

        The run on the page is not among the draws, and may differ from the status quo by more
        than the interval says (see `divide run`).
        """
        return prediction_interval(self.you[outcome][:, year] - self.base[outcome][:, year])

    def band(self, outcome: str, *, base: bool = False) -> tuple[Array, Array]:
        """95 % interval of one more run of the outcome itself, two (Y,)."""
        values = (self.base if base else self.you)[outcome]
        bounds = np.array([prediction_interval(column)[1:] for column in values.T])
        return bounds[:, 0], bounds[:, 1]


@cache
def shipped_draws() -> Draws:
    """The draws of fitted parameters that come with the model."""
    return read_draws(SHIPPED)


def pairs(scenario: Scenario, base: Scenario) -> list[Scenario]:
    """The runs behind an interval: all of the scenario, then all of the status quo.

    They are the runs of `divide run --posterior shipped --replicates 6`.
    """
    runs = []
    for one in (scenario, base):
        asked = comparison((one.policy,), one, DRAWS, shipped_draws())
        runs += [asked.run(number).scenario for number in range(len(asked))]
    return runs


def interval_of(results: list[Result]) -> Interval:
    """The interval from the results of `pairs`, in their order."""
    names = list(results[0].series)
    you, base = results[:DRAWS], results[DRAWS:]
    return Interval(
        {name: np.stack([result.series[name] for result in you]) for name in names},
        {name: np.stack([result.series[name] for result in base]) for name in names},
    )


def status_quo(scenario: Scenario) -> Scenario:
    """The same run without any new programme."""
    return replace(scenario, policy=shipped(REFERENCE))
