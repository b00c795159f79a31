"""Reads the tables of a world, which may be of the user's own making, and checks them once.

An error names the file, the line and what is missing or allowed.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.countries import HUB, MOST_BYTES
from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text
from divide.model.world.columns import Array, Columns, numbers, texts

#: Columns that a run needs, by table; there may be others.
COLUMNS = {
    "countries.csv": (
        "iso3", "name", "region", "income_group", "lat", "lon", "area_km2", "landlocked",
        "bloc", "bloc_from", "mbridge_from",
    ),
    "pairs.csv": ("iso3", "other", "official", "border"),
    "members.csv": ("iso3", "joined", "left"),
    "cooperation.csv": ("iso3", "stage", "year"),
    "ecommerce.csv": ("period", "direction", "partner", "value", "unit"),
    "equations.csv": ("field", "until", "link", "term", "coefficient"),
    "projects.csv": ("iso3", "year", "usd_m", "source"),
    "history.csv.gz": ("indicator", "iso3"),
}  # fmt: skip
#: Columns of numbers with what is allowed, and whether a cell may be empty.
NUMBERS: dict[str, dict[str, tuple[float, float, bool]]] = {
    "countries.csv": {
        "lat": (-90, 90, False), "lon": (-180, 180, False), "area_km2": (0, 1e9, False),
        "landlocked": (0, 1, False), "bloc_from": (0, 9999, True), "mbridge_from": (0, 9999, True),
    },
    "members.csv": {},
    "cooperation.csv": {"stage": (0, 3, False), "year": (1900, 2100, False)},
    "projects.csv": {"year": (1900, 2100, False), "usd_m": (0, 1e5, False)},
    "ecommerce.csv": {"value": (0, 1e6, False)},
    "pairs.csv": {"official": (0, 1, False), "border": (0, 1, False)},
    "equations.csv": {"until": (1900, 2100, False), "coefficient": (-1e6, 1e6, False)},
}  # fmt: skip
#: What tells the rows of a table apart.
KEYS = {
    "countries.csv": ["iso3"], "members.csv": ["iso3"], "pairs.csv": ["iso3", "other"],
    "ecommerce.csv": ["period", "direction", "partner", "unit"],
    "equations.csv": ["field", "until", "term"], "history.csv.gz": ["indicator", "iso3"],
}  # fmt: skip
MAY_BE_EMPTY = ("members.csv", "cooperation.csv", "pairs.csv", "projects.csv")
BLOCS = ("hub", "eu", "us", "none")
MOST_COUNTRIES = 256


class History(NamedTuple):
    """All figures of a world.

    Attributes:
        indicator: Series of each row, (rows,).
        iso3: Economy of each row, (rows,).
        years: Years of the figures, (T,).
        figures: In the source's unit, NaN where there is none, (rows, T).
    """

    indicator: NDArray[np.object_]
    iso3: NDArray[np.object_]
    years: NDArray[np.int64]
    figures: Array


class _Read(NamedTuple):
    """A table as it was read: names of columns, rows of cells, and the line of each row."""

    path: Path
    names: list[str]
    rows: list[list[str]]
    lines: list[int]

    def cells(self, name: str) -> list[str]:
        at = self.names.index(name)
        return [row[at] for row in self.rows]


def read_table(directory: Path, name: str) -> Columns:
    """The columns of one table of a world that a run needs.

    Raises:
        InputError: It cannot be read, a column is missing, or a cell holds what is not allowed.
    """
    read = _read(directory / name)
    rules = NUMBERS[name]
    table: dict[str, NDArray[Any]] = {}
    for column in COLUMNS[name]:
        cells = read.cells(column)
        if column not in rules:
            table[column] = texts(cells)
            continue
        low, high, empty = rules[column]
        found = table[column] = numbers(cells)
        _check_numbers(read, [column], cells, found, (low, high), empty=empty)
    _check_once(read, table)
    if name == "countries.csv":
        _check_countries(read)
    return table


def read_history(directory: Path, name: str = "history.csv.gz") -> History:
    """The figures of all series, years and economies.

    Raises:
        InputError: See `read_table`.
    """
    read = _read(directory / name)
    years = _years(read.path, read.names[2:])
    cells = [cell for row in read.rows for cell in row[2:]]
    figures = numbers(cells)
    _check_numbers(read, read.names[2:], cells, figures, (0.0, np.inf), empty=True)
    codes = {column: texts(read.cells(column)) for column in COLUMNS[name]}
    _check_once(read, codes)
    return History(**codes, years=years, figures=figures.reshape(len(read.rows), len(years)))


def _read(path: Path) -> _Read:
    with located(str(path)):
        text = read_text(path, MOST_BYTES)
        names, rows, lines = _rows(text, COLUMNS[path.name])
        if not lines and path.name not in MAY_BE_EMPTY:
            raise InputError("holds no rows")
    return _Read(path, names, rows, lines)


def _rows(text: str, wanted: Sequence[str]) -> tuple[list[str], list[list[str]], list[int]]:
    """Names of the columns, which must be all that are wanted; rows; the line of each."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = next(reader, [])
        if missing := [name for name in wanted if name not in names]:
            hint = "; separate them with commas" if any(";" in name for name in names) else ""
            raise InputError(f"columns are missing: {', '.join(missing)}{hint}")
        if len(set(names)) < len(names):
            raise InputError("a column stands twice")
        rows, lines = [], []
        for row in filter(None, reader):
            if len(row) != len(names):
                reason = f"{len(row)} values for {len(names)} columns (decimals take a point)"
                raise InputError(f"line {reader.line_num}: {reason}")
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}") from None
    return names, rows, lines


