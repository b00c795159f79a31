"""Exponentials, logarithms and products of whole arrays inside compiled loops.

A compiled loop calls the C library for each number, which takes longer than all the rest of most
loops. These kernels are plain arithmetic without branches, so that the compiler does several
numbers an instruction; they err by at most two units in the last place. The series and constants
are those of fdlibm (Sun Microsystems 1993, e_exp.c and e_log.c).
"""

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from divide.model.compiled import njit

Array = NDArray[np.float64]

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PER_LN2 = 1.44269504088896338700
#: Adding it rounds to a whole number, which then stands in the low bits.
_ROUND = 6755399441055744.0
#: Bits of 1, of the number just below the root of a half where a logarithm turns, and of 2^52.
_ONE, _TURN, _TWO52 = 0x3FF0000000000000, 0x3FE6A09E00000000, 0x4330000000000000
_P1, _P2, _P3 = 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
_P4, _P5 = -1.65339022054652515390e-06, 4.13813679705723846039e-08
_L1, _L2, _L3 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
_L4, _L5, _L6 = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
_L7 = 1.479819860511658591e-01


@njit(cache=True, nogil=True, error_model="numpy")
def exp(x: Array) -> None:
    """Exponentials in place, (k,); what lies beyond -700 to 700 counts as that.

    Args:
        x: Numbers in one piece of memory, not NaN.
    """
    scale = np.empty(x.size)
    bits = scale.view(np.uint64)
    for i in range(x.size):
        x[i] = min(max(x[i], -700.0), 700.0)
        scale[i] = x[i] * _PER_LN2 + _ROUND
    for i in range(x.size):
        whole = scale[i] - _ROUND
        high, low = x[i] - whole * _LN2_HIGH, whole * _LN2_LOW
        r = high - low
        t = r * r
        c = r - t * (_P1 + t * (_P2 + t * (_P3 + t * (_P4 + t * _P5))))
        x[i] = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    for i in range(x.size):
        bits[i] = (bits[i] << uint64(52)) + uint64(_ONE)
    for i in range(x.size):
        x[i] *= scale[i]


@njit(cache=True, nogil=True, error_model="numpy")
def log(x: Array, out: Array) -> None:
    """Natural logarithms of positive normal numbers, (k,); others give a finite number.

    Args:
        x: Numbers in one piece of memory.
        out: What the logarithms are written to, (k,), other memory than that of `x`.
    """
    whole = np.empty(x.size)
    given, bits, exponent = x.view(np.uint64), out.view(np.uint64), whole.view(np.uint64)
    for i in range(x.size):
        shifted = given[i] - uint64(_TURN) + uint64(_ONE)
        exponent[i] = (shifted >> uint64(52)) | uint64(_TWO52)
        bits[i] = given[i] - ((shifted >> uint64(52)) << uint64(52)) + uint64(_ONE)
    for i in range(x.size):
        k = whole[i] - (4503599627370496.0 + 1023.0)
        f = out[i] - 1.0
        s = f / (2.0 + f)
        z = s * s
        half = 0.5 * f * f
        series = z * (_L1 + z * (_L2 + z * (_L3 + z * (_L4 + z * (_L5 + z * (_L6 + z * _L7))))))
        out[i] = k * _LN2_HIGH - ((half - (s * (half + series) + k * _LN2_LOW)) - f)


@njit(cache=True, nogil=True, error_model="numpy")
def product(matrix: Array, x: Array) -> Array:
    """A matrix times a vector, (rows,), summed in one order on every machine.

    A library of linear algebra sums as the processor likes best, and takes longer to load than all
    products of a run. Four columns are added at a time, to all rows.

    Args:
        matrix: Numbers, (rows, columns), best with columns in one piece of memory.
        x: Numbers, (columns,).
    """
    rows, columns = matrix.shape
    out = np.zeros(rows)
    whole = columns - columns % 4
    for j in range(0, whole, 4):
        a, b, c, d = x[j], x[j + 1], x[j + 2], x[j + 3]
        for i in range(rows):
            first = matrix[i, j] * a + matrix[i, j + 1] * b
            out[i] += first + (matrix[i, j + 2] * c + matrix[i, j + 3] * d)
    for j in range(whole, columns):
        for i in range(rows):
            out[i] += matrix[i, j] * x[j]
    return out
