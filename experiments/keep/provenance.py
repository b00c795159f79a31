"""Names and versions by which a folder of results says what made it."""

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
PROJECT = "digital-divide-abm"
PACKAGES = ("mesa", "numba", "numpy", "pandas", "scipy", "pyarrow", "matplotlib")


@cache
def version(package: str = PROJECT) -> str:
    """Version of an installed package; "not installed" when run from a bare checkout."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def software(packages: Iterable[str] = PACKAGES) -> dict[str, Any]:
    """Versions of the project and of packages, of Python and of the platform."""
    return {
        "versions": {name: version(name) for name in (PROJECT, *packages)},
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


@cache
def commit(root: Path) -> str | None:
    """The commit of a checkout, with "+" where files were changed since; None for none.

    Args:
        root: Where the package stands. A repository around an installed package is not its own.
    """
    if not (root / ".git").exists():
        return None
    found = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return None if found is None else found + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 -- fixed words
            ["git", "-C", str(root), *arguments],  # noqa: S607 -- whichever git the user has
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def file_entries(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """SHA-256 and size in bytes of some files of a folder."""
    entries = {}
    for name in names:
        content = (folder / name).read_bytes()
        entries[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return entries
