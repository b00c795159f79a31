"""Where a folder of results may stand, and how it gets there whole or not at all.

The folder is built under a temporary name beside its place, flushed to disk and renamed, so a
reader never meets half of it, and a failure or an interrupt leaves no trace.
"""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from divide.model.declare.errors import InputError, inside


def check_place(path: Path, ours: Collection[str]) -> Path:
    """The resolved folder, if results can be written there; nothing is left behind.

    Args:
        path: Folder that will be written, and replaced as a whole if it exists.
        ours: File names that may be replaced.

    Raises:
        InputError: It is a file, the current folder or a mount point, holds other things, or
            cannot be written.
    """
    path = path.resolve()
    with inside("out"):
        try:
            _probe(path)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        if path.exists() and not path.is_dir():
            raise InputError(f"{path}: is a file; name a new folder")
        if Path.cwd().is_relative_to(path) or path.is_mount():
            raise InputError(f"{path}: cannot be replaced as a whole; name a folder inside it")
        if path.is_dir() and (foreign := _foreign(path, ours)):
            raise InputError(
                f"{path}: holds {foreign!r}, which is not ours to replace; "
                "name a new or empty folder, or move that file away"
            )
    return path


def _probe(path: Path) -> None:
    """Raise OSError if nothing can be made where the folder will stand."""
    with suppress(FileNotFoundError):
        path.stat()
    parent = path.parent
    while not parent.exists():
        parent = parent.parent
    Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", dir=parent)).rmdir()


def _foreign(path: Path, ours: Collection[str]) -> str | None:
    """The first thing in a folder that is not ours."""
    names = sorted(entry.name for entry in path.iterdir())
    return next((name for name in names if name not in ours), None)


@contextmanager
def staging(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path`; it and the parents made for it go if anything fails."""
    missing = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", dir=path.parent))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in missing:
            if not any(parent.iterdir()):
                parent.rmdir()
        raise


def put_in_place(folder: Path, path: Path) -> None:
    """Flush everything to disk, then swap the finished folder into its place."""
    for file in folder.iterdir():
        flush(file)
    flush(folder)
    folder.chmod(0o755)
    old = folder.with_name(f"{folder.name}-old")
    if path.exists():
        path.rename(old)
    try:
        folder.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    flush(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def flush(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    with named(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Failures of the disk name the file: those of writing know only its number."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
