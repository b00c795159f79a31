"""Parts of a change: they add up, whatever the game."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from divide.app.visit.result import compute
from divide.app.visit.why import EXACT, PAIRS, Why
from divide.model.scenario import Scenario

LEVERS = {"five_g": 1000, "mobile_wallet": 0.5, "skills_training": 2e7, "smart_customs": 0.5}


def scenario(levers, **settings):
    from divide.model.policy.policy import Policy

    policy = Policy("custom", spend="all").with_levers(levers)
    return Scenario(policy, until=2026, firms=1000, **settings)


def played(why, worth):
    """An explanation of a game in which a coalition is worth `worth(coalition)`."""
    results = [
        SimpleNamespace(series={"x": np.array([0.0, worth(coalition)])})
        for coalition in why.coalitions
    ]
    return why.explained(results)


def test_parts_of_real_runs_add_up_to_the_whole_change():
    why = Why(scenario(LEVERS))
    assert why.exact and len(why.runs) == 2 ** len(LEVERS)
    results = [compute(run) for run in why.runs]
    explained = why.explained(results)
    for outcome in ("usage_mean", "ecommerce_value", "payment_cost"):
        total = results[-1].series[outcome][-1] - results[0].series[outcome][-1]
        parts = explained.parts(outcome, -1)
        assert total != 0
        assert math.fsum(parts.values()) == pytest.approx(total, rel=1e-9)
    # The empty coalition is the status quo, the full one the scenario itself.
    assert why.runs[-1].digest == why.scenario.digest
    quo = compute(Scenario(until=2026, firms=1000))
    assert results[0].series["usage_mean"][-1] == quo.series["usage_mean"][-1]


def test_exact_parts_are_shapley_values():
    """Averages over all orders, worked out the long way, for a game with interactions."""
    why = Why(scenario(LEVERS))

    def worth(coalition):
        return sum(len(name) for name in coalition) * (1 + 0.3 * len(coalition)) ** 2

    parts = played(why, worth).parts("x", 1)
    for lever in why.levers:
        gains = []
        for order in itertools.permutations(why.levers):
            before = frozenset(order[: order.index(lever)])
            gains.append(worth(before | {lever}) - worth(before))
        assert parts[lever] == pytest.approx(np.mean(gains))


def test_many_levers_are_sampled_and_still_add_up():
    why = Why(Scenario(policy="balanced", until=2026, firms=1000))
    assert not why.exact and len(why.levers) > EXACT
    assert len(why.orders) == 2 * PAIRS
    assert why.orders[1] == why.orders[0][::-1]

    def worth(coalition):
        return math.sqrt(sum(len(name) for name in coalition))

    explained = played(why, worth)
    parts = explained.parts("x", 1)
    assert math.fsum(parts.values()) == pytest.approx(worth(frozenset(why.levers)))
    assert all(error > 0 for error in explained.errors("x", 1).values())
    # In a game without interactions sampling makes no error.
    plain = played(why, lambda coalition: sum(len(name) for name in coalition))
    assert plain.parts("x", 1) == pytest.approx({name: len(name) for name in why.levers})


def test_nothing_is_said_too_early():
    why = Why(Scenario(policy="balanced"))
    assert why.explained([None] * len(why.runs)) is None
    exact = Why(scenario(LEVERS))
    some = [SimpleNamespace(series={}), *[None] * (len(exact.runs) - 1)]
    assert exact.explained(some) is None
    assert Why(Scenario()).explained([SimpleNamespace(series={})]) is None
