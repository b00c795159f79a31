"""The search over levers, on a small world."""

import pytest

from divide.experiments.plan.uncertainty import futures
from divide.experiments.read.robust import AIMS, Worlds, front
from divide.model.declare.errors import InputError
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

SMALL = Scenario(start=2021, until=2022, firms=400)


def test_the_front_trades_money_for_people_and_says_what_the_model_says() -> None:
    table = front({"five_g": (0, 5000), "price_subsidy": (0, 0.5)}, base=SMALL, draws=2,
                  population=6, generations=2)  # fmt: skip
    assert list(table) == ["five_g", "price_subsidy", *AIMS]
    assert table["spend"].is_monotonic_increasing
    assert table["years_offline"].is_monotonic_decreasing, "no setting is beaten in both aims"
    row = table.iloc[-1]
    policy = Policy("custom").with_levers({name: row[name] for name in ("five_g", "price_subsidy")})
    tried = Worlds(SMALL, futures(2, SMALL)).tried(policy)
    assert tried == pytest.approx((row["years_offline"], row["spend"]), rel=1e-12)


@pytest.mark.parametrize(
    ("ranges", "complaint"),
    [
        ({"fiveg": (0, 1)}, "unknown lever 'fiveg'; did you mean 'five_g'"),
        ({"price_subsidy": (0, 2)}, "price_subsidy: 2 is out of range; allowed: -0.6 to 0.6"),
        ({"five_g": (3, 3)}, r"five_g: \[3, 3\] is no range"),
        ({}, "the search needs at least one lever"),
    ],
)
def test_a_bad_range_is_refused(ranges, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        front(ranges, base=SMALL)
