"""Which factors move an outcome, from any points: rank regression and forests, with intervals.

No method here asks how the points were chosen. Intervals are those of 95 % of resamples of the
points (percentile bootstrap, Efron 1979); a Latin hypercube spreads its points more evenly than
chance would, so that there they are a little too wide.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from divide.experiments.plan.design import Array
from divide.experiments.read.response import Response
from divide.model.declare.errors import InputError

RESAMPLES = 1_000
#: Points for each factor that a regression needs, and the least of any (assumed).
A_FACTOR, LEAST, LEAST_FOREST, LEAST_PAIR = 3, 20, 50, 10
#: Forests, each grown on a resample and judged on the points that are not in it, and their trees.
FORESTS, TREES, LEAF = 100, 30, 3
#: Two factors with a rank correlation beyond this cannot be told apart (assumed).
TOGETHER = 0.7
#: What a ranking hands back: its table, and what must be said beside it.
Ranking = tuple[pd.DataFrame, list[str]]


def regression(found: Response, seed: int = 1) -> Ranking:
    """Standardised rank regression coefficients (Iman and Conover 1979; Saltelli et al. 2000).

    Returns:
        One row a factor, the strongest first: factor, coefficient (standard deviations of the
        rank of the outcome for one of the factor, the others held fixed), lo95, hi95. The first
        note says what share of the variance of the ranks the regression explains.

    Raises:
        InputError: There are too few points, or two factors are one.
    """
    return _linear(found, seed, "regression", _coefficients)


def partial(found: Response, seed: int = 1) -> Ranking:
    """Partial rank correlations: the share that is a factor's own (Marino et al. 2008).

    Returns:
        As `regression`, with the column `correlation`, from -1 to 1.

    Raises:
        InputError: As for `regression`.
    """
    return _linear(found, seed, "partial", _partial)


def correlation(found: Response, seed: int = 1) -> Ranking:
    """Rank correlation of the outcome with each factor alone (Spearman 1904), for few points.

    Returns:
        As `partial`. A note says which size any of them reaches by chance, found by shuffling the
        outcome: with more factors than points intervals alone mislead.

    Raises:
        InputError: There are too few points.
    """
    found.check_points(LEAST_PAIR, "correlation")
    table = _table(found, "correlation", seed, _alone)
    return table, [_chance(found, seed), *together(found)]


def forest(found: Response, seed: int = 1) -> Ranking:
    """Permutation importance in random forests (Breiman 2001), on points that they have not seen.

    Each forest is grown on a resample of the points. The importance of a factor is how much less of
    the variance of the other points it explains once the factor is shuffled among them: bends and
    interplay count, and a factor that does nothing has nothing, give or take.

    Returns:
        One row a factor, the strongest first: factor, importance, lo95, hi95. The first note says
        what the forests explain of points that they have not seen.

    Raises:
        InputError: There are too few points.
    """
    from sklearn.ensemble import RandomForestRegressor  # takes a second to load

    found.check_points(LEAST_FOREST, "forest")
    x, y, n = found.x, found.y, len(found.y)
    rng = np.random.default_rng(seed)
    drops, scores = [], []
    for _ in range(FORESTS):
        drawn = rng.integers(0, n, n)
        unseen = np.setdiff1d(np.arange(n), drawn)
        grown = RandomForestRegressor(
            TREES, min_samples_leaf=LEAF, random_state=int(rng.integers(2**31))
        ).fit(x[drawn], y[drawn])
        drop, score = _drops(grown.predict, x[unseen], y[unseen], float(y.var()), rng)
        drops.append(drop)
        scores.append(score)
    table = by_size(found, "importance", np.mean(drops, axis=0), np.array(drops))
    low, high = np.quantile(scores, [0.025, 0.975])
    note = (
        f"forests explain {np.mean(scores):.0%} of the variance of points that they have not seen "
        f"({low:.0%} to {high:.0%})"
    )
    return table, [note, *together(found)]


def _drops(
    predict: Callable[[Array], Array], x: Array, y: Array, variance: float, rng: np.random.Generator
) -> tuple[Array, float]:
    """Share explained that is lost as each factor is shuffled, (factors,), and the share."""

    def explained(points: Array) -> float:
        return 1 - float(np.mean((predict(points) - y) ** 2)) / variance

    whole = explained(x)
    drop = np.zeros(x.shape[1])
    for k in range(x.shape[1]):
        shuffled = x.copy()
        shuffled[:, k] = rng.permutation(x[:, k])
        drop[k] = whole - explained(shuffled)
    return drop, whole


def _linear(found: Response, seed: int, method: str, index: Callable[[Array], Array]) -> Ranking:
    found.check_points(max(LEAST, A_FACTOR * (found.factors.shape[1] + 1)), method)
    ranks, count = ranked(found), len(found.factors.columns)
    if np.linalg.matrix_rank(_correlations(ranks)[:-1, :-1], tol=1e-8) < count:
        pair = together(found) or ["some of the factors follow from the others"]
        raise InputError(f"{method} cannot tell the factors apart: {pair[0]}; ask for correlation")
    column = "coefficient" if method == "regression" else "correlation"
    table = _table(found, column, seed, index)
    explained = _solved(ranks)[1]
    adjusted = 1 - (1 - explained) * (len(found.y) - 1) / (len(found.y) - 1 - count)
    note = f"the ranks of the factors explain {max(adjusted, 0):.0%} of the variance of its ranks"
    if adjusted < TOGETHER:
        note += "; the rest is luck, interplay, or an effect that turns (see --method forest)"
    return table, [note, *together(found)]


def _table(
    found: Response, column: str, seed: int, index: Callable[[Array], Array]
) -> pd.DataFrame:
    """An index of every factor from the rank correlations, with its bootstrap."""
    ranks, n = ranked(found), len(found.y)
    rng = np.random.default_rng(seed)
    again = [index(ranks[rng.integers(0, n, n)]) for _ in range(RESAMPLES)]
    return by_size(found, column, index(ranks), np.array(again))


def by_size(found: Response, column: str, middle: Array, resampled: Array) -> pd.DataFrame:
    """One row a factor, the largest in size first; `resampled` is (resamples, factors)."""
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    names = list(found.factors.columns)
    table = pd.DataFrame({"factor": names, column: middle, "lo95": low, "hi95": high})
    order = np.argsort(-np.abs(middle), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def ranked(found: Response) -> Array:
    """Ranks of the factors and, last, of the outcome, (points, factors + 1)."""
    return found.factors.assign(**{"": found.y}).rank().to_numpy(float)


def _unit(columns: Array) -> Array:
    """Columns with mean 0 and length 1; one without spread is 0."""
    centred = columns - columns.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    return centred / np.where(length > 0, length, 1)


def _correlations(columns: Array) -> Array:
    """Correlation of every two columns; that of a column without spread is 0."""
    unit = _unit(columns)
    made = unit.T @ unit
    np.fill_diagonal(made, 1.0)
    return made


def _alone(ranks: Array) -> Array:
    """Correlation of each column with the last."""
    unit = _unit(ranks)
    return unit[:, -1] @ unit[:, :-1]


def _coefficients(ranks: Array) -> Array:
    return _solved(ranks)[0]


def _partial(ranks: Array) -> Array:
    """From what leaving a factor out would cost: own / (own + what nothing explains)."""
    slope, explained, inflation = _solved(ranks)
    return slope / np.sqrt(slope**2 + max(1 - explained, 1e-12) * inflation)


def _solved(ranks: Array) -> tuple[Array, float, Array]:
    """Coefficients, share of the variance explained, and how much each variance is inflated."""
    r = _correlations(ranks)
    inverse = np.linalg.pinv(r[:-1, :-1], hermitian=True)
    slope = inverse @ r[:-1, -1]
    return slope, min(float(slope @ r[:-1, -1]), 1.0), np.abs(np.diag(inverse))


def _chance(found: Response, seed: int) -> str:
    """What the largest rank correlation of all comes to if the outcome is shuffled."""
    unit = _unit(ranked(found))
    rng = np.random.default_rng([seed, 1])
    largest = [np.abs(rng.permutation(unit[:, -1]) @ unit[:, :-1]).max() for _ in range(RESAMPLES)]
    return (
        f"chance alone brings the largest of {unit.shape[1] - 1:,} to "
        f"{np.quantile(largest, 0.95):.2f} in one of 20 shuffles; what is smaller may be chance"
    )


def together(found: Response) -> list[str]:
    """A line on the two factors that go together most, if they cannot be told apart."""
    r = np.abs(np.triu(_correlations(ranked(found))[:-1, :-1], 1))
    if r.size == 0 or r.max() < TOGETHER:
        return []
    i, j = np.unravel_index(int(r.argmax()), r.shape)
    names = list(found.factors.columns)
    several = int((r >= TOGETHER).sum())
    more = f", and {several - 1} more pairs do" if several > 1 else ""
    return [f"{names[i]} and {names[j]} move together (rank correlation {r[i, j]:.2f}){more}"]
