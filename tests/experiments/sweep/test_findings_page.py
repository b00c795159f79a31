"""The page of findings tells what its sweeps hold."""

import pandas as pd
import pytest

from divide.experiments.plan.draws import read_draws
from divide.experiments.read import findings, findings_page
from divide.experiments.read.findings import AS_IS, MEASURES, PRICE, TREND, Variant
from divide.experiments.read.load import Sweep


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory) -> dict[str, Sweep]:
    """A year of each variant that a part of the page is about, on two draws."""
    place = tmp_path_factory.mktemp("sweeps")
    short = {"until": 2023, "firms": 400}
    return {
        variant.name: findings.run(
            findings.experiment(
                Variant(variant.name, variant.what, short, variant.parameters),
                4 if variant is AS_IS else 2,
            ),
            place / variant.name,
            1,
        )
        for variant in (AS_IS, *TREND, *PRICE)
    }


@pytest.fixture
def text(sweeps, monkeypatch) -> str:
    monkeypatch.setattr(findings_page, "VARIANTS", (AS_IS, *TREND, *PRICE))
    monkeypatch.setattr(findings_page.invariance, "section", lambda added, until: "levels\n")
    return findings_page.page(sweeps, pd.DataFrame())


def test_the_fate_of_the_common_trend_comes_first(text: str, sweeps) -> None:
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## First: the fate of the common trend"
    assert [f"## {measure.title}" in headings for measure in MEASURES] == [True] * len(MEASURES)
    [offline] = [measure for measure in MEASURES if measure.name == "people_offline"]
    for variant in TREND:
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{variant.name}`: ")]
        middle = findings.values(sweeps[variant.name], offline)["status_quo"].median()
        assert row.split("|")[2].split("(")[0].strip() == f"{middle:,.0f}"


def test_it_says_on_how_many_draws_it_stands(text: str) -> None:
    joined = " ".join(text.split())
    assert "on 4 draws of all that is uncertain" in joined
    assert f"in turn the {len(read_draws('shipped'))} rows of the posterior" in joined
    assert "(2 draws each, the same for all variants)" in joined


def test_every_ranking_is_a_finding_or_open(text: str, sweeps) -> None:
    rows = [line for line in text.splitlines() if line.startswith("| Person-years online gained")]
    _, measure, pairs, found, by_draws, by_variant, _ = rows[0].split("|")
    assert int(pairs) == int(found) + int(by_draws) + int(by_variant)
    assert measure.strip() == MEASURES[0].title
