"""Measures of the divide: pure functions of values and population weights.

Every function takes `x`, one value an entry (country, cell, firm), and `weights`, the people each
entry stands for; weights of None count every entry once. Rules common to all of them:

- Weights act as frequencies: weights (2, 1) on (a, b) give what (a, a, b) gives unweighted, with
  no small-sample correction (variances divide by the population, not by n - 1). Only ratios of
  weights matter, except in `herfindahl`, where they are counts.
- An entry of weight 0 is absent. With no entry, or no positive weight, a measure is NaN.
- A ratio whose denominator is 0 is undefined and so NaN, never infinite: all relative measures
  when everyone has nothing, P90/P10 when P10 is 0, the Palma ratio when the bottom 40 % hold
  nothing.
- Negative, infinite or NaN values or weights raise ValueError naming the first bad index.

The Lorenz curve L(q) joins the observed points by straight lines, so an entry that straddles q is
split in proportion. Percentiles are the slope of that curve times the mean, which is the inverse
of the distribution function; at a kink (q falls exactly between two entries) they are the mean of
the two neighbours, as in the usual median. Both are unchanged by repeating the data, and no
percentile moves by more than the largest change in x.

`divide_profile` and `divide_profiles` give all of `DIVIDE_MEASURES` after one sort. Each formula
exists once, as a Numba kernel on sorted values and population shares that the single functions
and the profile both call. `profile_kernel` and `profiles_kernel` are the same without checks, for
callers in compiled code; both can leave out `COSTLY`.

Sources:
    Atkinson 1970, On the measurement of inequality, Journal of Economic Theory 2.
    Barro and Sala-i-Martin 1992, Convergence, Journal of Political Economy 100.
    Esteban and Ray 1994, On the measurement of polarization, Econometrica 62.
    Shorrocks 1980, The class of additively decomposable inequality measures, Econometrica 48.
    Theil 1967, Economics and Information Theory.
    Wolfson 1994, When inequalities diverge, American Economic Review 84.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MEASURE_UNITS: dict[str, str] = {
    "mean": "unit of x",
    "sd": "unit of x",
    "cv": "ratio",
    "gini": "0-1",
    "gini_shortfall": "0-1",
    "theil": "nats",
    "atkinson_050": "0-1",
    "atkinson_100": "0-1",
    "atkinson_200": "0-1",
    "sd_log": "log points",
    "p10": "unit of x",
    "p50": "unit of x",
    "p90": "unit of x",
    "p90_p10_gap": "unit of x",
    "p90_p10_ratio": "ratio",
    "bottom40_share": "0-1",
    "top10_share": "0-1",
    "palma": "ratio",
    "wolfson": "index",
    "esteban_ray": "index",
}
"""Unit of each measure of a profile, in the profile's order."""

DIVIDE_MEASURES: tuple[str, ...] = tuple(MEASURE_UNITS)
"""Names of the entries of a profile, in order."""

COSTLY: tuple[str, ...] = ("atkinson_050", "atkinson_200", "esteban_ray")
"""Measures that raise every entry to a power, which takes long."""

ESTEBAN_RAY_ALPHA = 1.3
"""Weight of identification in the profile; assumed: the middle of the published 1 to 1.6."""

_N_MEASURES = len(DIVIDE_MEASURES)
_KINK = 1e-12  # population share within which q counts as falling between two entries


class TheilDecomposition(NamedTuple):
    """Theil index and its parts, nats; total = within + between up to rounding."""

    total: float
    within: float
    between: float


