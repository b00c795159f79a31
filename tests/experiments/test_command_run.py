"""The command `divide run`: what it writes, what it refuses, and that it leaves no trace then."""

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from divide.experiments import load
from divide.experiments.cli.main import main
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.read.comparison import Comparison
from divide.model.scenario import Scenario

Divide = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--firms", "400", "--start", "2021", "--until", "2022", "--replicates", "2")


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_run_writes_a_folder_and_prints_a_table_and_again_the_same_bytes(
    divide: Divide, package: Path, tmp_path: Path
) -> None:
    result = divide("run", "--policy", package, *SMALL)
    assert result.returncode == 0, result.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("wires-")
    assert "Realised cost: US$" in result.stdout
    assert "Speculative levers in use: Payment links between central banks" in result.stdout
    assert "Monte-Carlo uncertainty only" in result.stdout
    assert "4/4" in result.stderr
    assert set(pd.read_parquet(folder / "model.parquet")["policy"]) == {"status_quo", "wires"}
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert {path.name for path in folder.iterdir()} >= {
        "report.html", "model.csv", "differences.csv", "spend.csv", "scenario-wires.yaml",
        "scenario-status_quo.yaml", "manifest.json", LEDGER, "experiment.json",
    }  # fmt: skip
    result = divide("run", "--policy", package, *SMALL, "--out", "two")
    assert result.returncode == 0, result.stderr
    first, second = folder, tmp_path / "two"
    names = {path.name for path in first.iterdir()}
    assert names == {path.name for path in second.iterdir()}
    own = {"manifest.json", LEDGER, "writer.lock", "shards"}  # times, and who came first
    assert {"report.html", "spend.parquet"} <= names - own
    for name in names - own:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    digests = [json.loads((f / "manifest.json").read_text())["result_digest"] for f in
               (first, second)]  # fmt: skip
    assert digests[0] == digests[1]


