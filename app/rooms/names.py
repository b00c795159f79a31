"""Names of teams: what may be one, and when two would be taken for each other."""

import unicodedata

from fontTools.unicodedata import script

from divide.app.rooms.records import RoomError
from divide.app.visit.state import clean_name

#: Scripts that are written together; every other name keeps to one script.
_TOGETHER = {"Latn", "Hani", "Hira", "Kana", "Hang", "Bopo"}
#: Characters of no script of their own: digits, punctuation, marks, what is unassigned.
_COMMON = {"Zyyy", "Zinh", "Zzzz"}
#: Letters and digits drawn alike, after Unicode's list of confusables (UTS 39); below each what it
#: is compared as. The small form stands for the capital, which is the more alike.
_DRAWN = "авеікмнорстухѕјԛԝһӏ" + "αβεζηικμνορτυχ" + "i1|0"
_ALIKE = "abelkmhopctyxsjqwhl" + "abezhlkmnoptyx" + "lllo"
_FOLD = str.maketrans(_DRAWN, _ALIKE)
#: Drawn as nothing, though their categories are those of letters, marks and symbols.
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800}
_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def team_name(text: str) -> str:
    """A name as it is shown.

    Raises:
        RoomError: Nothing of it can be seen, or it mixes scripts.
    """
    name = clean_name(text)
    if not team_key(name):
        raise RoomError("name_missing")
    used = {script(c) for c in name} - _COMMON
    if len(used) > 1 and not used <= _TOGETHER:
        raise RoomError("name_mixed")
    return name


def team_key(name: str) -> str:
    """What names are compared by: names that look alike are one name."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    seen = (_seen(c) for c in plain if not _invisible(ord(c)))
    return "".join(seen).translate(_FOLD).strip()


def _seen(character: str) -> str:
    """All dashes are one, and all spaces."""
    return {"Pd": "-", "Zs": " "}.get(unicodedata.category(character), character)


def _invisible(code: int) -> bool:
    return (
        code in _BLANK
        or any(code in selectors for selectors in _SELECTORS)
        or unicodedata.category(chr(code))[0] == "C"
    )
