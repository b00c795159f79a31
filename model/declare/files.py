"""Reading files that a stranger may have written: regular files only, bounded, UTF-8."""

import stat
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

    Raises:
        InputError: See `read_bytes`; or it is not UTF-8.
    """
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})") from None
