"""Reading files that a stranger may have written: regular files only, bounded, UTF-8."""

import gzip
import io
import stat
import zlib
from pathlib import Path

from divide.model.declare.errors import InputError


def check_file(path: Path) -> None:
    """Raise InputError unless `path` is a regular file; one that never ends is never opened."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except ValueError as error:  # a NUL byte in the name
        raise InputError(f"not a file name: {error}") from None
    if stat.S_ISDIR(mode):
        raise InputError("cannot be read: Is a directory")
    if not stat.S_ISREG(mode):
        raise InputError("not a regular file: pipes and devices are not read; save it first")


def read_bytes(path: Path, most: int) -> bytes:
    """All of a file.

    Args:
        path: The file.
        most: Bytes that are allowed.

    Raises:
        InputError: It is missing, no regular file or too large. The caller names the file.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)  # no more, whatever the size was said to be
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise InputError(f"larger than {most:,} bytes, the most that is read")
    return content


def read_text(path: Path, most: int) -> str:
    """The text of a file, without the byte-order mark that some editors put first.

    A file whose name ends in .gz is unpacked, to no more than five times `most`.

    Raises:
        InputError: See `read_bytes`; or it cannot be unpacked, or is not UTF-8.
    """
    content = read_bytes(path, most)
    if path.suffix == ".gz":
        content = _unpacked(content, 5 * most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})") from None


def _unpacked(content: bytes, most: int) -> bytes:
    """What a packed file holds; a small file may hold far too much."""
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be unpacked: {error}") from None
    if len(found) > most:
        raise InputError(f"larger than {most:,} bytes when unpacked")
    return found
