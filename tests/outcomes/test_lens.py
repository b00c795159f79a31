"""The lens against sums written anew, and against paths whose answer is known."""

import numpy as np
import pytest

from divide.model import DigitalDivideModel, Scenario
from divide.model.outcomes.lens import gains, years_earlier


@pytest.fixture(scope="module")
def pair():
    plain = Scenario(until=2025, firms=1000)
    runs = [Scenario(until=2025, firms=1000, policy=name) for name in ("least_connected_first",)]
    return [DigitalDivideModel(one).run() for one in (*runs, plain)]


def test_gains_are_those_of_sums_written_anew(pair):
    policy, reference = pair
    found = policy.gains_over(reference)
    outcomes = [run.outcomes for run in pair]
    years = [one["years_offline"][-1] for one in outcomes]
    offline = outcomes[1]["people_offline"] - outcomes[0]["people_offline"]
    assert found.person_years == pytest.approx(years[1] - years[0], rel=1e-9)
    assert found.online_end == pytest.approx(offline[-1], rel=1e-6)
    assert found.peak == pytest.approx(offline.max(), rel=1e-6)
    assert found.dollars == outcomes[0]["spend"][-1]
    assert found.dollars_per_person_year == pytest.approx(found.dollars / found.person_years)

    def sums(run, column, share, rows):
        table = run.country.query("not (year == 2022)")
        lived = share * table["population"] * table[column] / 4
        return float(lived[table["iso3"].isin(rows)].sum())

    start = reference.country.query("year == 2022").sort_values("internet_users")
    everywhere, least = set(start["iso3"]), set(start["iso3"][:30])

    def share(column="internet_users", part=1.0, rows=everywhere):
        return (sums(policy, column, part, rows) - sums(reference, column, part, rows)) / (
            found.person_years
        )

    assert found.to_least_connected_30 == pytest.approx(share(rows=least), rel=1e-6)
    assert found.women_men["women"] == pytest.approx(share("online_women", 0.5), rel=1e-6)
    assert found.poorest_richest["poorest40"] == pytest.approx(
        share("online_poorest40", 0.4), rel=1e-6
    )
    region = np.array(reference.iso3)[reference.groupings["region"] == "South Asia"]
    assert found.by_region["South Asia"] == pytest.approx(share(rows=set(region)), rel=1e-6)
    for parts in (found.by_region, found.women_men, found.poorest_richest):
        assert sum(parts.values()) == pytest.approx(1.0)
    assert found.by_country.sum() == pytest.approx(found.person_years)


def test_nothing_gained_has_no_price_and_no_shares(pair):
    _, reference = pair
    found = reference.gains_over(reference)
    assert (found.person_years, found.years_earlier, found.online_end) == (0.0, 0.0, 0.0)
    shares = [found.dollars_per_person_year, found.to_least_connected_30]
    assert np.isnan([*shares, *found.by_region.values()]).all()
    with pytest.raises(ValueError, match="period"):
        gains(DigitalDivideModel(Scenario(until=2023, firms=1000)).run().online_years,
              reference.online_years)  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "earlier"),
    [
        ([0, 2, 4, 6], 1.5),  # 3 lies halfway between the second and the third year
        ([0, 1, 2, 3], 0.0),
        ([0, 0.5, 1, 1.5], -1.5),  # the reference had 1.5 a year and a half before
        ([0, 3, 2, 4], 2.0),  # the first time counts
    ],
)
def test_years_earlier_is_the_distance_in_time_at_the_last_level(policy, earlier):
    times, reference = np.arange(4.0), np.array([0.0, 1, 2, 3])
    assert years_earlier(times, np.array(policy, float), reference) == pytest.approx(earlier)
