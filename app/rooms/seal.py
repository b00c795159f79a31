"""A checksum for every row of the rooms, kept by the file itself.

SQLite finds a page that is torn, not a letter or a figure that has changed: a board could show it.
Triggers write the checksum with each row, refuse to change a row that is not what was written, and
whoever reads compares.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256

#: Bytes of a checksum.
LENGTH = 16
#: Makes the table of the checksums.
TABLE = (
    "CREATE TABLE seal (kind TEXT NOT NULL, row INTEGER NOT NULL, sum BLOB NOT NULL,"
    " PRIMARY KEY (kind, row)) STRICT"
)
_BROKEN = "is not what was written"


def register(db: sqlite3.Connection) -> None:
    """Let a connection make checksums; without it nothing can be written."""
    db.create_function("row_seal", -1, row_seal, deterministic=True)
    # A row that makes room for another takes its checksum with it.
    db.execute("PRAGMA recursive_triggers = ON")


def row_seal(*values: bytes | str | None) -> bytes:
    """The checksum of a table's name and the values of a row, as bytes."""
    return sha256(repr(values).encode()).digest()[:LENGTH]


def statements(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """What makes the checksums of tables, and of the rows that they have."""
    made = []
    for table, names in columns.items():
        new, old = (_call(table, names, f"{row}.") for row in ("NEW", "OLD"))
        kept = f"(SELECT sum FROM seal WHERE kind = '{table}' AND row = OLD.rowid)"  # noqa: S608
        put = f"INSERT OR REPLACE INTO seal VALUES ('{table}', NEW.rowid, {new});"  # noqa: S608
        made += [
            f"INSERT INTO seal SELECT '{table}', rowid, {_call(table, names)} FROM {table}",  # noqa: S608
            f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {put} END",
            f"CREATE TRIGGER {table}_before BEFORE UPDATE ON {table} WHEN {kept} IS NOT {old}"
            f" BEGIN SELECT RAISE(ABORT, 'a {table} {_BROKEN}'); END",
            f"CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} BEGIN {put} END",
            f"CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN"  # noqa: S608
            f" DELETE FROM seal WHERE kind = '{table}' AND row = OLD.rowid; END",
        ]
    return made


def _call(table: str, names: Sequence[str], row: str = "") -> str:
    # As bytes: a text that has become unreadable must not stop the one who compares.
    values = ", ".join(f"CAST({row}{name} AS BLOB)" for name in names)
    return f"row_seal('{table}', {values})"


def check(
    db: sqlite3.Connection, table: str, names: Sequence[str], where: str = "1", *values: object
) -> None:
    """Compare rows with their checksums.

    Raises:
        sqlite3.DatabaseError: One is not what was written.
    """
    kept = f"(SELECT sum FROM seal WHERE kind = '{table}' AND row = {table}.rowid)"  # noqa: S608
    query = f"SELECT 1 FROM {table} WHERE ({where}) AND {kept} IS NOT {_call(table, names)}"  # noqa: S608
    if db.execute(query, values).fetchone() is not None:
        raise sqlite3.DatabaseError(f"a {table} {_BROKEN}")


def check_count(db: sqlite3.Connection, tables: Sequence[str]) -> None:
    """See that no row is lost.

    Raises:
        sqlite3.DatabaseError: There are checksums without a row.
    """
    for table in tables:
        rows = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
        seals = "SELECT count(*) FROM seal WHERE kind = ?"
        if db.execute(seals, (table,)).fetchone()[0] != rows:
            raise sqlite3.DatabaseError(f"a {table} is lost")
