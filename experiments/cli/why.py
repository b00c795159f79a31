"""The command `divide why`: what a policy adds in a country, term by term."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import click

from divide.experiments.cli.carrying import csv_option, extension_option, loading, processes_option
from divide.experiments.cli.errors import fail

PHASE = "running"


@click.command()
@click.argument("country", metavar="COUNTRY")
@click.option("--policy", metavar="NAME|FILE", help="Policy that is explained. [default: balanced]")
@click.option(
    "--run",
    "folder",
    metavar="DIR",
    help='Explain the runs of a folder of "divide run", with its settings and draws.',
)
@click.option("--scenario", "file", metavar="FILE", help="File with the settings.")
@click.option("--until", type=int, metavar="YEAR", help="Last year, to 2060. [default: 2040]")
@click.option("--year", type=int, metavar="YEAR", help="Year that is explained. [default: last]")
@click.option(
    "--draws",
    type=int,
    metavar="N",
    help="Futures beside the central run, for 90 % intervals. [default: 0]",
)
@csv_option
@click.option("--svg", metavar="FILE", help="Write the figure.")
@processes_option
@extension_option
def why(
    country: str,
    policy: str | None,
    folder: str | None,
    file: str | None,
    until: int | None,
    year: int | None,
    draws: int | None,
    csv: str | None,
    svg: str | None,
    workers: int | None,
    extensions: tuple[Any, ...],
) -> None:
    """Why a country gained: what a policy adds to its share online, term by term.

    COUNTRY is three letters, or "all" for every country (with --csv). Drivers of adoption are
    exchanged between the run of the policy and that of the status quo, one by one, in all orders;
    the parts add up to the whole difference.
    """
    _check_files(csv, svg)
    if folder is not None:
        _alone(file=file, until=until, draws=draws)
    if country == "all" and (csv is None or svg is not None):
        fail('"all" is for --csv FILE, without --svg')
    settings = None if folder is not None else _settings(file, until, extensions)
    iso3 = country if country == "all" else _code(country, settings)
    if settings is not None:
        from divide.model.policy.policy import Policy

        explained = Policy.load(policy or "balanced")
        _check_year(year, settings)
    with loading():
        from divide.experiments.carry.calls import JobError
        from divide.experiments.carry.pool import EngineError
        from divide.experiments.carry.progress import phase_bar
        from divide.experiments.read import why as read

    many = workers or os.cpu_count() or 1
    try:
        with phase_bar({PHASE: 1.0}) as told:
            progress = partial(told, PHASE)
            if settings is None:
                found = read.why_of(str(folder), policy, workers=many, progress=progress)
            else:
                found = read.why(
                    explained, settings, draws=draws or 0, workers=many, progress=progress
                )
    except (EngineError, JobError) as error:
        fail(str(error))
    _show(found, iso3, year, csv, svg)


def _check_files(csv: str | None, svg: str | None) -> None:
    for option, name in (("--csv", csv), ("--svg", svg)):
        if name not in (None, "-") and os.path.lexists(str(name)):
            fail(f"{option} {name}: exists; name a new file")


def _alone(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            option = "scenario" if name == "file" else name
            fail(f"--{option}: a folder has its own; leave it out with --run")


def _settings(file: str | None, until: int | None, extensions: tuple[Any, ...]) -> Any:
    from dataclasses import replace

    from divide.model.scenario import Scenario

    base = Scenario.from_file(file, extensions) if file is not None else Scenario()
    changes: dict[str, Any] = {} if until is None else {"until": until}
    return replace(base, **changes, extensions=base.extensions or extensions)


def _code(country: str, settings: Any) -> str:
    """The code of a country by its code or English name."""
    import difflib

    from divide.model.declare.errors import InputError
    from divide.model.scenario import Scenario
    from divide.model.world import load_world

    names = load_world((settings or Scenario()).start).table["name"]
    wanted = country.strip()
    if wanted.upper() in names.index:
        return wanted.upper()
    found = [iso3 for iso3, name in names.items() if str(name).lower() == wanted.lower()]
    if not found:
        near = difflib.get_close_matches(wanted.title(), map(str, names), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f'{country}: no such country{hint}; three letters such as KEN, or its name as "divide '
            'countries" or the report has it',
            ("country",),
        )
    return str(found[0])


def _check_year(year: int | None, settings: Any) -> None:
    from divide.model.declare.errors import InputError

    if year is not None and not settings.start <= year <= settings.until:
        raise InputError(f"{year}; from {settings.start} to {settings.until}", ("year",))


def _show(found: Any, iso3: str, year: int | None, csv: str | None, svg: str | None) -> None:
    table = found.tables(year) if iso3 == "all" else found.table(iso3, year)
    if svg is not None:
        from divide.experiments.keep.folder import replace_file
        from divide.experiments.report.charts_why import why_chart
        from divide.experiments.report.style import alone

        chart = why_chart(found, iso3, year)
        replace_file(Path(svg), alone(chart.svg).encode())
    if csv is not None:
        from divide.experiments.cli.query import show

        show(table, csv)
    elif iso3 != "all":
        _print(found, iso3, found.years[-1] if year is None else year, table)


def _print(found: Any, iso3: str, year: int, table: Any) -> None:
    from divide.experiments.text.units import number

    title, against = found.policy.policy.title, found.reference.policy.title
    click.echo(f"{iso3}, end of {year}: {title} less {against}, percentage points online\n")
    for row in table.itertuples():
        line = f"{row.label:34s}{number(100 * row.difference, 2, sign=True):>8s}"
        if found.drawn:
            low, high = number(100 * row.lo90, 2, sign=True), number(100 * row.hi90, 2, sign=True)
            line += f"   90 %: {low} to {high}"
        if row.term == "total":
            click.echo("-" * 42)
        click.echo(line)
