"""Methods that fill a cell no source covers. One function a method; no data are read here.

Every filled cell is flagged 2 by the loader. The coefficients come from `tables/equations.csv`,
where each equation states the series, the years and the number of observations it was fitted on,
or that it is assumed.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.errors import InputError

Array = NDArray[np.float64]

OBSERVED, CARRIED, IMPUTED, MODELLED = 0, 1, 2, 3
_TINY = 1e-3


def logit(share: Array) -> Array:
    """Log odds of a share (any shape), held inside 0.001 and 0.999 so that 0 and 1 stay finite."""
    inside = np.clip(share, _TINY, 1 - _TINY)
    return np.log(inside / (1 - inside))


def expit(log_odds: Array) -> Array:
    """Share whose log odds are given (any shape)."""
    return 1 / (1 + np.exp(-log_odds))


def stretch(sd: float) -> float:
    """Factor on log odds that keeps the mean share under normal scatter of `sd` about them.

    The mean of expit(z) over z normal about m is close to expit(m / sqrt(1 + pi sd^2 / 8)), as the
    logistic curve is to a normal one: within .011 for an sd up to 2.
    """
    return float(np.sqrt(1 + np.pi * sd**2 / 8))


def carry_forward(history: Array) -> tuple[Array, NDArray[np.int8]]:
    """Last observation of each country.

    Args:
        history: (years, countries), ascending years up to the start year, NaN where missing.

    Returns:
        Values (countries,), NaN where there is no observation at all, and flags (countries,):
        0 observed in the last year, 1 carried from an earlier one, 2 never observed.
    """
    seen = ~np.isnan(history)
    years, countries = history.shape
    last = np.where(seen, np.arange(years)[:, None], -1).max(axis=0)
    value = history[np.maximum(last, 0), np.arange(countries)]
    flag = np.where(last == years - 1, OBSERVED, np.where(last >= 0, CARRIED, IMPUTED))
    return np.where(last >= 0, value, np.nan), flag.astype(np.int8)


def regression(
    link: str,
    terms: Mapping[str, float],
    predictors: Mapping[str, Array],
    noise: Array | None = None,
    sd: float = 0.0,
) -> Array:
    """Value that a fitted or assumed equation predicts.

    A share is fitted as a mean, so draws of it scatter about an index that is stretched until
    their mean is what is predicted (see `stretch`).

    Args:
        link: 'logit' (share 0-1), 'log' (positive), 'log1p' (zero or more) or 'linear'.
        terms: Coefficient by predictor name; 'const' is the constant.
        predictors: (countries,) arrays by name.
        noise: (countries,) residuals on the scale of the link; none if not given.
        sd: Their standard deviation.

    Returns:
        Predicted values (countries,) on the scale of the field.

    Raises:
        InputError: If the link or a term is unknown.
    """
    size = len(next(iter(predictors.values())))
    index = np.full(size, terms.get("const", 0.0))
    for name, coefficient in terms.items():
        if name == "const" or (name.startswith("in ") and name not in predictors):
            continue  # no country lies in that region
        if name not in predictors:
            raise InputError(
                f"equations.csv: unknown term {name!r}; known: {', '.join(predictors)}"
            )
        index = index + coefficient * predictors[name]
    if link == "logit":
        return expit(index if noise is None else stretch(sd) * index + noise)
    index = index if noise is None else index + noise
    if link == "log":
        return np.exp(index)
    if link == "log1p":
        return np.maximum(np.expm1(index), 0.0)
    if link == "linear":
        return index
    raise InputError(f"equations.csv: unknown link {link!r}; use logit, log, log1p or linear")


def group_median(values: Array, region: NDArray[np.str_], income_group: NDArray[np.str_]) -> Array:
    """Missing values filled by the median of the same region and income group.

    Falls back to the income group, then to all countries, where a group has no value.

    Args:
        values: (countries,), NaN where missing.
        region: (countries,) names.
        income_group: (countries,) names.

    Returns:
        The values (countries,), with medians where they miss; NaN only if no country has a value.
    """
    known = ~np.isnan(values)
    out = values.copy()
    for k in np.flatnonzero(~known):
        alike = (income_group == income_group[k]) & known
        for group in (alike & (region == region[k]), alike, known):
            if group.any():
                out[k] = np.median(values[group])
                break
    return out
