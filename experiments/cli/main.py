"""The command `divide`.

Nothing heavy is imported here: listing and checking answer at once, and only `run` and `data`
load the model.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from divide.experiments.cli.errors import Commands
from divide.experiments.keep.provenance import version

if TYPE_CHECKING:
    from divide.experiments.plan.plan import Plan


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version=version(), prog_name="divide")
def main() -> None:
    """Agent-based model of the digital divide along the Digital Silk Road.

    Start with "divide run": it compares the status quo with the balanced package and writes
    tables and a report.
    """


@main.command()
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    help="Policy to compare with the status quo; may be given several times. [default: balanced]",
)
@click.option("--scenario", "file", metavar="FILE", help="Scenario file with the settings.")
@click.option("--start", type=int, metavar="YEAR", help="First year, 2000-2022. [default: 2022]")
@click.option("--until", type=int, metavar="YEAR", help="Last year, to 2060. [default: 2040]")
@click.option("--seed", type=int, help="Seed of the first replicate. [default: 1]")
@click.option("--replicates", type=int, default=5, show_default=True, help="Runs of each policy.")
@click.option("--firms", type=int, help="Representative firms. [default: 20000]")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=VALUE",
    help='Strength of a lever in every policy but the status quo; see "divide levers".',
)
@click.option(
    "--posterior",
    metavar="FILE|shipped",
    help="Draws of fitted parameters, one for each replicate, so that intervals cover their "
    'uncertainty: a CSV file, or "shipped" for those that come with the model.',
)
@click.option("--out", metavar="DIR", help="Folder to write. [default: runs/<policies>-<digest>]")
def run(
    policies: tuple[str, ...],
    file: str | None,
    start: int | None,
    until: int | None,
    seed: int | None,
    replicates: int,
    firms: int | None,
    settings: tuple[str, ...],
    posterior: str | None,
    out: str | None,
) -> None:
    """Compare policies on the same random numbers and write tables and a report."""
    from divide.experiments.plan.draws import read_draws
    from divide.experiments.plan.plan import Plan, chosen_policies, parse_changes
    from divide.model.scenario import Scenario

    base = Scenario.from_file(file) if file is not None else Scenario()
    own = base.policy if file is not None else None
    asked: dict[str, Any] = {"start": start, "until": until, "seed": seed, "firms": firms}
    base = replace(base, **{key: value for key, value in asked.items() if value is not None})
    draws = read_draws(posterior) if posterior is not None else ()
    plan = Plan(chosen_policies(policies, parse_changes(settings), own), base, replicates, draws)
    _run(plan, Path(out) if out is not None else default_folder(plan))


def default_folder(plan: "Plan") -> Path:
    """Folder named after the policies compared and the digest of the plan."""
    names = "-".join(plan.names[1:] or plan.names)
    return Path("runs") / f"{names[:80]}-{plan.digest[:8]}"


def _run(plan: "Plan", folder: Path) -> None:
    from divide.experiments.keep.atomic import check_place

    folder = check_place(folder)
    # The model takes seconds to load: only now, when the request is known to be sound.
    from divide.experiments.carry.run import execute
    from divide.experiments.cli.tables import print_comparison, progress_bar
    from divide.experiments.keep.run_folder import write_run

    with progress_bar() as progress:
        comparison = execute(plan, progress)
    print_comparison(comparison)
    write_run(comparison, folder)
    click.echo(f"\nTables, scenarios and report.html are in {folder}")


@main.command()
def policies() -> None:
    """List the policy packages that ship with the model."""
    from divide.experiments.cli.tables import print_policies

    print_policies()


@main.command()
def levers() -> None:
    """List the policy levers: unit, bounds, cost, lag, evidence and source."""
    from divide.experiments.cli.tables import print_levers

    print_levers()


@main.command()
def outcomes() -> None:
    """List the recorded outcomes: unit, which direction is better, and source."""
    from divide.experiments.cli.tables import print_outcomes

    print_outcomes()


@main.command()
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Check a scenario or policy file and say what it is."""
    from divide.experiments.cli.tables import print_scenario
    from divide.model.scenario import Scenario

    scenario = Scenario.from_file(file)
    print_scenario(scenario, file)


@main.command()
@click.option("--scenario", "file", metavar="FILE", help="Scenario file. [default: every lever]")
def story(file: str | None) -> None:
    """Tell a step: its processes in order, what each reads and writes, its share of the time."""
    from divide.model.scenario import Scenario

    plan = Scenario.from_file(file) if file is not None else None
    from divide.experiments.cli.story import print_story
    from divide.model.story import story

    print_story(story(plan))


@main.group()
def data() -> None:
    """The country figures that runs start from."""


@data.command()
@click.option("--out", required=True, metavar="DIR", help="Folder for the fresh tables.")
@click.option("--base-url", metavar="URL", help="Address of the data interface.")
def refresh(out: str, base_url: str | None) -> None:
    """Fetch the World Bank's figures anew."""
    from divide.experiments.cli.errors import fail
    from divide.experiments.keep.atomic import check_place
    from divide.model.world import datapackage
    from divide.model.world.refresh import RefreshError
    from divide.model.world.refresh import refresh as fetch

    place = check_place(Path(out), ours={*datapackage.TABLES, "datapackage.json"})
    try:
        folder = fetch(place, base_url)
    except RefreshError as error:
        fail(str(error))
    click.echo(f"Fresh tables are in {folder}; use them with DIVIDE_WORLD={folder}")


if __name__ == "__main__":
    main()
