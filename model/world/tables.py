"""The tables of one world, read and checked once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.countries import HASHED, OPTIONAL
from divide.model.declare.errors import InputError
from divide.model.declare.frozen import frozen
from divide.model.world.check import History, read_history, read_table
from divide.model.world.columns import Array, Columns, places

if TYPE_CHECKING:
    import pandas as pd

HISTORY = "history.csv.gz"
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
        countries: Facts, sorted by code.
        years: Years of the history.
        history: Series to (years, countries) figures, NaN where there is none.
        everywhere: The same of all economies.
        projects: Chinese-financed network projects, US$ million; None where there is no table.
    """

    countries: Columns
    members: Columns
    cooperation: Columns
    pairs: Columns
    ecommerce: Columns
    years: NDArray[np.int64]
    history: Mapping[str, Array]
    everywhere: History
    equations: Mapping[str, Mapping[int, Equation]]
    digest: str
    projects: Columns | None = None

    @property
    def iso3(self) -> tuple[str, ...]:
        """Codes of the countries, sorted."""
        return tuple(self.countries["iso3"])

    def equations_at(self, start: int) -> dict[str, Equation]:
        """The equations that a world of `start` may use: the last ones fitted by then."""
        return {
            field: dated[max(until for until in dated if until <= start)]
            for field, dated in self.equations.items()
        }

    def series(self, name: str) -> "pd.DataFrame":
        """One series of all economies, by code and year (text)."""
        import pandas as pd

        found = self.everywhere
        rows = found.indicator == name
        codes = pd.Index(found.iso3[rows], name="iso3")
        return pd.DataFrame(found.figures[rows], codes, [str(year) for year in found.years])


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
    table = {name: read_table(directory, name) for name in present if name != HISTORY}
    facts = table["countries.csv"]
    order = np.argsort(facts["iso3"])
    countries = {name: frozen(column[order]) for name, column in facts.items()}
    everywhere = read_history(directory, HISTORY)
    return Tables(
        countries=countries,
        members=table["members.csv"],
        cooperation=table["cooperation.csv"],
        pairs=table["pairs.csv"],
        ecommerce=table["ecommerce.csv"],
        years=everywhere.years,
        history=_series(everywhere, countries["iso3"].tolist()),
        everywhere=everywhere,
        equations=_equations(table["equations.csv"], directory),
        digest=digest.hexdigest(),
        projects=table.get("projects.csv"),
    )


def _series(found: History, iso3: Sequence[str]) -> dict[str, Array]:
    place = places(found.iso3, iso3)
    rows: dict[str, list[int]] = {}
    for k, name in enumerate(found.indicator.tolist()):
        rows.setdefault(name, []).append(k)
    history = {}
    for name in sorted(rows):
        at = np.array(rows[name])
        at = at[place[at] >= 0]
        block = np.full((len(found.years), len(iso3)), np.nan)
        block[:, place[at]] = found.figures[at].T
        history[name] = frozen(block)
    return history


def _equations(table: Columns, directory: Path) -> dict[str, dict[int, Equation]]:
    found: dict[str, dict[int, tuple[str, dict[str, float]]]] = {}
    columns = [table[name].tolist() for name in ("field", "until", "link", "term", "coefficient")]
    for field, until, link, term, value in zip(*columns, strict=True):
        found.setdefault(field, {}).setdefault(int(until), (link, {}))[1][term] = value
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
    lat, lon = np.radians(countries["lat"]), np.radians(countries["lon"])
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    distance = 2 * 6371.0088 * np.arcsin(np.sqrt(np.minimum(half, 1)))
    np.fill_diagonal(distance, 0.0)
    shared, border = (np.zeros_like(distance) for _ in range(2))
    a, b = (places(tables.pairs[name], tables.iso3) for name in ("iso3", "other"))
    known = (a >= 0) & (b >= 0) & (a != b)
    for matrix, column in ((shared, "official"), (border, "border")):
        value = tables.pairs[column][known]
        matrix[a[known], b[known]] = value
        matrix[b[known], a[known]] = np.maximum(matrix[b[known], a[known]], value)
    return frozen(distance), frozen(np.maximum(shared, shared.T)), frozen(border)
