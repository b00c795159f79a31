"""Adds a user's own figures to a world: files that the project may not ship, or later years.

Lists of Chinese-financed projects may stand among them (see `projects`).
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from divide.model.declare.countries import MOST_BYTES, tables_directory
from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text
from divide.model.world import datapackage
from divide.model.world.convert import COLUMNS, CONVERTED, RAW, convert
from divide.model.world.folder import merged, write_world
from divide.model.world.projects import COLUMNS as PROJECT_COLUMNS
from divide.model.world.projects import joined, lender_of, read_projects
from divide.model.world.tables import read_tables

HEADER = ("iso3", "year", "indicator", "value")
FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_FILES = 100
#: What stands under "licence" for figures that came this way.
LICENCE = "added by the user, under the terms of the source; not to be passed on"
_CODE, _YEAR = re.compile("[A-Z]{3}"), re.compile("[0-9]{4}")
_BOUNDED = {"% of": 100.0, "index 0-1": 1.0, "Gini 0-100": 100.0, "score 1-5": 5.0}


class Added(NamedTuple):
    """What was done with the figures of a folder.

    Attributes:
        folder: The world that was written.
        used: Series of the model to numbers of figures and countries, first and last year.
        left: Series and codes that no run reads, with their number of figures.
        projects: Number of projects that the world has now, and of their countries.
    """

    folder: Path
    used: dict[str, tuple[int, int, int, int]]
    left: dict[str, int]
    projects: tuple[int, int] = (0, 0)


def add(source: Path, out: Path) -> Added:
    """Write a world with the figures of a folder in the place of imputed or older ones.

    The world that it starts from is that in DIVIDE_WORLD, else the shipped one.

    Args:
        source: Folder of files that end in .csv or .csv.gz, columns iso3, year, indicator, value;
            or lists of projects.
        out: Folder to write; use it as DIVIDE_WORLD or `load_world(..., tables=out)`.

    Raises:
        InputError: A file holds what is not allowed, or `out` cannot be written.
    """
    base = tables_directory()
    read_tables(base)  # says what is wrong with them
    history = _table(base, "history.csv.gz")
    countries = list(_table(base, "countries.csv")["iso3"])
    known = {*countries, *history["iso3"]}
    files = _files(source)
    lists = {path: lender for path in files if (lender := lender_of(path))}
    figures, left = _read([path for path in files if path not in lists], known)
    projects = _projects(base, [read_projects(*one, countries) for one in lists.items()])
    raw = figures["indicator"].isin(list(RAW))
    fresh = pd.concat([figures[~raw], convert(figures[raw], countries)])
    if fresh.empty and not lists:
        allowed = f"allowed: {', '.join(sorted({*RAW, *_direct()}))}"
        raise InputError(f"holds no figures of a series that is used; {allowed}", place=str(source))
    twice = fresh[fresh.duplicated(["indicator", "iso3", "year"])]
    if not twice.empty:
        name, code, year, _ = twice.iloc[0]
        reason = f"{name} of {code} in {year} stands there, and follows from other series too"
        raise InputError(reason, place=str(source))
    changed = {"projects.csv": projects} if lists else {}
    if not fresh.empty:
        changed["history.csv.gz"] = merged(history, fresh)
        changed["indicators.csv"] = _listed(base, set(fresh["indicator"]))
    try:
        write_world(out, base, changed)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", place=str(out)) from None
    return Added(out, _used(fresh), left, (len(projects), projects["iso3"].nunique()))


def _table(base: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(base / name, keep_default_na=False, na_values=[""])


def _direct() -> set[str]:
    """Series of the model that a file may hold as they are."""
    return set(datapackage.SERIES) | set(CONVERTED)


def _projects(base: Path, fresh: list[pd.DataFrame]) -> pd.DataFrame:
    """The projects of a world and those of lists."""
    path = base / "projects.csv"
    table = _table(base, path.name) if path.is_file() else pd.DataFrame(columns=PROJECT_COLUMNS)
    for part in fresh:
        table = joined(table, part)
    return table


def _read(files: list[Path], known: set[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Figures of all files, and what was left aside."""
    seen: dict[tuple[str, str, int], str] = {}
    left: dict[str, int] = {}
    rows = []
    for path in files:
        for place, code, year, name, value in _rows(path):
            aside = name if name not in RAW and name not in _direct() else code
            if aside != code or code not in known:
                left[aside] = left.get(aside, 0) + 1
                continue
            with located(place):
                _check_value(name, value)
                key = (name, code, year)
                if key in seen:
                    raise InputError(f"{name} of {code} in {year} stands at {seen[key]} too")
            seen[key] = place
            rows.append((name, code, year, float(value)))
    return pd.DataFrame(rows, columns=COLUMNS), left


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        raise InputError("not a folder", place=str(source))
    files = sorted(path for path in source.iterdir() if path.name.endswith((".csv", ".csv.gz")))
    if not files:
        raise InputError("holds no files that end in .csv or .csv.gz", place=str(source))
    if len(files) > MOST_FILES:
        raise InputError(f"{len(files)} files; at most {MOST_FILES} are read", place=str(source))
    return files


