"""The tables of the file of rooms, and what each version of it has added."""

from divide.app.rooms import seal

_SCHEMA = """
CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    code TEXT NOT NULL,
    code_digest BLOB NOT NULL UNIQUE,
    key_digest BLOB NOT NULL,
    settings TEXT NOT NULL,
    outcome TEXT NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0,
    revealed INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    made TEXT NOT NULL
) STRICT;
CREATE TABLE member (
    browser BLOB PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT,
    team_key TEXT,
    UNIQUE (room, team_key)
) STRICT;
CREATE TABLE submission (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scenario TEXT NOT NULL,
    sent TEXT NOT NULL,
    headline TEXT,
    error TEXT,
    program TEXT,
    UNIQUE (room, team_key, digest)
) STRICT;
CREATE INDEX submission_room ON submission (room);
"""
#: Who a team's name belongs to, and who asks to be let in as that team: new in version 2.
_OWNERS = """
CREATE TABLE owner (
    room INTEGER NOT NULL REFERENCES room (id),
    team_key TEXT NOT NULL,
    browser BLOB NOT NULL,
    PRIMARY KEY (room, team_key)
) STRICT;
CREATE TABLE claim (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    browser BLOB NOT NULL,
    UNIQUE (room, browser)
) STRICT;
INSERT INTO owner SELECT DISTINCT room, team_key, x'' FROM submission;
INSERT OR REPLACE INTO owner SELECT room, team_key, browser FROM member WHERE team IS NOT NULL;
"""
#: What the facilitator shows to everybody, what the teams expect of it, and whom each speaks for:
#: new in version 4. A figure is a text, every digit of which its checksum sees.
_STAGES = """
CREATE TABLE stage (
    room INTEGER PRIMARY KEY REFERENCES room (id),
    number INTEGER NOT NULL,
    scenario TEXT NOT NULL,
    look TEXT NOT NULL,
    asked TEXT,
    answered INTEGER NOT NULL
) STRICT;
CREATE TABLE mark (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    expected TEXT NOT NULL,
    UNIQUE (room, team_key)
) STRICT;
CREATE TABLE role (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    team TEXT NOT NULL,
    team_key TEXT NOT NULL,
    role TEXT NOT NULL,
    UNIQUE (room, team_key)
) STRICT;
"""
#: Columns by table. That every row has a checksum (see `seal`) is new in version 3.
_FIRST = {
    "room": (
        *("id", "title", "code", "code_digest", "key_digest", "settings", "outcome"),
        *("frozen", "revealed", "version", "made"),
    ),
    "member": ("browser", "room", "team", "team_key"),
    "submission": (
        *("id", "room", "team", "team_key", "name", "digest", "scenario", "sent"),
        *("headline", "error", "program"),
    ),
    "owner": ("room", "team_key", "browser"),
    "claim": ("id", "room", "team", "team_key", "browser"),
}
_NEW = {
    "stage": ("room", "number", "scenario", "look", "asked", "answered"),
    "mark": ("id", "room", "team", "team_key", "expected"),
    "role": ("id", "room", "team", "team_key", "role"),
}
COLUMNS = {**_FIRST, **_NEW}
#: What each version has that the one before it lacks, in order.
STEPS = (
    _SCHEMA.split(";"),
    _OWNERS.split(";"),
    [seal.TABLE, *seal.statements(_FIRST)],
    [*_STAGES.split(";"), *seal.statements(_NEW)],
)
