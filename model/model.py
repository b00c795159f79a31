"""The model: countries, firms and platforms, one quarter at a time."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self, Unpack

from divide.model.agents.country import Country
from divide.model.agents.platform import Platform
from divide.model.agents.register import MadeOnDemand, register
from divide.model.extended import begin, step_of
from divide.model.fork import check_fork, go_on, switched
from divide.model.initial import initial_state
from divide.model.light import mesa
from divide.model.outcomes.record import check_finite, observe
from divide.model.outcomes.results import Results, results
from divide.model.policy import budget
from divide.model.policy.policy import Policy
from divide.model.processes import (
    adoption,
    affordability,
    corridors,
    firms,
    growth,
    infrastructure,
    payments,
    platforms,
    road,
    rules,
    security,
    settlement,
    skills,
    trade,
)
from divide.model.run import Run, Settings, amended
from divide.model.scenario import Scenario
from divide.model.summary import as_html, as_text, collected
from divide.model.world import World

Process = Callable[[Run], None]


def yearly_prices(m: Run) -> None:
    """Distances, corridors and frictions, repriced in the first step of each year."""
    if m.first_step_of_year:
        rules.update_distance(m)
        corridors.reprice(m)
        trade.update_frictions(m)


#: The story of one step, in order.
PROCESSES: tuple[Process, ...] = (
    budget.step,
    road.step,
    infrastructure.step,
    affordability.step,
    skills.step,
    adoption.step,
    payments.step,
    firms.step,
    platforms.step,
    yearly_prices,
    trade.step,
    settlement.step,
    security.step,
    rules.step,
    growth.step,
)


class DigitalDivideModel(Run, MadeOnDemand):
    """An agent-based model of the digital divide along the Digital Silk Road.

    Args:
        plan: The scenario to run.
        processes: What happens in a step; `PROCESSES` and those of extensions if not given.
        world: The countries; the shipped figures of the scenario's start year if not given.
        seed: Seed of all random numbers, in place of the scenario's.
        settings: Other fields of `Scenario` likewise: Mesa's tools make models by keyword.

    Attributes:
        countries: Mesa agents, one a country.
        platforms: Mesa agents, one a marketplace or payment rail.
        firms: The representative firms (see `divide.model.agents.firm`).
        running: Whether the scenario's end lies ahead.
    """

    processes: tuple[Process, ...]
    _collector: tuple[int | None, mesa.DataCollector] = -1, mesa.DataCollector()

    def __init__(
        self,
        plan: Scenario | None = None,
        processes: Sequence[Process] | None = None,
        world: World | None = None,
        *,
        seed: int | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        plan = amended(plan, seed, settings)
        mesa.Model.__init__(self, rng=plan.seed)
        Run.__init__(self, plan, world)
        self.processes = tuple(processes or step_of(PROCESSES, plan.extensions))
        initial_state(self)
        register(self, self)
        begin(self, self.__copy__)
        observe(self)

    @property
    def countries(self) -> "mesa.agentset.AgentSet[Country]":
        """The countries, as Mesa agents."""
        return self.agents_by_type[Country]

    @property
    def platforms(self) -> "mesa.agentset.AgentSet[Platform]":
        """The platforms, as Mesa agents."""
        return self.agents_by_type[Platform]

    def step(self) -> None:
        """One quarter: every process, then a record. After the end nothing more; `fork` goes on."""
        if self.finished:
            return
        for process in self.processes:
            process(self)
        self.state.step += 1
        self.state.elapsed += self.dt
        observe(self)
        self.running = not self.finished

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
        while not self.finished:
            self.step()
            if progress is not None:
                progress(self.state.step, self.plan.steps)
        check_finite(self.state.record, self.iso3)

    def results(self) -> Results:
        """What has been recorded so far, as tidy tables."""
        return results(self)

    def fork(self, plan: Scenario) -> Self:
        """A second model that goes on from here under another policy.

        It equals a run of `plan` from the start, bit for bit.

        Raises:
            InputError: The scenarios differ in more than policy and end, or the new policy should
                already have spent money.
        """
        check_fork(self, plan)
        return go_on(self, plan)

    def switch(self, policy: Policy) -> Self:
        """A second model that goes on from here under a policy decided on now (see `switched`)."""
        return go_on(self, switched(self, policy))

    @property
    def datacollector(self) -> mesa.DataCollector:
        """All outcomes recorded so far, or what a subclass has set."""
        done, collector = self._collector
        if done not in (None, self.state.step):
            done, collector = self._collector = self.state.step, collected(self)
        return collector

    @datacollector.setter
    def datacollector(self, collector: mesa.DataCollector) -> None:
        self._collector = None, collector

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def __copy__(self) -> Self:
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        # The scenario first: it brings extensions, whose processes follow.
        return {"plan": self.plan, **vars(self), "_registered_firms": self.firms.registered}

    def __setstate__(self, state: dict[str, Any]) -> None:
        registered = state.pop("_registered_firms")
        self.__dict__.update(state)
        self.state.firms.join(self).registered = registered
