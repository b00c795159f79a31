"""How the loops of the model are compiled: numba's `njit` with what all of them share.

A fresh copy compiles them all, once, before its first answer; what nobody calls is not made.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numba import njit
else:
    import numba

    def njit(**options: Any) -> Any:
        """`numba.njit` without the entry for callers in C, of which there are none.

        Args:
            options: Those of `numba.njit`.
        """
        return numba.njit(no_cfunc_wrapper=True, **options)


__all__ = ["njit"]
