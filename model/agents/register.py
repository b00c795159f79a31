"""Makes countries and platforms Mesa agents of a model, and keeps them on its columns.

A run asks columns, not agents: these are made when somebody first asks the model for any agent,
which most runs never do. Nobody can tell the difference: they come before all other agents, with
the same numbers, and whoever watches the model's agents is told of later ones only.
"""

from typing import Any, Self, overload

import mesa

from divide.model.agents.country import Country
from divide.model.agents.platform import Platform
from divide.model.run import Run


class OnDemand:
    """One of Mesa's own sets of agents, which has the model's agents once somebody looks at it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, model: None, owner: type) -> Self: ...
    @overload
    def __get__(self, model: Any, owner: type) -> Any: ...
    def __get__(self, model: Any, owner: type) -> Any:
        if model is None:
            return self
        if model.__dict__.pop("_agents_to_come", False):
            _make(model, model)
        return model.__dict__[self.name]

    def __set__(self, model: Any, agents: Any) -> None:
        model.__dict__[self.name] = agents


class MadeOnDemand(mesa.Model):
    """A Mesa model whose own agents are made when somebody first looks for any."""

    _agents_by_type = OnDemand()
    _all_agents = OnDemand()

    def observe(self, *what: Any, **named: Any) -> None:
        """Mesa's, for agents that come after the model's own."""
        len(self.agents)  # they are made now, or whoever observes would be told of them
        super().observe(*what, **named)


def register(model: mesa.Model, run: Run) -> None:
    """Countries and platforms of `run` are to be agents of the model; its firms know the model."""
    model.__dict__["_agents_to_come"] = True
    run.state.firms.join(model)


def _make(model: mesa.Model, run: Any) -> None:
    """An agent for each country and each platform."""
    s = run.state
    for row in range(run.n):
        Country(model, s.countries, row, run.world, run.cell_shares)
    for row, name in enumerate(run.platform_names):
        Platform(model, s.platforms, row, name)


def follow_columns(model: mesa.Model, run: Run) -> None:
    """Let the agents read and write the columns of a state that has replaced another."""
    if "_agents_to_come" not in model.__dict__:
        for country in model.agents_by_type[Country]:
            country.columns = run.state.countries
        for platform in model.agents_by_type[Platform]:
            platform.columns = run.state.platforms
    run.state.firms.join(model)
