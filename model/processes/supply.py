"""Supply: what online sellers of a country can deliver, relative to the start.

Real firms far outnumber the representative ones, whose luck is of the representation alone. So what
they do is averaged with what firms of their kind are expected to do, on the same odds: the more of
them sell at the start, the more their own luck counts. Seals of certified sellers raise completed
purchases, most at small shops (Özpolat, Gao, Jank and Viswanathan, draft of 2010); fairs raise
the sales of those who went, for a time.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from divide.model.agents.firm import EMPLOYED, FIXED
from divide.model.processes import firms
from divide.model.run import Run

Array = NDArray[np.float64]

#: Representative sellers of a country whose own luck counts as much as the expectation (assumed).
COUNTED = 200.0
#: Effect of a seal by size class, of that on a micro firm ("most for small shops"; assumed).
SEALED = np.array([1.0, 0.7, 0.3, 0.0])
_EMPLOYED = EMPLOYED.astype(float)


@njit(cache=True, nogil=True)
def approach(share: Array, odds: Array, speed: Array) -> None:
    """Move shares toward odds / (1 + odds), in place.

    Args:
        share: Share of firms with each state among those with the state before it, (n, kinds, 4);
            changed.
        odds: Odds of each state, (n, kinds, 4).
        speed: Share of the way that is gone, (4,).
    """
    for c in range(share.shape[0]):
        for k in range(share.shape[1]):
            for s in range(4):
                odd = odds[c, k, s]
                share[c, k, s] += speed[s] * (odd / (1 + odd) - share[c, k, s])


@njit(cache=True, nogil=True)
def levels(
    firms: Array, drawn: Array, capacity: Array, expected: Array, employed: Array, sealed: Array
) -> Array:
    """What home sellers and exporters supply: as drawn, then as expected, (4, n).

    Args:
        firms: Real firms by kind, (n, kinds).
        drawn: Share of representative firms with each state, (n, kinds, 4).
        capacity: Export capacity of representative firms by size class, (n, 4).
        expected: Share expected to have each state among those with the state before it,
            (n, kinds, 4).
        employed: Persons employed by a firm of each size class, (4,).
        sealed: Factor of seals by size class, (n, 4).
    """
    n, kinds = firms.shape
    sectors = kinds // 4
    found = np.zeros((4, n))
    for c in range(n):
        for k in range(kinds):
            size = k // sectors
            real = firms[c, k] * employed[size] * sealed[c, size]
            sells = expected[c, k, 0] * expected[c, k, 1] * expected[c, k, 2]
            found[0, c] += drawn[c, k, 2] * real
            found[2, c] += sells * real
            found[3, c] += sells * expected[c, k, 3] * real
        for size in range(4):
            found[1, c] += capacity[c, size] * employed[size] * sealed[c, size]
    return found


def begin(m: Run) -> None:
    """Remember the start: expected shares are where the odds of the start lead."""
    s = m.state
    own = firms.odds(m)
    s.expected_share = own / (1 + own)
    s.sellers_seen = s.firm_counts[:, :, 2:].sum(axis=1).astype(float)
    s.supply_at_start = _levels(m)
    s.income_at_start = s.countries.income.copy()


def step(m: Run) -> None:
    """Expected shares of firms in each state move with the odds, as firms themselves do."""
    p, s = m.values.firms, m.state
    speed = np.array([p.connect_speed, p.accept_speed, p.sell_speed, p.export_speed])
    approach(s.expected_share, s.firm_odds, 1 - np.exp(-speed * m.dt))


def relative(m: Run) -> Array:
    """Supply of home sellers and of exporters over that of the start, (2, n)."""
    s, p = m.state, m.values.trade
    now, then = _levels(m), s.supply_at_start
    some = then[:2] > 0
    drawn = np.divide(now[:2], then[:2], out=np.ones_like(now[:2]), where=some)
    seen = np.where(some, s.sellers_seen.T / (s.sellers_seen.T + COUNTED), 0.0)
    # From one, so that the start is one to the last bit.
    grown = 1 + seen * (drawn - 1) + (1 - seen) * (now[2:] / then[2:] - 1)
    grown *= (s.countries.income / s.income_at_start) ** p.income_exponent
    grown[1] *= np.exp(p.events_gain * s.countries.promotion)
    return grown


def _levels(m: Run) -> Array:
    s, effect = m.state, m.values.trade.seal_effect
    sealed = 1 + effect * s.countries.certification[:, None] * SEALED
    capacity = s.capacity / FIXED**2
    return levels(m.real_firms, s.firm_share, capacity, s.expected_share, _EMPLOYED, sealed)
