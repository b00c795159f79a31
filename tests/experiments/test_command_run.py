"""The command `divide run`: what it writes, what it refuses, and that it leaves no trace then."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main
from divide.experiments.keep.run_folder import read_run

Divide = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--firms", "400", "--start", "2021", "--until", "2022", "--replicates", "2")


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_run_writes_a_folder_and_prints_a_table(
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
    assert set(read_run(folder)["model"]["policy"]) == {"status_quo", "wires"}
    assert everything(tmp_path) == {"runs", f"runs/{folder.name}"} | {
        f"runs/{folder.name}/{path.name}" for path in folder.iterdir()
    }


def test_same_command_same_bytes(divide: Divide, package: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        result = divide("run", "--policy", package, *SMALL, "--out", out)
        assert result.returncode == 0, result.stderr
    first, second = (tmp_path / "one", tmp_path / "two")
    assert everything(first) == everything(second)
    for path in first.iterdir():
        if path.name != "manifest.json":
            assert path.read_bytes() == (second / path.name).read_bytes(), path.name
    digests = [json.loads((f / "manifest.json").read_text())["result_digest"] for f in
               (first, second)]  # fmt: skip
    assert digests[0] == digests[1]


def test_written_scenario_runs_again_to_the_same_figures(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = ["--policy", str(package), *SMALL, "--set", "five_g=50", "--out", "one"]
    again = ["--scenario", "one/scenario-wires.yaml", "--replicates", "2", "--out", "two"]
    for arguments in (first, again):
        result = CliRunner().invoke(main, ["run", *arguments])
        assert result.exit_code == 0, result.stderr
    columns = ["reference_mean", "policy_mean", "difference"]
    one, two = (read_run(tmp_path / name)["differences"][columns] for name in ("one", "two"))
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
    "unknown policy": (["--policy", "balance"], "unknown policy 'balance'"),
    "missing file": (["--policy", "missing.yaml"], "missing.yaml: cannot be read"),
    "missing scenario": (["--scenario", "missing.yaml"], "missing.yaml: cannot be read"),
    "option": (["--polcy", "x"], "No such option"),
    "file in the way": (["--out", "file/run"], "Not a directory"),
    "file itself": (["--out", "file"], "is a file"),
    "foreign folder": (["--out", "taken"], "holds 'thesis.txt', which is not ours to replace"),
    "this folder": (["--out", "."], "name a folder inside it"),
    "folder above": (["--out", ".."], "name a folder inside it"),
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

    monkeypatch.setattr("divide.experiments.carry.run.execute", work)
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


STOP = """\
import os, signal, sys
import divide.experiments.{module} as module
kept = module.{function}
def stop(*args):
    result = kept(*args)
    os.kill(os.getpid(), signal.{signal})
    return result
module.{function} = stop
from divide.experiments.cli.main import main
main(["run", "--policy", "status_quo", "--out", "a/b/run", {small}])
"""


@pytest.mark.parametrize(
    ("module", "function", "signal"),
    [
        ("carry.run", "load_world", "SIGINT"),
        ("keep.run_folder", "render", "SIGTERM"),
    ],
)
def test_an_interrupt_leaves_nothing(
    module: str, function: str, signal: str, divide: Divide, tmp_path: Path
) -> None:
    small = ", ".join(map(repr, SMALL))
    code = STOP.format(module=module, function=function, signal=signal, small=small)
    result = divide(code=code)
    assert result.returncode == 130, result.stderr
    assert "divide: interrupted; nothing was written" in result.stderr
    assert "Traceback" not in result.stderr
    assert everything(tmp_path) == set()
