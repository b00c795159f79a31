"""The posterior of adoption's parameters, sampled directly.

Past windows are run on recorded drivers (`drivers`), compiled, so no emulator stands between the
model and its fit. What is fitted: every country's internet use in every observed year of windows
that start every second year and end by the last year of the fit. Residuals are Laplace, since the
figures hold revisions of tens of points; errors of neighbours, years and windows are dependent,
so only a share of the observations counts. Imputed inputs are what is expected of them: fitted on
drawn ones, forecasts of 7 years erred less still, but the run on expected inputs, which all compare
with, stayed five points behind the world after 15 years.

Parameters that are `cut` (the slope of the price, that of skills) are drawn from their priors and
never updated: figures of use say nothing of them that could be trusted. The others are sampled
given them, with the ensemble sampler of Goodman and Weare (2010) as the package emcee has it
(Foreman-Mackey and others 2013, doi 10.1086/670067), on the standard normal scale of their priors.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr
from scipy.stats import qmc

from divide.calibration.fit import drivers
from divide.calibration.fit.drivers import Recorded
from divide.calibration.fit.kept import Kept
from divide.calibration.fit.observations import known
from divide.calibration.fit.posterior import Posterior
from divide.calibration.fit.targets import TARGETS
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters
from divide.model.momentum import HURRIED
from divide.model.world import load_world

Array = NDArray[np.float64]
Values = Mapping[str, float]

INDICATOR = "internet_users"
PANDEMIC = "adoption.pandemic"
#: Sizes of what a predictive draw adds.
SPREAD = ("adoption.effect_sd", "adoption.rise_error", "adoption.observation_error")
#: Windows start every second year, the first so long before the last year of the fit; their length.
FIRST, STEP, SPAN = 13, 2, 7
#: Windows over the whole record, which hold the model to long runs, start so long before the end.
LONG = (17, 20)
#: Share of the observations that counts as independent (a judgement: errors are dependent).
INDEPENDENT = 0.04
#: Residuals below one point count as small: the loss is sqrt(e^2 + 1), e in points.
POINT = 0.01
#: Standard normal numbers beyond which a prior is not searched.
EDGE = 4.0


class Size(NamedTuple):
    """How much is sampled.

    Attributes:
        strata: Strata of the cut parameters.
        walkers: Walkers of each stratum's ensemble, at least twice the sampled parameters.
        burn_in: Steps left out.
        steps: Steps kept.
    """

    strata: int = 8
    walkers: int = 24
    burn_in: int = 40
    steps: int = 24


FULL = Size()


def sampled_names() -> tuple[str, ...]:
    """Parameters of adoption that are sampled."""
    names = TARGETS[INDICATOR].parameters
    return tuple(name for name in names if not parameters()[name].cut)


def cut_names() -> tuple[str, ...]:
    """Parameters of adoption that are drawn from their priors."""
    return tuple(name for name in TARGETS[INDICATOR].parameters if parameters()[name].cut)


def spans(last: int) -> list[tuple[int, int]]:
    """Start and end of each window of a fit."""
    starts = [start for start in range(last - STEP, last - FIRST - 1, -STEP) if start >= 2000]
    longer = [last - length for length in LONG if last - length >= 2000]
    return [(s, min(s + SPAN, last)) for s in starts] + [(s, last) for s in longer]


def aware(last: int) -> dict[str, float]:
    """What a fit on figures to a year may know of the pandemic: its pace once it has been seen."""
    return {PANDEMIC: parameters()[PANDEMIC].value if last >= HURRIED[-1] else 1.0}


class Window:
    """A recorded window and what was observed in it.

    Args:
        origin: Year at whose end it starts.
        until: Its last year.
        last: Last year of the fit, whose figures may be read.
        draw: Draw of the imputed inputs, 0 for what is expected of them.
    """

    def __init__(self, origin: int, until: int, last: int, draw: int = 0) -> None:
        self.recorded = _recorded(origin, until, aware(last)[PANDEMIC], draw)
        years, values = known(last, INDICATOR)
        self.observed = np.full((until - origin, values.shape[1]), np.nan)
        for year, row in zip(years, values, strict=True):
            if origin < year <= until:
                self.observed[year - origin - 1] = np.where(self.recorded.known, row, np.nan)
        self.seen = np.isfinite(self.observed)


@lru_cache(maxsize=256)
def _recorded(origin: int, until: int, pandemic: float, draw: int) -> Recorded:
    """A window's drivers; fits to several years share them."""
    return drivers.record(origin, until, {PANDEMIC: pandemic}, load_world(origin, draw))


@lru_cache(maxsize=16)
def windows(last: int, draw: int = 0) -> tuple[Window, ...]:
    """The windows of a fit on one draw of the imputed inputs; recorded once in a process."""
    return tuple(Window(*span, last, draw) for span in spans(last))


@lru_cache(maxsize=64)
def _quantiles(name: str) -> tuple[Array, Array]:
    """A table of a prior on the standard normal scale."""
    z = np.linspace(-EDGE, EDGE, 801)
    return z, parameters()[name].prior.ppf(ndtr(z))


def from_normal(names: Sequence[str], z: Array) -> dict[str, float]:
    """Values of parameters whose priors become standard normal, by name."""
    found = {}
    for name, one in zip(names, z, strict=True):
        at, value = _quantiles(name)
        found[name] = float(np.interp(one, at, value))
    return found


