"""Many numbers for a figure in one text, which costs neither side time to write and read."""

import base64
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike


class Packed(TypedDict):
    """A table of numbers: rows and columns, and base64 of little-endian 32-bit floats."""

    shape: list[int]
    data: str


def pack(values: ArrayLike) -> Packed:
    """The packed form of a table, (rows, columns) or (columns,); None is not-a-number."""
    table = np.atleast_2d(np.asarray(values, dtype="<f4"))
    return {"shape": list(table.shape), "data": base64.b64encode(table.tobytes()).decode("ascii")}
