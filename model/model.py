"""The model: countries, firms and platforms, one quarter at a time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Self

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

from divide.model.agents.country import Country
from divide.model.agents.firm import FirmPopulation
from divide.model.agents.platform import Platform
from divide.model.cells import weighted_sum
from divide.model.declare.declarations import Values
from divide.model.declare.yamlfile import InputError
from divide.model.initial import initial_state
from divide.model.outcomes.record import Results, check_finite, follow_standard, observe, results
from divide.model.policy import budget
from divide.model.policy.targets import check_targets
from divide.model.processes import (
    adoption,
    affordability,
    corridors,
    firms,
    growth,
    infrastructure,
    payments,
    platforms,
    rules,
    security,
    skills,
    trade,
)
from divide.model.scenario import STANDARDS, Scenario
from divide.model.state import State
from divide.model.world import World, load_world
from divide.model.world.frozen import frozen

Array = NDArray[np.float64]
Process = Callable[["DigitalDivideModel"], None]

HUB = "CHN"


def yearly_prices(m: "DigitalDivideModel") -> None:
    """Distances, corridors and frictions, repriced in the first step of each year."""
    if m.first_step_of_year:
        rules.update_distance(m)
        corridors.reprice(m)
        trade.update_frictions(m)


#: The story of one step, in order.
PROCESSES: tuple[Process, ...] = (
    budget.step,
    infrastructure.step,
    affordability.step,
    skills.step,
    adoption.step,
    payments.step,
    firms.step,
    platforms.step,
    yearly_prices,
    trade.step,
    security.step,
    rules.step,
    growth.step,
)


class DigitalDivideModel(mesa.Model):
    """An agent-based model of the digital divide along the Digital Silk Road.

    Args:
        plan: The scenario to run.
        processes: What happens in a step, in order; add to `PROCESSES` to extend the model.
        world: The countries; the shipped figures of the scenario's start year if not given.

    Attributes:
        countries: Mesa agents, one a country.
        platforms: Mesa agents, one a marketplace or payment rail.
        firms: The representative firms (see `divide.model.agents.firm`).
        state: All that changes.
        values: Parameter values, by process.
    """

    def __init__(
        self,
        plan: Scenario | None = None,
        processes: Sequence[Process] = PROCESSES,
        world: World | None = None,
    ) -> None:
        plan = Scenario() if plan is None else plan
        super().__init__(rng=plan.seed)
        self.plan = plan
        self.processes = tuple(processes)
        self.values = Values(plan.parameters)
        self.world = load_world(plan.start) if world is None else world
        self.dt = 1 / plan.steps_per_year
        self.iso3 = self.world.iso3
        self.n = len(self.iso3)
        self.row_of = {code: row for row, code in enumerate(self.iso3)}
        check_targets(plan.policy, self.row_of)
        self.hub = self.row_of[HUB]
        self.names = tuple(self.world.fact("name"))
        self.bri = self.world.fact("bri_member").astype(float)
        # A country's random numbers are keyed by its code, whatever else is in the world.
        self.ids = np.array([int.from_bytes(code.encode(), "big") for code in self.iso3])
        self.platform_ids = np.arange(plan.platforms)
        self.neighbours = neighbour_weights(self.world)
        p = self.values.trade
        self.gravity = gravity_constants(self.world, p.distance, p.language, p.border)
        initial_state(self)
        self._register()

    def _register(self) -> None:
        s = self.state
        for row, (code, name) in enumerate(zip(self.iso3, self.names, strict=True)):
            Country(self, s.countries, row, code, name)
        for row, name in enumerate(self.platform_names):
            Platform(self, s.platforms, row, name)
        s.firms.bind(self)
        observe(self)

    state: State

    @property
    def countries(self) -> AgentSet:
        """The countries, as Mesa agents."""
        return self.agents_by_type[Country]

    @property
    def platforms(self) -> AgentSet:
        """The platforms, as Mesa agents."""
        return self.agents_by_type[Platform]

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

    def step(self) -> None:
        """One quarter: every process in order, then the outcomes are recorded."""
        for process in self.processes:
            process(self)
        self.state.step += 1
        self.state.elapsed += self.dt
        observe(self)

    def run(self, progress: Callable[[int, int], None] | None = None) -> Results:
        """Run to the end of the scenario.

        Args:
            progress: Called after each step with the steps done and the steps in all.

        Raises:
            FloatingPointError: A country column is not a finite number.
        """
        self.run_steps(progress)
        return self.results()

    def run_steps(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Run to the end of the scenario without computing outcomes (see `run`)."""
        while self.state.step < self.plan.steps:
            self.step()
            if progress is not None:
                progress(self.state.step, self.plan.steps)
        check_finite(self.state.record, self.iso3)

    def results(self) -> Results:
        """What has been recorded so far, as tidy tables."""
        return results(self)

    def fork(self, plan: Scenario) -> Self:
        """A second model that goes on from here under another policy.

        The fork equals a run of `plan` from the start, bit for bit, if `plan` differs from this
        model's scenario in nothing that has already happened.

        Raises:
            InputError: The scenarios differ in more than policy and end, or the new policy should
                already have spent money.
        """
        for name in ("start", "seed", "firms", "platforms", "steps_per_year", "parameters"):
            if getattr(plan, name) != getattr(self.plan, name):
                raise InputError(f"fork: {name} must stay {getattr(self.plan, name)!r}")
        old, new = self.plan.policy, plan.policy
        budget_differs = old.budget != new.budget or old.spend != new.spend
        for name in sorted(set(old.levers) | set(new.levers)):
            mine, theirs = old.levers.get(name), new.levers.get(name)
            if mine == theirs and not budget_differs:
                continue
            for use in (mine, theirs):
                begins = plan.start + 1 if use is None or use.start is None else use.start
                if use is not None and use.intensity and begins < self.year:
                    raise InputError(
                        f"fork at {self.year:g}: lever {name} starts in {begins:g}, before the fork"
                    )
        other = type(self)(plan, self.processes, self.world)
        fresh = other.state.policy
        other.state = self.state.copy()
        other.state.record.resized(plan.steps)
        running = other.state.policy.programmes
        # In the order of a run from the start: sums of money depend on it in the last bit.
        other.state.policy.programmes = {
            name: replace(running.get(name, programme), use=programme.use)
            for name, programme in fresh.programmes.items()
        }
        follow_standard(other)
        for agent in other.countries:
            agent.columns = other.state.countries
        for agent in other.platforms:
            agent.columns = other.state.platforms
        other.state.firms.bind(other)
        return other

    @cached_property
    def groups(self) -> dict[str, NDArray[np.int64]]:
        """Labels of the groupings by which the divide is decomposed, (n,) each."""
        return dict(groupings(self.world))

    # What several processes ask ----------------------------------------------------------------

    def national(self, cells: Array) -> Array:
        """National mean of a cell column, (n,)."""
        return weighted_sum(np.ascontiguousarray(cells, dtype=np.float64), self.cell_shares)

    def firm_average(self, share: Array) -> Array:
        """Mean over a country's real firms of a share by kind, (n, 16) -> (n,)."""
        return (share * self.real_firms).sum(axis=1) / self.firms_by_country

    def firm_shares(self) -> Array:
        """Share of real firms in each of the four states, (4, n)."""
        return firms.national(self._firm_mix, self.state.firm_share)

    @cached_property
    def firms_by_country(self) -> Array:
        """Number of real firms, (n,)."""
        return self.real_firms.sum(axis=1)

    @cached_property
    def could_have_state(self) -> Array:
        """Representative firms for each state, at least 1, (n, 16, 4).

        Written out: to divide by a broadcast array takes three times as long.
        """
        return np.repeat(np.maximum(self.firm_counts, 1.0)[:, :, None], 4, axis=2)

    @cached_property
    def _firm_mix(self) -> Array:
        """Share of each kind among a country's real firms, (n, 16)."""
        return self.real_firms / self.firms_by_country[:, None]

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
        return self.state.countries.debt > ceiling * self.gdp_usd()

    def subsidy_bill(self) -> Array:
        """US$ a year that a full price subsidy would cost, (n,): the basket of all users."""
        c = self.state.countries
        users = self.national(c.online) * c.population
        return 12 * c.basket * self.price_level * users

    def in_force(self, lever: str) -> Array:
        """Degree to which a lever is in force, (n,); zero if the policy does not use it."""
        degree = self.state.policy.delivered.get(lever)
        return np.zeros(self.n) if degree is None else degree

    def programme(self, column: str, lever: str) -> Array:
        """Level of something that a lever of degree d raises, (n,): base + (1 - base) d."""
        base, degree = self.state.base[column], self.state.policy.delivered.get(lever)
        return base.copy() if degree is None else base + (1 - base) * degree


