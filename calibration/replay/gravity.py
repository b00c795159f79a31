"""Flows between pairs of countries, and the regressions that studies run on them."""

from collections.abc import Sequence

import numpy as np

from divide.calibration.replay.case import Array, Rows
from divide.model import DigitalDivideModel

#: Pairs of countries in which a friction is changed.
PAIRS = 24


def disjoint_pairs(m: DigitalDivideModel, count: int, seed: int) -> tuple[Rows, Rows]:
    """Pairs of countries, no country twice, among those with 30 to 88 % online."""
    # Azerbaijan stands on the upper limit: the last bit, another on each processor, must not count.
    online = np.round(m.national(m.state.countries.online), 9)
    able = np.flatnonzero((online > 0.3) & (online < 0.88))
    chosen = np.random.default_rng(seed).permutation(able)[: 2 * count]
    return chosen[:count], chosen[count:]


def change_in_pairs(before: Array, after: Array, one: Rows, two: Rows) -> tuple[float, float]:
    """Mean change of ln flows within pairs, outright and net of the countries' other flows.

    The second is what a regression with exporter and importer effects would find: the change of
    X_ij less the mean change of i's exports to, and j's imports from, everyone outside the pairs.
    Countries that export nothing in either case say nothing and are left out.
    """
    sells = (before.sum(axis=1) > 0) & (after.sum(axis=1) > 0)
    others = np.setdiff1d(np.flatnonzero(sells), np.concatenate([one, two]))
    off = ~np.eye(len(others), dtype=bool)
    grown = np.zeros_like(before)
    some = (before > 0) & (after > 0)
    grown[some] = np.log(after[some] / before[some])
    usual = grown[np.ix_(others, others)][off].mean()
    inside, net = [], []
    for i, j in [*zip(one, two, strict=True), *zip(two, one, strict=True)]:
        if not some[i, j]:
            continue
        inside.append(grown[i, j])
        net.append(grown[i, j] - grown[i, others].mean() - grown[others, j].mean() + usual)
    return float(np.mean(inside)), float(np.mean(net))


def ppml(flows: Array, regressors: Sequence[Array], tolerance: float = 1e-9) -> Array:
    """Coefficients of a gravity regression (see `ppml_with_errors`)."""
    return ppml_with_errors(flows, regressors, tolerance)[0]


def ppml_with_errors(
    flows: Array, regressors: Sequence[Array], tolerance: float = 1e-9
) -> tuple[Array, Array]:
    """Poisson pseudo-maximum likelihood with exporter and importer effects.

    Iterated weighted least squares; the effects are swept out by alternating weighted means
    (Santos Silva and Tenreyro 2006, Review of Economics and Statistics 88(4), for the estimator).

    Args:
        flows: From i to j, (n, n), not negative; the diagonal and NaN are left out.
        regressors: Each (n, n).
        tolerance: Change of the coefficients at which to stop.

    Returns:
        Coefficients and their standard errors, robust to any variance, (regressors,) each.

    Raises:
        RuntimeError: No convergence in 100 steps.
    """
    keep = ~np.eye(len(flows), dtype=bool) & np.isfinite(flows)
    y = np.where(keep, flows, 0.0) / flows[keep].mean()
    mu = np.where(keep, (y + 1.0) / 2, 0.0)
    beta = np.zeros(len(regressors))
    for _ in range(100):
        eta = np.log(np.where(keep, mu, 1.0))
        z = np.where(keep, eta + (y - mu) / np.where(keep, mu, 1.0), 0.0)
        swept = [_sweep(column, mu) for column in (z, *regressors)]
        x = np.stack([column[keep] for column in swept[1:]], axis=1)
        weighted = x * mu[keep][:, None]
        new = np.linalg.solve(weighted.T @ x, weighted.T @ swept[0][keep])
        residual = swept[0] - np.tensordot(new, np.stack(swept[1:]), axes=1)
        mu = np.where(keep, np.exp(np.clip(z - residual, -60, 60)), 0.0)
        if np.abs(new - beta).max() < tolerance:
            spread = x * (y - mu)[keep][:, None]
            inverse = np.linalg.inv(weighted.T @ x)
            return new, np.sqrt(np.diag(inverse @ (spread.T @ spread) @ inverse))
        beta = new
    raise RuntimeError("the gravity regression has not converged")


def _sweep(column: Array, weight: Array) -> Array:
    """What is left of a matrix when weighted row and column means are taken out."""
    left = np.where(weight > 0, column, 0.0)
    rows, columns = weight.sum(axis=1, keepdims=True), weight.sum(axis=0, keepdims=True)
    for _ in range(2_000):
        by_row = (left * weight).sum(axis=1, keepdims=True) / rows
        left = left - by_row
        by_column = (left * weight).sum(axis=0, keepdims=True) / columns
        left = left - by_column
        if max(np.abs(by_row).max(), np.abs(by_column).max()) < 1e-11:
            break
    return left
