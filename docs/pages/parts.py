"""Tables of the documentation that are made from the model's own declarations.

A page marks each part with `<!-- begin:NAME -->` and `<!-- end:NAME -->`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path

from divide.experiments.text import markdown
from divide.experiments.text.policies import replayed
from divide.model.agents.columns import AXES, declared
from divide.model.agents.country import Country
from divide.model.agents.firm import Firm
from divide.model.agents.platform import Platform
from divide.model.declare.levers import Lever, read_levers
from divide.model.declare.parameters import Parameter, parameters
from divide.model.model import PROCESSES
from divide.model.outcomes import COUNTRY, DIMENSIONS, MEASURES, OUTCOMES
from divide.model.policy.policy import Policy, packages
from divide.model.story import first_sentence, name_of
from docs.pages import data, paper, replays, terms

DOCS = Path(__file__).parents[1]
#: Read afresh: a script may have declared levers of its own.
LEVERS = DOCS.parent / "model" / "policy" / "levers.yaml"
#: The parameters as typed attributes, for editors and type checkers.
TYPED = DOCS.parent / "model" / "declare" / "values.py"
TYPED_HEAD = '''\
"""The parameter values of a run, typed: made from the YAML files by `python -m docs.pages`."""

from divide.model.declare.parameters import AllValues, Section
'''
PART = re.compile(
    r"<!-- begin:(?P<name>[\w-]+) -->\n(?P<text>.*?)<!-- end:(?P=name) -->", re.DOTALL
)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; cells are escaped, so that no dollar sign starts a formula."""
    return markdown.table(head, [[_cell(value) for value in row] for row in rows])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:g}"


def _cell(value: object) -> str:
    text = _number(value) if isinstance(value, float) else str(value)
    for mark in "|$<>*":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _code(name: str) -> str:
    return f"`{name}`"


def _range(bounds: tuple[float, float]) -> str:
    return f"{_number(bounds[0])} to {_number(bounds[1])}"


def _columns(kind: type) -> str:
    rows = []
    for name, column in declared(kind).items():
        values = "" if column.axis is None else f", one for each {column.axis}"
        rows.append((_code(name), column.unit, column.doc + values))
    return table(("name", "unit", "what it is"), rows)


def axes() -> str:
    """The second axes of columns that have one."""
    rows = [(_code(name), ", ".join(values)) for name, values in AXES.items()]
    return table(("axis", "values"), rows)


def process_order() -> str:
    """The processes of one step, in order, with the first sentence of each docstring."""
    rows = [
        (place, _code(name_of(process)), first_sentence(process))
        for place, process in enumerate(PROCESSES, start=1)
    ]
    return table(("", "process", "what it does"), rows)


def parameter_table() -> str:
    """Every parameter with value, unit, bounds, prior, role and source."""
    rows = [
        (
            _code(name),
            p.value,
            p.unit,
            _range(p.bounds),
            "" if p.role == "constant" else p.prior.describe(),
            p.role + (", cut" if p.cut else ""),
            p.source + (" (speculative)" if p.speculative else ""),
        )
        for name, p in parameters().items()
    ]
    return table(("name", "value", "unit", "bounds", "prior", "role", "source"), rows)


def role_counts() -> str:
    """How many parameters there are of each role, and how many of them are assumed."""
    found = parameters().values()
    rows: list[tuple[object, ...]] = []
    for role in ("calibrated", "uncertainty", "constant"):
        mine = [p for p in found if p.role == role]
        guessed = sum(p.source.lower().startswith(("assumed", "prior assumed")) for p in mine)
        rows.append((role, len(mine), guessed))
    rows.append(("all", sum(int(str(r[1])) for r in rows), sum(int(str(r[2])) for r in rows)))
    return table(("role", "parameters", "of these assumed"), rows)


def _cost(lever: Lever) -> str:
    """Unit cost of a lever, US$."""
    if lever.per == "handsets":
        return "what all buyers of handsets pay"
    if lever.per == "payments":
        return "what all people pay digitally"
    if lever.per == "nothing":
        return "nothing"
    if lever.usd_per_unit is None:
        return "what all users pay for data"
    cost = _number(lever.usd_per_unit)
    if lever.usd_per_head:
        return f"{cost} + {_number(lever.usd_per_head)} a head"
    return f"{cost} a firm" if lever.per == "firms" else cost


def lever_table() -> str:
    """Every lever with unit, bounds, cost, lag, what it must move and how well that is known."""
    rows = []
    for name, lever in read_levers(LEVERS).items():
        rows.append(
            (
                _code(name),
                lever.label,
                lever.group,
                lever.kind,
                lever.unit,
                _range(lever.bounds),
                _cost(lever),
                lever.lag_years,
                lever.loan_share,
                f"{lever.outcome} {lever.direction}",
                lever.evidence,
                lever.acts_on,
                lever.study,
                replayed(lever),
                lever.source,
            )
        )
    head = "name,label,group,kind,unit,bounds,US\\$ a unit,lag (years),loan share,moves,evidence"
    return table([*head.split(","), "acts on", "study", "replay", "source"], rows)


