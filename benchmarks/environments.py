"""Environments of other programs, made by uv on first use in a cache folder of their own."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Environment(NamedTuple):
    """What a program needs.

    Attributes:
        name: Name of the program.
        python: Version of Python as uv understands it, or a path.
        packages: Packages with their versions; none of them is built.
        before: Date before which what these need was published.
    """

    name: str
    python: str
    packages: tuple[str, ...]
    before: str


def cache() -> Path:
    """Folder of all environments."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "digital-divide"


def made(environment: Environment) -> str:
    """The Python of an environment, which is made unless it is there.

    Raises:
        RuntimeError: uv cannot make it.
    """
    digest = hashlib.sha256(repr(environment).encode()).hexdigest()[:8]
    folder = cache() / f"{environment.name}-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        uv("venv", "--python", environment.python, str(folder))
        uv(
            "pip", "install", "--only-binary", ":all:", "--exclude-newer", environment.before,
            "--compile-bytecode", "--python", str(python), *environment.packages,
        )  # fmt: skip
        (folder / "made").touch()
    return str(python)


def uv(*words: str, folder: Path = ROOT) -> None:
    """Carry out a command of uv.

    Raises:
        RuntimeError: There is no uv, or it fails.
    """
    keep = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    keep["PATH"] = os.pathsep.join(
        part
        for part in keep.get("PATH", "").split(os.pathsep)
        if Path(part).parent != Path(sys.prefix)
    )  # the project's environment has no uv, and its `python3` would be found first
    command = ["uv"] if shutil.which("uv") else ["python3", "-m", "uv"]
    try:
        done = subprocess.run(
            [*command, *words, "--quiet"], cwd=folder, env=keep, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    except FileNotFoundError as missing:
        raise RuntimeError(f"there is no {missing.filename}, so no uv") from None
    if done.returncode:
        raise RuntimeError(f"uv {words[0]} fails: {done.stderr.strip()}")
