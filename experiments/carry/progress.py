"""How a running sweep stands, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """How a sweep stands.

    Attributes:
        total: Runs to be done, each counted once; the most, where a stated precision decides.
        done, failed: Of these, as acknowledged or about to be.
        seconds: Length of this session.
        fresh: Runs finished in this session.
    """

    total: int
    done: int
    failed: int
    seconds: float
    fresh: int

    @property
    def left(self) -> int:
        """Runs neither done nor failed."""
        return self.total - self.done - self.failed

    @property
    def seconds_left(self) -> float:
        """Time to the end at the pace of this session; NaN before its first run."""
        return self.left * self.seconds / self.fresh if self.fresh else float("nan")
