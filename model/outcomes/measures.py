"""Measures of inequality: pure functions of values and population weights.

Weights act as frequencies: weights (2, 1) on (a, b) give what (a, a, b) gives unweighted, with no
small-sample correction. Only ratios of weights matter. An entry of weight 0 is absent. With no
entry, or no positive weight, a measure is NaN, and so is a ratio whose denominator is 0. Negative,
infinite or NaN values or weights raise ValueError naming the first bad index.

The Lorenz curve L(q) joins the observed points by straight lines, so an entry that straddles q is
split in proportion. Percentiles are the slope of that curve times the mean, which is the inverse
of the distribution function; at a kink (q falls exactly between two entries) they are the mean of
the two neighbours, as in the usual median.

Sources:
    Atkinson 1970, On the measurement of inequality, Journal of Economic Theory 2.
    Barro and Sala-i-Martin 1992, Convergence, Journal of Political Economy 100.
    Shorrocks 1980, The class of additively decomposable inequality measures, Econometrica 48.
    Theil 1967, Economics and Information Theory.
    Wolfson 1994, When inequalities diverge, American Economic Review 84.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model import vector
from divide.model.compiled import njit

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_KINK = 1e-12  # population share within which q counts as falling between two entries


class Profile(NamedTuple):
    """Weighted measures of T distributions, (T,) each.

    Attributes:
        mean: Unit of x.
        cv: Standard deviation over mean.
        gini: Half the relative mean difference, sum_ij p_i p_j |x_i - x_j| / (2 mean).
        gini_shortfall: The same of 1 - x; NaN where a value exceeds 1.
        theil: sum_i p_i r_i ln r_i with r = x / mean; an entry of 0 adds nothing.
        atkinson: 1 less the geometric mean of r (aversion 1); one entry of 0 makes it 1.
        p90_p10_gap, p90_p10_ratio: P90 less P10 and over it.
        bottom40_share: Share of the total held by the bottom 40 %.
        palma: Share of the top 10 % over that of the bottom 40 %.
        wolfson: 2 (2 T - G) mean / median, with T = 1/2 - L(1/2) and G the Gini.
    """

    mean: Floats
    cv: Floats
    gini: Floats
    gini_shortfall: Floats
    theil: Floats
    atkinson: Floats
    p90_p10_gap: Floats
    p90_p10_ratio: Floats
    bottom40_share: Floats
    palma: Floats
    wolfson: Floats


class Once(NamedTuple):
    """Measures of T distributions in which every entry counts once, (T,) each.

    Attributes:
        gini: As in `Profile`; NaN if the mean is 0.
        sigma: Standard deviation of ln x; NaN if an entry is 0. Its fall over time is
            sigma-convergence (Barro and Sala-i-Martin 1992).
    """

    gini: Floats
    sigma: Floats


# Kernels


@njit(cache=True, nogil=True, error_model="numpy")
def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _sorted_people(x: Floats, w: Floats, order: Integers, xs: Floats, ps: Floats) -> int:
    """Write sorted values and population shares of the entries with people; how many there are.

    `order` is that of `x` upwards: NumPy sorts in a tenth of the time of a compiled loop.
    """
    kept, total = 0, 0.0
    for i in order:
        if w[i] > 0.0:
            xs[kept] = x[i]
            ps[kept] = w[i]
            total += w[i]
            kept += 1
    for i in range(kept):
        ps[i] /= total
    return kept


@njit(cache=True, nogil=True)
def _place(upto: Floats, until: int, q: float) -> int:
    """Where the first `until` of rising numbers reach `q`; `until` if they don't.

    NumPy's own search takes a second to compile.
    """
    low, high = 0, until
    while low < high:
        middle = (low + high) // 2
        if upto[middle] < q:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _percentile(xs: Floats, upto: Floats, q: float) -> float:
    """Value at the share `q` of the people; `upto` is their share up to each of sorted `xs`."""
    i = _place(upto, upto.size - 1, q - _KINK)
    if i == xs.size - 1:
        return xs[-1]
    return xs[i] if upto[i] > q + _KINK else 0.5 * (xs[i] + xs[i + 1])


@njit(cache=True, nogil=True, error_model="numpy")
def _held_by_poorest(xs: Floats, upto: Floats, held: Floats, q: float) -> float:
    """What the share `q` of the people holds, the poorest first; `held` is that up to each."""
    i = _place(upto, upto.size, q)
    if i == xs.size:
        return held[-1]
    below, has = (upto[i - 1], held[i - 1]) if i else (0.0, 0.0)
    # at a kink rounding must not lend the poor a sliver of the next entry
    return has + (q - below if q - below > _KINK else 0.0) * xs[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _profiles(x: Floats, w: Floats, order: Integers) -> Floats:
    """The measures of `Profile`, (11, T), of each row of C-ordered `x` and `w`, (T, n).

    Two passes over the sorted entries: sums up to each, then distances from mean and median.
    """
    out = np.full((11, x.shape[0]), np.nan)
    room = np.empty((5, x.shape[1]))
    for t in range(x.shape[0]):
        n = _sorted_people(x[t], w[t], order[t], room[0], room[1])
        if n == 0:
            continue
        xs, ps, upto, held, logs = room[0, :n], room[1, :n], room[2, :n], room[3, :n], room[4, :n]
        below = mean = missing = half_difference = 0.0
        for i in range(n):
            below += ps[i]
            mean += ps[i] * xs[i]
            missing += ps[i] * (1.0 - xs[i])
            upto[i], held[i] = below, mean
            # Over the gaps between neighbours: no term is negative and equal values give 0.
            if i < n - 1:
                half_difference += max(below * (1.0 - below), 0.0) * (xs[i + 1] - xs[i])
        p10, p90 = _percentile(xs, upto, 0.1), _percentile(xs, upto, 0.9)
        median = _percentile(xs, upto, 0.5)
        log_mean = math.log(mean) if mean > 0.0 else 0.0
        vector.log(xs, logs)
        squares = distance = theil = log_equivalent = 0.0
        for i in range(n):
            squares += ps[i] * (xs[i] - mean) ** 2
            distance += ps[i] * abs(xs[i] - median)
            from_mean = ps[i] * (logs[i] - log_mean)
            theil += xs[i] * from_mean  # nothing has no part in it: r ln r goes to 0 with r
            log_equivalent += from_mean
        out[0, t] = mean
        out[1, t] = _ratio(math.sqrt(squares), mean)
        out[2, t] = _ratio(half_difference, mean)
        if xs[-1] <= 1.0:
            out[3, t] = _ratio(half_difference, missing)
        out[6, t] = p90 - p10
        out[7, t] = _ratio(p90, p10)
        # Wolfson's bracket times the mean is the mean distance from the median less half the mean
        # difference: 2 T times the mean is that distance, and equal values give 0.
        out[10, t] = max(_ratio(2.0 * (distance - half_difference), median), 0.0)
        if mean > 0.0:
            out[4, t] = max(theil / mean, 0.0)
            # one person with nothing pulls the equally distributed equivalent to 0
            out[5, t] = min(max(-math.expm1(log_equivalent), 0.0), 1.0) if xs[0] > 0.0 else 1.0
            out[8, t] = bottom40 = _held_by_poorest(xs, upto, held, 0.4) / mean
            bottom90 = _held_by_poorest(xs, upto, held, 0.9) / mean
            out[9, t] = _ratio(1.0 - bottom90, bottom40)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _once(x: Floats) -> Floats:
    """The measures of `Once`, (2, T), of each row of `x`, (T, n), sorted upwards."""
    steps, n = x.shape
    out, logs, each = np.full((2, steps), np.nan), np.empty(n), 1.0 / n
    for t in range(steps):
        xs = x[t]
        mean = difference = log_mean = squares = 0.0
        for i in range(n):
            mean += xs[i] * each
        for i in range(n - 1):
            below = (i + 1) * each
            difference += below * (1.0 - below) * (xs[i + 1] - xs[i])
        out[0, t] = _ratio(difference, mean)
        if xs[0] > 0.0:
            vector.log(xs, logs)
            for i in range(n):
                log_mean += logs[i] * each
            for i in range(n):
                squares += (logs[i] - log_mean) ** 2
            out[1, t] = math.sqrt(squares * each)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _theil_within(
    x: Floats, w: Floats, logs: Floats, labels: Integers, groups: int
) -> tuple[float, float]:
    """Theil index and its part within groups; `x` in any order, `labels` in 0..groups - 1."""
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
        return np.nan, np.nan
    group_log = np.zeros(groups)  # log of the group's mean over the mean of all
    for g in range(groups):
        if held[g] > 0.0:
            group_log[g] = math.log((held[g] / people[g]) / (all_held / all_people))
    total = 0.0
    within = 0.0
    log_mean = math.log(all_held / all_people)
    for i in range(x.size):
        part = w[i] * x[i]
        if part > 0.0:
            log_ratio = logs[i] - log_mean
            total += part * log_ratio
            within += part * (log_ratio - group_log[labels[i]])
    return max(total / all_held, 0.0), max(within / all_held, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _theil_within_rows(x: Floats, w: Floats, labels: Integers, groups: int) -> Floats:
    out = np.empty((2, x.shape[0]))
    logs = np.empty(x.shape[1])
    for t in range(x.shape[0]):
        vector.log(x[t], logs)
        out[0, t], out[1, t] = _theil_within(x[t], w[t], logs, labels, groups)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _theil_cells(x: Floats, people: Floats, shares: Floats) -> Floats:
    """See `theil_cells`: total, within countries and between sexes, nats, (3, T)."""
    steps, n, cells = x.shape
    found = np.full((3, steps), np.nan)
    logs, means, mean_logs = np.empty(n * cells), np.empty((3, n)), np.empty(3 * n)
    entropy, half = np.empty(n), np.zeros((2, n))
    for c in range(n):
        for k in range(0, cells, 2):
            half[0, c] += shares[c, k]
            half[1, c] += shares[c, k + 1]
    part, parts = shares.ravel(), np.empty(n * cells)
    for t in range(steps):
        row = x[t].ravel()
        vector.log(row, logs)
        for k in range(n * cells):
            parts[k] = part[k] * row[k]
            logs[k] *= parts[k]  # nothing has no part: r ln r goes to 0 with r
        everybody = held = 0.0
        for c in range(n):
            women = men = by_log = by_log_of_men = 0.0
            for k in range(c * cells, (c + 1) * cells, 2):
                women += parts[k]
                men += parts[k + 1]
                by_log += logs[k]
                by_log_of_men += logs[k + 1]
            by_log += by_log_of_men
            whole = half[0, c] + half[1, c]
            entropy[c] = by_log
            means[0, c], means[1, c], means[2, c] = (
                (women + men) / whole, women / half[0, c], men / half[1, c]
            )  # fmt: skip
            everybody += people[t, c] * whole
            held += people[t, c] * (women + men)
        if not held > 0.0:
            found[2, t] = 0.0
            continue
        vector.log(means.ravel(), mean_logs)
        log_mean = math.log(held / everybody)
        total = within = between = 0.0
        for c in range(n):
            women, men = half[0, c] * means[1, c], half[1, c] * means[2, c]
            both = women + men
            total += people[t, c] * (entropy[c] - both * log_mean)
            within += people[t, c] * (entropy[c] - both * mean_logs[c])
            between += people[t, c] * (
                women * (mean_logs[n + c] - mean_logs[c])
                + men * (mean_logs[2 * n + c] - mean_logs[c])
            )
        found[0, t] = max(total / held, 0.0)
        found[1, t] = max(within / held, 0.0)
        found[2, t] = max(between / held, 0.0)
    return found


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


# Weighted by population


def profiles(x: ArrayLike, weights: ArrayLike | None = None) -> Profile:
    """The measures of `Profile` of each row, after one sort.

    Args:
        x: Values (T, n), not negative.
        weights: People (T, n), or (n,) for the same in each row, or None for one each.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    values = _checked(x, "x", 2)
    order = np.argsort(values, axis=1)
    return Profile(*_profiles(values, _checked_weights(weights, values), order))


