"""The commands that ask a sweep folder: `divide query`, `compare`, `analyse` and `export`."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

_csv = click.option("--csv", "as_csv", is_flag=True, help="Write CSV instead of a table.")
_incomplete = click.option(
    "--incomplete", is_flag=True, help="Leave out runs that failed or are missing."
)


@click.command()
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@_csv
def query(folder: str, sql: str, as_csv: bool) -> None:
    """Ask a sweep a question in SQL.

    The tables are runs, inputs, model, country and spend, for example
    "SELECT policy, avg(usage_gini) FROM model WHERE year = 2040 GROUP BY policy".
    """
    from divide.experiments.read.load import load

    show(load(folder).query(sql), as_csv)


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
@_csv
def compare(
    folder: str,
    outcomes: tuple[str, ...],
    precision: float | None,
    points: bool,
    incomplete: bool,
    as_csv: bool,
) -> None:
    """Paired differences of each policy from the reference at the end of the runs.

    Over many points: their mean, lowest and highest, and the share of points above zero; with
    --precision the point that needs the most replicates.
    """
    from divide.experiments.cli.errors import fail
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
    show(table, as_csv)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--outcome", required=True, metavar="NAME", help="Outcome at the end of the runs.")
@click.option(
    "--policy",
    metavar="NAME",
    help='Whose runs, or "NAME - NAME" for a difference (sobol and morris designs).',
)
@click.option("--below", type=float, metavar="VALUE", help="Find where the outcome ends below.")
@click.option("--above", type=float, metavar="VALUE", help="Find where the outcome ends above.")
@click.option("--pairs", is_flag=True, help="Sobol indices of pairs of factors.")
@_csv
def analyse(
    folder: str,
    outcome: str,
    policy: str | None,
    below: float | None,
    above: float | None,
    pairs: bool,
    as_csv: bool,
) -> None:
    """What moves an outcome, and which policy stands up.

    A sobol design gives Sobol indices, a morris design elementary effects, any other the regret
    of each policy. With --below or --above: the ranges of the factors that lead there (PRIM).
    """
    from divide.experiments.read.load import load

    sweep = load(folder)
    kind = sweep.experiment.design.kind
    if below is not None or above is not None:
        from divide.experiments.read.discovery import boxes

        show(boxes(sweep, outcome, below=below, above=above, policy=policy), as_csv)
    elif kind in ("sobol", "morris") or pairs:
        from divide.experiments.read import sensitivity

        one = sensitivity.morris if kind == "morris" else sensitivity.sobol
        show((sensitivity.sobol_pairs if pairs else one)(sweep, outcome, policy), as_csv)
    else:
        from divide.experiments.read.discovery import regret

        show(regret(sweep, outcome), as_csv)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--out", required=True, metavar="FILE", help="ZIP file to write.")
def export(folder: str, out: str) -> None:
    """Pack a sweep into one ZIP file with RO-Crate metadata."""
    from divide.experiments.read.crate import export as pack

    click.echo(f"{pack(folder, out)} holds the sweep and its RO-Crate metadata")


def show(table: "pd.DataFrame", as_csv: bool) -> None:
    """Print a table for people, or as CSV."""
    if as_csv:
        click.echo(table.to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.6g}"))
