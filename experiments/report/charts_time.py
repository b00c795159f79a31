"""Charts of outcomes over time."""

import textwrap

from divide.experiments.report.series import Series
from divide.experiments.report.style import Chart, panels, svg
from divide.experiments.text.selection import GAP, GINI, SUMMARY
from divide.model.outcomes import DIMENSIONS, OUTCOMES


def single(series: Series, outcome: str, title: str, sentence: str) -> Chart:
    """One outcome over time, and beside it what each policy adds."""
    figure, [[level, added]] = panels(1, 2, (11.0, 3.6))
    series.outcome(level, outcome)
    level.set_title("Level")
    series.effect(added, outcome)
    added.set_title("Difference from the status quo")
    series.name_lines(figure, added)
    name = outcome.replace("_", "-")
    caption = (
        f"{sentence}, end of {series.first} to end of {series.last}: level (left) and difference "
        f"from the status quo on the same random numbers (right). {series.band}"
    )
    return Chart(name, title, svg(figure, name, caption), caption, series.taken())


def divides(series: Series) -> Chart:
    """Relative and absolute inequality between countries, five dimensions side by side."""
    figure, grid = panels(2, len(DIMENSIONS), (11.0, 5.2))
    previous = ""
    for column, (stem, dimension) in enumerate(DIMENSIONS.items()):
        top, bottom = grid[0][column], grid[1][column]
        series.outcome(top, GINI.format(stem))
        top.set_title(dimension.label)
        top.set_ylabel("Gini coefficient" if column == 0 else "")
        unit = series.outcome(bottom, GAP.format(stem)).difference.replace(
            "pp", "percentage points"
        )
        first = "P90 \N{MINUS SIGN} P10, " if column == 0 else ""
        # The unit is written where it differs from the panel to the left.
        bottom.set_ylabel(first + unit if unit != previous else "")
        previous = unit
        for axes in (top, bottom):
            axes.set_ylim(bottom=0)
    series.legend(figure)
    caption = (
        "Inequality between countries weighted by population: the Gini coefficient (top, 0 is "
        "equality) and the distance between the 90th and the 10th percentile (bottom), "
        f"{series.first} to {series.last}. The two can move apart: read them together. "
        f"{series.band}"
    )
    return Chart("divides", "Five divides, relative and absolute",
                 svg(figure, "divides", caption), caption, series.taken())  # fmt: skip


def burden(series: Series) -> Chart:
    """What each policy adds to inclusion, and beside it to debt and dependence."""
    figure, [row] = panels(1, len(SUMMARY), (11.0, 3.2))
    for axes, name in zip(row, SUMMARY, strict=True):
        series.effect(axes, name)
        axes.set_title(textwrap.fill(OUTCOMES[name].label, 40))
    series.legend(figure)
    caption = (
        "Difference from the status quo in inclusion, debt and dependence on the hub's "
        f"jurisdiction, each in its own unit, {series.first} to {series.last}: a policy can raise "
        f"all three. {series.band}"
    )
    chart = svg(figure, "burden", caption)
    return Chart("burden", "Inclusion, debt and dependence", chart, caption, series.taken())
