"""Supply: what online sellers of a country can deliver, relative to the start.

Real firms far outnumber the representative ones, whose luck is of the representation alone. So what
they do is averaged with what firms of their kind are expected to do, on the same odds: the more of
them sell at the start, the more their own luck counts. Seals of certified sellers raise completed
purchases, most at small shops (Özpolat, Gao, Jank and Viswanathan, draft of 2010); fairs raise
the sales of those who went, for a time.
"""

from typing import NamedTuple

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


@njit(cache=True, nogil=True, error_model="numpy")
def approach(share: Array, odds: Array, speed: Array) -> None:
    """Move shares toward odds / (1 + odds), in place.

    Args:
        share: Share of firms with each state among those with the state before it, (n, kinds, 4);
            changed.
        odds: Odds of each state, (n, kinds, 4).
        speed: Share of the way that is gone, (4,).
    """
    n, kinds = share.shape[:2]
    # One long loop a country, which the compiler vectorises.
    shares, chances = share.reshape(n, kinds * 4), odds.reshape(n, kinds * 4)
    pace = np.empty(kinds * 4)
    for x in range(kinds * 4):
        pace[x] = speed[x % 4]
    for c in range(n):
        for x in range(kinds * 4):
            odd = chances[c, x]
            shares[c, x] += pace[x] * (odd / (1 + odd) - shares[c, x])


@njit(cache=True, nogil=True)
def levels(
    firms: Array,
    drawn: Array,
    capacity: NDArray[np.int64],
    expected: Array,
    certification: Array,
    effect: float,
) -> Array:
    """What home sellers and exporters supply: as drawn, then as expected, (4, n).

    Args:
        firms: Real firms by kind, (n, kinds).
        drawn: Share of representative firms with each state, (n, kinds, 4).
        capacity: Export capacity of representative firms by size class, fixed point, (n, 4).
        expected: Share expected to have each state among those with the state before it,
            (n, kinds, 4).
        certification: Share of products certified, (n,).
        effect: What a seal adds to the sales of a micro firm.
    """
    n, kinds = firms.shape
    sectors = kinds // 4
    found = np.empty((4, n))
    for c in range(n):
        home = abroad = sell = export = 0.0
        for size in range(4):
            sealed = _EMPLOYED[size] * (1 + effect * certification[c] * SEALED[size])
            abroad += capacity[c, size] / FIXED**2 * sealed
            for k in range(size * sectors, (size + 1) * sectors):
                real = firms[c, k] * sealed
                sells = expected[c, k, 0] * expected[c, k, 1] * expected[c, k, 2]
                home += drawn[c, k, 2] * real
                sell += sells * real
                export += sells * expected[c, k, 3] * real
        found[0, c], found[1, c], found[2, c], found[3, c] = home, abroad, sell, export
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def grown(now: Array, then: Array, sellers: Array, others: Array) -> Array:
    """Change of what home sellers and exporters supply, (2, n); one to the last bit at no change.

    Args:
        now: As `levels` returns it, (4, n).
        then: The same at the start.
        sellers: Representative firms that sold and that exported at the start, (n, 2).
        others: Change that all sellers of a country share, and exporters' on top, (2, n).
    """
    n = now.shape[1]
    change = np.empty((2, n))
    for side in range(2):
        for c in range(n):
            lucky, expected = 0.0, now[2 + side, c] / then[2 + side, c] - 1
            seen = 0.0
            if then[side, c] > 0:
                lucky = now[side, c] / then[side, c] - 1
                seen = sellers[c, side] / (sellers[c, side] + COUNTED)
            change[side, c] = (1 + seen * lucky + (1 - seen) * expected) * others[0, c]
    change[1] *= others[1]
    return change


class Start(NamedTuple):
    """What supply is compared with.

    Attributes:
        supply: As `levels` returned it, (4, n).
        sellers: Representative firms that sold and that exported, (n, 2).
        income: Income per head, (n,).
    """

    supply: Array
    sellers: Array
    income: Array


@njit(cache=True, nogil=True, error_model="numpy")
def change(
    firms: Array,
    drawn: Array,
    capacity: NDArray[np.int64],
    expected: Array,
    certification: Array,
    effect: float,
    start: Start,
    income: Array,
    exponent: float,
    promotion: Array,
    gain: float,
) -> Array:
    """Supply of home sellers and of exporters over that of the start, (2, n).

    Args:
        firms: See `levels`, like the next five.
        drawn: See `levels`.
        capacity: See `levels`.
        expected: See `levels`.
        certification: See `levels`.
        effect: See `levels`.
        start: What it is compared with.
        income: Income per head, (n,).
        exponent: Elasticity of what sellers supply to it.
        promotion: Firms reached by fairs, 0-1, (n,).
        gain: What fairs add to exports, ln.
    """
    others = np.empty((2, income.size))
    for i in range(income.size):
        others[0, i] = (income[i] / start.income[i]) ** exponent
        others[1, i] = np.exp(gain * promotion[i])
    now = levels(firms, drawn, capacity, expected, certification, effect)
    return grown(now, start.supply, start.sellers, others)


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
    approach(m.state.expected_share, m.state.firm_odds, firms.speed(m))


def relative(m: Run) -> Array:
    """Supply of home sellers and of exporters over that of the start, (2, n)."""
    s, p, c = m.state, m.values.trade, m.state.countries
    return change(
        m.real_firms, s.firm_share, s.capacity, s.expected_share, c.certification, p.seal_effect,
        Start(s.supply_at_start, s.sellers_seen, s.income_at_start), c.income, p.income_exponent,
        c.promotion, p.events_gain,
    )  # fmt: skip


def _levels(m: Run) -> Array:
    s, effect = m.state, m.values.trade.seal_effect
    certified = s.countries.certification
    return levels(m.real_firms, s.firm_share, s.capacity, s.expected_share, certified, effect)
