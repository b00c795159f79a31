"""The token of a server, kept with its rooms so that a restart locks nobody out."""

import os
import re
import secrets
from pathlib import Path

from divide.model.declare.errors import InputError

FILE = "token"
#: What a kept token must look like: nobody is let in by an empty or shortened file.
SHAPE = re.compile(r"[A-Za-z0-9_-]{12,64}")


def kept_token(folder: Path, *, renew: bool = False) -> str:
    """The token in the folder of the rooms; made where there is none, or at wish.

    Raises:
        InputError: It cannot be read or written, is no token, or others may read it.
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if renew:
            path.unlink(missing_ok=True)
        try:
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read(path)
        token = secrets.token_urlsafe(9)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: cannot be used: {error.strerror}") from None
    return token


def _read(path: Path) -> str:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise InputError(f"{path}: others may read it; say --new-token")
        token = file.read(200).decode("ascii", "replace").strip()
    if not SHAPE.fullmatch(token):
        raise InputError(f"{path}: is no token; say --new-token")
    return token
