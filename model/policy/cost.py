"""What a degree of a policy costs in each country: by population and income, users, buyers, firms.

A programme for a nation of ten thousand and one for a billion do not cost the same. A degree has a
fixed part (an office, a system) and a part per head, which rises with local wages.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import Lever
from divide.model.processes import payments
from divide.model.run import Run

Array = NDArray[np.float64]


def data_bill(m: Run) -> Array:
    """US$ a year that all users pay for data, (n,)."""
    c = m.state.countries
    return 12 * c.basket * m.price_level * m.national(c.online) * c.population


def handset_buyers(m: Run) -> Array:
    """People who buy a handset, a year, (n,): those who came online, and users who renew theirs.

    A programme cannot tell first buyers from others (assumed): most of the money goes to people
    who would have bought.
    """
    c, s = m.state.countries, m.state
    online, ring = m.national(c.online), s.online_before
    years = min(1.0, s.elapsed)
    ago = s.step - 1 - round(years / m.dt)
    came = np.maximum(online - ring[ago % len(ring)], 0.0) / years if years > 0 else 0.0 * online
    return (came + online / m.values.infrastructure.handset_years) * c.population


def handset_bill(m: Run) -> Array:
    """US$ a year that all buyers pay for handsets, (n,)."""
    return m.values.infrastructure.handset_price * handset_buyers(m)


def degree_costs(m: Run, levers: Sequence[Lever]) -> Array:
    """US$ a year of levers at full strength in each country, (levers, n)."""
    heads = m.state.countries.population * m.local_cost()
    fixed = np.array([[lever.usd_per_unit or 0.0] for lever in levers])
    usd = fixed + np.array([[lever.usd_per_head] for lever in levers]) * heads
    for row, lever in enumerate(levers):
        if lever.per == "data" or (lever.usd_per_unit is None and lever.per == "country"):
            usd[row] = data_bill(m)
        elif lever.per == "handsets":
            usd[row] = handset_bill(m)
        elif lever.per == "payments":
            usd[row] = payments.value(m)
        elif lever.per == "firms":
            # Those who accept already need no visit.
            left = 1 - m.state.countries.acceptance
            usd[row] = fixed[row] * m.firms_by_country * left * m.local_cost()
        elif lever.per == "nothing":
            usd[row] = 0.0
    return usd
