"""What cannot be changed, so that it can be shared: a mapping and an array."""

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FrozenDict[K, V](dict[K, V]):
    """A dict that refuses changes: what was checked when it was made stays true.

    Unlike `MappingProxyType` it is copied and pickled like any other.
    """

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("cannot be changed; make another with `dataclasses.replace`")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def frozen[T: "np.generic"](array: "NDArray[T]") -> "NDArray[T]":
    """The array, made read-only: a write would reach every model that shares it."""
    array.setflags(write=False)
    return array
