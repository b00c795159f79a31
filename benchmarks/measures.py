"""Time of the measures of the divide: `python -m benchmarks.measures`.

Prints microseconds a date, the median and the range of repeated timings, for 190 countries.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from divide.model.outcomes import measures

DATES, COUNTRIES, CELLS = 720, 190, 10


def timed(call: Callable[[], object], repeats: int = 15) -> str:
    """Microseconds a date: median and range over `repeats`, after one call that compiles."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) / DATES * 1e6)
    return f"{statistics.median(times):8.1f}  ({min(times):.1f} to {max(times):.1f})"


def main() -> None:
    """Time what a run's outcomes call."""
    rng = np.random.default_rng(1)
    x, w = rng.random((DATES, COUNTRIES)), rng.lognormal(0.0, 2.0, (DATES, COUNTRIES))
    cells, people = np.repeat(x, CELLS, axis=1), np.repeat(w, CELLS, axis=1)
    labels = np.repeat(np.arange(COUNTRIES), CELLS)
    groups = measures.Grouping(np.arange(COUNTRIES) % 7, w)
    ascending = np.sort(x, axis=1)
    calls: dict[str, Callable[[], object]] = {
        "profiles": lambda: measures.profiles(x, w),
        "theil_within": lambda: measures.theil_within(cells, people, labels, COUNTRIES),
        "theil_between": lambda: groups.theil_between(w * x),
        "gini_unweighted": lambda: measures.gini_unweighted(ascending),
        "sigma": lambda: measures.sigma(ascending),
        "beta": lambda: measures.beta(x, np.arange(DATES) / 4),
    }
    print("microseconds a date      median  (range)")
    for name, call in calls.items():
        print(f"{name:22}", timed(call))


if __name__ == "__main__":
    main()
