"""Writes the folder of a world: beside its place first, so that a failure leaves what was there."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from divide.model.world import datapackage
from divide.model.world.datapackage import write_csv


def write_world(out: Path, base: Path, changed: Mapping[str, pd.DataFrame]) -> None:
    """Write a world that differs from another in some tables, and swap it into place by renaming.

    Args:
        out: Folder to write; what stands there is replaced.
        base: Folder that the other tables are copied from; may be `out`.
        changed: Tables by file name.

    Raises:
        OSError: If it cannot be written; `out` is as it was.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    retired = staging.with_name(f"{staging.name}-old")
    try:
        for name in datapackage.TABLES:
            if name in changed:
                write_csv(changed[name], staging / name)
            elif (base / name).is_file():
                shutil.copyfile(base / name, staging / name)
        datapackage.write(staging)
        staging.chmod(0o755)
        if out.exists():
            out.rename(retired)
        staging.rename(out)
    except OSError:
        if retired.exists() and not out.exists():
            retired.rename(out)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if out.exists():
            shutil.rmtree(retired, ignore_errors=True)


def merged(old: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Rows of figures, wide, in which fresh figures stand for old ones, cell by cell.

    Args:
        old: Columns indicator, iso3 and one a year.
        fresh: Columns indicator, iso3, year and value.
    """
    keys = ["indicator", "iso3"]
    wide = fresh.assign(year=fresh["year"].astype(str)).pivot(
        index=keys, columns="year", values="value"
    )
    both = wide.combine_first(old.set_index(keys))
    years = [str(year) for year in _span([*old.columns[2:], *wide.columns])]
    return both.reindex(columns=years).sort_index().reset_index()


def _span(years: list[str]) -> range:
    numbers = [int(year) for year in years]
    return range(min(numbers), max(numbers) + 1)
