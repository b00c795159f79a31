"""The world at a start year."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from divide.model.declare.errors import InputError
from divide.model.world import FIELDS, LookaheadError, load_world
from divide.model.world.datapackage import write_csv
from divide.model.world.fields import MODELLED, QUINTILES
from divide.model.world.loader import TABLES

STARTS = (2000, 2005, 2010, 2015, 2022)
SHARES = [name for name, field in FIELDS.items() if field.unit.startswith("share of pop")] + [
    "accounts", "accounts_poorest40", "accounts_richest60", "mobile_money", "bought_online",
    "egov", "hdi", "logistics", "government_ict", "income_gini",
]  # fmt: skip


@pytest.mark.parametrize("start", [1999, 2023, 2010.5, "2010", True, None])
def test_bad_start_is_refused(start: object) -> None:
    """One clear message."""
    with pytest.raises(ValueError, match="whole year from 2000 to 2022"):
        load_world(start)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", STARTS)
def test_every_field_is_there_and_inside_its_range(start: int) -> None:
    """No gap after imputation; shares within 0 and 1."""
    world = load_world(start)
    assert set(world.values) == set(world.flags) == set(FIELDS)
    assert len(world.iso3) == 188
    assert list(world.iso3) == sorted(set(world.iso3)) == list(world.table.index)
    for name in FIELDS:
        assert world.values[name].shape == (188,)
        assert np.isfinite(world.values[name]).all(), name
        allowed = {0, 1, 2, 3} if name in MODELLED else {0, 1, 2}
        assert set(np.unique(world.flags[name])) <= allowed, name
    for name in SHARES:
        assert (world.values[name] >= 0).all(), name
        assert (world.values[name] <= 1).all(), name
    for name in ("population", "income", "gni_per_head_usd", "basket_price", "women_per_man"):
        assert (world.values[name] > 0).all(), name
    quintiles = np.array([world.values[name] for name in QUINTILES])
    assert quintiles.sum(axis=0) == pytest.approx(1, abs=2.5e-3)  # published to a tenth of a point
    assert (np.diff(quintiles, axis=0) > 0).all()
    assert (world.values["coverage_2g"] >= world.values["coverage_mobile"]).all()
    assert (world.values["coverage_mobile"] >= world.values["internet_users"]).all()
    assert (world.values["coverage_5g"] <= world.values["coverage_mobile"]).all()


def test_same_countries_every_year() -> None:
    """The set does not depend on the start year."""
    assert len({load_world(start).iso3 for start in range(2000, 2023)}) == 1


def test_world_is_cached_and_read_only() -> None:
    """Nobody can change what another run sees."""
    world = load_world(2015)
    assert load_world(2015) is world
    arrays = [*world.values.values(), *world.flags.values(), world.distance_km, world.contiguous]
    assert not any(array.flags.writeable for array in [*arrays, world.common_language])
    with pytest.raises(TypeError):
        world.values["income"] = world.values["urban"]  # type: ignore[index]
    table = world.table
    table.loc["CHN", "stage"] = 3
    assert world.table.loc["CHN", "stage"] == 0


def test_flags_tell_observed_from_carried_from_imputed() -> None:
    """Known cells of the source."""
    world = load_world(2021)
    at = {code: k for k, code in enumerate(world.iso3)}
    assert world.flags["internet_users"][at["DEU"]] == 0
    assert world.flags["internet_users"][at["IND"]] == 1  # no figure for 2021
    years, series = world.series("internet_users")
    assert world.values["internet_users"][at["IND"]] == series[years == 2020, at["IND"]]
    assert (load_world(2003).flags["internet_users"] == 2).sum() == 2  # Serbia and Montenegro
    assert (load_world(2009).flags["accounts"] == 2).all()
    assert (load_world(2021).flags["government_ict"] == 2).all()
    assert (load_world(2022).flags["coverage_mobile"] == 2).all()
    assert (load_world(2022).flags["income"] != 2).all()


def test_without_imputation_the_gaps_stay() -> None:
    """Flag 2 and NaN coincide; nothing else changes."""
    bare, full = load_world(2008, impute=False), load_world(2008)
    for name in FIELDS:
        gap = bare.flags[name] == 2
        assert np.array_equal(gap, np.isnan(bare.values[name])), name
        assert np.array_equal(bare.values[name][~gap], full.values[name][~gap]), name
        assert np.array_equal(bare.flags[name], full.flags[name])


def test_series_ends_at_the_start_year() -> None:
    """Later years are an error, unknown fields too."""
    world = load_world(2010)
    years, values = world.series("internet_users")
    assert years[0] == 1990
    assert years[-1] == 2010
    assert values.shape == (21, 188)
    assert np.nanmax(values) <= 1
    assert world.series("income", until=2000)[0][-1] == 2000
    with pytest.raises(LookaheadError, match="2011 lies after the start year 2010"):
        world.series("internet_users", until=2011)
    with pytest.raises(KeyError, match="no field 'magic'"):
        world.series("magic")


@pytest.mark.parametrize("start", [2004, 2010, 2019])
def test_nothing_later_than_the_start_matters(start: int, tmp_path: Path) -> None:
    """Garble every later figure, accession and agreement: the world is the same, bit for bit."""
    shutil.copytree(TABLES, tmp_path, dirs_exist_ok=True)
    history = pd.read_csv(TABLES / "history.csv.gz")
    later = [column for column in history.columns if column.isdigit() and int(column) > start]
    history[later] = np.random.default_rng(1).uniform(0, 1e6, (len(history), len(later)))
    write_csv(history, tmp_path / "history.csv.gz")
    for name, column in (("members.csv", "joined"), ("cooperation.csv", "year")):
        table = pd.read_csv(TABLES / name)
        write_csv(table[table[column].astype(str).str[:4].astype(int) <= start], tmp_path / name)
    garbled, world = load_world(start, tables=tmp_path), load_world(start)
    assert garbled.digest != world.digest
    for name in FIELDS:
        assert np.array_equal(garbled.values[name], world.values[name]), name
        assert np.array_equal(garbled.flags[name], world.flags[name]), name
        assert np.array_equal(garbled.series(name)[1], world.series(name)[1], equal_nan=True)
    pd.testing.assert_frame_equal(garbled.table, world.table)


def test_table_as_of_the_start_year() -> None:
    """Membership, stage and bloc change with the years."""
    early, late = load_world(2012).table, load_world(2022).table
    assert not early["bri_member"].any()
    assert early["stage"].eq(0).all()
    assert early.loc["THA", "bloc"] == "none"
    assert late.loc["THA", "bloc"] == "hub"
    assert late["bri_member"].sum() == 140
    assert late.loc["ITA", "bri_member"]  # left in 2023
    assert late.loc["CHL", "stage"] == 2
    assert load_world(2016).table.loc["CHL", "stage"] == 2
    assert load_world(2021).table.loc["SGP", "stage"] == 0
    assert late.loc["EGY", "stage"] == 1
    assert set(late["bloc"]) == {"hub", "eu", "us", "none"}
    assert late.loc[late["mbridge"]].index.tolist() == ["ARE", "CHN", "HKG", "THA"]
    assert late["region"].nunique() == 7
    assert late["income_group"].nunique() == 4
    assert late["landlocked"].sum() == 41


def test_distances_languages_and_borders() -> None:
    """Symmetric, with known pairs."""
    world = load_world(2022)
    at = {code: k for k, code in enumerate(world.iso3)}
    for matrix in (world.distance_km, world.common_language, world.contiguous):
        assert matrix.shape == (188, 188)
        assert np.array_equal(matrix, matrix.T)
        assert np.array_equal(np.diag(matrix), np.zeros(188))
    # Beijing-Washington and Paris-Berlin.
    assert world.distance_km[at["CHN"], at["USA"]] == pytest.approx(11_150, rel=0.01)
    assert world.distance_km[at["FRA"], at["DEU"]] == pytest.approx(878, rel=0.02)
    assert world.distance_km.max() < 20_016
    assert world.common_language[at["BRA"], at["PRT"]] == 1
    assert world.common_language[at["RUS"], at["KAZ"]] == 1
    assert world.common_language[at["CHN"], at["BRA"]] == 0
    assert world.contiguous[at["CHN"], at["VNM"]] == 1
    assert world.contiguous[at["CHN"], at["JPN"]] == 0


def test_imputed_levels_are_where_reports_put_the_world() -> None:
    """Population-weighted levels of fields without a shipped source."""
    world = load_world(2022)
    share = world.values["population"] / world.values["population"].sum()
    level = {name: float(world.values[name] @ share) for name in FIELDS}
    assert level["coverage_mobile"] == pytest.approx(0.95, abs=0.015)
    assert level["coverage_5g"] == pytest.approx(0.35, abs=0.01)
    assert 0.25 < level["skills"] < 0.45
    assert (load_world(2018).values["coverage_5g"] == 0).all()
    for name in ("coverage_mobile", "skills", "coverage_fixed"):
        levels = [
            float(w.values[name] @ w.values["population"] / w.values["population"].sum())
            for w in map(load_world, STARTS)
        ]
        assert levels == sorted(levels), name


def test_missing_tables_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argument and environment variable both point to a directory."""
    with pytest.raises(InputError, match=r"countries\.csv"):
        load_world(2010, tables=tmp_path)
    monkeypatch.setenv("DIVIDE_WORLD", str(tmp_path))
    with pytest.raises(InputError, match=r"no world tables"):
        load_world(2010)


