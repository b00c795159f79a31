"""Whether a folder is still the one that writing began in.

A folder that is renamed, or a ledger that is removed, goes on taking what is written through open
files, so that all would seem well. So it is looked at by name before anything is acknowledged.
"""

from pathlib import Path

from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.layout import LEDGER, LOCK, LOG
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.shards import damaged


class MovedError(StoreError):
    """The folder, or a file of it, was moved, removed or replaced under its writer."""


class Guard:
    """Remembers a folder, its ledger and its lock by device and inode.

    Args:
        folder: A folder whose lock is held and whose ledger is open.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = (folder, *(folder / name for name in (LOCK, LEDGER, LOG)))
        self._known = {path: found for path in paths if (found := _inode(path)) is not None}

    def check(self) -> None:
        """Raise MovedError if one of them is gone or another."""
        for path, known in self._known.items():
            found = _inode(path)
            if found != known:
                how = "moved or removed" if found is None else "replaced by another"
                raise MovedError(
                    f"{path}: was {how} while runs were written; go on where the folder stands "
                    "now, after `divide verify DIR`"
                )

    def check_end(self, done: int, failed: int, digest: str) -> None:
        """Open the ledger once more by its name: what was acknowledged must stand there.

        Args:
            done: Runs done, by the ledger that was written.
            failed: Runs that failed.
            digest: Of all its figures.

        Raises:
            MovedError: It does not, or a shard is not what was written.
        """
        self._known.pop(self.folder / LOG, None)  # it was folded into the ledger
        self.check()
        with Ledger(self.folder) as ledger:
            if (*ledger.counts(), ledger.result_digest()) != (done, failed, digest):
                raise MovedError(f"{ledger.path}: does not hold what was acknowledged")
            for shard, what in damaged(self.folder, ledger.shards()).items():
                raise MovedError(f"{self.folder / shard.path}: {what}")


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_dev, found.st_ino
