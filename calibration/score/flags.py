"""Which figures of internet use are surveyed and which the ITU estimated.

The flags may be used to calibrate and not be passed on, so they do not come with the model: who
has them gives the file.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divide.calibration.score.origins import narrowed
from divide.calibration.score.rows import Row
from divide.model.declare.errors import InputError

COLUMNS = ("iso3", "year", "indicator", "value")
INDICATOR = "internet_users_is_itu_estimate"


def read(path: Path) -> pd.DataFrame:
    """Flags by year (rows) and country (columns): 1 estimated, 0 surveyed, NaN not known.

    Args:
        path: A CSV file, perhaps compressed, of one figure a row: `COLUMNS`.

    Raises:
        InputError: The file cannot be read or does not hold flags.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"--flags {path}: {error}") from None
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise InputError(f"--flags {path}: no column {', '.join(missing)}")
    table = table[table["indicator"] == INDICATOR]
    if table.empty or not table["value"].isin((0, 1)).all():
        raise InputError(f"--flags {path}: no flags, 0 or 1, of {INDICATOR}")
    return table.pivot(index="year", columns="iso3", values="value").astype(float)


def only(row: Row, flags: pd.DataFrame, *, estimated: bool) -> Row:
    """A row scored on what was estimated, or on what was surveyed."""
    years, iso3 = row.contest.years, list(row.result.iso3)
    kind = flags.reindex(index=years, columns=iso3).to_numpy()
    cells: NDArray[np.bool_] = kind == (1.0 if estimated else 0.0)
    return narrowed(row, cells)
