"""Supply: what online sellers of a country can deliver, relative to the start.

It is that of real firms, see `expected`. Seals of certified sellers raise completed
purchases, most at small shops (Özpolat, Gao, Jank and Viswanathan, draft of 2010); fairs raise
the sales of those who went, for a time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.agents.firm import EMPLOYED
from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]

#: Effect of a seal by size class, of that on a micro firm ("most for small shops"; assumed).
SEALED = np.array([1.0, 0.7, 0.3, 0.0])
_EMPLOYED = EMPLOYED.astype(float)


class Terms(NamedTuple):
    """Parameters of `supplied`."""

    income_exponent: float
    events_gain: float
    seal_effect: float


Sellers = tuple[Array, Array, Array, Array, Array, Array, Array, Terms]


@njit(cache=True, nogil=True, error_model="numpy")
def supplied(
    firms: Array,
    share: Array,
    capacity: Array,
    certification: Array,
    income: Array,
    income_at_start: Array,
    promotion: Array,
    p: Terms,
) -> Array:
    """What home sellers and exporters supply, persons employed, as rich as they are, (2, n).

    Args:
        firms: Real firms by kind, (n, kinds).
        share: Share of them with each state, (n, kinds, 4).
        capacity: What those that export can supply by size class, mean firms, (n, 4).
        certification: Share of products sold under security certification, (n,).
        income: Income per head, intl $ a year, (n,).
        income_at_start: The same at the start, (n,).
        promotion: Fairs that firms went to, (n,).
        p: Parameters.
    """
    n, kinds = firms.shape
    sectors = kinds // 4
    found = np.empty((2, n))
    ratio, richer, fairs = np.empty(n), np.empty(n), np.empty(n)
    for c in range(n):
        ratio[c], fairs[c] = income[c] / income_at_start[c], p.events_gain * promotion[c]
    vector.log(ratio, richer)
    for c in range(n):
        richer[c] *= p.income_exponent
    vector.exp(richer)
    vector.exp(fairs)
    for c in range(n):
        at_home = abroad = 0.0
        for size in range(4):
            selling = 0.0
            for k in range(size * sectors, (size + 1) * sectors):
                selling += share[c, k, 2] * firms[c, k]
            each = _EMPLOYED[size] * (1 + p.seal_effect * certification[c] * SEALED[size])
            at_home += selling * each
            abroad += capacity[c, size] * each
        found[0, c], found[1, c] = at_home * richer[c], abroad * richer[c] * fairs[c]
    return found


def begin(m: Run) -> None:
    """Remember the start."""
    m.state.income_at_start = m.state.countries.income.copy()
    m.state.supply_at_start = supplied(*sellers(m))


def sellers(m: Run) -> Sellers:
    """What `supplied` takes now."""
    c, s = m.state.countries, m.state
    return (
        m.real_firms, s.real_share, s.real_capacity, c.certification, c.income, s.income_at_start,
        c.promotion, m.values.trade.pick(Terms),
    )  # fmt: skip


def relative(m: Run) -> Array:
    """Supply of home sellers and of exporters over that of the start, (2, n)."""
    return supplied(*sellers(m)) / m.state.supply_at_start
