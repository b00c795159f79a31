"""What the last years say of the rise of internet use to come, at the start of a run.

A country's own mean rise of the last years is shrunk toward what is usual at its level. In the
years of the pandemic people were hurried online: use rose faster everywhere, and more slowly
afterwards. These rises count at the usual pace, and those who came early are noted, so that the
surge is not taken for momentum. Only figures to the start year are read.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.declare.frozen import frozen
from divide.model.world import World

Array = NDArray[np.float64]

#: Years in which people were hurried online, and years whose pace was the usual one before.
HURRIED = (2020, 2021)
USUAL = (2016, 2017, 2018, 2019)


class Momentum(NamedTuple):
    """The recent past of each country.

    Attributes:
        rise: Mean yearly rise of the last years at the usual pace, share, (n,); NaN if unknown.
        early: Share of the people who came early in the hurried years among the last ones, (n,).
    """

    rise: Array
    early: Array


@lru_cache(maxsize=64)
def momentum(world: World, years: int) -> Momentum:
    """The momentum at the start of a world over its last `years` years."""
    rises = _use(world).diff()
    recent = rises.loc[rises.index > world.start - years].copy()
    early = np.zeros(len(world.iso3))
    for year in sorted(set(HURRIED) & set(recent.index)):
        usual = recent.loc[year] / hurry(world, year)
        early += np.nan_to_num((recent.loc[year] - usual).clip(lower=0))
        recent.loc[year] = usual
    return Momentum(frozen(recent.mean().to_numpy()), frozen(early))


@lru_cache(maxsize=64)
def hurry(world: World, year: int) -> float:
    """Pace of a year over that of the usual ones, at least 1.

    The pace is the slope of the rises of all countries on I (1 - I).
    """
    use = _use(world)

    def pace(one: int) -> float:
        before, after = use.loc[one - 1].to_numpy(), use.loc[one].to_numpy()
        return _slope(after - before, before * (1 - before))

    return max(1.0, pace(year) / float(np.mean([pace(one) for one in USUAL])))


def expected_rise(past: Momentum, online: Array, weight: float) -> Array:
    """Rise of internet use to expect had nobody come early, share of the population a year, (n,).

    The own rise, shrunk to what is usual at its level: the least-squares slope of the rises of all
    countries on I (1 - I).

    Args:
        past: The recent past.
        online: Share online, (n,).
        weight: Weight of its own rise, 0-1.
    """
    before = np.maximum(online - past.early, 1e-3)
    level = before * (1 - before)
    usual = level * _slope(past.rise, level)
    own = np.where(np.isfinite(past.rise), past.rise, usual)
    return np.maximum(weight * own + (1 - weight) * usual, 5e-4)


def _use(world: World) -> pd.DataFrame:
    """Internet use by year and country, gaps between two figures interpolated."""
    at, values = world.series("internet_users")
    return pd.DataFrame(values, index=at).interpolate(method="index", limit_area="inside")


def _slope(rise: Array, level: Array) -> float:
    """Least-squares slope through 0 of the rises that are known on I (1 - I), 1/year."""
    seen = np.isfinite(rise)
    return float(rise[seen] @ level[seen] / (level[seen] @ level[seen]))
