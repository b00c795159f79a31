"""What may be fitted on, and what only scored against."""

import numpy as np
import pytest

from divide.calibration.fit.observations import (
    INDICATORS,
    SURVEYS,
    common_sample,
    eligible,
    known,
    known_to,
    truth,
)
from divide.model.world import FIELDS, LookaheadError, load_world


@pytest.mark.parametrize("origin", [2008, 2015, 2021])
@pytest.mark.parametrize("indicator", INDICATORS)
def test_known_ends_at_the_origin(origin: int, indicator: str) -> None:
    """No later year is there, and asking for one is an error."""
    assert indicator in FIELDS or indicator in ("accounts_gap", "accounts_sex_gap")
    years, values = known(origin, indicator)
    assert values.shape == (len(years), 188)
    assert (years <= origin).all()
    assert (np.diff(years) > 0).all()
    with pytest.raises(LookaheadError, match="lies after the start year"):
        known(origin, indicator, until=origin + 1)
    with pytest.raises(LookaheadError):
        known_to(load_world(origin), indicator, until=2022)


@pytest.mark.parametrize("indicator", SURVEYS)
def test_survey_series_have_their_survey_years_only(indicator: str) -> None:
    """Every listed year has observations, and no other year has."""
    years, values = known(2022, indicator)
    assert tuple(years) == SURVEYS[indicator]
    assert (~np.isnan(values)).any(axis=1).all()
    every = known_to(load_world(2022), indicator)
    assert np.isnan(every[1][~np.isin(every[0], years)]).all()
    # A round spread over two years counts a country once.
    assert (~np.isnan(values[years >= 2021])).sum(axis=0).max() == 1


def test_the_gap_is_the_difference_of_the_groups() -> None:
    poor, rich, gap = (
        known(2017, f"accounts_{name}").values for name in ("poorest40", "richest60", "gap")
    )
    assert np.array_equal(gap, rich - poor, equal_nan=True)
    assert np.nanmean(gap) > 0.1


def test_women_have_fewer_accounts_than_men_almost_everywhere() -> None:
    women, men, gap = (
        known(2017, f"accounts_{name}").values for name in ("women", "men", "sex_gap")
    )
    assert np.array_equal(gap, women - men, equal_nan=True)
    assert np.nanmean(gap) < -0.05
    assert (gap[np.isfinite(gap)] > 0).any()


def test_truth_is_the_observed_series_unchanged() -> None:
    """Same figures as the table, gaps left open."""
    years, values = truth("internet_users", 2016, 2022)
    assert years.tolist() == list(range(2016, 2023))
    source = load_world(2022).series("internet_users")
    assert np.array_equal(values, source[1][source[0] >= 2016], equal_nan=True)
    india = load_world(2022).iso3.index("IND")
    assert np.isnan(values[years == 2021, india])
    assert truth("accounts", 2015, 2021).years.tolist() == [2017, 2021]


@pytest.mark.parametrize(("first", "last"), [(2016, 2023), (2016, 2015)])
def test_truth_refuses_years_it_does_not_have(first: int, last: int) -> None:
    """One clear message."""
    with pytest.raises(ValueError, match="must ascend and end by 2022"):
        truth("internet_users", first, last)


def test_unknown_target_is_named() -> None:
    """All doors say the same."""
    for door in (lambda: known(2015, "hdi"), lambda: eligible(2015, "hdi")):
        with pytest.raises(KeyError, match="no target 'hdi'"):
            door()
    with pytest.raises(KeyError, match="no target 'hdi'"):
        truth("hdi", 2016, 2017)


def test_eligible_counts_observations() -> None:
    """Eight yearly figures since 2000, or one survey."""
    assert eligible(2015, "internet_users").sum() == 187
    assert not eligible(2006, "internet_users").any()
    assert eligible(2011, "accounts").sum() == 139
    assert not eligible(2010, "accounts").any()
    assert not eligible(2017, "bought_online").any()


@pytest.mark.parametrize(
    ("origin", "last", "countries", "cells"),
    # The published comparison has 1,229 cells in the first row.
    [
        (2015, 2022, 182, 1227),
        (2010, 2015, 177, 877),
        (2012, 2019, 182, 1245),
        (2008, 2015, 171, 1185),
    ],
)
def test_common_sample_is_the_published_one(
    origin: int, last: int, countries: int, cells: int
) -> None:
    """The cells of the comparison, counted."""
    sample = common_sample(origin)
    assert sample.sum() == countries
    values = truth("internet_users", origin + 1, last).values
    assert (~np.isnan(values[:, sample])).sum() == cells
