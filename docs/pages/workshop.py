"""Writes the figures of the facilitator's guide from real runs.

They are the figures of the page: difference from the status quo with the page's own seed and
parameters, and the 90 % interval that the page shows beside it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from divide.app.visit.interval import interval_of, pairs, status_quo
from divide.app.visit.result import Result, compute
from divide.experiments.text.units import number
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario
from docs.pages.parts import build, table

GUIDE = Path(__file__).parents[1] / "workshop" / "facilitator.md"
UNTIL = 2030


def lever(name: str, strength: float, toward: str = "hub") -> Policy:
    """A policy of one lever."""
    return Policy("custom", name, levers={name: LeverUse(strength, toward=toward)})


#: What the guide asks people to set, by the words of the guide.
POLICIES: dict[str, Policy] = {
    "5G networks, US$ 2,000 million a year": lever("five_g", 2_000.0),
    "Digital skills, 35 million people a year": lever("skills_training", 35e6),
    "Alignment of rules, full effort, hub": lever("regulatory_alignment", 1.0),
    "Alignment of rules, full effort, European Union": lever("regulatory_alignment", 1.0, "eu"),
    **{
        title: Policy.load(name)
        for title, name in (
            ("Least connected first", "least_connected_first"),
            ("Largest markets first", "market_size_first"),
            ("Networks first", "hard_first"),
            ("People and rules first", "soft_first"),
            ("Payments first", "payments_first"),
            ("Balanced package", "balanced"),
        )
    },
}

#: Heading, factor to the readable unit, and digits, of each outcome in the tables.
COLUMNS: dict[str, tuple[str, float, int]] = {
    "usage_mean": ("People online, points", 100.0, 2),
    "people_offline": ("People offline, million", 1e-6, 1),
    "usage_gini": ("Divide in use, Gini", 1.0, 4),
    "ecommerce_value": ("Cross-border e-commerce, US$ billion a year", 1e-9, 1),
    "small_firm_supply": ("Small firms selling abroad, points", 100.0, 2),
    "hub_dependence": ("Dependence on the hub, points", 100.0, 2),
    "fragmentation": ("Difference between rules, index", 1.0, 4),
    "debt": ("Debt, US$ billion", 1e-9, 1),
    "payments_gini": ("Divide in payments, Gini", 1.0, 4),
}
_TITLES = list(POLICIES)
#: Rows and columns of each table of differences.
TABLES: dict[str, tuple[list[str], list[str]]] = {
    "levers": (
        _TITLES[:4],
        ["people_offline", "usage_gini", "hub_dependence", "fragmentation", "debt"],
    ),
    "targeting": (_TITLES[4:6], ["people_offline", "usage_gini", "ecommerce_value", "debt"]),
    "dependence": (
        _TITLES[6:],
        ["people_offline", "payments_gini", "small_firm_supply", "hub_dependence", "debt"],
    ),
}


_RUNS: dict[str, Result] = {}


def run(scenario: Scenario) -> Result:
    """A run of the model, made once."""
    if scenario.digest not in _RUNS:
        _RUNS[scenario.digest] = compute(scenario)
    return _RUNS[scenario.digest]


def scenario(title: str) -> Scenario:
    """The scenario that a person has on the page who did what the guide says."""
    return Scenario(until=UNTIL, policy=POLICIES[title])


def change(title: str, outcome: str) -> str:
    """Difference from the status quo in the last year, as it is written."""
    here = scenario(title)
    you, base = run(here), run(status_quo(here))
    _, factor, places = COLUMNS[outcome]
    return number(factor * (you.series[outcome][-1] - base.series[outcome][-1]), places, sign=True)


def interval(title: str, outcome: str) -> str:
    """The 90 % interval of the difference, as it is written."""
    here = scenario(title)
    found = interval_of(tuple(map(run, pairs(here, status_quo(here)))))
    _, factor, places = COLUMNS[outcome]
    low, high = (number(factor * b, places, sign=True) for b in found.difference(outcome, -1)[1:])
    return f"({low} to {high})"


def cost(title: str) -> str:
    """US$ billion over the whole run, as it is written."""
    return number(run(scenario(title)).cost / 1e9, 1)


def baseline() -> str:
    """What the status quo does by itself."""
    plan = Scenario(until=UNTIL)
    result = run(plan)
    rows = []
    for outcome in ("usage_mean", "people_offline", "usage_gini", "payments_gini"):
        heading, factor, places = COLUMNS[outcome]
        values = result.series[outcome][[0, -1]]
        first, last = (number(factor * value, places) for value in values)
        rows.append([heading.replace("points", "%"), first, last])
    return table(["status quo", str(plan.start), str(UNTIL)], rows)


def differences(rows: Iterable[str], columns: list[str]) -> str:
    """A table of differences and their intervals."""
    head = [
        "scenario",
        "cost, US\\$ billion",
        *(COLUMNS[c][0].replace("$", "\\$") for c in columns),
    ]
    body = [
        [title, cost(title), *(f"{change(title, c)} {interval(title, c)}" for c in columns)]
        for title in rows
    ]
    return table(head, body)


PARTS: dict[str, Callable[[], str]] = {
    "baseline": baseline,
    **{name: partial(differences, *what) for name, what in TABLES.items()},
}

if __name__ == "__main__":
    GUIDE.write_text(build(GUIDE.read_text(encoding="utf-8"), PARTS)[0], encoding="utf-8")
