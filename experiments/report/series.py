"""Time series and country values of a comparison, as the charts need them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divide.experiments.read.comparison import Comparison
from divide.experiments.report.style import colours, end_labels, time_axes
from divide.experiments.text.selection import USERS
from divide.experiments.text.units import Shown, shown
from divide.model.outcomes import OUTCOMES

SPREAD = ("middle", "low", "high")


class Series:
    """Time series by policy, middle and band over the sample, in readable units."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.names = comparison.names
        self.colours = colours(self.names)
        self.titles = comparison.titles
        base = comparison.base
        self.first, self.last = base.start, base.until
        predictive = comparison.predictive
        self.sample = "draws" if predictive else "replicates"
        self.middle = f"{'medians' if predictive else 'means'} over {self.sample}"
        self.band = (
            f"Lines are medians over {comparison.sampled} draws, and bands hold 90 % of what may "
            "come."
            if predictive
            else "Bands span all replicates."
        )
        self._drawn: list[pd.DataFrame] = []

    def taken(self) -> pd.DataFrame:
        """What was drawn since the last call: shown, policy, date, middle, low, high."""
        found, self._drawn = pd.concat(self._drawn, ignore_index=True), []
        return found

    def path(self, table: pd.DataFrame, name: str, column: str) -> pd.DataFrame:
        """Columns middle, low and high of a column by date (end of the quarter, in years)."""
        part = table[table["policy"] == name]
        # The end of the fourth quarter of 2022 is drawn at 2022, as annual figures are.
        part = part.assign(date=part["year"] + part["quarter"] / 4 - 1)
        wide = part.pivot(index="replicate", columns="date", values=column)
        found = self.comparison.spread(wide.to_numpy(float))
        return pd.DataFrame(dict(zip(SPREAD, found, strict=True)), index=wide.columns)

    def lines(
        self, axes: Axes, table: pd.DataFrame, column: str, factor: float = 1.0, shown: str = ""
    ) -> None:
        """One line and band a policy; `shown` says in the figure's data what they are."""
        for name in self.names:
            path = factor * self.path(table, name, column)
            noted = path.reset_index().assign(shown=shown or column, policy=name)
            self._drawn.append(noted[["shown", "policy", "date", *SPREAD]])
            style = "--" if name == self.names[0] else "-"
            colour = self.colours[name]
            axes.plot(path.index, path["middle"], style, color=colour, lw=1.8)
            axes.fill_between(path.index, path["low"], path["high"], color=colour, alpha=0.2, lw=0)
        time_axes(axes, self.first, self.last)

    def outcome(self, axes: Axes, name: str) -> Shown:
        """Draw an outcome of the model table; returns how its unit is shown."""
        table = self.comparison.sample("model")
        unit = shown(OUTCOMES[name].unit, table[name].abs().max())
        self.lines(axes, table, name, unit.factor, f"{name}, {unit.unit}")
        axes.set_ylabel(unit.unit)
        return unit

    def effect(self, axes: Axes, name: str) -> None:
        """Draw what each policy adds to the reference, replicate by replicate."""
        table = self.comparison.sample("model")
        unit = shown(OUTCOMES[name].unit, table[name].abs().max())
        wide = table.pivot_table(
            index=["replicate", "year", "quarter"], columns="policy", values=name
        )
        added = wide.sub(wide[self.names[0]], axis=0)
        added = added.melt(ignore_index=False, value_name=name).reset_index()
        shown_as = f"{name}, difference from the status quo, {unit.difference}"
        self.lines(axes, added, name, unit.factor, shown_as)
        axes.set_ylabel(unit.difference.replace("pp", "percentage points"))

    def name_lines(self, figure: Figure, axes: Axes) -> None:
        """The policies' names at the ends of the lines just drawn in `axes`."""
        figure.draw_without_rendering()
        ends = {
            self.titles[name]: (float(np.asarray(line.get_ydata())[-1]), self.colours[name])
            for name, line in zip(self.names, axes.lines, strict=True)
        }
        end_labels(axes, ends)

    def legend(self, figure: Figure) -> None:
        """One legend above all panels."""
        handles = [
            Line2D([], [], color=self.colours[name], ls="--" if k == 0 else "-", lw=2)
            for k, name in enumerate(self.names)
        ]
        labels = [self.titles[name][:40] for name in self.names]
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 4))


def country_at(series: Series, name: str, *, last: bool) -> pd.DataFrame:
    """Country table of one policy at its first or last record, middle of the sample, by iso3."""
    columns = {
        column: by_country(series, name, column, last=last) for column in (USERS, "population")
    }
    middles = {name: series.comparison.spread(each.to_numpy())[0] for name, each in columns.items()}
    return pd.DataFrame(middles, index=columns[USERS].columns)


def by_country(series: Series, name: str, column: str, *, last: bool) -> pd.DataFrame:
    """A column of one policy's country table, first or last record: replicates by iso3."""
    table = series.comparison.sample("country")
    year = series.last if last else series.first
    part = table[(table["policy"] == name) & (table["year"] == year)]
    return part.pivot(index="replicate", columns="iso3", values=column)
