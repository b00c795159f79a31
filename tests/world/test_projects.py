"""Lists of Chinese-financed projects become a table of a user's own world, never of the shipped."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from divide.calibration.fit.hindcast import run as forecast
from divide.experiments.cli.main import main
from divide.model.declare.countries import OPTIONAL
from divide.model.declare.errors import InputError
from divide.model.world import load_world
from divide.model.world.add import add
from divide.model.world.loader import TABLES

LENT = """project_id,iso3,year,status,title,usd_current,usd_defl_2014
1,KEN,2005,Completion,Loan for a mobile network,30000000,60000000
2,KEN,2006,Implementation,National fibre network,10000000,20000000
3,KEN,2006,Pipeline: Pledge,Another network,50000000,90000000
4,UGA,2007,Cancelled,Rural telephony,50000000,90000000
5,UGA,2007,Completion,Television network upgrade,50000000,90000000
6,UGA,2007,Completion,Communications satellite,50000000,90000000
7,UGA,2008,Completion,Telephone lines,,
8,"Africa, regional",2008,Completion,Cross-border network,70000000,90000000
"""
DEALS = """iso3,country,year,Month,investor,party,usd_m,subsector,bri,greenfield
KEN,Kenya,2007,May,Huawei Technologies,,200,Telecom,,
KEN,Kenya,2010,May,Huawei Technologies,,150,Telecom,,
UGA,Uganda,2015,May,"ZTE (Zhongxing Telecommunications Equipment)",,120,Telecom,1.0,
UGA,Uganda,2016,May,China Mobile Communications,An operator,300,Telecom,1.0,
UGA,Uganda,2017,May,China Mobile Communications,,310,Telecom,1.0,G
UGA,Uganda,2018,May,Huawei Technologies,,400,,1.0,
"""
#: What builds networks. The deal of 2007 stands beside a loan of 2006.
TABLE = [
    ("KEN", 2005, 30.0, "AidData"),
    ("KEN", 2006, 10.0, "AidData"),
    ("KEN", 2010, 150.0, "AEI"),
    ("UGA", 2015, 120.0, "AEI"),
    ("UGA", 2017, 310.0, "AEI"),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "lent.csv").write_text(LENT, encoding="utf-8")
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    return folder


def rows(folder: Path) -> list[tuple[object, ...]]:
    return list(pd.read_csv(folder / "projects.csv").itertuples(index=False, name=None))


def test_what_builds_networks_is_kept_once(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    added = add(source, out)
    assert rows(out) == TABLE
    assert added.projects == (5, 2)
    assert added.used == added.left == {}
    assert (out / "history.csv.gz").read_bytes() == (TABLES / "history.csv.gz").read_bytes()
    assert '"path": "projects.csv"' in (out / "datapackage.json").read_text("utf-8")


def test_a_list_read_again_takes_its_own_place(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever order the lists come."""
    out = tmp_path / "world"
    lent = (source / "lent.csv").rename(tmp_path / "lent.csv")
    add(source, out)
    assert len(rows(out)) == 4  # the deal of 2007 stands alone
    monkeypatch.setenv("DIVIDE_WORLD", str(out))
    lent.rename(source / "lent.csv")
    (source / "deals.csv").unlink()
    for _ in range(2):
        add(source, out)
        assert rows(out) == TABLE


def test_figures_and_projects_may_come_together(source: Path, tmp_path: Path) -> None:
    (source / "figures.csv").write_text("iso3,year,indicator,value\nKEN,2018,cov_3g_pct,80\n")
    out = tmp_path / "world"
    add(source, out)
    assert rows(out) == TABLE
    world = load_world(2018, tables=out)
    assert world.values["coverage_mobile"][world.iso3.index("KEN")] == pytest.approx(0.8)


def test_a_world_knows_projects_and_later_agreements(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    add(source, out)
    world, shipped = load_world(2012, tables=out), load_world(2012)
    at = [world.iso3.index(code) for code in ("KEN", "UGA")]
    assert sorted(world.projects) == [2005, 2006, 2010, 2015, 2017]
    assert world.projects[2010][at].tolist() == [150, 0]
    assert sum(usd_m.sum() for usd_m in world.projects.values()) == sum(row[2] for row in TABLE)
    dated = pd.read_csv(TABLES / "cooperation.csv")
    dated = dated[(dated["year"] > 2012) & (dated["year"] <= 2022)]
    assert sorted(world.agreements) == sorted(set(dated["year"]))
    for year, stage in world.agreements.items():
        assert np.count_nonzero(stage) == dated.loc[dated["year"] == year, "iso3"].nunique()
    assert load_world(2022, tables=out).agreements == {}
    assert shipped.projects == shipped.agreements == {}
    assert world.digest != shipped.digest
    with pytest.raises(ValueError, match="read-only"):
        world.projects[2010][0] = 1.0


def test_the_shipped_world_has_none() -> None:
    assert not any((TABLES / name).exists() for name in OPTIONAL)


def test_a_forecast_knows_no_later_project(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    add(source, out)
    world = load_world(2006, tables=out)
    then = world.without_later()
    assert sorted(then.projects) == [2005, 2006] and then.agreements == {}
    assert then.without_later() is then
    assert load_world(2006).without_later() is load_world(2006)
    assert forecast(2006, 2007, {}, world).world.projects.keys() == then.projects.keys()
    assert world.digest != then.digest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("9,KEN,05,Completion,Network,1,1", "year: '05'; allowed: whole years from 1990"),
        ("9,KEN,2005,Completion,Network,much,1", "usd_current: 'much'; allowed: amounts"),
        ("9,KEN,2005,Completion,Network,-1,1", "usd_current: '-1'; allowed: amounts"),
        ("9,KEN,2005,Completion,Network,nan,1", "usd_current: 'nan'; allowed: amounts"),
        ("9,KEN,2005,Completion,Network,1e15,1", "usd_current: '1e15'; allowed: amounts"),
        ("9,KEN,2005,Completion", "another number of values"),
        ("9,KEN,2005,Completion,Network,1,1,1", "another number of values"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(
    line: str, message: str, source: Path, tmp_path: Path
) -> None:
    (source / "lent.csv").write_text(f"{LENT.splitlines()[0]}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"lent\.csv, line 2: .*{message}"):
        add(source, tmp_path / "world")
    assert not (tmp_path / "world").exists()


def test_a_table_of_projects_is_checked_like_the_others(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    add(source, out)
    table = out / "projects.csv"
    table.write_text(table.read_text().replace("150", "-150"))
    with pytest.raises(InputError, match=r"projects\.csv, line 4: usd_m: '-150'; allowed"):
        load_world(2012, tables=out)


def test_the_command_counts_them(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["data", "add", str(source)])
    assert done.exit_code == 0, done.output
    assert "projects.csv: 5 network projects in 2 countries" in done.output
