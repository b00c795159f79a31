"""The commands that ask a sweep folder: `divide query`, `compare` and `export`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.carrying import csv_option
from divide.experiments.cli.errors import fail

if TYPE_CHECKING:
    import pandas as pd


def table_options(command: Any) -> Any:
    """The options that say where a table goes, if not to people."""
    parquet = click.option("--parquet", metavar="FILE", help="Write a Parquet file.")
    return csv_option(parquet(command))


_incomplete = click.option(
    "--incomplete", is_flag=True, help="Leave out runs that failed or are missing."
)


@click.command()
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@click.option(
    "--limit",
    type=click.FloatRange(0.1),
    default=60.0,
    metavar="SECONDS",
    show_default=True,
    help="Give a question up after so long.",
)
@table_options
def query(folder: str, sql: str, limit: float, csv: str | None, parquet: str | None) -> None:
    """Ask a sweep a question in SQL: one SELECT, WITH, DESCRIBE or SHOW.

    The tables are runs, inputs (by run), design, model, country and spend, for example
    "SELECT policy, avg(usage_gini) FROM model WHERE year = 2040 GROUP BY policy".
    Nothing else can be read or written.
    """
    from divide.experiments.read.load import load

    show(load(folder).query(sql, seconds=limit), csv, parquet)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME", help="[default: all kept]")
@click.option(
    "--precision",
    type=float,
    metavar="WIDTH",
    help="Say how many replicates a 95 % interval of +-WIDTH needs; takes one outcome.",
)
@click.option("--points", is_flag=True, help="A row for each point of the design.")
@_incomplete
@table_options
def compare(
    folder: str,
    outcomes: tuple[str, ...],
    precision: float | None,
    points: bool,
    incomplete: bool,
    csv: str | None,
    parquet: str | None,
) -> None:
    """Paired differences of each policy from the reference at the end of the runs.

    Over many points: their mean, lowest and highest, and the share of points above zero; with
    --precision the point that needs the most replicates.
    """
    from divide.experiments.read.load import load
    from divide.experiments.read.paired import differences, over_points, replicates_needed

    sweep = load(folder)
    if precision is not None:
        if len(outcomes) != 1:
            fail("--precision takes exactly one --outcome")
        table = replicates_needed(sweep, outcomes[0], precision, incomplete=incomplete)
        if not points:
            table = table.loc[table.groupby("policy", sort=False)["needed"].idxmax()]
    else:
        table = differences(sweep, outcomes or None, incomplete=incomplete)
        if not points and (table["point"] > 0).any():
            table = over_points(table)
    show(table, csv, parquet)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--out", required=True, metavar="FILE", help="ZIP file to write.")
def export(folder: str, out: str) -> None:
    """Pack a sweep into one ZIP file with RO-Crate metadata."""
    from divide.experiments.read.crate import export as pack

    click.echo(f"{pack(folder, out)} holds the sweep and its RO-Crate metadata")


def show(table: "pd.DataFrame", csv: str | None = None, parquet: str | None = None) -> None:
    """Print a table for people, or write it to files that do not exist yet."""
    for option, name in (("--csv", csv), ("--parquet", parquet)):
        if name not in (None, "-") and os.path.lexists(str(name)):
            fail(f"{option} {name}: exists; name a new file")
    if csv is None and parquet is None:
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.6g}"))
    if csv is not None:
        _write(csv, table.to_csv(index=False, lineterminator="\n").encode())
    if parquet is not None:
        _write(parquet, table.to_parquet(index=False))


def _write(name: str, data: bytes) -> None:
    if name == "-":
        click.echo(data, nl=False)
        return
    from divide.experiments.keep.folder import replace_file

    replace_file(Path(name), data)
