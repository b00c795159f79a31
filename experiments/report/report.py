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
from divide.experiments.report.series import Series
from divide.experiments.report.style import Chart, styled
from divide.experiments.text.headline import Row, covers, headline_rows, left_out, text_rows
from divide.experiments.text.policies import lever_rows
from divide.experiments.text.selection import LEVEL, OFFLINE
from divide.experiments.text.units import money, plain
from divide.model.declare.levers import levers

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
            replicates=comparison.replicates,
            left_out=left_out(comparison),
            seeds=_seeds(comparison),
            spending=_spending(comparison),
            parameters=base.parameters,
            drawn=comparison.drawn,
            covers=covers(comparison),
            world_digest=comparison.world_digest,
            result_digest=comparison.result_digest,
            plan_digest=comparison.experiment.digest,
            version=f"{PROJECT} {version()}",
        )
    )


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
            "usd": money(usd),
        }
        for policy, lever, usd in zip(table["policy"], table["lever"], table["usd"], strict=True)
    ]
