"""Loads the world as it stood at the end of a start year, and nothing later."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.countries import TABLES, start_years, tables_directory
from divide.model.declare.errors import InputError, located
from divide.model.declare.frozen import frozen
from divide.model.world import impute as methods
from divide.model.world.columns import Array, Columns, first_at, highest, places, rows_where
from divide.model.world.customs import customs
from divide.model.world.fields import FIELDS, MODELLED
from divide.model.world.fill import fill as fill_gaps
from divide.model.world.tables import Tables, links, read_tables

if TYPE_CHECKING:
    import pandas as pd

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
            year, 2 imputed, 3 modelled by the source.
        distance_km: (n, n) great-circle distance between capitals.
        common_language: (n, n) 1.0 where two countries share an official language.
        contiguous: (n, n) 1.0 where two countries share a land border.
        customs: China's cross-border e-commerce in US$ a year: `totals`, exports and imports,
            (2,); `sold` to and `bought` from each partner, (n,), NaN where no survey says it.
            Before 2021 it rests on later surveys (see `divide.model.world.customs`).
        tables_digest: SHA-256 of the tables the world was read from, and of the draw.
        draw: Draw of the imputed cells; 0 for what their equations expect.
        expected: Values of draw 0, from which those of a draw differ where they are imputed.
        projects: Year to Chinese-financed network projects of that year, (n,) US$ million. Empty
            unless the tables list projects; then it holds later years too, up to the last start:
            with `agreements` the one thing of later years that a run may be given, as history.
        agreements: Year after the start to the stage of cooperation agreed in it, (n,), 0 for none;
            empty unless the tables list projects.
    """

    start: int
    iso3: tuple[str, ...]
    values: Mapping[str, Array]
    flags: Mapping[str, NDArray[np.int8]]
    distance_km: Array
    common_language: Array
    contiguous: Array
    customs: Mapping[str, Array]
    tables_digest: str
    _facts: Columns
    _history: Mapping[str, tuple[NDArray[np.int64], Array]]
    draw: int = 0
    expected: Mapping[str, Array] = MappingProxyType({})
    projects: Mapping[int, Array] = MappingProxyType({})
    agreements: Mapping[int, Array] = MappingProxyType({})
    _as_read: str = ""

    def without_later(self) -> Self:
        """The same without projects and agreements after the start: what a forecast may know."""
        past = {year: usd_m for year, usd_m in self.projects.items() if year <= self.start}
        if len(past) == len(self.projects) and not self.agreements:
            return self
        none: Mapping[int, Array] = MappingProxyType({})
        return replace(self, projects=MappingProxyType(past), agreements=none)

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
    def table(self) -> "pd.DataFrame":
        """Country facts, one row a country in the order of `iso3` (a fresh copy each time)."""
        import pandas as pd

        return pd.DataFrame(dict(self._facts), pd.Index(self.iso3, name="iso3"))

    def fact(self, name: str) -> NDArray[Any]:
        """One column of `table`, (n,), read-only: what a model asks for needs no copy.

        Raises:
            KeyError: If there is no such fact.
        """
        return self._facts[name]

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
    for name, column in world._facts.items():
        total.update(f"{name} {column.tolist()}\n".encode())
    for part in (world.values, world.flags, world.customs):
        for name, array in part.items():
            total.update(name.encode() + np.ascontiguousarray(array).tobytes())
    for dated in (world.projects, world.agreements):
        for year, array in dated.items():
            total.update(f"{year} ".encode() + np.ascontiguousarray(array).tobytes())
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


def load_world(
    start: int, draw: int = 0, *, impute: bool = True, tables: Path | str | None = None
) -> World:
    """Countries, figures and links as known at the end of `start`.

    Args:
        start: Year, within `start_years(tables)`.
        draw: 0 fills gaps with what the equations expect. Draw k > 0 adds their residuals, one
            standard normal number for each field and country, the same at every start.
        impute: Fill cells without any observation up to `start`; otherwise they are NaN.
        tables: Directory of tables, for instance one written by `divide data refresh`; by default
            the environment variable DIVIDE_WORLD, else the shipped tables.

    Returns:
        The world, cached; its arrays are read-only.

    Raises:
        ValueError: If `start` is not a whole year that figures allow, or `draw` is no whole
            number from 0.
        InputError: If the directory lacks a table, or a table cannot be used.
    """
    directory = tables_directory(tables)
    read_tables(directory)  # says first what is wrong with a table
    first, last = start_years(directory)
    if not _is_whole(start) or not first <= start <= last:
        raise ValueError(f"start must be a whole year from {first} to {last}, not {start!r}")
    if not _is_whole(draw) or draw < 0:
        raise ValueError(f"draw must be a whole number from 0, not {draw!r}")
    return _load(int(start), int(draw), bool(impute), directory)


