"""Growth: income and population follow their trend, and connectivity adds a level effect.

Published effects of broadband on growth (Czernich et al. 2011) hold for a rise over a few years;
applied every year they would explode. Here a rise of internet use lifts the level of income, after
a lag, and a value of zero lies inside the prior.
"""

import numpy as np
from numpy.typing import NDArray

from divide.model.processes import tools
from divide.model.run import Run

Array = NDArray[np.float64]


def export_margin(m: Run) -> Array:
    """Income that cross-border e-commerce exports leave, share of GDP, (n,)."""
    return m.values.growth.from_trade * m.state.countries.exports / m.gdp_usd()


def step(m: Run) -> None:
    """One step of trend growth and of what connectivity, trade and cloud services add."""
    c, p, dt, s = m.state.countries, m.values.growth, m.dt, m.state
    slot = s.step % len(s.online_before)
    online, accounts = m.national(c.online), m.national(c.accounts)
    cloud, margin = tools.reach(m), export_margin(m)
    gain = p.from_cloud * (cloud - s.cloud) + (margin - s.export_margin)
    # What people gain by being online arrives `lag` years after they went online.
    then, before = s.online_before[slot], s.online_before[slot - len(s.online_before) + 1]
    gain = gain + p.from_internet * (before - then)
    gain = gain + p.from_accounts * (accounts - s.accounts_before)
    s.online_before[slot] = online
    s.accounts_before, s.cloud, s.export_margin = accounts, cloud, margin
    c.gained += gain
    c.growth = p.long_run + (c.growth - p.long_run) * np.exp(-p.fading * dt)
    c.income *= np.exp(c.growth * dt + gain)
    c.population *= np.exp(c.population_growth * dt)
    c.population_growth *= np.exp(-0.5 * p.fading * dt)