def once(x: ArrayLike) -> Once:
    """The measures of `Once` of each row.

    Args:
        x: Values (T, n), not negative, n at least 1.

    Raises:
        ValueError: If a value is negative or not finite.
    """
    return Once(*_once(np.sort(_checked(x, "x", 2), axis=1)))


def gini(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient of values (n,), 0 (equality) up to 1 - 1/n unweighted; NaN if the mean is 0.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    return float(_profile(x, weights).gini)


def p90_p10_gap(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """P90 less P10 of values (n,), unit of x. Show it beside a relative measure.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.
    """
    return float(_profile(x, weights).p90_p10_gap)


def _profile(x: ArrayLike, weights: ArrayLike | None) -> Profile:
    """The measures of one row, (n,), without an axis."""
    values = _checked(x, "x")
    people = _checked_weights(weights, values)
    found = _profiles(values[None], people[None], np.argsort(values)[None])
    return Profile(*found[:, 0])


def theil_within(
    x: ArrayLike, weights: ArrayLike, labels: Integers, groups: int
) -> tuple[Floats, Floats]:
    """Theil's T and the part of it that lies within groups, sum_g s_g T_g, nats, (T,) each.

    s_g is the share of the total that group g holds. Both are NaN if nobody holds anything.

    Args:
        x: Values (T, n), not negative.
        weights: People (T, n).
        labels: Group of each column (n,), from 0 to below `groups`.
        groups: Number of groups.

    Raises:
        ValueError: If a value or weight is negative or not finite, or shapes differ.

    Source: Theil 1967; Shorrocks 1980.
    """
    values = _checked(x, "x", 2)
    total, within = _theil_within_rows(values, _checked_weights(weights, values), labels, groups)
    return total, within


def theil_cells(x: Floats, people: Floats, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Theil's T of the cells of all countries, and its parts, nats, (T,) each.

    The parts are what lies within countries, and what of that lies between the means of women and
    men of the same country. The first two are NaN if nobody holds anything, the last is 0.

    Args:
        x: Values, (T, n, cells), not negative, women and men in turn.
        people: People, (T, n).
        shares: Share of a country's people in each cell, (n, cells).

    Source: Theil 1967; Shorrocks 1980.
    """
    rows = (np.ascontiguousarray(each, dtype=np.float64) for each in (x, people, shares))
    total, within, sexes = _theil_cells(*rows)
    return total, within, sexes


class Grouping:
    """Countries in groups, and the share of the world's people in each, (T, groups).

    Args:
        labels: Group of each country, (n,).
        people: Their population, (T, n).
    """

    def __init__(self, labels: Integers, people: Floats) -> None:
        self.order = np.argsort(labels, kind="stable")
        self.first = np.flatnonzero(np.diff(labels[self.order], prepend=-1))
        self.people = self.sums(people)
        self.people /= self.people.sum(axis=1, keepdims=True)

    def sums(self, x: Floats) -> Floats:
        """Sum of `x`, (T, n), over the countries of each group, (T, groups)."""
        return np.add.reduceat(x[:, self.order], self.first, axis=1)

    def theil_between(self, held: Floats) -> Floats:
        """Theil index of the groups' means, (T,): sum_g s_g ln(s_g / n_g), nats.

        s_g is the share of the total that group g holds and n_g its share of the people.

        Args:
            held: What each country holds in all, (T, n).
        """
        share = self.sums(held)
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)  # a world may hold nothing
        logs = np.log(np.where(share > 0, share, self.people) / self.people)
        return np.maximum((share * logs).sum(axis=1), 0.0)


def share_of(part: Floats, total: Floats) -> Floats:
    """Part over total, 0 where the total is 0."""
    return np.divide(part, total, out=np.zeros_like(part), where=total != 0)


# Over time


@njit(cache=True, nogil=True, error_model="numpy")
def _when_reached(x: Floats, levels: Floats, times: Floats) -> Floats:
    reached = np.empty(x.shape)
    last = levels.size - 1
    for i in range(x.shape[1]):
        k = 0  # a country moves little in a step: the search begins where it ended
        for t in range(x.shape[0]):
            level = x[t, i]
            while k < last and levels[k + 1] <= level:
                k += 1
            while k > 0 and levels[k] > level:
                k -= 1
            if k == last or level <= levels[0]:
                reached[t, i] = times[k]
            else:
                slope = (times[k + 1] - times[k]) / (levels[k + 1] - levels[k])
                reached[t, i] = times[k] + slope * (level - levels[k])
    return reached


def when_reached(x: Floats, levels: Floats, times: Floats) -> Floats:
    """When a path last was at each of `x`, (T, n), straight between its points.

    What lies beyond its ends counts as these.

    Args:
        x: Levels to look for, (T, n).
        levels: The path, (k,), never falling.
        times: Its times, (k,).
    """
    rows = (np.ascontiguousarray(each, dtype=np.float64) for each in (x, levels, times))
    return _when_reached(*rows)


def beta(x: Floats, elapsed: Floats) -> Floats:
    """Slope of the yearly growth of ln x since the first row on ln x then, 1/year, (T,).

    Below 0 the laggards catch up. It is 0 at the start, and if all began at one level.

    Args:
        x: Levels (T, n).
        elapsed: Years since the first row, (T,).

    Source: Barro and Sala-i-Martin 1992 (unconditional form).
    """
    slopes = np.zeros(len(x))
    logs = np.log(np.maximum(x, 1e-12))
    centred = logs[0] - logs[0].mean()
    variance = (centred**2).sum()
    if variance > 0:
        # Row by row: the last bit of a matrix product would hang on how many rows there are.
        slopes[1:] = ((logs[1:] - logs[0]) * centred).sum(axis=1) / variance / elapsed[1:]
    return slopes
