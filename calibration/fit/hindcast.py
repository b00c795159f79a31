"""The agent-based model run forward from a past year, on what was known by then."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.targets import TARGETS
from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.registry import known
from divide.model.world import World, load_world

Array = NDArray[np.float64]

#: A forecast of countries needs no more firms than countries x kinds, nor more platforms.
FIRMS, PLATFORMS = 3_200, 40


def scenario(origin: int, until: int, parameters: Mapping[str, float], draw: int = 0) -> Scenario:
    """The status quo from the end of `origin` to the end of `until`, with what is loaded.

    It knows of no pandemic unless the parameters say so.
    """
    return Scenario(
        start=origin,
        until=until,
        firms=FIRMS,
        platforms=PLATFORMS,
        draw=draw,
        parameters={"adoption.pandemic": 1.0, **parameters},
        extensions=tuple(known().values()),
    )


def run(
    origin: int,
    until: int,
    parameters: Mapping[str, float],
    world: World | None = None,
    draw: int = 0,
) -> DigitalDivideModel:
    """A finished run from the end of `origin` to the end of `until` under the status quo.

    Nothing later than `origin` is read: the model starts from `world`, or if that is not given
    from the world that users have, whose gaps are filled as the predictive draw says, without
    projects that came later.
    """
    plan = scenario(origin, until, parameters, draw)
    known = load_world(origin, draw) if world is None else world
    model = DigitalDivideModel(plan, world=known.without_later())
    model.run_steps()
    return model


def yearly(model: DigitalDivideModel, column: str) -> Array:
    """A column of the country table at each year's end after the start, (years, n)."""
    per_year = model.plan.steps_per_year
    return model.state.record.column(column)[per_year::per_year]


def forward(
    origin: int,
    until: int,
    parameters: Mapping[str, float],
    indicator: str = "internet_users",
    draw: int = 0,
) -> Array:
    """The model's path of an indicator, shares, (until - origin, n), one row a year's end."""
    target, model = TARGETS[indicator], run(origin, until, parameters, draw=draw)
    path = yearly(model, target.column)
    return path if target.minus is None else path - yearly(model, target.minus)


def known_start(origin: int, indicator: str) -> NDArray[np.bool_]:
    """Countries that a run from the end of `origin` starts at a figure of their own, (n,)."""
    target, flags = TARGETS[indicator], load_world(origin).flags
    fields = (indicator,) if target.minus is None else (target.column, target.minus)
    return np.logical_and.reduce([flags[field] != 2 for field in fields])
