"""Loads the world as it stood at the end of a start year, and nothing later."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.declare.countries import HASHED, TABLES, tables_directory
from divide.model.declare.errors import InputError
from divide.model.declare.frozen import frozen
from divide.model.world import impute
from divide.model.world.check import read_table
from divide.model.world.fields import FIELDS

Array = NDArray[np.float64]

FIRST_START, LAST_START = 2000, 2022

# Order matters: later equations use earlier fields.
_FILL_ORDER = (
    "electricity", "internet_users", "hdi", "secondary_enrolment", "mobile_subscriptions",
    "fixed_broadband", "gni_per_head_usd", "egov", "logistics", "government_ict",
    "secure_servers", "accounts", "accounts_poorest40", "accounts_richest60", "accounts_women",
    "accounts_men", "mobile_money", "bought_online", "income_gini", "coverage_mobile",
    "coverage_fixed", "coverage_5g", "basket_price", "skills",
)  # fmt: skip
_NOT_FITTED = ("secondary_enrolment", "accounts_richest60", "accounts_men")
_FITTED = tuple(name for name in _FILL_ORDER if name not in _NOT_FITTED)
#: What no equation fills: every country needs a figure by the start.
_NEEDED = ("population", "urban", "income")


class LookaheadError(ValueError):
    """Something later than the start year was asked for."""


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """The countries at the end of `start`.

    Attributes:
        start: Year of the values.
        iso3: Country codes, sorted; the same for every start year.
        values: Field name to (n,) array; names and units are in `divide.model.world.FIELDS`.
        flags: Field name to (n,) int8: 0 observed in `start`, 1 carried forward from an earlier
            year, 2 imputed.
        distance_km: (n, n) great-circle distance between capitals.
        common_language: (n, n) 1.0 where two countries share an official language.
        contiguous: (n, n) 1.0 where two countries share a land border.
        tables_digest: SHA-256 of the tables the world was read from.
    """

    start: int
    iso3: tuple[str, ...]
    values: Mapping[str, Array]
    flags: Mapping[str, NDArray[np.int8]]
    distance_km: Array
    common_language: Array
    contiguous: Array
    tables_digest: str
    _table: pd.DataFrame
    _history: Mapping[str, tuple[NDArray[np.int64], Array]]
    _as_read: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tables, or of the content where it is not what was read from them."""
        content = _content(self)
        if content == self._as_read:
            return self.tables_digest
        return hashlib.sha256(f"{self.tables_digest} {content}".encode()).hexdigest()

    def __repr__(self) -> str:
        return f"World({len(self.iso3)} countries at the end of {self.start})"

    def __copy__(self) -> Self:
        """The world itself: nobody can change it."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in vars(self).items()
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            self.__dict__[name] = _read_only(value)

    @property
    def table(self) -> pd.DataFrame:
        """Country facts, one row a country in the order of `iso3` (a fresh copy each time)."""
        return self._table.copy()

    def fact(self, name: str) -> NDArray[Any]:
        """One column of `table`, (n,), read-only: what a model asks for needs no copy.

        Raises:
            KeyError: If there is no such fact.
        """
        return _fact(self, name)

    def series(self, name: str, until: int | None = None) -> tuple[NDArray[np.int64], Array]:
        """Observed history of a field, never interpolated.

        Args:
            name: A key of `values`.
            until: Last year wanted; the start year if not given.

        Returns:
            Years (T,) and values (T, n) in the field's unit, NaN where nothing was observed. A
            field with no shipped source series is NaN throughout.

        Raises:
            KeyError: If there is no such field.
            LookaheadError: If `until` lies after the start year.
        """
        if name not in self._history:
            raise KeyError(f"no field {name!r}; known: {', '.join(self._history)}")
        until = self.start if until is None else until
        if until > self.start:
            raise LookaheadError(f"{name} of {until} lies after the start year {self.start}")
        years, values = self._history[name]
        keep = years <= until
        return years[keep], frozen(values[keep])


def _content(world: World) -> str:
    """SHA-256 of all that a run can see of a world."""
    total = hashlib.sha256(f"{world.start} {' '.join(world.iso3)}\n".encode())
    total.update(world._table.to_csv().encode())
    for part in (world.values, world.flags):
        for name, array in part.items():
            total.update(name.encode() + np.ascontiguousarray(array).tobytes())
    for matrix in (world.distance_km, world.common_language, world.contiguous):
        total.update(np.ascontiguousarray(matrix).tobytes())
    return total.hexdigest()


def _read_only(value: Any) -> Any:
    """The same, with every array and mapping in it read-only: pickles do not keep that."""
    if isinstance(value, np.ndarray):
        return frozen(value)
    if isinstance(value, tuple):
        return tuple(map(_read_only, value))
    if isinstance(value, Mapping):
        return MappingProxyType({name: _read_only(item) for name, item in value.items()})
    return value


@lru_cache(maxsize=512)
def _fact(world: World, name: str) -> NDArray[Any]:
    return frozen(world._table[name].to_numpy().view())


@dataclass(frozen=True)
class Tables:
    """The tables of one directory, read once."""

    countries: pd.DataFrame
    members: pd.DataFrame
    cooperation: pd.DataFrame
    years: NDArray[np.int64]
    history: dict[str, pd.DataFrame]
    equations: dict[str, tuple[str, dict[str, float]]]
    digest: str


@cache
def read_tables(directory: Path) -> Tables:
    """Parses the tables of `directory` (cached)."""
    digest = hashlib.sha256()
    for name in HASHED:
        digest.update((directory / name).read_bytes())
    table = {name: read_table(directory, name) for name in HASHED}
    wide = table["history.csv.gz"]
    years = np.array([int(column) for column in wide.columns[2:]])
    history = {
        str(name): part.set_index("iso3").drop(columns="indicator")
        for name, part in wide.groupby("indicator", sort=False)
    }
    equations: dict[str, tuple[str, dict[str, float]]] = {}
    for row in table["equations.csv"].to_dict("records"):
        terms = equations.setdefault(row["field"], (row["link"], {}))[1]
        terms[row["term"]] = float(row["coefficient"])
    if missing := [name for name in _FITTED if name not in equations]:
        reason = f"equations are missing: {', '.join(missing)}"
        raise InputError(reason, place=str(directory / "equations.csv"))
    _check_regions(directory, table["countries.csv"], equations["income_gini"][1])
    return Tables(
        countries=table["countries.csv"].set_index("iso3"),
        members=table["members.csv"].set_index("iso3"),
        cooperation=table["cooperation.csv"],
        years=years,
        history=history,
        equations=equations,
        digest=digest.hexdigest(),
    )


def _check_regions(
    directory: Path, countries: pd.DataFrame, income_gini: Mapping[str, float]
) -> None:
    """Raise InputError for a region without a value of the income Gini, which has no constant."""
    known = [term.removeprefix("in ") for term in income_gini if term.startswith("in ")]
    unknown = sorted(set(countries["region"]) - set(known))
    if unknown and "const" not in income_gini:
        reason = f"region {unknown[0]!r} stands in no line income_gini of equations.csv"
        allowed = f"it has {', '.join(known)}"
        raise InputError(f"{reason}; {allowed}", place=str(directory / "countries.csv"))


def load_world(
    start: int, draw: int = 0, *, impute: bool = True, tables: Path | str | None = None
) -> World:
    """Countries, figures and links as known at the end of `start`.

    Args:
        start: Year, 2000 to 2022.
        draw: 0 fills cells with what their equations expect.
        impute: Fill cells without any observation up to `start`; otherwise they are NaN.
        tables: Directory of tables, for instance one written by `divide data refresh`; by default
            the environment variable DIVIDE_WORLD, else the shipped tables.

    Returns:
        The world, cached; its arrays are read-only.

    Raises:
        ValueError: If `start` is not a whole year between 2000 and 2022.
        InputError: If the directory lacks a table, or a table cannot be used.
    """
    whole = isinstance(start, int | np.integer) and not isinstance(start, bool)
    if not whole or not FIRST_START <= start <= LAST_START:
        raise ValueError(
            f"start must be a whole year from {FIRST_START} to {LAST_START}, not {start!r}"
        )
    return _load(int(start), bool(impute), tables_directory(tables))


@cache
def _load(start: int, fill: bool, directory: Path) -> World:
    tables = read_tables(directory)
    iso3 = tuple(sorted(tables.countries.index))
    countries = tables.countries.loc[list(iso3)]
    keep = tables.years <= start
    history = {name: _field_history(name, tables, iso3, keep) for name in FIELDS}
    values: dict[str, Array] = {}
    flags: dict[str, NDArray[np.int8]] = {}
    for name, (_, observed) in history.items():
        values[name], flags[name] = impute.carry_forward(observed)
    if fill:
        _check_needed(values, iso3, directory, start)
        _fill(values, flags, tables, countries, start)
    links = _links(directory)
    world = World(
        start=start,
        iso3=iso3,
        values=MappingProxyType({name: frozen(values[name]) for name in FIELDS}),
        flags=MappingProxyType({name: frozen(flags[name]) for name in FIELDS}),
        distance_km=links[0],
        common_language=links[1],
        contiguous=links[2],
        tables_digest=tables.digest,
        _table=_country_table(tables, countries, start),
        _history=MappingProxyType(history),
    )
    return replace(world, _as_read=_content(world))


def _check_needed(
    values: Mapping[str, Array], iso3: tuple[str, ...], directory: Path, start: int
) -> None:
    """Raise InputError if a country lacks a figure that no equation can fill."""
    for name in _NEEDED:
        lacking = [code for code, v in zip(iso3, values[name], strict=True) if not v > 0]
        if lacking:
            series = ", ".join(FIELDS[name].sources)
            codes = ", ".join(lacking[:8]) + (" and others" if len(lacking) > 8 else "")
            reason = f"{series}: no figure above 0 up to {start} for {codes}"
            raise InputError(reason, place=str(directory / "history.csv.gz"))


def _field_history(
    name: str, tables: Tables, iso3: tuple[str, ...], keep: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Array]:
    """Years (T,) and observed values (T, n) of a field in the model's unit."""
    field = FIELDS[name]
    years = tables.years[keep]
    if not field.sources or any(source not in tables.history for source in field.sources):
        return years, np.full((len(years), len(iso3)), np.nan)
    arrays = [
        field.scale_of(source)
        * tables.history[source].reindex(list(iso3)).to_numpy(np.float64)[:, keep].T
        for source in field.sources
    ]
    values = np.mean(arrays, axis=0) + field.shift
    return years, np.minimum(values, field.upper)


