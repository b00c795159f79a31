"""Ledgers emptied, removed, damaged, set back or of a newer version: nothing is thrown away."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from divide.experiments.carry.sweep import Finished
from divide.experiments.cli.main import main
from divide.experiments.keep.folder import read_folder
from divide.experiments.keep.layout import LEDGER, PLAIN, POINTS
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.keep.repair import repair
from divide.experiments.keep.verify import complaints
from divide.experiments.read.load import load
from divide.experiments.read.status import read_status
from divide.model.declare.errors import InputError

Go = Callable[..., Finished]
RUNS = 20


@pytest.fixture
def first(go: Go, monkeypatch: pytest.MonkeyPatch) -> Finished:
    """A sweep of four parts."""
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 5)
    return go("fine", runs=RUNS, threads=True)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _forget_all(path: Path) -> None:
    with sqlite3.connect(path) as ledger:
        for table in ("runs", "shards", "meta", "failures"):
            ledger.execute(f"DELETE FROM {table}")
    ledger.close()


def _set_back(path: Path) -> None:
    with sqlite3.connect(path) as ledger:
        ledger.execute("DELETE FROM runs WHERE part > 1")
        ledger.execute("DELETE FROM shards WHERE part > 1")
    ledger.close()


def _flip_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[2048:] = bytes(byte ^ 0xFF for byte in data[2048:])
    path.write_bytes(bytes(data))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


HARM = [_empty, Path.unlink, _forget_all, _set_back, _flip_pages, _cut]


@pytest.mark.parametrize("manifest", [True, False], ids=["finished", "unfinished"])
@pytest.mark.parametrize("harm", HARM)
def test_a_ledger_that_knows_less_stops_everything_and_is_made_anew(
    harm: Callable[[Path], None], manifest: bool, go: Go, first: Finished
) -> None:
    folder = first.folder
    if not manifest:
        text = (folder / MANIFEST).read_text()
        (folder / MANIFEST).write_text(text.replace('"runs":', '"then":'))
    shards = {path: path.read_bytes() for path in folder.glob("shards/*/*")}
    assert shards
    harm(folder / LEDGER)
    for ask in (
        lambda: go("fine", runs=RUNS, threads=True),
        lambda: load(folder),
        lambda: read_status(folder),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert str(caught.value).startswith(f"{folder / LEDGER}: ")
        assert f"`divide repair {folder}`" in str(caught.value)
        assert "files in shards/" in str(caught.value)
    assert {path: path.read_bytes() for path in folder.glob("shards/*/*")} == shards
    answer = CliRunner().invoke(main, ["repair", str(folder)])
    assert answer.exit_code == 0, answer.stderr
    assert f"{RUNS} runs are in the new ledger" in answer.stdout
    assert f"digest of the results {first.digest}, which is that of the manifest" in answer.stdout
    assert list(complaints(folder)) == []
    again = go("fine", runs=RUNS, threads=True)
    assert (again.progress.fresh, again.digest) == (0, first.digest)
    assert not list(folder.glob(".new-*"))


def test_what_cannot_be_verified_is_moved_aside_and_run_again(go: Go, first: Finished) -> None:
    folder = first.folder
    model = folder / "shards" / "model"
    path = model / "000002.parquet"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))
    shutil.copy(model / "000001.parquet", model / "000009.parquet")
    (model / "000010.parquet").write_bytes(b"no Parquet")
    (folder / LEDGER).unlink()
    found = repair(folder)
    assert found.done == RUNS - 5
    assert [what.split(":")[0] for what in found.aside] == ["part 2", "part 9", "part 10"]
    aside = folder / "strays" / "shards" / "model"
    assert (aside / path.name).read_bytes() == bytes(data)
    assert sorted(each.name for each in aside.iterdir()) == [
        "000002.parquet", "000009.parquet", "000010.parquet",
    ]  # fmt: skip
    again = go("fine", runs=RUNS, threads=True)
    assert (again.progress.fresh, again.digest) == (5, first.digest)


def test_a_sound_folder_is_the_same_after_repair(go: Go, first: Finished) -> None:
    assert repair(first.folder).digest == first.digest
    assert go("fine", runs=RUNS, threads=True).progress.fresh == 0


def test_repair_needs_to_know_what_made_the_shards(first: Finished, tmp_path: Path) -> None:
    (first.folder / MANIFEST).write_text("{}")
    with pytest.raises(InputError, match=r"manifest\.json: does not say what made the shards"):
        repair(first.folder)
    answer = CliRunner().invoke(main, ["repair", str(tmp_path / "nowhere")])
    assert answer.exit_code == 2 and answer.stderr.count("\n") == 1
    assert not (tmp_path / "nowhere").exists()


def test_a_newer_form_is_refused_by_its_number(go: Go, first: Finished) -> None:
    with Ledger(first.folder, write=True) as ledger:
        ledger.note(format="digital-divide-runs/17")
    before = (first.folder / LEDGER).read_bytes()
    for ask in (lambda: go("fine", runs=RUNS, threads=True), lambda: load(first.folder)):
        with pytest.raises(InputError, match=r"newer version keeps them \(digital-divide-runs/17"):
            ask()
    assert (first.folder / LEDGER).read_bytes() == before


@pytest.mark.parametrize("harm", [_empty, _cut, Path.unlink])
def test_the_design_is_made_anew(harm: Callable[[Path], None], go: Go, first: Finished) -> None:
    whole = (first.folder / POINTS).read_bytes()
    harm(first.folder / POINTS)
    assert len(read_folder(first.folder)) == RUNS
    assert load(first.folder).model["usage_mean"].notna().all()
    assert any(POINTS in what for what in complaints(first.folder))
    go("fine", runs=RUNS, threads=True)
    assert (first.folder / POINTS).read_bytes() == whole
    assert list(complaints(first.folder)) == []


@pytest.mark.parametrize("harm", [_empty, _cut, Path.unlink])
def test_a_damaged_experiment_is_named_and_made_anew(
    harm: Callable[[Path], None], go: Go, first: Finished
) -> None:
    harm(first.folder / PLAIN)
    with pytest.raises(InputError, match=rf"{PLAIN}: .*; the command that made it makes it anew"):
        read_folder(first.folder)
    go("fine", runs=RUNS, threads=True)
    assert len(read_folder(first.folder)) == RUNS


def _flip_shard(folder: Path) -> None:
    path = folder / "shards/model/000002.parquet"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))


def _lose_rows(folder: Path) -> None:
    with sqlite3.connect(folder / LEDGER) as ledger:
        ledger.execute(
            "UPDATE runs SET content = zeroblob(32)"
            # Threads end in any order: which runs are in the first part is theirs to say.
            " WHERE run = (SELECT MIN(run) FROM runs WHERE part = 1)"
        )
    ledger.close()


def _other_run(folder: Path) -> None:
    with sqlite3.connect(folder / LEDGER) as ledger:
        ledger.execute("UPDATE runs SET digest = 'x' WHERE run = 3")
    ledger.close()


DAMAGE = {
    "000002.parquet: is not what was written": _flip_shard,
    "000001.parquet: is missing": lambda folder: (folder / "shards/model/000001.parquet").unlink(),
    "1 runs of part 1 are not what was acknowledged, the first is ": _lose_rows,
    "run 3 is not one of the experiment": _other_run,
    "manifest.json: cannot be read": lambda folder: (folder / MANIFEST).unlink(),
    "x.parquet: is not acknowledged": lambda folder: (folder / "shards/model/x.parquet").touch(),
}


@pytest.mark.parametrize("words", DAMAGE)
def test_verify_names_what_is_damaged(words: str, first: Finished) -> None:
    sound = CliRunner().invoke(main, ["verify", str(first.folder)])
    assert sound.exit_code == 0, sound.stderr
    assert sound.stdout == f"{first.folder}: everything is what was written\n"
    DAMAGE[words](first.folder)
    answer = CliRunner().invoke(main, ["verify", str(first.folder)])
    assert answer.exit_code == 1
    assert words in answer.stderr
    assert all(line.startswith("divide: ") for line in answer.stderr.splitlines())
