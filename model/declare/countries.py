"""The folder of tables that the world is read from, and whom it holds; quick to import."""

import csv
import io
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text

TABLES = Path(__file__).parents[1] / "world" / "tables"
#: Variable of the environment that names another folder.
VARIABLE = "DIVIDE_WORLD"
#: What a run depends on.
HASHED = (
    "countries.csv", "pairs.csv", "members.csv", "cooperation.csv", "ecommerce.csv",
    "equations.csv", "history.csv.gz",
)  # fmt: skip
#: What a run depends on where it is there.
OPTIONAL = ("projects.csv",)
#: Code of the country that all others are connected to.
HUB = "CHN"
#: No table of countries is larger.
MOST_BYTES = 20_000_000


def tables_directory(tables: Path | str | None = None) -> Path:
    """Directory to read: the argument, else the variable DIVIDE_WORLD, else the shipped one.

    Raises:
        InputError: A table is missing there.
    """
    named = os.environ.get(VARIABLE)
    return _complete(str(tables or named or TABLES), "" if tables or not named else VARIABLE)


@cache
def _complete(folder: str, variable: str) -> Path:
    directory = Path(folder).resolve()
    missing = [name for name in HASHED if not (directory / name).is_file()]
    if missing:
        reason = f"no world tables in {directory}: missing {', '.join(missing)}"
        raise InputError(reason, place=variable)
    return directory


def country_names() -> Mapping[str, str]:
    """Names of the countries of the model by code, without their figures.

    They are those of the folder in `DIVIDE_WORLD` if there is one.
    """
    return _names(tables_directory())


def start_years(tables: Path | str | None = None) -> tuple[int, int]:
    """First and last year that a run can start from.

    The first is the first for which there is an equation for every gap; the last is the last year
    in which at least half of the countries have a figure of internet use.

    Args:
        tables: See `tables_directory`.

    Raises:
        InputError: A table is missing, or holds no figures of internet use.
    """
    return _start_years(tables_directory(tables))


@cache
def _start_years(directory: Path) -> tuple[int, int]:
    names = _names(directory)
    path = directory / "equations.csv"
    with located(str(path)):
        equations = list(csv.DictReader(io.StringIO(read_text(path, MOST_BYTES))))
        since: dict[str, int] = {}
        for row in equations:
            until, field = row.get("until") or "", row.get("field") or ""
            if not (until.isdecimal() and len(until) == 4):
                raise InputError(f"until: {until!r:.80}; allowed: a year in every line")
            since[field] = min(int(until), since.get(field, 9999))
        if not since:
            raise InputError("holds no rows")
    first = max(since.values())
    years = _years_of_figures(directory / "history.csv.gz", "internet_users_pct", names)
    enough = [year for year, count in years.items() if 2 * count >= len(names) and year >= first]
    if not enough:
        reason = f"internet_users_pct: no year from {first} with figures of half of the countries"
        raise InputError(reason, place=str(directory / "history.csv.gz"))
    return first, max(enough)


def _years_of_figures(path: Path, series: str, names: Mapping[str, str]) -> dict[int, int]:
    """Number of countries with a figure, by year; who reads it all tells what else is wrong."""
    count: dict[int, int] = {}
    with located(str(path)):
        lines = read_text(path, MOST_BYTES).splitlines()
        wanted = [*lines[:1], *(line for line in lines[1:] if series in line)]
        try:
            header, *rows = csv.reader(wanted)
        except (ValueError, csv.Error) as error:
            raise InputError(f"is not a CSV file: {error}") from None
    for row in rows:
        if row[0] == series and row[1:2] and row[1] in names:
            for year, figure in zip(header[2:], row[2:], strict=False):
                if figure and year.isdecimal():
                    count[int(year)] = count.get(int(year), 0) + 1
    return count


@cache
def _names(directory: Path) -> Mapping[str, str]:
    path = directory / "countries.csv"
    with located(str(path)):
        rows = csv.DictReader(io.StringIO(read_text(path, MOST_BYTES)))
        names = {row.get("iso3") or "": row.get("name") or "" for row in rows}
        if not names or "" in names:
            raise InputError("needs columns iso3 and name, separated by commas, in every line")
    return MappingProxyType(names)
