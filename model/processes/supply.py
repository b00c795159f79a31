"""Supply: what online sellers of a country can deliver, relative to the start.

Real firms far outnumber the representative ones, whose luck is of the representation alone. So what
they do is averaged with what firms of their kind are expected to do, on the same odds: the more of
them sell at the start, the more their own luck counts. Seals of certified sellers raise completed
purchases, most at small shops (Özpolat and Jank 2015); fairs raise the sales of those who went, for
a time.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.processes import firms
from divide.model.processes.firms import EMPLOYED, FIXED
from divide.model.run import Run

Array = NDArray[np.float64]

#: Representative sellers of a country whose own luck counts as much as the expectation (assumed).
COUNTED = 200.0
#: Effect of a seal by size class, of that on a micro firm ("most for small shops"; assumed).
SEALED = np.array([1.0, 0.7, 0.3, 0.0])
_SIZE = np.repeat(np.arange(4), 4)


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
    own = firms.odds(m)
    s.expected_share += (1 - np.exp(-speed * m.dt)) * (own / (1 + own) - s.expected_share)


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
    """What home sellers and exporters supply: as drawn, then as expected, (4, n)."""
    s, p = m.state, m.values.trade
    sealed = 1 + p.seal_effect * s.countries.certification[:, None] * SEALED
    real = m.real_firms * EMPLOYED[_SIZE] * sealed[:, _SIZE]
    expected = s.expected_share[:, :, 0] * s.expected_share[:, :, 1] * s.expected_share[:, :, 2]
    return np.stack(
        [
            (s.firm_share[:, :, 2] * real).sum(axis=1),
            (s.capacity / FIXED**2 * EMPLOYED * sealed).sum(axis=1),
            (expected * real).sum(axis=1),
            (expected * s.expected_share[:, :, 3] * real).sum(axis=1),
        ]
    )
