"""The past of a run: what was recorded of the countries, and the columns worked out from it.

Recording keeps the state as it is. What follows from it is worked out for all steps at once when
somebody asks for it, by the rules that the processes use.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.columns import AXES
from divide.model.compiled import njit
from divide.model.declare.values import Values
from divide.model.outcomes.declaration import Outcome
from divide.model.outcomes.snapshot import Rates, by_sex, dependence, rates
from divide.model.processes import (
    adoption,
    affordability,
    infrastructure,
    payments,
    security,
    trade,
)
from divide.model.run import Run
from divide.model.world import World

Array = NDArray[np.float64]


#: Figures of the start that columns are worked out from.
FIGURES = ("internet_users", "coverage_fixed", "fixed_broadband", "accounts", "mobile_money")


class Start:
    """What rules take for a world where they ask for figures of the start; it is small.

    Attributes:
        values: `FIGURES` by name, (n,) each.
    """

    def __init__(self, world: World) -> None:
        self.values = {name: world.values[name] for name in FIGURES}


@lru_cache(maxsize=64)
def _start(world: World) -> Start:
    return Start(world)  # always the same one: rules keep what they work out from it


class Fixed(NamedTuple):
    """What stays fixed in a run and the columns are worked out from.

    Attributes:
        iso3: Code of each country.
        values: As of the `Run`.
        start: Figures of the start.
        cell_shares: Share of a country's people in each cell, (n, cells).
        interoperability: Of payment rails at the start, (n,).
        hub: Code of the hub's bloc.
    """

    iso3: tuple[str, ...]
    values: Values
    start: Start
    cell_shares: Array
    interoperability: Array
    hub: int

    @classmethod
    def of(cls, m: Run) -> "Fixed":
        """That of a run at its start."""
        linked, hub = m.state.base["interoperability"], int(m.bloc[m.hub])
        return cls(m.iso3, m.values, _start(m.world), m.cell_shares, linked, hub)


class Kept:
    """Columns as attributes, each looked up when it is first asked for."""

    def __init__(self, look_up: Callable[[str], Array]) -> None:
        self._look_up = look_up

    def __getattr__(self, name: str) -> Array:
        found = self._look_up(name)
        setattr(self, name, found)
        return found


class Past:
    """The steps so far, and what several columns ask of them.

    Attributes:
        countries: What was recorded of the countries, (steps, n) or (steps, n, axis) each, under
            the names of the country columns.
        fixed: What stays fixed.
        aim: Code of the bloc whose standard the policy aligns to.
    """

    countries: Any
    fixed: Fixed
    aim: int

    def __init__(self, countries: Any, fixed: Fixed, aim: int) -> None:
        self.countries, self.fixed, self.aim = countries, fixed, aim

    def at(self, rows: NDArray[np.int64]) -> "Past":
        """Some of the steps."""
        return Past(Kept(lambda name: getattr(self.countries, name)[rows]), self.fixed, self.aim)

    @cached_property
    def _run(self) -> Any:
        """What rules take for a run, where they do arithmetic on whole columns."""
        state, fixed = SimpleNamespace(countries=self.countries), self.fixed
        return SimpleNamespace(values=fixed.values, world=fixed.start, state=state)

    @cached_property
    def _flat(self) -> Any:
        """The same where rules go through the rows of a column: a row a country and step."""
        columns = Kept(lambda name: _flat(getattr(self.countries, name)))
        state = SimpleNamespace(countries=columns, base={})
        return SimpleNamespace(values=self.fixed.values, state=state)

    def _by_step(self, flat: Array) -> Array:
        return flat.reshape(self.countries.population.shape)

    @cached_property
    def users(self) -> "Groups":
        """People online."""
        return Groups(self, self.countries.online)

    @cached_property
    def holders(self) -> "Groups":
        """Holders of an account."""
        return Groups(self, self.countries.accounts)

    @property
    def skilled(self) -> Array:
        """People with basic digital skills, share, (steps, n)."""
        return by_sex(self.countries.skills, self.fixed.cell_shares)[0]

    @property
    def buyers(self) -> Array:
        """People online who hold an account, share, (steps, n)."""
        both = self.countries.online * self.countries.accounts
        return by_sex(both, self.fixed.cell_shares)[0]

    @property
    def access(self) -> Array:
        """People whom a network and electricity reach, share, (steps, n)."""
        networks = self._by_step(infrastructure.network(self._flat))
        power, urban = map(np.ascontiguousarray, (self.countries.electricity, self.countries.urban))
        return _reached(networks, power, urban, self.fixed.cell_shares)

    @property
    def subscriptions(self) -> Array:
        """Fixed broadband subscriptions per head, (steps, n)."""
        return adoption.subscriptions(self._run, self.users.everyone)

    @property
    def affordable(self) -> Array:
        """People for whom data costs at most the official share of income, share, (steps, n)."""
        return self._by_step(affordability.within_official_share(self._flat))

    @property
    def wallet_holders(self) -> Array:
        """Holders of a mobile wallet, share of adults, (steps, n)."""
        return payments.wallet_holders(self._run, self.holders.everyone)

    @property
    def payment_use(self) -> Array:
        """Digital payments of an adult over those of a holder at the start, (steps, n)."""
        start, steps = self.fixed.interoperability, len(self.countries.population)
        self._flat.state.base["interoperability"] = np.tile(start, steps)
        return self._by_step(payments.use(self._flat, self.holders.everyone.ravel()))

    @property
    def border_days(self) -> Array:
        """Days at a country's own border, (steps, n)."""
        return self._by_step(trade.border_days(self._flat))

    @property
    def incident_rate(self) -> Array:
        """Expected security incidents a year, (steps, n)."""
        online, accounts = self.users.everyone.ravel(), self.holders.everyone.ravel()
        return self._by_step(security.incident_rate(self._flat, online, accounts))

    def settled(self, bloc: str) -> Array:
        """Share of a country's cross-border payments that settles in a jurisdiction, (steps, n)."""
        return self.countries.settled[:, :, AXES["jurisdiction"].index(bloc)]

    @cached_property
    def dependence(self) -> tuple[Array, Array]:
        """Concentration of vendors, and functions that depend on the hub, (steps, n) each."""
        columns = self._flat.state.countries
        found = dependence(columns.vendors, columns.hub_platforms, self.fixed.hub)
        return self._by_step(found[0]), self._by_step(found[1])


