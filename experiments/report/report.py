"""The report of a comparison: one HTML page that needs nothing but itself.

Titles, purposes and sources of policies come from users: everything is escaped (jinja2
autoescape), and only the SVG drawn here is passed through.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from divide.experiments.keep.provenance import PROJECT, version
from divide.experiments.plan.draws import SHIPPED, read_draws
from divide.experiments.read.comparison import Comparison
from divide.experiments.read.effectiveness import effectiveness
from divide.experiments.report import (
    backtests,
    charts_across,
    charts_map,
    charts_time,
    charts_within,
)
from divide.experiments.report.downloads import links
from divide.experiments.report.series import SPREAD, Series
from divide.experiments.report.style import Chart, styled
from divide.experiments.text.headline import Row, covers, headline_rows, left_out, text_rows
from divide.experiments.text.policies import lever_rows, replayed
from divide.experiments.text.selection import LEVEL, OFFLINE, USERS
from divide.experiments.text.units import money, number, plain, shown
from divide.model.declare.levers import levers
from divide.model.declare.parameters import Parameter, parameters
from divide.model.world import load_world

CHANGE = ("difference", "difference_low", "difference_high")
TEMPLATES = Path(__file__).parent / "templates"


def charts(comparison: Comparison) -> list[Chart]:
    """Every chart of the report, in order."""
    with styled():
        series = Series(comparison)
        return [
            charts_time.single(
                series,
                LEVEL.format("usage"),
                "Share of people online",
                "Share of the world's people who use the internet, population-weighted",
            ),
            charts_time.divides(series),
            charts_across.lorenz(series),
            charts_time.single(
                series, OFFLINE, "People offline", "People who do not use the internet"
            ),
            *charts_map.maps(series),
            charts_within.within(series),
            charts_across.group_gaps(series),
            charts_time.burden(series),
            *charts_across.spending(series),
            charts_across.country_dots(series),
        ]


def templates(*folders: Path) -> Environment:
    """Where pages are made: everything that is put into one is escaped."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def drawings(charts: list[Chart]) -> list[dict[str, Any]]:
    """Charts as a page shows them, with what can be saved of each; their SVG goes in as it is."""
    return [
        {
            "title": chart.title,
            "caption": chart.caption,
            "svg": Markup(chart.svg),  # noqa: S704 - drawn here; texts in it are escaped
            "links": links(chart, number),
        }
        for number, chart in enumerate(charts, start=1)
    ]


def render(comparison: Comparison, drawn: list[Chart] | None = None) -> str:
    """The page; the same comparison gives the same bytes.

    Args:
        comparison: What was run.
        drawn: Its charts, if they are at hand.
    """
    facts = contents(comparison)
    shown = drawings(charts(comparison) if drawn is None else drawn)
    return templates(TEMPLATES).get_template("report.html.j2").render(charts=shown, **facts)


def contents(comparison: Comparison) -> dict[str, Any]:
    """Everything that a report says beside its charts, by name, in words and figures."""
    base = comparison.base
    policies = [_policy(comparison, name) for name in comparison.names]
    return {
        "policies": policies,
        "glance": _glance(policies[1:]),
        "base": base,
        "runs": _runs(comparison),
        "level": comparison.level,
        "countries": _countries(comparison),
        "left_out": left_out(comparison),
        "seeds": _seeds(comparison),
        "spending": _spending(comparison),
        "effectiveness": _effectiveness(comparison),
        "backtests": backtests.shipped(),
        "signed": lambda value: number(value, 1, sign=True),
        "sample_name": "Draws" if comparison.predictive else "Replicates",
        "spread_name": (
            f"Median and {comparison.level} interval over the draws"
            if comparison.predictive
            else "Mean, lowest and highest over the replicates"
        ),
        "parameters": base.parameters,
        "drawn": _drawn(comparison),
        "covers": covers(comparison),
        "world_digest": comparison.world_digest,
        "result_digest": comparison.result_digest,
        "plan_digest": comparison.experiment.digest,
        "version": f"{PROJECT} {version()}",
    }


