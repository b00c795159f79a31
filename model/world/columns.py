"""Tables as columns: arrays by name, which a run can do with.

pandas would take longer to load than all the rest of a world, so that it is left to those who ask
for a data frame.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Texts (objects, "" where a cell is empty) and numbers (NaN where it is), (rows,) each.
Columns = Mapping[str, NDArray[Any]]


def texts(cells: Sequence[str]) -> NDArray[np.object_]:
    """A column of texts, (rows,)."""
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def numbers(cells: Sequence[str]) -> Array:
    """A column of numbers, (rows,); NaN where a cell is empty or holds no number."""
    whole = "".join(cells)
    if whole.isascii() and "_" not in whole:
        try:
            return np.array([float(cell) if cell else np.nan for cell in cells], dtype=float)
        except ValueError:
            pass
    return np.array([_number(cell) for cell in cells], dtype=float)


def _number(cell: str) -> float:
    """The number in a cell, else NaN; what only Python reads as a number is none."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else np.nan
    except ValueError:
        return np.nan


def rows_where(table: Columns, keep: NDArray[np.bool_]) -> Columns:
    """The rows of a table that are kept."""
    return {name: column[keep] for name, column in table.items()}


def places(codes: Iterable[str], among: Iterable[str]) -> NDArray[np.int64]:
    """Where each code stands among others, (codes,); -1 where it does not."""
    at = {code: k for k, code in enumerate(among)}
    return np.array([at.get(code, -1) for code in codes], dtype=np.int64)


def first_at(
    among: Sequence[str], codes: Iterable[str], values: Iterable[Any], default: Any
) -> list[Any]:
    """The value of each of some codes, or what stands for those that have none."""
    found = dict(zip(codes, values, strict=True))
    return [found.get(code) or default for code in among]


def highest(among: Sequence[str], codes: NDArray[np.object_], values: Array) -> Array:
    """The highest value of each of some codes, (among,); 0 for those that have none."""
    found = np.zeros(len(among))
    at = places(codes, among)
    np.maximum.at(found, at[at >= 0], values[at >= 0])
    return found
