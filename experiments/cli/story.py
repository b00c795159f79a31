"""What `divide story` prints: the order of a step and what each process does in it."""

from textwrap import fill

import click
import pandas as pd


def print_story(rows: pd.DataFrame) -> None:
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
