"""Why a country gained, asked from Python, of a folder, and by the command."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import divide as package
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.why import why_of
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario

Call = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_folder_is_explained_by_its_own_runs(folder: Path, comparison: Comparison) -> None:
    found = why_of(folder)
    table = comparison.tables["country"]
    ends = table[(table["year"] == 2022) & (table["replicate"] == 0)]
    online = ends.pivot(index="iso3", columns="policy", values="internet_users")
    whole = found.tables().set_index(["iso3", "term"])["difference"]
    totals = whole.xs("total", level="term")
    assert totals.abs().max() > 1e-8
    np.testing.assert_allclose(
        totals, (online["wires"] - online["status_quo"])[totals.index], rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        whole.drop("total", level="term").groupby("iso3").sum()[totals.index], totals,
        rtol=0, atol=1e-9,
    )  # fmt: skip
    with pytest.raises(InputError, match="has wires"):
        why_of(folder, "balanced")


def test_draws_have_intervals_and_add_up_each() -> None:
    found = package.why("balanced", Scenario(until=2023, firms=400), draws=2)
    table = found.table("KEN").set_index("term")
    assert (table["lo90"] <= table["median"]).all()
    for drawn in found.drawn:
        whole = drawn.policy - drawn.reference
        np.testing.assert_allclose(sum(drawn.terms.values()), whole, rtol=0, atol=1e-9)
    assert not np.array_equal(found.drawn[0].policy, found.drawn[1].policy)
    for country, year in (("XXX", None), ("KEN", 2050)):
        with pytest.raises(InputError, match="2022 to 2023" if year else "three letters"):
            found.table(country, year)


def test_the_command_prints_a_table_and_writes_figure_and_csv(divide: Call, tmp_path: Path) -> None:
    ends = ("--until", "2023", "--workers", "1")
    done = divide("why", "Kenya", "--svg", "why.svg", "--csv", "why.csv", *ends)
    assert done.returncode == 0, done.stderr
    ElementTree.parse(tmp_path / "why.svg")
    table = pd.read_csv(tmp_path / "why.csv")
    assert table["difference"].iloc[:-1].sum() == pytest.approx(table["difference"].iloc[-1])
    assert "Kenya" in (tmp_path / "why.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("etiopia",), "no such country; did you mean 'Ethiopia'?; three letters"),
        (("all",), "--csv"),
        (("KEN", "--year", "2050"), "from 2022 to 2040"),
        (("KEN", "--run", ".", "--until", "2030"), "leave it out"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_line(
    arguments: tuple[str, ...], said: str, divide: Call
) -> None:
    done = divide("why", *arguments)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("divide: ")
    assert said in last
