"""What `divide countries` prints."""

from collections.abc import Sequence

from divide.model.declare.country_list import Country, chosen, countries
from divide.model.declare.errors import InputError


def print_countries(words: Sequence[str], members: bool, csv: str | None) -> None:
    """Countries as a table for people, or as CSV.

    Args:
        words: Codes, or parts of a name, region or income group; all countries if empty.
        members: Only members of the Belt and Road Initiative.
        csv: File to write, "-" for the terminal; None for a table.

    Raises:
        InputError: No country fits a word.
    """
    known = countries()
    for word in words:
        if not any(each.fits(word) for each in known):
            raise InputError(f"no country fits {word!r:.60}; {_allowed(known)}")
    found = [each for each in chosen(known, words) if each.bri_member or not members]
    if csv is not None:
        _write(found, csv)
        return
    _print(found, known[0].year)


def _allowed(known: Sequence[Country]) -> str:
    """What a word may be."""
    regions = sorted({each.region for each in known})
    incomes = sorted({each.income_group for each in known if each.income_group})
    return (
        "allowed: an ISO 3166-1 alpha-3 code, part of a name, or part of "
        f"{'; '.join(regions)}; {'; '.join(incomes)}"
    )


def _write(found: Sequence[Country], csv: str) -> None:
    from dataclasses import asdict, fields

    import pandas as pd

    from divide.experiments.cli.query import show

    columns = [field.name for field in fields(Country)]
    show(pd.DataFrame([asdict(each) for each in found], columns=columns), csv)


def _print(found: Sequence[Country], year: int) -> None:
    from rich import box
    from rich.table import Table

    from divide.experiments.cli.tables import new_console

    console = new_console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("code", "name", "region", "income group", "BRI"):
        table.add_column(name)
    for name in ("people", "online, %"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found:
        people = "" if each.population is None else f"{each.population:,.0f}"
        online = "imputed" if each.online_pct is None else f"{each.online_pct:.1f}"
        member = "member" if each.bri_member else ""
        places = (each.iso3, each.name, each.region, each.income_group, member)
        table.add_row(*places, people, online)
    console.print(table)
    number = "1 country" if len(found) == 1 else f"{len(found)} countries"
    console.print(f"{number}; figures of {year}, membership at its end")
