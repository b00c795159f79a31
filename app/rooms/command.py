"""The command `divide rooms`: what a folder of rooms holds, and what is to go."""

from pathlib import Path

import click

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@click.group()
def rooms() -> None:
    """List and remove the rooms that "divide serve" keeps in a folder."""


@rooms.command("list")
@_FOLDER
def list_rooms(folder: Path) -> None:
    """Show code, day, teams, scenarios and name of each room."""
    from divide.app.rooms.file import existing

    query = (
        "SELECT code, substr(made, 1, 10) AS day, title,"
        " (SELECT count(*) FROM owner WHERE owner.room = room.id) AS teams,"
        " (SELECT count(*) FROM submission AS s WHERE s.room = room.id) AS sent"
        " FROM room ORDER BY id"
    )
    with existing(folder).closing() as db:
        for row in db.execute(query):
            click.echo(f"{row['code']}  {row['day']}  {row['teams']:3} teams  ", nl=False)
            click.echo(f"{row['sent']:4} scenarios  {row['title']}")


@rooms.command("remove")
@_FOLDER
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
def remove(folder: Path, codes: tuple[str, ...]) -> None:
    """Remove rooms with all that was handed in to them; a server that runs goes on."""
    from divide.app.rooms.file import existing, remove_room
    from divide.model.declare.errors import InputError

    file = existing(folder)
    removed = []
    with file.closing(), file.writing() as db:
        for code in codes:
            plain = code.upper().replace("-", "")
            found = db.execute("SELECT id, title FROM room WHERE code = ?", (plain,)).fetchone()
            if found is None:
                raise InputError(f"{file.path}: no room has the code {code}; nothing was removed")
            remove_room(db, found["id"])
            removed.append(found["title"])
    for title in removed:
        click.echo(f"removed: {title}")


@rooms.command("export")
@_FOLDER
@click.argument("code", metavar="CODE")
@click.option(
    "--to",
    "path",
    metavar="FILE",
    required=True,
    help="The file to write.",
    type=click.Path(path_type=Path, dir_okay=False),
)
@click.option("--page", is_flag=True, help="The page to take home, instead of the offline room.")
@click.option("--lang", default="en", show_default=True, help="Language of the file.")
def export(folder: Path, code: str, path: Path, *, page: bool, lang: str) -> None:
    """Write a room as one file that opens without a server and moves between runs made now."""
    from divide.app.takehome.export import export_room

    export_room(folder, code, path, page=page, lang=lang, say=click.echo)


@rooms.command("set-aside")
@_FOLDER
def set_aside(folder: Path) -> None:
    """Move a damaged file of rooms out of the way, so that a server can begin another."""
    from divide.app.rooms.file import set_aside

    click.echo(f"moved to {set_aside(folder)}")
