"""Time in which a process could work: what it spends stopped by Ctrl-Z or a debugger is no work."""

import time

#: Where more than this (seconds) passed between two looks of a loop, its process was stopped.
STOPPED = 5.0


class Awake:
    """A clock that stands still while the process does.

    It has to be looked at every so often: a gap between two looks that is longer than `step` by
    more than the processor time used in it is a time of sleep.

    Args:
        step: Longest time between two looks, if nothing stops the process, in seconds.
    """

    def __init__(self, step: float) -> None:
        self._step = step
        self._seen, self._used = time.monotonic(), time.process_time()
        self.seconds = 0.0

    def look(self) -> float:
        """Seconds awake since the clock was made."""
        now, used = time.monotonic(), time.process_time()
        gap, work = now - self._seen, used - self._used
        self.seconds += min(gap, max(2 * self._step, work))
        self._seen, self._used = now, used
        return self.seconds
