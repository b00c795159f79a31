"""What the command prints: what exists, what a file holds, what a comparison found."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from divide.experiments.text.policies import lever_cost, lever_rows, speculative_levers
from divide.experiments.text.units import money, plain
from divide.model.declare.levers import levers as declared_levers
from divide.model.policy.policy import Policy, packages
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    from divide.experiments.read.comparison import Comparison

STYLES = {"speculative": "bold yellow", "assumed": "dim", "measured": "green", "derived": "cyan"}
CAVEAT = "An exploration, not a forecast."


def _console() -> Console:
    # Piped output has no width of its own; a table squeezed into 80 columns is hard to read.
    width = None if shutil.get_terminal_size((0, 0)).columns else 120
    return Console(width=width, highlight=False, markup=False)


def _table(*columns: str, title: str | None = None, names: Iterable[str] = ()) -> Table:
    """A table whose first column holds `names`, which are there to be copied: never broken."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    table.columns[0].min_width = max(map(len, names), default=None)
    return table


def print_levers() -> None:
    """Every policy lever, by group."""
    console = _console()
    for group in dict.fromkeys(lever.group for lever in declared_levers().values()):
        table = _table(
            "lever",
            "unit, bounds",
            "cost",
            "lag",
            "evidence",
            "source",
            title=group.upper(),
            names=declared_levers(),
        )
        for lever in declared_levers().values():
            if lever.group == group:
                low, high = lever.bounds
                name = Text(lever.name, "bold").append(f"\n{lever.label}. {lever.help}", "dim")
                bounds = f"{low:,.10g} to {high:,.10g}\n{lever.unit}"
                table.add_row(
                    name,
                    bounds,
                    lever_cost(lever),
                    f"{lever.lag_years:g} y",
                    Text(lever.evidence, STYLES[lever.evidence]),
                    Text(lever.source),
                )
        console.print(table)
    console.print("speculative: no outcome data exist; zero effect lies inside the prior.")


def print_policies() -> None:
    """Every shipped policy package."""
    table = _table("policy", "levers", "budget a year", "purpose", "source", names=packages())
    for name in packages():
        policy = Policy.load(name)
        table.add_row(
            Text(name, "bold").append(f"\n{plain(policy.title)}", "dim"),
            Text("\n".join(policy.levers) or "none", no_wrap=True),
            money(policy.budget * 1e6) if policy.levers else "none",
            Text(plain(policy.purpose)),
            Text(plain(policy.source)),
        )
    _console().print(table)


def print_outcomes() -> None:
    """Every recorded outcome, by group."""
    from divide.model.outcomes import OUTCOMES

    console = _console()
    for group in dict.fromkeys(outcome.group for outcome in OUTCOMES.values()):
        table = _table(
            "outcome", "label", "unit", "better", "source", title=str(group).upper(), names=OUTCOMES
        )
        for name, outcome in OUTCOMES.items():
            if outcome.group == group:
                badge = " (speculative)" if outcome.speculative else ""
                label = Text(outcome.label).append(badge, STYLES["speculative"])
                table.add_row(
                    Text(name, "bold"), label, outcome.unit, outcome.better, outcome.source
                )
        console.print(table)


def print_scenario(scenario: Scenario, file: str) -> None:
    """What a scenario or policy file holds."""
    console = _console()
    policy = scenario.policy
    console.print(Text(f"{plain(file)}: {plain(policy.title) or policy.name}", "bold"))
    if policy.purpose:
        console.print(Text(plain(policy.purpose)))
    console.print(
        f"years {scenario.start} to {scenario.until}, seed {scenario.seed}, "
        f"{scenario.firms:,} firms, {scenario.platforms} platforms, "
        f"budget {money(policy.budget * 1e6)} a year ({policy.spend})"
    )
    for name, value in scenario.parameters.items():
        console.print(f"parameter {name} = {value:g}")
    if policy.levers:
        table = _table("lever", "strength", "years", "target", "evidence")
        for row in lever_rows(policy):
            table.add_row(*row[:4], Text(row[4], STYLES[row[4]]))
        console.print(table)
    else:
        console.print("no levers: trends, networks and agreements go on")
    if labels := speculative_levers(policy):
        console.print(f"speculative: {', '.join(labels)} (no outcome data exist)")
    console.print(f"digest {scenario.digest}")


def print_comparison(comparison: Comparison) -> None:
    """The headline table: reference, policy, difference, its interval and the cost."""
    from divide.experiments.text.headline import covers, headline_rows, left_out

    console = _console()
    last = comparison.base.until
    if len(comparison.names) == 1:
        console.print("Only the status quo was run: there is nothing to compare.")
    for name in comparison.names[1:]:
        table = _table("outcome", "unit", title=f"{comparison.titles[name]} and status quo, {last}")
        for column in ("status quo", "policy", "difference", "95 % interval"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("reading")
        for row in headline_rows(comparison, name):
            table.add_row(row.label, row.unit, row.reference, row.policy, row.difference,
                          row.interval, row.reading)  # fmt: skip
        console.print(table)
        cost = comparison.cost(name)
        years = last - comparison.base.start
        console.print(
            f"Realised cost: {money(cost)} over {years} {'year' if years == 1 else 'years'}, "
            f"{money(cost / years)} a year"
        )
        if labels := comparison.speculative[name]:
            console.print(Text(f"Speculative levers in use: {', '.join(labels)}", "bold yellow"))
    if comparison.left_out:
        console.print(Text(left_out(comparison), "bold yellow"))
    console.print(f"{covers(comparison)} {CAVEAT}")
