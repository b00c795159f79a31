"""What `divide check` says of tables: draws, designs and worlds."""

from pathlib import Path

import click
import numpy as np

from divide.experiments.plan.csvfile import read_table
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import Parameter, parameters


def say_table(path: Path) -> None:
    """Draws of parameters, or the points of a design."""
    known: dict[str, Lever | Parameter] = {**parameters(), **levers()}
    names, rows = read_table(path, str(path), known, "parameter or lever", "row")
    varied = [name for name in names if name in levers()]
    if varied:
        said = f"design of {len(rows):,} points; levers: {', '.join(varied)}"
        use = f"design: {{kind: table, file: {path.name}}}"
    else:
        said = f"{len(rows):,} draws of {len(names)} parameters"
        use = f"divide run --posterior {path}, or a design of kind posterior or table"
    click.echo(f"{path}: {said}\nuse: {use}")
    for name, column in zip(names, rows.T, strict=True):
        low, middle, high = np.quantile(column, (0, 0.5, 1))
        click.echo(f"  {name}: {low:.6g} to {high:.6g}, median {middle:.6g}")


def say_world(path: Path) -> None:
    """A world: what a run needs of it is read and checked."""
    from divide.model.declare.countries import start_years
    from divide.model.world.tables import read_tables

    tables = read_tables(path)
    first, last = start_years(path)
    click.echo(
        f"{path}: world of {len(tables.iso3)} countries; runs start at the end of {first} to "
        f"{last}\nuse: DIVIDE_WORLD={path}\ndigest {tables.digest}"
    )
