"""What country columns and observed outcomes are read from, just after a step."""

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
        return Rates(*_rates(cells, self.run.cell_shares, self.countries.urban))

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
        return _dependence(c.vendors, c.hub_platforms, run.bloc[run.hub])

    @cached_property
    def firms(self) -> Array:
        """Share of real firms in each of the four states, (4, n)."""
        return self.run.firm_shares()


@njit(cache=True, nogil=True, error_model="numpy")
def _rates(cells: Array, shares: Array, urban: Array) -> Array:
    """What `Rates` lists, in its order, (9, n); sums in the order of `cells.sum_up`.

    Args:
        cells: Share of each cell, (n, cells).
        shares: Share of a country's people in each cell, (n, cells).
        urban: Share of a country's people in cities, (n,).
    """
    rates = np.empty((9, urban.size))
    for i in range(urban.size):
        x, w = cells[i], shares[i]
        city_women = city_men = rural_women = rural_men = rich = 0.0
        for k in range(0, CELLS, 4):
            a, b, c, d = x[k] * w[k], x[k + 1] * w[k + 1], x[k + 2] * w[k + 2], x[k + 3] * w[k + 3]
            city_women += a
            city_men += b
            rural_women += c
            rural_men += d
            if k == 4:  # two quintiles so far
                rates[1, i] = ((city_women + city_men) + (rural_women + rural_men)) / 0.4
            if k > 4:
                rich += (a + b) + (c + d)
        city, countryside = city_women + city_men, rural_women + rural_men
        rates[0, i] = city + countryside
        rates[2, i] = rich / 0.6
        rates[3, i] = city / max(urban[i], 1e-9)
        rates[4, i] = countryside / max(1 - urban[i], 1e-9)
        rates[5, i] = women = (city_women + rural_women) / WOMENS_SHARE
        rates[6, i] = men = (city_men + rural_men) / (1 - WOMENS_SHARE)
        rates[7, i] = women - men
        rates[8, i] = women / men
    return rates


@njit(cache=True, nogil=True)
def _dependence(vendors: Array, hub_platforms: Array, hub: int) -> tuple[Array, Array]:
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
