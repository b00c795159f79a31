"""What a degree of a policy costs in each country: by population and income, users, buyers, firms.

A programme for a nation of ten thousand and one for a billion do not cost the same. A degree has a
fixed part (an office, a system) and a part per head, which rises with local wages.
"""

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


def degree_cost(m: Run, lever: Lever, heads: Array | None = None) -> Array:
    """US$ a year of a lever at full strength in each country, (n,).

    Args:
        m: The run.
        lever: The lever.
        heads: Population times local cost, (n,), where it is known already.
    """
    if lever.per == "data" or (lever.usd_per_unit is None and lever.per == "country"):
        return data_bill(m)
    if lever.per == "handsets":
        return handset_bill(m)
    unit = lever.usd_per_unit or 0.0
    if lever.per == "nothing":
        return np.zeros(m.n)
    if lever.per == "payments":
        return payments.value(m)
    if lever.per == "firms":
        # Those who accept already need no visit.
        left = 1 - m.state.countries.acceptance
        return unit * m.firms_by_country * left * m.local_cost()
    if heads is None:
        heads = m.state.countries.population * m.local_cost()
    return unit + lever.usd_per_head * heads
