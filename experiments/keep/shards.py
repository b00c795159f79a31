"""Shards: immutable Parquet files, each with the rows of many runs.

A shard is written under a temporary name, flushed, renamed and its folder flushed, so that a file
under its final name is whole. Its SHA-256 is that of the bytes meant to be written, so a disk that
returns others is found out.
"""

import base64
import errno
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from divide.experiments.keep.atomic import flush
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.layout import SHARDS, check_own
from divide.experiments.keep.ledger import Ledger, Shard

#: First column of every table: the number of the run, as in the ledger.
RUN = "index"
#: Begins the name of a shard that is being written.
PARTIAL = ".part-"


#: Name of the notes in a file, and their form: fixed, so that they take 64 letters a run.
NOTES = "runs"
NOTE = np.dtype([("run", "<i8"), ("content", "V32"), ("seconds", "<f8")])


class Note(NamedTuple):
    """What a shard says of a run, so that the ledger can be made anew: see `ledger.Done`."""

    run: int
    content: bytes
    seconds: float


class NotFiniteError(FloatingPointError):
    """A table holds a number that is not finite."""


def arrow(table: "pa.Table | pd.DataFrame") -> pa.Table:
    """A table as Arrow, texts plain and without notes about pandas."""
    if isinstance(table, pa.Table):
        return table.combine_chunks().replace_schema_metadata(None)
    names, kinds = list(map(str, table.columns)), [dtype.kind for dtype in table.dtypes]
    if set(kinds) <= {"i", "f"} and len(table):
        # All columns in one go: one by one, pandas takes longer than all the rest. Whole numbers
        # here are years, quarters and numbers of runs, which a float holds exactly.
        columns: list[Any] = list(np.ascontiguousarray(table.to_numpy(np.float64).T))
        columns = [
            column.astype(np.int64) if kind == "i" else column
            for kind, column in zip(kinds, columns, strict=True)
        ]
    else:
        columns = [_column(table.iloc[:, k], kind) for k, kind in enumerate(kinds)]
    return pa.table(columns, names)


def _column(values: pd.Series, kind: str) -> Any:
    if kind in "iufb":
        return values.to_numpy()
    return pa.array(values.astype(str), pa.string())


def content(tables: Mapping[str, pa.Table]) -> bytes:
    """SHA-256 of every value in the tables of one run, whatever file or format holds them.

    Raises:
        NotFiniteError: A value is neither a finite number nor a null, which says that there is
            none; the message says where it stands.
    """
    total = hashlib.sha256()
    for name in sorted(tables):
        for column, stored in zip(tables[name].column_names, tables[name].columns, strict=True):
            if column == RUN:
                continue
            total.update(f"\n{name}.{column}\n".encode())
            if pa.types.is_string(stored.type) or pa.types.is_large_string(stored.type):
                total.update("\n".join(map(str, stored.to_pylist())).encode())
                continue
            values = np.ascontiguousarray(stored.to_numpy())
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                wrong = ~np.isfinite(values) & ~stored.is_null().to_numpy()
                if wrong.any():
                    raise NotFiniteError(_first_wrong(name, tables[name], column, wrong))
            total.update(values.data)
    return total.digest()


def _first_wrong(name: str, table: pa.Table, column: str, wrong: np.ndarray) -> str:
    row = int(np.flatnonzero(wrong)[0])
    where = ", ".join(f"{key} {table[key][row].as_py()}" for key in table.column_names[:3])
    return f"{column} of table {name} is {table[column][row].as_py()} where {where}"


