"""What a folder of runs holds, by name.

experiment.yaml   the file, word for word, if there was one
experiment.json   what was read from it, with all policies, and points.parquet, the design
manifest.json     what made the figures: versions, digests, machines, commands
ledger.sqlite     which runs are done and failed (see `ledger`)
shards/TABLE/     their tables (see `shards`)
strays/           what stood among them and was not the ledger's (see `strays`)
writer.lock       who writes there (see `lock`)

A comparison adds its tables, its scenarios and its report (see `report.products`).
"""

import shlex
from pathlib import Path

from divide.experiments.keep.provenance import MANIFEST
from divide.model.declare.errors import InputError

SOURCE, PLAIN, POINTS = "experiment.yaml", "experiment.json", "points.parquet"
LEDGER, LOCK = "ledger.sqlite", "writer.lock"
SHARDS, STRAYS = "shards", "strays"
LOG = f"{LEDGER}-wal"
#: What speaks of runs; where it stands, a ledger must stand too.
OF_RUNS = {MANIFEST, SOURCE, PLAIN, POINTS, SHARDS}
OURS = OF_RUNS | {LEDGER, LOG, f"{LEDGER}-shm", f"{LEDGER}-journal", LOCK, STRAYS}
#: Begins the name of a file that is being written.
TEMPORARY = ".new-"


def check_own(path: Path) -> Path:
    """The path, if it is no link: what is written or moved there must stay in the folder.

    Raises:
        InputError: It is a link.
    """
    if path.is_symlink():
        raise InputError(f"{path}: is a link, which is not followed; put the thing itself there")
    return path


def offer_repair(folder: Path, what: str) -> str:
    """What is said of a ledger that knows less than its folder."""
    there = stands(folder)
    beside = f"; beside it {there}" if there else ""
    return (
        f"{folder / LEDGER}: {what}{beside}; "
        f"`divide repair {shlex.quote(str(folder))}` makes it anew from the shards"
    )


def stands(folder: Path) -> str:
    """What stands in a folder that speaks of runs, for people; empty if nothing does."""
    names = [name for name in sorted(OF_RUNS - {SHARDS}) if (folder / name).exists()]
    count = sum(1 for _ in (folder / SHARDS).glob("*/*.parquet"))
    if count:
        names.append(f"{count:,} files in {SHARDS}/")
    *first, last = names or [""]
    if not names:
        return ""
    return f"stand {', '.join(first)} and {last}" if first else f"stands {last}"
