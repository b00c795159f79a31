"""What country columns and observed outcomes are read from, just after a step."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from divide.model.cells import Sums, sums
from divide.model.run import Run

Array = NDArray[np.float64]


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
    def _online(self) -> Array:
        """Share of a country's people who are online and of the cell, (n, cells)."""
        return self.countries.online * self.run.cell_shares

    @cached_property
    def users(self) -> Sums:
        """People online, shares of the country's people."""
        return sums(self._online)

    @cached_property
    def holders(self) -> Sums:
        """Holders of an account, shares of the country's people."""
        return sums(self.countries.accounts * self.run.cell_shares)

    @property
    def buyers(self) -> Array:
        """People online who hold an account, share, (n,)."""
        return self.run.national(self.countries.online * self.countries.accounts)

    @cached_property
    def firms(self) -> Array:
        """Share of real firms in each of the four states, (4, n)."""
        return self.run.firm_shares()