def _fill(
    values: dict[str, Array],
    flags: dict[str, NDArray[np.int8]],
    tables: Tables,
    countries: pd.DataFrame,
    start: int,
) -> None:
    """Fills the cells flagged 2, in place."""
    region = countries["region"].to_numpy(str)
    group = countries["income_group"].to_numpy(str)
    for name in _FILL_ORDER:
        gap = flags[name] == impute.IMPUTED
        if not gap.any():
            continue
        if name == "secondary_enrolment" and not gap.all():
            filled = impute.group_median(values[name], region, group)
        elif name == "coverage_fixed":
            filled = _fixed_reach(values, tables.equations[name][1])
        elif name == "accounts_richest60":
            filled = (values["accounts"] - 0.4 * values["accounts_poorest40"]) / 0.6
        elif name == "accounts_men":
            filled = 2 * values["accounts"] - values["accounts_women"]  # as many men as women
        else:
            predictors = _predictors(values, region, start)
            filled = impute.regression(*tables.equations[name], predictors)
        values[name] = np.where(gap, _bounded(name, filled, values, group, start), values[name])


def _predictors(values: Mapping[str, Array], region: NDArray[np.str_], start: int) -> dict:
    """Right-hand sides of the equations, (n,) each; fields not filled yet are left out."""
    known = {
        "ln_income": np.log(values["income"] / 15_000),
        "urban": values["urban"],
        "electricity": values["electricity"],
        "internet": impute.logit(values["internet_users"]),
        "hdi": values["hdi"],
        "egov": values["egov"],
        "account": impute.logit(values["accounts"]),
        "decades": np.full(len(region), (start - 2010) / 10),
        "years_since_2018": np.full(len(region), float(start - 2018)),
        "years_since_2022": np.full(len(region), float(start - 2022)),
    }
    for name in np.unique(region):
        known[f"in {name}"] = (region == name).astype(float)
    return known


