"""The commands `divide backtest` and `divide calibrate`, whole: files, refusals, being killed."""

import contextlib
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
import psutil
import pytest
from click.testing import CliRunner

from divide.calibration.score import backtest
from divide.calibration.score.backtest import SCORES
from divide.calibration.score.baselines import BASELINES
from divide.calibration.write import shipped
from divide.experiments.cli.main import main
from divide.experiments.keep.ledger import Ledger
from divide.experiments.plan.draws import read_draws
from divide.model.declare.errors import InputError
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
        assert row.prior == parameters()[row.name].prior.describe()
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
    "late": (["--origin", "2022", "--until", "2030"], "origin: 2022 is out of range"),
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


SLOW = """\
import os, time
import numpy as np
from divide.calibration.fit.bank import simulate as whole
from divide.calibration.fit.sample import SPREAD, cut_values, from_normal, sampled_names

def begin(what):
    with open("log", "a") as file:
        file.write(f"{os.getpid()} {what}\\n")
    time.sleep(float(os.environ["SLOW"]))

def simulate(names, point, window, indicator, held):
    begin(f"{indicator} {point}")
    return whole(names, point, window, indicator, held)

def chain(last, stratum, size, hidden):
    begin(f"internet_users {stratum}")
    names, given = sampled_names(), cut_values(size.strata)[stratum]
    z = np.random.default_rng(stratum).standard_normal((8, len(names)))
    return np.array([[*from_normal(names, one).values(), *given.values()] for one in z])

def fit_spread(last, values):
    begin("internet_users spread")
    return dict.fromkeys(SPREAD, 0.3)
"""
#: Every call but those of chains and of the spread is the model's own.
CALIBRATE = """\
if __name__ == "__main__":
    import os
    os.environ["SLOW"] = "{slow}"
    import slow
    import divide.calibration.score.backtest as b
    import divide.calibration.fit.bank as bank
    from divide.calibration.fit import sample, spread
    from divide.experiments.cli.main import main
    b.WAVES = (7, 2)
    b.SIZE = sample.Size(strata=4)
    whole = bank.windows
    b.windows = lambda *args: whole(*args)[:1]
    bank.simulate, sample.chain, spread.fit_spread = slow.simulate, slow.chain, slow.fit_spread
    main(["calibrate", "--bank", "{bank}", "--out", "{out}", "--workers", "{workers}"])
"""
Calibrate = Callable[..., subprocess.Popen]


@pytest.fixture
def calibrate(python: Python, tmp_path: Path) -> Calibrate:
    """Starts a small calibration each of whose runs takes so many seconds and leaves a line."""
    (tmp_path / "slow.py").write_text(SLOW)

    def start(bank: str, out: str, workers: int, slow: float = 0.0) -> subprocess.Popen:
        return python(CALIBRATE.format(bank=bank, out=out, workers=workers, slow=slow))

    return start


def begun(folder: Path) -> list[tuple[str, str]]:
    """Process and run of each line left so far."""
    log = folder / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [tuple(line.split(" ", 1)) for line in lines]


def to_the_end(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors.decode()


def acknowledged(fit: Path) -> dict[int, bytes]:
    """Content of each run that the bank of a fit holds; none before there is one."""
    for place in fit.glob("*"):
        with contextlib.suppress(InputError), Ledger(place) as ledger:
            return {run: content for run, _, content in ledger.contents()}
    return {}


def wait_for(condition: Callable[[], object], process: subprocess.Popen) -> None:
    begun = time.monotonic()
    while not condition():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() - begun < 120
        time.sleep(0.02)


def killed(process: subprocess.Popen) -> None:
    """SIGKILL; no worker outlives the command."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)  # ends only when no worker holds the pipe any more
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive


def test_a_killed_calibration_goes_on_to_the_same_result(
    calibrate: Calibrate, tmp_path: Path
) -> None:
    """SIGKILL amid chains and amid runs, with two workers; a run never killed agrees."""
    sampled, fit = (tmp_path / "a" / "to-2022" / name for name in ("sampled", "fixed_broadband"))
    first = calibrate("a", "one", 2, slow=1.0)
    wait_for(lambda: list(sampled.rglob("stratum-*.json")), first)
    killed(first)
    strata = {path: path.read_bytes() for path in sampled.rglob("stratum-*.json")}
    assert 1 <= len(strata) < 4

    (tmp_path / "log").unlink()
    second = calibrate("a", "one", 2, slow=1.0)
    wait_for(lambda: len(acknowledged(fit)) >= 2, second)
    killed(second)
    chains = [run for _, run in begun(tmp_path) if run.startswith("internet_users")]
    assert len(chains) == 4 - len(strata) + 1, "chains that are missing, and the spread"
    assert all(path.read_bytes() == before for path, before in strata.items())
    left = acknowledged(fit)
    assert 2 <= len(left) < 9
    assert not (tmp_path / "one").exists()

    (tmp_path / "log").unlink()
    to_the_end(calibrate("a", "one", 1))
    again = [run for _, run in begun(tmp_path)]
    assert not [run for run in again if run.startswith("internet_users")]
    assert len([run for run in again if run.startswith("fixed_broadband")]) == 9 - len(left)
    assert acknowledged(fit).items() >= left.items()
    to_the_end(calibrate("b", "two", 1))
    same_results(tmp_path)
    draws = read_draws(tmp_path / "one" / "posterior.csv")
    assert len(draws) == shipped.COUNT
    assert {name.split(".")[0] for name in draws[0]} == {
        "adoption",
        "infrastructure",
        "payments",
    }


def same_results(folder: Path) -> None:
    for name in ("posterior.csv", "parameters.csv"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_a_killed_worker_costs_one_run_which_is_made_again(
    calibrate: Calibrate, tmp_path: Path
) -> None:
    """kill -9 of a worker in the middle of a run, and of another later."""
    process = calibrate("a", "one", 2, slow=0.3)
    lost = 0
    for goal in (2, 9):
        wait_for(lambda goal=goal: len(begun(tmp_path)) >= goal, process)
        os.kill(int(begun(tmp_path)[-1][0]), signal.SIGKILL)
        lost += 1
    to_the_end(process)
    lines = begun(tmp_path)
    again = len(lines) - len({run for _, run in lines})
    assert again == lost, "what the killed worker had in hand is begun again, and nothing else"
    assert len({pid for pid, _ in lines}) == 4
    to_the_end(calibrate("b", "two", 1))
    same_results(tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_keeps_finished_runs_and_says_so(
    workers: int, calibrate: Calibrate, tmp_path: Path
) -> None:
    process = calibrate("bank", "one", workers, slow=0.3)
    wait_for(lambda: len(begun(tmp_path)) > workers, process)
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"the same command goes on from them" in errors
    assert b"Traceback" not in errors
    assert list((tmp_path / "bank" / "to-2022" / "sampled").rglob("stratum-*.json"))
    assert not (tmp_path / "one").exists()


def test_shipped_draws_are_of_declared_parameters_inside_their_bounds() -> None:
    draws = shipped.draws()
    assert len(draws) == shipped.COUNT
    names = {name for name, entry in parameters().items() if entry.role == "calibrated"}
    assert set(draws[0]) <= names
    assert any(name.startswith("adoption.") for name in draws[0])
    assert any(name.startswith("payments.") for name in draws[0])
    assert len({tuple(draw.values()) for draw in draws}) > shipped.COUNT // 2
