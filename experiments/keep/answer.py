"""What came of a job: a value, or why there is none."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """Why a job came to nothing.

    Attributes:
        kind: "exception", "not finite", "time limit", "memory" or "worker died".
    """

    kind: str
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of a job: a value or a failure.

    Attributes:
        run: Number of the job, which is a run of the model or a part of one.
        seconds: How long it took.
        value: What the function of the task returned.
        failure: Why there is no value.
    """

    run: int
    seconds: float
    value: Any = None
    failure: Failure | None = None
