"""The machine that a sweep runs on, and its packages."""

import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from threadpoolctl import threadpool_info

from divide.experiments.keep.provenance import PROJECT, version

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
        "processor": instructions(),
        "cores": os.cpu_count(),
        "memory_gib": round(machine_memory() / 2**30, 1),
        "byte_order": sys.byteorder,
        "packages": {name: version(name) for name in names},
    }


@cache
def instructions() -> str:
    """What NumPy makes use of in this processor; the last digit of a figure depends on it.

    Exponentials and the sums of linear algebra are rounded otherwise with other instruction sets.
    """
    found = (np.show_config(mode="dicts") or {}).get("SIMD Extensions", {}).get("found", [])
    kernels = {
        library["architecture"]
        for library in threadpool_info()
        if "architecture" in library and Path(library["filepath"]).parent.name != "scipy.libs"
    }
    return " ".join([platform.machine(), *found, *sorted(kernels)])


def other_instructions(whose: str, theirs: str, others: str) -> str:
    """A warning that the figures of two processors are not the same to the last digit."""
    return (
        f"{whose} computes with {theirs}, others with {others}: figures may differ in the last "
        "digits"
    )


def machine_memory() -> float:
    """Bytes of memory of this machine, or of the container we are in."""
    total = float(psutil.virtual_memory().total)
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, float(limit)) if limit.isdigit() else total
