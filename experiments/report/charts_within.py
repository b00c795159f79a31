"""Divides within countries: women and men, the poorest and the richest."""

from itertools import chain

import pandas as pd

from divide.experiments.read.comparison import KEYS
from divide.experiments.report.series import Series
from divide.experiments.report.style import INK, Chart, panels, svg

#: Column of the group ahead, of the group behind, and the heading.
PAIRS = (
    ("online_men", "online_women", "Online: men less women"),
    ("online_richest60", "online_poorest40", "Online: richest 60 % less poorest 40 %"),
    ("accounts_men", "accounts_women", "Account: men less women"),
    ("accounts_richest60", "accounts_poorest40", "Account: richest 60 % less poorest 40 %"),
)


def within(series: Series) -> Chart:
    """Gaps within countries, mean over the world's people, over time."""
    table = series.comparison.sample("country")
    figure, grid = panels(2, 2, (11.0, 5.8))
    for axes, (ahead, behind, title) in zip(chain(*grid), PAIRS, strict=True):
        gap = world_gap(table, ahead, behind)
        series.lines(axes, gap, "gap", 100.0, f"{title}, percentage points")
        axes.set_title(title)
        axes.set_ylabel("percentage points")
        axes.axhline(0, color=INK, lw=0.8)
    series.legend(figure)
    caption = (
        "Gaps between groups of people within countries, mean over countries by population, "
        f"percentage points, ends of {series.first} to {series.last}. {series.band}"
    )
    drawn = svg(figure, "within", caption)
    return Chart("within", "Women and men, poorest and richest", drawn, caption, series.taken())


def world_gap(table: pd.DataFrame, ahead: str, behind: str) -> pd.DataFrame:
    """Mean over countries by population of one column less another: keys, date and gap."""
    keys = [*KEYS, "year", "quarter"]
    part = table[keys].assign(
        people=table["population"],
        ahead=(table[ahead] - table[behind]) * table["population"],
    )
    summed = part.groupby(keys, as_index=False, sort=False)[["people", "ahead"]].sum()
    return summed.assign(gap=summed["ahead"] / summed["people"])
