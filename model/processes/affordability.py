"""Affordability: what an entry-level basket costs, and who can pay for it.

The price falls with technology, with independent routes (an assumed elasticity; what routes do
beyond the price is in `adoption`), with the backbone and with local data centres. Inside a
cell, incomes are log-normal, so the share who can pay is a normal distribution function.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from divide.model.declare.values import Affordability
from divide.model.run import Run

Array = NDArray[np.float64]


def affordable_share(
    income: Array, price: Array, value: Array, budget_share: float, dispersion: float
) -> Array:
    """Share of a cell that would pay `price` to be online.

    Args:
        income: Mean income of the cell, intl $/year.
        price: Price of the basket, intl $/month.
        value: Growth of the value of being online since the start and country effect, ln.
        budget_share: Share of income that people will spend.
        dispersion: Standard deviation of ln willingness to pay inside the cell.
    """
    return ndtr((np.log(budget_share * income / 12) - np.log(price) + value) / dispersion)


def wholesale(routes: Array, backbone: Array, watts: Array, p: Affordability) -> Array:
    """Part of the price, in logs, that infrastructure explains, (n,)."""
    return (
        -p.route_elasticity * np.log(routes)
        - p.backbone_effect * backbone
        - p.data_centre_effect * np.log1p(watts)
    )


def step(m: Run) -> None:
    """Prices fall; the value of being online grows; the subsidy in force is noted."""
    c, p, dt = m.state.countries, m.values.affordability, m.dt
    now = wholesale(c.routes, c.backbone, c.data_centres, p)
    c.basket *= np.exp(now - m.state.wholesale - p.price_decline * dt)
    m.state.wholesale = now
    m.state.value += p.value_growth * dt
    c.subsidy = m.in_force("price_subsidy")
    c.handset_help = m.in_force("handset_help")


def within_official_share(m: Run) -> Array:
    """Share of people for whom the basket costs at most the official 2 % of income, (n,)."""
    c, p = m.state.countries, m.values.affordability
    needed = c.basket * (1 - c.subsidy) * 12 / p.official_share
    z = (np.log(c.income / needed) - c.spread**2 / 2) / c.spread
    return ndtr(z)
