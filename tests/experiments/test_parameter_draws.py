"""Runs on draws of fitted parameters: which draw meets which run, and what is refused."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import divide
from divide.experiments.cli.main import main
from divide.experiments.plan.comparison import comparison
from divide.experiments.plan.draws import draws_text, read_draws
from divide.experiments.plan.intervals import predictive
from divide.experiments.plan.uncertainty import futures
from divide.experiments.read.compare import Comparison, compare
from divide.experiments.report.report import charts
from divide.experiments.report.series import Series
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

DRAWS = (
    {"adoption.imitation": 0.2, "adoption.income": 1.0},
    {"adoption.imitation": 0.5, "adoption.income": 1.4},
)
#: What intervals of forecasts have held, in a table of the report: any number.
HELD = re.compile(r'<td class="n">\d+ %</td>')
SHORT = Scenario(start=2021, until=2022, firms=400)
SMALL = ("--firms", "400", "--start", "2021", "--until", "2022", "--draws", "2")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "draws.csv"
    path.write_text(draws_text(DRAWS), encoding="utf-8")
    return path


def test_what_is_written_is_read_back(file: Path) -> None:
    assert read_draws(file) == DRAWS


def test_every_policy_meets_the_same_draw(package: Path, file: Path) -> None:
    policies = (Policy.load("status_quo"), Policy.load(package))
    drawn = futures(2, SHORT, file)
    asked = comparison(policies, SHORT, futures=drawn)
    runs = [asked.run(number) for number in range(len(asked))]
    assert [(run.point, run.policy, run.scenario.seed, run.scenario.draw) for run in runs] == [
        (0, "status_quo", 1, 0), (0, "wires", 1, 0), (1, "status_quo", 2, 1), (1, "wires", 2, 1),
        (2, "status_quo", 3, 2), (2, "wires", 3, 2),
    ]  # fmt: skip
    for draw, (one, other) in zip(DRAWS, ((2, 3), (4, 5)), strict=True):
        values = runs[one].scenario.parameters
        assert values == runs[other].scenario.parameters
        assert {name: values[name] for name in draw} == draw
    assert {factor.name for factor in asked.factors} >= set(DRAWS[0])
    assert asked.digest != comparison(policies, SHORT, 2).digest
    assert asked.digest != comparison(policies, SHORT, futures=futures(2, SHORT)).digest


def test_a_value_set_in_the_scenario_stays(file: Path) -> None:
    base = Scenario(start=2021, until=2022, firms=400, parameters={"adoption.imitation": 0.3})
    asked = comparison((Policy.load("status_quo"),), base, futures=futures(2, base, file))
    runs = [asked.run(number).scenario for number in range(len(asked))]
    assert [run.parameters["adoption.imitation"] for run in runs] == [0.3, 0.3, 0.3]
    central = parameters()["adoption.income"].value
    income = [run.parameters["adoption.income"] for run in runs]
    assert income == [central, 1.0, 1.4]
    assert "adoption.imitation" not in [factor.name for factor in asked.factors]


@pytest.fixture(scope="module")
def drawn(package: Path) -> Comparison:
    """A comparison over twenty draws; not to be changed."""
    policies = (Policy.load("status_quo"), Policy.load(package))
    return compare(policies, replace(SHORT, firms=2_000), draws=20)


def test_figures_are_medians_and_intervals_hold_nine_of_ten_draws(drawn: Comparison) -> None:
    table = drawn.differences()
    assert list(table.columns) == [
        "outcome", "unit", "policy", "reference_median", "policy_median", "difference", "lo90",
        "hi90", "draws", "reference_lo90", "reference_hi90", "policy_lo90", "policy_hi90",
        "reference_central", "policy_central", "difference_central",
    ]  # fmt: skip
    end = drawn.at_end()
    for row in table.itertuples():
        before, after = (end.loc[name, row.outcome].to_numpy() for name in drawn.names)
        assert row.draws == 20 and len(before) == 21
        assert (row.reference_central, row.policy_central) == pytest.approx((before[0], after[0]))
        levels = (row.reference_median, row.reference_lo90, row.reference_hi90)
        assert levels == pytest.approx(predictive(before[1:]), nan_ok=True)
        levels = (row.policy_median, row.policy_lo90, row.policy_hi90)
        assert levels == pytest.approx(predictive(after[1:]), nan_ok=True)
        found = predictive(after[1:] - before[1:])
        assert (row.difference, row.lo90, row.hi90) == pytest.approx(found, nan_ok=True)
    # The draws matter: the status quo itself differs between them.
    assert np.ptp(end.loc["status_quo", "usage_mean"][1:]) > 1e-3


def test_the_central_run_is_that_without_draws(drawn: Comparison) -> None:
    policies = list(drawn.experiment.policies.values())
    alone = compare(policies, drawn.base, replicates=1).at_end()
    central = drawn.at_end().xs(0, level="replicate", drop_level=False)
    pd.testing.assert_frame_equal(central, alone, check_exact=True)


def test_every_country_has_its_interval(drawn: Comparison) -> None:
    table = drawn.countries().set_index(["policy", "column", "iso3"])
    assert len(table) == 2 * len(drawn.experiment.countries) * 188
    country = drawn.tables["country"].query("year == 2022")
    for column in ("internet_users", "exports"):
        wide = country.pivot_table(index="replicate", columns=["policy", "iso3"], values=column)
        wires, before = (wide[name]["KEN"].to_numpy() for name in ("wires", "status_quo"))
        row = table.loc[("wires", column, "KEN")]
        assert row["central"] == wires[0]
        assert row[["middle", "low", "high"]].tolist() == pytest.approx(predictive(wires[1:]))
        found = predictive(wires[1:] - before[1:])
        names = ["difference", "difference_low", "difference_high"]
        assert row[names].tolist() == pytest.approx(found)
        assert table.loc[("status_quo", column, "KEN"), names].isna().all()


def test_spending_is_the_mean_of_the_draws(drawn: Comparison) -> None:
    spend = drawn.tables["spend"].query("replicate > 0")
    assert drawn.cost("wires") == pytest.approx(spend["usd"].sum() / 20)


def test_charts_show_the_median_and_the_interval(drawn: Comparison) -> None:
    series = Series(drawn)
    path = series.path(drawn.sample("model"), "wires", "usage_mean")
    last = drawn.at_end().loc["wires", "usage_mean"][1:]
    assert path.loc[2022.0].tolist() == pytest.approx(predictive(last.to_numpy()))
    figures = charts(drawn)
    said = [chart for chart in figures if "medians over 20 draws" in chart.caption]
    assert {chart.name for chart in said} >= {"usage-mean", "divides", "groups", "burden"}
    assert not any("replicates" in chart.caption for chart in figures)


def test_one_policy_alone_may_be_drawn() -> None:
    found = divide.run(replace(SHORT, policy="balanced"), draws=3)
    assert found.names == ("balanced",) and found.sampled == 3
    table = found.outcomes().set_index("outcome")
    end = found.at_end().loc["balanced", "usage_mean"].to_numpy()
    assert table.loc["usage_mean", "central"] == end[0]
    spread = table.loc["usage_mean", ["middle", "low", "high"]].tolist()
    assert spread == pytest.approx(predictive(end[1:]))
    central = divide.run(replace(SHORT, policy="balanced"))
    assert central.outcomes["usage_mean"][-1] == end[0]


def test_the_command_says_what_the_intervals_cover(file: Path, package: Path) -> None:
    arguments = ["run", "--policy", str(package), *SMALL, "--posterior"]
    result = CliRunner().invoke(main, [*arguments, str(file), "--out", "one"])
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    count = len(futures(2, SHORT, file)[0].parameters)
    assert "Figures are medians over 2 draws and intervals hold 90 % of what may come; a" in said
    assert f"{count} parameters (the fitted ones jointly" in said
    assert ("90 % interval" in said or "(90 %:" in said) and "95 %" not in said
    assert "Monte-Carlo uncertainty only" not in said
    page = Path("one/report.html").read_text()
    assert "medians over 2 draws" in page and "a central run and 2 draws of each policy" in page
    assert "90 % interval" in page and "95 %" not in HELD.sub("", page)
    online = pd.read_csv("one/differences.csv").set_index("outcome").loc["usage_mean"]
    levels = [100 * online[f"policy_{key}"] for key in ("median", "lo90", "hi90")]
    assert '{:.2f}<br><span class="muted">{:.2f} to {:.2f}</span>'.format(*levels) in page
    assert "adoption.imitation (fitted); adoption.income (fitted)" in page
    assert "adoption.neighbours (uniform, 0 to 0.2)" in page
    shown = re.search(r"<tr><td>Kenya</td>(.*?)</tr>", page)
    table = pd.read_csv("one/countries.csv").set_index(["policy", "column", "iso3"])
    kenya = table.loc[("status_quo", "internet_users", "KEN")]
    figure = f">{100 * kenya['middle']:.1f} ({100 * kenya['low']:.1f} to "
    assert shown and figure.replace("-", "\N{MINUS SIGN}") in shown[1]
    manifest = json.loads(Path("one/manifest.json").read_text())
    assert manifest["draws"] == 2
    assert set(manifest["parameters_drawn"]) >= set(DRAWS[0])
    assert [{name: row[name] for name in DRAWS[0]} for row in read_draws("one/parameters.csv")] == [
        *DRAWS
    ]
    # The folder's own draws give the same figures again.
    again = CliRunner().invoke(main, [*arguments, "one/parameters.csv", "--out", "two"])
    assert again.exit_code == 0, again.stderr
    one, two = (pd.read_csv(f"{name}/differences.csv") for name in ("one", "two"))
    assert one.equals(two)


def test_replicates_of_the_central_run_say_that_they_are_no_more(file: Path, package: Path) -> None:
    small = [*SMALL[:-2], "--replicates", "2", "--out", "one"]
    result = CliRunner().invoke(main, ["run", "--policy", str(package), *small])
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "95 % and cover Monte-Carlo uncertainty only" in said
    assert "2 replicates of each policy" in Path("one/report.html").read_text()
    assert Path("one/countries.csv").exists()


def test_by_default_thirty_two_draws_are_run() -> None:
    """What the command would do, without doing it."""
    made = []

    def stop(experiment: object, *rest: object) -> None:
        made.append(experiment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("divide.experiments.cli.run._run", stop)
        for arguments in ([], ["--draws", "0"], ["--replicates", "3"]):
            assert CliRunner().invoke(main, ["run", *arguments]).exit_code == 0
    assert [len(experiment) for experiment in made] == [2 * 33, 2 * 5, 2 * 3]
    assert [experiment.predictive for experiment in made] == [True, False, False]


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
    "outside": (f"{NAME}\n7\n".encode(), "7 is out of range; allowed: 0.1 to 1.5"),
    "binary": (b"\xff\xfe\x00", "is not a text file in UTF-8"),
    "quote": (b'"adoption.imitation\n0.3\n', "divide: "),
    "few": (f"{NAME}\n0.3\n".encode(), "draws: 2; the posterior holds 1"),
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
