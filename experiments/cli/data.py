"""The command `divide data`: the country figures that runs start from."""

from pathlib import Path

import click


@click.group()
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


@data.command()
@click.argument("folder", type=click.Path())
@click.option(
    "--out", default="world", show_default=True, metavar="DIR", help="Folder for the tables."
)
def add(folder: str, out: str) -> None:
    """Use figures of your own: files with the columns iso3, year, indicator and value.

    For series that may not be passed on, and for later years. Lists of Chinese-financed projects
    (AidData, AEI) may stand among them.
    """
    from divide.experiments.keep.atomic import check_place
    from divide.model.world import add as adding
    from divide.model.world import datapackage

    place = check_place(Path(out), ours={*datapackage.TABLES, "datapackage.json"})
    added = adding.add(Path(folder), place)
    for name, (figures, countries, first, last) in added.used.items():
        span = str(first) if first == last else f"{first} to {last}"
        click.echo(f"{name}: {figures} figures of {countries} countries, {span}")
    if added.projects[0]:
        projects, countries = added.projects
        click.echo(f"projects.csv: {projects} network projects in {countries} countries")
    if added.left:
        names = sorted(added.left, key=lambda name: (len(name) == 3, name))  # series first
        told = ", ".join(f"{name} ({added.left[name]})" for name in names[:20])
        more = f" and {len(names) - 20} others" if len(names) > 20 else ""
        click.echo(f"Left aside, as no run reads it: {told}{more}")
    click.echo(f"The tables are in {added.folder}; use them with DIVIDE_WORLD={added.folder}")
