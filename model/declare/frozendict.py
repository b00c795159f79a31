"""A mapping that cannot be changed, unlike `MappingProxyType` copied and pickled like any other."""

from typing import Any, NoReturn


class FrozenDict[K, V](dict[K, V]):
    """A dict that refuses changes: what was checked when it was made stays true."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("cannot be changed; make another with `dataclasses.replace`")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
