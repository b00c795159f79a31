"""The folder of a comparison: complete, verifiable, and what was there is never lost."""

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from divide.experiments import load
from divide.experiments.keep.folder import check_files, read_manifest
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.plan.kept import TABLES
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.crate import export
from divide.experiments.report import products
from divide.experiments.report.products import write_products
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario

STORE = {MANIFEST, LEDGER, "shards", "writer.lock"}


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_manifest_names_every_file_and_its_hash(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    assert {*STORE, *manifest["files"]} == {path.name for path in folder.iterdir()}
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
    with Ledger(folder) as ledger:
        assert manifest["result_digest"] == ledger.result_digest()
    assert (manifest["runs"], manifest["failed"], manifest["finished"]) == (4, 0, True)
    assert manifest["speculative_levers"]["wires"] == ["Payment links between central banks"]
    assert manifest["sessions"][0]["began_utc"].endswith("+00:00")


def test_tables_come_back_as_they_were(folder: Path, comparison: Comparison) -> None:
    for name in TABLES:
        table = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(table, comparison.tables[name], check_exact=True)
    assert len(pd.read_csv(folder / "differences.csv")) == len(comparison.differences())
    assert len(pd.read_csv(folder / "model.csv")) == len(comparison.tables["model"])


def test_scenario_files_are_the_scenarios(folder: Path, comparison: Comparison) -> None:
    for name, scenario in comparison.scenarios.items():
        assert Scenario.from_file(folder / f"scenario-{name}.yaml").digest == scenario.digest


@pytest.mark.parametrize("name", ["country.parquet", "differences.csv", "report.html"])
def test_a_changed_byte_is_found_and_named(name: str, copy: Path, tmp_path: Path) -> None:
    check_files(copy)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(bytes(content))
    with pytest.raises(InputError, match=f"{name}: is not what was written"):
        check_files(copy)
    with pytest.raises(InputError, match=f"{name}: is not what was written"):
        export(copy, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "spend.parquet").unlink()
    with pytest.raises(InputError, match=r"spend\.parquet: cannot be read"):
        check_files(copy)


@pytest.mark.parametrize("text", ["", "{"])
def test_a_manifest_that_is_none_is_named(text: str, copy: Path) -> None:
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_manifest(copy)


def test_a_folder_of_an_older_version_is_refused_with_what_to_do(copy: Path) -> None:
    with Ledger(copy, write=True) as ledger:
        ledger.note(format="digital-divide-sweep/1")
    words = r"older version kept them \(digital-divide-sweep/1\); read or finish them with"
    for attempt in (load, read_manifest_of_ledger):
        with pytest.raises(InputError, match=words):
            attempt(copy)
    (copy / LEDGER).unlink()
    (copy / MANIFEST).write_text('{"format": "digital-divide-run/1"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"\(digital-divide-run/1\).*into a new folder"):
        load(copy)


def read_manifest_of_ledger(folder: Path) -> None:
    with Ledger(folder, write=True):
        pass


def test_missing_products_are_written_anew(copy: Path, folder: Path) -> None:
    (copy / "report.html").unlink()
    write_products(Comparison.of(load(copy)), copy)
    check_files(copy)
    assert (copy / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def test_notes_in_our_folder_are_never_lost(copy: Path, comparison: Comparison) -> None:
    (copy / "notes.txt").write_text("mine", encoding="utf-8")
    write_products(comparison, copy)
    assert (copy / "notes.txt").read_text() == "mine"


def test_a_failure_while_writing_leaves_the_old_files(
    copy: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    before = {path.name for path in copy.iterdir()}
    monkeypatch.setattr(products, "render", full)
    with pytest.raises(OSError, match="No space left"):
        write_products(comparison, copy)
    assert {path.name for path in copy.iterdir()} == before
    check_files(copy)


def test_a_failed_rename_leaves_the_old_file_and_nothing_half_written(
    copy: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if Path(target).name == "report.html":
            raise OSError(5, "Input/output error")
        return replace(self, target)

    before = {path.name for path in copy.iterdir()}
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_products(comparison, copy)
    assert {path.name for path in copy.iterdir()} == before
    check_files(copy)
