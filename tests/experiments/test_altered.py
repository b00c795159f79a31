"""Worlds and versions of the model with a part left out do leave it out, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from divide.experiments.plan.altered import (
    ABLATIONS,
    OF_AGENTS,
    odds_scaled,
    one_cell,
    pooled,
    scaled,
)
from divide.experiments.read.ablation import (
    OF_FIRMS,
    READ,
    SHOCKS,
    _added_by_agents,
    moved,
    of_firms,
    shock,
    turned_around,
)
from divide.model import DigitalDivideModel, Scenario
from divide.model.cells import COUNTRYSIDE, PLACE
from divide.model.momentum import momentum
from divide.model.policy.policy import REFERENCE, Policy
from divide.model.world import load_world

PLAN = Scenario("balanced", until=2024, firms=400, platforms=40)
WORLD = load_world(PLAN.start)
BY_NAME = {each.name: each for each in ABLATIONS}


@pytest.fixture(scope="module")
def runs() -> dict[str, DigitalDivideModel]:
    """Every version at the end of a short run."""
    made = {name: each.model(PLAN) for name, each in BY_NAME.items()}
    for model in made.values():
        model.run_steps()
    return made


def test_the_whole_model_is_the_model(runs) -> None:
    model = DigitalDivideModel(PLAN)
    model.run_steps()
    expected = model.results().model
    pd.testing.assert_frame_equal(runs["whole"].results().model, expected, check_exact=True)


def test_without_firms_and_platforms_both_stay_as_they_start(runs) -> None:
    start, end = BY_NAME["no_firms"].model(PLAN).state, runs["no_firms"].state
    assert (start.firms.state == end.firms.state).all() and (start.share == end.share).all()
    whole = runs["whole"].state
    assert (whole.firms.state != end.firms.state).any()
    assert not np.array_equal(whole.countries.online, end.countries.online)


def test_one_cell_has_no_differences_inside_a_country(runs) -> None:
    model = runs["one_cell"]
    lived_in = PLACE == COUNTRYSIDE
    assert np.allclose(model.cell_shares[:, ~lived_in], 0)
    for name in ("online", "skills", "accounts"):
        cells = getattr(model.state.countries, name)[:, lived_in]
        assert np.ptp(cells, axis=1).max() < 1e-9, name
    whole = BY_NAME["whole"].model(PLAN)
    start = BY_NAME["one_cell"].model(PLAN)
    assert np.allclose(start.national(start.state.countries.online),
                       whole.national(whole.state.countries.online), atol=1e-6)  # fmt: skip
    assert (start.state.countries.remoteness == whole.state.countries.remoteness).all()


def test_in_a_pooled_world_countries_are_alike_and_the_world_keeps_its_mean(runs) -> None:
    world, people = pooled(WORLD), WORLD.values["population"]
    for name, array in world.values.items():
        if name != "population":
            assert np.ptp(array) < 1e-9 * max(1.0, abs(array[0])), name
            assert array[0] == pytest.approx(WORLD.values[name] @ people / people.sum())
    assert (world.values["population"] == people).all()
    assert np.ptp(momentum(world, 4).rise) < 1e-12
    years, inhabitants = world.series("population")
    kept = WORLD.series("population")[1]
    assert np.allclose(np.nansum(inhabitants, axis=1), np.nansum(kept, axis=1)) and len(years)
    # Without a policy, which tells members from others, and without firms countries stay alike.
    bare = replace(BY_NAME["pooled"], without=BY_NAME["no_firms"].without)
    alone = bare.model(replace(PLAN, policy=REFERENCE))
    alone.run_steps()
    use = alone.state.record.column("internet_users")
    assert np.ptp(use[0]) < 1e-9 and np.ptp(use[-1]) < 0.005
    assert np.ptp(runs["whole"].state.record.column("internet_users")[-1]) > 0.5


def test_a_level_is_multiplied_and_nothing_else() -> None:
    dear = scaled(WORLD, "basket_price", 4.0)
    assert np.allclose(dear.values["basket_price"], 4 * WORLD.values["basket_price"])
    share = WORLD.values["skills"]
    more = odds_scaled(WORLD, "skills", 4.0).values["skills"]
    inside = (share > 0) & (share < 1)
    ratio = more[inside] / (1 - more[inside]) / (share[inside] / (1 - share[inside]))
    assert np.allclose(ratio, 4) and ((more >= 0) & (more <= 1)).all()
    for name in WORLD.values:
        assert name == "basket_price" or dear.values[name] is WORLD.values[name]
    assert dear.digest != WORLD.digest and one_cell(WORLD).digest != WORLD.digest


def test_rankings_turned_around_are_counted_by_pair() -> None:
    whole = pd.Series({"a": 3.0, "b": 2.0, "c": 1.0})
    assert turned_around(whole, whole) == 0
    assert turned_around(whole, pd.Series({"a": 2.0, "b": 3.0, "c": 1.0})) == 1
    assert turned_around(whole, -whole) == 3


# What agents add ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def added() -> pd.DataFrame:
    """What firms and platforms come to in each version."""
    plan = Scenario(until=2030, firms=6_000, platforms=100)
    names = [each.name for each in OF_AGENTS]
    index = pd.MultiIndex.from_tuples([(name, 0) for name in names], names=["version", "draw"])
    return pd.DataFrame([of_firms(name, plan) for name in names], index=index)


def test_each_part_of_the_agents_moves_what_it_is_about(added) -> None:
    change = added.xs(0, level="draw")
    change = change - change.loc["whole"]
    assert set(OF_FIRMS) == set(change.columns)
    assert change.loc["no_competition", "marketplaces"] != 0
    assert change.loc["no_lock_in", "marketplace_hhi"] != 0
    # Not zero: what is expected follows access to markets, on which platforms bear a little.
    moved = abs(change.loc["no_lock_in", "exporters"])
    assert moved < 1e-6, "users choose, firms follow their own odds"
    cascades = change.loc["no_cascades"]
    assert cascades["accepting"] < -0.03 and cascades["sellers"] < -0.02
    assert cascades["without_sellers"] > 0 and cascades["payments_mean"] < 0


@pytest.fixture(scope="module")
def shocked() -> pd.DataFrame:
    """What shocks to platforms move with lock-in and without, in the central world."""
    policies = [Policy(), *(shock(lever, strength) for lever, strength, *_ in SHOCKS)]
    keys = [(name, i, 0) for name in ("whole", "no_lock_in") for i in range(len(policies))]
    plan = Scenario(firms=1_000, platforms=100)
    ends = [moved(name, replace(plan, policy=policies[i])) for name, i, _ in keys]
    index = pd.MultiIndex.from_tuples(keys, names=["version", "shock", "draw"])
    return pd.DataFrame(ends, index=index)


def test_lock_in_slows_users_after_a_shock(shocked) -> None:
    ends = shocked.xs(0, level="draw")
    for i, (lever, _, what, *_) in enumerate(SHOCKS, 1):
        change = ends.xs(i, level="shock") - ends.xs(0, level="shock")
        first, last = change[what, READ[0]], change[what, READ[-1]]
        if lever == "payment_shock":  # nobody leaves a platform because its rails are closed
            assert first["no_lock_in"] == pytest.approx(first["whole"], rel=0.05)
            continue
        assert np.sign(first["whole"]) == np.sign(last["whole"]) != 0
        assert abs(first["whole"]) < 0.6 * abs(first["no_lock_in"])


def test_the_page_says_in_words_what_lock_in_does(added, shocked) -> None:
    text = _added_by_agents(added, shocked, 2030)
    assert "Lock-in adds " in text and "Lock-in slows the move of users" in text
    ends = shocked.xs(0, level="draw")["abroad", READ[0]].unstack("shock")
    assert f"| {100 * (ends[1] - ends[0])['whole']:+.2f} | " in text
    as_fast = shocked.copy()
    as_fast.loc["whole"] = shocked.loc["no_lock_in"].to_numpy()
    assert "Lock-in does not slow all moves" in _added_by_agents(added, as_fast, 2030)
    large = added.copy()
    large.loc["no_lock_in"] = 1.5 * added.loc["whole"].to_numpy()
    assert "Lock-in adds something to" in _added_by_agents(large, shocked, 2030)


def test_the_page_states_the_change_of_every_named_outcome(added, shocked) -> None:
    text = _added_by_agents(added, shocked, 2030)
    for label, _, _ in OF_FIRMS.values():
        assert label in text
    marketplaces = added.xs(0, level="draw")["marketplaces"]
    gain = marketplaces["no_competition"] - marketplaces["whole"]
    assert f"{marketplaces['whole']:.1f} | {gain:+.1f}" in text
