"""Scores of women per man online for whoever has the figures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.calibration.score import women
from divide.model.world import load_world
from divide.model.world.add import add

YEARS = (2008, 2012, 2016)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with made-up figures: gaps close by 4 % a year in every country."""
    folder, out = tmp_path_factory.mktemp("figures"), tmp_path_factory.mktemp("world") / "tables"
    rows = [
        (
            iso3,
            year,
            "internet_use_women_per_man",
            float(np.exp(np.log(0.7) * 0.96 ** (year - 2008))),
        )
        for iso3 in load_world(2012).iso3[::4]
        for year in YEARS
    ]
    pd.DataFrame(rows, columns=["iso3", "year", "indicator", "value"]).to_csv(
        folder / "internet_gender_parity_knots.csv", index=False
    )
    add(folder, out)
    return out


def test_the_usual_pace_is_that_of_the_figures_known_at_the_start(tables: Path) -> None:
    known = women.pace(load_world(2012, tables=tables))
    assert known == pytest.approx((1 - 0.96**4) / 4, rel=1e-3)
    assert women.pace(load_world(2008, tables=tables)) == 0.0


def test_a_start_is_scored_on_each_countrys_next_figure(tables: Path) -> None:
    found = women.scores(2012, tables)
    assert found is not None
    assert found.figures == len(load_world(2012).iso3[::4])
    now, then = (float(np.exp(np.log(0.7) * 0.96**k)) for k in (4, 8))
    assert found.unchanged == pytest.approx(then - now, abs=2e-3)
    assert found.closing < 0.2 * found.unchanged
    assert 0 < found.model < 0.1
    assert abs(found.bias) <= found.model


def test_nothing_is_scored_where_nobody_was_surveyed_later(tables: Path) -> None:
    assert women.scores(2016, tables) is None
