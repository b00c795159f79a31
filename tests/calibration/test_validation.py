import re

import numpy as np
import pytest

from divide.calibration.score.backtest import cut
from divide.calibration.score.free import Free
from divide.calibration.score.patterns import Check, Pattern
from divide.calibration.score.recovery import Recovery
from divide.calibration.score.rows import as_row
from divide.calibration.score.scores import Difference
from divide.calibration.score.series import SERIES, Level
from divide.calibration.score.unseen import Unseen
from divide.calibration.write import plots, use, validation

YEARS = np.arange(2016, 2020)


@pytest.fixture
def recovered():
    rng = np.random.default_rng(1)
    rank = rng.random((100, 2))
    return Recovery(
        ("toy.a", "toy.b"), rank, (rank > 0.05) & (rank < 0.95), np.array([0.5, 0]), np.ones(2)
    )


def test_a_jump_is_told_from_a_surge_a_fall_and_a_crawl():
    def tell(actual, known=0.2):
        return validation.what_happened(YEARS, known, np.array(actual))

    assert tell([0.22, 0.45, 0.46, 0.47]) == "+23 points in the figure of 2017"
    assert tell([0.26, 0.32, 0.39, 0.46]).startswith("rose 5 points a year or more")
    assert tell([0.19, 0.18, 0.17, 0.16]) == "fell"
    assert tell([0.21, 0.22, 0.23, 0.24]) == "rose slowly"
    # Eight points a year over a gap of three years are no jump.
    assert tell([np.nan, np.nan, 0.44, np.nan]).startswith("rose 5 points")


def test_figures_are_the_same_bytes_every_time(recovered, tmp_path):
    for name in ("one.svg", "two.svg"):
        plots.rank_histograms(recovered, tmp_path / name)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two
    assert b"<svg" in one


def test_tables_say_what_is_missed(recovered):
    text = validation.recovery_table(recovered)
    assert text.count("\n") == 4
    narrow = Recovery(
        recovered.names, recovered.rank, recovered.rank > 0.5, np.zeros(2), np.ones(2)
    )
    assert "**missed**" in validation.recovery_table(narrow)
    (bar,) = validation.recovery_bars({"toy": narrow})
    assert bar[-1] == "**missed**"
    few = Recovery(recovered.names, recovered.rank[:5], recovered.inside[:5], *[np.zeros(2)] * 2)
    assert validation.recovery_table(few).count("too few sets") == 2
    assert list(validation.recovery_bars({"toy": few})) == []
    failed = validation.pattern_table([Pattern("falls", False, "it rose")])
    assert "| falls | **fail** | it rose |" in failed
    assert "outside" in validation.check_table([Check("Gini", 2010, 0.5, 0.1, 0.2)])


def test_headline_marks_keep_what_surrounds_them():
    page = "a\n<!-- begin:headline -->\nold\n<!-- end:headline -->\nb\n"
    new = validation.HEADLINE.sub(lambda m: m[1] + "| new |\n" + m[2], page)
    assert new == "a\n<!-- begin:headline -->\n| new |\n<!-- end:headline -->\nb\n"


def test_the_page_is_whole(small, recovered, monkeypatch):
    """Every mark of the template is filled, and a bar missed is counted as missed."""
    monkeypatch.setattr(use, "ROWS", (use.Asked(2007, 2010, 0.1, 5.0, 9.0),))
    row = as_row(small.result, 0.1)
    level = Level(100, 20.0, 25.0, 8.0, 0.5, 6.0, 0.4)
    gap = Difference(-0.1, -0.2, 0.1, 0.3)
    found = validation.Found(
        amount=validation.Amount(sets=7),
        rows=[row],
        more=[row],
        yearly=[as_row(cut(small.result, 2008))],
        long=[row],
        free=[Free(2003, 1.0, 0.01, (1.0, -2.0, 2.0), 5.0)],
        flags=None,
        series={name: [row] for name in SERIES},
        level=level,
        recoveries=dict.fromkeys((validation.USE, validation.ACCOUNTS), recovered),
        unseen=Unseen(100, 700, 6.0, 5.0, 5.5, gap, gap, -1.0),
        tests=[Pattern("falls", True, "it fell")],
        checks=[Check("Gini", 2010, 0.5, 0.4, 0.6)],
    )
    page = validation.page(found)
    assert "{{" not in page
    assert "nan" not in page
    assert "7 truths are drawn" in page
    assert f"| 2007 → 2010 | MAE at most 0.10 | {row.model['mae']:.2f} | **missed** |" in page
    assert "not asked: drawn from the prior" in page
    kept, every = map(int, re.search(r"(\d+) of (\d+) bars are met", page).groups())
    assert 0 < kept < every
    assert every == validation.bars(found).count("\n") - 2