# Kernels: `x` is sorted upwards, `p` holds its population shares, all positive, adding up to 1.


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Sorted values and population shares of the entries with positive weight."""
    order = np.argsort(x)
    xs = np.empty(x.size)
    ps = np.empty(x.size)
    kept = 0
    total = 0.0
    for i in order:
        if w[i] > 0.0:
            xs[kept] = x[i]
            ps[kept] = w[i]
            total += w[i]
            kept += 1
    xs = xs[:kept]
    ps = ps[:kept]
    for i in range(kept):
        ps[i] /= total
    return xs, ps


@njit(cache=True, nogil=True, error_model="numpy")
def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _mean(x: Floats, p: Floats) -> float:
    if x.size == 0:
        return np.nan
    total = 0.0
    for i in range(x.size):
        total += p[i] * x[i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _sd(x: Floats, p: Floats, mean: float) -> float:
    if x.size == 0:
        return np.nan
    total = 0.0
    for i in range(x.size):
        total += p[i] * (x[i] - mean) ** 2
    return math.sqrt(total)


@njit(cache=True, nogil=True, error_model="numpy")
def _half_mean_difference(x: Floats, p: Floats) -> float:
    """Half the mean absolute difference of two persons, as the integral of F (1 - F) over x.

    Summed over the gaps between neighbours, so no term is negative and equal values give 0.
    """
    if x.size == 0:
        return np.nan
    below = 0.0
    total = 0.0
    for i in range(x.size - 1):
        below += p[i]
        total += max(below * (1.0 - below), 0.0) * (x[i + 1] - x[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _gini_shortfall(x: Floats, p: Floats, half_difference: float) -> float:
    if x.size == 0 or x[-1] > 1.0:
        return np.nan
    missing = 0.0
    for i in range(x.size):
        missing += p[i] * (1.0 - x[i])
    return _ratio(half_difference, missing)


@njit(cache=True, nogil=True, error_model="numpy")
def _theil(x: Floats, p: Floats, logs: Floats, mean: float) -> float:
    if not mean > 0.0:
        return np.nan
    log_mean = math.log(mean)
    total = 0.0
    for i in range(x.size):
        if x[i] > 0.0:  # nothing has no part in the sum: r ln r goes to 0 with r
            total += p[i] * x[i] * (logs[i] - log_mean)
    return max(total / mean, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _atkinson(x: Floats, p: Floats, logs: Floats, mean: float, epsilon: float) -> float:
    if not mean > 0.0:
        return np.nan
    if epsilon >= 1.0 and not x[0] > 0.0:
        return 1.0  # one person with nothing pulls the equally distributed equivalent to 0
    log_mean = math.log(mean)
    power = 1.0 - epsilon
    total = 0.0
    if power == 0.0:
        for i in range(x.size):
            total += p[i] * (logs[i] - log_mean)
        log_equivalent = total
    else:
        # mean of r**power less 1, so that the result stays exact as power goes to 0
        for i in range(x.size):
            total += p[i] * math.expm1(power * (logs[i] - log_mean))
        log_equivalent = math.log1p(max(total, -1.0)) / power
    return min(max(-math.expm1(log_equivalent), 0.0), 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _sd_log(x: Floats, p: Floats, logs: Floats) -> float:
    if x.size == 0 or not x[0] > 0.0:
        return np.nan
    return _sd(logs, p, _mean(logs, p))


@njit(cache=True, nogil=True, error_model="numpy")
def _percentile(x: Floats, p: Floats, q: float) -> float:
    if x.size == 0:
        return np.nan
    below = 0.0
    for i in range(x.size - 1):
        below += p[i]
        if below > q + _KINK:
            return x[i]
        if below >= q - _KINK:
            return 0.5 * (x[i] + x[i + 1])
    return x[-1]


@njit(cache=True, nogil=True, error_model="numpy")
def _lorenz(x: Floats, p: Floats, mean: float, q: float) -> float:
    if not mean > 0.0:
        return np.nan
    below = 0.0
    held = 0.0
    for i in range(x.size):
        if below + p[i] >= q:
            # at a kink rounding must not lend the poor a sliver of the next entry
            part = q - below if q - below > _KINK else 0.0
            return (held + part * x[i]) / mean
        below += p[i]
        held += p[i] * x[i]
    return 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _wolfson(x: Floats, p: Floats, median: float, half_difference: float) -> float:
    """Wolfson's 2 (2 T - G) mean / median.

    With T = 1/2 - L(1/2), 2 T times the mean is the mean distance from the median, so the bracket
    times the mean is that distance less half the mean difference, and equal values give 0.
    """
    if not median > 0.0:
        return np.nan
    distance = 0.0
    for i in range(x.size):
        distance += p[i] * abs(x[i] - median)
    return max(2.0 * (distance - half_difference) / median, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _esteban_ray(x: Floats, p: Floats, mean: float, alpha: float) -> float:
    if not mean > 0.0:
        return np.nan
    below = 0.0  # people, and what they hold, before the group at hand
    held = 0.0
    total = 0.0
    i = 0
    while i < x.size:
        level = x[i]
        people = 0.0
        while i < x.size and x[i] == level:  # people at one level identify with each other
            people += p[i]
            i += 1
        above = 1.0 - below - people
        held_above = mean - held - people * level
        alienation = (level * below - held) + (held_above - level * above)
        total += people ** (1.0 + alpha) * max(alienation, 0.0)
        below += people
        held += people * level
    return total / mean


@njit(cache=True, nogil=True, error_model="numpy")
def _theil_parts(x: Floats, w: Floats, labels: Integers, groups: int) -> tuple[float, float, float]:
    """Total, within and between; `x` in any order, `labels` in 0..groups - 1."""
    people = np.zeros(groups)
    held = np.zeros(groups)
    all_people = 0.0
    all_held = 0.0
    for i in range(x.size):
        people[labels[i]] += w[i]
        held[labels[i]] += w[i] * x[i]
        all_people += w[i]
        all_held += w[i] * x[i]
    if not all_held > 0.0:
        return np.nan, np.nan, np.nan
    group_log = np.zeros(groups)  # log of the group's mean over the mean of all
    between = 0.0
    for g in range(groups):
        if held[g] > 0.0:
            group_log[g] = math.log((held[g] / people[g]) / (all_held / all_people))
            between += held[g] * group_log[g]
    total = 0.0
    within = 0.0
    log_mean = math.log(all_held / all_people)
    for i in range(x.size):
        part = w[i] * x[i]
        if part > 0.0:
            log_ratio = math.log(x[i]) - log_mean
            total += part * log_ratio
            within += part * (log_ratio - group_log[labels[i]])
    return (
        max(total / all_held, 0.0),
        max(within / all_held, 0.0),
        max(between / all_held, 0.0),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _theil_parts_rows(x: Floats, w: Floats, labels: Integers, groups: int) -> Floats:
    out = np.empty((x.shape[0], 3))
    for t in range(x.shape[0]):
        out[t, 0], out[t, 1], out[t, 2] = _theil_parts(x[t], w[t], labels, groups)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def profile_kernel(x: Floats, w: Floats, costly: bool, out: Floats) -> None:
    """`divide_profile` without checks, for C-ordered float64 `x` and `w` of one length.

    `out`, (20,), receives the measures.
    """
    xs, ps = _sort(x, w)
    logs = np.log(xs)
    mean = _mean(xs, ps)
    sd = _sd(xs, ps, mean)
    half_difference = _half_mean_difference(xs, ps)
    p10 = _percentile(xs, ps, 0.1)
    p50 = _percentile(xs, ps, 0.5)
    p90 = _percentile(xs, ps, 0.9)
    bottom40 = _lorenz(xs, ps, mean, 0.4)
    top10 = 1.0 - _lorenz(xs, ps, mean, 0.9)
    out[0] = mean
    out[1] = sd
    out[2] = _ratio(sd, mean)
    out[3] = _ratio(half_difference, mean)
    out[4] = _gini_shortfall(xs, ps, half_difference)
    out[5] = _theil(xs, ps, logs, mean)
    out[7] = _atkinson(xs, ps, logs, mean, 1.0)
    out[9] = _sd_log(xs, ps, logs)
    out[10] = p10
    out[11] = p50
    out[12] = p90
    out[13] = p90 - p10
    out[14] = _ratio(p90, p10)
    out[15] = bottom40
    out[16] = top10
    out[17] = _ratio(top10, bottom40)
    out[18] = _wolfson(xs, ps, p50, half_difference)
    out[6] = _atkinson(xs, ps, logs, mean, 0.5) if costly else np.nan
    out[8] = _atkinson(xs, ps, logs, mean, 2.0) if costly else np.nan
    out[19] = _esteban_ray(xs, ps, mean, ESTEBAN_RAY_ALPHA) if costly else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def profiles_kernel(x: Floats, w: Floats, costly: bool) -> Floats:
    """`divide_profiles` without checks, for C-ordered float64 `x` and `w` of one shape (T, n)."""
    out = np.empty((x.shape[0], _N_MEASURES))
    for t in range(x.shape[0]):
        profile_kernel(x[t], w[t], costly, out[t])
    return out


# Checks


def _checked(values: ArrayLike, name: str, dimensions: int = 1) -> Floats:
    """A C-ordered float64 array, copied if need be: it keeps the kernels to one compiled type."""
    array = np.require(values, np.float64, ("C", "W"))
    if array.ndim != dimensions:
        msg = f"{name} has shape {array.shape}: expected {dimensions} dimension(s)"
        raise ValueError(msg)
    # one comparison each that NaN fails too
    if array.size and not (array.min() >= 0.0 and array.max() < np.inf):
        at = tuple(int(i) for i in np.argwhere(~((array >= 0.0) & (array < np.inf)))[0])
        where = ", ".join(map(str, at))
        msg = f"{name}[{where}] is {array[at]}: must be finite and not negative"
        raise ValueError(msg)
    return array


def _checked_weights(weights: ArrayLike | None, x: Floats) -> Floats:
    if weights is None:
        return np.ones_like(x)
    if x.ndim > 1 and np.ndim(weights) == 1:
        weights = np.broadcast_to(np.asarray(weights), (x.shape[0], np.size(weights)))
    w = _checked(weights, "weights", x.ndim)
    if w.shape != x.shape:
        msg = f"weights have shape {w.shape}, values {x.shape}"
        raise ValueError(msg)
    return w


def _checked_share(q: float) -> None:
    if not 0.0 <= q <= 1.0:
        msg = f"q is {q}: must lie in [0, 1]"
        raise ValueError(msg)


def _checked_labels(labels: ArrayLike, n: int) -> tuple[Integers, int]:
    array = np.array(labels, order="C")
    if array.shape != (n,):
        msg = f"labels have shape {array.shape}: expected ({n},)"
        raise ValueError(msg)
    if n == 0:
        return np.zeros(0, dtype=np.int64), 1
    if array.dtype.kind not in "iu":
        msg = f"labels are {array.dtype}: must be integers"
        raise ValueError(msg)
    groups = int(array.max()) + 1
    if array.min() < 0 or groups > n:  # sparse labels: number them anew
        names, array = np.unique(array, return_inverse=True)
        groups = names.size
    return array.astype(np.int64), groups


def _sorted(x: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    values = _checked(x, "x")
    xs, ps = _sort(values, _checked_weights(weights, values))
    return xs, ps


# Profiles


def divide_profile(x: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """All of `DIVIDE_MEASURES` at once, after one sort.

    Args:
        x: Values (n,), not negative.
        weights: People an entry stands for (n,), or None for one each.

    Returns:
        Measures (20,), in the order of `DIVIDE_MEASURES` and the units of `MEASURE_UNITS`, each
        equal to the single function's. `gini_shortfall` is NaN where a value exceeds 1.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    values = _checked(x, "x")
    out = np.empty(_N_MEASURES)
    profile_kernel(values, _checked_weights(weights, values), True, out)
    return out


