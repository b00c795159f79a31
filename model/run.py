"""A run: what it is asked, what stays fixed, what changes, and the questions that processes ask.

Processes take a `Run`. It is plain typed Python; `divide.model.model` makes a Mesa model of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from divide.model import constants
from divide.model.agents.firm import FIXED, FirmPopulation, allocate_firms, firm_weights
from divide.model.cells import firms_in_states, weighted_sum
from divide.model.declare.countries import HUB
from divide.model.declare.errors import InputError, inside
from divide.model.declare.values import Values
from divide.model.platforms_at_start import LineUp, line_up
from divide.model.policy.policy import STANDARDS, Policy, check_countries
from divide.model.processes.expected import Spread, spread
from divide.model.scenario import Scenario, check_firms
from divide.model.state import State
from divide.model.world import World, load_world

Array = NDArray[np.float64]
#: GDP per head of the world in 2022, US$ (from the shipped tables).
WORLD_INCOME = 13_000.0


class Settings(TypedDict, total=False):
    """Fields of a scenario by name."""

    policy: Policy | str
    start: int
    until: int
    firms: int
    platforms: int
    steps_per_year: int
    parameters: Mapping[str, float]


def amended(plan: Scenario | None, seed: int | None, settings: Settings) -> Scenario:
    """A scenario, the default one if None, with some fields replaced."""
    given: dict[str, Any] = {**settings} if seed is None else {"seed": seed, **settings}
    if plan is None:
        return Scenario(**given)
    return replace(plan, **given) if given else plan


class Run:
    """A scenario under way: its constants and its state.

    Args:
        plan: The scenario.
        world: The countries; the shipped figures of the scenario's start year if not given.

    Raises:
        InputError: The policy names a country that is not in the world, there are fewer
            representative firms than countries, or the hub is missing.
    """

    plan: Scenario
    """What the run is asked to do."""
    world: World
    """The countries at the end of the start year."""
    values: Values
    """Parameter values, by process."""
    state: State
    """All that changes (see `divide.model.initial`)."""

    dt: float
    """Length of a step, years."""
    n: int
    """Number of countries."""
    iso3: tuple[str, ...]
    """Code of each country, by row."""
    names: tuple[str, ...]
    """Name of each country, by row."""
    row_of: dict[str, int]
    """Row of each country, by code."""
    hub: int
    """Row of the hub."""
    ids: NDArray[np.int64]
    """Key of each country's random numbers, (n,)."""
    bri: Array
    """1 for members of the Belt and Road Initiative at the start, else 0, (n,)."""
    bloc: NDArray[np.int64]
    """Code of each country's bloc, a place in `AXES["jurisdiction"]`, (n,)."""
    groups: dict[str, NDArray[np.int64]]
    """Labels of the groupings by which the divide is decomposed, (n,) each."""
    neighbours: Array
    """Weight of each other country in what people see abroad, (n, n), rows sum to 1."""
    gravity: Array
    """Factor of distance, language and border on trade, (n, n)."""

    cell_shares: Array
    """Share of a country's people in each cell, (n, cells)."""
    income_spread: Array
    """Standard deviation of ln income within the country, (n,)."""
    income_factor: Array
    """Mean income of a cell over the country's, (n, cells): that of its quintile (assumed)."""
    buying: Array
    """Share of people in a cell times its income over the country's to the power
    `trade.spend_elasticity`, (n, cells)."""
    cell_odds: Array
    """Factor of the odds of being willing to be online by income and place, (n, cells)."""
    price_level: Array
    """US$ for an international dollar, (n,)."""
    localisation_norm: Array
    """Strictness of data localisation without a policy, 0-1, (n,)."""

    real_firms: Array
    """Real firms by country and kind, (n, 16)."""
    firms_by_country: Array
    """Real firms, (n,)."""
    firm_mix: Array
    """Share of each kind among a country's real firms, (n, 16)."""
    firm_counts: NDArray[np.int64]
    """Representative firms by country and kind, (n, 16)."""
    firm_spread: Spread
    """How far the luck of representative firms goes (see `expected`)."""
    real_per_firm: Array
    """Real firms that a representative firm stands for, (n, 16)."""
    firm_weight: NDArray[np.int64]
    """The same as a whole number of 1/`FIXED`, (n, 16)."""
    staff_per_firm: Array
    """Share of a country's persons employed whom a representative firm stands for, (n, 16)."""
    kind_odds: Array
    """Odds of each kind of firm relative to a micro firm in agri-food, (16, 4)."""

    line_up: LineUp
    """Kind and home of each platform, and where it serves at the start."""
    platform_names: tuple[str, ...]
    """Name of each platform, by row."""
    platform_ids: NDArray[np.int64]
    """Key of each platform's random numbers, (platforms,)."""
    marketplaces: NDArray[np.int64]
    """Rows of the marketplaces, which come first."""
    rails: NDArray[np.int64]
    """Rows of the payment rails."""
    markup_at_start: Array
    """Fee less marginal cost at the start, share of value, (marketplaces,)."""

    def __init__(self, plan: Scenario, world: World | None = None) -> None:
        self.plan = plan
        self.values = Values(plan.parameters)
        self.world = load_world(plan.start, draw=plan.draw) if world is None else world
        self.dt = 1 / plan.steps_per_year
        self._fix_countries()
        check_firms(plan.firms, self.n)
        with inside("policy"):
            check_countries(plan.policy, self.row_of)
        self._fix_people()
        self._fix_firms()
        self._fix_platforms()

    def _fix_countries(self) -> None:
        world, p = self.world, self.values.trade
        self.iso3, self.n = world.iso3, len(world.iso3)
        self.names = tuple(world.fact("name"))
        self.row_of = {code: row for row, code in enumerate(self.iso3)}
        if HUB not in self.row_of:
            raise InputError(f"the world has no {HUB}, the hub, which the model needs")
        self.hub = self.row_of[HUB]
        self.ids = constants.country_ids(self.iso3).copy()
        self.bri = world.fact("bri_member").astype(float)
        self.bloc = constants.bloc_codes(world)
        self.groups = constants.groupings(world)
        self.neighbours = constants.neighbour_weights(world)
        self.gravity = constants.gravity_constants(world, p.distance, p.language, p.border)

    def _fix_people(self) -> None:
        found = constants.people(self.world)
        self.cell_shares, self.income_spread, self.income_factor, self.price_level = (
            array.copy() for array in found
        )
        self.buying = self.cell_shares * self.income_factor**self.values.trade.spend_elasticity
        self.localisation_norm = constants.localisation_norm(self.bloc)

    def _fix_firms(self) -> None:
        p = self.values.firms
        found = _firm_table(self.world, p.density, self.plan.firms)
        (
            self.real_firms, self.firms_by_country, self.firm_mix, self.firm_counts,
            self.real_per_firm, self.firm_weight, *far,
        ) = (array.copy() for array in found)  # fmt: skip
        self.firm_spread = Spread(self.real_firms, *far)
        self.staff_per_firm = constants.staff_per_firm(self.real_firms, self.firm_counts)
        self.kind_odds = constants.kind_odds(p)

    def _fix_platforms(self) -> None:
        p, count = self.values.platforms, self.plan.platforms
        self.line_up = line_up(self.world, count, round(p.marketplace_share * count))
        self.platform_names = self.line_up.names
        self.platform_ids = np.arange(count)
        marketplaces = self.line_up.marketplaces
        self.marketplaces = np.arange(marketplaces)
        self.rails = np.arange(marketplaces, count)
        self.markup_at_start = np.full(marketplaces, p.marketplace_fee - p.marginal_cost)

    if not TYPE_CHECKING:  # a type checker would take this for leave to set any name

        def __setattr__(self, name: str, value: Any) -> None:
            """Once the run has begun, refuse a new name that no class declares."""
            own = self.__dict__
            known = name in own or name[0] == "_" or "state" not in own
            if not (known or _declares(name, type(self))):
                raise AttributeError(
                    f"a run declares no {name!r}; keep memory of your own in "
                    f"state.extra[{name!r}], or name it in the body of a class of your own"
                )
            object.__setattr__(self, name, value)

    @property
    def firms(self) -> FirmPopulation:
        """The firms."""
        return self.state.firms

    # Time ------------------------------------------------------------------------------------

    @property
    def year(self) -> float:
        """Calendar time at the beginning of the next step; 2023.25 is the first of April."""
        return self.plan.start + 1 + self.state.step * self.dt

    @property
    def first_step_of_year(self) -> bool:
        """Whether the step under way is the first of a calendar year."""
        return self.state.step % self.plan.steps_per_year == 0

    @property
    def finished(self) -> bool:
        """Whether the scenario's last step is done."""
        return self.state.step >= self.plan.steps

    # What several processes ask ----------------------------------------------------------------

    def national(self, cells: Array) -> Array:
        """National mean of a cell column, (n,)."""
        return weighted_sum(np.ascontiguousarray(cells, dtype=np.float64), self.cell_shares)

    def firm_shares(self) -> Array:
        """Share of real firms in each of the four states, (4, n)."""
        return firms_in_states(self.firm_mix, self.state.real_share)

    @property
    def aim(self) -> int:
        """Code of the bloc whose standard the policy aligns to; the hub's by default."""
        use = self.plan.policy.levers.get("regulatory_alignment")
        return 0 if use is None else STANDARDS.index(use.toward)

    def gdp_usd(self) -> Array:
        """GDP in US$ a year at the start year's price level, (n,)."""
        c = self.state.countries
        return c.income * self.price_level * c.population

    def over_debt_ceiling(self) -> NDArray[np.bool_]:
        """Countries to which no more is lent, (n,)."""
        ceiling = self.values.infrastructure.debt_ceiling
        return over_ceiling(self.state.countries.debt, ceiling, self.gdp_usd())

    def local_cost(self) -> Array:
        """Cost of local work relative to a country of the world's mean income, (n,)."""
        return cost_of_work(self.state.countries.income * self.price_level)

    def in_force(self, lever: str) -> Array:
        """Degree to which a lever is in force, (n,); zero if the policy does not use it."""
        degree = self.state.policy.delivered.get(lever)
        return np.zeros(self.n) if degree is None else degree

    def programme(self, column: str, lever: str) -> Array:
        """Level of something that a lever of degree d raises, (n,): base + (1 - base) d."""
        base, degree = self.state.base[column], self.state.policy.delivered.get(lever)
        return base.copy() if degree is None else raised(base, degree)


