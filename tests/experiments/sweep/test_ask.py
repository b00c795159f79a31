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
from divide.experiments.cli.analyse import analyse
from divide.experiments.cli.errors import Commands
from divide.experiments.cli.query import compare, export, query
from divide.experiments.cli.sweep import verify
from divide.experiments.keep.ledger import Ledger
from divide.experiments.keep.lock import writing
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError

GROUP = Commands("divide", commands=[query, compare, analyse, export, verify])


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
    answer = call("compare", folder, "--outcome", "usage_gini", "--precision", 1e-12, "--csv")
    assert pd.read_csv(io.StringIO(answer.stdout))["needed"][0] > 3
    answer = call("compare", folder, "--precision", 1)
    assert "divide: --precision takes exactly one --outcome" in answer.stderr
    answer = call("compare", folder, "--outcome", "usage_gin")
    assert "unknown outcome of these runs 'usage_gin'; did you mean 'usage_gini'?" in answer.stderr


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
    assert f"--out: {out}: exists; name a new file" in answer.stderr


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


HOSTILE = [
    "COPY model TO 'stolen.csv'",
    "COPY (SELECT 1) TO 'stolen.csv'",
    "ATTACH 'other.db'",
    "ATTACH ':memory:' AS m",
    "EXPORT DATABASE 'stolen'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "PRAGMA enable_external_access",
    "SET enable_external_access = true",
    "SET memory_limit = '1TB'",
    "CREATE TABLE t AS SELECT 1",
    "DROP VIEW model",
    "INSERT INTO runs SELECT * FROM runs",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY model TO 'stolen.csv'",
    "",
    "/* nothing */",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_text('ledger.sqlite')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    "SELECT getenv('HOME')",
    "SELECT * FROM secret",
    "SELECT * FROM HOSTILE",
    "SELECT * FROM table",
    "FROM query('COPY model TO stolen.csv')",
    "CALL pragma_version()",
    "SELECT $name",
    "SELECT 'open",
    "\x00",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_question_reads_the_tables_and_does_nothing_else(
    sql: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = pd.DataFrame({"key": ["of the house"]})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^query: "):
        load(folder).query(sql)
    answer = call("query", folder, sql)
    assert answer.exit_code == 2
    assert answer.stderr.startswith("divide: query: ") and answer.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == [] and len(secret) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
    ],
)
def test_a_question_without_end_is_given_up(sql: str, folder: Path) -> None:
    answer = call("query", folder, sql, "--limit", 0.5)
    assert answer.exit_code == 2
    assert answer.stderr == "divide: query: took longer than 0.5 s, its limit\n"


def test_tables_go_to_new_files(folder: Path, tmp_path: Path) -> None:
    asked = "WITH a AS (SELECT run, usage_gini FROM model) SELECT * FROM a ORDER BY ALL"
    answer = call("query", folder, asked, "--csv", tmp_path / "a.csv", "--parquet", tmp_path / "a")
    assert (answer.exit_code, answer.stdout) == (0, "")
    expected = load(folder).query(asked)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), expected)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a"), expected)
    for option in ("--csv", "--parquet"):
        answer = call("query", folder, "SELECT 1", option, tmp_path / "a.csv")
        assert answer.exit_code == 2
        assert answer.stderr == f"divide: {option} {tmp_path / 'a.csv'}: exists; name a new file\n"
    assert "usage_gini" in call("query", folder, "DESCRIBE model").stdout
    assert "spend" in call("query", folder, "SHOW TABLES").stdout


def test_a_run_that_the_ledger_lost_counts_once(folder: Path, tmp_path: Path) -> None:
    """A stale row in another part, or rows that no run of the ledger owns, are left out."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    whole = load(folder)
    with Ledger(copy, write=True) as ledger:
        part = ledger.next_part()
        for shard in ledger.shards():
            stale = Path(shard.path).with_name(f"{part:06d}.parquet")
            shutil.copy(copy / shard.path, copy / stale)
            entry = shard._replace(path=stale.as_posix(), part=part)
            ledger.acknowledge([entry], [], [])
        ledger.settle()
    found = load(copy)
    pd.testing.assert_frame_equal(found.model, whole.model)
    pd.testing.assert_frame_equal(found.rows("spend"), whole.rows("spend"))
    pd.testing.assert_frame_equal(found.ends(["trust"]), whole.ends(["trust"]))
    answer = call("verify", copy)
    assert answer.exit_code == 1 and f"6 runs of part {part} are not what was" in answer.stderr
