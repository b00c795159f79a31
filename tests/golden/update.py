"""Key outcomes of two small runs, to 10 significant digits.

Write the file anew with `python -m tests.golden.update` when outcomes are meant to change, and mark
the change "Regression" in CHANGELOG.md with the reason.
"""

from pathlib import Path

import yaml

from divide.model import DigitalDivideModel, Scenario
from divide.model.outcomes import OUTCOMES

FILE = Path(__file__).with_name("baseline.yaml")
POLICIES = ("status_quo", "balanced")
COUNTRIES = ("CHN", "KEN", "LAO", "USA")
#: Columns of the country table that are kept for a few countries.
COLUMNS = (
    "internet_users", "skills", "account_holders", "mobile", "basket", "sellers", "exporters",
    "exports", "income", "debt",
)  # fmt: skip


def digits(value: float) -> float:
    """A number to 10 significant digits."""
    return float(f"{value:.10g}")


def measure() -> dict[str, dict[str, dict[str, float]]]:
    """Outcomes and country columns at the end of 2026, by policy."""
    found = {}
    for policy in POLICIES:
        results = DigitalDivideModel(Scenario(policy=policy, firms=2_000, until=2026)).run()
        last = results.model.iloc[-1]
        made = {"outcomes": {name: digits(last[name]) for name in OUTCOMES}}
        table = results.country.query("year == 2026 and quarter == 4").set_index("iso3")
        for code in COUNTRIES:
            made[code] = {name: digits(table.loc[code, name]) for name in COLUMNS}
        found[policy] = made
    return found


def write() -> None:
    """Write what the model says now."""
    text = yaml.safe_dump(measure(), sort_keys=False)
    FILE.write_text(f"# Made by `python -m tests.golden.update`.\n{text}", encoding="utf-8")


if __name__ == "__main__":
    write()
