"""The agent-based model run forward from a past year, on what was known by then."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.targets import TARGETS
from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.registry import known
from divide.model.world import World, load_world

Array = NDArray[np.float64]

#: A forecast of countries needs no more firms than countries x kinds, nor more platforms.
FIRMS, PLATFORMS = 3_200, 40


@cache
def world_as_known(origin: int) -> World:
    """The world of `origin` with nothing in it that was learnt later.

    The shipped imputation equations were fitted on all years. Here every imputed cell is filled by
    a rule without fitted coefficients instead: the median of the countries observed by then, or,
    where a field has no observation at all, a plain function of income and schooling (assumed).
    """
    world = load_world(origin)
    income = world.values["income"]
    rich = np.clip(np.log(income / 500) / np.log(100), 0, 1)
    plain = {
        "coverage_mobile": np.clip(rich + 0.1, 0, 0.98),
        "coverage_fixed": 0.7 * rich,
        "coverage_5g": np.zeros_like(rich),
        "basket_price": 0.02 * (income / 15_000) ** -0.8,
        "skills": 0.8 * rich**2,
        "income_gini": np.full_like(rich, 0.38),
        "accounts": rich,
        "accounts_poorest40": 0.8 * rich,
        "accounts_richest60": np.minimum(1.1 * rich, 1.0),
        "accounts_women": 0.9 * rich,
        "accounts_men": np.minimum(1.1 * rich, 1.0),
        "mobile_money": np.zeros_like(rich),
        "bought_online": 0.5 * rich**2,
    }
    values = {}
    for name, array in world.values.items():
        imputed = world.flags[name] == 2
        seen = array[~imputed]
        filling = plain.get(name, np.median(seen) if seen.size else rich)
        values[name] = np.where(imputed, filling, array)
    return replace(world, values=MappingProxyType(values))


def scenario(origin: int, until: int, parameters: Mapping[str, float]) -> Scenario:
    """The status quo from the end of `origin` to the end of `until`, with what is loaded."""
    return Scenario(
        start=origin,
        until=until,
        firms=FIRMS,
        platforms=PLATFORMS,
        parameters=dict(parameters),
        extensions=tuple(known().values()),
    )


def run(
    origin: int, until: int, parameters: Mapping[str, float], world: World | None = None
) -> DigitalDivideModel:
    """A finished run from the end of `origin` to the end of `until` under the status quo.

    Nothing later than `origin` is read: the model starts from `world`, or if that is not given
    from `world_as_known(origin)`.
    """
    plan = scenario(origin, until, parameters)
    model = DigitalDivideModel(plan, world=world_as_known(origin) if world is None else world)
    model.run_steps()
    return model


def yearly(model: DigitalDivideModel, column: str) -> Array:
    """A column of the country table at each year's end after the start, (years, n)."""
    per_year = model.plan.steps_per_year
    return model.state.record.column(column)[per_year::per_year]


def forward(
    origin: int, until: int, parameters: Mapping[str, float], indicator: str = "internet_users"
) -> Array:
    """The model's path of an indicator, shares, (until - origin, n), one row a year's end."""
    target, model = TARGETS[indicator], run(origin, until, parameters)
    path = yearly(model, target.column)
    return path if target.minus is None else path - yearly(model, target.minus)


def known_start(origin: int, indicator: str) -> NDArray[np.bool_]:
    """Countries that a run from the end of `origin` starts at a figure of their own, (n,)."""
    target, flags = TARGETS[indicator], load_world(origin).flags
    fields = (indicator,) if target.minus is None else (target.column, target.minus)
    return np.logical_and.reduce([flags[field] != 2 for field in fields])
