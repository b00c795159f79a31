"""Affordability: what an entry-level basket costs, and what people pay for it.

The price falls with technology, with independent routes (an elasticity; what routes do beyond the
price is in `adoption`), with the backbone and with local data centres. What the price does to
adoption is in `adoption`.
"""

from math import erfc

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
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


@njit(cache=True, nogil=True)
def fall(basket: Array, now: Array, before: Array, decline: float) -> None:
    """The price of the basket, (n,), follows infrastructure, ln, and technology; in place."""
    for i in range(basket.size):
        basket[i] *= np.exp(now[i] - before[i] - decline)


def step(m: Run) -> None:
    """Prices fall; the subsidies in force are noted; those who can pay no more leave."""
    c, p = m.state.countries, m.values.affordability
    before = paid(m)
    now = wholesale(c.routes, c.backbone, c.data_centres, p)
    fall(c.basket, now, m.state.wholesale, p.price_decline * m.dt)
    m.state.wholesale = now
    c.subsidy = m.in_force("price_subsidy")
    c.handset_help = m.in_force("handset_help")
    leave_at_once(c.online, paid(m) / before, p.exit)


@njit(cache=True, nogil=True)
def leave_at_once(online: Array, rise: Array, rate: float) -> None:
    """Those whose affordability has gone leave at once, in place; others lag and leave slowly.

    Args:
        online: Share online, (n, cells).
        rise: Price paid over that of the step before, (n,).
        rate: Users lost, ln, per ln of the price.
    """
    for i in range(rise.size):
        if rise[i] > 1:
            stays = rise[i] ** -rate
            for j in range(online.shape[1]):
                online[i, j] *= stays


@njit(cache=True, nogil=True)
def within(income: Array, needed: Array, spread: Array) -> Array:
    """Share of people of a log-normal income, (n,), who have at least what is needed.

    The normal distribution function is written by the complementary error function, which keeps
    its digits in the lower tail.
    """
    share = np.empty(income.size)
    for i in range(income.size):
        z = (np.log(income[i] / needed[i]) - spread[i] ** 2 / 2) / spread[i]
        share[i] = 0.5 * erfc(-z / np.sqrt(2.0))
    return share


def within_official_share(m: Run) -> Array:
    """Share of people for whom the basket costs at most the official 2 % of income, (n,)."""
    c, p = m.state.countries, m.values.affordability
    return within(c.income, paid(m) * 12 / p.official_share, c.spread)