def _is_whole(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


@dataclass(frozen=True)
class _Seen:
    """What is known at a start before anything is filled; all draws share it."""

    values: Mapping[str, Array]
    flags: Mapping[str, NDArray[np.int8]]
    history: Mapping[str, tuple[NDArray[np.int64], Array]]
    facts: Columns
    projects: Mapping[int, Array]
    agreements: Mapping[int, Array]
    customs: Mapping[str, Array]


@cache
def _seen(start: int, directory: Path) -> _Seen:
    tables = read_tables(directory)
    keep = tables.years <= start
    borders = links(directory)[2].sum(axis=1)
    history = {name: _field_history(name, tables, keep, borders) for name in FIELDS}
    values: dict[str, Array] = {}
    flags: dict[str, NDArray[np.int8]] = {}
    for name, (_, observed) in history.items():
        values[name], flags[name] = methods.carry_forward(observed)
    for name, source in MODELLED.items():
        if source in tables.history:
            modelled = 0.01 * methods.carry_forward(tables.history[source][keep])[0]
            use = (flags[name] == methods.IMPUTED) & np.isfinite(modelled)
            values[name] = np.where(use, modelled, values[name])
            flags[name] = np.where(use, methods.MODELLED, flags[name]).astype(np.int8)
    return _Seen(
        values=MappingProxyType({name: frozen(values[name]) for name in FIELDS}),
        flags=MappingProxyType({name: frozen(flags[name]) for name in FIELDS}),
        history=MappingProxyType(history),
        facts=_country_facts(tables, start),
        projects=_projects(tables, start_years(directory)[1]),
        agreements=_agreements(tables, start, start_years(directory)[1]),
        customs=_customs(tables, start, directory),
    )


def _customs(tables: Tables, start: int, directory: Path) -> Mapping[str, Array]:
    with located(str(directory / "ecommerce.csv")):
        return customs(tables.ecommerce, start, tables.iso3)


def _projects(tables: Tables, last: int) -> Mapping[int, Array]:
    """Year to the sum of its projects, (n,) US$ million, up to the last figures."""
    if tables.projects is None:
        return MappingProxyType({})
    place, dated = places(tables.projects["iso3"], tables.iso3), tables.projects["year"]
    found = {}
    for year in np.unique(dated[(place >= 0) & (dated <= last)]):
        of_year = (place >= 0) & (dated == year)
        found[int(year)] = np.zeros(len(tables.iso3))
        np.add.at(found[int(year)], place[of_year], tables.projects["usd_m"][of_year])
    return MappingProxyType({year: frozen(usd_m) for year, usd_m in found.items()})


def _agreements(tables: Tables, start: int, last: int) -> Mapping[int, Array]:
    """Year after the start to the stage agreed in it, (n,), up to the last figures."""
    if tables.projects is None:
        return MappingProxyType({})
    dated = tables.cooperation["year"]
    found = {}
    for year in np.unique(dated[(dated > start) & (dated <= last)]):
        part = rows_where(tables.cooperation, dated == year)
        found[int(year)] = frozen(highest(tables.iso3, part["iso3"], part["stage"]))
    return MappingProxyType(found)


@lru_cache(maxsize=512)
def _load(start: int, draw: int, fill: bool, directory: Path) -> World:
    tables, seen = read_tables(directory), _seen(start, directory)
    iso3 = tables.iso3
    values = dict(seen.values)
    if fill:
        _check_needed(values, iso3, directory, start)
        borders = links(directory)[2].sum(axis=1)
        equations = tables.equations_at(start)
        fill_gaps(values, seen.flags, equations, tables.countries, start, draw, borders)
    distance, language, border = links(directory)
    world = World(
        start=start,
        iso3=iso3,
        values=MappingProxyType({name: frozen(values[name]) for name in FIELDS}),
        flags=seen.flags,
        distance_km=distance,
        common_language=language,
        contiguous=border,
        customs=seen.customs,
        tables_digest=_drawn_digest(tables.digest, draw),
        _facts=seen.facts,
        _history=seen.history,
        draw=draw,
        expected=_load(start, 0, fill, directory).values if draw else MappingProxyType({}),
        projects=seen.projects,
        agreements=seen.agreements,
    )
    return replace(world, _as_read=_content(world))


def _drawn_digest(digest: str, draw: int) -> str:
    return hashlib.sha256(f"{digest} draw {draw}".encode()).hexdigest() if draw else digest


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
    name: str, tables: Tables, keep: NDArray[np.bool_], borders: Array
) -> tuple[NDArray[np.int64], Array]:
    """Years (T,) and observed values (T, n) of a field in the model's unit."""
    field, years = FIELDS[name], tables.years[keep]
    if name == "routes":
        return years, frozen(_field_history("cables", tables, keep, borders)[1] + borders)
    if not field.sources or any(source not in tables.history for source in field.sources):
        return years, _nothing(len(years), len(tables.iso3))
    arrays = [field.scale_of(source) * tables.history[source][keep] for source in field.sources]
    values = arrays[0] if len(arrays) == 1 else np.mean(arrays, axis=0)
    return years, np.minimum(values + field.shift, field.upper)


