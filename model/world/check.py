"""Reads the tables of a world, which may be of the user's own making, and checks them once.

An error names the file, the line and what is missing or allowed.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from divide.model.declare.countries import HUB, MOST_BYTES
from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text

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


def read_table(directory: Path, name: str) -> pd.DataFrame:
    """One table of a world, as it stands there.

    Raises:
        InputError: It cannot be read, a column is missing, or a cell holds what is not allowed.
    """
    path = directory / name
    with located(str(path)):
        text = read_text(path, MOST_BYTES)
        lines = _lines(text, COLUMNS[name])
        if not lines and name not in MAY_BE_EMPTY:
            raise InputError("holds no rows")
        # Only an empty cell counts as missing: "nan" and "null" may be codes or names.
        table = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
    rules = NUMBERS.get(name)
    if rules is None:
        rules = dict.fromkeys(_years(path, table.columns[2:]), (0.0, np.inf, True))
    for column, (low, high, empty) in rules.items():
        if not (empty and table[column].isna().all()):
            _check_numbers(path, lines, table[column], (low, high), empty=empty)
    if name in KEYS:
        twice = np.flatnonzero(table.duplicated(KEYS[name]))
        if twice.size:
            what = ", ".join(map(str, table.loc[twice[0], KEYS[name]]))
            raise InputError(f"{what} stands twice", place=f"{path}, line {lines[twice[0]]}")
    if name == "countries.csv":
        _check_countries(path, lines, table)
    return table


def _lines(text: str, wanted: Sequence[str]) -> list[int]:
    """The line of each row below the first, which must name all columns."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = next(reader, [])
        if missing := [name for name in wanted if name not in names]:
            hint = "; separate them with commas" if any(";" in name for name in names) else ""
            raise InputError(f"columns are missing: {', '.join(missing)}{hint}")
        if len(set(names)) < len(names):
            raise InputError("a column stands twice")
        lines = []
        for row in filter(None, reader):
            if len(row) != len(names):
                reason = f"{len(row)} values for {len(names)} columns (decimals take a point)"
                raise InputError(f"line {reader.line_num}: {reason}")
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}") from None
    return lines


def _years(path: Path, columns: Sequence[str]) -> list[str]:
    """The columns of years, each after the one before."""
    years = list(columns)
    numbers = [int(year) if year.isdecimal() and len(year) == 4 else 0 for year in years]
    if not numbers or 0 in numbers or numbers != sorted(set(numbers)):
        reason = "after indicator and iso3 come the years, each later than the one before"
        raise InputError(reason, place=f"{path}, line 1")
    return years


def _check_numbers(
    path: Path, lines: list[int], given: pd.Series, bounds: tuple[float, float], *, empty: bool
) -> None:
    """Raise InputError for the first cell of a column that is no number or out of bounds."""
    low, high = bounds
    values = pd.to_numeric(given, errors="coerce").to_numpy(float)
    fine = np.isfinite(values) & (values >= low) & (values <= high)
    if empty:
        fine |= given.isna().to_numpy()
    if not fine.all():
        row = int(np.argmin(fine))
        told = "nothing" if pd.isna(given.iloc[row]) else repr(str(given.iloc[row]))
        reason = f"{given.name}: {told:.80}; allowed: numbers from {low:g} to {high:g}"
        raise InputError(reason, place=f"{path}, line {lines[row]}")


def _check_countries(path: Path, lines: list[int], table: pd.DataFrame) -> None:
    for line, row in zip(lines, table.to_dict("records"), strict=True):
        with located(f"{path}, line {line}"):
            code = str(row["iso3"])
            if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
                raise InputError(f"iso3: {code!r:.80}; allowed: three capital letters")
            for column in ("name", "region", "income_group"):
                if pd.isna(row[column]):
                    raise InputError(f"{column} of {code} is missing")
            if row["bloc"] not in BLOCS:
                raise InputError(f"bloc: {row['bloc']!r:.80}; allowed: {', '.join(BLOCS)}")
    if HUB not in set(table["iso3"]):
        raise InputError(f"{HUB}, the hub, is missing: the model needs it", place=str(path))
    if len(table) > MOST_COUNTRIES:
        reason = f"{len(table)} countries; at most {MOST_COUNTRIES} are allowed"
        raise InputError(reason, place=str(path))
