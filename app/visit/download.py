"""What a visitor takes away: tables, the scenario, and the lines that make the same numbers."""

import csv
import io
import re
from dataclasses import replace

from divide.app.visit.interval import DRAWS
from divide.app.visit.result import KEPT, Result
from divide.app.visit.state import (
    CUSTOM,
    LONGEST_NAME,
    bounded,
    clean_name,
    clean_title,
    is_shipped,
)
from divide.model.declare.errors import InputError, located
from divide.model.declare.phrase import Phrase
from divide.model.declare.yamlfile import MAX_BYTES, parse_yaml
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import REFERENCE
from divide.model.scenario import Scenario
from divide.model.world import load_world

#: Largest scenario file that is taken (characters).
LARGEST_FILE = 100_000
FILE = "scenario.yaml"


def outcomes_csv(you: Result, base: Result) -> str:
    """Every outcome at the end of every year, of the scenario and of the status quo."""
    rows = [["outcome", "unit", "year", "scenario", "status_quo"]]
    for name, values in you.series.items():
        for year, value, before in zip(you.years, values, base.series[name], strict=True):
            unit = OUTCOMES[name].unit
            rows.append([name, unit, str(year), repr(float(value)), repr(float(before))])
    return _csv(rows)


def countries_csv(you: Result, base: Result, start: int) -> str:
    """Every mapped column of every country and year, of the scenario and of the status quo."""
    codes = load_world(start).iso3
    header = ["iso3", "year", *KEPT, *(f"{name}_status_quo" for name in KEPT)]
    columns = [you.country[name] for name in KEPT] + [base.country[name] for name in KEPT]
    rows = [header]
    for y, year in enumerate(you.years):
        for row, code in enumerate(codes):
            rows.append([code, str(year), *(f"{column[y, row]:.7g}" for column in columns)])
    return _csv(rows)


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def scenario_yaml(scenario: Scenario) -> str:
    """The scenario as the file that `divide check` and `divide run` read."""
    return scenario.to_yaml()


def file_name(scenario: Scenario, ending: str) -> str:
    """A name for a file about a scenario, safe on any disk."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", scenario.policy.title).strip("-").lower()
    return f"{words[:LONGEST_NAME] or 'scenario'}-{scenario.digest[:8]}{ending}"


def command(scenario: Scenario) -> str:
    """The `divide run` that gives the differences and intervals on the page, at the last year."""
    return f"{_run(scenario)} --replicates 1\n{_run(scenario)} --draws {DRAWS}"


def _run(scenario: Scenario) -> str:
    policy = scenario.policy
    plain = Scenario()
    if not is_shipped(policy) or scenario.parameters or scenario.platforms != plain.platforms:
        return f"divide run --scenario {FILE}"
    options = ["divide run", f"--policy {policy.name}"]
    options += [
        f"--{key} {getattr(scenario, key)}"
        for key in ("start", "until", "seed", "firms")
        if getattr(scenario, key) != getattr(plain, key)
    ]
    return " ".join(options)


def python(scenario: Scenario, outcome: str) -> str:
    """Lines of Python that print the figure on the page, at the last year."""
    return (
        "from dataclasses import replace\n"
        "from divide.model import DigitalDivideModel, Scenario\n"
        f'scenario = Scenario.from_file("{FILE}")\n'
        f'status_quo = replace(scenario, policy="{REFERENCE}")\n'
        "for plan in (scenario, status_quo):\n"
        f'    print(DigitalDivideModel(plan).run().outcomes["{outcome}"][-1])'
    )


def read_scenario(name: object, text: object) -> Scenario:
    """The scenario in a file that a visitor handed in, checked as `divide check` does.

    Raises:
        InputError: Anything about it is not allowed; file and line are named.
    """
    where = clean_name(name) or Phrase("file")
    if not isinstance(text, str) or len(text) > LARGEST_FILE or len(text.encode()) > MAX_BYTES:
        raise InputError(
            Phrase("larger than {most:,} characters, the most that is read", most=LARGEST_FILE),
            place=where,
        )
    data = parse_yaml(text, where)
    # No folder: a policy file beside this one would be a file of the server.
    scenario = Scenario.from_mapping(data, where)
    with located(where, data):
        return bounded(_renamed(scenario, named=isinstance(data.get("policy"), str)))


def _renamed(scenario: Scenario, *, named: bool) -> Scenario:
    if named:
        return scenario
    policy = scenario.policy
    title = clean_title(policy.title) or CUSTOM
    return replace(scenario, policy=replace(policy, name=CUSTOM, title=title))
