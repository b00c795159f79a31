"""The machine that a sweep runs on, and its packages."""

import os
import platform
import sys
from pathlib import Path
from typing import Any

import psutil

from experiments.manifest import PROJECT, version

#: Packages that bear on the last bit of a figure.
BEARING = ("mesa", "numba", "numpy", "scipy")
#: Packages that do not, but that help to read the folder later.
OTHERS = ("pandas", "pyarrow", "duckdb", "distributed")


def machine() -> dict[str, Any]:
    """The machine and the packages, for the manifest."""
    names = (PROJECT, *BEARING, *OTHERS)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(machine_memory() / 2**30, 1),
        "byte_order": sys.byteorder,
        "packages": {name: version(name) for name in names},
    }


def machine_memory() -> float:
    """Bytes of memory of this machine, or of the container we are in."""
    total = float(psutil.virtual_memory().total)
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, float(limit)) if limit.isdigit() else total
