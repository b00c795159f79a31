"""Growth: income and population follow their trend, and connectivity adds a level effect.

Published effects of broadband on growth (Czernich et al. 2011) hold for a rise over a few years;
applied every year they would explode. Here a rise of internet use lifts the level of income, after
a lag, and a value of zero lies inside the prior.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model import vector
from divide.model.cells import national
from divide.model.compiled import njit
from divide.model.run import Run

Array = NDArray[np.float64]


class Terms(NamedTuple):
    """Parameters of growth; see `parameters/growth.yaml`."""

    from_internet: float
    from_accounts: float
    from_cloud: float
    from_trade: float
    long_run: float
    fading: float


def margin(exports: Array, income: Array, price_level: Array, people: Array, p: Terms) -> Array:
    """Income that cross-border e-commerce exports leave, share of GDP, same shape as given."""
    return p.from_trade * exports / (income * price_level * people)


def export_margin(m: Run) -> Array:
    """Income that cross-border e-commerce exports leave, share of GDP, (n,)."""
    c = m.state.countries
    return margin(c.exports, c.income, m.price_level, c.population, m.values.growth.pick(Terms))


_margin = njit(inline="always")(margin)


@njit(cache=True, nogil=True, error_model="numpy")
def grow(
    income: Array,
    growth: Array,
    gained: Array,
    population: Array,
    population_growth: Array,
    online_before: Array,
    accounts_before: Array,
    cloud_before: Array,
    margin_before: Array,
    online: Array,
    accounts: Array,
    shares: Array,
    tools: NDArray[np.int64],
    staff: Array,
    exports: Array,
    price_level: Array,
    steps: int,
    p: Terms,
    dt: float,
) -> None:
    """One step of income and population; changes all down to `margin_before`.

    Args:
        income: Income per head, intl $ a year, (n,).
        growth: Its trend, 1/year, (n,).
        gained: What connectivity and trade have added to it so far, ln, (n,).
        population: Persons, (n,).
        population_growth: Its trend, 1/year, (n,).
        online_before: Internet use of the last steps, a ring, (lag + 1, n).
        accounts_before: Share with an account before, (n,).
        cloud_before: Reach of cloud services before, (n,), see `tools.reach`.
        margin_before: Income that exports left before, share of GDP, (n,).
        online: Share online, (n, cells), like the next two.
        accounts: Share with an account.
        shares: Share of a country's people in each cell.
        tools: Representative firms that use digital tools, (n, kinds).
        staff: Share of a country's persons employed whom each of them stands for, (n, kinds).
        exports: Cross-border exports, US$ a year, (n,).
        price_level: US$ for an international dollar, (n,).
        steps: Completed steps.
        p: Parameters.
        dt: Length of the step, years.
    """
    n = income.size
    slot = steps % online_before.shape[0]
    oldest = (steps + 1) % online_before.shape[0]
    kept, people_kept = np.exp(-p.fading * dt), np.exp(-0.5 * p.fading * dt)
    factor = np.empty(2 * n)
    for i in range(n):
        cloud = 0.0
        for k in range(tools.shape[1]):
            cloud += tools[i, k] * staff[i, k]
        held = national(accounts, shares, i)
        left = _margin(exports[i], income[i], price_level[i], population[i], p)
        # What people gain by being online arrives `lag` years after they went online.
        went_online = online_before[oldest, i] - online_before[slot, i]
        gain = p.from_cloud * (cloud - cloud_before[i]) + (left - margin_before[i])
        gain += p.from_internet * went_online + p.from_accounts * (held - accounts_before[i])
        online_before[slot, i] = national(online, shares, i)
        accounts_before[i], cloud_before[i], margin_before[i] = held, cloud, left
        gained[i] += gain
        growth[i] = p.long_run + (growth[i] - p.long_run) * kept
        factor[i], factor[n + i] = growth[i] * dt + gain, population_growth[i] * dt
        population_growth[i] *= people_kept
    vector.exp(factor)
    for i in range(n):
        income[i] *= factor[i]
        population[i] *= factor[n + i]


def step(m: Run) -> None:
    """One step of trend growth and of what connectivity, trade and cloud services add."""
    c, s = m.state.countries, m.state
    grow(
        c.income, c.growth, c.gained, c.population, c.population_growth,
        s.online_before, s.accounts_before, s.cloud, s.export_margin,
        c.online, c.accounts, m.cell_shares, s.firm_tools, m.staff_per_firm, c.exports,
        m.price_level, s.step, m.values.growth.pick(Terms), m.dt,
    )  # fmt: skip
