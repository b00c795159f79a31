"""Affordability: what an entry-level basket costs, and what people pay for it.

The price falls with technology, with independent routes (an elasticity; what routes do beyond the
price is in `adoption`), with the backbone and with local data centres. What the price does to
adoption is in `adoption`.
"""

from math import erfc
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]


class Terms(NamedTuple):
    """Parameters of prices; see `parameters/affordability.yaml`."""

    route_elasticity: float
    backbone_effect: float
    data_centre_effect: float
    price_decline: float
    exit: float


@njit(cache=True, nogil=True, error_model="numpy")
def wholesale(routes: Array, backbone: Array, watts: Array, p: Terms) -> Array:
    """Part of the price, in logs, that infrastructure explains, (n,) each."""
    n = routes.size
    ratios, logs, part = np.empty(2 * n), np.empty(2 * n), np.empty(n)
    for i in range(n):
        ratios[i], ratios[n + i] = routes[i], 1 + watts[i]
    vector.log(ratios, logs)
    for i in range(n):
        by_land = p.route_elasticity * logs[i] + p.backbone_effect * backbone[i]
        part[i] = -by_land - p.data_centre_effect * logs[n + i]
    return part


def price_paid(basket: Array, subsidy: Array) -> Array:
    """What people pay for a basket after the subsidy, same shape as both."""
    return basket * np.maximum(1 - subsidy, 0.02)


def paid(m: Run) -> Array:
    """What people pay for the basket after the subsidy, intl $ a month, (n,)."""
    c = m.state.countries
    return price_paid(c.basket, c.subsidy)


_paid = njit(inline="always")(price_paid)


@njit(cache=True, nogil=True, error_model="numpy")
def reprice(
    basket: Array,
    online: Array,
    explained: Array,
    routes: Array,
    backbone: Array,
    watts: Array,
    subsidy: Array,
    next_subsidy: Array,
    p: Terms,
    dt: float,
) -> None:
    """One step of the price, and of those who can pay no more; changes the first three.

    The price follows infrastructure and technology. Those whose affordability has gone leave at
    once, a share of users by the rise of the price paid; others lag and leave slowly.

    Args:
        basket: Price of the basket, (n,).
        online: Share online, (n, cells).
        explained: What `wholesale` gave in the step before, (n,).
        routes: Routes abroad, (n,), like the next four.
        backbone: Completeness of the national fibre backbone.
        watts: Data centres, watts a person.
        subsidy: Share of the basket paid by policy in the step before; below zero a tax.
        next_subsidy: The same in this step.
        p: Parameters.
        dt: Length of the step, years.
    """
    n, decline = basket.size, p.price_decline * dt
    now = wholesale(routes, backbone, watts, p)
    factor = np.empty(n)
    for i in range(n):
        factor[i] = now[i] - explained[i] - decline
    vector.exp(factor)
    for i in range(n):
        before, explained[i] = _paid(basket[i], subsidy[i]), now[i]
        basket[i] *= factor[i]
        rise = _paid(basket[i], next_subsidy[i]) / before
        if rise > 1:
            stays = rise**-p.exit
            for j in range(online.shape[1]):
                online[i, j] *= stays


def step(m: Run) -> None:
    """Prices fall; the subsidies in force are noted; those who can pay no more leave."""
    c = m.state.countries
    before, c.subsidy = c.subsidy, m.in_force("price_subsidy")
    c.handset_help = m.in_force("handset_help")
    reprice(
        c.basket, c.online, m.state.wholesale, c.routes, c.backbone, c.data_centres,
        before, c.subsidy, m.values.affordability.pick(Terms), m.dt,
    )  # fmt: skip


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
