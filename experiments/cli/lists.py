"""The commands that say what there is: `policies`, `levers`, `outcomes`, `parameters`, `check`.

They answer at once: neither Mesa nor pandas is loaded.
"""

from typing import Any

import click

from divide.experiments.cli.carrying import extension_option


@click.command()
def policies() -> None:
    """List the policy packages that ship with the model."""
    from divide.experiments.cli.tables import print_policies

    print_policies()


@click.command()
@extension_option
def levers(extensions: tuple[Any, ...]) -> None:
    """List the policy levers: unit, bounds, cost, lag, evidence and source."""
    from divide.experiments.cli.tables import print_levers

    print_levers()


@click.command()
@extension_option
def outcomes(extensions: tuple[Any, ...]) -> None:
    """List the recorded outcomes: unit, which direction is better, and source."""
    from divide.experiments.cli.tables import print_outcomes

    print_outcomes()


@click.command()
@extension_option
def parameters(extensions: tuple[Any, ...]) -> None:
    """List the parameters: value, unit, bounds, prior, role and source."""
    from divide.experiments.cli.tables import print_parameters

    print_parameters()


@click.command()
@click.argument("file", metavar="FILE")
@extension_option
def check(file: str, extensions: tuple[Any, ...]) -> None:
    """Check a scenario or policy file and say what it is."""
    from divide.experiments.cli.tables import print_scenario
    from divide.model.policy.policy import check_countries
    from divide.model.scenario import Scenario

    scenario = Scenario.from_file(file, extensions)
    check_countries(scenario.policy)
    print_scenario(scenario, file)