def log_likelihood(
    values: Values, over: Sequence[Window], hidden: NDArray[np.bool_] | None
) -> float:
    """Log likelihood of parameters, up to a constant.

    Args:
        values: Parameters by full name.
        over: Windows.
        hidden: Countries that do not count, (n,).
    """
    p = drivers.values(values)
    total, count = 0.0, 0
    for window in over:
        seen = window.seen if hidden is None else window.seen & ~hidden
        error = (drivers.run(window.recorded, p)[0] - window.observed)[seen]
        total += np.sqrt(error**2 + POINT**2).sum()
        count += error.size
    return -STEP * INDEPENDENT * count * float(np.log(total / count))


def target(
    over: Sequence[Window], given: Values, hidden: NDArray[np.bool_] | None = None
) -> Callable[[Array], float]:
    """Log posterior on the standard normal scale, given the cut parameters."""
    names = sampled_names()

    def log_posterior(z: Array) -> float:
        if np.abs(z).max() > EDGE:
            return -np.inf
        values = {**given, **from_normal(names, z)}
        return log_likelihood(values, over, hidden) - float(z @ z) / 2

    return log_posterior


def cut_values(strata: int) -> list[dict[str, float]]:
    """Values of the cut parameters in each stratum: a Latin hypercube over their priors."""
    names = cut_names()
    order = qmc.LatinHypercube(len(names), scramble=False, seed=1).integers(strata, n=strata)
    ranks = np.argsort(np.argsort(order + np.arange(strata)[:, None] / strata, axis=0), axis=0)
    ranks[:, 0] = np.arange(strata)
    return [
        {
            name: float(parameters()[name].prior.ppf((rank + 0.5) / strata))
            for name, rank in zip(names, row, strict=True)
        }
        for row in ranks
    ]


def best(log_posterior: Callable[[Array], float]) -> Array:
    """Most probable point on the standard normal scale."""
    size = len(sampled_names())
    options = {"maxiter": 3, "xtol": 0.05, "ftol": 1e-3}
    bounds = [(-EDGE, EDGE)] * size
    found = minimize(lambda z: -log_posterior(z), np.zeros(size), method="Powell",
                     options=options, bounds=bounds)  # fmt: skip
    return np.asarray(found.x)


def chain(
    last: int, stratum: int, size: Size = FULL, hidden: NDArray[np.bool_] | None = None
) -> Array:
    """Draws given the cut parameters of a stratum, (draws, sampled and cut parameters)."""
    given = cut_values(size.strata)[stratum]
    rng = np.random.RandomState(1000 * last + stratum)
    return explore(windows(last), given, rng, size, hidden)


def explore(
    over: Sequence[Window],
    given: Values,
    rng: np.random.RandomState,
    size: Size,
    hidden: NDArray[np.bool_] | None = None,
) -> Array:
    """As `chain`, over any windows and with cut parameters and random numbers of one's own."""
    import emcee

    names = sampled_names()
    log_posterior = target(over, given, hidden)
    first = best(log_posterior) + 0.3 * rng.standard_normal((size.walkers, len(names)))
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.StretchMove(), 0.2)]
    sampler = emcee.EnsembleSampler(size.walkers, len(names), log_posterior, moves=moves)
    state = emcee.State(np.clip(first, -EDGE, EDGE), random_state=rng.get_state())
    sampler.run_mcmc(state, size.burn_in + size.steps)
    kept = sampler.get_chain(discard=size.burn_in, flat=True)
    return np.array([[*from_normal(names, z).values(), *given.values()] for z in kept])


def sample(
    last: int,
    folder: Path,
    run: Workers,
    progress: Callable[[int, int], None] | None = None,
    *,
    draws: int = 400,
    size: Size = FULL,
    hidden: NDArray[np.bool_] | None = None,
) -> Posterior:
    """Posterior of what is fitted to internet use, on figures to a year and none later.

    The sizes of what a predictive draw adds (`spread`) are in it, the same in every draw.

    Args:
        last: Last year whose figures are used.
        folder: Where finished strata are kept; an interrupted fit goes on from them.
        run: Who runs the chains; the result does not depend on it.
        progress: Told (strata done, strata in all).
        draws: Number of draws, equally many of each stratum in turn.
        size: How much is sampled.
        hidden: Countries whose figures are not used, (n,).
    """
    from divide.calibration.fit.spread import fit_spread

    kept = Kept(folder, [last, size, None if hidden is None else hidden.tolist()])
    strata = range(size.strata)
    chains = {k: found for k in strata if (found := kept.read(f"stratum {k}")) is not None}
    missing = [k for k in strata if k not in chains]
    jobs = [(last, k, size, hidden) for k in missing]
    for answer in run.each(chain, jobs):
        chains[missing[answer.run]] = answer.value
        kept.write(f"stratum {missing[answer.run]}", answer.value)
        if progress is not None:
            progress(len(chains), size.strata)
    names = (*sampled_names(), *cut_names())
    rng = np.random.default_rng(last)
    each = -(-draws // size.strata)
    picked = [chains[k][rng.choice(len(chains[k]), each)] for k in strata]
    mixed = np.stack(picked, axis=1).reshape(-1, len(names))[:draws]
    sizes = kept.read("spread")
    if sizes is None:
        centre = dict(zip(names, mixed.mean(axis=0).tolist(), strict=True))
        (spread,) = run.map(fit_spread, [(last, centre)])
        sizes = np.array([list(spread.values())])
        kept.write("spread", sizes)
    every = np.concatenate([chains[k] for k in strata])
    prior_sd = np.array([parameters()[name].prior.sd for name in names])
    learnt = np.concatenate([1 - every.std(axis=0) / prior_sd, np.ones(sizes.size)])
    whole = np.hstack([mixed, np.repeat(sizes, len(mixed), axis=0)])
    return Posterior((*names, *SPREAD), whole, float(len(every)), learnt, None)
