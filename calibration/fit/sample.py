"""The posterior of adoption's parameters, sampled directly.

Past windows are run on recorded drivers (`drivers`), compiled, so no emulator stands between the
model and its fit. What is fitted: every country's internet use in every observed year of windows
that start every second year and end by the last year of the fit. Residuals are Laplace, since the
figures hold revisions of tens of points; errors of neighbours, years and windows are dependent,
so only a share of the observations counts.

Parameters that are `cut` (the slope of the price, that of skills) are drawn from their priors and
never updated: figures of use say nothing of them that could be trusted. The others are sampled
given them, with the ensemble sampler of Goodman and Weare (2010) as the package emcee has it
(Foreman-Mackey and others 2013, doi 10.1086/670067), on the standard normal scale of their priors.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr
from scipy.stats import qmc

from divide.calibration.fit import drivers
from divide.calibration.fit.drivers import Recorded
from divide.calibration.fit.observations import known
from divide.calibration.fit.posterior import Posterior
from divide.calibration.fit.targets import fitted_to
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters
from divide.model.momentum import HURRIED

Array = NDArray[np.float64]
Values = Mapping[str, float]

INDICATOR = "internet_users"
#: Windows start every second year, the first so long before the last year of the fit; their length.
FIRST, STEP, SPAN = 13, 2, 7
#: Windows over the whole record, which hold the model to long runs, start so long before the end.
LONG = (17, 20)
#: Share of the observations that counts as independent (a judgement: errors are dependent).
INDEPENDENT = 0.06
#: Strata of the cut parameters; walkers, steps left out and steps kept of each stratum's ensemble.
STRATA, WALKERS, BURN_IN, STEPS = 4, 24, 40, 40
#: Residuals below one point count as small: the loss is sqrt(e^2 + 1), e in points.
POINT = 0.01
#: Standard normal numbers beyond which a prior is not searched.
EDGE = 4.0


def sampled_names() -> tuple[str, ...]:
    """Parameters that are sampled: fitted to internet use and not cut."""
    names = fitted_to(INDICATOR)
    return tuple(name for name in names if not parameters()[name].cut)


def cut_names() -> tuple[str, ...]:
    """Parameters of adoption that are drawn from their priors."""
    return tuple(name for name in fitted_to(INDICATOR) if parameters()[name].cut)


def spans(last: int) -> list[tuple[int, int]]:
    """Start and end of each window of a fit."""
    starts = [start for start in range(last - STEP, last - FIRST - 1, -STEP) if start >= 2000]
    longer = [last - length for length in LONG if last - length >= 2000]
    return [(s, min(s + SPAN, last)) for s in starts] + [(s, last) for s in longer]


def aware(last: int) -> dict[str, float]:
    """What a fit on figures to a year may know of the pandemic: its pace once it has been seen."""
    name = "adoption.pandemic"
    return {name: parameters()[name].value if last >= HURRIED[-1] else 1.0}


class Window:
    """A recorded window and what was observed in it.

    Args:
        origin: Year at whose end it starts.
        until: Its last year.
        last: Last year of the fit, whose figures may be read.
    """

    def __init__(self, origin: int, until: int, last: int) -> None:
        self.recorded: Recorded = drivers.record(origin, until, aware(last))
        years, values = known(last, INDICATOR)
        self.observed = np.full((until - origin, values.shape[1]), np.nan)
        for year, row in zip(years, values, strict=True):
            if origin < year <= until:
                self.observed[year - origin - 1] = np.where(self.recorded.known, row, np.nan)
        self.seen = np.isfinite(self.observed)


@lru_cache(maxsize=8)
def windows(last: int) -> tuple[Window, ...]:
    """The windows of a fit; recorded once in a process."""
    return tuple(Window(*span, last) for span in spans(last))


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


def target(last: int, given: Values, hidden: NDArray[np.bool_] | None) -> Callable[[Array], float]:
    """Log posterior on the standard normal scale, given the cut parameters."""
    names, over = sampled_names(), windows(last)

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


def best(last: int, given: Values, hidden: NDArray[np.bool_] | None = None) -> Array:
    """Most probable parameters on the standard normal scale, given the cut ones."""
    log_posterior = target(last, given, hidden)
    size = len(sampled_names())
    options = {"maxiter": 3, "xtol": 0.05, "ftol": 1e-3}
    bounds = [(-EDGE, EDGE)] * size
    found = minimize(lambda z: -log_posterior(z), np.zeros(size), method="Powell",
                     options=options, bounds=bounds)  # fmt: skip
    return np.asarray(found.x)


def chain(
    last: int, stratum: int, strata: int = STRATA, hidden: NDArray[np.bool_] | None = None
) -> tuple[Array, float]:
    """Draws given the cut parameters of a stratum, and their acceptance rate.

    Returns:
        Draws on the scale of the parameters, (draws, sampled and cut parameters).
    """
    import emcee

    given = cut_values(strata)[stratum]
    names = sampled_names()
    log_posterior = target(last, given, hidden)
    rng = np.random.RandomState(1000 * last + stratum)
    first = best(last, given, hidden) + 0.3 * rng.standard_normal((WALKERS, len(names)))
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.StretchMove(), 0.2)]
    sampler = emcee.EnsembleSampler(WALKERS, len(names), log_posterior, moves=moves)
    state = emcee.State(np.clip(first, -EDGE, EDGE), random_state=rng.get_state())
    sampler.run_mcmc(state, BURN_IN + STEPS)
    kept = sampler.get_chain(discard=BURN_IN, flat=True)
    draws = [[*from_normal(names, z).values(), *given.values()] for z in kept]
    return np.array(draws), float(sampler.acceptance_fraction.mean())


def sample(
    last: int,
    run: Workers,
    progress: Callable[[int, int], None] | None = None,
    *,
    draws: int = 400,
    strata: int = STRATA,
    hidden: NDArray[np.bool_] | None = None,
) -> Posterior:
    """Posterior of what is fitted to internet use, on figures to a year and none later.

    Args:
        last: Last year whose figures are used.
        run: Who runs the chains; the result does not depend on it.
        progress: Told (strata done, strata in all).
        draws: Number of draws, equally many of each stratum in turn.
        strata: Strata of the cut parameters.
        hidden: Countries whose figures are not used, (n,).
    """
    jobs = [(last, stratum, strata, hidden) for stratum in range(strata)]
    chains = [found for found, _ in run.map(chain, jobs, progress)]
    names = (*sampled_names(), *cut_names())
    rng = np.random.default_rng(last)
    each = -(-draws // strata)
    picked = [found[rng.choice(len(found), each, replace=len(found) < each)] for found in chains]
    mixed = np.stack(picked, axis=1).reshape(-1, len(names))[:draws]
    prior_sd = np.array([parameters()[name].prior.sd for name in names])
    every = np.concatenate(chains)
    return Posterior(names, mixed, float(len(every)), 1 - every.std(axis=0) / prior_sd, 1.0)
