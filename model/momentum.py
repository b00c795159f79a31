"""What the last years say of the rise of internet use to come, at the start of a run.

A country's own mean rise of the last years is shrunk toward what is usual at its level. In the
years of the pandemic people were hurried online: use rose faster everywhere, and more slowly
afterwards. These rises count at the usual pace, and those who came early are noted, so that the
surge is not taken for momentum. Only figures to the start year are read.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
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
    at, use = _use(world)
    last = at[1:] > world.start - years
    recent, rises = at[1:][last], np.diff(use, axis=0)[last]
    early = np.zeros(len(world.iso3))
    for k in np.flatnonzero(np.isin(recent, HURRIED)):
        usual = rises[k] / hurry(world, int(recent[k]))
        early += np.nan_to_num(np.maximum(rises[k] - usual, 0.0))
        rises[k] = usual
    seen = np.isfinite(rises)
    count = seen.sum(axis=0)
    total = np.ascontiguousarray(np.where(seen, rises, 0.0).T).sum(axis=1)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return Momentum(frozen(mean), frozen(early))


@lru_cache(maxsize=64)
def hurry(world: World, year: int) -> float:
    """Pace of a year over that of the usual ones, at least 1.

    The pace is the slope of the rises of all countries on I (1 - I).
    """
    of = dict(zip(*_use(world), strict=True))

    def pace(one: int) -> float:
        before, after = of[one - 1], of[one]
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


def _use(world: World) -> tuple[NDArray[np.int64], Array]:
    """Years (T,) and internet use (T, n), gaps between two figures interpolated."""
    at, observed = world.series("internet_users")
    use = observed.copy()
    for k in range(use.shape[1]):
        known = np.flatnonzero(np.isfinite(use[:, k]))
        if known.size:
            inside = slice(known[0], known[-1] + 1)
            use[inside, k] = np.interp(at[inside], at[known], observed[known, k])
    return at, use


def _slope(rise: Array, level: Array) -> float:
    """Least-squares slope through 0 of the rises that are known on I (1 - I), 1/year."""
    seen = np.isfinite(rise)
    return float(rise[seen] @ level[seen] / (level[seen] @ level[seen]))
