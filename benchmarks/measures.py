"""Time of the divide measures: `python -m benchmarks.measures`.

Prints microseconds a call, the median and the range of repeated timings, for 190 countries.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from divide.model.outcomes import measures

DATES, COUNTRIES, GROUPS = 720, 190, 7


def timed(call: Callable[[], object], profiles: int, repeats: int = 15) -> str:
    """Microseconds a profile: median and range over `repeats`, after one call that compiles."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) / profiles * 1e6)
    return f"{statistics.median(times):8.1f}  ({min(times):.1f} to {max(times):.1f})"


def main() -> None:
    """Time the batch and the single calls."""
    rng = np.random.default_rng(1)
    x, w = rng.random((DATES, COUNTRIES)), rng.lognormal(0.0, 2.0, (DATES, COUNTRIES))
    labels = rng.integers(0, GROUPS, COUNTRIES)

    def one_by_one() -> None:
        for a, b in zip(x, w, strict=True):
            measures.divide_profile(a, b)

    def decompose() -> None:
        for a, b in zip(x, w, strict=True):
            measures.theil_decomposition(a, b, labels)

    print("microseconds a profile    median  (range)")
    print("divide_profiles        ", timed(lambda: measures.divide_profiles(x, w), DATES))
    print("divide_profile         ", timed(one_by_one, DATES))
    print(
        "theil_decompositions   ",
        timed(lambda: measures.theil_decompositions(x, w, labels), DATES),
    )
    print("theil_decomposition    ", timed(decompose, DATES))


if __name__ == "__main__":
    main()
