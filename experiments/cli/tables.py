"""What the command prints: what exists, what a file holds, what a comparison found."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from divide.experiments.text.policies import (
    lever_cost,
    lever_rows,
    replayed,
    speculative_levers,
)
from divide.experiments.text.units import money, plain
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers as declared_levers
from divide.model.policy.policy import Policy, packages
from divide.model.scenario import Scenario

if TYPE_CHECKING:
    from divide.experiments.read.comparison import Comparison
    from divide.experiments.text.headline import Row

STYLES = {
    "speculative": "bold yellow",
    "contested": "yellow",
    "assumed": "dim",
    "measured": "green",
    "derived": "cyan",
}
CAVEAT = "An exploration, not a forecast."
#: Columns of the terminal below which a table is written out in lines.
TABLE_WIDTH = 100
#: What keeps words together where lines are broken; never printed.
_TIE = "\N{NO-BREAK SPACE}"


def new_console() -> Console:
    """A console as wide as the terminal."""
    # Piped output has no width of its own; a table squeezed into 80 columns is hard to read.
    width = shutil.get_terminal_size((120, 24)).columns
    return Console(width=max(width, 40), highlight=False, markup=False)


def entry(console: Console, head: Text | str, *lines: Text | str) -> None:
    """A heading in bold and lines below it, indented, as wide as is easy to read."""
    head = head if isinstance(head, Text) else Text(head, "bold")
    _print(console, head, "")
    for line in lines:
        _print(console, line if isinstance(line, Text) else Text(line), "    ")


def _print(console: Console, text: Text, indent: str) -> None:
    width = min(console.width, TABLE_WIDTH) - len(indent)
    for line in text.wrap(console, width):
        line.rstrip()
        console.print(Text(indent) + line, soft_wrap=True)


def _chosen(kind: str, names: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known under some names; all of it without names.

    Raises:
        InputError: A name is unknown.
    """
    for name in names:
        if name not in known:
            raise InputError(unknown(kind, name, known))
    return {name: each for name, each in known.items() if not names or name in names}


def print_levers(names: Sequence[str] = ()) -> None:
    """Policy levers, by group; all without names.

    Raises:
        InputError: A name is unknown.
    """
    console = new_console()
    shown = _chosen("lever", names, declared_levers())
    for group in dict.fromkeys(lever.group for lever in shown.values()):
        console.print(Text(f"{group.upper()}\n", "bold"))
        for lever in shown.values():
            if lever.group == group:
                low, high = lever.bounds
                entry(
                    console,
                    lever.name,
                    f"{lever.label}. {lever.help}",
                    f"{low:,.10g} to {high:,.10g} {lever.unit}",
                    f"cost: {lever_cost(lever)}; lag: {lever.lag_years:g} years",
                    f"acts on: {lever.acts_on or 'see its extension'}",
                    f"study: {lever.study or 'none; the size is assumed'}",
                    Text()
                    .append(lever.evidence, STYLES[lever.evidence])
                    .append(f": {lever.source} ")
                    .append(f"({replayed(lever)})"),
                )
        console.print()
    _print(
        console,
        Text("speculative: no outcome data exist; zero effect lies inside the prior."),
        "",
    )


def print_policies(names: Sequence[str] = ()) -> None:
    """Shipped policy packages; all without names.

    Raises:
        InputError: A name is unknown.
    """
    console = new_console()
    for name in _chosen("policy", names, dict.fromkeys(packages())):
        policy = Policy.load(name)
        budget = f"{money(policy.budget * 1e6)} a year" if policy.levers else "no budget"
        entry(
            console,
            Text(name, "bold").append(f"  {plain(policy.title)}, {budget}", "not bold"),
            plain(policy.purpose),
            f"levers: {', '.join(policy.levers) or 'none'}",
            f"source: {plain(policy.source)}",
        )


