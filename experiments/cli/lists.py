"""The commands that say what there is: `policies`, `levers`, `outcomes`, `parameters`, `countries`.

They answer at once: neither Mesa nor pandas is loaded.
"""

from typing import Any

import click

from divide.experiments.cli.carrying import csv_option, extension_option

names_argument = click.argument("names", metavar="[NAME]...", nargs=-1)


@click.command()
@names_argument
def policies(names: tuple[str, ...]) -> None:
    """List the policy packages that ship with the model."""
    from divide.experiments.cli.tables import print_policies

    print_policies(names)


@click.command()
@names_argument
@extension_option
def levers(names: tuple[str, ...], extensions: tuple[Any, ...]) -> None:
    """List the policy levers: unit, bounds, cost, lag, evidence and source."""
    from divide.experiments.cli.tables import print_levers

    print_levers(names)


@click.command()
@names_argument
@extension_option
def outcomes(names: tuple[str, ...], extensions: tuple[Any, ...]) -> None:
    """List the recorded outcomes: unit, which direction is better, and source."""
    from divide.experiments.cli.tables import print_outcomes

    print_outcomes(names)


@click.command()
@click.argument("names", metavar="[PROCESS|NAME]...", nargs=-1)
@extension_option
def parameters(names: tuple[str, ...], extensions: tuple[Any, ...]) -> None:
    """List the parameters: value, unit, bounds, prior, role and source.

    "divide parameters adoption" lists those of a process, "divide parameters adoption.imitation"
    says all that is known of one.
    """
    from divide.experiments.cli.parameters import print_parameters

    print_parameters(names)


@click.command()
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option("--members", is_flag=True, help="Members of the Belt and Road Initiative only.")
@csv_option
def countries(words: tuple[str, ...], members: bool, csv: str | None) -> None:
    """List the countries: code, name, region, income group, membership, people, share online.

    A word is a code, or part of a name, region or income group; with several, countries that fit
    any of them: "divide countries KEN 'central asia' --members".
    """
    from divide.experiments.cli.countries import print_countries

    print_countries(words, members, csv)
