"""Everything that a folder of runs holds, checked to the last bit."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from divide.experiments.keep.folder import check_files, read_folder, read_manifest
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.shards import contents, damage
from divide.experiments.keep.strays import check_newest, strays
from divide.model.declare.errors import InputError


def complaints(folder: Path) -> Iterator[str]:
    """What is wrong in a folder, a line each: ledger, experiment, shards, runs and manifest.

    Raises:
        InputError: The ledger cannot be read at all.
    """
    with Ledger(folder) as ledger:
        for line in ledger.flaws():
            yield f"{ledger.path}: {line}"
        for check in (
            lambda: check_newest(folder, ledger),
            lambda: _check_runs(folder, ledger),
            lambda: _check_manifest(folder, ledger),
        ):
            try:
                check()
            except InputError as error:
                yield str(error)
        for path in strays(folder, ledger):
            yield f"{path}: is not acknowledged by the ledger; the next session moves it aside"
        yield from _shards(folder, ledger)


def _check_runs(folder: Path, ledger: Ledger) -> None:
    """Raise InputError if the ledger speaks of runs that the experiment does not have."""
    experiment = read_folder(folder)
    runs = set(experiment.distinct().tolist())
    for run, digest, _ in ledger.contents():
        if run not in runs or experiment.digest_of(run) != digest:
            raise InputError(f"{ledger.path}: run {run} is not one of the experiment")


def _check_manifest(folder: Path, ledger: Ledger) -> None:
    manifest = read_manifest(folder)
    check_files(folder)
    if manifest.get("identity") != ledger.get("identity"):
        raise InputError(f"{folder}: manifest and ledger name other makes")
    if manifest.get("finished") and manifest.get("result_digest") != ledger.result_digest():
        raise InputError(f"{folder}: manifest and ledger give other digests of the results")


def _shards(folder: Path, ledger: Ledger) -> Iterator[str]:
    """Every shard by its bytes, and every run by its values."""
    parts: dict[int, dict[str, Path]] = {}
    for shard in ledger.shards():
        if what := damage(folder, shard):
            yield f"{folder / shard.path}: {what}"
        else:
            parts.setdefault(shard.part, {})[shard.table] = folder / shard.path
    for part, known in ledger.by_part().items():
        files = parts.get(part, {})
        try:
            found = contents(files) if files else {}
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            yield f"{folder}: part {part} cannot be read: {error}"
            continue
        wrong = [run for run in known.keys() | found.keys() if known.get(run) != found.get(run)]
        if wrong:
            yield (
                f"{folder}: {len(wrong):,} runs of part {part} are not what was acknowledged, "
                f"the first is {min(wrong)}"
            )
