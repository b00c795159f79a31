"""Disks that are full, read-only, corrupt or moved, and clocks that go backwards."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from watching import RUNS, acknowledged, begun, environment

from divide.experiments.carry import sweep as runner
from divide.experiments.carry.sweep import Finished
from divide.experiments.keep import lock, shards
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.folder import read_folder, write_manifest
from divide.experiments.keep.guard import MovedError
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.keep.repair import repair
from divide.experiments.keep.writer import Writer
from divide.experiments.read.status import read_status
from divide.model.declare.errors import InputError

Go = Callable[..., Finished]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting takes rights that we do not have")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_full_disk_says_so_and_the_same_sweep_goes_on(
    small_disk: Path, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 10)
    out, runs = small_disk / "out", 60
    fill = small_disk / "fill"
    acknowledge = Ledger.acknowledge
    filled = []

    def fill_up(self: Ledger, *rows: object) -> None:
        acknowledge(self, *rows)  # type: ignore[arg-type]
        if len(self.done()) >= 20 and not filled:
            filled.append(True)
            free = os.statvfs(small_disk)
            fill.write_bytes(b"x" * (free.f_bavail * free.f_bsize - 4096))

    monkeypatch.setattr(Ledger, "acknowledge", fill_up)
    with pytest.raises(StoreError) as caught:
        go("logged", runs=runs, out=out)
    assert "No space left on device" in str(caught.value) or "disk is full" in str(caught.value)
    kept = acknowledged(out)
    assert len(kept) >= 20
    assert not list((out / "shards").glob("*/.part-*")), "nothing half-written stays"
    fill.unlink()
    (tmp_path / "log").unlink()
    finished = go("logged", runs=runs, out=out)
    assert finished.progress.done == runs
    assert not kept & set(begun(tmp_path))
    assert finished.digest == go("fine", runs=runs, out=tmp_path / "other").digest


def test_read_only_disk_is_refused_but_can_be_read(small_disk: Path, go: Go) -> None:
    finished = go("fine", out=small_disk / "out")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(InputError, match=r"out: .*out: cannot be written: Read-only file system"):
        go("fine", out=small_disk / "out")
    with pytest.raises(InputError, match=r"out: .*new: cannot be written: Read-only file system"):
        go("fine", out=small_disk / "new")
    assert read_status(small_disk / "out").digest == finished.digest


def test_a_file_size_limit_is_reported_as_it_is(tmp_path: Path) -> None:
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000));"
        "from driver import experiment; from pathlib import Path;"
        "from divide.experiments.carry.sweep import sweep;"
        f"sweep(experiment(Path({str(tmp_path)!r}), 2_000), {str(tmp_path / 'out')!r},"
        " 1, simulate='hooks:fine', threads=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("divide.experiments.keep.failure.StoreError")
    assert "File too large" in last or "disk" in last


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


HARM = {
    "has [0-9,]+ bytes instead of [0-9,]+": _cut,
    r"is not what was written \(its SHA-256 differs\)": _flip,
    "is missing": Path.unlink,
}


@pytest.mark.parametrize("words", HARM)
def test_a_damaged_shard_is_named_and_only_its_runs_redone(
    words: str, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 5)
    first = go("logged", runs=20)
    with Ledger(first.folder) as ledger:
        shard = ledger.shards("model")[1]
        lost = set(shards.pq.read_table(first.folder / shard.path)["index"].to_pylist())
    HARM[words](first.folder / shard.path)
    (tmp_path / "log").unlink()
    said: list[str] = []
    again = go("logged", runs=20, notice=said.append)
    moved = sorted(path.name for path in first.folder.glob("strays/shards/model/*"))
    assert moved == ([] if "missing" in words else [Path(shard.path).name])
    assert len(said) == 2 + len(moved)
    assert re.fullmatch(f"{shard.path} {words}", said[0])
    assert said[1] == f"{len(lost)} runs that stood there will be run again"
    assert set(begun(tmp_path)) == lost
    assert again.digest == first.digest


def test_files_that_were_never_acknowledged_are_moved_aside(go: Go) -> None:
    """A kill between writing a shard and acknowledging it leaves one that must not count."""
    first = go("fine")
    said: list[str] = []
    place = first.folder / "shards" / "model"
    stray, half = place / "999999.parquet", place / ".part-000007"
    shutil.copy(place / "000001.parquet", stray)
    half.write_bytes(b"half")
    (first.folder / ".new-x").write_bytes(b"half")
    again = go("fine", notice=said.append)
    assert again.digest == first.digest
    assert not stray.exists()
    assert not half.exists()
    assert not (first.folder / ".new-x").exists()
    aside = first.folder / "strays"
    assert (aside / "shards/model/999999.parquet").read_bytes() == (
        place / "000001.parquet"
    ).read_bytes()
    assert (aside / "shards/model/.part-000007").read_bytes() == b"half"
    assert (aside / ".new-x").read_bytes() == b"half"
    assert said == ["moved aside, not acknowledged by the ledger: strays/.new-x and 2 more"]


def test_files_of_others_are_kept_and_links_are_not_followed(go: Go, tmp_path: Path) -> None:
    first = go("fine")
    for _ in range(2):  # twice: what was moved aside before is not replaced either
        mine = first.folder / "shards" / "train" / "mine.parquet"
        mine.parent.mkdir(exist_ok=True)
        mine.write_bytes(b"years of work")
        go("fine")
    kept = sorted((first.folder / "strays/shards/train").iterdir())
    assert [path.name for path in kept] == ["mine.parquet", "mine.parquet.1"]
    assert {path.read_bytes() for path in kept} == {b"years of work"}
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "data.parquet").write_bytes(b"theirs")
    link = first.folder / "shards" / "linked"
    link.symlink_to(theirs)
    with pytest.raises(InputError, match=r"shards/linked: is a link, which is not followed"):
        go("fine")
    assert (theirs / "data.parquet").read_bytes() == b"theirs"
    link.unlink()
    (first.folder / "shards/model/mine.parquet").symlink_to(theirs / "data.parquet")
    go("fine")
    assert (theirs / "data.parquet").read_bytes() == b"theirs"


def test_a_folder_that_holds_shards_of_others_takes_no_sweep(go: Go, tmp_path: Path) -> None:
    mine = tmp_path / "out" / "shards" / "train" / "mine.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"years of work")
    with pytest.raises(InputError, match=r"holds 'shards' and no runs; name a new or empty"):
        go("fine")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7, 0.95])
def test_a_torn_log_after_a_power_cut_costs_only_what_it_held(
    keep: float, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 3)
    monkeypatch.setattr(Ledger, "settle", lambda self: None)
    out, crash = tmp_path / "out", tmp_path / "crash"
    acknowledge = Ledger.acknowledge

    def copy_first(self: Ledger, *rows: object) -> None:
        acknowledge(self, *rows)  # type: ignore[arg-type]
        if len(self.done()) >= 12 and not crash.exists():
            shutil.copytree(out, crash)

    monkeypatch.setattr(Ledger, "acknowledge", copy_first)
    whole = go("fine", runs=20)
    log = crash / f"{LEDGER}-wal"
    os.truncate(log, int(log.stat().st_size * keep))
    if keep < 0.9:  # the shards know more: nothing of them is thrown away
        with pytest.raises(InputError, match="`divide repair"):
            go("fine", runs=20, out=crash)
        assert repair(crash).done >= 12
    again = go("fine", runs=20, out=crash)
    assert again.digest == whole.digest
    with Ledger(crash) as ledger:
        assert shards.verify_contents(crash, ledger) == []


def test_nothing_hangs_on_the_clock(
    go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable
) -> None:
    """The clock is set back twenty years in the middle of a sweep."""

    class Past(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2006, 1, 1, tzinfo=UTC)

    first = go("logged", runs=20)
    with Ledger(first.folder, write=True) as ledger:
        ledger.forget([1])
        write_manifest(first.folder, ledger, {"finished": False})
    for module in (runner, lock):
        monkeypatch.setattr(module, "datetime", Past)
    monkeypatch.setattr("time.time", lambda: 1136073600.0)
    for path in first.folder.rglob("*"):
        os.utime(path, (4e9, 4e9))
    again = go("logged", runs=20)
    assert again.digest == first.digest
    sessions = json.loads((first.folder / MANIFEST).read_text())["sessions"]
    assert sessions[-1]["began_utc"].startswith("2006")


def test_a_sweep_folder_can_be_moved_in_the_middle(
    go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = go("fine", runs=20)
    with Ledger(first.folder, write=True) as ledger:
        ledger.forget([1])
        write_manifest(first.folder, ledger, {"finished": False})
    moved = tmp_path / "elsewhere" / "renamed"
    moved.parent.mkdir()
    first.folder.rename(moved)
    assert str(tmp_path / "out") not in (moved / MANIFEST).read_text()
    again = go("fine", runs=20, out=moved)
    assert again.digest == first.digest
    assert len(read_folder(moved)) == 20


def test_the_second_writer_is_told_who_holds_the_folder(go: Go, tmp_path: Path) -> None:
    first = go("fine")
    with lock.writing(first.folder):
        with pytest.raises(InputError) as caught:
            go("fine")
        assert lock.held(first.folder)
    assert f"process {os.getpid()} on " in str(caught.value)
    assert "has been writing there since 20" in str(caught.value)
    assert not lock.held(first.folder)
    # A holder that was killed leaves its name in the file, but not the lock.
    (first.folder / lock.LOCK).write_text('{"pid": 1, "host": "gone", "since": "2020"}')
    assert go("fine").progress.done == RUNS


@pytest.mark.parametrize("name", [lock.LOCK, LEDGER, "shards", "strays"])
def test_what_is_written_is_no_link(name: str, go: Go, tmp_path: Path) -> None:
    """Else a file of somebody else would be emptied or written to."""
    first = go("fine", threads=True)
    theirs = tmp_path / "theirs"
    if (first.folder / name).exists():
        (first.folder / name).rename(theirs)
    else:
        theirs.mkdir()
    before = theirs.read_bytes() if theirs.is_file() else sorted(theirs.rglob("*"))
    (first.folder / name).symlink_to(theirs)
    with pytest.raises(InputError, match=rf"{name}: is a link, which is not followed"):
        go("fine", threads=True)
    if name == lock.LOCK:
        with pytest.raises(InputError, match="is a link"), lock.writing(first.folder):
            pass
    assert before == (theirs.read_bytes() if theirs.is_file() else sorted(theirs.rglob("*")))


def test_a_foreign_folder_is_left_alone(go: Go, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds 'thesis\.txt' and no runs"):
        go("fine")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="is a file; name a folder"):
        go("fine", out=tmp_path / "out" / "thesis.txt")


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 9])
def test_a_ledger_that_is_none_is_refused(content: bytes, go: Go, tmp_path: Path) -> None:
    first = go("fine")
    (first.folder / LEDGER).write_bytes(content)
    for suffix in ("-wal", "-shm"):
        (first.folder / f"{LEDGER}{suffix}").unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"not a ledger of runs|is empty; .*`divide repair"):
        read_folder(first.folder)


def test_an_interrupt_between_shard_and_ledger_stores_nothing_twice(
    go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Writer, outcomes: list) -> None:
        pieces = [outcome.value.tables["model"] for outcome in outcomes]
        shards.write(self.folder, "model", self.ledger.next_part(), pieces)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_acknowledge", broken)
        with pytest.raises(StoreError, match="Input/output error"):
            go("fine")
    finished = go("fine")
    with Ledger(finished.folder) as ledger:
        assert shards.verify_contents(finished.folder, ledger) == []


def _remove_ledger(out: Path) -> None:
    for path in out.glob(f"{LEDGER}*"):
        path.unlink()


def _replace_ledger(out: Path) -> None:
    shutil.copy(out / LEDGER, out / "copy")
    (out / "copy").rename(out / LEDGER)


def _rename(out: Path) -> None:
    out.rename(out.with_name("renamed"))


def _swap(out: Path) -> None:
    shutil.copytree(out, out.with_name("copy"))
    _rename(out)
    out.with_name("copy").rename(out)


MOVED = {
    "ledger removed": _remove_ledger,
    "ledger replaced": _replace_ledger,
    "log removed": lambda out: (out / f"{LEDGER}-wal").unlink(),
    "lock removed": lambda out: (out / lock.LOCK).unlink(),
    "folder renamed": _rename,
    "folder removed": shutil.rmtree,
    "folder replaced": _swap,
}


@pytest.mark.parametrize("after", [6, 20], ids=["in the middle", "at the end"])
@pytest.mark.parametrize("name", MOVED)
def test_a_folder_changed_under_its_writer_is_no_success(
    name: str, after: int, go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 3)
    out, kept = tmp_path / "out", []
    acknowledge = Ledger.acknowledge

    def harm(self: Ledger, *rows: object) -> None:
        acknowledge(self, *rows)  # type: ignore[arg-type]
        if len(self.done()) >= after and not kept:
            kept.extend(self.contents())
            MOVED[name](out)

    monkeypatch.setattr(Ledger, "acknowledge", harm)
    with pytest.raises(MovedError, match=r"was (moved or removed|replaced by another) while runs"):
        go("fine", runs=20, threads=True)
    if name == "folder removed":
        assert not out.exists(), "nothing is made anew where it stood"
        return
    there = tmp_path / "renamed" if name in ("folder renamed", "folder replaced") else out
    if name in ("ledger removed", "log removed"):
        assert repair(there).done >= len(kept)
    again = go("fine", runs=20, out=there, threads=True)
    assert again.progress.fresh <= 20 - len(kept)
    with Ledger(there) as ledger:
        assert set(kept) <= set(ledger.contents())
