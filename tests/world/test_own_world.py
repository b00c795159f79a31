"""A world of one's own: a folder of tables, checked with file and line, that the command runs."""

import csv
import gzip
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.model.declare.countries import country_names
from divide.model.declare.errors import InputError
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import LeverUse, Policy, check_countries
from divide.model.scenario import Scenario
from divide.model.world import load_world
from divide.model.world.loader import TABLES

Rows = list[list[str]]
Change = Callable[[Path], None]
PLAN = Scenario(firms=400, until=2023)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    return Path(shutil.copytree(TABLES, tmp_path / "own"))


def edit(path: Path, change: Callable[[Rows], Rows]) -> None:
    """Write a table anew."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(change(rows))


def without(codes: Sequence[str]) -> Change:
    """Take countries out."""

    def change(folder: Path) -> None:
        edit(folder / "countries.csv", lambda rows: [row for row in rows if row[0] not in codes])

    return change


def cell(name: str, code: str, column: str, text: str) -> Change:
    """Put a text into a cell of the first row of a country."""

    def changed(rows: Rows) -> Rows:
        head, at = rows[0], rows[0].index(column)
        row = next(row for row in rows[1:] if row[head.index("iso3")] == code)
        row[at] = text
        return rows

    return lambda folder: edit(folder / name, changed)


def text(name: str, function: Callable[[str], str]) -> Change:
    """Change the text of a table."""
    return lambda folder: (
        (folder / name).write_text(function((folder / name).read_text("utf-8")), "utf-8") and None
    )


def split_kenya(folder: Path) -> None:
    """Two regions in the place of a country."""

    def divided(rows: Rows) -> Rows:
        head, found = rows[0], rows[:1]
        for row in rows[1:]:
            if row[head.index("iso3")] != "KEN":
                found.append(row)
                continue
            for code, share in (("XKA", 0.3), ("XKB", 0.7)):
                part = list(row)
                part[head.index("iso3")] = code
                for column in ("name", "country"):
                    if column in head:
                        part[head.index(column)] = f"Kenya {code}"
                if part[0] == "population":
                    part[2:] = [f"{float(x) * share:.0f}" if x else "" for x in part[2:]]
                found.append(part)
        return found

    for name in ("countries.csv", "members.csv", "cooperation.csv", "history.csv.gz"):
        edit(folder / name, divided)


BROKEN: dict[str, tuple[Change, str]] = {
    "no hub": (without(["CHN"]), r"countries\.csv: CHN, the hub, is missing"),
    "latitude": (
        cell("countries.csv", "AGO", "lat", "-95"),
        r"countries\.csv, line 4: lat: '-95.*-90 to 90",
    ),
    "decimal comma": (
        cell("countries.csv", "AFG", "lat", "34,5"),
        r"countries\.csv, line 3: lat: '34,5'; allowed: numbers from -90 to 90",
    ),
    "code": (
        cell("countries.csv", "AFG", "iso3", "af"),
        r"countries\.csv, line 3: iso3: 'af'; allowed: three capital letters",
    ),
    "twice": (
        cell("countries.csv", "AGO", "iso3", "AFG"),
        r"countries\.csv, line 4: AFG stands twice",
    ),
    "no region": (
        cell("countries.csv", "AFG", "region", ""),
        r"countries\.csv, line 3: region of AFG is missing",
    ),
    "no year of an equation": (
        text("equations.csv", lambda given: given.replace("skills,2022", "skills,soon", 1)),
        r"equations\.csv, line \d+: until: 'soon'; allowed: numbers from 1900 to 2100",
    ),
    "pair": (
        cell("pairs.csv", "AFG", "official", "yes"),
        r"pairs\.csv, line \d+: official: 'yes'; allowed: numbers from 0 to 1",
    ),
    "bloc": (
        cell("countries.csv", "AFG", "bloc", "nato"),
        r"countries\.csv, line 3: bloc: 'nato'; allowed: hub, eu, us, none",
    ),
    "stage": (
        cell("cooperation.csv", "ARE", "stage", "7"),
        r"cooperation\.csv, line 2: stage: '7'; allowed: numbers from 0 to 3",
    ),
    "no figures": (
        cell("countries.csv", "AFG", "iso3", "XAA"),
        r"history\.csv\.gz: population: no figure above 0 up to 2022 for XAA",
    ),
    "text for a figure": (
        cell("history.csv.gz", "AFG", "2010", "many"),
        r"history\.csv\.gz, line 2: 2010: 'many'; allowed: numbers from 0",
    ),
    "a number to Python alone": (
        cell("history.csv.gz", "AFG", "2010", "1_000"),
        r"history\.csv\.gz, line 2: 2010: '1_000'; allowed: numbers from 0",
    ),
    "no number": (
        cell("countries.csv", "AGO", "lon", ""),
        r"countries\.csv, line 4: lon: nothing; allowed: numbers from -180 to 180",
    ),
    "an equation twice": (
        text("equations.csv", lambda given: given + given.splitlines()[1] + "\n"),
        r"equations\.csv, line \d+: electricity, 2000, const stands twice",
    ),
    "semicolons": (
        text("members.csv", lambda content: content.replace(",", ";")),
        r"members\.csv: columns are missing: .*separate them with commas",
    ),
    "ragged": (
        text("cooperation.csv", lambda content: content + "ARE,1\n"),
        r"cooperation\.csv: line 31: 2 values for 6 columns",
    ),
    "term": (
        text("equations.csv", lambda t: t.replace("skills,2022,logit,hdi", "skills,2022,logit,h")),
        r"equations\.csv: unknown term 'h'",
    ),
    "no equation": (
        text("equations.csv", lambda content: content.replace("skills,", "talent,")),
        r"equations\.csv: equations are missing: skills",
    ),
    "empty": (
        text("countries.csv", lambda given: given.split("\n")[0]),
        r"countries\.csv: holds no rows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_file_and_line(name: str, folder: Path) -> None:
    change, message = BROKEN[name]
    change(folder)
    with pytest.raises(InputError, match=message):
        load_world(2022, tables=folder)


def test_a_packed_file_that_grows_without_bound_is_refused(folder: Path) -> None:
    with gzip.open(folder / "history.csv.gz", "wb") as file:
        for _ in range(110):
            file.write(b"0" * 1_000_000)
    with pytest.raises(InputError, match=r"history\.csv\.gz: larger than .* when unpacked"):
        load_world(2022, tables=folder)
    (folder / "history.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"history\.csv\.gz: cannot be unpacked"):
        load_world(2022, tables=folder)


def test_a_byte_order_mark_changes_no_figure(folder: Path) -> None:
    text("countries.csv", lambda content: f"\ufeff{content}")(folder)
    own, shipped = load_world(2022, tables=folder), load_world(2022)
    assert all((own.values[name] == shipped.values[name]).all() for name in shipped.values)


def test_a_region_of_ones_own_has_the_figures_of_its_incomes(folder: Path) -> None:
    """No equation knows it; what is left of the equations fills its gaps."""
    cell("countries.csv", "AFG", "region", "Atlantis")(folder)
    world = load_world(2022, tables=folder)
    at = world.iso3.index("AFG")
    assert world.table.loc["AFG", "region"] == "Atlantis"
    shipped = load_world(2022).values["women_per_man"]
    assert 1.05 < world.values["women_per_man"][at] / shipped[at] < 1.3  # South Asia's gap is gone
    assert np.array_equal(np.delete(world.values["women_per_man"], at), np.delete(shipped, at))


def test_a_world_without_a_region_and_without_blocs_runs(folder: Path) -> None:
    """No North America, no European Union: no country of the blocs "us" and "eu" either."""
    table = load_world(2022).table
    gone = table["bloc"].isin(["us", "eu"]) | (table["region"] == "Sub-Saharan Africa")
    without(list(table.index[gone]))(folder)
    world = load_world(2022, tables=folder)
    results = DigitalDivideModel(PLAN, world=world).run()
    assert len(world.iso3) == (~gone).sum()
    assert results.model["usage_mean"].between(0, 1).all()


def test_a_world_without_the_hub_is_refused_in_python_too() -> None:
    world = load_world(2022)
    renamed = tuple("XCN" if code == "CHN" else code for code in world.iso3)
    with pytest.raises(InputError, match="the world has no CHN, the hub"):
        DigitalDivideModel(PLAN, world=replace(world, iso3=renamed))


def test_targets_and_firms_are_checked_against_the_world_of_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split_kenya(folder)
    policy = Policy("p", levers={"five_g": LeverUse(100, target=("XKA",))})
    world = load_world(2022, tables=folder)
    DigitalDivideModel(replace(PLAN, policy=policy), world=world).step()
    with pytest.raises(InputError, match="firms: 188 is out of range; allowed: 189 to"):
        DigitalDivideModel(replace(PLAN, firms=188), world=world)
    with pytest.raises(InputError, match="'XKA' is not a country"):
        check_countries(policy)
    file = tmp_path / "p.yaml"
    file.write_text("levers: {five_g: {intensity: 1, target: [XKA]}}\n", encoding="utf-8")
    monkeypatch.setenv("DIVIDE_WORLD", str(folder))
    assert len(country_names()) == 189
    assert Policy.load(file).levers["five_g"].target == ("XKA",)
    with pytest.raises(InputError, match="firms: 188 is out of range; allowed: 189 to"):
        Scenario(firms=188)
    file.write_text("levers: {five_g: {intensity: 1, target: [KEN]}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: .*'KEN' is not a country"):
        Policy.load(file)


def test_the_digest_is_that_of_the_content() -> None:
    world = load_world(2022)
    assert replace(world).digest == pickle.loads(pickle.dumps(world)).digest == world.digest
    skills = world.values["skills"] * 1.01
    others = [
        replace(world, values={**world.values, "skills": skills}),
        replace(world, start=2021),
        replace(world, distance_km=world.distance_km * 2),
        replace(world, flags={**world.flags, "skills": 1 - world.flags["skills"]}),
    ]
    digests = {each.digest for each in others}
    assert len({*digests, world.digest}) == len(others) + 1
    assert pickle.loads(pickle.dumps(others[0])).digest == others[0].digest
    back = replace(others[0], values=world.values)
    assert back.digest == world.digest


def test_regions_in_place_of_a_country_run_by_the_command(folder: Path, tmp_path: Path) -> None:
    split_kenya(folder)
    file = tmp_path / "north.yaml"
    file.write_text("levers: {five_g: {intensity: 100, target: [XKA]}}\n", encoding="utf-8")
    run = ("--firms", "400", "--until", "2023", "--replicates", "1", "--out", "out", "--threads")
    command = [sys.executable, "-m", "divide", "run", "--policy", file, *run]
    given = {**os.environ, "DIVIDE_WORLD": str(folder)}
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True)
    assert done.returncode == 0, done.stderr
    country = pd.read_parquet(tmp_path / "out" / "country.parquet")
    assert {"XKA", "XKB"} <= set(country["iso3"])
    assert "KEN" not in set(country["iso3"])
    spend = pd.read_parquet(tmp_path / "out" / "spend.parquet")
    assert set(spend.loc[spend["usd"] > 0, "iso3"]) == {"XKA"}