def _years(path: Path, columns: Sequence[str]) -> NDArray[np.int64]:
    """The columns of years, each after the one before."""
    years = [int(year) if year.isdecimal() and len(year) == 4 else 0 for year in columns]
    if not years or 0 in years or years != sorted(set(years)):
        reason = "after indicator and iso3 come the years, each later than the one before"
        raise InputError(reason, place=f"{path}, line 1")
    return np.array(years)


def _check_numbers(
    read: _Read,
    columns: Sequence[str],
    cells: list[str],
    values: Array,
    bounds: tuple[float, float],
    *,
    empty: bool,
) -> None:
    """Raise InputError for the first cell of columns that is no number or out of bounds.

    Args:
        read: Where the cells stand.
        columns: Their names.
        cells: Texts, row by row.
        values: Numbers in the cells, NaN where there is none.
        bounds: Least and most that is allowed.
        empty: Whether a cell may be empty.
    """
    low, high = bounds
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= low) & (values <= high)))
    if empty and wrong.size == cells.count(""):
        return
    for k in wrong.tolist():
        if not (empty and cells[k] == ""):
            row, column = divmod(k, len(columns))
            told = repr(cells[k]) if cells[k] else "nothing"
            reason = f"{columns[column]}: {told:.80}; allowed: numbers from {low:g} to {high:g}"
            raise InputError(reason, place=f"{read.path}, line {read.lines[row]}")


def _check_once(read: _Read, table: Columns) -> None:
    """Raise InputError if two rows of a table are not told apart by its keys."""
    keys = KEYS.get(read.path.name)
    if keys is None:
        return
    seen = set()
    rows = zip(*(table[key].tolist() for key in keys), strict=True)
    for line, row in zip(read.lines, rows, strict=True):
        if row in seen:
            what = ", ".join(f"{part:g}" if isinstance(part, float) else part for part in row)
            raise InputError(f"{what} stands twice", place=f"{read.path}, line {line}")
        seen.add(row)


def _check_countries(read: _Read) -> None:
    codes, blocs = read.cells("iso3"), read.cells("bloc")
    told = {name: read.cells(name) for name in ("name", "region", "income_group")}
    for k, line in enumerate(read.lines):
        with located(f"{read.path}, line {line}"):
            code = codes[k]
            if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
                raise InputError(f"iso3: {code!r:.80}; allowed: three capital letters")
            for column, cells in told.items():
                if not cells[k]:
                    raise InputError(f"{column} of {code} is missing")
            if blocs[k] not in BLOCS:
                raise InputError(f"bloc: {blocs[k]!r:.80}; allowed: {', '.join(BLOCS)}")
    if HUB not in codes:
        raise InputError(f"{HUB}, the hub, is missing: the model needs it", place=str(read.path))
    if len(codes) > MOST_COUNTRIES:
        reason = f"{len(codes)} countries; at most {MOST_COUNTRIES} are allowed"
        raise InputError(reason, place=str(read.path))