def _effectiveness(comparison: Comparison) -> list[dict[str, str]]:
    """What each policy spends and gains, and what a person-year online costs."""
    rows = []
    for row in effectiveness(comparison).to_dict("records"):
        unit = shown("person-years", row["gained"])
        ends = [row[f"gained{end}"] for end in ("", "_low", "_high")]
        gained, low, high = (number(unit.factor * each, 2, sign=True) for each in ends)
        cost = [money(row[f"cost{end}"]) for end in ("", "_low", "_high")]
        upper = cost[2] if cost[2] != "n/a" else "no gain"
        rows.append(
            {
                "policy": comparison.titles[row["policy"]],
                "spent": money(row["spent"]),
                "gained": f"{gained} {unit.unit}",
                "gained_interval": f"{low} to {high}",
                "cost": cost[0] if cost[0] != "n/a" else "no gain",
                "cost_interval": f"{cost[1]} to {upper}" if cost[1] != "n/a" else "n/a",
                "gaining": f"{100 * row['gaining']:.0f} %",
            }
        )
    return rows


def _runs(comparison: Comparison) -> str:
    count = comparison.sampled
    if comparison.predictive:
        return f"a central run and {count} draw{'s' if count > 1 else ''} of each policy"
    word = "replicates" if count > 1 else "replicate"
    return f"{count} {word} of each policy on the same random numbers"


def _drawn(comparison: Comparison) -> list[dict[str, str]]:
    """Each parameter that is drawn, and the prior of those that no fit has drawn."""
    fitted = {name for name in read_draws(SHIPPED)[0] if not parameters()[name].cut}
    return [
        {"name": name, "prior": "fitted" if name in fitted else _prior(parameters()[name])}
        for name in comparison.drawn
    ]


def _prior(parameter: Parameter) -> str:
    low, high = parameter.bounds
    return f"{parameter.prior.describe()}, {low:g} to {high:g}"


def _countries(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Share online of each country under each policy, with intervals, or the spread of seeds."""
    table = comparison.countries()
    table = table[table["column"] == USERS].set_index(["iso3", "policy"])
    names = load_world(comparison.base.start).table["name"]
    rows = []
    for iso3 in table.index.unique(level="iso3"):
        figures = []
        for k, policy in enumerate(comparison.names):
            columns = CHANGE if k else SPREAD
            middle, low, high = (100 * float(x) for x in table.loc[(iso3, policy), list(columns)])
            figures.append(
                f"{number(middle, 1, sign=k > 0)} "
                f"({number(low, 1, sign=k > 0)} to {number(high, 1, sign=k > 0)})"
            )
        rows.append((str(names[iso3]), figures))
    return rows


def _seeds(comparison: Comparison) -> str:
    seeds = comparison.tables["model"]["seed"].unique().tolist()
    if len(seeds) == seeds[-1] - seeds[0] + 1:
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _policy(comparison: Comparison, name: str) -> dict[str, Any]:
    policy, base = comparison.experiment.policies[name], comparison.base
    cost = comparison.cost(name)
    return {
        "name": name,
        "title": comparison.titles[name],
        "purpose": plain(policy.purpose),
        "source": plain(policy.source),
        "levers": lever_rows(policy),
        "speculative": comparison.speculative[name],
        "cost": money(cost),
        "cost_a_year": money(cost / (base.until - base.start)),
        "headline": headline_rows(comparison, name),
        "all": text_rows(comparison.differences(), name),
    }


def _glance(policies: list[dict[str, Any]]) -> list[tuple[Row, ...]]:
    """The headline lines of several policies side by side: one tuple an outcome."""
    if len(policies) < 2:
        return []
    return list(zip(*(policy["headline"] for policy in policies), strict=True))


def _spending(comparison: Comparison) -> list[dict[str, str]]:
    table = comparison.spending().sort_values(["policy", "usd"], ascending=[True, False])
    return [
        {
            "policy": comparison.titles[policy],
            "lever": levers()[lever].label,
            "evidence": levers()[lever].evidence,
            "study": levers()[lever].study or "No study; the size is assumed.",
            "replay": replayed(levers()[lever]),
            "usd": money(usd),
        }
        for policy, lever, usd in zip(table["policy"], table["lever"], table["usd"], strict=True)
    ]
