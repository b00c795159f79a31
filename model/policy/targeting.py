"""Which countries a lever reaches, and how an amount is shared among them.

A rule is read once, when the lever starts, and kept: a programme does not change its list each
quarter. The hub, which pays, is never a target of a rule; a list may name any country.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.policy.policy import LeverUse
from divide.model.run import Run

#: Population share of the eligible countries that a ranked rule ("first") reaches (assumed).
RANKED_SHARE = 1 / 3


def share_by_rule(m: Run, use: LeverUse) -> NDArray[np.float64]:
    """Share of an amount that goes to each country, (n,), summing to 1 (or all zero).

    A country is a target where its share is above zero. The ranked rules take BRI members in
    order, least connected or largest market first, until a third of their population is reached.
    """
    c = m.state.countries
    if isinstance(use.target, tuple):
        listed = np.zeros(m.n)
        listed[[m.row_of[code] for code in use.target]] = 1.0
        return _normalised(listed * c.population)
    others = np.ones(m.n)
    others[m.hub] = 0.0
    eligible = {
        "all": others,
        "bri_members": others * m.bri,
        "partners": others * (c.stages[:, 0] < 0.5),
        "least_connected": others * m.bri,
        "largest_market": others * m.bri,
    }[use.target]
    online = m.national(c.online)
    if use.target == "least_connected":
        return _normalised(_first(eligible * c.population, online) * (1 - online))
    if use.target == "largest_market":
        market = c.population * c.income * m.price_level * online
        return _normalised(_first(eligible * c.population, -market) * c.income)
    return _normalised(eligible * c.population)


def _first(population: NDArray[np.float64], rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Population of the countries that come first by `rank` until the ranked share is reached."""
    order = np.argsort(rank, kind="stable")
    before = np.cumsum(population[order]) - population[order]
    chosen = np.zeros_like(population)
    chosen[order] = before < RANKED_SHARE * population.sum()
    return population * chosen


def _normalised(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    total = weight.sum()
    return weight / total if total > 0 else weight