def package_table() -> str:
    """The shipped policy packages."""
    rows = []
    for name in packages():
        policy = Policy.load(name)
        used = ", ".join(policy.levers) or "none"
        rows.append((_code(name), policy.purpose, policy.budget, policy.spend, used, policy.source))
    head = ("name", "purpose", "US\\$ million a year", "spend", "levers", "source")
    return table(head, rows)


def measure_table() -> str:
    """The measures taken of each dimension of the divide."""
    rows = []
    for name, measure in MEASURES.items():
        suited = [of for of, dimension in DIMENSIONS.items() if measure.suits(dimension)]
        unit = ", ".join(dict.fromkeys(OUTCOMES[f"{of}_{name}"].unit for of in suited))
        which = "all" if len(suited) == len(DIMENSIONS) else ", ".join(suited)
        rows.append((_code(f"_{name}"), measure.label, unit, measure.better, which, measure.source))
    head = ("name ends in", "measure", "unit", "better", "dimensions", "source")
    return table(head, rows)


def dimension_table() -> str:
    """The dimensions of the divide and the country column each is measured on."""
    rows = []
    for name, of in DIMENSIONS.items():
        measured = COUNTRY[of.column]
        rows.append((_code(name), of.label, _code(of.column), measured.label, measured.unit))
    return table(("dimension", "label", "country column", "what it is", "unit"), rows)


def other_outcomes() -> str:
    """Outcomes of the world that are not measures of one dimension."""
    rows = [
        (_code(name), o.label, o.unit, o.better, o.source)
        for name, o in OUTCOMES.items()
        if o.group not in DIMENSIONS
    ]
    return table(("name", "what it is", "unit", "better", "source"), rows)


def country_outcomes() -> str:
    """Columns of the country table of results."""
    rows = [(_code(name), o.label, o.unit, o.better) for name, o in COUNTRY.items()]
    return table(("name", "what it is", "unit", "better"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "country": lambda: _columns(Country),
    "platform": lambda: _columns(Platform),
    "firm": lambda: _columns(Firm),
    "axes": axes,
    "processes": process_order,
    "parameters": parameter_table,
    "parameter-roles": role_counts,
    "levers": lever_table,
    "packages": package_table,
    "dimensions": dimension_table,
    "measures": measure_table,
    "other-outcomes": other_outcomes,
    "country-outcomes": country_outcomes,
    "terms": lambda: terms.by_language(table),
    "data-cells": lambda: data.cells(table),
    "data-starts": lambda: data.by_start(table),
    "data-equations": lambda: data.equations(table),
    "data-errors": lambda: data.errors(table),
}


def build(text: str, parts: Mapping[str, Callable[[], str]]) -> tuple[str, list[str]]:
    """A page with its parts made anew, and the names of those that differed.

    Raises:
        KeyError: A marker names a part that is not among `parts`.
    """
    stale: list[str] = []

    def fresh(match: re.Match[str]) -> str:
        name = match["name"]
        made = parts[name]()
        if made != match["text"]:
            stale.append(name)
        return f"<!-- begin:{name} -->\n{made}<!-- end:{name} -->"

    return PART.sub(fresh, text), stale


def typed_values() -> str:
    """The text of `TYPED`."""
    parts, fields = [TYPED_HEAD], []
    for section, found in groupby(parameters().values(), lambda p: p.name.partition(".")[0]):
        kind = section.title().replace("_", "")
        parts.append(f'\n\nclass {kind}(Section):\n    """Parameters of {section}."""\n\n')
        parts.extend(_attribute(parameter) for parameter in found)
        fields.append(f"    {section}: {kind}\n")
    parts.append('\n\nclass Values(AllValues):\n    """All of them, by process."""\n\n')
    return "".join(parts + fields)


def _attribute(parameter: Parameter) -> str:
    low, high = parameter.bounds
    declared = parameter.prior.as_dict() is not None
    prior = f"; {parameter.prior.describe()}" if declared else ""
    short = parameter.name.partition(".")[2]
    return f'    {short}: float\n    """{parameter.unit}; {low:g} to {high:g}{prior}"""\n'


def refresh(*, check: bool) -> list[str]:
    """Make the parts of every page anew and write them, unless it is only a check.

    Returns:
        Page and name of each part that differed.
    """
    found = []
    if TYPED.read_text(encoding="utf-8") != typed_values():
        found.append(TYPED.name)
        if not check:
            TYPED.write_text(typed_values(), encoding="utf-8")
    if replays.WRITTEN.read_text(encoding="utf-8") != replays.verdicts():
        found.append(replays.WRITTEN.name)
        if not check:
            replays.WRITTEN.write_text(replays.verdicts(), encoding="utf-8")
    if paper.WRITTEN.read_text(encoding="utf-8") != paper.paper():
        found.append(paper.WRITTEN.name)
        if not check:
            paper.WRITTEN.write_text(paper.paper(), encoding="utf-8")
    for page in sorted([*DOCS.glob("*.md"), *DOCS.glob("workshop/words.md")]):
        text, stale = build(page.read_text(encoding="utf-8"), PARTS)
        found += [f"{page.name}: {name}" for name in stale]
        if stale and not check:
            page.write_text(text, encoding="utf-8")
    return found
