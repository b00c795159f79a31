"""Coverage some years ahead is scored beside a logistic curve and no change."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.calibration.score.supply import main, pooled_rate, scores
from divide.model.world import load_world
from divide.model.world.add import add

RATE = 0.4


def coverage(k: int, year: int) -> float:
    """Per cent covered in country `k`: log odds rise by `RATE` a year everywhere."""
    return 100 / (1 + np.exp(-(RATE * (year - 2010) + (k % 7) / 3 - 1)))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world whose coverage follows one logistic curve."""
    source, out = tmp_path_factory.mktemp("figures"), tmp_path_factory.mktemp("world") / "tables"
    rows = [
        (code, year, "cov_3g_pct", coverage(k, year))
        for k, code in enumerate(load_world(2022).iso3)
        for year in range(2004, 2016)
    ]
    table = pd.DataFrame(rows, columns=["iso3", "year", "indicator", "value"])
    table.to_csv(source / "coverage.csv", index=False)
    add(source, out)
    return out


def test_a_logistic_history_is_foreseen_by_the_logistic_curve(invented: Path) -> None:
    (score,) = [row for row in scores(2010, invented) if row.column == "mobile"]
    world = load_world(2010, tables=invented)
    assert pooled_rate(world, "coverage_mobile") == pytest.approx(RATE, rel=1e-6)
    assert score.countries == len(world.iso3)
    assert score.logistic == pytest.approx(0, abs=1e-6)
    rises = [coverage(k, 2015) - coverage(k, 2010) for k in range(score.countries)]
    assert score.unchanged == pytest.approx(np.mean(rises) / 100, rel=1e-6)
    assert abs(score.bias) <= score.frontier < score.unchanged + abs(score.bias)
    assert score.frontier > 0.01


def test_without_figures_there_is_nothing_to_score() -> None:
    assert list(scores(2010)) == []


def test_the_command_prints_a_row_for_each_start(
    invented: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("divide.calibration.score.supply.STARTS", range(2009, 2011))
    main([str(invented)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:] if line.startswith("mobile")] == [
        ["mobile", "2009"],
        ["mobile", "2010"],
    ]
