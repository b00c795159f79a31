"""The rules of firms in C (`firms.c`), built where there is a compiler, for comparison only."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.conditions import ColumnFirms, Conditions
from divide.model.processes import firms, ladder

SOURCE = Path(__file__).with_name("firms.c")
#: Not fused multiplications and additions: Numba does not fuse either, and bits are compared.
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


def compiler() -> str | None:
    """A C compiler of this computer."""
    return shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")


class World(ctypes.Structure):
    """`World` of `firms.c`."""

    _fields_ = (
        ("cells", ctypes.c_int64),
        ("platforms", ctypes.c_int64),
        ("options", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in (
            "start", "home", "reach", "state", "marketplace", "rail", "productivity", "skill",
            "odds", "speed",
        )),
        ("churn", ctypes.c_float),
        ("upto", ctypes.c_void_p * 2),
        ("names", ctypes.c_void_p * 2),
        *((name, ctypes.c_void_p) for name in ("weight", "counts", "capacity", "users", "without")),
    )  # fmt: skip


class PlainC(ColumnFirms):
    """The firms moved by the C program instead of the model's kernels.

    Args:
        conditions: What the firms meet.
        seed: Seed of the random numbers.

    Raises:
        RuntimeError: There is no compiler, or it fails.
    """

    def __init__(self, conditions: Conditions, seed: int) -> None:
        super().__init__(conditions, seed)
        self._library = built()

    def step(self) -> None:
        """As `ColumnFirms.step`."""
        with self.firms.in_place() as (cells, f):
            met = self.meeting()
            choices = [ladder.offers(*met.rails), ladder.offers(*met.markets)]
            speed = met.speed.astype(np.float32)
            arrays = {
                "start": cells.start, "home": cells.home, "reach": self.firms.reach, **f,
                "odds": met.odds, "speed": speed, "weight": met.weight, **self.sums._asdict(),
            }  # fmt: skip
            world = World(cells=len(cells.home), platforms=len(self.users), churn=met.churn)
            for name, array in arrays.items():
                setattr(world, name, array.ctypes.data)
            for k, (upto, names) in enumerate(choices):
                world.upto[k], world.names[k] = upto.ctypes.data, names.ctypes.data
            shared, single = firms.keys(self.seed, self.done)
            self._library.step(
                ctypes.byref(world), ctypes.c_uint64(int(shared)), ctypes.c_uint64(int(single))
            )
        self.share = self.sums.counts / self._members
        self.done += 1


def built() -> ctypes.CDLL:
    """The C program, compiled anew for this processor.

    Raises:
        RuntimeError: There is no compiler, or it fails.
    """
    found = compiler()
    if found is None:
        raise RuntimeError("no C compiler")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "firms.so"
        done = subprocess.run(
            [found, *FLAGS, str(SOURCE), "-o", str(library)], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{found}: {done.stderr}")
        return ctypes.CDLL(str(library))
