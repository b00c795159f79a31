"""Growth: income and population follow their trend, and connectivity adds a level effect.

Published effects of broadband on growth (Czernich et al. 2011) hold for a rise over a few years;
applied every year they would explode. Here a rise of internet use lifts the level of income, after
a lag, and a value of zero lies inside the prior.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit
from divide.model.declare.values import Growth
from divide.model.processes import tools
from divide.model.run import Run

Array = NDArray[np.float64]


class Terms(NamedTuple):
    """What income and population grow by in a step.

    Attributes:
        from_internet, from_accounts, from_cloud: ln of income for a rise of each from 0 to 1.
        long_run: Trend growth of income in the long run, 1/year.
        kept: Share of the distance of a country's trend from it that is left after the step.
        people_kept: The same of the growth of the population, which fades toward zero.
        dt: Length of the step, years.
    """

    from_internet: float
    from_accounts: float
    from_cloud: float
    long_run: float
    kept: float
    people_kept: float
    dt: float


def terms(p: Growth, dt: float) -> Terms:
    """What the kernel takes."""
    return Terms(
        p.from_internet, p.from_accounts, p.from_cloud, p.long_run,
        exp(-p.fading * dt), exp(-0.5 * p.fading * dt), dt,
    )  # fmt: skip


def export_margin(m: Run) -> Array:
    """Income that cross-border e-commerce exports leave, share of GDP, (n,)."""
    return m.values.growth.from_trade * m.state.countries.exports / m.gdp_usd()


@njit(cache=True, nogil=True)
def grow(
    income: Array,
    growth: Array,
    gained: Array,
    population: Array,
    population_growth: Array,
    went_online: Array,
    accounts: Array,
    cloud: Array,
    margin: Array,
    p: Terms,
) -> None:
    """One step of income and population, (n,) each; the first five change.

    Args:
        income: Income per head, intl $ a year.
        growth: Its trend, 1/year.
        gained: What connectivity and trade have added to it so far, ln.
        population: Persons.
        population_growth: Its trend, 1/year.
        went_online: Share of the people who went online a lag ago.
        accounts: Rise of the share with an account.
        cloud: Rise of the reach of cloud services.
        margin: Rise of the income that exports leave, share of GDP.
        p: Parameters.
    """
    for i in range(income.size):
        gain = p.from_cloud * cloud[i] + margin[i]
        gain += p.from_internet * went_online[i] + p.from_accounts * accounts[i]
        gained[i] += gain
        growth[i] = p.long_run + (growth[i] - p.long_run) * p.kept
        income[i] *= np.exp(growth[i] * p.dt + gain)
        population[i] *= np.exp(population_growth[i] * p.dt)
        population_growth[i] *= p.people_kept


def step(m: Run) -> None:
    """One step of trend growth and of what connectivity, trade and cloud services add."""
    c, s = m.state.countries, m.state
    slot = s.step % len(s.online_before)
    online, accounts = m.national(c.online), m.national(c.accounts)
    cloud, margin = tools.reach(m), export_margin(m)
    # What people gain by being online arrives `lag` years after they went online.
    then, before = s.online_before[slot], s.online_before[slot - len(s.online_before) + 1]
    grow(
        c.income, c.growth, c.gained, c.population, c.population_growth,
        before - then, accounts - s.accounts_before, cloud - s.cloud, margin - s.export_margin,
        terms(m.values.growth, m.dt),
    )  # fmt: skip
    s.online_before[slot] = online
    s.accounts_before, s.cloud, s.export_margin = accounts, cloud, margin
