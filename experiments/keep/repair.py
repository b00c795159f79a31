"""A ledger made anew from the shards of its folder.

Shards hold the number of each run in their rows, and in one of each part the SHA-256 of its tables
(`shards.Note`). The digest of a run follows from the experiment. A part counts when every value of
it is what was written; others are moved aside and their runs are run again. What failed is known to
the ledger alone and is run again too.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from divide.experiments.keep.atomic import flush
from divide.experiments.keep.folder import (
    check_links,
    experiment_of,
    read_manifest,
    write_experiment,
    write_manifest,
)
from divide.experiments.keep.layout import LEDGER, LOG, TEMPORARY
from divide.experiments.keep.ledger import FORMAT, Done, Ledger, Shard, check_format
from divide.experiments.keep.lock import writing
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.keep.shards import Note, contents, read_notes
from divide.experiments.keep.strays import among, clear, set_aside
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.plan.experiment import Experiment

#: What the new ledger takes from the manifest.
KEPT = ("identity", "simulate", "sessions")


@dataclass(frozen=True)
class Repaired:
    """What a repair came to.

    Attributes:
        done: Runs that the new ledger knows.
        aside: What was moved aside, and why, a phrase each.
        digest: Of all figures.
        told: The digest that the manifest gives, if it gives one.
    """

    done: int
    aside: list[str]
    digest: str
    told: str | None


def repair(folder: Path) -> Repaired:
    """Make the ledger of a folder anew; the one it had is moved aside.

    Raises:
        InputError: Another process writes there, or what the shards are of is not known.
        OSError: The disk is full or fails.
    """
    folder = folder.resolve()
    check_links(folder)
    check_format(folder)
    manifest = read_manifest(folder)
    if not set(KEPT) <= set(manifest):
        raise InputError(f"{folder / MANIFEST}: does not say what made the shards")
    experiment = experiment_of(folder, manifest["identity"])
    with (
        writing(folder),
        tempfile.TemporaryDirectory(
            prefix=TEMPORARY, dir=folder, ignore_cleanup_errors=True
        ) as place,
    ):
        write_experiment(folder, experiment)
        with Ledger(Path(place), write=True) as ledger:
            aside = _fill(folder, ledger, experiment)
            ledger.note(
                format=FORMAT,
                name=experiment.name,
                total=len(experiment.distinct()),
                at_most=experiment.precision is not None,
                **{key: manifest[key] for key in KEPT},
            )
            ledger.settle()
        # Closed, it is one file.
        names = (LEDGER, LOG, f"{LEDGER}-shm", f"{LEDGER}-journal")
        set_aside(folder, [folder / name for name in names if (folder / name).exists()])
        (Path(place) / LEDGER).rename(folder / LEDGER)
        flush(folder)
        shutil.rmtree(place)
        with Ledger(folder, write=True) as ledger:
            clear(folder, ledger, lambda text: None)
            done, digest = ledger.counts()[0], ledger.result_digest()
            if digest != manifest.get("result_digest"):
                write_manifest(folder, ledger, {"finished": False})
            ledger.settle()
    return Repaired(done, aside, digest, manifest.get("result_digest"))


def _fill(folder: Path, ledger: Ledger, experiment: "Experiment") -> list[str]:
    """Enter every part that can be verified; returns what is wrong with the others."""
    parts: dict[int, dict[str, Path]] = {}
    for path in among(folder):
        if path.stem.isdigit():
            parts.setdefault(int(path.stem), {})[path.parent.name] = path
    wrong: list[str] = []
    known = set(experiment.distinct().tolist())
    for part, files in sorted(parts.items()):
        try:
            notes = _verified(files, known)
        except (OSError, ValueError, KeyError, ArithmeticError, pa.ArrowException) as error:
            wrong.append(f"part {part}: {error}")
            continue
        known -= {note.run for note in notes}
        done = [Done(n.run, experiment.digest_of(n.run), part, *n[1:]) for n in notes]
        ledger.acknowledge([_entry(folder, path, part) for path in files.values()], done, [])
    return wrong


def _verified(files: Mapping[str, Path], known: set[int]) -> list[Note]:
    """The runs of a part, each as it was written.

    Raises:
        ValueError: Not every run of it is, or another part has one too.
    """
    notes = [note for file in files.values() for note in read_notes(file)]
    if {note.run: note.content for note in notes} != contents(files) or not notes:
        raise ValueError("its rows are not what was written, or a file of it is missing")
    if not {note.run for note in notes} <= known:
        raise ValueError("it holds runs of another part or experiment")
    return notes


def _entry(folder: Path, path: Path, part: int) -> Shard:
    import pyarrow.parquet as pq

    data = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    rows = pq.read_metadata(path).num_rows
    return Shard(name, part, hashlib.sha256(data).hexdigest(), len(data), rows)
