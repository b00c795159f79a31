"""Affordability: what an entry-level basket costs, and what people pay for it.

The price falls with technology, with independent routes (an elasticity; what routes do beyond the
price is in `adoption`), with the backbone and with local data centres. What the price does to
adoption is in `adoption`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from divide.model.declare.values import Affordability
from divide.model.run import Run

Array = NDArray[np.float64]


def wholesale(routes: Array, backbone: Array, watts: Array, p: Affordability) -> Array:
    """Part of the price, in logs, that infrastructure explains, (n,)."""
    return (
        -p.route_elasticity * np.log(routes)
        - p.backbone_effect * backbone
        - p.data_centre_effect * np.log1p(watts)
    )


def paid(m: Run) -> Array:
    """What people pay for the basket after the subsidy, intl $ a month, (n,)."""
    c = m.state.countries
    return c.basket * np.maximum(1 - c.subsidy, 0.02)


def step(m: Run) -> None:
    """Prices fall; the subsidies in force are noted; those who can pay no more leave."""
    c, p, dt = m.state.countries, m.values.affordability, m.dt
    before = paid(m)
    now = wholesale(c.routes, c.backbone, c.data_centres, p)
    c.basket *= np.exp(now - m.state.wholesale - p.price_decline * dt)
    m.state.wholesale = now
    c.subsidy = m.in_force("price_subsidy")
    c.handset_help = m.in_force("handset_help")
    leave_at_once(c.online, paid(m) / before, p.exit)


def leave_at_once(online: Array, rise: Array, rate: float) -> None:
    """Those whose affordability has gone leave at once, in place; others lag and leave slowly.

    Args:
        online: Share online, (n, cells).
        rise: Price paid over that of the step before, (n,).
        rate: Users lost, ln, per ln of the price.
    """
    if (rise > 1).any():
        online *= np.maximum(rise, 1.0)[:, None] ** -rate


def within_official_share(m: Run) -> Array:
    """Share of people for whom the basket costs at most the official 2 % of income, (n,)."""
    c, p = m.state.countries, m.values.affordability
    needed = paid(m) * 12 / p.official_share
    z = (np.log(c.income / needed) - c.spread**2 / 2) / c.spread
    return ndtr(z)
