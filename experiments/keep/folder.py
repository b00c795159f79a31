"""The folder of an experiment: what stands in it, and whether it is the one that was asked for."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from divide.experiments.keep.atomic import flush, named
from divide.experiments.keep.identity import (
    ROOT,
    changed_lines,
    code_digest,
    differences,
    identity,
    shortened,
)
from divide.experiments.keep.layout import (
    LEDGER,
    OF_RUNS,
    OURS,
    PLAIN,
    POINTS,
    SOURCE,
    TEMPORARY,
    check_own,
    offer_repair,
)
from divide.experiments.keep.ledger import FORMAT, Ledger, check_format
from divide.experiments.keep.provenance import MANIFEST, commit, file_entries
from divide.experiments.plan.design import Design, Factor, points_digest
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment


def prepare(folder: Path) -> Path:
    """The folder, made if need be, once it is known to take an experiment.

    Raises:
        InputError: It is a file, holds something else, or cannot be written.
    """
    given = folder
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{given}: is a file; name a folder", ("out",))
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(entry.name for entry in folder.iterdir())
        descriptor, probe = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
        os.close(descriptor)
        Path(probe).unlink()
    except OSError as error:
        raise InputError(f"{given}: cannot be written: {error.strerror}", ("out",)) from None
    _check_new(folder, names) if _empty(folder / LEDGER) else check_links(folder)
    return folder


def _empty(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def check_links(folder: Path) -> None:
    """Raise InputError if a file that is written here is a link to one elsewhere."""
    for name in OURS:
        check_own(folder / name)


def _check_new(folder: Path, names: Sequence[str]) -> None:
    """Raise InputError unless a folder without a ledger holds nothing that could be spoilt."""
    check_format(folder)
    known = [name for name in names if name in OF_RUNS]
    if MANIFEST in known and PLAIN in known:
        raise InputError(offer_repair(folder, "is missing" if LEDGER not in names else "is empty"))
    foreign = [name for name in names if name not in OURS and not name.startswith(TEMPORARY)]
    if foreign or known:
        raise InputError(
            f"{folder}: holds {(foreign or known)[0]!r} and no runs; name a new or empty folder",
            ("out",),
        )


def begin(folder: Path, ledger: Ledger, experiment: "Experiment", simulate: str) -> None:
    """Enter the experiment into a new folder, or make sure that the folder's is the same.

    Raises:
        InputError: The folder holds another experiment, or figures of other code, other data or
            other packages; the message shows the difference.
    """
    now = identity(experiment, simulate)
    then = ledger.get("identity")
    if then is None:
        if (folder / MANIFEST).exists():
            raise InputError(offer_repair(folder, "knows of no run"))
        write_experiment(folder, experiment)
        ledger.note(identity=now, simulate=simulate, format=FORMAT)
        return
    found = differences(then, now)
    if found:
        lines = []
        if experiment.source and _differs(experiment, then):
            lines = [
                f"{SOURCE} {each}"
                for each in changed_lines(_text(folder / SOURCE), experiment.source)
            ]
        lines += _changed_extensions(folder, experiment)
        raise InputError(
            f"{folder}: holds runs of another make, and two makes must not be mixed: "
            f"{'; '.join(shortened(found))}{''.join(f'; {line}' for line in lines)}. "
            "Go back to what it was, or name a new folder"
        )
    write_experiment(folder, experiment)  # comments and the time limit may have changed


def write_experiment(folder: Path, experiment: "Experiment") -> None:
    """Write the files of the experiment that are not there or are not what they should be."""
    texts = [
        (POINTS, experiment.inputs().to_parquet(index=False)),
        (PLAIN, _json(experiment.as_dict())),
    ]
    if experiment.source:
        texts.append((SOURCE, experiment.source.encode()))
    for name, data in texts:
        if not (folder / name).exists() or (folder / name).read_bytes() != data:
            replace_file(folder / name, data)


def _changed_extensions(folder: Path, experiment: "Experiment") -> list[str]:
    """The first lines in which extensions differ from those that the folder was begun with."""
    try:
        constants = json.loads(_text(folder / PLAIN))["constants"]
        before = {each["name"]: each["source"] for each in constants.get("extensions", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [
        f"extension {each.name} {line}"
        for each in experiment.base.extensions
        for line in changed_lines(before.get(each.name, each.source), each.source)
    ]


def _differs(experiment: "Experiment", known: Mapping[str, str]) -> bool:
    return any(known.get(name) != value for name, value in experiment.identity.items())


def read_folder(folder: str | Path) -> "Experiment":
    """The experiment that a folder holds.

    Raises:
        InputError: It holds none, or its files do not fit its ledger.
    """
    folder = Path(folder)
    with Ledger(folder) as ledger:
        known = ledger.get("identity")
    if known is None:
        raise InputError(f"{folder}: no run has begun; give the command that made it again")
    return experiment_of(folder, known)


def experiment_of(folder: Path, known: Mapping[str, str]) -> "Experiment":
    """The experiment in the files of a folder, which must be the one that was begun.

    Args:
        folder: The folder.
        known: The identity that its ledger or manifest gives.

    Raises:
        InputError: A file cannot be read or is not what was written, and cannot be made anew.
    """
    from divide.experiments.plan.experiment import Experiment

    path = folder / PLAIN
    anew = "the command that made it makes it anew"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        points = _points(folder / POINTS, data, known)
        # Names of extensions are known from what is written; their code is not run.
        experiment = Experiment.from_dict(data, points)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; {anew}") from None
    except InputError as error:
        if error.place:
            raise
        raise InputError(f"{path}: is damaged: {error}; {anew}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is damaged: {type(error).__name__}: {error}; {anew}") from None
    if _differs(experiment, known):
        raise InputError(f"{path}: is not what was written; {anew}")
    object.__setattr__(experiment, "source", _text(folder / SOURCE))
    return experiment


def _points(path: Path, data: Mapping[str, Any], known: Mapping[str, str]) -> pd.DataFrame:
    """The design as it was kept, or sampled again if the file is damaged.

    Raises:
        InputError: It is damaged, and came from a file of its own.
    """
    names = [factor["name"] for factor in data["factors"]]
    with suppress(OSError, ValueError, KeyError, pa.ArrowException):
        table = pd.read_parquet(path)
        values = table.sort_values("point")[names].to_numpy(float)
        if points_digest(values) == known.get("design points"):
            return table
    design = Design(**data["design"])
    if design.kind in ("table", "posterior", "predictive"):
        raise InputError("is damaged; the command that made it makes it anew", place=str(path))
    factors = tuple(Factor(**{**f, "values": tuple(f["values"])}) for f in data["factors"])
    values = design.points(factors) + 0.0
    table = pd.DataFrame(values, columns=names)
    table.insert(0, "point", np.arange(len(values)))
    return table


def write_manifest(
    folder: Path, ledger: Ledger, facts: Mapping[str, Any], products: Iterable[str] = ()
) -> None:
    """Write what the folder says about itself, anew and whole.

    Args:
        folder: The folder.
        ledger: Its ledger.
        facts: What else is said.
        products: Names of files made of the runs.
    """
    names = [SOURCE] if (folder / SOURCE).exists() else []
    sessions = ledger.get("sessions", [])
    manifest = {
        "format": FORMAT,
        "command": sessions[-1]["command"] if sessions else "",
        "code_digest": code_digest(),
        "commit": commit(ROOT),
        "identity": ledger.get("identity"),
        "simulate": ledger.get("simulate"),
        "sessions": sessions,
        "files": file_entries(folder, [*names, PLAIN, POINTS, *products]),
        **facts,
    }
    replace_file(folder / MANIFEST, _json(manifest))


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the folder says about itself.

    Raises:
        InputError: It cannot be read.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{folder / MANIFEST}: cannot be read: {why}") from None
    return found if isinstance(found, dict) else {}


def check_files(folder: Path) -> None:
    """Refuse a folder in which a file that the manifest lists is missing or altered.

    Raises:
        InputError: The message names the file.
    """
    for name, entry in read_manifest(folder).get("files", {}).items():
        try:
            found = file_entries(folder, [name])[name]
        except OSError as error:
            raise InputError(f"{folder / name}: cannot be read: {error.strerror}") from None
        if found != entry:
            raise InputError(f"{folder / name}: is not what was written (its SHA-256 differs)")


def command_line(arguments: Sequence[str]) -> str:
    """The command as it was given, the program by its bare name."""
    return " ".join([Path(arguments[0]).name, *arguments[1:]]) if arguments else ""


def replace_file(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, flushed to the disk."""
    with named(path):
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
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


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
