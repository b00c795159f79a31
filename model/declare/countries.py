"""The countries that levers can be aimed at, known without loading their figures."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

COUNTRIES = Path(__file__).parents[1] / "world" / "tables" / "countries.csv"


@cache
def country_names() -> Mapping[str, str]:
    """Names of the countries of the model by ISO 3166-1 alpha-3 code."""
    with COUNTRIES.open(encoding="utf-8", newline="") as file:
        return {row["iso3"]: row["name"] for row in csv.DictReader(file)}
