"""Arrays that a fit has finished, kept in a folder: one file each, with a checksum.

They are kept by the digest of all that decides them. A damaged file counts as missing.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.calibration.fit.bank import maker
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.folder import replace_file

Array = NDArray[np.float64]


class Kept:
    """Arrays of one fit.

    Args:
        folder: Folder of all fits.
        about: What decides the arrays beside model, figures and extensions; JSON can hold it.
    """

    def __init__(self, folder: Path, about: Any) -> None:
        named = json.dumps([maker(), about], sort_keys=True)
        self.place = folder / hashlib.sha256(named.encode()).hexdigest()[:16]

    def read(self, name: str) -> Array | None:
        """The array of a name, or None if it is missing or damaged."""
        try:
            kept = json.loads(self._path(name).read_text(encoding="utf-8"))
            array = np.array(kept["values"], dtype=np.float64)
            return array if kept["sha256"] == _checksum(array) else None
        except (FileNotFoundError, UnicodeDecodeError, ValueError, KeyError, TypeError):
            return None

    def write(self, name: str, array: Array) -> None:
        """Keep an array, whole or not at all.

        Raises:
            StoreError: The disk is full or fails.
        """
        kept = {"values": array.tolist(), "sha256": _checksum(array)}
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            replace_file(self._path(name), json.dumps(kept).encode())
        except OSError as error:
            raise StoreError(f"{error.filename}: {error.strerror}") from None

    def _path(self, name: str) -> Path:
        return self.place / f"{name.replace(' ', '-')}.json"


def _checksum(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