def print_outcomes(names: Sequence[str] = ()) -> None:
    """Recorded outcomes, by group; all without names.

    Raises:
        InputError: A name is unknown.
    """
    from divide.model.outcomes import OUTCOMES

    console = new_console()
    shown = _chosen("outcome", names, OUTCOMES)
    for group in dict.fromkeys(outcome.group for outcome in shown.values()):
        console.print(Text(f"{str(group).upper()}\n", "bold"))
        for name, outcome in shown.items():
            if outcome.group == group:
                badge = " (speculative)" if outcome.speculative else ""
                entry(
                    console,
                    name,
                    Text(outcome.label).append(badge, STYLES["speculative"]),
                    f"{outcome.unit}; better: {outcome.better}; source: {outcome.source}",
                )
        console.print()


def print_scenario(scenario: Scenario, file: str) -> None:
    """What a scenario or policy file holds."""
    console = new_console()
    policy = scenario.policy
    _print(console, Text(f"{plain(file)}: {plain(policy.title) or policy.name}", "bold"), "")
    if policy.purpose:
        _print(console, Text(plain(policy.purpose)), "")
    console.print(
        f"end of {scenario.start} to end of {scenario.until}, seed {scenario.seed}, "
        f"{f'draw {scenario.draw}, ' if scenario.draw else ''}"
        f"{scenario.firms:,} firms, {scenario.platforms} platforms, "
        f"budget {money(policy.budget * 1e6)} a year ({policy.spend})"
    )
    for name, value in scenario.parameters.items():
        console.print(f"parameter {name} = {value:g}")
    for label, strength, years, target, evidence in lever_rows(policy):
        shown = Text(f"{years}; target: {target}; ").append(evidence, STYLES[evidence])
        entry(console, Text(label, "bold").append(f": {strength}", "not bold"), shown)
    if not policy.levers:
        console.print("no levers: trends, networks and agreements go on")
    if labels := speculative_levers(policy):
        console.print(f"speculative: {', '.join(labels)} (no outcome data exist)")
    console.print(f"digest {scenario.digest}", soft_wrap=True)


def print_comparison(comparison: Comparison) -> None:
    """The headline table: reference, policy, difference, its interval and the cost."""
    from divide.experiments.text.headline import covers, headline_rows, left_out

    console = new_console()
    last = comparison.base.until
    if len(comparison.names) == 1:
        console.print("Only the status quo was run: there is nothing to compare.")
    for name in comparison.names[1:]:
        title = Text(f"{comparison.titles[name]} and status quo, {last}", "bold")
        _print(console, title, "")
        _print_rows(console, headline_rows(comparison, name), comparison.level)
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


def _print_rows(console: Console, rows: Sequence[Row], level: str) -> None:
    """Lines of a comparison as a table or, where it would be squeezed, one below the other."""
    if console.width < TABLE_WIDTH:
        console.print()
        for row in rows:
            console.print(_written_out(row, console.width, level), soft_wrap=True)
        console.print()
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("outcome")
    for column in ("status quo", "policy", "difference", f"{level} interval"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("reading", no_wrap=True)
    for row in rows:
        figures = (row.reference, row.policy, row.difference, row.interval)
        table.add_row(f"{row.label} ({row.unit})", *figures, row.reading)
    console.print(table)


def _written_out(row: Row, width: int, level: str) -> Text:
    """A line of a comparison in words; figures stay together with what they are."""
    phrases = (
        row.difference,
        f"({level}: {row.interval}),",
        f"{row.reading};",
        f"status quo {row.reference},",
        f"policy {row.policy}",
    )
    figures = " ".join(phrase.replace(" ", _TIE) for phrase in phrases)
    head = textwrap.fill(f"{row.label} ({row.unit})", width, subsequent_indent="  ")
    body = textwrap.fill(figures, width, initial_indent="    ", subsequent_indent="    ")
    return Text(head, "bold").append(f"\n{body}".replace(_TIE, " "), "not bold")
