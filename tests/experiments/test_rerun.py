"""Runs carried out again: equal to the last bit, or the first figure that moved is named."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from divide.experiments import sweep
from divide.experiments.carry.rerun import first_moved, rerun
from divide.experiments.cli.main import main
from divide.experiments.keep.identity import ROOT
from divide.experiments.keep.provenance import commit
from divide.experiments.plan.comparison_file import read_asked
from divide.experiments.plan.experiment import Experiment
from divide.model.declare.errors import InputError

#: A model of one's own that keeps a country table by quarter, one figure of which can be moved.
OWN = """\
import pandas as pd

def simulate(experiment, run):
    quarters = [(2022, 1), (2022, 2), (2023, 1), (2023, 2)]
    rows = [(c, *q, 0.5 + run.replicate) for q in quarters for c in ("KEN", "LAO")]
    country = pd.DataFrame(rows, columns=["iso3", "year", "quarter", "online"])
    country.loc[country.index[5], "online"] += {added}
    model = pd.DataFrame({{"year": [2023], "usage_gini": [0.25]}})
    return {{"country": country, "model": model}}
"""


def invoke(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(map(str, arguments)))
    return done.exit_code, done.stdout, done.stderr


def test_a_comparison_again_is_equal_to_the_last_bit(folder: Path) -> None:
    code, said, _ = invoke("rerun", folder, "--workers", 1)
    assert (code, said.strip()) == (0, f"every bit equal: 4 runs of {folder}")
    code, said, _ = invoke("rerun", folder, "--workers", 1, "--runs", 1)
    assert (code, said.strip()) == (0, f"every bit equal: 1 of 4 runs of {folder}")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the model of one's own, which is then the one that processes load."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(added: str) -> None:
        (tmp_path / "moving.py").write_text(OWN.format(added=added))
        sys.modules.pop("moving", None)

    return write


def test_the_first_column_country_and_quarter_that_moved_are_named(
    own: Callable[[str], None], tmp_path: Path
) -> None:
    own("0")
    experiment = Experiment.from_mapping(
        {"policies": ["balanced"], "outcomes": ["usage_gini"], "replicates": 2}
    )
    place = sweep(experiment, tmp_path / "held", 1, threads=True, simulate="moving:simulate").folder
    assert rerun(place).equal
    own("2 ** -52")
    code, said, complained = invoke("rerun", place, "--workers", 1)
    assert code == 1
    assert "not as it was: moving.py changed" in complained
    head, figure, *_ = said.splitlines()
    assert head.startswith("4 of 4 runs moved, the first is run 0 (policy status_quo")
    assert figure.strip() == (
        "country.online at year 2023, quarter 1, iso3 LAO: 0.5 then, 0.5000000000000002 now"
    )


def test_every_way_of_moving_is_seen() -> None:
    table = pd.DataFrame({"year": [2022, 2021], "iso3": ["KEN", "LAO"], "x": [0.0, np.nan]})
    assert first_moved("country", table, table.copy()) is None
    for column, row, value in (
        ("x", 0, -0.0),
        ("x", 1, 1.0),
        ("iso3", 1, "KEN"),
        ("year", 0, 2020),
    ):
        other = table.copy()
        other.loc[row, column] = value
        moved = first_moved("country", table, other)
        assert moved is not None
        assert (moved.column, moved.columns) == (column, 1)
    both = table.assign(x=table["x"].fillna(0) + 1)
    moved = first_moved("country", table, both)
    assert moved is not None
    assert moved.where == {"year": 2021, "iso3": "LAO"}, "the earliest, not the first row"
    gone = first_moved("country", table, table.drop(columns="x"))
    more = first_moved("country", table, table.iloc[:1])
    assert gone is not None
    assert more is not None
    assert ((gone.column, gone.after), (more.column, more.after)) == (("x", None), ("rows", 1))


def test_what_the_folder_writes_runs_again_to_its_digest(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = json.loads((folder / "manifest.json").read_text())
    assert told["commit"] == commit(ROOT)
    assert len(told["code_digest"]) == 64
    for command in ("run", "--scenario", folder / "comparison.yaml"), ("sweep", folder):
        code, _, complained = invoke(*command, "--threads", "--out", command[0])
        assert code == 0, complained
        again = json.loads((tmp_path / command[0] / "manifest.json").read_text())
        assert again["result_digest"] == told["result_digest"]


def test_drawn_parameters_of_any_posterior_come_back(tmp_path: Path) -> None:
    posterior = tmp_path / "mine.csv"
    posterior.write_text("adoption.imitation\n0.31\n0.3300000000000001\n")
    arguments = ("--firms", 400, "--until", 2023, "--draws", 2, "--posterior", posterior)
    code, _, complained = invoke("run", *arguments, "--threads", "--out", tmp_path / "one")
    assert code == 0, complained
    code, _, complained = invoke(
        "run", "--scenario", tmp_path / "one/comparison.yaml", "--threads", "--out",
        tmp_path / "two",
    )  # fmt: skip
    assert code == 0, complained
    one, two = (
        json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two")
    )
    assert one["identity"] == two["identity"]
    assert one["result_digest"] == two["result_digest"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("policies: {}\n", "policies: names none"),
        ("policies: [balanced]\n", "policies: "),
        ("policies: {a: balanced}\n", "policies.a: must be written out"),
        ("policies: {a: {levers: {five_gee: 1}}}\n", "did you mean 'five_g'"),
        ("policies: {a: {}}\ndraws: 2\nreplicates: 3\n", "replicates: stands beside draws"),
        ("policies: {a: {}}\ndraws: -1\n", "draws: -1 is out of range"),
        ("policies: {a: {}}\npolicy: balanced\n", "policy"),
        ("policies: {a: {}}\nstart: 1999\n", "start: 1999 is out of range"),
    ],
)
def test_a_bad_comparison_is_refused_with_its_line(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_asked(path)
    assert f"{path}, line " in str(refused.value)
    assert says in str(refused.value)