def cost_of_work(usd_per_head: Array) -> Array:
    """Cost of local work where GDP per head is so many US$ a year, over that at the world's mean.

    The square root of GDP per head over that of the world in 2022: half of a programme's cost is
    wages (assumed).
    """
    return np.sqrt(usd_per_head / WORLD_INCOME)


def over_ceiling(debt: Array, ceiling: float, gdp: Array) -> NDArray[np.bool_]:
    """Whether no more is lent: debt and GDP in US$, the ceiling as a share of GDP."""
    return debt > ceiling * gdp


def raised(base: Array, degree: Array) -> Array:
    """Level of something that a programme of a degree raises from a base, same shape as both."""
    return base + (1 - base) * degree


@lru_cache(maxsize=16)
def _firm_table(world: World, density: float, firms: int) -> tuple[NDArray[Any], ...]:
    """What a run keeps of its numbers of firms, which hang on no seed, in its order."""
    real = constants.real_firms(world.values["population"], world.values["income"], density)
    by_country, counts = real.sum(axis=1), allocate_firms(firms, real)
    per_firm = firm_weights(counts, real)
    weight = np.round(per_firm * FIXED).astype(np.int64)
    far = spread(counts, real)[1:]
    return real, by_country, real / by_country[:, None], counts, per_firm, weight, *far


@cache  # Mesa sets its clock, a name of that kind, twice a step
def _declares(name: str, kind: type) -> bool:
    return any(name in vars(of) or name in get_annotations(of) for of in kind.__mro__)
