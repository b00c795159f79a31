"""A sweep as an RO-Crate: one ZIP file that says what it is, what made it and out of what.

The metadata follow RO-Crate 1.1 with the parts of the Process Run Crate profile that apply: the
model is the instrument, the experiment file and the design are what went in, the ledger and the
shards are what came out.
"""

import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from divide.experiments.keep.folder import PLAIN, POINTS, SOURCE, check_files, read_manifest
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.lock import writing
from divide.experiments.keep.provenance import MANIFEST, PROJECT, version
from divide.experiments.read.load import DONE, FAILED, MISSING, Sweep, load
from divide.model.declare.errors import InputError, inside

FORMATS = {
    ".yaml": "application/yaml",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".sqlite": "application/vnd.sqlite3",
}
ABOUT = {
    SOURCE: "The experiment file, word for word",
    PLAIN: "What was read from the experiment file, with all policies",
    POINTS: "The design: values of the varied parameters and levers, by point",
    MANIFEST: "Versions, digests and machines",
    LEDGER: "Which runs are done and failed, and the SHA-256 of each shard",
}
INPUTS = (SOURCE, PLAIN, POINTS)


def export(folder: str | Path, out: str | Path) -> Path:
    """Write a sweep folder, with its RO-Crate metadata, as a ZIP file; whole or not at all.

    Args:
        folder: Folder of a sweep on which nobody works.
        out: File to write; its name ends in ".zip" and it must not exist.

    Returns:
        `out`, resolved.

    Raises:
        InputError: No sweep, a damaged one, one that is being written, or `out` cannot be used.
    """
    folder, out = Path(folder).resolve(), Path(out).resolve()
    with inside("out"):
        if out.suffix != ".zip":
            raise InputError(f"{out}: the name must end in .zip")
        if out.exists():
            raise InputError(f"{out}: exists; name a new file")
        if not out.parent.is_dir():
            raise InputError(f"{out}: the folder {out.parent} does not exist")
    sweep = load(folder)
    # Where nobody can write, nobody has to be kept from it.
    with writing(folder) if os.access(folder, os.W_OK) else nullcontext():
        check_files(folder)
        crate = described(sweep)
        with tempfile.TemporaryDirectory(prefix=f".{out.stem[:40]}-", dir=out.parent) as place:
            made = Path(place) / out.name
            crate.write_zip(made)
            made.replace(out)
    return out


def described(sweep: Sweep) -> ROCrate:
    """The crate of a sweep, its files added but not copied yet."""
    crate = ROCrate(version="1.1")
    experiment, folder = sweep.experiment, sweep.folder
    manifest = read_manifest(folder)
    counts = {status: sweep.count(status) for status in (DONE, FAILED, MISSING)}
    crate.name = experiment.title
    crate.description = (
        f"A sweep of the model {PROJECT}: {counts[DONE]:,} runs done, {counts[FAILED]:,} failed, "
        f"{counts[MISSING]:,} missing; policies {', '.join(experiment.names)}; "
        f"{len(experiment.points):,} points ({experiment.design.kind}), "
        f"replicates: {sweep.replicates:,}, {experiment.base.start} to {experiment.base.until}."
    )
    software = crate.add(
        ContextEntity(
            crate,
            f"#{PROJECT}",
            properties={
                "@type": "SoftwareApplication",
                "name": PROJECT,
                "version": version(),
                "softwareRequirements": [
                    f"{name} {value}" for name, value in manifest.get("identity", {}).items()
                    if len(str(value)) < 64  # versions, not digests
                ],
                "license": "https://spdx.org/licenses/MIT",
            },
        )
    )  # fmt: skip
    listed = manifest.get("files", {})
    inputs = [_add(crate, folder, name, ABOUT[name]) for name in INPUTS if name in listed]
    outputs = [_add(crate, folder, name, ABOUT[name]) for name in (LEDGER, MANIFEST)]
    made = sorted(set(listed) - set(INPUTS))
    outputs += [_add(crate, folder, name, "Made of the runs of the comparison") for name in made]
    with Ledger(folder) as ledger:
        for shard in ledger.shards():
            table = Path(shard.path).parent.name
            about = f"Table {table}, part {shard.part}, {shard.rows:,} rows"
            outputs.append(_add(crate, folder, shard.path, about, sha256=shard.sha256))
    sessions = manifest.get("sessions") or [{}]
    action = {
        "@type": "CreateAction",
        "name": f"Sweep {experiment.name}",
        "instrument": software,
        "object": inputs,
        "result": outputs,
        "startTime": sessions[0].get("began_utc"),
        "actionStatus": "http://schema.org/CompletedActionStatus"
        if not counts[MISSING]
        else "http://schema.org/ActiveActionStatus",
    }
    done = crate.add(ContextEntity(crate, f"#sweep-{experiment.digest[:12]}", properties=action))
    crate.root_dataset["mentions"] = done
    crate.root_dataset["identifier"] = f"sha256:{manifest.get('result_digest', '')}"
    return crate


def _add(crate: ROCrate, folder: Path, name: str, about: str, **more: Any) -> Any:
    path = folder / name
    properties = {
        "name": about,
        "encodingFormat": FORMATS[path.suffix],
        "contentSize": str(path.stat().st_size),
        **more,
    }
    return crate.add_file(path, dest_path=name, properties=properties)
