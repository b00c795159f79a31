"""Tables of numbers that a stranger may have written: one column a name, one row a point."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from divide.model.declare.checks import check_number, unknown
from divide.model.declare.errors import InputError, UnknownKeyError, located
from divide.model.declare.levers import Lever
from divide.model.declare.parameters import Parameter

#: No table has more numbers than this (400 MB).
MOST_NUMBERS = 50_000_000
LONGEST_LINE = 10_000_000

type Known = Mapping[str, Parameter | Lever]


def read_table(
    path: Path, where: str, known: Known, kind: str, row: str
) -> tuple[list[str], list[list[float]]]:
    """The names in the first line of a CSV file, and the numbers below them row by row.

    Args:
        path: The file.
        where: Names it in errors.
        known: What columns may be called, with unit and bounds.
        kind: What a column is called in errors, "parameter".
        row: What a row is called, "draw".

    Raises:
        InputError: The file cannot be read, is empty, ragged or too large, a name does not exist
            or stands twice, or a value is outside its declared bounds.
    """
    with located(where):
        (_, names), *rows = _texts(path) or [(0, [])]
        for name in names:
            if name not in known:
                raise UnknownKeyError(unknown(kind, name[:80], known), (name[:80],))
            if names.count(name) > 1:
                raise InputError(f"{name} stands twice in the first line")
        if not rows:
            raise InputError(f"holds no {row}; the first line names each {kind}")
    columns = [(known[name].bounds, known[name].unit, name) for name in names]
    found = []
    for k, (line, texts) in enumerate(rows, start=1):
        with located(f"{where}, line {line}, {row} {k}"):
            if len(texts) != len(names):
                raise InputError(f"has {len(texts)} values for {len(names)} names")
            found.append(
                [check_number(_number(text), *c) for text, c in zip(texts, columns, strict=True)]
            )
    return names, found


def _texts(path: Path) -> list[tuple[int, list[str]]]:
    """The lines of a CSV file that hold something, each with its number."""
    found: list[tuple[int, list[str]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(_lines(file), strict=True)
            for texts in filter(None, reader):
                found.append((reader.line_num, texts))
                if len(found) * len(texts) > MOST_NUMBERS:
                    raise InputError(f"more than {MOST_NUMBERS:,} numbers")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError("is not a text file in UTF-8") from None
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}") from None
    return found


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a file, which may be no text file and have no end."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise InputError(f"has a line of more than {LONGEST_LINE:,} characters")
        yield line


def _number(text: str) -> object:
    """The number that a text holds, or the text, for the error about it."""
    try:
        return float(text)
    except ValueError:
        return text[:80]
