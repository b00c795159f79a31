"""What is read from the state just after a step: some outcomes, and columns of extensions.

The country columns that ship are worked out later (see `divide.model.outcomes.past`).
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import CELLS
from divide.model.compiled import njit
from divide.model.constants import WOMENS_SHARE
from divide.model.processes import security
from divide.model.run import Run

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


class Rates(NamedTuple):
    """Share of a country's people, and of those of each group, (n,) each."""

    everyone: Array
    poorest: Array
    """The poorest 40 %."""
    richest: Array
    """The richest 60 %."""
    city: Array
    countryside: Array
    women: Array
    men: Array
    sex_gap: Array
    """Share of women less that of men."""
    women_per_man: Array
    """Share of women over that of men."""


class Snapshot:
    """The state after a step, and what several columns ask of it; never written to.

    Attributes:
        run: The model.
        state: Its state.
        countries: Its country columns.
    """

    def __init__(self, m: Run) -> None:
        self.run = m
        self.state = m.state
        self.countries = m.state.countries

    @cached_property
    def users(self) -> Rates:
        """People online."""
        return self._rates(self.countries.online)

    @cached_property
    def holders(self) -> Rates:
        """Holders of an account."""
        return self._rates(self.countries.accounts)

    def _rates(self, cells: Array) -> Rates:
        found = rates(cells[None], self.run.cell_shares, self.countries.urban[None])
        return Rates(*found[:, 0])

    @property
    def buyers(self) -> Array:
        """People online who hold an account, share, (n,)."""
        return self.run.national(self.countries.online * self.countries.accounts)

    @property
    def incident_rate(self) -> Array:
        """Expected security incidents a year, (n,)."""
        return security.incident_rate(self.run, self.users.everyone, self.holders.everyone)

    @cached_property
    def dependence(self) -> tuple[Array, Array]:
        """Concentration of vendors, and critical functions that depend on the hub, (n,) each."""
        c, run = self.countries, self.run
        return dependence(c.vendors, c.hub_platforms, run.bloc[run.hub])

    @property
    def distance_to_hub(self) -> Array:
        """Regulatory distance to the hub, (n,)."""
        return self.state.distance[:, self.run.hub]

    @cached_property
    def real_firms(self) -> Array:
        """Share of real firms in each of the four states, and of small and large ones with tools.

        (6, n); those under 50 persons count as small.
        """
        m, s = self.run, self.state
        return _real_firms(m.firm_mix, s.real_share, s.firm_tools, m.firm_counts, m.real_firms)

    @property
    def firms(self) -> Array:
        """Share of real firms in each of the four states, (4, n)."""
        return self.real_firms[:4]


@njit(cache=True, nogil=True, error_model="numpy")
def _real_firms(mix: Array, share: Array, tools: Counts, counts: Counts, real: Array) -> Array:
    """See `Snapshot.real_firms`.

    Args:
        mix: Share of each kind among a country's firms, (n, kinds), small firms first.
        share: Share of each kind in each state, (n, kinds, 4).
        tools: Representative firms that use digital tools, (n, kinds).
        counts: Representative firms, (n, kinds).
        real: Real firms, (n, kinds).
    """
    n, kinds = mix.shape
    found, use = np.empty((6, n)), np.empty(kinds)
    for i in range(n):
        a = b = c = d = 0.0
        for k in range(kinds):
            a += mix[i, k] * share[i, k, 0]
            b += mix[i, k] * share[i, k, 1]
            c += mix[i, k] * share[i, k, 2]
            d += mix[i, k] * share[i, k, 3]
            use[k] = tools[i, k] / max(counts[i, k], 1) * real[i, k]
        found[0, i], found[1, i], found[2, i], found[3, i] = a, b, c, d
        for half in range(2):
            using = firms = 0.0
            for k in range(half * (kinds // 2), (half + 1) * (kinds // 2)):
                using += use[k]
                firms += real[i, k]
            found[4 + half, i] = using / firms
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def rates(cells: Array, shares: Array, urban: Array) -> Array:
    """What `Rates` lists, in its order, (9, steps, n); sums in the order of `cells.sum_up`.

    Args:
        cells: Share of each cell, (steps, n, cells).
        shares: Share of a country's people in each cell, (n, cells).
        urban: Share of a country's people in cities, (steps, n).
    """
    steps, n = urban.shape
    rates = np.empty((9, steps, n))
    for t in range(steps):
        for i in range(n):
            x, w = cells[t, i], shares[i]
            city_women = city_men = rural_women = rural_men = rich = 0.0
            for k in range(0, CELLS, 4):
                a, b = x[k] * w[k], x[k + 1] * w[k + 1]
                c, d = x[k + 2] * w[k + 2], x[k + 3] * w[k + 3]
                city_women += a
                city_men += b
                rural_women += c
                rural_men += d
                if k == 4:  # two quintiles so far
                    poor = (city_women + city_men) + (rural_women + rural_men)
                    rates[1, t, i] = poor / 0.4
                if k > 4:
                    rich += (a + b) + (c + d)
            city, countryside = city_women + city_men, rural_women + rural_men
            rates[0, t, i] = city + countryside
            rates[2, t, i] = rich / 0.6
            rates[3, t, i] = city / max(urban[t, i], 1e-9)
            rates[4, t, i] = countryside / max(1 - urban[t, i], 1e-9)
            rates[5, t, i] = women = (city_women + rural_women) / WOMENS_SHARE
            rates[6, t, i] = men = (city_men + rural_men) / (1 - WOMENS_SHARE)
            rates[7, t, i] = women - men
            rates[8, t, i] = women / men
    return rates


@njit(cache=True, nogil=True, error_model="numpy")
def by_sex(cells: Array, shares: Array) -> Array:
    """Share of a country's people, of women and of men, (3, steps, n), as `rates` has them.

    Args:
        cells: Share of each cell, (steps, n, cells).
        shares: Share of a country's people in each cell, (n, cells).
    """
    steps, n, _ = cells.shape
    found = np.empty((3, steps, n))
    for t in range(steps):
        for i in range(n):
            x, w = cells[t, i], shares[i]
            city_women = city_men = rural_women = rural_men = 0.0
            for k in range(0, CELLS, 4):
                city_women += x[k] * w[k]
                city_men += x[k + 1] * w[k + 1]
                rural_women += x[k + 2] * w[k + 2]
                rural_men += x[k + 3] * w[k + 3]
            found[0, t, i] = (city_women + city_men) + (rural_women + rural_men)
            found[1, t, i] = (city_women + rural_women) / WOMENS_SHARE
            found[2, t, i] = (city_men + rural_men) / (1 - WOMENS_SHARE)
    return found


@njit(cache=True, nogil=True)
def dependence(vendors: Array, hub_platforms: Array, hub: int) -> tuple[Array, Array]:
    """Sum of squares of the vendors' shares, and mean share of the hub, (n,) each.

    The functions are equipment, marketplaces and payment rails; the last two come as their mean.

    Args:
        vendors: Share of network capital by the vendor's jurisdiction, (n, jurisdictions).
        hub_platforms: Users of platforms at home in the hub's jurisdiction, share, (n,).
        hub: Code of that jurisdiction.
    """
    concentration, depends = np.zeros(hub_platforms.size), np.empty(hub_platforms.size)
    for i in range(hub_platforms.size):
        for share in vendors[i]:
            concentration[i] += share * share
        depends[i] = (2 * hub_platforms[i] + vendors[i, hub]) / 3
    return concentration, depends
