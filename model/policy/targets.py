"""Countries that a policy names: each must be one of the model."""

import csv
from collections.abc import Collection
from functools import cache
from pathlib import Path

from divide.model.declare.yamlfile import InputError
from divide.model.scenario import Policy

COUNTRIES = Path(__file__).parents[1] / "world" / "tables" / "countries.csv"


@cache
def shipped_codes() -> frozenset[str]:
    """Codes of the countries of the shipped table, without loading the world."""
    with COUNTRIES.open(encoding="utf-8", newline="") as file:
        return frozenset(row["iso3"] for row in csv.DictReader(file))


def check_targets(policy: Policy, known: Collection[str] | None = None) -> None:
    """Raise InputError if a lever is aimed at a code that is no country of the model.

    Args:
        policy: The policy.
        known: Codes of the countries; those of the shipped table if not given.
    """
    known = shipped_codes() if known is None else known
    for name, use in policy.levers.items():
        for code in use.target if isinstance(use.target, tuple) else ():
            if code not in known:
                raise InputError(
                    f"policy {policy.name}, lever {name}: target {code!r} is not a country "
                    f"of the model (it has {len(known)}, ISO 3166-1 alpha-3)"
                )
