"""What is made of results is kept a while, for the next frame and for whoever looks at the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import cast

#: Answers of one function that are kept.
MOST = 64


def _known_by(one: object) -> Hashable:
    try:
        hash(one)
    except TypeError:
        return id(one)
    return one


def kept[**P, T](make: Callable[P, T]) -> Callable[P, T]:
    """A function that is asked once for the same arguments; the least recently used go first.

    What is equal is the same, and of what has no equality or no hash, the same object: results are
    one object for all visitors, as the engine's are. All visitors share what comes back, and nobody
    changes it.
    """
    found: OrderedDict[tuple[object, ...], tuple[object, T]] = OrderedDict()
    lock = threading.Lock()

    @wraps(make)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        given = (*args, *sorted(kwargs.items()))
        key = tuple(map(_known_by, given))
        with lock:
            if key in found:
                found.move_to_end(key)
                return found[key][1]
        made = make(*args, **kwargs)
        with lock:
            found[key] = (given, made)  # what is known by its number must not go meanwhile
            while len(found) > MOST:
                found.popitem(last=False)
        return made

    return cast(Callable[P, T], answer)
