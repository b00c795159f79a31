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
HASHED = ("countries.csv", "members.csv", "cooperation.csv", "equations.csv", "history.csv.gz")
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


@cache
def _names(directory: Path) -> Mapping[str, str]:
    path = directory / "countries.csv"
    with located(str(path)):
        rows = csv.DictReader(io.StringIO(read_text(path, MOST_BYTES)))
        names = {row.get("iso3") or "": row.get("name") or "" for row in rows}
        if not names or "" in names:
            raise InputError("needs columns iso3 and name, separated by commas, in every line")
    return MappingProxyType(names)