def test_written_scenario_runs_again_to_the_same_figures(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sets = ["--set", "five_g=50", "--set", "adoption.imitation=0.4"]
    first = ["--policy", str(package), *SMALL, *sets, "--out", "one"]
    again = ["--scenario", "one/scenario-wires.yaml", "--replicates", "2", "--out", "two"]
    for arguments in (first, again):
        result = CliRunner().invoke(main, ["run", *arguments])
        assert result.exit_code == 0, result.stderr
    for policy in ("status_quo", "wires"):  # a parameter is no policy: the reference has it too
        written = Scenario.from_file(f"one/scenario-{policy}.yaml")
        assert written.parameters == {"adoption.imitation": 0.4}
        assert ("five_g" in written.policy.levers) == (policy == "wires")
    columns = ["reference_mean", "policy_mean", "difference"]
    one, two = (
        pd.read_csv(tmp_path / name / "differences.csv")[columns] for name in ("one", "two")
    )
    assert one.equals(two)


REFUSED = {
    "no firms": (["--firms", "0"], "firms: 0 is out of range"),
    "backwards": (["--start", "2022", "--until", "2021"], "until: 2021 is not after start 2022"),
    "too early": (["--start", "1999"], "start: 1999 is out of range"),
    "too late": (["--until", "2061"], "until: 2061 is out of range"),
    "no replicates": (["--replicates", "0"], "replicates: 0 is out of range"),
    "seed": (["--seed", "-1"], "seed: -1 is out of range"),
    "text": (["--firms", "many"], "'many' is not a valid integer"),
    "fraction": (["--replicates", "2.5"], "'2.5' is not a valid integer"),
    "no sign": (["--set", "five_g"], "write LEVER=VALUE"),
    "misspelt": (["--set", "five_gee=1"], "did you mean 'five_g'"),
    "nan": (["--set", "five_g=nan"], "nan is out of range"),
    "not a number": (["--set", "five_g=lots"], "'lots' is not a number"),
    "unknown policy": (
        ["--policy", "balance"],
        "--policy: unknown policy 'balance'; did you mean 'balanced'?",
    ),
    "missing file": (["--policy", "missing.yaml"], "missing.yaml: cannot be read"),
    "missing scenario": (["--scenario", "missing.yaml"], "missing.yaml: cannot be read"),
    "option": (["--polcy", "x"], "No such option"),
    "file in the way": (["--out", "file/run"], "Not a directory"),
    "file itself": (["--out", "file"], "is a file"),
    "foreign folder": (["--out", "taken"], "holds 'thesis.txt' and no runs"),
    "this folder": (["--out", "."], "holds 'file' and no runs"),
    "old run": (["--out", "old"], "holds runs as an older version kept them"),
    "no such filesystem": (["--out", "/proc/divide/run"], "cannot be written"),
    "null device": (["--out", os.devnull], "is a file"),
    "long name": (["--out", "x" * 300], "File name too long"),
    "loop": (["--out", "loop/run"], "cannot be written"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with things in it that must not be touched."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "manifest.json").write_text('{"format": "digital-divide-run/1"}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(status: int, stdout: str, stderr: str, message: str) -> None:
    assert status == 2
    assert stdout == ""
    assert stderr.startswith("divide: ")
    assert stderr.count("\n") == 1
    assert message in stderr


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_is_one_line_before_any_work(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object) -> None:
        raise AssertionError("work has started")

    monkeypatch.setattr("divide.experiments.carry.sweep.sweep", work)
    arguments, message = REFUSED[name]
    before = everything(here)
    result = CliRunner().invoke(main, ["run", "--policy", "status_quo", *arguments])
    refused(result.exit_code, result.stdout, result.stderr, message)
    assert everything(here) == before


@pytest.mark.parametrize("name", ["no firms", "misspelt", "file in the way", "option"])
def test_refusal_of_the_real_command(name: str, here: Path, divide: Divide) -> None:
    arguments, message = REFUSED[name]
    before = everything(here)
    result = divide("run", "--policy", "status_quo", *arguments)
    refused(result.returncode, result.stdout, result.stderr, message)
    assert everything(here) == before


def test_the_same_command_again_runs_nothing_and_writes_the_report(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["run", "--policy", str(package), *SMALL, "--out", "out", "--threads"]
    first = CliRunner().invoke(main, arguments)
    assert first.exit_code == 0, first.stderr
    page = Path("out/report.html").read_bytes()
    Path("out/report.html").unlink()
    Path("out/notes.txt").write_text("mine", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("divide.experiments.carry.threads.carry_out", None)
        again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 0, again.stderr
    assert again.stdout.startswith("4 of 4 runs were there; none was run again.\n")
    assert again.stdout.split("\n", 1)[1] == first.stdout
    assert Path("out/report.html").read_bytes() == page
    assert Path("out/notes.txt").read_text() == "mine"


def test_another_comparison_in_the_folder_is_refused_with_the_difference(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["run", "--policy", str(package), *SMALL, "--out", "out", "--threads"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    page = Path("out/report.html").read_bytes()
    result = CliRunner().invoke(main, [*arguments, "--set", "five_g=50"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds runs of another make" in result.stderr
    assert "policy wires: " in result.stderr
    assert Path("out/report.html").read_bytes() == page


def test_the_folder_answers_the_commands_of_sweeps(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call = ["run", "--policy", str(package), *SMALL, "--out", "out", "--threads"]
    assert CliRunner().invoke(main, call).exit_code == 0

    def asked(*arguments: str) -> str:
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 0, result.stderr
        return result.stdout

    sql = "SELECT policy, count(DISTINCT run) AS n FROM {} GROUP BY 1 ORDER BY 1"
    for table in ("model", "country", "groups", "platform"):
        answer = asked("query", "out", sql.format(table), "--csv")
        assert answer == "policy,n\nstatus_quo,2\nwires,2\n", table
    assert asked("query", "out", sql.format("spend"), "--csv") == "policy,n\nwires,2\n"
    columns = ["outcome", "reference_mean", "policy_mean", "difference", "lo95", "hi95"]
    compared = pd.read_csv(io.StringIO(asked("compare", "out", "--csv")))
    written = pd.read_csv("out/differences.csv")
    pd.testing.assert_frame_equal(compared[columns], written[columns], check_exact=True)
    assert "done 4, failed 0, left 0" in asked("status", "out")
    assert "wires" in asked("analyse", "out", "--outcome", "usage_gini")
    asked("export", "out", "--out", "out.zip")
    with zipfile.ZipFile("out.zip") as archive:
        assert {"report.html", "spend.csv", "scenario-wires.yaml"} <= set(archive.namelist())
        archive.extractall("moved")
    pd.testing.assert_frame_equal(load("moved").model, load("out").model)


FAULTY = """\
import divide.experiments.carry.simulate as module
kept = module.simulate
def simulate(experiment, run):
    if (run.policy, run.replicate) == ("wires", 1):
        raise ValueError("seed of discord")
    return kept(experiment, run)
module.simulate = simulate
from divide.experiments.cli.main import main
main({arguments})
"""


def test_a_bad_run_costs_one_run_and_the_rest_can_be_compared(
    package: Path, divide: Divide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes wrong in a process of its own; what comes after it is asked for here."""
    monkeypatch.chdir(tmp_path)
    small = ["--firms", "400", "--start", "2021", "--until", "2022", "--replicates", "3"]
    arguments = ["run", "--policy", str(package), *small, "--out", "out", "--threads"]
    result = divide(code=FAULTY.format(arguments=arguments))
    assert result.returncode == 1
    assert "run 3 (wires, point 0, seed 2): exception: ValueError: seed of discord" in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last == (
        "divide: 1 of 6 runs failed; look at them with `divide status out`, run them again with "
        "`divide retry out`, or compare without them with --incomplete; no report was written"
    )
    assert not (tmp_path / "out" / "report.html").exists()
    part = CliRunner().invoke(main, [*arguments, "--incomplete"])
    assert part.exit_code == 0, part.stderr
    said = "1 of 3 replicates is left out: a run failed or is missing."
    assert said in part.stdout
    page = (tmp_path / "out" / "report.html").read_text()
    assert said in page
    assert "2 replicates of each policy" in page
    assert "<th>Seeds</th><td>1, 3</td>" in page
    model = pd.read_csv(tmp_path / "out" / "model.csv")
    assert model.groupby("policy")["seed"].unique().map(list).to_dict() == {
        "status_quo": [1, 3], "wires": [1, 3]
    }  # fmt: skip
    mended = CliRunner().invoke(main, ["retry", "out", "--threads"])
    assert mended.exit_code == 0, mended.stderr
    other = CliRunner().invoke(main, [*arguments[:-2], "other", "--threads"])
    assert other.exit_code == 0, other.stderr
    for name in ("report.html", "differences.csv", "country.parquet"):
        files = [(tmp_path / folder / name).read_bytes() for folder in ("out", "other")]
        assert files[0] == files[1], name


STOP = """\
import os, signal
import divide.experiments.{module} as module
kept = module.{function}
def stop(*args):
    result = kept(*args)
    if module.{function} is stop:  # once: a second request ends at once
        module.{function} = kept
        os.kill(os.getpid(), signal.{signal})
    return result
module.{function} = stop
from divide.experiments.cli.main import main
main(["run", "--policy", "status_quo", "--out", "a/b/run", "--threads", {small}])
"""


@pytest.mark.parametrize(
    ("module", "function", "signal", "words"),
    [
        ("carry.threads", "carry_out", "SIGINT", "2 runs are kept, and the same command goes on"),
        ("report.products", "render", "SIGTERM", "all runs are kept, and the same command writes"),
    ],
)
def test_an_interrupt_loses_nothing_and_the_same_command_goes_on(
    module: str, function: str, signal: str, words: str, divide: Divide, tmp_path: Path
) -> None:
    small = ", ".join(map(repr, SMALL))
    code = STOP.format(module=module, function=function, signal=signal, small=small)
    result = divide(code=code)
    assert result.returncode == 130, result.stderr
    assert "divide: interrupted; " in result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    folder = tmp_path / "a" / "b" / "run"
    with Ledger(folder) as ledger:
        kept = len(ledger.done())
    assert kept >= 1
    assert not (folder / "report.html").exists()
    again = divide("run", "--policy", "status_quo", "--out", "a/b/run", *SMALL)
    assert again.returncode == 0, again.stderr
    assert Comparison.of(load(folder)).replicates == 2
    assert (folder / "report.html").exists()
