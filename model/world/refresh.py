"""Fetches the World Bank's figures anew and writes a directory of tables for `load_world`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from divide.model.world import datapackage
from divide.model.world.datapackage import write_csv
from divide.model.world.loader import tables_directory

FIRST_YEAR = 1990
_NEW = ("income_gini_pct",)


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
            Gini index, for which there are few surveys, may have a fifth of it.

    Returns:
        `out`.

    Raises:
        RefreshError: If the package `wbgapi` is missing, or the server cannot be reached or
            answers wrongly.
    """
    client = _client()
    shipped = tables_directory()
    old = pd.read_csv(shipped / "history.csv.gz", keep_default_na=False, na_values=[""])
    listed = pd.read_csv(shipped / "indicators.csv", keep_default_na=False)
    names = sorted({*listed.loc[listed["api_code"] != "", "indicator"], *_NEW})
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
        wanted = min_economies // 5 if name in _NEW else min_economies
        if len(table) < wanted:
            raise RefreshError(f"{name} ({code}): {len(table)} economies, expected {wanted}")
        fresh.append(table)
    history = pd.concat([old[~old["indicator"].isin(names)], *fresh])
    years = sorted(column for column in history.columns if column.isdigit())
    history = history[["indicator", "iso3", *years]].sort_values(["indicator", "iso3"])
    new = [
        {"indicator": name, "unit": datapackage.SERIES[name][0], "licence": "CC BY 4.0 (World Bank "
         "WDI)", "description": datapackage.SERIES[name][1],
         "api_code": datapackage.SERIES[name][2]}
        for name in _NEW if name not in set(listed["indicator"])
    ]  # fmt: skip
    listed = pd.concat([listed, pd.DataFrame(new, columns=listed.columns)])
    _replace(out, shipped, history, listed.sort_values("indicator"))
    return out


def _replace(out: Path, shipped: Path, history: pd.DataFrame, listed: pd.DataFrame) -> None:
    """Writes beside `out`, then swaps directories by renaming."""
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    retired = staging.with_name(f"{staging.name}-old")
    try:
        for name in datapackage.TABLES:
            if name not in ("history.csv.gz", "indicators.csv"):
                shutil.copyfile(shipped / name, staging / name)
        write_csv(history, staging / "history.csv.gz")
        write_csv(listed, staging / "indicators.csv")
        datapackage.write(staging)
        staging.chmod(0o755)
        if out.exists():
            out.rename(retired)
        staging.rename(out)
    except OSError as error:
        if retired.exists() and not out.exists():
            retired.rename(out)
        raise RefreshError(f"cannot write {out}: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if out.exists():
            shutil.rmtree(retired, ignore_errors=True)