def test_draws_move_imputed_cells_alone_and_alike_at_every_start() -> None:
    """The same luck for a country and field at every start; nothing observed is touched."""
    for start in (2008, 2015):
        centre, first, second = (load_world(start, draw) for draw in (0, 1, 2))
        assert load_world(start, 1) is first
        assert len({world.digest for world in (centre, first, second)}) == 3
        assert (first.draw, first.series("hdi")[1].shape) == (1, centre.series("hdi")[1].shape)
        for name in FIELDS:
            imputed = centre.flags[name] == 2
            assert np.array_equal(first.values[name][~imputed], centre.values[name][~imputed])
            assert np.isfinite(first.values[name]).all(), name
        for name in SHARES:
            assert ((first.values[name] >= 0) & (first.values[name] <= 1)).all(), name
        assert (first.values["coverage_mobile"] >= first.values["internet_users"]).all()
    moved = [
        np.log(
            load_world(start, 1).values["basket_price"] / load_world(start).values["basket_price"]
        )
        for start in (2013, 2019)
    ]
    inside = np.all([load_world(s, 1).values["basket_price"] < 1.99 for s in (2013, 2019)], axis=0)
    ratio = (moved[1] / moved[0])[inside]
    assert inside.sum() > 150
    assert ratio == pytest.approx(np.full(ratio.size, ratio[0]))  # of the two residual deviations


