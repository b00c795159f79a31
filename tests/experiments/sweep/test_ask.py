"""The commands that ask a sweep folder, as typed, and the crate that one of them writes."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from divide.experiments import load
from divide.experiments.carry.sweep import sweep
from divide.experiments.cli.errors import Commands
from divide.experiments.cli.query import analyse, compare, export, query
from divide.experiments.keep.lock import writing
from divide.experiments.plan.experiment import Experiment

GROUP = Commands("divide", commands=[query, compare, analyse, export])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweeps") / "small"
    experiment = Experiment.from_mapping(
        {"policies": ["balanced"], "constants": {"start": 2021, "until": 2022, "firms": 400},
         "outcomes": ["usage_gini", "trust"], "replicates": 3}
    )  # fmt: skip
    sweep(experiment, path, 1, threads=True)
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(GROUP, list(map(str, arguments)))


def test_query_prints_what_duckdb_answers(folder: Path) -> None:
    asked = "SELECT policy, count(*) AS n FROM model WHERE year = 2022 GROUP BY 1 ORDER BY 1"
    assert call("query", folder, asked, "--csv").stdout == "policy,n\nbalanced,3\nstatus_quo,3\n"
    answer = call("query", folder, "SELEC 1")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("divide: query: Parser Error: syntax error at or near")


def test_compare_prints_differences_and_replicates_needed(folder: Path) -> None:
    table = pd.read_csv(io.StringIO(call("compare", folder, "--csv").stdout))
    assert table["outcome"].tolist() == ["usage_gini", "trust"] and (table["n"] == 3).all()
    answer = call("compare", folder, "--outcome", "usage_gini", "--precision", 1e-9, "--csv")
    assert pd.read_csv(io.StringIO(answer.stdout))["needed"][0] > 3
    answer = call("compare", folder, "--precision", 1)
    assert "divide: --precision takes exactly one --outcome" in answer.stderr
    answer = call("compare", folder, "--outcome", "usage_gin")
    assert "unknown outcome kept 'usage_gin'; did you mean 'usage_gini'?" in answer.stderr


def test_compare_is_short_over_many_points_and_long_on_request(tmp_path: Path) -> None:
    experiment = Experiment.from_mapping(
        {"policies": ["balanced"], "constants": {"start": 2021, "until": 2022, "firms": 200},
         "uncertainties": {"adoption.imitation": [0.2, 0.5]}, "outcomes": ["usage_gini", "trust"],
         "design": {"kind": "factorial", "levels": 3}, "replicates": 2}
    )  # fmt: skip
    sweep(experiment, tmp_path / "out", 1, threads=True)

    def table(*options: object) -> pd.DataFrame:
        return pd.read_csv(io.StringIO(call("compare", tmp_path / "out", "--csv", *options).stdout))

    long, short = table("--points"), table().set_index("outcome")
    assert len(long) == 6 and len(short) == 2
    sample = long.loc[long["outcome"] == "usage_gini", "difference"]
    found = short.loc["usage_gini", ["points", "difference", "lowest", "highest", "above_zero"]]
    expected = [3, sample.mean(), sample.min(), sample.max(), (sample > 0).mean()]
    assert found.tolist() == pytest.approx(expected)
    asked = ("--outcome", "usage_gini", "--precision", 1e-9)
    needs = table(*asked, "--points")["needed"]
    assert len(needs) == 3
    assert table(*asked)["needed"].tolist() == [needs.max()]


def test_analyse_ranks_policies(folder: Path) -> None:
    assert "balanced" in call("analyse", folder, "--outcome", "usage_gini").stdout
    answer = call("analyse", folder, "--outcome", "usage_gini", "--pairs")
    assert (answer.exit_code, answer.stderr) == (
        2, "divide: indices of pairs need a sobol design with second_order: true\n"
    )  # fmt: skip


def test_export_packs_a_folder_that_can_be_loaded_elsewhere(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.zip"
    assert call("export", folder, "--out", out).exit_code == 0
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "moved")
    pd.testing.assert_frame_equal(load(tmp_path / "moved").model, load(folder).model)
    graph = json.loads((tmp_path / "moved" / "ro-crate-metadata.json").read_text())["@graph"]
    by_id = {entity["@id"]: entity for entity in graph}
    for part in by_id["./"]["hasPart"]:
        path = tmp_path / "moved" / part["@id"]
        assert int(by_id[part["@id"]]["contentSize"]) == path.stat().st_size
    assert "6 runs done, 0 failed, 0 missing" in by_id["./"]["description"]
    action = next(entity for entity in graph if entity["@type"] == "CreateAction")
    assert by_id[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    answer = call("export", folder, "--out", out)
    assert f"--out {out}: exists; name a new file" in answer.stderr


def test_a_folder_in_use_is_not_packed(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    with writing(copy):
        answer = call("export", copy, "--out", tmp_path / "x.zip")
    assert answer.exit_code == 2 and "has been writing there since" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["copy"], "nothing half-written is left"


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path) -> None:
    answer = call("query", tmp_path, "SELECT 1")
    assert answer.exit_code == 2
    assert answer.stderr == f"divide: {tmp_path}: holds no runs (there is no ledger.sqlite)\n"
