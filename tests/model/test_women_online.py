"""Women and men go online by the same equation, apart by a country's gap in log odds."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, Scenario
from divide.model.cells import CELLS, MEN, SEX, WOMEN
from divide.model.declare.frozen import frozen
from divide.model.processes import adoption, diffusion
from divide.model.world import load_world

Array = NDArray[np.float64]
LUCK = np.random.default_rng(5)


def online_after(per_man: float, until: int = 2024) -> tuple[DigitalDivideModel, Array, Array]:
    """A run of two years where so many women were online per man at the start, and stay apart."""
    world = load_world(2022)
    values = dict(world.values)
    values["women_per_man"] = np.full(len(world.iso3), per_man)
    # Without what merchants and marketplaces add: one of a few firms would tell the runs apart.
    alone = {
        "adoption.sex_gap_fading": 0.0, "adoption.merchants": 0.0, "adoption.marketplaces": 0.0,
    }  # fmt: skip
    plan = Scenario(firms=500, until=until, parameters=alone)
    m = DigitalDivideModel(plan, world=replace(world, values=MappingProxyType(values)))
    m.run()
    online = m.state.countries.online
    return m, online[:, SEX == WOMEN], online[:, SEX == MEN]


def test_women_and_men_go_online_alike_unless_told_otherwise() -> None:
    m, women, men = online_after(1.0)
    assert not m.state.countries.sex_gap.any()
    np.testing.assert_array_equal(women, men)


def test_fewer_women_go_online_and_learn_where_fewer_are() -> None:
    m, women, men = online_after(0.7)
    lived_in = m.cell_shares[:, SEX == WOMEN] > 0  # some countries are all city
    assert lived_in.mean() > 0.95
    assert np.all((women < men)[lived_in])
    skills = m.state.countries.skills
    assert np.all((skills[:, SEX == WOMEN] < skills[:, SEX == MEN])[lived_in])
    turned = online_after(1 / 0.7)  # all else differs by the accounts of women and men only
    np.testing.assert_allclose(turned[1], men, rtol=1e-4)
    np.testing.assert_allclose(turned[2], women, rtol=1e-4)


@pytest.mark.parametrize("start", [2003, 2012, 2022])
def test_women_per_man_at_the_start_are_as_the_figures_say(start: int, column: Callable) -> None:
    world = load_world(start)
    m = DigitalDivideModel(Scenario(start=start, until=start + 1, firms=500))
    ratio = column(m, "online_women")[0] / column(m, "online_men")[0]
    expected = world.values["women_per_man"]
    # Where nearly all within reach are, no more of either sex than there are can be.
    c = m.state.countries
    reach = m.national(np.minimum(adoption.within_reach(m) * c.lift[:, None], 1.0))
    more = 2 * m.national(c.potential) * np.maximum(expected, 1) / (1 + expected)
    possible = more < 0.999 * reach
    assert possible.mean() > 0.8
    np.testing.assert_allclose(ratio[possible], expected[possible], rtol=1e-6)
    ahead = np.log(ratio) * np.log(expected)
    assert np.all(ahead[~possible] >= 0), "the same sex is ahead"
    assert np.ptp(expected) > 0.25
    assert expected.min() > 0


def test_the_gap_of_the_start_fades_at_its_rate() -> None:
    def held(rate: float) -> DigitalDivideModel:
        plan = Scenario(firms=500, until=2032, parameters={"adoption.sex_gap_fading": rate})
        m = DigitalDivideModel(plan)
        start = m.state.countries.sex_gap.copy()
        m.run()
        np.testing.assert_allclose(m.state.countries.sex_gap, start * np.exp(-10 * rate), rtol=1e-9)
        return m

    gaps = [np.abs(held(rate).state.record.column("online_sex_gap")[-1]) for rate in (0.0, 0.15)]
    assert gaps[1].mean() < 0.6 * gaps[0].mean()


def test_the_gap_is_a_difference_in_log_odds_of_being_willing() -> None:
    n, r = 4, diffusion.rates(DigitalDivideModel(Scenario(firms=400)).values.adoption)
    total, gap = LUCK.normal(0, 1, n), LUCK.normal(0, 1, n)
    by_pair = np.exp(LUCK.normal(0, 1, (n, CELLS // 2))).repeat(2, axis=1)
    within, ones = LUCK.uniform(0.3, 1, (n, CELLS)), np.ones((n, CELLS))
    potential, online = np.empty((n, CELLS)), np.full((n, CELLS), 0.1)
    diffusion.move(
        online, potential, total, gap, np.ones(n), np.ones(n), within, by_pair, ones,
        ones / CELLS, frozen(np.full((n, n), 1 / n, order="F")), r, 0.25,
    )  # fmt: skip
    odds = np.log(potential / (within - potential))
    between = odds[:, SEX == WOMEN] - odds[:, SEX == MEN]
    np.testing.assert_allclose(between, gap[:, None].repeat(10, axis=1), atol=1e-12)
    middle = (odds[:, SEX == WOMEN] + odds[:, SEX == MEN]) / 2
    expected = total[:, None] + np.log(by_pair[:, SEX == WOMEN])
    np.testing.assert_allclose(middle, expected, atol=1e-12)


def test_a_gap_that_is_held_wider_leaves_more_women_offline() -> None:
    def women(gap: float) -> Array:
        def hold(m: DigitalDivideModel) -> None:
            m.state.countries.sex_gap[:] = gap

        m = DigitalDivideModel(Scenario(firms=500, until=2026), [hold, *PROCESSES])
        m.run()
        lived_in = m.cell_shares[:, SEX == WOMEN] > 0
        return m.state.countries.online[:, SEX == WOMEN][lived_in]

    assert np.all(women(-1.0) < women(0.0))
