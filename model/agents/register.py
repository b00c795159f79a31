"""Makes countries and platforms Mesa agents of a model, and keeps them on its columns."""

import mesa

from divide.model.agents.country import Country
from divide.model.agents.platform import Platform
from divide.model.run import Run


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
