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
