"""Fetches the World Bank's figures anew and writes a directory of tables for `load_world`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divide.model.world import datapackage
from divide.model.world.convert import convert
from divide.model.world.folder import write_world
from divide.model.world.loader import tables_directory

FIRST_YEAR = 1990
#: Fetched though the shipped tables lack them: how many women are online for a man.
_BY_SEX = ("internet_women_pct", "internet_men_pct")
#: Series of surveys, which fewer economies have.
_SURVEYED = (*_BY_SEX, "income_gini_pct", *(f"income_share_q{k}_pct" for k in range(1, 6)))


class RefreshError(RuntimeError):
    """The figures could not be fetched; the old tables are untouched."""


def _client() -> Any:
    """The optional package that speaks the World Bank's data interface.

    Raises:
        RefreshError: If it is not installed.
    """
    try:
        import wbgapi
    except ImportError as error:
        raise RefreshError(
            "refreshing the data needs the extra 'data': "
            "pip install digital-divide-abm[data], or uv sync --extra data"
        ) from error
    return wbgapi


@contextmanager
def _settings(client: Any, base_url: str | None) -> Iterator[None]:
    """Sets address and timeout, which the package keeps globally, and puts them back."""
    before = client.endpoint, client.get_options
    client.endpoint = base_url.rstrip("/") if base_url else client.endpoint
    client.get_options = {"timeout": 60}
    try:
        yield
    finally:
        client.endpoint, client.get_options = before


def tabulate(rows: list[dict], indicator: str, economies: set[str]) -> pd.DataFrame:
    """Turns answers of the data interface (version 2) into rows of `history`.

    Args:
        rows: Each with `countryiso3code`, `date` (year) and `value`, which may be None.
        indicator: Name of the series in the tables.
        economies: Codes to keep; the rest are aggregates such as regions.

    Returns:
        Columns indicator, iso3 and one a year; economies without any value are left out.

    Raises:
        RefreshError: If the rows are not of that form.
    """
    try:
        long = [
            (row["countryiso3code"], int(row["date"]), float(row["value"]))
            for row in rows
            if row["value"] is not None and row["countryiso3code"] in economies
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RefreshError(f"{indicator}: rows not understood: {error!r}") from error
    frame = pd.DataFrame(long, columns=["iso3", "year", "value"])
    if not np.isfinite(frame["value"]).all():
        raise RefreshError(f"{indicator}: the server sent figures that are not finite")
    if frame.duplicated(["iso3", "year"]).any():
        raise RefreshError(f"{indicator}: the server sent a country and year twice")
    wide = frame.pivot(index="iso3", columns="year", values="value").reset_index()
    wide.insert(0, "indicator", indicator)
    wide.columns = [str(name) for name in wide.columns]
    return wide


def refresh(
    out: Path, base_url: str | None = None, *, last_year: int = 2025, min_economies: int = 100
) -> Path:
    """Writes fresh tables to `out`; what the World Bank does not serve is copied from the old ones.

    Everything is fetched and checked first and moved into place at the end, so a failure leaves
    `out` as it was.

    Args:
        out: Directory to write; use it as `load_world(..., tables=out)` or DIVIDE_WORLD.
        base_url: Address of the data interface; the World Bank's own if not given.
        last_year: Last year to ask for.
        min_economies: Fewer economies than this in an answer count as a broken answer. The
            series of surveys, of which there are few, may have a fifth of it.

    Returns:
        `out`.

    Raises:
        RefreshError: If the package `wbgapi` is missing, or the server cannot be reached or
            answers wrongly.
    """
    client = _client()
    shipped = tables_directory()
    try:
        old, beside, listed = (
            pd.read_csv(shipped / name, keep_default_na=False, na_values=[""])
            for name in ("history.csv.gz", "reports.csv.gz", "indicators.csv")
        )
    except FileNotFoundError as error:
        raise RefreshError(f"{error.filename} is missing: it lists what is fetched") from error
    names = sorted({*listed.loc[listed["api_code"].notna(), "indicator"], *_BY_SEX})
    economies = set(old["iso3"])
    fresh = []
    for name in names:
        code = datapackage.SERIES[name][2]
        try:
            params = {"date": f"{FIRST_YEAR}:{last_year}", "source": 2}
            with _settings(client, base_url):
                rows = list(client.fetch(f"country/all/indicator/{code}", params))
        except Exception as error:  # The client raises a different class for every kind of fault.
            raise RefreshError(f"{name} ({code}) could not be fetched: {error}") from error
        table = tabulate(rows, name, economies)
        wanted = min_economies // 5 if name in _SURVEYED else min_economies
        if len(table) < wanted:
            raise RefreshError(f"{name} ({code}): {len(table)} economies, expected {wanted}")
        fresh.append(table)
    fetched = pd.concat(fresh)
    ratio = _women_per_man(fetched[fetched["indicator"].isin(_BY_SEX)])
    apart = {*beside["indicator"], *_BY_SEX}
    changed = {
        "history.csv.gz": _renewed(old, pd.concat([fetched, ratio]), apart),
        "reports.csv.gz": _renewed(beside, fetched, set(fetched["indicator"]) - apart),
        "indicators.csv": _listed(listed, (*_BY_SEX, "internet_women_per_man")),
    }
    try:
        write_world(out, shipped, changed)
    except OSError as error:
        raise RefreshError(f"cannot write {out}: {error}") from error
    return out


def _women_per_man(wide: pd.DataFrame) -> pd.DataFrame:
    """The ratio of the two fetched shares, as rows of `history`."""
    long = wide.melt(id_vars=["indicator", "iso3"], var_name="year").dropna(subset=["value"])
    ratio = convert(long, []).pivot(index=["indicator", "iso3"], columns="year", values="value")
    ratio.columns = [str(year) for year in ratio.columns]
    return ratio.reset_index()


def _renewed(old: pd.DataFrame, fresh: pd.DataFrame, not_here: set[str]) -> pd.DataFrame:
    """A table of figures in which fetched series replace the old ones whole."""
    kept = old[~old["indicator"].isin(set(fresh["indicator"]))]
    table = pd.concat([kept, fresh[~fresh["indicator"].isin(not_here)]])
    years = sorted(column for column in table.columns if column.isdigit())
    return table[["indicator", "iso3", *years]].sort_values(["indicator", "iso3"])


def _listed(listed: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The list of series, with those that are new to it."""
    new = [
        {"indicator": name, "unit": datapackage.SERIES[name][0],
         "licence": "CC BY 4.0 (World Bank WDI)", "description": datapackage.SERIES[name][1],
         "api_code": datapackage.SERIES[name][2]}
        for name in names if name not in set(listed["indicator"])
    ]  # fmt: skip
    fresh = pd.DataFrame(new, columns=listed.columns)
    return pd.concat([listed, fresh]).sort_values("indicator")
