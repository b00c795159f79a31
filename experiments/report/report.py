"""The report of a comparison: one HTML page that needs nothing but itself.

Titles, purposes and sources of policies come from users: everything is escaped (jinja2
autoescape), and only the SVG drawn here is passed through.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from divide.experiments.keep.provenance import PROJECT, version
from divide.experiments.read.comparison import Comparison
from divide.experiments.report import charts_across, charts_time
from divide.experiments.report.series import SPREAD, Series
from divide.experiments.report.style import Chart, styled
from divide.experiments.text.headline import Row, covers, headline_rows, left_out, text_rows
from divide.experiments.text.policies import lever_rows, replayed
from divide.experiments.text.selection import LEVEL, OFFLINE, USERS
from divide.experiments.text.units import money, number, plain
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


def drawings(charts: list[Chart]) -> list[dict[str, str]]:
    """Charts as a page shows them; their SVG goes in as it is."""
    return [
        {"title": chart.title, "caption": chart.caption, "svg": Markup(chart.svg)}  # noqa: S704 - drawn here; texts in it are escaped by matplotlib
        for chart in charts
    ]


def render(comparison: Comparison) -> str:
    """The page; the same comparison gives the same bytes."""
    drawn = drawings(charts(comparison))
    base = comparison.base
    policies = [_policy(comparison, name) for name in comparison.names]
    return (
        templates(TEMPLATES)
        .get_template("report.html.j2")
        .render(
            charts=drawn,
            policies=policies,
            glance=_glance(policies[1:]),
            base=base,
            runs=_runs(comparison),
            level=comparison.level,
            countries=_countries(comparison),
            left_out=left_out(comparison),
            seeds=_seeds(comparison),
            spending=_spending(comparison),
            parameters=base.parameters,
            drawn=_drawn(comparison),
            covers=covers(comparison),
            world_digest=comparison.world_digest,
            result_digest=comparison.result_digest,
            plan_digest=comparison.experiment.digest,
            version=f"{PROJECT} {version()}",
        )
    )


def _runs(comparison: Comparison) -> str:
    count = comparison.sampled
    if comparison.predictive:
        return f"a central run and {count} draw{'s' if count > 1 else ''} of each policy"
    word = "replicates" if count > 1 else "replicate"
    return f"{count} {word} of each policy on the same random numbers"


def _drawn(comparison: Comparison) -> list[dict[str, str]]:
    """Each parameter that is drawn, and the prior of those that no fit has drawn."""
    return [{"name": name, "prior": _prior(parameters()[name])} for name in comparison.drawn]


def _prior(parameter: Parameter) -> str:
    if parameter.role == "calibrated" and not parameter.cut:
        return "fitted"
    low, high = parameter.bounds
    return f"{parameter.prior.describe()}, {low:g} to {high:g}"


def _countries(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Share online of each country under each policy, with intervals, where there are draws."""
    if not comparison.predictive:
        return []
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
