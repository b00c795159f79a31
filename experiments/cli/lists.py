"""The commands that say what there is: `divide policies`, `levers`, `outcomes` and `check`.

They answer at once: neither Mesa nor pandas is loaded.
"""

import click


@click.command()
def policies() -> None:
    """List the policy packages that ship with the model."""
    from divide.experiments.cli.tables import print_policies

    print_policies()


@click.command()
def levers() -> None:
    """List the policy levers: unit, bounds, cost, lag, evidence and source."""
    from divide.experiments.cli.tables import print_levers

    print_levers()


@click.command()
def outcomes() -> None:
    """List the recorded outcomes: unit, which direction is better, and source."""
    from divide.experiments.cli.tables import print_outcomes

    print_outcomes()


@click.command()
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Check a scenario or policy file and say what it is."""
    from divide.experiments.cli.tables import print_scenario
    from divide.model.policy.policy import check_countries
    from divide.model.scenario import Scenario

    scenario = Scenario.from_file(file)
    check_countries(scenario.policy)
    print_scenario(scenario, file)
