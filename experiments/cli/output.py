"""Printing that never fails a command: whatever the terminal or the reader of a pipe is like.

A reader that has seen enough (`| head -1`) ends nothing, letters that a terminal has not are
replaced, and a standard stream that was closed does not hand its number to a file of ours.
"""

import codecs
import errno
import io
import os
import sys
import unicodedata
from typing import Any

#: Letters of ours that decomposition does not bring to plain ones.
PLAIN = str.maketrans({
    "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{BULLET}": "*",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
    "\N{BOX DRAWINGS HEAVY HORIZONTAL}": "-", "\N{MULTIPLICATION SIGN}": "x",
})  # fmt: skip


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """What to write where an encoding lacks letters."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN)
    letters = unicodedata.normalize("NFKD", text)
    kept = "".join(c if c.isascii() else "?" for c in letters if not unicodedata.combining(c))
    return kept, error.end


codecs.register_error("divide.nearest", _nearest)


class _Lenient(io.RawIOBase):
    """A standard stream that takes everything, also when nobody takes it from there."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.handle

    def isatty(self) -> bool:
        return os.isatty(self.handle)

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                return os.write(self.handle, data)
            except OSError as error:
                self.error = error
        return len(data)


def make_lenient() -> None:
    """Let nothing that is printed from now on raise."""
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name, handle in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="divide.nearest")
        if stream is not None and stream is getattr(sys, f"__{name}__"):
            stream.flush()
            buffer = io.BufferedWriter(_Lenient(handle))
            # Output to a file is buffered, and errors stand at once.
            lines = stream.line_buffering
            made = io.TextIOWrapper(buffer, stream.encoding, stream.errors, None, lines)
            setattr(sys, name, made)


def lost() -> OSError | None:
    """Why what was printed got lost; None if it did not, or if its reader had seen enough."""
    if sys.stdout is None:
        return None
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    error = raw.error if isinstance(raw, _Lenient) else None
    return error if error is not None and error.errno != errno.EPIPE else None
