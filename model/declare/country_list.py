"""The countries of the model as people look them up, from the tables alone; quick to import."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from divide.model.declare.countries import MOST_BYTES, start_years, tables_directory
from divide.model.declare.errors import located
from divide.model.declare.files import read_text

ONLINE, PEOPLE = "internet_users_pct", "population"


@dataclass(frozen=True)
class Country:
    """A country, as the tables have it.

    Attributes:
        iso3: ISO 3166-1 alpha-3 code.
        name, region, income_group: In the World Bank's words.
        bri_member: Whether it is a member of the Belt and Road Initiative at the end of `year`.
        population: Persons, None where there is no figure.
        online_pct: Percent of the population online, None where it was not reported and the model
            imputes it.
        year: Of all figures: the last from which a run can start.
    """

    iso3: str
    name: str
    region: str
    income_group: str
    bri_member: bool
    population: float | None
    online_pct: float | None
    year: int

    def fits(self, word: str) -> bool:
        """Whether a code, or a part of the name, region or income group is meant."""
        low = word.casefold()
        texts = (self.name, self.region, self.income_group)
        return low == self.iso3.casefold() or any(low in text.casefold() for text in texts)


def countries(tables: Path | str | None = None) -> tuple[Country, ...]:
    """Every country of the model, in the order of the tables.

    Args:
        tables: See `tables_directory`.

    Raises:
        InputError: A table is missing or cannot be read.
    """
    folder, year = tables_directory(tables), start_years(tables)[1]
    figures = _figures(folder / "history.csv.gz", str(year))
    members = {row["iso3"]: row for row in _rows(folder / "members.csv")}
    return tuple(
        Country(
            row["iso3"],
            row["name"],
            row.get("region") or "",
            row.get("income_group") or "",
            _member(members.get(row["iso3"], {}), f"{year}-12-31"),
            figures[PEOPLE].get(row["iso3"]),
            figures[ONLINE].get(row["iso3"]),
            year,
        )
        for row in _rows(folder / "countries.csv")
    )


def chosen(found: Sequence[Country], words: Sequence[str]) -> list[Country]:
    """Those that any of the words fits; all without words."""
    return [each for each in found if not words or any(each.fits(word) for word in words)]


def _member(row: Mapping[str, str], end: str) -> bool:
    joined, left = row.get("joined") or "9999", row.get("left") or "9999"
    return joined <= end < left


def _figures(path: Path, year: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {ONLINE: {}, PEOPLE: {}}
    for row in _rows(path, (ONLINE, PEOPLE)):
        if row["indicator"] in found and (figure := row.get(year)):
            found[row["indicator"]][row["iso3"]] = float(figure)
    return found


def _rows(path: Path, series: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    with located(str(path)):
        lines = read_text(path, MOST_BYTES).splitlines()
        if series:
            lines = [*lines[:1], *(line for line in lines[1:] if line.startswith(series))]
        yield from csv.DictReader(io.StringIO("\n".join(lines)))