def packed(run: int, table: pa.Table) -> bytes:
    """The rows of a run as bytes on their way to the writer, number of the run first."""
    if RUN not in table.column_names:
        numbers = pa.array(np.full(table.num_rows, run, np.int64))
        table = table.add_column(0, pa.field(RUN, pa.int64()), numbers)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def write(
    folder: Path, name: str, part: int, pieces: Sequence[bytes], notes: Sequence[Note] = ()
) -> Shard:
    """Write one shard; when this returns it is on the disk.

    Args:
        folder: Folder of the sweep.
        name: Name of the table.
        part: Number of the batch of runs.
        pieces: Rows of each run, as `packed` makes them.
        notes: What the file says of its runs; in one shard of a part.

    Raises:
        OSError: The disk is full or cannot be written, or the shard is there; nothing is left
            behind.
        InputError: The place is a link.
    """
    tables = [pa.ipc.open_stream(piece).read_all() for piece in pieces]
    table = pa.concat_tables(tables, promote_options="permissive").combine_chunks()
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        if notes:
            said = np.array([tuple(note) for note in notes], NOTE).tobytes()
            writer.add_key_value_metadata({NOTES: base64.b64encode(said).decode()})
    data = sink.getvalue()
    place = _made(_made(folder / SHARDS) / name)
    path = place / f"{part:06d}.parquet"
    if path.exists():
        raise FileExistsError(errno.EEXIST, "stands already and is not replaced", str(path))
    temporary = path.with_name(f"{PARTIAL}{part:06d}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    flush(place)
    digest = hashlib.sha256(data).hexdigest()
    return Shard(f"{SHARDS}/{name}/{path.name}", part, digest, data.size, table.num_rows)


def read_notes(file: Path) -> list[Note]:
    """What a shard says of its runs; nothing, if another of its part says it.

    Raises:
        OSError: It cannot be read.
        pyarrow.ArrowException: It is no Parquet file.
        ValueError: The notes are damaged.
    """
    said = (pq.read_metadata(file).metadata or {}).get(NOTES.encode(), b"")
    rows = np.frombuffer(base64.b64decode(said), NOTE)
    return [Note(int(row["run"]), row["content"].tobytes(), float(row["seconds"])) for row in rows]


def _made(place: Path) -> Path:
    """A folder, made if need be, but not the one around it: that may have been moved away."""
    check_own(place).mkdir(exist_ok=True)
    return place


def damage(folder: Path, shard: Shard) -> str | None:
    """What is wrong with a shard in a few words, or None."""
    try:
        with (folder / shard.path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != shard.bytes:
                return f"has {size:,} bytes instead of {shard.bytes:,}"
            if hashlib.file_digest(file, "sha256").hexdigest() != shard.sha256:
                return "is not what was written (its SHA-256 differs)"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None


def damaged(folder: Path, shards: Iterable[Shard]) -> dict[Shard, str]:
    """Every damaged shard and what is wrong with it; reads every byte."""
    shards = list(shards)
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda shard: damage(folder, shard), shards)
        return {shard: what for shard, what in zip(shards, found, strict=True) if what}


def files(folder: Path, ledger: Ledger, table: str) -> list[str]:
    """Paths of all acknowledged shards of a table, as a reader of Parquet files wants them."""
    return [str(folder / shard.path) for shard in ledger.shards(table)]


class Held(NamedTuple):
    """Runs that are done, in order, and the part that holds each, both (runs,)."""

    run: NDArray[np.int64]
    part: NDArray[np.int64]


def read(file: str, held: Held, columns: Sequence[str] | None = None, **how: Any) -> pa.Table:
    """The rows of the runs that a shard holds by the ledger; others are stale, and left out.

    Args:
        file: The shard.
        held: What is held, as the ledger says it.
        columns: What is read of it beside the number of the run; all if None.
        how: Passed on to `pyarrow.parquet.read_table`.

    Raises:
        StoreError: It cannot be read; it was whole when its folder was opened.
    """
    wanted = None if columns is None else [RUN, *columns]
    try:
        table = pq.read_table(file, columns=wanted, **how)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{file}: cannot be read: {error}") from error
    if not len(held.run):
        return table.slice(0, 0)
    runs = table[RUN].to_numpy()
    place = np.searchsorted(held.run, runs).clip(max=len(held.run) - 1)
    own = (held.run[place] == runs) & (held.part[place] == int(Path(file).stem))
    return table if own.all() else table.filter(pa.array(own))


def ends(files: Sequence[str], held: Held, outcomes: Sequence[str], until: int) -> pd.DataFrame:
    """Outcomes in the last record of year `until`, by number of the stored run.

    Args:
        files: Shards of the table "model".
        held: Which runs they hold.
        outcomes: Columns of it.
        until: Last year of the runs.
    """
    if not files:
        return pd.DataFrame(columns=list(outcomes), index=pd.Index([], name=RUN), dtype=float)
    last = [("year", "==", until)]
    parts = [read(file, held, ["year", *outcomes], filters=last) for file in files]
    frame = pa.concat_tables(parts, promote_options="permissive").to_pandas()
    return frame.drop_duplicates(RUN, keep="last").set_index(RUN)[list(outcomes)]


def contents(files: Mapping[str, Path]) -> dict[int, bytes]:
    """The content of every run of a part, computed from its rows (see `content`).

    Args:
        files: The shards of the part by table.
    """
    tables = {name: pq.read_table(file) for name, file in files.items()}
    runs = np.unique(np.concatenate([t[RUN].to_numpy() for t in tables.values()]))
    return {run: content({n: _rows_of(t, run) for n, t in tables.items()}) for run in runs.tolist()}


def _rows_of(table: pa.Table, run: int) -> pa.Table:
    return table.filter(pa.compute.equal(table[RUN], run))


def verify_contents(folder: Path, ledger: Ledger) -> list[int]:
    """Runs whose rows on the disk are not what the ledger says; reads and hashes every value."""
    wrong: list[int] = []
    by_part: dict[int, list[Shard]] = {}
    for shard in ledger.shards():
        by_part.setdefault(shard.part, []).append(shard)
    known = {run: content_ for run, _, content_ in ledger.contents()}
    seen: set[int] = set()
    for shards in by_part.values():
        for run, found in contents({s.table: folder / s.path for s in shards}).items():
            if run in seen or found != known.get(run):
                wrong.append(run)
            seen.add(run)
    return wrong + sorted(set(known) - seen)