@cache
def _nothing(years: int, countries: int) -> Array:
    return frozen(np.full((years, countries), np.nan))


def _country_facts(tables: Tables, start: int) -> Columns:
    """Facts, membership, stage and bloc as of the end of `start`, (n,) each."""
    countries, members, iso3 = tables.countries, tables.members, tables.iso3
    end = f"{start}-12-31"
    joined, left = (
        np.array(first_at(iso3, members["iso3"], members[name], "9999")) <= end
        for name in ("joined", "left")
    )  # ISO dates sort as text
    current = rows_where(tables.cooperation, tables.cooperation["year"] <= start)
    turned = np.nan_to_num(countries["bloc_from"]) <= start
    names = ("name", "region", "income_group", "lat", "lon", "area_km2")
    facts = {name: countries[name] for name in names}
    facts["landlocked"] = countries["landlocked"].astype(bool)
    facts["bri_member"] = joined & ~left
    facts["stage"] = highest(iso3, current["iso3"], current["stage"]).astype(np.int64)
    facts["bloc"] = np.where(turned, countries["bloc"], "none").astype(object)
    facts["mbridge"] = np.nan_to_num(countries["mbridge_from"], nan=9999.0) <= start
    return MappingProxyType({name: frozen(column) for name, column in facts.items()})


def balanced_internet_panel(
    first: int = 2000, last: int | None = None, tables: Path | str | None = None
) -> tuple[tuple[str, ...], NDArray[np.int64], Array, Array]:
    """Internet use of all economies seen in both end years, gaps between filled linearly.

    The sample for figures of the divide over time: it holds the countries fixed, and it is wider
    than the model's own set because it needs no income figure.

    Args:
        first: First year; each economy has a figure in it.
        last: Last year, by default the last start year; each economy has a figure in it.
        tables: See `load_world`.

    Returns:
        Codes (n,), years (T,), share of people online (T, n) and population (T, n).
    """
    directory = tables_directory(tables)
    history = read_tables(directory)
    years = np.arange(first, (start_years(directory)[1] if last is None else last) + 1)
    columns = [str(year) for year in years]
    online = history.series("internet_users_pct")[columns].dropna(subset=[columns[0], columns[-1]])
    people = history.series("population").reindex(online.index)[columns].dropna()
    online = online.loc[people.index].interpolate(axis=1) / 100
    return tuple(online.index), years, frozen(online.to_numpy().T), frozen(people.to_numpy().T)


#: Tables for reports; of these a run reads only `ecommerce`.
REPORTS = ("facts", "ecommerce", "satellite", "fits", "errors", "indicators", "reports")


def report_table(name: str, tables: Path | str | None = None) -> "pd.DataFrame":
    """A table as it stands in the folder, as text; an empty cell is an empty text.

    Args:
        name: facts (dated facts on the Digital Silk Road), ecommerce (China's cross-border
            e-commerce by partner), satellite (service by country in 2025), fits and errors (of the
            equations), indicators (the series), reports (further yearly figures).
        tables: Directory of tables; by default the shipped one.

    Raises:
        KeyError: There is no such table.
    """
    if name not in REPORTS:
        raise KeyError(f"no table {name!r}; known: {', '.join(REPORTS)}")
    import pandas as pd

    file = "reports.csv.gz" if name == "reports" else f"{name}.csv"
    directory = Path(tables) if tables else TABLES
    return pd.read_csv(directory / file, dtype=str, keep_default_na=False)