def divide_profiles(
    x: ArrayLike, weights: ArrayLike | None = None, *, costly: bool = True
) -> Floats:
    """One profile a row: a path of T dates, or the cells of T countries.

    Args:
        x: Values (T, n), not negative.
        weights: People (T, n), or (n,) for the same in each row, or None for one each.
        costly: Whether to work out `COSTLY` as well; they are NaN otherwise.

    Returns:
        Measures (T, 20); row t equals `divide_profile(x[t], weights[t])` bit for bit.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    values = _checked(x, "x", 2)
    return profiles_kernel(values, _checked_weights(weights, values), costly)


# Single measures


def mean(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Weighted mean, unit of x.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    return _mean(*_sorted(x, weights))


def standard_deviation(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standard deviation of the population, unit of x; its fall is convergence in points.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    return _sd(xs, ps, _mean(xs, ps))


def coefficient_of_variation(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standard deviation over mean, a ratio in [0, sqrt(n - 1)] unweighted; NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    average = _mean(xs, ps)
    return _ratio(_sd(xs, ps, average), average)


def sd_log(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standard deviation of ln x, log points; its fall over time is sigma-convergence.

    NaN if an entry with positive weight is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.

    Source: Barro and Sala-i-Martin 1992.
    """
    xs, ps = _sorted(x, weights)
    return _sd_log(xs, ps, np.log(xs, out=np.full_like(xs, -np.inf), where=xs > 0.0))