def test_draws_have_the_spread_of_their_equation() -> None:
    """Log price over 200 draws: mean 0 and the deviation in the table."""
    fits = pd.read_csv(TABLES / "fits.csv").set_index(["field", "until"])
    centre = np.log(load_world(2015).values["basket_price"])
    draws = np.array([np.log(load_world(2015, k).values["basket_price"]) for k in range(1, 201)])
    free = centre < -2
    spread = (draws - centre)[:, free]
    assert spread.std() == pytest.approx(fits.loc[("basket_price", 2015), "residual_sd"], rel=0.02)
    assert abs(spread.mean()) < 0.02
    each = np.corrcoef(spread.T)[np.triu_indices(free.sum(), 1)]
    assert abs(each.mean()) < 0.01


@pytest.mark.parametrize("draw", [-1, 1.5, True, None, "1"])
def test_bad_draw_is_refused(draw: object) -> None:
    with pytest.raises(ValueError, match="whole number from 0"):
        load_world(2010, draw)  # type: ignore[arg-type]


def test_another_country_changes_nobodys_draw(tmp_path: Path) -> None:
    """Numbers belong to the code, not to the place in the list."""
    shutil.copytree(TABLES, tmp_path, dirs_exist_ok=True)
    countries = pd.read_csv(TABLES / "countries.csv", keep_default_na=False)
    write_csv(countries[countries["iso3"] != "AFG"], tmp_path / "countries.csv")
    less, all_of_them = load_world(2015, 3, tables=tmp_path), load_world(2015, 3)
    for name in ("basket_price", "schooling_years", "coverage_mobile"):
        kept = np.array(all_of_them.iso3) != "AFG"
        assert np.array_equal(less.values[name], all_of_them.values[name][kept]), name
