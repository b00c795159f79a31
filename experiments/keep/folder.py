"""The folder of a sweep: what stands in it, and whether it is the one that was asked for.

experiment.yaml   the file, word for word
experiment.json   what was read from it, with all policies, and points.parquet, the design
manifest.json     what made the figures: versions, digests, machines, commands
ledger.sqlite     which runs are done and failed (see `ledger`)
shards/TABLE/     their tables (see `shards`)
writer.lock       who writes there (see `lock`)
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from divide.experiments.keep.atomic import flush
from divide.experiments.keep.identity import changed_lines, differences, identity
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.lock import LOCK
from divide.experiments.keep.shards import SHARDS
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

FORMAT = "digital-divide-sweep/1"
MANIFEST, SOURCE, PLAIN, POINTS = (
    "manifest.json",
    "experiment.yaml",
    "experiment.json",
    "points.parquet",
)
OURS = {MANIFEST, SOURCE, PLAIN, POINTS, LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm"} | {
    f"{LEDGER}-journal",
    LOCK,
    SHARDS,
}
_TEMPORARY = ".new-"


def prepare(folder: Path) -> Path:
    """The folder, made if need be, once it is known to take a sweep.

    Raises:
        InputError: It is a file, holds something else, or cannot be written.
    """
    where = f"--out {folder}"
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{where}: is a file; name a folder")
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(entry.name for entry in folder.iterdir())
        descriptor, probe = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
        os.close(descriptor)
        Path(probe).unlink()
    except OSError as error:
        raise InputError(f"{where}: cannot be written: {error.strerror}") from None
    if LEDGER not in names:
        foreign = [name for name in names if name not in OURS and not name.startswith(_TEMPORARY)]
        if foreign or MANIFEST in names:
            raise InputError(
                f"{where}: holds {(foreign or names)[0]!r} and no sweep; name a new or empty folder"
            )
    return folder


def begin(folder: Path, ledger: Ledger, experiment: "Experiment", simulate: str) -> None:
    """Enter the experiment into a new folder, or make sure that the folder's is the same.

    Raises:
        InputError: The folder holds another experiment, or figures of another model, other data
            or other packages; the message shows the difference.
    """
    now = identity(experiment, simulate)
    then = ledger.get("identity")
    if then is None:
        replace_file(folder / POINTS, experiment.inputs().to_parquet(index=False))
        _write_texts(folder, experiment)
        ledger.note(identity=now, simulate=simulate, format=FORMAT)
        return
    found = differences(then, now)
    if found:
        lines = []
        if any(then.get(name) != value for name, value in experiment.identity.items()):
            lines = changed_lines(_text(folder / SOURCE), experiment.source)
        raise InputError(
            f"{folder}: holds runs of another make, and two makes must not be mixed: "
            f"{'; '.join(found)}{''.join(f'; {SOURCE} {line}' for line in lines)}. "
            "Go back to what it was, or name a new folder"
        )
    _write_texts(folder, experiment)  # comments and the time limit may have changed


def _write_texts(folder: Path, experiment: "Experiment") -> None:
    for name, data in ((SOURCE, experiment.source.encode()), (PLAIN, _json(experiment.as_dict()))):
        if not (folder / name).exists() or _text(folder / name).encode() != data:
            replace_file(folder / name, data)


def read_folder(folder: str | Path) -> "Experiment":
    """The experiment that a sweep folder holds.

    Raises:
        InputError: It holds none, or its files do not fit its ledger.
    """
    from divide.experiments.plan.experiment import Experiment

    folder = Path(folder)
    with Ledger(folder) as ledger:
        known = ledger.get("identity")
    if known is None:
        raise InputError(f"{folder}: the sweep has not begun; give `divide sweep` its file again")
    try:
        data = json.loads((folder / PLAIN).read_text(encoding="utf-8"))
        experiment = Experiment.from_dict(data, pd.read_parquet(folder / POINTS))
        object.__setattr__(experiment, "source", _text(folder / SOURCE))
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder}: {PLAIN} or {POINTS} is damaged: {error}") from None
    if any(known.get(name) != value for name, value in experiment.identity.items()):
        raise InputError(f"{folder}: {PLAIN} or {POINTS} is not what the sweep wrote")
    return experiment


def write_manifest(folder: Path, ledger: Ledger, facts: dict[str, Any]) -> None:
    """Write what the folder says about itself, anew and whole."""
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (SOURCE, PLAIN, POINTS)
    }
    manifest = {
        "format": FORMAT,
        "identity": ledger.get("identity"),
        "simulate": ledger.get("simulate"),
        "sessions": ledger.get("sessions", []),
        "sha256": files,
        **facts,
    }
    replace_file(folder / MANIFEST, _json(manifest))


def command_line(arguments: Sequence[str]) -> str:
    """The command as it was given, the program by its bare name."""
    return " ".join([Path(arguments[0]).name, *arguments[1:]]) if arguments else ""


def replace_file(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, flushed to the disk."""
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    flush(path.parent)


def remove_temporary(folder: Path) -> None:
    """Remove what a killed process was about to write."""
    for path in folder.glob(f"{_TEMPORARY}*"):
        path.unlink()


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
