"""Tables of numbers that a stranger may have written: one column a name, one row a point."""

import csv
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.checks import check_number, plain_number, unknown
from divide.model.declare.errors import InputError, UnknownKeyError, located
from divide.model.declare.files import check_file
from divide.model.declare.levers import Lever
from divide.model.declare.parameters import Parameter

#: No table has more numbers than this (400 MB).
MOST_NUMBERS = 50_000_000
LONGEST_LINE = 10_000_000

type Known = Mapping[str, Parameter | Lever]


def read_table(
    path: Path, where: str, known: Known, kind: str, row: str
) -> tuple[list[str], NDArray[np.float64]]:
    """The names in the first line of a CSV file, and the numbers below them, (rows, names).

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
    lines = _lines(path)
    with located(where):
        _, names = next(lines, (0, []))
        _check_names(names, known, kind)
    columns = [(known[name].bounds, known[name].unit, name) for name in names]
    found, k = array("d"), 0
    while True:
        with located(where):
            line, texts = next(lines, (0, []))
        if not texts:
            break
        k += 1
        with located(f"{where}, line {line}, {row} {k}"):
            if len(texts) != len(names):
                raise InputError(f"has {len(texts)} values for {len(names)} names")
            if len(found) + len(texts) > MOST_NUMBERS:
                raise InputError(f"more than {MOST_NUMBERS:,} numbers")
            found.extend(
                check_number(_number(text, column[2]), *column)
                for text, column in zip(texts, columns, strict=True)
            )
    if not k:
        raise InputError(f"holds no {row}; the first line names each {kind}", place=where)
    return names, np.array(found).reshape(k, len(names))


def _check_names(names: list[str], known: Known, kind: str) -> None:
    """Raise InputError unless the first line holds distinct names that exist."""
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if any(separator in name for name in names):
            raise InputError(
                f"columns are separated by {called}: save the table with commas between columns "
                "and points in numbers"
            )
    for name in names:
        if name not in known:
            raise UnknownKeyError(unknown(kind, name[:80], known), (name[:80],))
        if names.count(name) > 1:
            raise InputError(f"{name} stands twice in the first line")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV file that hold something, each with its number."""
    check_file(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(_bounded(file), strict=True)
            for texts in filter(None, reader):
                yield reader.line_num, texts
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError("is not a text file in UTF-8") from None
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}") from None


def _bounded(file: TextIO) -> Iterator[str]:
    """The lines of a file, which may have no end."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise InputError(f"has a line of more than {LONGEST_LINE:,} characters")
        yield line


def _number(text: str, name: str) -> float | str:
    """The number that a text holds, or the text, for the error about it."""
    found = plain_number(text.strip())
    if isinstance(found, str) and "," in found:
        raise InputError(f"{text[:80]!r} is not a number; decimals take a point", (name,))
    return found[:80] if isinstance(found, str) else found