@lru_cache(maxsize=64)
def neighbour_weights(world: World) -> Array:
    """Weight of each other country in what people see abroad, (n, n), rows sum to 1.

    Falls with distance (e-folding at 1,500 km, assumed); a land border or a language counts double.
    """
    weight = np.exp(-world.distance_km / 1_500) * (1 + world.contiguous + world.common_language)
    weight = np.array(weight)
    np.fill_diagonal(weight, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    return frozen(weight)


@lru_cache(maxsize=64)
def groupings(world: World) -> dict[str, NDArray[np.int64]]:
    """Labels of the countries by region, income group and membership of the BRI, (n,) each."""
    return {
        "regions": np.unique(world.fact("region"), return_inverse=True)[1],
        "incomes": np.unique(world.fact("income_group"), return_inverse=True)[1],
        "bri": world.fact("bri_member").astype(np.int64),
    }


@lru_cache(maxsize=16)
def gravity_constants(world: World, distance: float, language: float, border: float) -> Array:
    """Factor of distance, language and border on trade, (n, n): what never changes."""
    thousand_km = np.maximum(world.distance_km, 50.0) / 1_000
    ties = language * world.common_language + border * world.contiguous
    factor = thousand_km ** (-distance) * np.exp(ties)
    return frozen(factor)
