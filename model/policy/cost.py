"""What a degree of a policy costs in each country: by population and income, users, buyers, firms.

A programme for a nation of ten thousand and one for a billion do not cost the same. A degree has a
fixed part (an office, a system) and a part per head, which rises with local wages.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.declare.levers import Lever
from divide.model.policy.tariff import BY_FIRM, BY_HEAD, SHARES, tariff
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


#: What some degrees are a share of, US$ a year, (n,), in the order of `SHARES`.
BILLS = dict(zip(SHARES, (data_bill, handset_bill, payments.value), strict=True))


def bills(m: Run, names: Sequence[str]) -> Array:
    """What degrees are a share of, by name in `BILLS`, US$ a year, (names, n)."""
    found = np.empty((len(names), m.n))
    for row, name in enumerate(names):
        found[row] = BILLS[name](m)
    return found


def degree_costs(m: Run, levers: Sequence[Lever]) -> Array:
    """US$ a year of levers at full strength in each country, (levers, n)."""
    c, by = m.state.countries, tariff(levers)
    found: Array = yearly_costs(
        by.kind, by.fixed, by.per_head, bills(m, by.bills), c.population, m.firms_by_country,
        c.acceptance, m.local_cost(),
    )  # fmt: skip
    return found


@njit(cache=True, nogil=True, inline="always")
def yearly_costs(
    kind: NDArray[np.int64],
    fixed: Array,
    per_head: Array,
    bills: Array,
    population: Array,
    firms: Array,
    acceptance: Array,
    local: Array,
) -> Array:
    """US$ a year of levers at full strength, (levers, n).

    Args:
        kind: How they are paid for, see `Tariff`, (levers,).
        fixed: US$ a year and country or firm, (levers,).
        per_head: US$ a year and person, (levers,).
        bills: What some are a share of, US$ a year, (bills, n).
        population: Inhabitants, (n,).
        firms: Real firms, (n,).
        acceptance: Share of them that accept digital payment already and need no visit, (n,).
        local: Cost of local work, (n,).
    """
    usd = np.zeros((kind.size, local.size))
    for row in range(kind.size):
        for i in range(local.size):
            if kind[row] >= 0:
                usd[row, i] = bills[kind[row], i]
            elif kind[row] == BY_HEAD:
                usd[row, i] = fixed[row] + per_head[row] * (population[i] * local[i])
            elif kind[row] == BY_FIRM:
                usd[row, i] = fixed[row] * firms[i] * (1 - acceptance[i]) * local[i]
    return usd
