"""What the lever in hand does: the same run without it and with it."""

from dataclasses import dataclass, replace

from divide.app.page.levers import STEPS, moved, set_to, strength
from divide.app.visit.interval import status_quo
from divide.app.visit.result import Result
from divide.model.declare.levers import levers
from divide.model.policy.policy import LeverUse
from divide.model.scenario import Scenario

#: A lever that is not in use is tried at this part of its range above zero.
TRIED = 4


@dataclass(frozen=True)
class Held:
    """A lever in hand.

    Attributes:
        lever: Its name.
        use: How `given` uses it.
        trial: Whether the scenario does not use it, so that `given` only tries it.
        without, given: The same scenario without it and with it; None until they are run.
    """

    lever: str
    use: LeverUse
    trial: bool
    without: Result | None = None
    given: Result | None = None

    @property
    def value(self) -> float:
        """Its strength in `given`."""
        return self.use.intensity


def held_runs(scenario: Scenario, lever: str) -> tuple[Held | None, list[Scenario]]:
    """The lever in hand, and the scenario without it and with it.

    Args:
        scenario: The one on the page, which is one of the two.
        lever: A name; if there is no such lever, nothing is in hand.
    """
    if lever not in levers():
        return None, []
    policy, value = scenario.policy, strength(scenario.policy, lever)
    if value:
        rest = next(set_to(policy, lever, 0.0))
        # Without any lever it is the status quo, which has been run already.
        without = replace(scenario, policy=rest) if rest.levers else status_quo(scenario)
        return Held(lever, policy.levers[lever], trial=False), [without, scenario]
    value = moved(lever, 0.0, STEPS // TRIED)
    given = next(set_to(policy, lever, value))
    use = given.levers[lever]
    return Held(lever, use, trial=True), [scenario, replace(scenario, policy=given)]
