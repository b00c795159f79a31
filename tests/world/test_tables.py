"""The shipped tables: licences, data package, and the divide as published."""

import gzip
import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from divide.model.world import balanced_internet_panel, facts
from divide.model.world.convert import CONVERTED, RAW
from divide.model.world.datapackage import TABLES as DESCRIBED
from divide.model.world.datapackage import describe
from divide.model.world.loader import TABLES
from divide.model.world.tables import FITTED, read_tables

# Series that may serve to calibrate or test but not be passed on.
BARRED = {
    "a4ai_price_1gb_share_gni_pc_monthly_frac",
    "a4ai_price_1gb_usd",
    "cov_2g_pct",
    "cov_3g_pct",
    "cov_4g_pct",
    "cyberlaw_consumer_1yes_0.5draft_0no",
    "cyberlaw_cybercrime_1yes_0.5draft_0no",
    "cyberlaw_etransactions_1yes_0.5draft_0no",
    "cyberlaw_indirect_tax_1yes_0.5draft_0no",
    "cyberlaw_privacy_1yes_0.5draft_0no",
    "expected_years_schooling_gdl",
    "gci_capacity_development",
    "gci_cooperative_measures",
    "gci_legal_measures",
    "gci_organisational_measures",
    "gci_technical_measures",
    "ict_skill_arsp_pct",
    "ict_skill_cmfl_pct",
    "ict_skill_copa_pct",
    "ict_skill_email_pct",
    "ict_skill_eprs_pct",
    "ict_skill_inst_pct",
    "ict_skill_pcpr_pct",
    "ict_skill_soft_pct",
    "ict_skill_traf_pct",
    "itu_gci_0to100",
    "mean_years_schooling_25plus_gdl",
    "mobile_phone_ownership_pct",
    "price_1gb_mobile_pct_gni_pc",
    "schools_with_internet_lowsec_pct",
    "schools_with_internet_primar_pct",
    "schools_with_internet_uppsec_pct",
    "upu_postal_dev_index",
}


def test_no_barred_series_is_shipped() -> None:
    """The licence gate, on the file itself."""
    with gzip.open(TABLES / "history.csv.gz", "rt", encoding="utf-8") as file:
        shipped = set(pd.read_csv(file, usecols=["indicator"])["indicator"])
    listed = pd.read_csv(TABLES / "indicators.csv")
    with gzip.open(TABLES / "reports.csv.gz", "rt", encoding="utf-8") as file:
        beside = set(pd.read_csv(file, usecols=["indicator"])["indicator"])
    assert not shipped & beside
    shipped |= beside
    assert shipped == set(listed["indicator"])
    assert len(BARRED) == 33
    assert not shipped & (BARRED | set(RAW) | set(CONVERTED))
    assert not listed["licence"].str.contains("no redistribution").any()
    assert listed["licence"].str.contains("CC BY|cite").all()


def test_data_package_matches_the_files() -> None:
    """Hashes, sizes and columns."""
    package = json.loads((TABLES / "datapackage.json").read_text(encoding="utf-8"))
    assert package == describe(TABLES)
    assert {r["path"] for r in package["resources"]} == set(DESCRIBED)
    on_disk = {path.name for path in TABLES.iterdir()}
    assert on_disk == {*DESCRIBED, "datapackage.json"}
    for resource in package["resources"]:
        path = TABLES / resource["path"]
        assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert fields == list(pd.read_csv(path, nrows=0).columns)
        for field in resource["schema"]["fields"]:
            assert all(field[key] for key in ("name", "type", "description", "source", "licence"))
    assert sum(path.stat().st_size for path in TABLES.iterdir()) < 2_000_000


def gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Half the mean absolute difference over the mean."""
    share = weights / weights.sum()
    gaps = np.abs(values[:, None] - values[None, :])
    return float(share @ gaps @ share / (2 * share @ values))


def test_the_divide_as_it_was(published: tuple[int, float, float, float, float]) -> None:
    """Inequality of internet use between countries, by plain formulas."""
    iso3, years, online, people = balanced_internet_panel()
    year, mean, unweighted, variation, weighted = published
    assert len(iso3) == 174
    assert online.shape == people.shape == (len(years), len(iso3))
    assert not np.isnan(online).any()
    x, n = online[years == year][0], people[years == year][0]
    assert 100 * x.mean() == pytest.approx(mean, abs=0.4)
    assert gini(x, np.ones_like(x)) == pytest.approx(unweighted, abs=0.0035)
    assert x.std() / x.mean() == pytest.approx(variation, abs=0.015)
    assert gini(x, n) == pytest.approx(weighted, abs=0.0035)


def test_absolute_gap_peaked_later_than_the_relative() -> None:
    """P90-P10 rose to about 2015 while the Gini fell throughout."""
    _, years, online, _ = balanced_internet_panel()
    gap = 100 * np.subtract(*np.percentile(online, [90, 10], axis=1))
    assert gap[years == 2010] == pytest.approx(73.5, abs=1)
    assert gap[years == 2015] == pytest.approx(80.0, abs=1)
    assert 2012 <= years[gap.argmax()] <= 2016
    assert gap[years == 2022] < gap[years == 2015]


def test_facts_carry_their_sources() -> None:
    """Counts named in the documentation are the ones on file."""
    table = facts()
    assert (table != "").all().all()
    value = table.groupby("item")["value"].first()
    assert value["Silk Road e-commerce partner countries"] == "35"
    assert value["Digital Silk Road memoranda of understanding"] == "17"
    assert value["Kenya mobile-wallet users"] == "30"
    assert value["People trained by capacity-building programmes"] == "2.28"


def test_equations_state_how_they_were_found() -> None:
    """A fitted coefficient has its sample; an assumed one its reason."""
    table, coefficients = pd.read_csv(TABLES / "fits.csv"), pd.read_csv(TABLES / "equations.csv")
    assert set(table["kind"]) == {"fitted", "assumed"}
    fitted = table[table["kind"] == "fitted"]
    told = ["first_year", "last_year", "n", "countries", "r2", "mae", "mae_left_out"]
    assert fitted[told].notna().all().all()
    assert (fitted["n"] >= 100).all()
    assert (fitted["countries"] >= 30).all()
    assert (fitted["last_year"] <= fitted["until"]).all()
    # Countries that a fit has not seen are harder, but hardly so in equations this short.
    worse = fitted["mae_left_out"] / fitted["mae"]
    assert worse.between(0.99, 1.6).all()
    assert worse.median() > 1
    assert (table["residual_sd"] > 0).all()
    assert table["note"].notna().all()
    assert not coefficients.duplicated(["field", "until", "term"]).any()
    assert set(table["field"]) == set(FITTED)
    both = coefficients[coefficients["term"] == "sd"].merge(table, on=["field", "until", "link"])
    assert len(both) == len(table)
    assert (both["coefficient"] == both["residual_sd"]).all()
    # A rule that is assumed stands only until there are figures; some have none to this day.
    last = table.sort_values("until").groupby("field").last()
    assert set(last.index[last["kind"] == "assumed"]) == {"coverage_5g", "coverage_fixed"}


def test_income_groups_follow_the_thresholds() -> None:
    """Derived from Atlas GNI per head, 2022 or the last year before."""
    tables = read_tables(TABLES)
    gni = tables.series("gni_pc_atlas_currentusd").loc[:, :"2022"].ffill(axis=1)["2022"]
    gni = gni.reindex(tables.countries.index)
    assert gni.notna().all()
    group = tables.countries["income_group"]
    assert ((gni > 13845) == (group == "High income")).all()
    assert ((gni <= 1135) == (group == "Low income")).all()
