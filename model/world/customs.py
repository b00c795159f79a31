"""What China's customs say of its cross-border e-commerce: the one country with figures of it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.model.declare.errors import InputError
from divide.model.declare.frozen import frozen

Array = NDArray[np.float64]

#: Yuan for a US dollar, mean of the year (World Bank, WDI, PA.NUS.FCRF, CC BY 4.0).
YUAN_PER_USD: Mapping[int, float] = MappingProxyType({
    2000: 8.2785, 2001: 8.2771, 2002: 8.2770, 2003: 8.2770, 2004: 8.2768, 2005: 8.1943,
    2006: 7.9734, 2007: 7.6075, 2008: 6.9487, 2009: 6.8314, 2010: 6.7703, 2011: 6.4615,
    2012: 6.3123, 2013: 6.1958, 2014: 6.1434, 2015: 6.2275, 2016: 6.6445, 2017: 6.7588,
    2018: 6.6160, 2019: 6.9084, 2020: 6.9008, 2021: 6.4490, 2022: 6.7372, 2023: 7.0840,
    2024: 7.1975,
})  # fmt: skip
_TOTAL, _WORLD = "trillion yuan", "WLD"


def customs(table: pd.DataFrame, start: int, iso3: Sequence[str]) -> Mapping[str, Array]:
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
    yearly = table[table["period"].astype(str).str.fullmatch(r"\d{4}")]
    yearly = yearly.assign(year=yearly["period"].astype(int))
    worldwide = yearly[(yearly["unit"] == _TOTAL) & (yearly["partner"] == _WORLD)]
    by_year = worldwide.pivot(index="year", columns="direction", values="value")
    by_year = by_year.reindex(columns=["export", "import", "both"])
    split = by_year[["export", "import"]].dropna()
    if split.empty or len(by_year) < 2:
        raise InputError("needs two yearly totals of China's customs, one of them by direction")
    both = by_year["both"].fillna(by_year["export"] + by_year["import"]).dropna()
    total = 1e12 * total_of(both, start) / YUAN_PER_USD[min(max(start, 2000), 2024)]
    year = _known(split.index.to_numpy(), start)
    parts = split.loc[year].to_numpy()
    exports, imports = total * parts / parts.sum()
    sold = _partners(yearly[(yearly["direction"] == "export")], start, iso3)
    bought = _partners(yearly[(yearly["direction"] == "import")], start, iso3)
    return MappingProxyType({
        "totals": frozen(np.array([exports, imports])),
        "sold": frozen(exports * sold),
        "bought": frozen(imports * bought),
    })  # fmt: skip


def total_of(both: pd.Series, start: int) -> float:
    """The total of a year from those of surveyed years, in their unit (see `customs`)."""
    years, logs = both.index.to_numpy(float), np.log(both.to_numpy(float))
    known = years <= max(start, years[1])
    years, logs = years[known], logs[known]
    back = (logs[1] - logs[0]) / (years[1] - years[0])
    before = logs[0] + back * (start - years[0])
    return float(np.exp(before if start < years[0] else np.interp(start, years, logs)))


def _known(years: NDArray[np.int64], start: int) -> int:
    """The last of the years up to the start, else the first of all."""
    past = years[years <= start]
    return int(past.max() if past.size else years.min())


def _partners(rows: pd.DataFrame, start: int, iso3: Sequence[str]) -> Array:
    """Share of each partner, (n,), NaN where it is not stated."""
    shares = rows[(rows["partner"] != _WORLD)]
    if shares.empty:
        return np.full(len(iso3), np.nan)
    stated = shares[shares["year"] == _known(shares["year"].to_numpy(), start)]
    found = stated.set_index("partner")["value"].reindex(list(iso3))
    return 0.01 * found.to_numpy(float)
