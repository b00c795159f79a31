"""The command `divide story`: the order of a step and what each process does in it."""

from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import extension_option, loading

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.option("--scenario", "file", metavar="FILE", help="Scenario file. [default: every lever]")
@extension_option
def story(file: str | None, extensions: tuple[Any, ...]) -> None:
    """Tell a step: its processes in order, what each reads and writes, its share of the time."""
    from dataclasses import replace

    from divide.model.scenario import Scenario

    plan = Scenario.from_file(file, extensions) if file is not None else None
    with loading():
        from divide.model.story import every_lever
        from divide.model.story import story as told

        if plan is None:
            plan = replace(Scenario(extensions=extensions), policy=every_lever(extensions))
        rows = told(plan)
    print_story(rows)


def print_story(rows: "pd.DataFrame") -> None:
    """Each process, its first sentence, what it reads and writes, and its share of the time."""
    for place, row in enumerate(rows.to_dict("records"), start=1):
        click.secho(f"{place:>2}  {row['process']:<28} {100 * row['share']:>5.1f} %", bold=True)
        click.echo(f"    {row['does']}")
        for kind in ("reads", "writes", "parameters", "levers"):
            if row[kind]:
                click.echo(_listed(kind, row[kind]))


def _listed(kind: str, names: tuple[str, ...]) -> str:
    """Names behind a heading; those of one owner stand together, "countries: income online"."""
    groups: dict[str, list[str]] = {}
    for name in names:
        owner, _, short = name.rpartition(".")
        groups.setdefault(owner and f"{owner}: ", []).append(short)
    text = "; ".join(owner + " ".join(found) for owner, found in groups.items())
    return fill(text, 100, initial_indent=f"    {kind:<11}", subsequent_indent=" " * 15)
