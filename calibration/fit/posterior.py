"""From a bank of runs to a posterior: emulator, history matching, importance sampling.

What is matched: in each window, every country's internet use averaged over the window's years. The
emulator is a Gaussian process on the leading principal components of these outputs (after Higdon
et al. 2008). A first wave of points covers the prior; the
second is drawn where the first emulator finds the data plausible.
"""

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from divide.calibration.fit.bank import SPAN, STEP, Bank, Window
from divide.calibration.fit.hindcast import known_start
from divide.calibration.fit.observations import known
from divide.calibration.fit.targets import TARGETS

Array = NDArray[np.float64]

#: Implausibility above which a point is ruled out (Pukelsheim's three-sigma rule).
IMPLAUSIBLE = 3.0
#: Countries of a region err together; the likelihood counts this share of the countries. Assumed on
#: the cautious side: in `calibration/score/recovery.py` 90 % intervals hold the truth in 91 to 92 %
#: of cases on average at 0.25 and at 0.5 alike; real errors may be tied more closely than made-up
#: ones.
INDEPENDENT = 0.25


@dataclass(frozen=True)
class Data:
    """Observed window means, shares, (windows, n), NaN where a year is missing.

    `years` are the observed years of each window, counted from 0 for the first after its origin.
    """

    windows: tuple[Window, ...]
    means: Array
    years: tuple[tuple[int, ...], ...]


def observed(last: int, over: tuple[Window, ...], indicator: str = "internet_users") -> Data:
    """Window means of an indicator from figures up to `last` and none later.

    Of a survey it is the figure of the window's last year. A country counts in a window that it
    starts at a figure of its own.
    """
    years, values = known(last, indicator)
    surveyed = bool(TARGETS[indicator].rounds)
    rows, seen = [], []
    for window in over:
        inside = (years > window.origin) & (years <= window.until)
        if surveyed:
            inside = years == window.until
        own = known_start(window.origin, indicator)
        rows.append(np.where(own, values[inside].mean(axis=0), np.nan))
        seen.append(tuple(int(year) - window.origin - 1 for year in years[inside]))
    return Data(over, np.array(rows), tuple(seen))


def window_means(paths: Array, years: tuple[int, ...]) -> Array:
    """Mean over the observed years of a window, (k, years, n) -> (k, n)."""
    return paths[:, list(years)].mean(axis=1)


class Emulator:
    """Predicts window means of all countries from parameters.

    Args:
        unit: Points scaled to the unit cube, (k, parameters).
        outputs: Window means, (k, outputs).
        keep: Share of the outputs' variance that the components must explain.
    """

    def __init__(self, unit: Array, outputs: Array, keep: float = 0.995) -> None:
        self.centre = outputs.mean(axis=0)
        left, scale, components = np.linalg.svd(outputs - self.centre, full_matrices=False)
        share = np.cumsum(scale**2) / (scale**2).sum()
        count = int(np.searchsorted(share, keep)) + 1
        self.components = components[:count]
        scores = left[:, :count] * scale[:count]
        self.processes = [_gaussian_process(unit, score) for score in scores.T]

    def __call__(self, unit: Array) -> Array:
        """Predicted window means at points of the unit cube, (k, outputs)."""
        scores = np.array([process.predict(unit) for process in self.processes])
        return self.centre + scores.T @ self.components


def _gaussian_process(unit: Array, score: Array) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(
        np.ones(unit.shape[1]), (0.05, 50.0)
    ) + WhiteKernel(1e-4, (1e-8, 1e-1))
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    with warnings.catch_warnings():
        # A length scale at its bound says that a parameter does not matter, which is an answer.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(unit, score)


@dataclass(frozen=True)
class Posterior:
    """Draws from the posterior.

    Attributes:
        names: Parameters.
        draws: (draws, parameters), equally weighted.
        effective: Effective number of the weighted points that the draws came from.
        shrinkage: Share of the prior's standard deviation that the data took away, by parameter.
        plausible: Share of the prior that history matching did not rule out; None if sampled.
    """

    names: tuple[str, ...]
    draws: Array
    effective: float
    shrinkage: Array
    plausible: float | None


def log_likelihood(outputs: Array, data: Data) -> Array:
    """Log likelihood of each point, (k,).

    Residuals are Laplace: the figures hold revisions of tens of points, which a Gaussian would
    chase. With its scale set to the best fit the log likelihood of a window is - N log(mean
    absolute residual), where N counts only the independent part of its countries and of its years.

    Args:
        outputs: Emulated window means, (k, windows, n).
        data: What was observed.
    """
    residual = np.abs(outputs - data.means)
    seen = np.isfinite(data.means)
    count = seen.sum(axis=1)
    mean = np.where(seen, residual, 0.0).sum(axis=2) / count
    # Those of a survey follow each other; those of a yearly series overlap.
    shared = any(b.origin < a.origin < b.until for a, b in pairwise(data.windows))
    overlap = STEP / SPAN if shared else 1.0
    return -(overlap * INDEPENDENT * count * np.log(mean)).sum(axis=1)


def to_unit(points: Array, bounds: Array) -> Array:
    """Points scaled to the unit cube; `bounds` is (parameters, 2)."""
    return (points - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])


def fit(
    bank: Bank, points: Array, data: Data, bounds: Array, *, draws: int = 400, seed: int = 1
) -> Posterior:
    """Posterior of the parameters given `data`, from the runs of `points` in the bank.

    Args:
        bank: Runs; every point must have been run in every window of the data.
        points: (k, parameters).
        data: What was observed.
        bounds: Prior bounds, (parameters, 2).
        draws: Number of draws.
        seed: Seed of the candidates and of the draws.
    """
    outputs = np.stack(
        [
            window_means(bank.paths(points, window), years)
            for window, years in zip(data.windows, data.years, strict=True)
        ],
        axis=1,
    )
    return fit_outputs(outputs, points, data, bounds, bank.names, draws=draws, seed=seed)


def fit_outputs(
    outputs: Array,
    points: Array,
    data: Data,
    bounds: Array,
    names: tuple[str, ...],
    *,
    draws: int = 400,
    seed: int = 1,
    emulator: Emulator | None = None,
) -> Posterior:
    """As `fit`, from window means, (k, windows, n), and perhaps an emulator made before."""
    shape = data.means.shape
    if emulator is None:
        emulator = Emulator(to_unit(points, bounds), outputs.reshape(len(points), -1))
    candidates = qmc.Sobol(len(names), seed=seed).random(8192)
    predicted = emulator(candidates).reshape(len(candidates), *shape)
    likelihood = log_likelihood(predicted, data)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    chosen = np.random.default_rng(seed).choice(len(candidates), size=draws, p=weight)
    posterior_sd = np.sqrt(weight @ (candidates - weight @ candidates) ** 2)
    # Implausibility of the mean residual: three sd of what a fit could leave.
    plausible = 2 * (likelihood.max() - likelihood) < IMPLAUSIBLE**2
    return Posterior(
        names,
        bounds[:, 0] + candidates[chosen] * (bounds[:, 1] - bounds[:, 0]),
        float(1 / (weight**2).sum()),
        1 - posterior_sd / np.sqrt(1 / 12),
        float(plausible.mean()),
    )
