"""Simulation-based calibration of the sampled fit of internet use (see `recovery`).

Truths are drawn from the priors and run on the recorded drivers of a fit. Made-up errors are those
that the best parameters leave on the real figures: a country's errors in all years and windows
are handed whole to another country, in units of its share, with a sign that half follows its
region, so that they are as large, as heavy-tailed and as tied from year to year as real ones.
"""

import copy
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from divide.calibration.fit import drivers
from divide.calibration.fit.kept import Kept
from divide.calibration.fit.sample import (
    Size,
    Window,
    best,
    cut_names,
    cut_values,
    explore,
    from_normal,
    sampled_names,
    target,
    windows,
)
from divide.calibration.score.backtest import unit
from divide.calibration.score.recovery import TAILS, WITHIN_REGION, Recovery
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters
from divide.model.world import load_world

Array = NDArray[np.float64]

#: Truths, and how much of each posterior is sampled.
SETS, SIZE = 60, Size(strata=4, walkers=24, burn_in=24, steps=16)
#: Chance of a country's sign to be its region's: two of a region then correlate as assumed.
SHARED = (1 + WITHIN_REGION**0.5) / 2


def truth_of(number: int, sets: int) -> dict[str, float]:
    """One of a Latin hypercube of truths over the priors of sampled and cut parameters."""
    names = (*sampled_names(), *cut_names())
    unit_cube = qmc.LatinHypercube(len(names), seed=7).random(sets)[number]
    pairs = zip(names, unit_cube, strict=True)
    return {name: float(parameters()[name].prior.ppf(share)) for name, share in pairs}


@lru_cache(maxsize=2)
def real_errors(last: int) -> tuple[Array, ...]:
    """Errors that the best parameters leave in each window, in units of share, (years, n) each."""
    given = cut_values(1)[0]
    over = windows(last)
    values = {**given, **from_normal(sampled_names(), best(target(over, given)))}
    p = drivers.values(values)
    paths = [drivers.run(window.recorded, p)[0] for window in over]
    return tuple((w.observed - path) / unit(path) for w, path in zip(over, paths, strict=True))


def donors(errors: tuple[Array, ...]) -> NDArray[np.int64]:
    """Countries with an error in nine of ten cells of all windows."""
    share = np.mean(np.isfinite(np.vstack(errors)), axis=0)
    return np.flatnonzero(share >= 0.9)


def made_up(
    last: int, values: dict[str, float], region: NDArray[np.str_], rng: np.random.Generator
) -> list[Window]:
    """The windows of a fit with paths of known parameters and errors of other countries."""
    errors = real_errors(last)
    donor = rng.choice(donors(errors), len(region))
    _, row = np.unique(region, return_inverse=True)
    of_region = rng.choice((-1.0, 1.0), row.max() + 1)[row]
    sign = np.where(rng.random(len(region)) < SHARED, of_region, -of_region)
    p = drivers.values(values)
    found = []
    for window, error in zip(windows(last), errors, strict=True):
        path = drivers.run(window.recorded, p)[0]
        lent = sign * np.nan_to_num(error[:, donor]) * unit(path)
        made = copy.copy(window)
        made.observed = np.where(window.seen, np.clip(path + lent, 0, 1), np.nan)
        found.append(made)
    return found


def one(last: int, number: int, sets: int, size: Size) -> Array:
    """Rank of the truth, its being inside, the draws' sd and mean, (4, parameters)."""
    values = truth_of(number, sets)
    region = load_world(last).table["region"].to_numpy(str)
    over = made_up(last, values, region, np.random.default_rng(number))
    draws = np.concatenate(
        [
            explore(over, given, np.random.RandomState(100 * number + k), size)
            for k, given in enumerate(cut_values(size.strata))
        ]
    )
    truth = np.array(list(values.values()))
    low, high = np.quantile(draws, TAILS, axis=0)
    inside = (low <= truth) & (truth <= high)
    return np.array([(draws < truth).mean(axis=0), inside, draws.std(axis=0), draws.mean(axis=0)])


def recover(
    last: int, folder: Path, run: Workers, *, sets: int = SETS, size: Size = SIZE
) -> Recovery:
    """Fits to made-up data sets with known truths, of the parameters that are sampled.

    Args:
        last: Last year of the figures whose windows, gaps and errors are imitated.
        folder: Where finished sets are kept.
        run: Who runs the fits.
        sets: Data sets, one a truth.
        size: How much of each posterior is sampled.
    """
    kept = Kept(folder, ["recovery", last, sets, size])
    found = {k: known for k in range(sets) if (known := kept.read(f"set {k}")) is not None}
    missing = [k for k in range(sets) if k not in found]
    for answer in run.each(one, [(last, k, sets, size) for k in missing]):
        number = missing[answer.run]
        found[number] = answer.value
        kept.write(f"set {number}", answer.value)
    names = sampled_names()
    rank, inside, sd, mean = np.array([found[k] for k in range(sets)])[..., : len(names)].swapaxes(
        0, 1
    )
    truth = np.array([[truth_of(k, sets)[name] for name in names] for k in range(sets)])
    prior_sd = np.array([parameters()[name].prior.sd for name in names])
    return Recovery(
        names,
        rank,
        inside.astype(bool),
        1 - (sd / prior_sd).mean(axis=0),
        (np.abs(mean - truth) / prior_sd).mean(axis=0),
    )
