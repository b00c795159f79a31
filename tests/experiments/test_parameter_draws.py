"""Runs on draws of fitted parameters: which draw meets which run, and what is refused."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from divide.experiments.cli.main import main
from divide.experiments.plan.comparison import comparison
from divide.experiments.plan.draws import draws_text, read_draws
from divide.experiments.plan.intervals import prediction_interval
from divide.experiments.read.compare import compare
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

DRAWS = (
    {"adoption.imitation": 0.2, "affordability.dispersion": 1.0},
    {"adoption.imitation": 0.5, "affordability.dispersion": 1.4},
)
SHORT = Scenario(start=2021, until=2022, firms=400)
SMALL = ("--firms", "400", "--start", "2021", "--until", "2022", "--replicates", "2")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "draws.csv"
    path.write_text(draws_text(DRAWS), encoding="utf-8")
    return path


def test_what_is_written_is_read_back(file: Path) -> None:
    assert read_draws(file) == DRAWS


def test_every_policy_meets_the_same_draw(package: Path) -> None:
    policies = (Policy.load("status_quo"), Policy.load(package))
    asked = comparison(policies, SHORT, 2, DRAWS)
    runs = [asked.run(number) for number in range(len(asked))]
    assert [(run.point, run.policy, run.scenario.seed, run.scenario.draw) for run in runs] == [
        (0, "status_quo", 1, 1), (0, "wires", 1, 1), (1, "status_quo", 2, 2), (1, "wires", 2, 2)
    ]  # fmt: skip
    assert [dict(run.scenario.parameters) for run in runs] == [
        DRAWS[0], DRAWS[0], DRAWS[1], DRAWS[1]
    ]  # fmt: skip
    assert tuple(factor.name for factor in asked.factors) == tuple(DRAWS[0])
    assert asked.digest != comparison(policies, SHORT, 2).digest
    assert asked.digest != comparison(policies, SHORT, 2, DRAWS[::-1]).digest


def test_a_value_set_in_the_scenario_stays() -> None:
    base = Scenario(start=2021, until=2022, firms=400, parameters={"adoption.imitation": 0.3})
    asked = comparison((Policy.load("status_quo"),), base, 2, DRAWS)
    runs = [asked.run(number).scenario for number in range(len(asked))]
    assert [run.parameters["adoption.imitation"] for run in runs] == [0.3, 0.3]
    assert [run.parameters["affordability.dispersion"] for run in runs] == [1.0, 1.4]
    assert [factor.name for factor in asked.factors] == ["affordability.dispersion"]


def test_with_every_drawn_value_set_nothing_is_drawn() -> None:
    base = Scenario(start=2021, until=2022, firms=400, parameters=dict(DRAWS[0]))
    asked = comparison((Policy.load("status_quo"),), base, 2, DRAWS)
    assert asked.digest == comparison((Policy.load("status_quo"),), base, 2).digest


def test_intervals_are_of_one_more_draw(package: Path) -> None:
    policies = (Policy.load("status_quo"), Policy.load(package))
    found = compare(policies, SHORT, 2, DRAWS)
    end = found.at_end()["usage_mean"]
    gaps = (end.loc["wires"] - end.loc["status_quo"]).to_numpy()
    table = found.differences().set_index("outcome").loc["usage_mean"]
    half = stats.t.ppf(0.975, 1) * gaps.std(ddof=1) * math.sqrt(1.5)
    assert table["hi95"] - table["difference"] == pytest.approx(half, rel=1e-9)
    # The draws matter: the status quo itself differs between replicates.
    assert abs(np.diff(end.loc["status_quo"])[0]) > 1e-4


def test_prediction_interval_covers_its_nominal_share() -> None:
    """Bounds: 4.5 standard errors of a proportion about 95 %, 4,000 draws."""
    values = np.random.default_rng(8).normal(3.0, 2.0, (4_000, 6))
    inside = [
        low <= row[-1] <= high
        for row, (_, low, high) in zip(values, map(prediction_interval, values[:, :5]), strict=True)
    ]
    assert abs(np.mean(inside) - 0.95) < 4.5 * math.sqrt(0.95 * 0.05 / 4_000)


def test_the_command_says_what_the_intervals_cover(file: Path, package: Path) -> None:
    arguments = ["run", "--policy", str(package), *SMALL, "--posterior"]
    result = CliRunner().invoke(main, [*arguments, str(file), "--out", "one"])
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "joint uncertainty of 2 fitted parameters (2 posterior draws)" in said
    assert "and Monte-Carlo uncertainty" in said
    assert "Monte-Carlo uncertainty only" not in said
    assert "joint uncertainty of 2 fitted parameters" in Path("one/report.html").read_text()
    manifest = json.loads(Path("one/manifest.json").read_text())
    assert manifest["parameters_drawn"] == list(DRAWS[0])
    assert read_draws("one/parameters.csv") == DRAWS
    # The folder's own draws give the same figures again.
    again = CliRunner().invoke(main, [*arguments, "one/parameters.csv", "--out", "two"])
    assert again.exit_code == 0, again.stderr
    one, two = (pd.read_csv(f"{name}/differences.csv") for name in ("one", "two"))
    assert one.equals(two)


NAME = "adoption.imitation"
REFUSED = {
    "missing": (None, "cannot be read"),
    "empty": (b"", "holds no draw"),
    "header only": (NAME.encode() + b"\n", "holds no draw"),
    "misspelt": (b"adoption.imitaton\n0.3\n", "did you mean 'adoption.imitation'"),
    "twice": (f"{NAME},{NAME}\n0.3,0.3\n".encode(), "stands twice"),
    "ragged": (f"{NAME}\n0.3\n0.3,0.4\n".encode(), "draw 2: has 2 values for 1 names"),
    "text": (f"{NAME}\nmuch\n".encode(), "draw 1: adoption.imitation: 'much' is not a number"),
    "nan": (f"{NAME}\nnan\n".encode(), "nan is out of range"),
    "outside": (f"{NAME}\n7\n".encode(), "7 is out of range; allowed: 0.15 to 0.6"),
    "binary": (b"\xff\xfe\x00", "is not a text file in UTF-8"),
    "quote": (b'"adoption.imitation\n0.3\n', "divide: "),
    "few": (f"{NAME}\n0.3\n".encode(), "replicates: 2 runs of each policy need as many draws"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_in_one_line(
    name: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, message = REFUSED[name]
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    result = CliRunner().invoke(main, ["run", *SMALL, "--posterior", str(file)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("divide: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_shipped_draws_can_be_read() -> None:
    assert len(read_draws("shipped")) >= 16
    with pytest.raises(InputError, match="--posterior nothing: cannot be read"):
        read_draws("nothing")
