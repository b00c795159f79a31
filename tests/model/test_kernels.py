"""Compiled loops give what the sentence above them says, against plain NumPy."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import poisson as poisson_law

from divide.model import DigitalDivideModel, Scenario, cells
from divide.model.agents.columns import AXES
from divide.model.agents.platform import Kind
from divide.model.cells import by_quintile, by_sex, sums, weighted_sum
from divide.model.processes.platforms import (
    best_and_worst,
    countries_served,
    divide_users,
    leading,
    served,
    tally,
)
from divide.model.processes.security import poisson
from divide.model.world import load_world

LUCK = np.random.default_rng(3)
CELLS = LUCK.random((40, 20)) ** 3


def named(word: str) -> NDArray[np.bool_]:
    """Cells with a word in their name."""
    return np.array([word in name.split("_") for name in AXES["cell"]])


POOREST = named("q1") | named("q2")
#: Cells of each of the sums, in the order of `Sums`.
GROUPS = {
    "everyone": named("q1") | ~named("q1"),
    "poorest": POOREST,
    "richest": ~POOREST,
    "city": named("urban"),
    "countryside": named("rural"),
    "women": named("women"),
    "men": named("men"),
}


def test_each_cell_is_a_sex_at_a_place_in_a_quintile() -> None:
    codes = zip(cells.QUINTILE + 1, cells.PLACE, cells.SEX, strict=True)
    places, sexes = ("urban", "rural"), ("women", "men")
    assert AXES["cell"] == tuple(f"q{q}_{places[p]}_{sexes[s]}" for q, p, s in codes)
    assert len(set(AXES["cell"])) == cells.CELLS == 20
    for codes_of_cells in (cells.QUINTILE, cells.PLACE, cells.SEX):
        assert not codes_of_cells.flags.writeable


def test_sums_over_cells_are_those_of_the_groups_they_are_named_after() -> None:
    found = sums(CELLS)
    assert found._fields == tuple(GROUPS)
    for name, group in GROUPS.items():
        expected = CELLS[:, group].sum(axis=1)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-14, err_msg=name)
    shares = LUCK.random((40, 20))
    expected = (CELLS * shares).sum(axis=1)
    np.testing.assert_allclose(weighted_sum(CELLS, shares), expected, rtol=1e-14)


def test_whoever_adds_cells_gets_the_same_bits() -> None:
    """A national mean is the same number in a process, in a record and for one country alone."""
    shares = LUCK.random((40, 20))
    means = weighted_sum(CELLS, shares)
    np.testing.assert_array_equal(means, sums(CELLS * shares).everyone)
    np.testing.assert_array_equal(means[7:8], weighted_sum(CELLS[7:8], shares[7:8]))


def test_national_means_take_any_kind_of_numbers() -> None:
    m = DigitalDivideModel(Scenario(firms=500, until=2023))
    everyone = np.ones((20, m.n), dtype=int).T
    np.testing.assert_allclose(m.national(everyone), m.cell_shares.sum(axis=1), rtol=1e-14)


def test_what_differs_by_one_thing_is_the_same_in_all_else() -> None:
    one, two = np.array([0.1, 0.2]), np.array([0.3, 0.4])
    made = by_sex(one, two)
    assert made.shape == (2, 20)
    for row in range(2):
        np.testing.assert_array_equal(made[row, named("women")], one[row])
        np.testing.assert_array_equal(made[row, ~named("women")], two[row])
    quintiles = LUCK.random((2, 5))
    for q in range(5):
        np.testing.assert_array_equal(
            by_quintile(quintiles)[:, named(f"q{q + 1}")], quintiles[:, [q]].repeat(4, axis=1)
        )


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0])
def test_incidents_follow_the_poisson_law(mean: float) -> None:
    u = LUCK.random(200)
    found = [poisson(mean, each) for each in u]
    np.testing.assert_array_equal(found, np.maximum(poisson_law.ppf(u, mean), 0))


def test_incidents_stop_at_forty() -> None:
    assert poisson(400.0, 0.5) == 40


def test_a_marketplace_enters_where_it_gains_most_and_leaves_where_it_loses_most() -> None:
    serves = np.array([[True, True, False, False], [False, False, False, True]])
    share = np.array([[0.5, 0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    spending, compliance = np.array([100.0, 10.0, 50.0, 80.0]), np.array([0.0, 1.0, 2.0, 9.0])
    best, most, worst, least = best_and_worst(
        np.array([0.1, 0.1]), share, serves, served(serves, countries_served(serves)),
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
        np.zeros((2, 2)), np.zeros(2), 1.0, 0.0, served(serves, countries_served(serves)), 2,
    )  # fmt: skip
    np.testing.assert_allclose(share, [[0.5, 1.0], [0.5, 0.0]])


def test_platforms_and_countries_add_up_what_they_have_of_each_other() -> None:
    serves, markets = LUCK.random((30, 12)) < 0.3, 18
    serves[:markets, 5] = False  # nobody sells there
    pairs = served(serves, countries_served(serves))
    np.testing.assert_array_equal(pairs, np.nonzero(serves))
    share, of_hub = serves * LUCK.random((30, 12)), LUCK.random(30) < 0.5
    people, spending, trade = LUCK.random((3, 12))
    found = tally(share, pairs, people, spending, trade, of_hub, markets)
    np.testing.assert_allclose(found.users, share @ people, rtol=1e-13)
    np.testing.assert_allclose(found.volume[:markets], share[:markets] @ spending, rtol=1e-13)
    np.testing.assert_allclose(found.volume[markets:], share[markets:] @ trade, rtol=1e-13)
    np.testing.assert_array_equal(found.marketplaces, serves[:markets].sum(axis=0))
    expected = np.where(serves[:markets].any(axis=0), (share[:markets] ** 2).sum(axis=0), 1.0)
    np.testing.assert_allclose(found.concentration, expected, rtol=1e-13)
    np.testing.assert_allclose(found.hub, share[of_hub].sum(axis=0) / 2, rtol=1e-13)


@pytest.mark.parametrize("rows", [(0, 18), (18, 30)])
def test_firms_look_at_the_platforms_with_the_largest_shares(rows: tuple[int, int]) -> None:
    serves = LUCK.random((30, 12)) < 0.5
    share = serves * LUCK.random((30, 12))
    upto, names = leading(share, served(serves, countries_served(serves)), rows, 4)
    kind = share[slice(*rows)]
    order = np.argsort(-kind, axis=0, kind="stable")[:4].T
    top = np.take_along_axis(kind.T, order, axis=1)
    np.testing.assert_array_equal(names, np.where(top > 0, order + rows[0], -1))
    total = np.maximum(top.sum(axis=1, keepdims=True), 1e-300)
    np.testing.assert_allclose(upto, np.cumsum(top / total, axis=1), rtol=1e-13)


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
