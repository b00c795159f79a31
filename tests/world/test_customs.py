"""China's customs: totals of each start, in US$, and its partners."""

import numpy as np
import pandas as pd
import pytest

from divide.model.declare.errors import InputError
from divide.model.world import load_world
from divide.model.world.customs import YUAN_PER_USD, customs, total_of
from divide.model.world.loader import report_table

ISO3 = ["AAA", "BBB", "CCC"]


def table(rows: list[tuple[str, str, str, float, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period", "direction", "partner", "value", "unit"])


SURVEYS = table([
    ("2018", "both", "WLD", 1.0, "trillion yuan"),
    ("2020", "export", "WLD", 3.0, "trillion yuan"),
    ("2020", "import", "WLD", 1.0, "trillion yuan"),
    ("2020", "export", "AAA", 20.0, "% of exports"),
    ("2020", "import", "BBB", 40.0, "% of imports"),
    ("2024H1", "export", "WLD", 99.0, "trillion yuan"),
    ("2022", "export", "WLD", 5.0, "% of goods exports"),
])  # fmt: skip


def test_totals_are_split_over_directions_and_partners() -> None:
    found = customs(SURVEYS, 2020, ISO3)
    rate = YUAN_PER_USD[2020]
    np.testing.assert_allclose(found["totals"], np.array([3e12, 1e12]) / rate)
    np.testing.assert_allclose(found["sold"], [0.2 * 3e12 / rate, np.nan, np.nan])
    np.testing.assert_allclose(found["bought"], [np.nan, 0.4 * 1e12 / rate, np.nan])


def test_totals_grow_evenly_between_surveys_and_before_them() -> None:
    both = {2018: 1.0, 2020: 4.0, 2023: 5.0}
    found = [total_of(both, year) for year in (2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023)]
    np.testing.assert_allclose(found, [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 5.0])


def test_the_split_is_that_of_the_first_survey_where_there_is_none() -> None:
    early = customs(SURVEYS, 2018, ISO3)
    np.testing.assert_allclose(early["totals"], np.array([0.75e12, 0.25e12]) / YUAN_PER_USD[2018])
    assert early["sold"][0] == pytest.approx(0.2 * early["totals"][0])


def test_too_few_surveys_are_an_error() -> None:
    with pytest.raises(InputError, match="two yearly totals"):
        customs(SURVEYS.iloc[:1], 2020, ISO3)
    with pytest.raises(InputError, match="by direction"):
        customs(SURVEYS[SURVEYS["direction"] == "both"], 2020, ISO3)


def test_a_start_from_2021_on_uses_no_later_figure() -> None:
    shipped = report_table("ecommerce")
    shipped["value"] = shipped["value"].astype(float)
    later = shipped.copy()
    later.loc[later["period"] == "2023", "value"] *= 7
    iso3 = load_world(2022).iso3
    for name, array in customs(shipped, 2022, iso3).items():
        np.testing.assert_array_equal(array, customs(later, 2022, iso3)[name])
        np.testing.assert_array_equal(array, load_world(2022).customs[name])


def test_shares_of_goods_trade_that_customs_state_agree_with_the_goods_trade_of_the_world() -> None:
    """6.4 % of goods exports and 2.9 % of goods imports in 2022, at the stated exchange rate."""
    w = load_world(2022)
    hub = w.iso3.index("CHN")
    exports, imports = w.customs["totals"]
    assert 100 * exports / w.values["goods_exports"][hub] == pytest.approx(6.4, abs=0.1)
    assert 100 * imports / w.values["goods_imports"][hub] == pytest.approx(2.9, abs=0.1)
