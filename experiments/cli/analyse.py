"""The command `divide analyse`: what moves an outcome in a folder, and which policy stands up."""

import os
from pathlib import Path

import click

from divide.experiments.cli.errors import fail
from divide.experiments.cli.query import show, table_options
from divide.experiments.read.methods import METHODS

#: Rows that a terminal is given; a file has all.
ROWS = 25


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--outcome", required=True, metavar="NAME", help="Outcome at the end of the runs.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="How it is answered; the first line names the default of the folder.",
)
@click.option(
    "--policy", metavar="NAME", help='Whose runs, or "NAME - NAME" for a difference of two.'
)
@click.option("--below", type=float, metavar="VALUE", help="Find where the outcome ends below.")
@click.option("--above", type=float, metavar="VALUE", help="Find where the outcome ends above.")
@click.option("--pairs", is_flag=True, help="Sobol indices of pairs of factors.")
@click.option("--path", "whole", is_flag=True, help="The table is the peeling path (prim).")
@click.option("--step", type=int, metavar="N", help="The box of this step of the path (prim).")
@click.option("--plot", metavar="FILE", help="Draw it into a new .svg or .png file.")
@table_options
def analyse(
    folder: str,
    outcome: str,
    method: str | None,
    policy: str | None,
    below: float | None,
    above: float | None,
    pairs: bool,
    whole: bool,
    step: int | None,
    plot: str | None,
    csv: str | None,
    parquet: str | None,
) -> None:
    """What moves an outcome, and which policy stands up, in any folder of runs.

    Which factors move it: Sobol indices and Morris effects from their own designs; from any other
    rank regression (regression, partial, or correlation where points are few), mutual information
    (information) or random forests (forest), all with 95 % intervals. With --below or --above,
    where the factors lead there: a box (prim) or rules (cart, which explains the outcome itself
    without). Several policies are compared by regret.
    """
    from divide.experiments.read.analysis import analyse as ask
    from divide.experiments.read.discovery import Peeling
    from divide.experiments.read.load import load

    if plot is not None:
        from divide.experiments.report.charts_analysis import check_plot

        check_plot(Path(plot))
        if os.path.lexists(plot):
            fail(f"--plot {plot}: exists; name a new file")
    answer = ask(load(folder), outcome, method=method, policy=policy, below=below, above=above,
                 pairs=pairs, step=step)  # fmt: skip
    peeling = answer.more if isinstance(answer.more, Peeling) else None
    if whole and peeling is None:
        fail(f"--path goes with prim, not with {answer.method}")
    table = peeling.path if whole and peeling else answer.table
    people = csv is None and parquet is None
    click.echo(answer.first, err=not people)  # a table for programs stands alone
    if people and not whole and peeling:
        show(peeling.path)
    show(table.head(ROWS) if people and not whole else table, csv, parquet)
    if people and len(table) > ROWS and not whole:
        click.echo(f"{len(table) - ROWS} more rows: --csv FILE")
    for note in answer.notes:
        click.echo(note, err=not people)
    if plot is not None:
        from divide.experiments.report.charts_analysis import save

        save(answer, Path(plot))
        click.echo(f"{plot} shows it", err=True)
