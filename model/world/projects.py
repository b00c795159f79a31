"""Chinese-financed network projects, from lists that a user may have and this project may not ship.

Two lists are read as their owners publish them, told apart by their columns: the communications
sector of AidData's Global Chinese Official Finance (2000-2014) and technology deals of the China
Global Investment Tracker (AEI, from 2005). What builds no network is left out.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from divide.model.declare.countries import MOST_BYTES
from divide.model.declare.errors import InputError, located
from divide.model.declare.files import read_text

COLUMNS = ["iso3", "year", "usd_m", "source"]
FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_USD_M = 100_000.0
#: Never carried out, or not yet agreed.
_DROPPED = re.compile("pledge|cancel", re.IGNORECASE)
#: Titles of the communications sector that are about broadcasting, satellites, mail or computers.
_NO_NETWORK = re.compile(
    r"televis|\bTV\b|radio|broadcast|studio|production center|MBC|FM transm|\bpost(?:al)?\b"
    r"|satellite|Sat\d?\b|media|computers|laptop|digital equipment|translation|security",
    re.IGNORECASE,
)
#: Who makes or builds networks; deals of others buy what stands, unless they begin anew.
_BUILDERS = re.compile(
    "Huawei|ZTE|Sinomach|Genertec|Xinwei|China Electronics Corporation", re.IGNORECASE
)
#: An agreement and its contract may be dated this many years apart in two lists.
APART = 1

Row = Mapping[str, str]


class Lender(NamedTuple):
    """How one list is read.

    Attributes:
        source: What stands under `source`.
        columns: Columns by which the list is known, and which are needed.
        amount: Column of the amount.
        million: Divides the amount.
        counts: Whether a row is a project that builds a network.
    """

    source: str
    columns: tuple[str, ...]
    amount: str
    million: float
    counts: Callable[[Row], bool]


def _official(row: Row) -> bool:
    return not _DROPPED.search(row["status"]) and not _NO_NETWORK.search(row["title"])


def _deal(row: Row) -> bool:
    begins_anew = row["greenfield"] == "G"
    return row["subsector"] == "Telecom" and bool(begins_anew or _BUILDERS.search(row["investor"]))


LENDERS = (
    Lender(
        "AidData",
        ("iso3", "year", "status", "title", "usd_current"),
        "usd_current",
        1e6,
        _official,
    ),
    Lender(
        "AEI",
        ("iso3", "year", "investor", "subsector", "greenfield", "usd_m"),
        "usd_m",
        1.0,
        _deal,
    ),
)


def lender_of(path: Path) -> Lender | None:
    """How a file is read if it is a list of projects, else None."""
    with located(str(path)):
        names = next(csv.reader(io.StringIO(read_text(path, MOST_BYTES))), [])
    return next((one for one in LENDERS if set(one.columns) <= set(names)), None)


def read_projects(path: Path, lender: Lender, known: Iterable[str]) -> pd.DataFrame:
    """Projects of a list that build networks in countries of the world, current US$ million.

    Args:
        path: The file.
        lender: How it is read.
        known: Countries of the world; others, and regions, are left out.

    Raises:
        InputError: A year or an amount is not one.
    """
    with located(str(path)):
        text = read_text(path, MOST_BYTES)
    rows, countries = [], set(known)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        with located(f"{path}, line {reader.line_num}"):
            if None in row or None in row.values():
                raise InputError("another number of values than of columns")
            year, usd_m = _year(row["year"]), _usd_m(row[lender.amount], lender)
        # Without an amount there is no money to spend.
        if usd_m and row["iso3"] in countries and lender.counts(row):
            rows.append((row["iso3"], year, usd_m, lender.source))
    return pd.DataFrame(rows, columns=COLUMNS)


def _year(text: str) -> int:
    if not (text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise InputError(f"year: {text!r:.80}; allowed: whole years from {FIRST_YEAR}")
    return int(text)


def _usd_m(text: str, lender: Lender) -> float:
    """The amount; 0 where none is stated."""
    if not text:
        return 0.0
    try:
        usd_m = float(text) / lender.million
    except ValueError:
        usd_m = -1.0
    if not 0 <= usd_m <= MOST_USD_M:
        raise InputError(f"{lender.amount}: {text!r:.80}; allowed: amounts up to US$ 100 billion")
    return usd_m


def joined(old: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Both tables; a list read anew takes the place of the same list, and no project counts twice.

    A deal of AEI is left out where AidData has a project of the country within a year: the loan and
    the contract that it pays.
    """
    kept = old[~old["source"].isin(fresh["source"])]
    table = pd.concat([part for part in (kept, fresh) if len(part)] or [fresh])
    lent = table[table["source"] == "AidData"]
    near = {
        (code, year + apart)
        for code, year in zip(lent["iso3"], lent["year"], strict=True)
        for apart in range(-APART, APART + 1)
    }
    told = [place in near for place in zip(table["iso3"], table["year"], strict=True)]
    twice = (table["source"] == "AEI") & pd.Series(told, index=table.index, dtype=bool)
    return table[~twice].sort_values(["iso3", "year", "source", "usd_m"], ignore_index=True)
