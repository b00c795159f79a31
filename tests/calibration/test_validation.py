import numpy as np
import pytest

from divide.calibration.score.patterns import Check, Pattern
from divide.calibration.score.recovery import Recovery
from divide.calibration.write import plots, validation

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
    failed = validation.pattern_table([Pattern("falls", False, "it rose")])
    assert "| falls | **fail** | it rose |" in failed
    assert "outside" in validation.check_table([Check("Gini", 2010, 0.5, 0.1, 0.2)])


def test_headline_marks_keep_what_surrounds_them():
    page = "a\n<!-- begin:headline -->\nold\n<!-- end:headline -->\nb\n"
    new = validation.HEADLINE.sub(lambda m: m[1] + "| new |\n" + m[2], page)
    assert new == "a\n<!-- begin:headline -->\n| new |\n<!-- end:headline -->\nb\n"
