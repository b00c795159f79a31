"""How often somebody may try something."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from math import ceil

from divide.app.rooms.records import RoomError

#: Names that a limit remembers; the one unused for longest is forgotten first.
MOST_NAMES = 10_000


class Limit:
    """At most `times` within `seconds` for each name.

    Args:
        clock: Seconds that never run backwards.
    """

    def __init__(
        self, times: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.times, self.seconds, self.clock = times, seconds, clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait(self, name: Hashable) -> float:
        """Seconds until `name` may try again; zero if it may now."""
        with self._lock:
            tries = self._seen.get(name, deque())
            now = self.clock()
            while tries and tries[0] <= now - self.seconds:
                tries.popleft()
            return tries[0] + self.seconds - now if len(tries) >= self.times else 0.0

    def check(self, name: Hashable) -> None:
        """Refuse what comes too soon.

        Raises:
            RoomError: `name` must wait.
        """
        seconds = self.wait(name)
        if seconds > 0:
            raise RoomError("wait", count=ceil(seconds))

    def count(self, name: Hashable) -> None:
        """One more try of `name`."""
        with self._lock:
            tries = self._seen.setdefault(name, deque(maxlen=self.times))
            tries.append(self.clock())
            self._seen.move_to_end(name)
            while len(self._seen) > MOST_NAMES:
                self._seen.popitem(last=False)
