"""Charts of outcomes over time."""

from experiments.chart import Chart, panels, svg
from experiments.display import shown
from experiments.names import DIMENSIONS, GAP, GINI, SUMMARY
from experiments.paths import BAND, Paths
from model.outcomes import OUTCOMES


def single(paths: Paths, outcome: str, title: str, sentence: str) -> Chart:
    """One outcome over time, wide."""
    figure, [[axes]] = panels(1, 1, (9.0, 3.6))
    paths.outcome(axes, outcome)
    paths.name_lines(figure, axes)
    name = outcome.replace("_", "-")
    caption = f"{sentence}, end of {paths.first} to end of {paths.last}. {BAND}"
    return Chart(name, title, svg(figure, name, caption), caption)


def divides(paths: Paths) -> Chart:
    """Relative and absolute inequality between countries, five dimensions side by side."""
    shown_here = {
        title: stem for title, stem in DIMENSIONS.items()
        if GINI.format(stem) in OUTCOMES and GAP.format(stem) in OUTCOMES
    }  # fmt: skip
    figure, grid = panels(2, len(shown_here), (11.0, 5.2))
    previous = ""
    for column, (title, stem) in enumerate(shown_here.items()):
        for row, pattern in enumerate((GINI, GAP)):
            axes = grid[row][column]
            paths.outcome(axes, pattern.format(stem))
            axes.set_ylim(bottom=0)
            unit = shown(OUTCOMES[pattern.format(stem)].unit).difference
            unit = "percentage points" if unit == "pp" else unit
            if row == 0:
                axes.set_title(title)
                axes.set_ylabel("Gini coefficient" if column == 0 else "")
            elif column == 0:
                axes.set_ylabel(f"P90 \N{MINUS SIGN} P10, {unit}")
            else:
                # The unit is written where it differs from the panel to the left.
                axes.set_ylabel(unit if unit != previous else "")
            previous = unit
    paths.legend(figure)
    caption = (
        "Inequality between countries weighted by population: the Gini coefficient (top, 0 is "
        "equality) and the distance between the 90th and the 10th percentile (bottom), "
        f"{paths.first} to {paths.last}. The two can move apart: read them together. {BAND}"
    )
    return Chart("divides", "Five divides, relative and absolute",
                 svg(figure, "divides", caption), caption)  # fmt: skip


def burden(paths: Paths) -> Chart:
    """Inclusion beside what it may cost: debt and dependence."""
    chosen = [name for name in SUMMARY if name in OUTCOMES]
    figure, [row] = panels(1, len(chosen), (11.0, 3.2))
    for axes, name in zip(row, chosen, strict=True):
        paths.outcome(axes, name)
        axes.set_title(OUTCOMES[name].label, wrap=True)
    paths.legend(figure)
    caption = (
        "Inclusion beside debt and dependence on one jurisdiction, each in its own unit, "
        f"{paths.first} to {paths.last}: a policy can raise all three. {BAND}"
    )
    return Chart("burden", "Inclusion, debt and dependence",
                 svg(figure, "burden", caption), caption)  # fmt: skip
