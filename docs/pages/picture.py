"""Draws the picture on the front page from the default comparison.

It runs the status quo and the balanced package as `divide run` does and writes docs/picture.svg.
"""

from pathlib import Path

from divide.experiments.read.compare import compare
from divide.experiments.report import charts_time
from divide.experiments.report.series import Series
from divide.experiments.report.style import styled
from divide.model import Policy, Scenario

PICTURE = Path(__file__).parents[1] / "picture.svg"


def draw() -> str:
    """The chart of the relative and the absolute divide, as SVG."""
    policies = [Policy.load("status_quo"), Policy.load("balanced")]
    with styled():
        drawn = charts_time.divides(Series(compare(policies, Scenario(), replicates=5))).svg
    # Inside a page the chart takes its name space and background from there; alone it needs both.
    return drawn.replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" style="background: white" ', 1
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
