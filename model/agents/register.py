"""Makes countries and platforms Mesa agents of a model, and keeps them on its columns."""

from typing import TYPE_CHECKING, Any

import mesa

from divide.model.agents.country import Country
from divide.model.agents.platform import Platform
from divide.model.run import Run


class Registering(mesa.Model):
    """A Mesa model whose countries and platforms become agents when somebody first asks for agents.

    Most runs are never asked, and to register takes a tenth of the time to make a model.
    """

    #: Tells firms not to ask for the countries yet.
    registers_late = True
    _registered = False

    if not TYPE_CHECKING:  # a type checker knows these from Mesa

        @property
        def agents(self) -> Any:
            """All agents of the model."""
            self._register()
            return mesa.Model.agents.fget(self)

        @property
        def agents_by_type(self) -> Any:
            """The agents of each class."""
            self._register()
            return mesa.Model.agents_by_type.fget(self)

        @property
        def agent_types(self) -> Any:
            """The classes of the agents."""
            self._register()
            return mesa.Model.agent_types.fget(self)

        def register_agent(self, agent: Any) -> None:
            """Register an agent, after the countries and platforms."""
            self._register()
            super().register_agent(agent)

        def remove_all_agents(self) -> None:
            """Remove all agents, those too that nobody has asked for yet."""
            self._register()
            super().remove_all_agents()

    def _register(self) -> None:
        if not self._registered:
            self._registered = True  # first, as each agent comes by here
            register(self, self)  # type: ignore[arg-type]


def register(model: mesa.Model, run: Run) -> None:
    """An agent for each country and each platform of `run`; its firms know the model."""
    s = run.state
    for row in range(run.n):
        Country(model, s.countries, row, run.world, run.cell_shares)
    for row, name in enumerate(run.platform_names):
        Platform(model, s.platforms, row, name)
    s.firms.bind(model)


def follow_columns(model: mesa.Model, run: Run) -> None:
    """Let the agents read and write the columns of a state that has replaced another."""
    for country in model.agents_by_type[Country]:
        country.columns = run.state.countries
    for platform in model.agents_by_type[Platform]:
        platform.columns = run.state.platforms
    run.state.firms.bind(model)