def _fixed_reach(values: Mapping[str, Array], terms: Mapping[str, float]) -> Array:
    """Share of people whom a fixed line could reach (assumed).

    Households with a subscription are subscriptions times household size; of the households that
    could subscribe a share `take_up` does, and both depend on income.
    """
    ln_income = np.log(values["income"] / 15_000)
    size = np.clip(terms["size"] + terms["size_ln_income"] * ln_income, 2.2, 6.0)
    take_up = np.clip(terms["take_up"] + terms["take_up_ln_income"] * ln_income, 0.2, 0.85)
    return values["fixed_broadband"] * size / take_up


def _bounded(
    name: str, filled: Array, values: Mapping[str, Array], group: NDArray[np.str_], start: int
) -> Array:
    """Holds filled values inside what the field can be."""
    if name == "coverage_mobile":
        return np.clip(np.maximum(filled, values["internet_users"]), 0, 1)
    if name == "coverage_5g":
        return np.minimum(filled, values["coverage_mobile"]) * (start >= 2019)
    if name == "coverage_fixed":
        return np.clip(filled, 0, 0.99)
    if name == "basket_price":
        return np.clip(filled, 1e-4, 2.0)
    if name == "mobile_money":
        # The survey did not ask where the service was absent: high-income countries get none, nor
        # does anyone before the first large scheme of 2007.
        absent = (group == "High income") | (start < 2007)
        return np.where(absent, 0.0, np.clip(filled, 0, values["accounts"]))
    if name in ("mobile_subscriptions", "fixed_broadband", "secure_servers"):
        return np.maximum(filled, 0.0)
    if name in ("gni_per_head_usd", "secondary_enrolment"):
        return filled
    return np.clip(filled, 0, 1)


