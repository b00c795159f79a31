"""The report of a comparison: one HTML page that needs nothing but itself.

Titles, purposes and sources of policies come from users: everything is escaped (jinja2
autoescape), and only the SVG drawn here is passed through.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from divide.experiments.carry.run import Comparison
from divide.experiments.cli.tables import covers, lever_rows
from divide.experiments.keep.provenance import PROJECT, version
from divide.experiments.report import charts_across, charts_time
from divide.experiments.report.headline import Row, headline_rows, rows
from divide.experiments.report.selection import LEVEL, OFFLINE
from divide.experiments.report.series import Paths
from divide.experiments.report.style import Chart, styled
from divide.experiments.report.units import money, plain
from divide.model.declare.levers import levers

TEMPLATES = Path(__file__).parent / "templates"


def charts(comparison: Comparison) -> list[Chart]:
    """Every chart of the report, in order."""
    with styled():
        paths = Paths(comparison)
        return [
            charts_time.single(
                paths,
                LEVEL.format("usage"),
                "Share of people online",
                "Share of the world's people who use the internet, population-weighted",
            ),
            charts_time.divides(paths),
            charts_across.lorenz(paths),
            charts_time.single(
                paths, OFFLINE, "People offline", "People who do not use the internet"
            ),
            charts_across.group_gaps(paths),
            charts_time.burden(paths),
            *charts_across.spending(paths),
            charts_across.country_dots(paths),
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


def render(comparison: Comparison, digest: str) -> str:
    """The page; the same comparison gives the same bytes.

    Args:
        comparison: What was run.
        digest: Digest of the figures, printed so that a page can be matched to its tables.
    """
    drawn = drawings(charts(comparison))
    plan = comparison.plan
    policies = [_policy(comparison, name) for name in plan.names]
    return (
        templates(TEMPLATES)
        .get_template("report.html.j2")
        .render(
            charts=drawn,
            policies=policies,
            glance=_glance(policies[1:]),
            base=plan.base,
            replicates=plan.replicates,
            seeds=f"{plan.base.seed} to {plan.base.seed + plan.replicates - 1}",
            spending=_spending(comparison),
            parameters=plan.base.parameters,
            drawn=plan.drawn,
            covers=covers(plan),
            world_digest=comparison.world_digest,
            result_digest=digest,
            plan_digest=plan.digest,
            version=f"{PROJECT} {version()}",
        )
    )


def _policy(comparison: Comparison, name: str) -> dict[str, Any]:
    plan = comparison.plan
    policy = plan.scenarios[name].policy
    cost, years = comparison.cost(name), plan.base.until - plan.base.start
    return {
        "name": name,
        "title": plan.titles[name],
        "purpose": plain(policy.purpose),
        "source": plain(policy.source),
        "levers": lever_rows(policy),
        "speculative": plan.speculative[name],
        "cost": money(cost),
        "cost_a_year": money(cost / years),
        "headline": headline_rows(comparison, name),
        "all": rows(comparison.differences(), name),
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
            "policy": comparison.plan.titles[policy],
            "lever": levers()[lever].label,
            "evidence": levers()[lever].evidence,
            "usd": money(usd),
        }
        for policy, lever, usd in zip(table["policy"], table["lever"], table["usd"], strict=True)
    ]
