"""Arrays that many models share."""

import numpy as np
from numpy.typing import NDArray


def frozen[T: np.generic](array: NDArray[T]) -> NDArray[T]:
    """The array, made read-only: a write would reach every model that shares it."""
    array.setflags(write=False)
    return array
