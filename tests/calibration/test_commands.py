"""The commands `divide backtest` and `divide calibrate`, whole: files, refusals, being killed."""

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from divide.calibration.fit import shipped
from divide.calibration.score import backtest
from divide.calibration.score.backtest import SCORES
from divide.calibration.score.baselines import BASELINES
from divide.experiments.cli.main import main
from divide.experiments.plan.draws import read_draws
from divide.model.declare.parameters import parameters

Python = Callable[[str], subprocess.Popen]

FILES = {
    "forecast.csv",
    "scores.csv",
    "posterior.csv",
    "parameters.csv",
    "report.html",
    "manifest.json",
}
ASKED = ["backtest", "--origin", "2007", "--until", "2010"]


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "forecast.csv").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_backtest_writes_complete_files(small: Any, tiny: None, here: Path) -> None:
    """The bank of the shared forecast is found, so nothing is fitted again."""
    command = [*ASKED, "--bank", str(small.bank), "--workers", "1", "--out", "one"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert "This model" in result.stdout
    assert "Pooled regression" in result.stdout
    folder = here / "one"
    assert everything(folder) == FILES

    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["origin"], manifest["until"]) == (2007, 2010)
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert set(manifest["files"]) == FILES - {"manifest.json"}

    forecast = pd.read_csv(folder / "forecast.csv", keep_default_na=False)
    assert list(forecast.columns) == ["iso3", "year", "indicator", "mean", "lo90", "hi90"]
    assert len(forecast) == 3 * 188 == manifest["files"]["forecast.csv"]["rows"]
    scores = pd.read_csv(folder / "scores.csv")
    assert tuple(scores.columns) == SCORES
    assert list(scores["method"]) == ["model", *BASELINES]
    assert scores.drop(columns=["difference", "lo95", "hi95", "p"]).notna().all(axis=None)

    prior = pd.read_csv(folder / "parameters.csv")
    draws = pd.read_csv(folder / "posterior.csv")
    assert list(prior["name"]) == list(draws.columns)
    assert len(draws) == 400
    for row in prior.itertuples():
        assert (row.prior_low, row.prior_high) == parameters()[row.name].bounds
        assert draws[row.name].between(row.prior_low, row.prior_high).all()
        assert draws[row.name].mean() == pytest.approx(row.posterior_mean, rel=1e-4)
    page = (folder / "report.html").read_text()
    assert page.count("<svg") == 3
    assert "best and worst" in page
    assert "http" not in page.replace("http-equiv", "")

    again = CliRunner().invoke(main, command)  # replaces its own folder, with the same bytes
    assert again.exit_code == 0, again.stderr
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_years_without_observations_are_forecast_and_not_scored(tiny: None, here: Path) -> None:
    """No round of the survey of accounts falls into 2018-20."""
    command = ["backtest", "--origin", "2017", "--until", "2020", "--indicator", "accounts"]
    result = CliRunner().invoke(main, [*command, "--workers", "1"])
    assert result.exit_code == 0, result.stderr
    assert "nothing can be scored" in result.stdout
    folder = here / "runs" / "backtest-accounts-2017-2020"
    assert everything(folder) == FILES
    assert (folder / "scores.csv").read_text() == ",".join(SCORES) + "\n"
    assert len(pd.read_csv(folder / "forecast.csv")) == 3 * 188


REFUSED = {
    "early": (["--origin", "2004"], "origin: 2004 is out of range; allowed for internet_users"),
    "late": (["--origin", "2021", "--until", "2030"], "origin: 2021 is out of range"),
    "backwards": (["--until", "2007"], "until: 2007 is not after origin 2007"),
    "far": (["--until", "2061"], "until: 2061 is out of range; allowed: up to 2060"),
    "not forecast": (["--indicator", "bought_online"], "allowed: internet_users, fixed_broadband"),
    "survey": (["--indicator", "accounts"], "allowed for accounts: 2014 to 2020"),
    "text": (["--origin", "x"], "'x' is not a valid integer"),
    "no workers": (["--workers", "0"], "0 is not in the range"),
    "file": (["--out", "file"], "is a file"),
    "foreign": (["--out", "taken"], "holds 'forecast.csv', which is not ours to replace"),
    "unwritable": (["--out", "/proc/divide/x"], "cannot be written"),
    "bank": (["--bank", "file"], "--bank file: cannot be written"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_is_one_line_before_any_work(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object) -> None:
        raise AssertionError("work has started")

    monkeypatch.setattr(backtest, "forecast", work)
    arguments, message = REFUSED[name]
    before = everything(here)
    result = CliRunner().invoke(main, [*ASKED, *arguments])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("divide: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert everything(here) == before


CALIBRATE = """\
if __name__ == "__main__":
    import divide.calibration.score.backtest as b
    import divide.calibration.fit.bank as bank
    from divide.experiments.cli.main import main
    b.WAVES = (7, 2)
    whole = bank.windows
    b.windows = lambda *args: whole(*args)[:1]
    main(["calibrate", "--bank", "{bank}", "--out", "{out}", "--workers", "{workers}"])
"""


def wait_for(path: Path, lines: int, process: subprocess.Popen) -> None:
    begun = time.monotonic()
    while not path.exists() or path.read_bytes().count(b"\n") < lines:
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() - begun < 120
        time.sleep(0.02)


def test_a_killed_calibration_goes_on_to_the_same_result(python: Python, tmp_path: Path) -> None:
    """SIGKILL mid-way, with two workers; the second start and a run never killed agree."""
    file = tmp_path / "a" / "to-2022" / "internet_users.jsonl"
    first = python(CALIBRATE.format(bank="a", out="one", workers=2))
    wait_for(file, 2, first)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=30)  # ends only when no worker holds the pipe any more
    left = file.read_bytes()
    assert 2 <= left.count(b"\n") < 9
    assert not (tmp_path / "one").exists()
    time.sleep(0.5)
    assert file.read_bytes() == left  # no worker has outlived it
    # What a writer killed in the middle of a line would leave.
    file.write_bytes(left + left[:100])

    for bank, out in (("a", "one"), ("b", "two")):
        process = python(CALIBRATE.format(bank=bank, out=out, workers=1))
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors.decode()
    assert file.read_bytes().startswith(left)
    for name in ("posterior.csv", "parameters.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    draws = read_draws(tmp_path / "one" / "posterior.csv")
    assert len(draws) == shipped.COUNT
    assert {name.split(".")[0] for name in draws[0]} == {
        "adoption",
        "affordability",
        "infrastructure",
        "payments",
    }


def test_an_interrupt_keeps_finished_runs_and_says_so(python: Python, tmp_path: Path) -> None:
    file = tmp_path / "bank" / "to-2022" / "internet_users.jsonl"
    process = python(CALIBRATE.format(bank="bank", out="one", workers=1))
    wait_for(file, 1, process)
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"the same command goes on from them" in errors
    assert b"Traceback" not in errors
    assert everything(tmp_path) >= {"bank/to-2022/internet_users.jsonl"}
    assert not (tmp_path / "one").exists()


def test_shipped_draws_are_of_declared_parameters_inside_their_bounds() -> None:
    draws = shipped.draws()
    assert len(draws) == shipped.COUNT
    names = {name for name, entry in parameters().items() if entry.role == "calibrated"}
    assert set(draws[0]) <= names
    assert any(name.startswith("adoption.") for name in draws[0])
    assert any(name.startswith("payments.") for name in draws[0])
    assert len({tuple(draw.values()) for draw in draws}) > shipped.COUNT // 2
