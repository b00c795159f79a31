"""What drove adoption in a run, recorded as it steps: the ground of fits and of explanations."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from divide.model.extended import step_of
from divide.model.model import PROCESSES, DigitalDivideModel
from divide.model.processes import adoption, infrastructure
from divide.model.run import Run
from divide.model.scenario import Scenario
from divide.model.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """Drivers of adoption from the start to the end of each step.

    Attributes:
        model: The run, at its end.
        online, potential: Cells at the start, (n, cells) each.
        drivers: What moves the log odds, (steps + 1, n) each.
        rest: Log odds beside them, country effects and common trend, (steps + 1, n).
        gap: Log odds of women less men, (steps + 1, n).
        pace: Factor of the rate of going online, (steps + 1, n).
        broad: Share covered by broadband, (steps + 1, n).
        narrow: Share covered by any mobile network, (steps + 1, n).
        power: Share with electricity, (steps + 1, n).
        urban: Share in cities, (steps + 1, n).
        skills: Share that gained skills since the start, (steps + 1, n, cells).
    """

    model: DigitalDivideModel
    online: Array
    potential: Array
    drivers: adoption.Drivers
    rest: Array
    gap: Array
    pace: Array
    broad: Array
    narrow: Array
    power: Array
    urban: Array
    skills: Array

    @cached_property
    def within(self) -> Array:
        """Share within reach, (steps + 1, n, cells)."""
        return within(self, self)


def within(networks: Path, power: Path) -> Array:
    """Share within reach with the networks of one run and the power of another."""
    p = networks.model.values.adoption
    steps = zip(networks.broad, networks.narrow, power.power, networks.urban, strict=True)
    return np.array([adoption.served(*step, p.narrowband, p.off_grid) for step in steps])


def record(
    plan: Scenario,
    world: World | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Run the whole model and keep what drives adoption.

    Args:
        plan: The scenario.
        world: The countries; the shipped figures of its start year if not given.
        progress: Called after each step with the steps done and the steps in all.
    """
    rows: list[tuple[Array, ...]] = []

    def now(m: Run) -> None:
        c = m.state.countries
        found = (
            *adoption.drivers(m), c.effect + m.state.trend, c.sex_gap, adoption.pace(m),
            infrastructure.network(m), c.narrowband, c.electricity, c.urban,
            c.skills - m.state.base["skills"],
        )  # fmt: skip
        rows.append(tuple(column.copy() for column in found))

    def step(m: Run) -> None:
        adoption.step(m)
        now(m)

    processes = step_of(PROCESSES, plan.extensions)
    watched = tuple(step if each is adoption.step else each for each in processes)
    model = DigitalDivideModel(plan, watched, world)
    c = model.state.countries
    online, potential = c.online.copy(), c.potential.copy()
    now(model)
    model.run_steps(progress)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    kinds = len(adoption.Drivers._fields)
    drivers = adoption.Drivers(*columns[:kinds])
    return Path(model, online, potential, drivers, *columns[kinds:])
