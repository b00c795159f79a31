"""Charts across countries, groups and levers."""

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from divide.experiments.read.comparison import KEYS
from divide.experiments.report.series import Series, by_country, country_at
from divide.experiments.report.style import INK, PALETTE, Chart, panels, svg
from divide.experiments.text.selection import GAPS, USERS
from divide.experiments.text.units import money, number
from divide.model.declare.levers import Lever, levers
from divide.model.world import load_world

GROUP_COLOURS = dict(zip(("hard", "soft", "payments", "security"), PALETTE, strict=False))
LARGEST = 30


def lorenz_points(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lorenz curve: cumulated shares of the population and of the total, (n + 1,) each."""
    order = np.argsort(values, kind="stable")
    people, total = weights[order], (values * weights)[order]
    start = np.zeros(1)
    across = np.concatenate([start, people.cumsum() / people.sum()])
    return across, np.concatenate([start, total.cumsum() / total.sum()])


def lorenz(series: Series) -> Chart:
    """How the world's internet users are spread over countries, at the start and at the end."""
    figure, [[axes]] = panels(1, 1, (8.6, 4.6))
    axes.plot([0, 100], [0, 100], color=INK, lw=0.8)
    first = country_at(series, series.names[0], last=False)
    curves = [(f"{series.first}, start", INK, ":", first)]
    for k, name in enumerate(series.names):
        end = country_at(series, name, last=True)
        label = f"{series.last}, {series.titles[name][:40]}"
        curves.append((label, series.colours[name], "--" if k == 0 else "-", end))
    data = []
    for label, colour, style, table in curves:
        across, up = lorenz_points(table[USERS].to_numpy(), table["population"].to_numpy())
        axes.plot(100 * across, 100 * up, style, color=colour, lw=1.8, label=label)
        points = {"curve": label, "people_percent": 100 * across, "users_percent": 100 * up}
        data.append(pd.DataFrame(points))
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
    axes.set_xlabel("% of the world's people, countries least online first")
    axes.set_ylabel("% of the world's internet users")
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    caption = (
        "Lorenz curves of internet use between countries, population-weighted: the nearer to the "
        f"diagonal, the more equal; {series.first} and {series.last}, {series.middle}."
    )
    return Chart("lorenz", "Lorenz curves of internet use",
                 svg(figure, "lorenz", caption), caption, pd.concat(data))  # fmt: skip


def group_gap(table: pd.DataFrame, grouping: str, ahead: str, behind: str) -> pd.DataFrame:
    """Difference between two groups' shares online: keys, year, quarter and gap (share)."""
    part = table[table["grouping"] == grouping]
    index = [*KEYS, "year", "quarter"]
    wide = part.pivot_table(index=index, columns="group", values=USERS)
    return (wide[ahead] - wide[behind]).rename("gap").reset_index()


def group_gaps(series: Series) -> Chart:
    """Gaps between income groups and between members and others."""
    figure, [row] = panels(1, len(GAPS), (11.0, 3.4))
    for axes, (grouping, ahead, behind, title) in zip(row, GAPS, strict=True):
        gap = group_gap(series.comparison.sample("group"), grouping, ahead, behind)
        series.lines(axes, gap, "gap", 100.0, f"{title}, percentage points")
        axes.set_title(title)
        axes.set_ylabel("percentage points online")
        axes.axhline(0, color=INK, lw=0.8)
    series.legend(figure)
    caption = (
        "Difference in the share of people online between groups of countries, percentage "
        f"points, {series.first} to {series.last}; membership as of {series.first}, which is not a "
        f"treatment: members differ in many ways. {series.band}"
    )
    return Chart("groups", "Gaps between groups of countries",
                 svg(figure, "groups", caption), caption, series.taken())  # fmt: skip


def spending(series: Series) -> list[Chart]:
    """Realised spending, a bar and its amount for every lever of a policy; none if nobody spent."""
    table = series.comparison.spending()
    table = table[table["usd"] > 0]
    if table.empty:
        return []
    rows: list[tuple[str, Lever | None, float]] = []
    for name in (name for name in series.names if name in set(table["policy"])):
        part = table[table["policy"] == name].sort_values("usd", ascending=False, kind="stable")
        rows.append((series.titles[name][:60], None, float(part["usd"].sum())))
        rows += [(levers()[each].label, levers()[each], float(usd))
                 for each, usd in zip(part["lever"], part["usd"], strict=True)]  # fmt: skip
    figure, [[axes]] = panels(1, 1, (9.5, 1.2 + 0.235 * len(rows)))
    widest = table["usd"].max() / 1e9
    for place, (label, lever, usd) in enumerate(rows):
        if lever is None:
            axes.text(0, place, f" {label}, {money(usd)} in all", va="center", fontweight="bold")
            continue
        axes.barh(place, usd / 1e9, height=0.7, alpha=0.85, color=GROUP_COLOURS[lever.group],
                  hatch="////" if lever.speculative else None, edgecolor="white")  # fmt: skip
        axes.text(usd / 1e9, place, f"  {money(usd)}", va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), [label if lever else "" for label, lever, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, widest * 1.2)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("US$ billion")
    handles = [Patch(color=colour) for colour in GROUP_COLOURS.values()]
    handles.append(Patch(facecolor="none", edgecolor=INK, hatch="////"))
    figure.legend(handles, [*GROUP_COLOURS, "speculative"], loc="outside upper left", ncols=5)
    caption = (
        f"US$ actually spent by lever over {series.first} to {series.last} (constant US$, not "
        f"discounted), mean over {series.sample}; planned amounts can be larger where the budget "
        "bound."
    )
    drawn = svg(figure, "spending", caption)
    return [Chart("spending", "Spending by lever", drawn, caption, table)]


def country_dots(series: Series) -> Chart:
    """Share online where most people are offline at the start, and what each policy adds."""
    reference = series.names[0]
    first = country_at(series, reference, last=False)
    offline = (1 - first[USERS]) * first["population"]
    chosen = offline.sort_values(ascending=False, kind="stable").index[:LARGEST]
    chosen = first.loc[chosen].sort_values(USERS, kind="stable").index
    place = np.arange(len(chosen))
    ends = {
        name: 100 * by_country(series, name, USERS, last=True)[chosen].to_numpy()
        for name in series.names
    }
    start = 100 * first.loc[chosen, USERS]
    end, low, high = series.comparison.spread(ends[reference])
    data = pd.DataFrame({"iso3": chosen, "first_percent": start.to_numpy(), "last_percent": end,
                         "last_low": low, "last_high": high})  # fmt: skip
    figure, [[level, added]] = panels(1, 2, (11.0, 1.4 + 0.23 * len(chosen)))
    level.hlines(place, start, end, color=INK, alpha=0.3, lw=1)
    colour = series.colours[reference]
    level.hlines(place, low, high, color=colour, alpha=0.5, lw=3)
    level.plot(start, place, "o", mfc="none", mec=INK, ms=6, label=f"{series.first}")
    label = f"{series.last}, {series.titles[reference]}"
    level.plot(end, place, "D", color=colour, ms=5.5, label=label)
    titles = load_world(series.first).table["name"]
    level.set_yticks(place, [titles[iso3] for iso3 in chosen])
    level.set_xlim(0, 100)
    level.set_xlabel("% of people online")
    added.axvline(0, color=INK, lw=0.8)
    for name in series.names[1:]:
        difference, low, high = series.comparison.spread(ends[name] - ends[reference])
        for column, values in ((name, difference), (f"{name}_low", low), (f"{name}_high", high)):
            data[column] = values
        added.hlines(place, low, high, color=series.colours[name], alpha=0.4, lw=2)
        added.plot(difference, place, "o", color=series.colours[name], ms=5, alpha=0.85,
                   label=series.titles[name][:40])  # fmt: skip
    added.set_yticks(place, [])
    added.set_xlabel(f"difference from the status quo in {series.last}, percentage points")
    for axes in (level, added):
        axes.set_ylim(-0.8, len(chosen) - 0.2)
    figure.legend(loc="outside upper left", ncols=4)
    share = number(100 * offline[chosen].sum() / offline.sum(), 0)
    caption = (
        f"Share of people online at the end of {series.first} and of {series.last} (left) and what "
        f"each policy adds by {series.last} (right), in the {len(chosen)} countries with most "
        f"people offline at the start ({share} % of all). Points are {series.middle}, bars "
        f"{'hold 90 % of what may come' if series.comparison.predictive else 'span them'}."
    )
    chart = svg(figure, "countries", caption)
    return Chart("countries", "Where most people are offline", chart, caption, data)