def _country_table(tables: Tables, countries: pd.DataFrame, start: int) -> pd.DataFrame:
    """Facts, membership, stage and bloc as of the end of `start`."""
    facts = ["name", "region", "income_group", "lat", "lon", "area_km2", "landlocked"]
    table = countries[facts].copy()
    table["landlocked"] = table["landlocked"].astype(bool)
    joined = tables.members["joined"].reindex(table.index)
    left = tables.members["left"].reindex(table.index)
    end = f"{start}-12-31"
    # ISO dates sort as text.
    table["bri_member"] = (joined.fillna("9999") <= end) & ~(left.fillna("9999") <= end)
    current = tables.cooperation[tables.cooperation["year"] <= start]
    stage = current.groupby("iso3")["stage"].max()
    table["stage"] = stage.reindex(table.index).fillna(0).astype(int)
    turned = countries["bloc_from"].fillna(0) <= start
    table["bloc"] = countries["bloc"].where(turned, "none")
    table["mbridge"] = countries["mbridge_from"].fillna(9999) <= start
    return table


@cache
def _links(directory: Path) -> tuple[Array, Array, Array]:
    """Distance (km), shared official language and land border, (n, n) each."""
    countries = read_tables(directory).countries.sort_index()
    lat, lon = np.radians(countries["lat"].to_numpy()), np.radians(countries["lon"].to_numpy())
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    distance = 2 * 6371.0088 * np.arcsin(np.sqrt(np.minimum(half, 1)))
    language = _membership(countries["languages"])
    shared = (language @ language.T > 0).astype(float)
    border = np.array(
        [
            [other in str(neighbours).split(";") for other in countries.index]
            for neighbours in countries["neighbours"]
        ],
        dtype=float,
    )
    border = np.maximum(border, border.T)
    for matrix in (distance, shared, border):
        np.fill_diagonal(matrix, 0.0)
    return frozen(distance), frozen(shared), frozen(border)


def _membership(lists: pd.Series) -> Array:
    """(countries, words) matrix, 1.0 where a country's semicolon list has the word."""
    words = sorted({word for text in lists.fillna("") for word in text.split(";") if word})
    rows = [set(text.split(";")) for text in lists.fillna("")]
    return np.array([[float(word in row) for word in words] for row in rows])


def balanced_internet_panel(
    first: int = 2000, last: int = LAST_START, tables: Path | str | None = None
) -> tuple[tuple[str, ...], NDArray[np.int64], Array, Array]:
    """Internet use of all economies seen in both end years, gaps between filled linearly.

    The sample for figures of the divide over time: it holds the countries fixed, and it is wider
    than the model's own set because it needs no income figure.

    Args:
        first: First year; each economy has a figure in it.
        last: Last year; each economy has a figure in it.
        tables: See `load_world`.

    Returns:
        Codes (n,), years (T,), share of people online (T, n) and population (T, n).
    """
    history = read_tables(tables_directory(tables))
    years = np.arange(first, last + 1)
    columns = [str(year) for year in years]
    online = history.history["internet_users_pct"][columns].dropna(subset=[columns[0], columns[-1]])
    people = history.history["population"].reindex(online.index)[columns].dropna()
    online = online.loc[people.index].interpolate(axis=1) / 100
    return tuple(online.index), years, frozen(online.to_numpy().T), frozen(people.to_numpy().T)


def facts(tables: Path | str | None = None) -> pd.DataFrame:
    """Dated facts on the Digital Silk Road: item, value (text), unit, as_of and source."""
    directory = Path(tables) if tables else TABLES
    return pd.read_csv(directory / "facts.csv", dtype=str, keep_default_na=False)
