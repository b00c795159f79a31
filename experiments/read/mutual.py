"""Mutual information of an outcome with each factor: any bend counts, and no model is fitted.

The estimate is scikit-learn's, from the distances of nearest neighbours (Kraskov, Stögbauer and
Grassberger 2004; Ross 2014 for a factor with few values), on ranks, which leave it as it is and
keep a few extreme runs from mattering.
"""

import numpy as np

from divide.experiments.plan.design import Array
from divide.experiments.read.ranking import LEAST_FOREST, Ranking, by_size, ranked, together
from divide.experiments.read.response import Response

#: Halves of the points that give an interval, and shuffles that say what chance does: that one
#: thing exceeds all of 19 has a chance of one in 20.
HALVES, SHUFFLES = 100, 19
#: A factor with at most this share of the points as values is taken as one of a few (assumed).
FEW = 0.1


def information(found: Response, seed: int = 1) -> Ranking:
    """Mutual information with each factor alone, in nats.

    Resamples with repeats would bring neighbours at no distance, so the interval is that of halves
    of the points drawn without repeats, whose spread is that of resamples of all (Politis, Romano
    and Wolf 1999), about the estimate from all.

    Returns:
        One row a factor, the strongest first: factor, information, lo95, hi95, and correlation,
        the size of the correlation that would tell as much (Linfoot 1957). The first note says
        what chance alone brings.

    Raises:
        InputError: There are too few points.
    """
    found.check_points(LEAST_FOREST, "information")
    columns = ranked(found)
    x, y, n = columns[:, :-1], columns[:, -1], len(columns)
    rng = np.random.default_rng(seed)
    middle = _estimate(x, y, seed)
    halves = [rng.permutation(n)[: n // 2] for _ in range(HALVES)]
    spread = np.array([_estimate(x[half], y[half], seed) for half in halves])
    around = np.maximum(middle + spread - spread.mean(axis=0), 0.0)
    table = by_size(found, "information", middle, around)
    table["correlation"] = np.sqrt(1 - np.exp(-2 * table["information"]))
    chance = max(float(_estimate(x, rng.permutation(y), seed).max()) for _ in range(SHUFFLES))
    note = (
        f"chance alone brings the largest of {x.shape[1]:,} to {chance:.2f} in one of "
        f"{SHUFFLES + 1} shuffles; what is smaller may be chance"
    )
    return table, [note, "each factor is looked at alone: interplay is not seen", *together(found)]


def _estimate(x: Array, y: Array, seed: int) -> Array:
    """Mutual information of y with each column, (factors,)."""
    from sklearn.feature_selection import mutual_info_regression  # takes a second to load

    few = np.array([len(np.unique(column)) <= FEW * len(y) for column in x.T])
    made: Array = mutual_info_regression(x, y, discrete_features=few, random_state=seed)
    return made
