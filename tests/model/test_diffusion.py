"""The kernels of diffusion against plain NumPy, and at the ends of what can be put in."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from divide.model.cells import CELLS
from divide.model.declare.frozen import frozen
from divide.model.processes import diffusion
from divide.model.processes.diffusion import Rates

Array = NDArray[np.float64]

PROPERTY = settings(deadline=None, max_examples=150, database=None)
RATES = Rates(
    innovation=0.03, imitation=0.55, own_cell=0.5, neighbours=0.05, leaving=0.3, saturation=0.985
)


def countries(n: int, seed: int) -> dict[str, Array]:
    """What the kernels take of `n` countries, at random."""
    luck = np.random.default_rng(seed)
    shares = luck.dirichlet(np.ones(CELLS // 2), n).repeat(2, axis=1) / 2
    neighbours = luck.random((n, n)) * (1 - np.eye(n))
    within = luck.uniform(0.5, 1.0, (n, CELLS // 2)).repeat(2, axis=1)
    return {
        "within": within,
        "cell": np.exp(luck.normal(0, 0.7, (n, CELLS // 2))).repeat(2, axis=1),
        "skilled": np.exp(luck.normal(0, 0.1, (n, CELLS))),
        "shares": shares,
        "neighbours": frozen(np.asfortranarray(neighbours / neighbours.sum(axis=1, keepdims=True))),
    }


def started(n: int = 12, seed: int = 1, **given: Any) -> tuple[dict[str, Array], tuple]:
    """Countries, and what `start` finds of them."""
    luck, fixed = np.random.default_rng(seed + 100), countries(n, seed)
    reach = (fixed["shares"] * fixed["within"]).sum(axis=1)
    level = given.get("level", luck.uniform(0.05, 0.85, n) * reach)
    rise = given.get("rise", luck.uniform(0.005, 0.02, n) * level * (reach - level) * 4 / reach**2)
    early = given.get("early", np.zeros(n))
    per_man = given.get("women_per_man", luck.uniform(0.7, 1.1, n))
    found = diffusion.start(level, rise, early, per_man, *fixed.values(), given.get("r", RATES))
    return {"level": level, "rise": rise, "per_man": per_man, **fixed}, found


# The start ---------------------------------------------------------------------------------------


def test_the_start_has_the_level_and_the_ratio_of_the_sexes() -> None:
    at, (_, lift, _, online, potential) = started(40)
    people = at["shares"] * online
    np.testing.assert_allclose(people.sum(axis=1), at["level"], rtol=0, atol=1e-12)
    ratio = people[:, 0::2].sum(axis=1) / people[:, 1::2].sum(axis=1)
    np.testing.assert_allclose(ratio, at["per_man"], rtol=1e-8)
    assert np.all(lift == 1)
    assert np.all(online < potential)
    assert np.all(potential < at["within"])


def test_the_potential_is_that_of_the_log_odds_found() -> None:
    at, (log_odds, lift, gap, _, potential) = started(40)
    sex = np.where(np.arange(CELLS) % 2 == 0, 0.5, -0.5)
    odds = np.exp(log_odds[:, None] + gap[:, None] * sex) * at["cell"] * at["skilled"]
    expected = np.minimum(at["within"] * lift[:, None], 1) * odds / (1 + odds)
    np.testing.assert_allclose(potential, expected, rtol=1e-12)


@pytest.mark.parametrize("neighbours", [0.0, 0.05, 0.2])
def test_the_hazard_of_the_start_gives_the_expected_rise(neighbours: float) -> None:
    r = RATES._replace(neighbours=neighbours)
    at, (log_odds, lift, gap, online, potential) = started(40, r=r)
    fixed = [at[name] for name in ("within", "cell", "skilled", "shares", "neighbours")]
    dt, after = 1e-4, online.copy()
    diffusion.move(
        after, potential.copy(), log_odds, gap, lift, np.ones(40), *fixed, r, dt
    )  # fmt: skip
    rise = (at["shares"] * (after - online)).sum(axis=1) / dt
    could = (at["shares"] * potential).sum(axis=1)
    held = could >= r.saturation * (at["shares"] * at["within"]).sum(axis=1) * (1 - 1e-9)
    assert (~held).sum() > 25
    np.testing.assert_allclose(rise[~held], at["rise"][~held], rtol=0.003)
    assert np.all(rise[held] <= at["rise"][held] * 1.003), "no more than reach allows"


def test_who_came_early_leaves_less_to_come() -> None:
    """The surge is not taken for momentum: the potential is that of the level before it."""
    level, rise, early = np.full(3, 0.4), np.full(3, 0.02), np.array([0.0, 0.03, 0.0])
    before = np.array([0.4, 0.4, 0.37])
    fixed = countries(3, 1)
    for name in ("within", "cell", "skilled", "shares"):
        fixed[name][:] = fixed[name][0]
    r = RATES._replace(neighbours=0.0)
    could = [
        (fixed["shares"] * diffusion.start(at, rise, ahead, np.ones(3), *fixed.values(), r)[4]).sum(
            axis=1
        )
        for at, ahead in ((level, early), (before, np.zeros(3)))
    ]
    assert level[1] < could[0][1] < could[0][0]
    assert could[0][1] == pytest.approx(could[1][2], rel=1e-12)


@PROPERTY
@given(st.floats(1e-3, 0.99), st.floats(0, 0.2), st.floats(0.003, 0.2), st.floats(0.1, 1.5))
def test_the_potential_in_closed_form_is_where_the_hazard_is_the_rise(
    level: float, rise: float, p: float, q: float
) -> None:
    could = diffusion.potential_for(level, rise, p, q)
    assert could >= level * (1 - 1e-9)
    assert (could - level) * (p + q * level / could) == pytest.approx(rise, rel=1e-6, abs=1e-9)


@PROPERTY
@given(
    st.floats(1e-4, 0.9999),
    st.floats(0, 0.5),
    st.floats(0, 0.2),
    st.floats(0.1, 10),
    st.floats(0.01, 1),
    st.floats(0, 1),
)
def test_any_start_has_sound_shares(
    level: float, rise: float, early: float, per_man: float, city: float, countryside: float
) -> None:
    """Even of a country whose people are said to be online beyond all networks."""
    fixed = countries(3, 7)
    in_city = np.arange(CELLS) % 4 < 2
    fixed["within"][:] = np.where(in_city, city, countryside)
    one = np.ones(3)
    log_odds, lift, gap, online, potential = diffusion.start(
        level * one, rise * one, early * one, per_man * one, *fixed.values(), RATES
    )
    for found in (log_odds, lift, gap):
        assert np.all(np.isfinite(found))
    assert np.all((online >= 0) & (online <= potential + 1e-12) & (potential <= 1))
    assert np.all(lift >= 1)
    people = (fixed["shares"] * online).sum(axis=1)
    covered = (fixed["shares"] * np.minimum(fixed["within"] * lift[:, None], 1)).sum(axis=1)
    enough = covered * 0.999 > level * 1.003
    np.testing.assert_allclose(people[enough], level, rtol=0, atol=1e-12)
    assert np.all(people <= level + 1e-12)


def test_reach_is_lifted_in_the_countryside_where_the_cities_are_full() -> None:
    shares = np.full(CELLS, 1 / CELLS)
    within = np.where(np.arange(CELLS) % 4 < 2, 1.0, 0.4)
    for target in (0.3, 0.69, 0.8, 0.95):
        lift = diffusion.lift_for(target, 0.985, within, shares)
        covered = (shares * np.minimum(within * lift, 1)).sum()
        assert covered >= target / 0.9996
        assert (lift == 1) == (target < 0.985 * 0.7)


# A step ------------------------------------------------------------------------------------------


def naive(
    online: Array, log_odds: Array, gap: Array, lift: Array, pace: Array,
    fixed: dict[str, Array], r: Rates, dt: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Share online and share that could be after a step, with the hazard as an exponential."""
    women = np.arange(CELLS) % 2 == 0
    odds = log_odds[:, None] + np.where(women, 0.5, -0.5) * gap[:, None]
    odds = odds + np.log(fixed["cell"]) + np.log(fixed["skilled"])
    potential = np.minimum(fixed["within"] * lift[:, None], 1) / (1 + np.exp(-odds))
    w = fixed["shares"]
    national = np.maximum((w * potential).sum(axis=1), 1e-6)
    ratio = (w * online).sum(axis=1) / national
    abroad = fixed["neighbours"] @ ratio
    own = online / np.maximum(potential, 1e-6)
    seen = r.own_cell * own + (1 - r.own_cell) * ratio[:, None]
    seen = (1 - r.neighbours) * seen + r.neighbours * abroad[:, None]
    hazard = (r.innovation + r.imitation * seen) * pace[:, None]
    comes = np.maximum(potential - online, 0) * -np.expm1(-hazard * dt)
    leaves = np.maximum(online - potential, 0) * -np.expm1(-r.leaving * dt)
    return online + comes - leaves, potential


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_the_plain_formula(seed: int) -> None:
    n, luck = 15, np.random.default_rng(seed)
    fixed = countries(n, seed)
    online = luck.random((n, CELLS)) * fixed["within"]
    log_odds, gap = luck.normal(0, 1, n), luck.normal(0, 0.5, n)
    lift, pace = luck.uniform(1, 1.3, n), luck.uniform(0.8, 2, n)
    for dt in (0.125, 0.25, 1.0):
        expected, could = naive(online, log_odds, gap, lift, pace, fixed, RATES, dt)
        assert (online > could).any() and (online < could).any(), "both branches are taken"
        after, potential = online.copy(), np.empty_like(online)
        diffusion.move(
            after, potential, log_odds, gap, lift, pace, *fixed.values(), RATES, dt
        )  # fmt: skip
        np.testing.assert_allclose(potential, could, rtol=1e-12)
        # The hazard's exponential is a ratio in the kernel, good to 6e-4 of those who could come.
        np.testing.assert_allclose(after, expected, rtol=0, atol=1e-3)


