"""What China's customs say of its cross-border e-commerce: the one country with figures of it."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from divide.model.declare.errors import InputError
from divide.model.declare.frozen import frozen
from divide.model.world.columns import Array

#: Yuan for a US dollar, mean of the year (World Bank, WDI, PA.NUS.FCRF, CC BY 4.0).
YUAN_PER_USD: Mapping[int, float] = MappingProxyType({
    2000: 8.2785, 2001: 8.2771, 2002: 8.2770, 2003: 8.2770, 2004: 8.2768, 2005: 8.1943,
    2006: 7.9734, 2007: 7.6075, 2008: 6.9487, 2009: 6.8314, 2010: 6.7703, 2011: 6.4615,
    2012: 6.3123, 2013: 6.1958, 2014: 6.1434, 2015: 6.2275, 2016: 6.6445, 2017: 6.7588,
    2018: 6.6160, 2019: 6.9084, 2020: 6.9008, 2021: 6.4490, 2022: 6.7372, 2023: 7.0840,
    2024: 7.1975,
})  # fmt: skip
_TOTAL, _WORLD = "trillion yuan", "WLD"


class _Row(NamedTuple):
    """A figure of a year."""

    year: int
    direction: str
    partner: str
    unit: str
    value: float


def customs(table: Mapping[str, Any], start: int, iso3: Sequence[str]) -> Mapping[str, Array]:
    """China's cross-border e-commerce at a start, in US$ a year.

    Totals exist from 2018 on. Between two surveyed years the total grows evenly; before the first
    it is back-cast at the growth of the first two, and split over directions and partners as in
    the first survey that splits it (both assumed). A start from the second surveyed year on uses
    no later figure.

    Args:
        table: Columns period, direction, partner, value and unit.
        start: Year.
        iso3: Codes of the countries.

    Returns:
        `totals`, exports and imports, (2,); `sold` and `bought`, what it sells to and buys from
        each partner, (n,), NaN where the survey does not say.

    Raises:
        InputError: The table holds no two yearly totals, or no year that splits them.
    """
    rows = _yearly(table)
    total = {name: _worldwide(rows, name) for name in ("export", "import", "both")}
    split = {
        year: np.array([total["export"][year], total["import"][year]])
        for year in sorted(total["export"].keys() & total["import"].keys())
    }
    both = {year: float(parts.sum()) for year, parts in split.items()} | total["both"]
    if not split or len(set().union(*total.values())) < 2:
        raise InputError("needs two yearly totals of China's customs, one of them by direction")
    usd = 1e12 * total_of(both, start) / YUAN_PER_USD[min(max(start, 2000), 2024)]
    parts = split[_known(list(split), start)]
    exports, imports = usd * parts / parts.sum()
    return MappingProxyType({
        "totals": frozen(np.array([exports, imports])),
        "sold": frozen(exports * _partners(rows, "export", start, iso3)),
        "bought": frozen(imports * _partners(rows, "import", start, iso3)),
    })  # fmt: skip


def _yearly(table: Mapping[str, Any]) -> list[_Row]:
    """The rows whose period is a year."""
    names = ("period", "direction", "partner", "unit", "value")
    rows = zip(*(table[name] for name in names), strict=True)
    return [
        _Row(int(period), direction, partner, unit, float(value))
        for period, direction, partner, unit, value in rows
        if len(str(period)) == 4 and str(period).isdecimal()
    ]


def _worldwide(rows: Sequence[_Row], direction: str) -> dict[int, float]:
    """The total of a direction by year, trillion yuan."""
    return {
        row.year: row.value
        for row in rows
        if (row.direction, row.partner, row.unit) == (direction, _WORLD, _TOTAL)
    }


def total_of(both: Mapping[int, float], start: int) -> float:
    """The total of a year from those of surveyed years, in their unit (see `customs`)."""
    years = np.array(sorted(both), dtype=float)
    logs = np.log([both[int(year)] for year in years])
    known = years <= max(start, years[1])
    years, logs = years[known], logs[known]
    back = (logs[1] - logs[0]) / (years[1] - years[0])
    before = logs[0] + back * (start - years[0])
    return float(np.exp(before if start < years[0] else np.interp(start, years, logs)))


def _known(years: Collection[int], start: int) -> int:
    """The last of the years up to the start, else the first of all."""
    return max((year for year in years if year <= start), default=min(years))


def _partners(rows: Sequence[_Row], direction: str, start: int, iso3: Sequence[str]) -> Array:
    """Share of each partner, (n,), NaN where it is not stated."""
    stated = [row for row in rows if row.direction == direction and row.partner != _WORLD]
    if not stated:
        return np.full(len(iso3), np.nan)
    year = _known({row.year for row in stated}, start)
    share = {row.partner: row.value for row in stated if row.year == year}
    return 0.01 * np.array([share.get(code, np.nan) for code in iso3])
