"""The run folder: complete, verifiable, replaced only when it is ours."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.experiments.carry.run import TABLES, Comparison
from divide.experiments.keep import run_folder as store
from divide.experiments.keep.provenance import MANIFEST
from divide.experiments.keep.run_folder import read_run, result_digest, write_run
from divide.model.declare.yamlfile import InputError
from divide.model.scenario import Scenario


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_manifest_names_every_file_and_its_hash(folder: Path, comparison: Comparison) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    assert {MANIFEST, *manifest["files"]} == {path.name for path in folder.iterdir()}
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
    for name in TABLES:
        assert manifest["files"][f"{name}.parquet"]["rows"] == len(comparison.tables[name])
    assert manifest["seeds"] == [1, 2]
    assert manifest["result_digest"] == result_digest(comparison.tables)
    assert manifest["speculative_levers"]["wires"] == ["Payment links between central banks"]
    assert manifest["created_utc"].endswith("+00:00")


def test_tables_come_back_as_they_were(folder: Path, comparison: Comparison) -> None:
    tables = read_run(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(tables[name], comparison.tables[name], check_exact=True)
    assert len(tables["differences"]) == len(comparison.differences())
    model = pd.read_csv(folder / "model.csv")
    assert len(model) == len(comparison.tables["model"])


def test_scenario_files_are_the_scenarios(folder: Path, comparison: Comparison) -> None:
    for name, scenario in comparison.plan.scenarios.items():
        assert Scenario.from_file(folder / f"scenario-{name}.yaml").digest == scenario.digest


@pytest.mark.parametrize("name", ["country.parquet", "differences.csv", "report.html"])
def test_a_changed_byte_is_found_and_named(name: str, copy: Path) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(bytes(content))
    with pytest.raises(InputError, match=f"{name}: is not what the run wrote"):
        read_run(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "spend.parquet").unlink()
    with pytest.raises(InputError, match=r"spend\.parquet: cannot be read"):
        read_run(copy)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}'])
def test_a_folder_without_a_proper_manifest_is_refused(text: str, copy: Path) -> None:
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_run(copy)


def test_our_own_folder_is_replaced(copy: Path, comparison: Comparison) -> None:
    (copy / "report.html").unlink()
    write_run(comparison, copy)
    assert set(read_run(copy)) == {*TABLES, "differences"}
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_notes_in_our_folder_are_never_lost(copy: Path, comparison: Comparison) -> None:
    (copy / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds 'notes\.txt'"):
        write_run(comparison, copy)
    assert (copy / "notes.txt").read_text() == "mine"
    read_run(copy)


def test_a_failure_while_writing_leaves_the_old_run(
    copy: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "render", full)
    with pytest.raises(OSError, match="No space left"):
        write_run(comparison, copy)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    read_run(copy)


def test_a_failure_of_the_last_rename_puts_the_old_run_back(
    copy: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if Path(target) == copy and not self.name.endswith("-old"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_run(comparison, copy)
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]
    read_run(copy)


def test_digest_sees_one_bit(comparison: Comparison) -> None:
    changed = {name: table.copy() for name, table in comparison.tables.items()}
    changed["model"]["usage_mean"] += np.eye(1, len(changed["model"]))[0] * 1e-15
    assert result_digest(changed) != result_digest(comparison.tables)