@njit(cache=True, nogil=True, error_model="numpy")
def _reached(coverage: Array, power: Array, urban: Array, shares: Array) -> Array:
    """What `adoption.reached` finds in each step, (steps, n)."""
    found = np.empty(urban.shape)
    for t in range(len(urban)):
        reached = adoption.reached(coverage[t], power[t], urban[t], shares)
        for i in range(reached.size):  # to assign a row compiles the words of an error, a second
            found[t, i] = reached[i]
    return found


def _flat(path: Array) -> Array:
    return np.ascontiguousarray(path).reshape(-1, *path.shape[2:])


#: Groups that are worked out together.
SEXES = ("everyone", "women", "men")


class Groups:
    """Share of a country's people, and of those of each group, as in `Rates`, (steps, n) each.

    Those of women and men are worked out apart: the others are seldom asked for, and memory takes
    longer than arithmetic.

    Args:
        past: The past.
        cells: Share of each cell, (steps, n, cells).
    """

    def __init__(self, past: Past, cells: Array) -> None:
        self._past, self._cells = past, cells

    @cached_property
    def _sexes(self) -> Array:
        return by_sex(self._cells, self._past.fixed.cell_shares)

    @cached_property
    def _all(self) -> Rates:
        urban = np.ascontiguousarray(self._past.countries.urban)
        return Rates(*rates(self._cells, self._past.fixed.cell_shares, urban))

    def __getattr__(self, name: str) -> Array:
        if name in SEXES:
            return self._sexes[SEXES.index(name)]
        if name == "sex_gap":
            return self.women - self.men
        if name == "women_per_man":
            return self.women / self.men
        if name not in Rates._fields:
            raise AttributeError(name)
        return getattr(self._all, name)


class Columns(Mapping[str, Array]):
    """The country table: columns by name, (steps, n) each.

    Those that ship are worked out when they are first asked for; pickled, all of them are.

    Args:
        declared: The columns.
        past: What those that ship are worked out from.
        read: Those that were read after each step.
    """

    def __init__(
        self, declared: Mapping[str, Outcome], past: Past, read: Mapping[str, Array]
    ) -> None:
        self._declared, self._past = declared, past
        self._found = dict(read)

    def __getitem__(self, name: str) -> Array:
        """A column.

        Raises:
            FloatingPointError: It is not a finite number somewhere.
        """
        if name not in self._found:
            with np.errstate(divide="ignore", invalid="ignore"):  # what is amiss is told below
                path = self._declared[name].formula(self._past)
            check_path(name, path, self._past.fixed.iso3)
            self._found[name] = path
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def at(self, rows: NDArray[np.int64]) -> "Columns":
        """The same after some of the steps; what is not worked out yet costs nothing for others."""
        found = {name: path[rows] for name, path in self._found.items()}
        return Columns(self._declared, self._past.at(rows), found)


def check_path(name: str, path: Array, iso3: tuple[str, ...]) -> None:
    """Raise FloatingPointError, naming column, country and step, if a path is not finite.

    Args:
        name: What it is called.
        path: What was recorded, (steps, n, ...).
        iso3: Codes of the countries.
    """
    finite = np.isfinite(path)
    if not finite.all():
        step, row = np.argwhere(~finite)[0][:2]
        raise FloatingPointError(f"{name} of {iso3[row]} is not finite after step {step}")
