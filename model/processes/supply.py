"""Supply: what online sellers of a country can deliver, relative to the start.

It is that of real firms, see `expected`. Seals of certified sellers raise completed
purchases, most at small shops (Özpolat, Gao, Jank and Viswanathan, draft of 2010); fairs raise
the sales of those who went, for a time.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.firm import EMPLOYED
from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]

#: Effect of a seal by size class, of that on a micro firm ("most for small shops"; assumed).
SEALED = np.array([1.0, 0.7, 0.3, 0.0])
_EMPLOYED = EMPLOYED.astype(float)


@njit(cache=True, nogil=True)
def levels(firms: Array, share: Array, capacity: Array, employed: Array, sealed: Array) -> Array:
    """What home sellers and exporters supply, persons employed, (2, n).

    Args:
        firms: Real firms by kind, (n, kinds).
        share: Share of them with each state, (n, kinds, 4).
        capacity: What those that export can supply by size class, mean firms, (n, 4).
        employed: Persons employed by a firm of each size class, (4,).
        sealed: Factor of seals by size class, (n, 4).
    """
    n, kinds = firms.shape
    sectors = kinds // 4
    found = np.zeros((2, n))
    for c in range(n):
        for k in range(kinds):
            size = k // sectors
            found[0, c] += share[c, k, 2] * firms[c, k] * employed[size] * sealed[c, size]
        for size in range(4):
            found[1, c] += capacity[c, size] * employed[size] * sealed[c, size]
    return found


def begin(m: Run) -> None:
    """Remember the start."""
    m.state.supply_at_start = _levels(m)
    m.state.income_at_start = m.state.countries.income.copy()


def relative(m: Run) -> Array:
    """Supply of home sellers and of exporters over that of the start, (2, n)."""
    s, p = m.state, m.values.trade
    richer = (s.countries.income / s.income_at_start) ** p.income_exponent
    fairs = np.exp(p.events_gain * s.countries.promotion)
    change = _levels(m) / s.supply_at_start * richer
    change[1] *= fairs
    return change


def _levels(m: Run) -> Array:
    s, effect = m.state, m.values.trade.seal_effect
    sealed = 1 + effect * s.countries.certification[:, None] * SEALED
    return levels(m.real_firms, s.real_share, s.real_capacity, _EMPLOYED, sealed)
