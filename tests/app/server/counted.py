"""`divide` with a door for tests: `counted.py REPORT [--leaky] COMMAND...`.

At SIGUSR1 the process collects its garbage and writes to REPORT, as JSON, what is alive in it. At
SIGUSR2 it prints where each of its threads is. With --leaky it keeps something of every visit for
ever, to show that it would be seen.
"""

import ctypes
import faulthandler
import gc
import json
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import psutil


def alive() -> dict[str, Any]:
    """Objects by kind, threads, and memory (bytes)."""
    for _ in range(3):
        gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free goes back, so that memory is what is held
    kinds = Counter(f"{type(each).__module__}.{type(each).__name__}" for each in gc.get_objects())
    memory = psutil.Process().memory_info().rss
    return {"kinds": kinds, "threads": threading.active_count(), "memory": memory}


def answer(report: Path) -> None:
    """Write what is alive."""
    part = report.with_suffix(".part")
    part.write_text(json.dumps(alive()))
    part.replace(report)


def leak() -> None:
    """Keep the driver of every visit."""
    from divide.app.visit.driver import Driver

    kept: list[Driver] = []
    close = Driver.close

    def keep(driver: Driver) -> None:
        kept.append(driver)
        close(driver)

    Driver.close = keep  # type: ignore[method-assign]


if __name__ == "__main__":
    report = Path(sys.argv.pop(1))
    if sys.argv[1] == "--leaky":
        del sys.argv[1]
        leak()
    # A thread of its own: it keeps nothing alive of what the signal interrupts.
    signal.signal(
        signal.SIGUSR1, lambda *_: threading.Thread(target=answer, args=(report,)).start()
    )
    faulthandler.register(signal.SIGUSR2)
    from divide.experiments.cli.main import main

    main()