def _rows(path: Path) -> Iterator[tuple[str, str, int, str, str]]:
    """Place, code, year, series and text of the figure of each line."""
    with located(str(path)):
        text = read_text(path, MOST_BYTES)
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            names = next(reader, [])
            if missing := [name for name in HEADER if name not in names]:
                raise InputError(
                    f"columns are missing: {', '.join(missing)}; needed: {', '.join(HEADER)}"
                )
            at = [names.index(name) for name in HEADER]
            rows = [(reader.line_num, row) for row in reader if row]
        except csv.Error as error:
            raise InputError(f"is not a CSV file: {error}") from None
    for line, row in rows:
        place = f"{path}, line {line}"
        with located(place):
            if len(row) != len(names):
                reason = f"{len(row)} values for {len(names)} columns (decimals take a point)"
                raise InputError(reason)
            code, year, name, value = (row[k].strip() for k in at)
            if not _CODE.fullmatch(code):
                raise InputError(f"iso3: {code!r:.80}; allowed: three capital letters")
            if not _YEAR.fullmatch(year) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
                raise InputError(
                    f"year: {year!r:.80}; allowed: whole years from {FIRST_YEAR} to {LAST_YEAR}"
                )
        yield place, code, int(year), name, value


def _check_value(name: str, text: str) -> None:
    low, high = _bounds(name)
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not (np.isfinite(value) and low <= value <= high):
        raise InputError(f"{name}: {text!r:.80}; allowed: numbers from {low:g} to {high:g}")


def _bounds(name: str) -> tuple[float, float]:
    if name in RAW:
        return RAW[name].low, RAW[name].high
    unit = CONVERTED[name][0] if name in CONVERTED else datapackage.SERIES[name][0]
    for start, high in _BOUNDED.items():
        if unit.startswith(start) and name != "basket_pct_gni":
            return 0.0, high
    return 0.0, 1e15


def _listed(base: Path, names: set[str]) -> pd.DataFrame:
    """The list of series: those with added figures say so."""
    columns = ["indicator", "unit", "description", "licence", "api_code"]
    have = (base / "indicators.csv").is_file()
    table = _table(base, "indicators.csv") if have else pd.DataFrame(columns=columns)
    touched = table["indicator"].isin(names) & ~table["licence"].fillna("").str.endswith(LICENCE)
    table["licence"] = table["licence"].mask(touched, table["licence"] + f"; {LICENCE}")
    rows = []
    for name in sorted(names - set(table["indicator"])):
        series = CONVERTED.get(name) or datapackage.SERIES[name][:2]
        rows.append((name, *series, LICENCE, np.nan))
    fresh = pd.DataFrame(rows, columns=columns, dtype=object)
    return pd.concat([table.astype(object), fresh]).sort_values("indicator")


def _used(fresh: pd.DataFrame) -> dict[str, tuple[int, int, int, int]]:
    return {
        str(name): (len(part), part["iso3"].nunique(), part["year"].min(), part["year"].max())
        for name, part in fresh.groupby("indicator")
    }