def test_a_quicker_pace_never_brings_fewer() -> None:
    fixed, none = countries(4, 3), np.zeros(4)
    came = []
    for pace in np.geomspace(0.1, 1e7, 60):
        online, could = np.full((4, CELLS), 0.01), np.empty((4, CELLS))
        diffusion.move(
            online, could, none, none, np.ones(4), np.full(4, pace), *fixed.values(), RATES, 0.25
        )  # fmt: skip
        came.append(online.mean() / could.mean())
    assert np.all(np.diff(came) >= -1e-3)
    assert came[-1] == pytest.approx(1)


@pytest.mark.parametrize("months", [1, 3])
def test_steps_of_a_month_and_of_a_quarter_agree(months: int) -> None:
    """Against steps of four days, over ten years in which the potential rises."""

    def after(per_year: int) -> Array:
        at, (log_odds, lift, gap, online, potential) = started(30)
        fixed = [at[name] for name in ("within", "cell", "skilled", "shares", "neighbours")]
        for step in range(10 * per_year):
            risen = log_odds + 0.12 * (step + 0.5) / per_year
            diffusion.move(
                online, potential, risen, gap, lift, np.ones(30), *fixed, RATES, 1 / per_year
            )  # fmt: skip
        return online

    np.testing.assert_allclose(after(12 // months), after(96), rtol=0, atol=0.01)
    np.testing.assert_allclose(after(4), after(12), rtol=0, atol=0.01)


extreme = st.floats(-300, 300)


@PROPERTY
@given(
    st.lists(extreme, min_size=4, max_size=4),
    extreme,
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(1, 60),
    st.floats(0, 1e3),
    st.builds(
        Rates,
        st.floats(0, 2),
        st.floats(0, 5),
        st.floats(0, 1),
        st.floats(0, 1),
        st.floats(0, 10),
        st.just(0.985),
    ),
    st.sampled_from([0.125, 0.25, 1.0, 10.0]),
)
def test_shares_stay_shares_whatever_goes_in(
    log_odds: list[float], gap: float, online: float, within: float, lift: float, pace: float,
    r: Rates, dt: float,
) -> None:  # fmt: skip
    fixed = countries(4, 3)
    fixed["within"][:] = within
    share, could = np.full((4, CELLS), online), np.empty((4, CELLS))
    odds, one = np.array(log_odds), np.ones(4)
    for _ in range(5):
        before = share.copy()
        diffusion.move(
            share, could, odds, gap * one, lift * one, pace * one, *fixed.values(), r, dt
        )  # fmt: skip
        assert np.all((share >= 0) & (share <= 1))
        assert np.all((could >= 0) & (could <= 1))
        low, high = np.minimum(before, could), np.maximum(before, could)
        assert np.all((share >= low - 1e-15) & (share <= high + 1e-15)), "never past the potential"


def test_nobody_comes_where_nobody_is_within_reach() -> None:
    fixed = countries(4, 3)
    fixed["within"][:] = 0.0
    share, could = np.full((4, CELLS), 0.3), np.empty((4, CELLS))
    one = np.ones(4)
    diffusion.move(share, could, 50 * one, 0 * one, one, one, *fixed.values(), RATES, 0.5)
    np.testing.assert_array_equal(could, 0)
    np.testing.assert_allclose(share, 0.3 * np.exp(-RATES.leaving * 0.5), rtol=1e-12)
