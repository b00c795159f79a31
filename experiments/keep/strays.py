"""Files among the shards that the ledger does not know: they are moved aside, never removed.

Whose they are cannot be told. A killed process leaves at most those of one part, of runs that were
never acknowledged. More says that the ledger is older than the shards.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from divide.experiments.keep.layout import SHARDS, STRAYS, TEMPORARY, check_own, offer_repair
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.keep.shards import PARTIAL, RUN, damaged
from divide.model.declare.errors import InputError

if TYPE_CHECKING:
    from divide.experiments.keep.ledger import Ledger


def among(folder: Path) -> Iterator[Path]:
    """Every shard, and everything that a killed process may have left of one.

    Raises:
        InputError: The folder of shards or of a table is a link, which is not followed.
    """
    top = check_own(folder / SHARDS)
    for place in sorted(top.iterdir()) if top.is_dir() else ():
        if check_own(place).is_dir():
            for path in sorted(place.iterdir()):
                if path.suffix == ".parquet" or path.name.startswith(PARTIAL):
                    yield path


def strays(folder: Path, ledger: "Ledger") -> list[Path]:
    """Files among the shards that the ledger does not know."""
    found = list(among(folder))  # first: a writer acknowledges what it has written meanwhile
    known = {folder / shard.path for shard in ledger.shards()}
    return [path for path in found if path not in known]


def check_newest(folder: Path, ledger: "Ledger") -> None:
    """Refuse a ledger that is older than the shards or the manifest beside it.

    Raises:
        InputError: They know of runs that the ledger does not know; it says what to do.
    """
    told = _told(folder)  # before the ledger is read: a writer tells of what it acknowledged
    found = strays(folder, ledger)
    done, part = set(ledger.done().tolist()), ledger.next_part()
    if told and told > len(done):
        raise InputError(
            offer_repair(
                folder, f"knows {len(done):,} runs that are done, {MANIFEST} speaks of {told:,}"
            )
        )
    for path in found:
        # The part that is written just now, or was when its writer was killed, may be unknown.
        if path.stem.isdigit() and int(path.stem) != part and not _runs(path) <= done:
            name = path.relative_to(folder)
            raise InputError(offer_repair(folder, f"does not know the runs that {name} holds"))


def _told(folder: Path) -> int:
    """How many runs are done by the manifest; 0 if it does not say.

    Raises:
        InputError: It cannot be read.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return int(found.get("runs", 0))
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return 0
    except OSError as error:  # a ledger that is older must not pass for the newest
        raise InputError(f"{folder / MANIFEST}: cannot be read: {error.strerror}") from None


def _runs(path: Path) -> set[int]:
    """Numbers of the runs in a file; none, if it is not a shard."""
    try:
        return set(pq.read_table(path, columns=[RUN])[RUN].to_pylist())
    except (OSError, KeyError, pa.ArrowException):
        return set()


def set_aside(folder: Path, paths: Iterable[Path]) -> list[Path]:
    """Move files of a folder into its folder of strays; returns their new places.

    Raises:
        InputError: The folder of strays is a link, which is not followed.
    """
    moved = []
    for path in paths:
        place = check_own(folder / STRAYS) / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        target, count = place, 0
        while target.exists() or target.is_symlink():
            count += 1
            target = place.with_name(f"{place.name}.{count}")
        path.rename(target)
        moved.append(target)
    return moved


def say_moved(folder: Path, moved: list[Path], notice: Callable[[str], None]) -> None:
    """Tell what was moved aside."""
    if moved:
        more = f" and {len(moved) - 1:,} more" if len(moved) > 1 else ""
        notice(f"moved aside, not acknowledged by the ledger: {moved[0].relative_to(folder)}{more}")


def clear(folder: Path, ledger: "Ledger", notice: Callable[[str], None]) -> None:
    """Move aside what the ledger does not know, and what a killed process was about to write."""
    halves = folder.glob(f"{TEMPORARY}*")
    say_moved(folder, set_aside(folder, [*halves, *strays(folder, ledger)]), notice)


def mend(folder: Path, ledger: "Ledger", notice: Callable[[str], None] = lambda text: None) -> None:
    """Move aside what was never acknowledged; take back runs whose shards are damaged.

    Args:
        folder: Folder of the runs; the caller holds its lock.
        ledger: Its ledger, open for writing.
        notice: Told in words of what is damaged and what was moved.
    """
    clear(folder, ledger, notice)
    found = damaged(folder, ledger.shards())
    for shard, what in found.items():
        notice(f"{shard.path} {what}")
    if not found:
        return
    parts = {shard.part for shard in found}
    files = [folder / shard.path for shard in ledger.shards() if shard.part in parts]
    # Moved before they are forgotten: what stands under the name of a shard is known.
    moved = set_aside(folder, [path for path in files if path.exists() or path.is_symlink()])
    notice(f"{ledger.forget(parts):,} runs that stood there will be run again")
    say_moved(folder, moved, notice)
