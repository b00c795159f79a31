"""Figures of a user's own: converted, checked with file and line, and used."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main
from divide.model.declare.countries import HASHED
from divide.model.declare.errors import InputError
from divide.model.world import load_world
from divide.model.world.add import LICENCE, add
from divide.model.world.loader import TABLES

HEAD = "iso3,year,indicator,value"
GOOD = f"""{HEAD}
KEN,2018,cov_2g_pct,96
KEN,2018,cov_3g_pct,80
KEN,2018,cov_4g_pct,60
KEN,2018,mobile_data_basket_pct_gni_pc,3.5
KEN,2018,fixed_broadband_basket_pct_gni_pc,20
KEN,2016,international_cables_in_service,4
KEN,2017,mean_years_schooling_25plus_gdl,6.6
KEN,2019,internet_use_women_per_man,0.8
KEN,2018,i911mw,42
KEN,2018,ict_skill_copa_pct,12
KEN,2021,population,53000000
WLD,2018,cov_2g_pct,97
KEN,2018,mobile_voice_low_basket_usd_month,4
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD, encoding="utf-8")
    return folder


def test_observed_cells_take_the_place_of_imputed_ones(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "world"
    added = add(source, out)
    assert added.left == {"WLD": 1, "mobile_voice_low_basket_usd_month": 1}
    assert added.used["coverage_mobile_pct"] == (1, 1, 2018, 2018)
    world, shipped = load_world(2019, tables=out), load_world(2019)
    at = world.iso3.index("KEN")
    others = np.arange(len(world.iso3)) != at
    for name, value, flag in (
        ("coverage_2g", 0.96, 1), ("coverage_mobile", 0.8, 1), ("basket_price", 0.035, 1),
        ("schooling_years", 6.6, 1), ("women_per_man", 0.8, 0), ("mobile_broadband", 0.42, 1),
        ("skills", 0.12, 1), ("cables", 4, 1),
    ):  # fmt: skip
        assert world.values[name][at] == pytest.approx(value), name
        assert world.flags[name][at] == flag, name
        assert shipped.flags[name][at] == 2, name
        if name != "cables":
            assert np.array_equal(world.values[name][others], shipped.values[name][others]), name
    assert world.flags["routes"][at] == 1
    assert world.values["routes"][at] == 4 + world.contiguous[at].sum()
    # Countries that the list of cables does not name have none.
    assert world.values["cables"][others].max() == 0
    assert load_world(2021, tables=out).values["population"][at] == 53_000_000
    # Before they were observed, and in a draw, they are as they were.
    early = load_world(2015, tables=out)
    assert early.values["basket_price"][at] == load_world(2015).values["basket_price"][at]
    assert load_world(2019, 1, tables=out).values["skills"][at] == world.values["skills"][at]
    listed = pd.read_csv(out / "indicators.csv").set_index("indicator")
    assert listed.loc["basket_pct_gni", "licence"] == LICENCE
    assert listed.loc["population", "licence"].endswith(f"; {LICENCE}")
    assert listed.loc["hdi", "licence"] == "CC BY 3.0 IGO (UNDP, Human Development Report 2023/24)"
    assert world.digest != shipped.digest


def test_a_world_can_be_added_to_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of before stay; a packed file is read; the folder is replaced by its own child."""
    out = tmp_path / "world"
    add(source, out)
    more = tmp_path / "more"
    more.mkdir()
    with gzip.open(more / "more.csv.gz", "wt", encoding="utf-8") as file:
        file.write(f"{HEAD},note\nUGA,2018,cov_3g_pct,70,x\n")
    monkeypatch.setenv("DIVIDE_WORLD", str(out))
    add(more, out)
    history = pd.read_csv(out / "history.csv.gz").set_index(["indicator", "iso3"])
    found = history.loc["coverage_mobile_pct", "2018"]
    assert found.dropna().to_dict() == {"KEN": 80, "UGA": 70}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["more", "own", "world"]


def test_a_world_of_six_tables_can_be_added_to(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs do not need may be missing."""
    own = tmp_path / "six"
    own.mkdir()
    for name in HASHED:
        shutil.copyfile(TABLES / name, own / name)
    pd.DataFrame(columns=["iso3", "stage", "year"]).to_csv(own / "cooperation.csv", index=False)
    monkeypatch.setenv("DIVIDE_WORLD", str(own))
    out = tmp_path / "world"
    add(source, out)
    assert {path.name for path in out.iterdir()} == {*HASHED, "indicators.csv", "datapackage.json"}
    world = load_world(2018, tables=out)
    assert world.values["coverage_2g"][world.iso3.index("KEN")] == pytest.approx(0.96)


#: Line 3 of a file, and what is said about it.
BROKEN = {
    "text": ("KEN,2018,cov_2g_pct,many", "cov_2g_pct: 'many'; allowed: numbers from 0 to 110"),
    "decimal comma": ('KEN,2018,cov_2g_pct,"9,5"', "cov_2g_pct: '9,5'; allowed: numbers from 0"),
    "split comma": ("KEN,2018,cov_2g_pct,9,5", "5 values for 4 columns"),
    "no value": ("KEN,2018,cov_2g_pct,", "cov_2g_pct: ''; allowed: numbers"),
    "below": ("KEN,2018,cov_2g_pct,-0.2", "cov_2g_pct: '-0.2'; allowed: numbers from 0 to 110"),
    "not finite": ("KEN,2018,cov_2g_pct,nan", "cov_2g_pct: 'nan'; allowed: numbers"),
    "above": ("KEN,2018,internet_users_pct,101", "internet_users_pct: '101'; allowed: .* to 100"),
    "index": ("KEN,2018,hdi,55", "hdi: '55'; allowed: numbers from 0 to 1"),
    "year": ("KEN,18,cov_2g_pct,9", "year: '18'; allowed: whole years from 1990 to 2100"),
    "half year": ("KEN,2018.5,cov_2g_pct,9", "year: '2018.5'; allowed: whole years"),
    "code": ("Kenya,2018,cov_2g_pct,9", "iso3: 'Kenya'; allowed: three capital letters"),
    "twice": ("UGA,2018,cov_2g_pct,10", "cov_2g_pct of UGA in 2018 stands at .*line 2 too"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_file_and_line(name: str, source: Path, tmp_path: Path) -> None:
    line, message = BROKEN[name]
    text = f"{HEAD}\nUGA,2018,cov_2g_pct,9\n{line}\n"
    (source / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"bad\.csv, line 3: .*{message}"):
        add(source, tmp_path / "world")
    assert not (tmp_path / "world").exists()


def test_a_figure_that_is_given_and_follows_too_is_refused(source: Path, tmp_path: Path) -> None:
    text = f"{HEAD}\nKEN,2018,coverage_2g_pct,96\n"
    (source / "own.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        InputError, match="coverage_2g_pct of KEN in 2018 stands there, and follows"
    ):
        add(source, tmp_path / "world")


def test_a_folder_without_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: not a folder"):
        add(tmp_path / "gone", tmp_path / "world")
    with pytest.raises(InputError, match=r"no files that end in \.csv or \.csv\.gz"):
        add(tmp_path, tmp_path / "world")
    (tmp_path / "a.csv").write_text("iso3,year\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.csv: columns are missing: indicator, value"):
        add(tmp_path, tmp_path / "world")
    (tmp_path / "a.csv").write_text(f"{HEAD}\nKEN,2018,magic,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no figures of a series that is used; allowed: .*cov_2g"):
        add(tmp_path, tmp_path / "world")


def test_the_command_says_what_it_did_and_what_is_wrong(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["data", "add", "own"])
    assert done.exit_code == 0, done.output
    assert "coverage_mobile_pct: 1 figures of 1 countries, 2018" in done.output
    assert "Left aside, as no run reads it: mobile_voice_low_basket_usd_month (1), WLD (1)" in (
        done.output
    )
    assert (tmp_path / "world" / "history.csv.gz").is_file()
    (source / "bad.csv").write_text(f"{HEAD}\nKEN,2018,cov_2g_pct,x\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["data", "add", "own"])
    assert done.exit_code != 0
    # A folder that is none of ours is never replaced.
    (source / "bad.csv").unlink()
    shutil.copytree(TABLES, tmp_path / "mine")
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = CliRunner().invoke(main, ["data", "add", "own", "--out", "mine"])
    assert done.exit_code != 0
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
