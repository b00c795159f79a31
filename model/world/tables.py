"""The tables of one world, read and checked once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.declare.countries import HASHED, OPTIONAL
from divide.model.declare.errors import InputError
from divide.model.declare.frozen import frozen
from divide.model.world.check import read_table

Array = NDArray[np.float64]

#: Fields that need an equation; the rest are observed, or follow from others.
FITTED = (
    "electricity", "internet_users", "hdi", "schooling_years",
    "mobile_subscriptions",
    "fixed_broadband", "mobile_broadband", "gni_per_head_usd", "egov", "logistics",
    "border_hours_export", "border_hours_import", "documentary_hours_export",
    "documentary_hours_import", "goods_exports", "goods_imports", "digital_exports",
    "digital_imports", "government_ict", "secure_servers", "accounts", "accounts_poorest40",
    "accounts_women", "mobile_money", "bought_online", "income_gini",
    "women_per_man", "coverage_2g", "coverage_mobile", "coverage_fixed", "coverage_5g",
    "basket_price", "skills", "cables",
)  # fmt: skip


class Equation(NamedTuple):
    """What fills the gaps of a field from a year on."""

    link: str
    terms: Mapping[str, float]
    sd: float


@dataclass(frozen=True)
class Tables:
    """The tables of one folder.

    Attributes:
        countries: Facts, indexed and sorted by code.
        years: Years of the history.
        projects: Chinese-financed network projects, US$ million; None where there is no table.
        history: Series to (years, countries) figures, NaN where there is none.
    """

    countries: pd.DataFrame
    members: pd.DataFrame
    cooperation: pd.DataFrame
    pairs: pd.DataFrame
    ecommerce: pd.DataFrame
    years: NDArray[np.int64]
    history: Mapping[str, Array]
    everywhere: pd.DataFrame
    equations: Mapping[str, Mapping[int, Equation]]
    digest: str
    projects: pd.DataFrame | None = None

    def equations_at(self, start: int) -> dict[str, Equation]:
        """The equations that a world of `start` may use: the last ones fitted by then."""
        return {
            field: dated[max(until for until in dated if until <= start)]
            for field, dated in self.equations.items()
        }

    def series(self, name: str) -> pd.DataFrame:
        """One series of all economies, by code and year (text)."""
        rows = self.everywhere[self.everywhere["indicator"] == name]
        return rows.set_index("iso3").drop(columns="indicator")


@cache
def read_tables(directory: Path) -> Tables:
    """Parses the tables of `directory` (cached).

    Raises:
        InputError: A table cannot be used.
    """
    digest = hashlib.sha256()
    present = (*HASHED, *(name for name in OPTIONAL if (directory / name).is_file()))
    for name in present:
        digest.update((directory / name).read_bytes())
    table = {name: read_table(directory, name) for name in present}
    countries = table["countries.csv"].set_index("iso3").sort_index()
    wide = table["history.csv.gz"]
    return Tables(
        countries=countries,
        members=table["members.csv"].set_index("iso3"),
        cooperation=table["cooperation.csv"],
        pairs=table["pairs.csv"],
        ecommerce=table["ecommerce.csv"],
        years=np.array([int(column) for column in wide.columns[2:]]),
        history=_series(wide, list(countries.index)),
        everywhere=wide,
        equations=_equations(table["equations.csv"], directory),
        digest=digest.hexdigest(),
        projects=table.get("projects.csv"),
    )


def _series(wide: pd.DataFrame, iso3: list[str]) -> dict[str, Array]:
    figures = wide.iloc[:, 2:].to_numpy(np.float64)
    place = pd.Index(iso3).get_indexer(wide["iso3"])
    names, which = np.unique(wide["indicator"].to_numpy(str), return_inverse=True)
    found = {}
    for k, name in enumerate(names):
        rows = np.flatnonzero((which == k) & (place >= 0))
        block = np.full((figures.shape[1], len(iso3)), np.nan)
        block[:, place[rows]] = figures[rows].T
        found[str(name)] = frozen(block)
    return found


def _equations(table: pd.DataFrame, directory: Path) -> dict[str, dict[int, Equation]]:
    found: dict[str, dict[int, tuple[str, dict[str, float]]]] = {}
    columns = [table[name] for name in ("field", "until", "link", "term", "coefficient")]
    for field, until, link, term, value in zip(*columns, strict=True):
        found.setdefault(field, {}).setdefault(int(until), (link, {}))[1][term] = float(value)
    if missing := [name for name in FITTED if name not in found]:
        reason = f"equations are missing: {', '.join(missing)}"
        raise InputError(reason, place=str(directory / "equations.csv"))
    return {
        field: {until: Equation(link, terms, terms.pop("sd", 0.0))
                for until, (link, terms) in dated.items()}
        for field, dated in found.items()
    }  # fmt: skip


@cache
def links(directory: Path) -> tuple[Array, Array, Array]:
    """Distance (km), shared official language and border, (n, n) each."""
    tables = read_tables(directory)
    countries = tables.countries
    lat, lon = np.radians(countries["lat"].to_numpy()), np.radians(countries["lon"].to_numpy())
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    distance = 2 * 6371.0088 * np.arcsin(np.sqrt(np.minimum(half, 1)))
    np.fill_diagonal(distance, 0.0)
    shared, border = (np.zeros_like(distance) for _ in range(2))
    a, b = (countries.index.get_indexer(tables.pairs[name]) for name in ("iso3", "other"))
    known = (a >= 0) & (b >= 0) & (a != b)
    for matrix, column in ((shared, "official"), (border, "border")):
        value = tables.pairs[column].to_numpy(float)[known]
        matrix[a[known], b[known]] = value
        matrix[b[known], a[known]] = np.maximum(matrix[b[known], a[known]], value)
    return frozen(distance), frozen(np.maximum(shared, shared.T)), frozen(border)