def gini(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient, 0 (equality) up to 1 - 1/n unweighted; NaN if the mean is 0.

    Half the relative mean difference, sum_ij p_i p_j |x_i - x_j| / (2 mean), over population
    shares p and without small-sample correction.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    return _ratio(_half_mean_difference(xs, ps), _mean(xs, ps))


def gini_shortfall(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient of the shortfall 1 - x of a share x, 0-1; NaN if no one lacks anything.

    A bounded share may be read as attainment or as shortfall, and the two can rank a change
    differently, because the same mean difference is divided by the mean or by 1 less the mean.

    Raises:
        ValueError: If a value or weight is negative or not finite, a value exceeds 1, or shapes
            differ.
    """
    values = _checked(x, "x")
    if values.size and values.max() > 1.0:
        at = int(np.argmax(values > 1.0))
        msg = f"x[{at}] is {values[at]}: a share cannot exceed 1"
        raise ValueError(msg)
    xs, ps = _sort(values, _checked_weights(weights, values))
    return _gini_shortfall(xs, ps, _half_mean_difference(xs, ps))


def theil(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil's T, sum_i p_i r_i ln r_i with r = x / mean, nats; 0 to ln n unweighted.

    Entries of 0 add nothing (the limit of r ln r); NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.

    Source: Theil 1967.
    """
    xs, ps = _sorted(x, weights)
    logs = np.log(xs, out=np.full_like(xs, -np.inf), where=xs > 0.0)
    return _theil(xs, ps, logs, _mean(xs, ps))


def theil_decomposition(
    x: ArrayLike, weights: ArrayLike | None, labels: ArrayLike
) -> TheilDecomposition:
    """Theil's T split into inequality within groups and between the groups' means.

    between = sum_g s_g ln(s_g / n_g) and within = sum_g s_g T_g, with s_g the group's share of
    the total of x and n_g of the people.

    Args:
        x: Values (n,), not negative.
        weights: People (n,), or None for one each.
        labels: Group of each entry (n,), any integers; fastest if they run from 0 to below n.

    Returns:
        Total, within and between, nats; NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, labels are not integers, or
            shapes differ.

    Source: Theil 1967; Shorrocks 1980.
    """
    values = _checked(x, "x")
    groups = _checked_labels(labels, values.size)
    return TheilDecomposition(*_theil_parts(values, _checked_weights(weights, values), *groups))


def theil_decompositions(x: ArrayLike, weights: ArrayLike | None, labels: ArrayLike) -> Floats:
    """`theil_decomposition` of each row of `x` (T, n) by one set of `labels` (n,).

    Args:
        x: Values (T, n), not negative.
        weights: People (T, n), or (n,) for the same in each row, or None for one each.
        labels: Group of each column (n,), any integers.

    Returns:
        Columns total, within, between (T, 3), nats; bit for bit those of the single function.

    Raises:
        ValueError: If a value or weight is negative or not finite, labels are not integers, or
            shapes differ.

    Source: Theil 1967; Shorrocks 1980.
    """
    values = _checked(x, "x", 2)
    groups = _checked_labels(labels, values.shape[1])
    return _theil_parts_rows(values, _checked_weights(weights, values), *groups)


def atkinson(x: ArrayLike, epsilon: float, weights: ArrayLike | None = None) -> float:
    """Atkinson index, 0-1: the part of the mean that equality would allow society to give up.

    1 - (sum_i p_i r_i**(1 - epsilon))**(1 / (1 - epsilon)) with r = x / mean, and 1 less the
    geometric mean of r at epsilon = 1. From epsilon = 1 upwards one entry of 0 makes it 1. NaN if
    the mean is 0.

    Args:
        x: Values (n,), not negative.
        epsilon: Aversion to inequality, at least 0 (indifference).
        weights: People (n,), or None for one each.

    Raises:
        ValueError: If epsilon, a value or a weight is negative or not finite, or shapes differ.

    Source: Atkinson 1970.
    """
    if not 0.0 <= epsilon < math.inf:
        msg = f"epsilon is {epsilon}: must be finite and not negative"
        raise ValueError(msg)
    xs, ps = _sorted(x, weights)
    logs = np.log(xs, out=np.full_like(xs, -np.inf), where=xs > 0.0)
    return _atkinson(xs, ps, logs, _mean(xs, ps), float(epsilon))


def percentile(x: ArrayLike, q: float, weights: ArrayLike | None = None) -> float:
    """Value at population share `q` from the bottom, unit of x (see the module's docstring).

    Args:
        x: Values (n,), not negative.
        q: Share of the population, 0-1: 0.9 for P90.
        weights: People (n,), or None for one each.

    Raises:
        ValueError: If q lies outside [0, 1], a value or weight is negative or not finite, or
            shapes differ.
    """
    _checked_share(q)
    return _percentile(*_sorted(x, weights), float(q))


def p90_p10_gap(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """P90 less P10, unit of x. Show it beside the ratio: the two often move apart.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    return _percentile(xs, ps, 0.9) - _percentile(xs, ps, 0.1)


def p90_p10_ratio(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """P90 over P10, a ratio of at least 1; NaN if P10 is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    return _ratio(_percentile(xs, ps, 0.9), _percentile(xs, ps, 0.1))


def lorenz(x: ArrayLike, q: float, weights: ArrayLike | None = None) -> float:
    """Share of the total held by the bottom `q` of the population, 0-1; NaN if the mean is 0.

    Args:
        x: Values (n,), not negative.
        q: Share of the population, 0-1.
        weights: People (n,), or None for one each.

    Raises:
        ValueError: If q lies outside [0, 1], a value or weight is negative or not finite, or
            shapes differ.
    """
    _checked_share(q)
    xs, ps = _sorted(x, weights)
    return _lorenz(xs, ps, _mean(xs, ps), float(q))


def bottom40_share(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Share of the total held by the bottom 40 % of the population, 0-0.4; NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    return lorenz(x, 0.4, weights)


def top10_share(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Share of the total held by the top 10 % of the population, 0.1-1; NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    return 1.0 - lorenz(x, 0.9, weights)


def palma(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Palma-type ratio: the share of the top 10 % over that of the bottom 40 %, at least 1/4.

    NaN if the bottom 40 % hold nothing.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    xs, ps = _sorted(x, weights)
    average = _mean(xs, ps)
    return _ratio(1.0 - _lorenz(xs, ps, average, 0.9), _lorenz(xs, ps, average, 0.4))


def wolfson(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Wolfson's polarisation, 2 (2 T - G) mean / median with T = 1/2 - L(1/2); NaN if median 0.

    0 if all are equal, 1 if half have nothing and the others twice the mean. It can exceed 1
    where the median is far below the mean.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.

    Source: Wolfson 1994.
    """
    xs, ps = _sorted(x, weights)
    return _wolfson(xs, ps, _percentile(xs, ps, 0.5), _half_mean_difference(xs, ps))


def esteban_ray(
    x: ArrayLike, weights: ArrayLike | None = None, *, alpha: float = ESTEBAN_RAY_ALPHA
) -> float:
    """Polarisation of Esteban and Ray, K sum_ij p_i**(1 + alpha) p_j |x_i - x_j|, an index.

    K is 1 / mean, so that the unit of x drops out; alpha = 0 would give twice the Gini. People at
    exactly the same level form one group. The measure is meant for few groups: over many entries
    at distinct levels and of equal weight it is only a multiple of the Gini, which falls with n.
    NaN if the mean is 0.

    Args:
        x: Values (n,), not negative.
        weights: People (n,), or None for one each.
        alpha: Weight of identification, 0 to 1.6 (the published range is from above 0).

    Raises:
        ValueError: If alpha lies outside [0, 1.6], a value or weight is negative or not finite,
            or shapes differ.

    Source: Esteban and Ray 1994.
    """
    if not 0.0 <= alpha <= 1.6:
        msg = f"alpha is {alpha}: must lie in [0, 1.6]"
        raise ValueError(msg)
    xs, ps = _sorted(x, weights)
    return _esteban_ray(xs, ps, _mean(xs, ps), float(alpha))


# Concentration


def herfindahl(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Herfindahl-Hirschman index of the shares of `x` in its total, 1/n to 1 (monopoly).

    Multiply by 10,000 for the points used in competition cases. NaN if the total is 0.

    Args:
        x: Sizes (n,), such as sales of vendors, not negative.
        weights: How many firms of that size there are (n,), counts; None for one each.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    sizes = _checked(x, "x")
    counts = _checked_weights(weights, sizes)
    total = float(counts @ sizes)
    return float(counts @ (sizes / total) ** 2) if total > 0.0 else math.nan


def herfindahl_rows(x: ArrayLike) -> Floats:
    """`herfindahl` of each row: (countries, vendors) to (countries,), NaN where a row has nothing.

    Raises:
        ValueError: If a value is negative or not finite, or `x` is not two-dimensional.
    """
    sizes = _checked(x, "x", 2)
    total = sizes.sum(axis=1, keepdims=True)
    shares = np.divide(sizes, total, out=np.full_like(sizes, np.nan), where=total > 0.0)
    return (shares**2).sum(axis=1) if sizes.shape[1] else np.full(sizes.shape[0], np.nan)


# Convergence and distance in time


def beta_convergence(
    initial: ArrayLike,
    final: ArrayLike,
    years: float,
    weights: ArrayLike | None = None,
    *,
    form: Literal["log", "points"] = "log",
) -> float:
    """Slope of growth on the initial level, per year; below 0 the laggards catch up.

    Args:
        initial: Levels at the start (n,), not negative.
        final: Levels at the end (n,), not negative.
        years: Length of the period, above 0.
        weights: Weights of the least-squares fit (n,), or None for one each.
        form: "log" regresses ln(final / initial) / years on ln(initial), "points" regresses
            (final - initial) / years on initial. A bounded share can converge in logs while it
            diverges in points: look at both.

    Returns:
        The slope, per year; NaN if fewer than two initial levels differ.

    Raises:
        ValueError: If a value or weight is negative or not finite, shapes differ, years is not
            above 0, the form is unknown, or the log form meets a 0 with positive weight.

    Source: Barro and Sala-i-Martin 1992 (unconditional form).
    """
    start = _checked(initial, "initial")
    end = _checked(final, "final")
    if end.shape != start.shape:
        msg = f"final has shape {end.shape}, initial {start.shape}"
        raise ValueError(msg)
    if not 0.0 < years < math.inf:
        msg = f"years is {years}: must be finite and above 0"
        raise ValueError(msg)
    if form not in ("log", "points"):
        msg = f"form is {form!r}: must be 'log' or 'points'"
        raise ValueError(msg)
    w = _checked_weights(weights, start)
    if form == "log":
        for name, level in (("initial", start), ("final", end)):
            zero = (level == 0.0) & (w > 0.0)
            if zero.any():
                msg = f"{name}[{int(np.argmax(zero))}] is 0: the log form needs positive levels"
                raise ValueError(msg)
    present = w > 0.0
    start, end, w = start[present], end[present], w[present]
    if start.size == 0 or start.min() == start.max():
        return math.nan
    if form == "log":
        start, end = np.log(start), np.log(end)
    p = w / w.sum()
    deviation = start - p @ start
    return float((p * deviation) @ (end - start) / years / ((p * deviation) @ deviation))


def convergence_speed(slope: float, years: float) -> float:
    """Speed of convergence implied by a log slope over a period, share of the gap closed a year.

    Inverts slope = -(1 - exp(-speed years)) / years. The half-life of the gap is ln 2 / speed.

    Args:
        slope: Result of `beta_convergence` in logs, per year.
        years: Length of the period, above 0.

    Returns:
        The speed, per year (below 0: divergence); NaN if the slope implies that the order of the
        levels was reversed (slope of -1 / years or less).

    Raises:
        ValueError: If years is not above 0.

    Source: Barro and Sala-i-Martin 1992.
    """
    if not 0.0 < years < math.inf:
        msg = f"years is {years}: must be finite and above 0"
        raise ValueError(msg)
    return -math.log1p(slope * years) / years if slope * years > -1.0 else math.nan


def time_distance(
    x: ArrayLike, year: float, reference: ArrayLike, reference_years: ArrayLike
) -> Floats:
    """Years by which each level lags behind a reference path (after Sicherl's time distance).

    The date at which the reference first reached a level is interpolated linearly. Where its
    record does not show that date, the distance is censored and NaN: the level lies below the
    record's first value (the lag is longer than the record) or above all its values (the level is
    ahead). A path that runs past `year` gives distances below 0 to those ahead of it.

    Args:
        x: Levels at `year` (n,), not negative, in the unit of `reference`.
        year: Date of the levels, years.
        reference: Levels of the reference (T,), not negative, not necessarily rising.
        reference_years: Dates of the reference (T,), years, strictly rising.

    Returns:
        Years behind the reference (n,).

    Raises:
        ValueError: If a level is negative or not finite, dates do not rise, or shapes differ.
    """
    levels = _checked(x, "x")
    path = _checked(reference, "reference")
    dates = np.array(reference_years, dtype=np.float64)
    if dates.shape != path.shape:
        msg = f"reference_years have shape {dates.shape}, reference {path.shape}"
        raise ValueError(msg)
    if not (np.isfinite(dates).all() and (np.diff(dates) > 0.0).all() and math.isfinite(year)):
        msg = "year and reference_years must be finite, and the latter strictly rising"
        raise ValueError(msg)
    behind = np.full(levels.shape, np.nan)
    if path.size == 0:
        return behind
    # the running maximum is sorted, and at its first point not below a level the path crosses it
    after = np.searchsorted(np.maximum.accumulate(path), levels, side="left")
    known = (levels >= path[0]) & (after < path.size)
    after = after[known]
    before = np.maximum(after - 1, 0)
    rise = path[after] - path[before]
    part = np.divide(levels[known] - path[before], rise, out=np.ones_like(rise), where=rise > 0.0)
    behind[known] = year - (dates[before] + part * (dates[after] - dates[before]))
    return behind
