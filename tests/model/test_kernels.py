"""Compiled loops give what the sentence above them says, against plain NumPy."""

import numpy as np
import pytest
from scipy.stats import poisson as poisson_law

from divide.model import DigitalDivideModel, Scenario
from divide.model.agents.platform import Kind
from divide.model.cells import in_every_quintile, sums, weighted_sum
from divide.model.processes.platforms import best_and_worst, divide_users, turn_away
from divide.model.processes.security import poisson
from divide.model.world import load_world

LUCK = np.random.default_rng(3)
CELLS = LUCK.random((40, 10)) ** 3


def test_sums_over_cells_are_sums_over_quintiles_and_places() -> None:
    quintile, city = np.arange(10) // 2, np.arange(10) % 2 == 0
    parts = [slice(None), quintile < 2, quintile >= 2, city, ~city]
    for found, part in zip(sums(CELLS), parts, strict=True):
        np.testing.assert_allclose(found, CELLS[:, part].sum(axis=1), rtol=1e-14)
    shares = LUCK.random((40, 10))
    expected = (CELLS * shares).sum(axis=1)
    np.testing.assert_allclose(weighted_sum(CELLS, shares), expected, rtol=1e-14)


def test_national_means_take_any_kind_of_numbers() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2023))
    everyone = np.ones((10, m.n), dtype=int).T
    np.testing.assert_allclose(m.national(everyone), m.cell_shares.sum(axis=1), rtol=1e-14)


def test_a_place_is_the_same_in_every_quintile() -> None:
    cells = in_every_quintile(np.array([0.1, 0.2]), np.array([0.3, 0.4]))
    np.testing.assert_array_equal(cells, [[0.1, 0.3] * 5, [0.2, 0.4] * 5])


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0])
def test_incidents_follow_the_poisson_law(mean: float) -> None:
    u = LUCK.random(200)
    means = np.full(200, mean)
    found = poisson(means, np.exp(-means), u)
    np.testing.assert_array_equal(found, np.maximum(poisson_law.ppf(u, mean), 0))


def test_incidents_stop_at_forty() -> None:
    mean = np.array([400.0])
    assert poisson(mean, np.exp(-mean), np.array([0.5])) == 40


def test_a_marketplace_enters_where_it_gains_most_and_leaves_where_it_loses_most() -> None:
    serves = np.array([[True, True, False, False], [False, False, False, True]])
    share = np.array([[0.5, 0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    spending, compliance = np.array([100.0, 10.0, 50.0, 80.0]), np.array([0.0, 1.0, 2.0, 9.0])
    best, most, worst, least = best_and_worst(
        np.array([0.1, 0.1]), share, serves, serves.sum(axis=0),
        np.array([0, 3], dtype=np.int16), spending, 1.0, compliance,
    )  # fmt: skip
    # The first is at home in country 0; country 2 has no rivals, so it expects all of it.
    assert (best[0], worst[0]) == (2, 1)
    np.testing.assert_allclose([most[0], least[0]], [5 - 1 - 2, 0.1 - 1 - 1])
    assert (best[1], worst[1]) == (0, 3)
    np.testing.assert_allclose([most[1], least[1]], [5 - 1, 8 - 1])


def test_users_divide_over_those_who_serve_them() -> None:
    serves = np.array([[True, True], [True, False]])
    share = np.array([[0.5, 1.0], [0.5, 0.2]])  # the second has just left the second country
    divide_users(
        share, np.array([0.5, 0.5]), np.array([1.0, 1.0]), np.array([0, 0], dtype=np.int16),
        np.zeros((2, 2)), np.zeros(2), 1.0, 0.0, serves,
    )  # fmt: skip
    np.testing.assert_allclose(share, [[0.5, 1.0], [0.5, 0.0]])


def test_only_those_whose_platform_left_are_turned_away() -> None:
    serves = np.array([[False, True], [True, False]])
    platform = np.array([-1, -1, 0, 0, 1, 1], dtype=np.int16)
    turn_away(platform, np.array([0, 1, 0, 1, 0, 1], dtype=np.int16), serves)
    np.testing.assert_array_equal(platform, [-1, -1, -1, 0, 1, -1])


def test_facts_are_the_columns_of_the_table_and_cannot_be_changed() -> None:
    world = load_world(2022)
    for name, column in world.table.items():
        np.testing.assert_array_equal(world.fact(str(name)), column)
        with pytest.raises(ValueError, match="read-only"):
            world.fact(str(name))[0] = world.fact(str(name))[1]
    with pytest.raises(KeyError):
        world.fact("nothing")


@pytest.mark.parametrize(("platforms", "marketplaces"), [(20, 7), (200, 70), (2_000, 201)])
def test_marketplaces_come_first_and_each_serves_its_home(
    platforms: int, marketplaces: int
) -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2023, platforms=platforms))
    b = m.platforms.get(["kind", "home"])
    is_market = np.array([kind for kind, _ in b]) == Kind.MARKETPLACE
    assert len(m.platform_names) == platforms
    assert len(m.marketplaces) == marketplaces
    np.testing.assert_array_equal(np.flatnonzero(is_market), m.marketplaces)
    assert m.state.serves[m.marketplaces, np.array([home for _, home in b])[is_market]].all()
