"""Matrices of pairs of countries: half of a symmetric one is computed, the other half copied."""

import numpy as np
from numpy.typing import NDArray

from divide.model.compiled import njit

Array = NDArray[np.float64]

#: Rows that are copied at once: as many numbers as come from memory in one piece.
ROWS = 8


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def mirror(matrix: Array, last: int) -> None:
    """Copy what is left of the diagonal to the right of it, (n, n), with zeros on it.

    To be called after each row, from the first to the last; every eighth call copies eight rows.

    Args:
        matrix: Complete left of the diagonal up to row `last`.
        last: The row.
    """
    n = matrix.shape[0]
    matrix[last, last] = 0.0
    if last % ROWS == ROWS - 1:
        first = last - (ROWS - 1)
        for j in range(first):
            for k in range(ROWS):
                matrix[j, first + k] = matrix[first + k, j]
        for i in range(first, last + 1):
            for j in range(first, i):
                matrix[j, i] = matrix[i, j]
    elif last >= n - n % ROWS:
        for j in range(last):
            matrix[j, last] = matrix[last, j]
