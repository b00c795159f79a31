"""A room of a folder as a file, from the command line."""

from collections.abc import Callable
from pathlib import Path

from divide.app.rooms.file import existing
from divide.app.rooms.records import Room, Submission, read_scenario, submission
from divide.app.server.engine import Engine
from divide.app.takehome.room import offline_room, room_page
from divide.app.words import languages, words
from divide.experiments.keep.folder import replace_file
from divide.model.declare.errors import InputError


def export_room(
    folder: Path, code: str, path: Path, *, page: bool, lang: str, say: Callable[[str], None]
) -> None:
    """Write the page of a room, or its offline file.

    Args:
        folder: Where "divide serve" keeps its rooms.
        code: Code of the room.
        path: The file to write.
        lang: Language of the file.
        page: The page to take home; else the offline file.
        say: Tells how far it has come.

    Raises:
        InputError: No such folder, room or language; nothing with figures; no place for the file.
    """
    if lang not in languages():
        raise InputError(f"no such language; known are {', '.join(languages())}", place=lang)
    if not path.parent.is_dir():
        raise InputError("there is no such folder", place=str(path.parent))
    room, sent = _room(folder, code)
    engine = Engine()
    try:
        make = room_page if page else offline_room
        text = make(
            engine, room, sent, words(lang), "export", lambda done, of: _tell(done, of, say)
        )
    finally:
        engine.close()
    replace_file(path, text.encode())
    say(f"{path}: {len(text.encode()):,} bytes")


def _tell(done: int, of: int, say: Callable[[str], None]) -> None:
    if done % 50 == 0 or done == of:
        say(f"{done} of {of} runs")


def _room(folder: Path, code: str) -> tuple[Room, list[Submission]]:
    file = existing(folder)
    plain = code.upper().replace("-", "")
    with file.closing() as db:
        row = db.execute("SELECT * FROM room WHERE code = ?", (plain,)).fetchone()
        if row is None:
            raise InputError(f"{file.path}: no room has the code {code}")
        query = "SELECT * FROM submission WHERE room = ? ORDER BY id"
        sent = [submission(each) for each in db.execute(query, (row["id"],))]
    base = read_scenario(row["settings"])
    flags = bool(row["frozen"]), bool(row["revealed"])
    return Room(row["title"], row["code"], base, row["outcome"], *flags, 0, len(sent)), sent
