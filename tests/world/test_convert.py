"""Series of the sources become series of the model."""

import numpy as np
import pandas as pd
import pytest

from divide.model.world.convert import COLUMNS, convert, spliced

DATA, FIXED = "mobile_data_basket_pct_gni_pc", "fixed_broadband_basket_pct_gni_pc"


def rows(*figures: tuple[str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(figures, columns=COLUMNS)


def converted(*figures: tuple[str, str, int, float]) -> dict[tuple[str, str, int], float]:
    table = convert(rows(*figures), ["CHN", "KEN", "UGA"])
    return {(i, c, y): v for i, c, y, v in table.itertuples(index=False)}


def test_coverage_is_the_better_of_two_networks_and_at_most_all() -> None:
    found = converted(
        ("cov_2g_pct", "KEN", 2015, 104.0),
        ("cov_3g_pct", "KEN", 2015, 60.0),
        ("cov_4g_pct", "KEN", 2015, 70.0),
        ("cov_3g_pct", "KEN", 2016, 65.0),
        ("cov_2g_pct", "CHN", 2020, 3.0),  # switched off
        ("cov_4g_pct", "CHN", 2020, 99.0),
    )
    assert found == {
        ("coverage_2g_pct", "CHN", 2020): 99,
        ("coverage_mobile_pct", "CHN", 2020): 99,
        ("coverage_2g_pct", "KEN", 2015): 100,
        ("coverage_mobile_pct", "KEN", 2015): 70,
        ("coverage_mobile_pct", "KEN", 2016): 65,
    }


def test_the_cheaper_basket_counts_and_the_absurd_is_held() -> None:
    found = converted(
        (DATA, "KEN", 2015, 5.0),
        (FIXED, "KEN", 2015, 40.0),
        (FIXED, "UGA", 2015, 3152.0),
        (DATA, "CHN", 2015, 0.001),
    )
    assert found[("basket_pct_gni", "KEN", 2015)] == 5
    assert found[("basket_pct_gni", "UGA", 2015)] == 200
    assert found[("basket_pct_gni", "CHN", 2015)] == 0.02


def test_splicing_takes_out_the_jump_and_keeps_the_trend() -> None:
    """Prices that fall 10 % a year for the same data, with two jumps of allowance."""
    years = np.arange(2013, 2024)
    allowance = np.where(years < 2018, 1.0, np.where(years < 2021, 1.4, 1.9))
    level = np.array([2.0, 8.0, 0.5])[:, None]
    fair = level * 0.9 ** (years - 2013)
    basket = pd.DataFrame(fair * allowance, index=["A", "B", "C"], columns=years)
    np.testing.assert_allclose(spliced(basket, DATA), fair)


@pytest.mark.parametrize("until", [2017, 2018, 2020, 2021])
def test_splicing_looks_at_nothing_later(until: int) -> None:
    rng = np.random.default_rng(3)
    years = range(2013, 2024)
    basket = pd.DataFrame(rng.uniform(0.5, 9, (30, len(years))), columns=years)
    part = basket.loc[:, :until]
    np.testing.assert_array_equal(spliced(part, DATA), spliced(basket, DATA).loc[:, :until])


def test_countries_without_a_cable_have_none_and_plans_do_not_count() -> None:
    cables = "international_cables_in_service"
    found = converted((cables, "KEN", 2020, 4.0), (cables, "KEN", 2023, 9.0))
    assert found == {
        ("cables", "CHN", 2020): 0, ("cables", "KEN", 2020): 4, ("cables", "UGA", 2020): 0,
    }  # fmt: skip


def test_women_for_a_man() -> None:
    women, men = "internet_women_pct", "internet_men_pct"
    found = converted(
        (women, "KEN", 2019, 12.0),
        (men, "KEN", 2019, 16.0),
        (women, "UGA", 2019, 5.0),
        (men, "UGA", 2019, 0.0),
        (women, "CHN", 2019, 5.0),
    )
    assert found == {("internet_women_per_man", "KEN", 2019): 0.75}


def test_skills_are_the_mean_of_what_was_asked() -> None:
    email, copy = "ict_skill_email_pct", "ict_skill_copa_pct"
    found = converted(
        (email, "KEN", 2017, 20.0), (copy, "KEN", 2017, 30.0), (copy, "UGA", 2017, 8.0)
    )
    assert found == {("skills_pct", "KEN", 2017): 25, ("skills_pct", "UGA", 2017): 8}
