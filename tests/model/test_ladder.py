"""The kernels of firms: no bound is too tight, no sum goes stale, and the start is the long run."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.conditions import ColumnFirms, Conditions
from divide.model import DigitalDivideModel, Scenario
from divide.model.agents.firm import FirmPopulation
from divide.model.processes import firms, ladder, ladder_sums, platforms
from divide.model.processes.ladder import Sums
from divide.model.processes.luck import deal, pick

PLAN = Scenario(firms=3_000, until=2025)
LUCK = np.random.default_rng(5)


@pytest.fixture
def m() -> DigitalDivideModel:
    """A model two quarters on, which a test may change."""
    model = DigitalDivideModel(PLAN)
    model.step()
    model.step()
    return model


def recounted(m: DigitalDivideModel) -> Sums:
    """Sums over the firms of a model, told from their attributes one by one."""
    f, s = m.firms.copy().to_frame(), m.state
    weight = m.firm_weight[f["country"], f["kind"]]
    sums = Sums(*(np.zeros_like(each) for each in kept(m)))
    names = ("connected", "accepts", "sells_online", "exports_online")
    for column, name in enumerate(names):
        np.add.at(sums.counts, (f["country"], f["kind"], column), f[name].astype(int))
    made = (f["productivity"].to_numpy() * 256).astype(np.int64) * weight * f["exports_online"]
    np.add.at(sums.capacity, (f["country"], f["kind"] // 4), made)
    for column, (name, needs) in enumerate(
        {"rail": "accepts", "marketplace": "sells_online"}.items()
    ):
        on = (f[name] >= 0).to_numpy()
        np.add.at(sums.users, f[name].to_numpy()[on], weight[on])
        np.add.at(sums.without, (f["country"], column), (f[needs].to_numpy() & ~on).astype(int))
    assert s.firm_counts is not sums.counts
    return sums


def kept(m: DigitalDivideModel) -> Sums:
    """The sums that the state keeps."""
    s = m.state
    return Sums(s.firm_counts, s.capacity, s.firm_users, s.firms_without)


def assert_same(one: Sums, other: Sums) -> None:
    for name in Sums._fields:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


# Sums --------------------------------------------------------------------------------------------


def test_kept_sums_are_those_of_the_firms_in_every_step() -> None:
    m = DigitalDivideModel(Scenario("balanced", firms=2_000, platforms=60, until=2027))
    turned_away = 0
    while not m.finished:
        assert_same(kept(m), recounted(m))
        turned_away += int(m.state.firms_without.sum())
        m.step()
    assert turned_away > 0, "somebody was without a platform at times"


WRITES: dict[str, Callable[[FirmPopulation], object]] = {
    "set of all": lambda f: f.set("connected", True),
    "set of some": lambda f: f.select(size="micro").set("accepts", False),
    "one firm": lambda f: setattr(f.select(exports_online=True)[0], "exports_online", False),
    "a gap in the ladder": lambda f: f.set("sells_online", True),
    "traits": lambda f: f.set("productivity", 20.0).set("skill", 1.0),
    "another platform": lambda f: f.set("rail", 3),
    "no platform": lambda f: f.set("marketplace", -1),
    "an array": lambda f: f.state.__setitem__(slice(None), 15),
    "another order": lambda f: None,
}


@pytest.mark.parametrize("name", list(WRITES))
def test_a_write_leaves_no_stale_sum(name: str, m: DigitalDivideModel) -> None:
    before = recounted(m)
    if name == "another order":
        m.state.firms = m.firms.permuted(LUCK.permutation(len(m.firms))).bind(m)
    WRITES[name](m.firms)
    firms.sums(m)
    assert not m.firms.stale
    assert_same(kept(m), recounted(m))
    if name not in ("another order", "traits"):
        assert any(map(lambda a, b: (a != b).any(), before, recounted(m)))
    m.run()
    assert_same(kept(m), recounted(m))


def test_traits_that_are_set_bear_on_the_bounds(m: DigitalDivideModel) -> None:
    """Firms made able beyond what their cell knew gain states like any that are so able."""
    m.firms.set("skill", 1.0).set("productivity", 1_000.0)
    m.step()
    after = m.firms.to_frame()
    other = DigitalDivideModel(PLAN)
    other.step(), other.step()
    other.firms.set("skill", 1.0).set("productivity", 1_000.0)
    order = np.arange(len(m.firms))[::-1]
    other.state.firms = other.firms.permuted(order).bind(other)
    other.step()
    assert other.firms.to_frame().loc[after.index].equals(after)
    assert m.firms.reach[1].max() == pytest.approx(1.5)


def test_a_platform_that_does_not_exist_is_refused(m: DigitalDivideModel) -> None:
    m.firms.set("rail", 5_000)
    with pytest.raises(ValueError, match="rail 5000 of a firm: there are 200 platforms"):
        m.step()


def test_only_those_whose_platform_left_are_turned_away(m: DigitalDivideModel) -> None:
    f, s = m.firms.copy(), m.state
    platform = int(np.bincount(f.rail[f.rail >= 0]).argmax())
    row = int(np.bincount(f.country[f.rail == platform]).argmax())
    left = np.zeros_like(s.serves)
    left[platform, row] = True
    firms.turn_away(m, left)
    hit = (f.rail == platform) & (f.country == row)
    now = m.firms.copy()
    assert hit.sum() > 0 and np.all(now.rail[hit] == -1)
    np.testing.assert_array_equal(now.rail[~hit], f.rail[~hit])
    np.testing.assert_array_equal(now.marketplace, f.marketplace)
    assert s.firms_without[row, 0] == hit.sum()
    assert_same(kept(m), recounted(m))
    m.step()
    f = m.firms.copy()
    assert np.all((f.rail >= 0) == f.accepts), "they have chosen again"


def test_firms_choose_by_share() -> None:
    shares = np.array([[0.1, 0.4, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    names = np.array([[7, 8, 9, -1], [5, -1, -1, -1], [-1, -1, -1, -1]], dtype=np.int16)
    upto, rows = ladder.offers(shares, names)
    numbers = np.arange(0, 2**24, 999, dtype=np.uint64)
    for row in range(3):
        chosen = [rows[row, int(ladder.choice(number, np.uint64(row), upto))] for number in numbers]
        for name, expected in {0: {7: 0.1, 8: 0.3, 9: 0.6}, 1: {5: 1.0}, 2: {-1: 1.0}}[row].items():
            assert np.mean(np.array(chosen) == name) == pytest.approx(expected, abs=0.001)


def test_a_firm_can_choose_from_as_many_platforms_as_countries_list() -> None:
    assert platforms.OPTIONS <= ladder.OPTIONS == 16


# Bounds ------------------------------------------------------------------------------------------


def cells_of(counts: NDArray[np.int64], shape: float) -> FirmPopulation:
    """Firms of one country, of all rungs."""
    made = FirmPopulation.build(
        counts, np.ones(counts.shape), 3, productivity_shape=shape, productivity_cap=50.0,
        skill_mean=np.full(len(counts), 0.5), skill_spread=0.2,
    )  # fmt: skip
    made.state[:] = ladder.STATES[LUCK.integers(0, 5, len(made))]
    return made


@pytest.mark.parametrize("speed", [0.001, 0.1, 0.6, 0.999])
@pytest.mark.parametrize("churn", [0.0, 0.03, 0.5])
def test_whom_bounds_leave_alone_would_have_stayed(speed: float, churn: float) -> None:
    """All firms are looked at in full; whom a byte of luck rules out neither moves nor looks."""
    counts = LUCK.integers(0, 60, (12, 16))
    firm, n = cells_of(counts, 1.2), int(counts.sum())
    odds = np.exp(LUCK.normal(0, 3, (12, 16, 4)))
    pace, back = np.full(4, speed, np.float32), np.float32(churn)
    with firm.in_place() as (cells, f):
        reach = ladder.extremes(cells.start, f["skill"], f["productivity"])
        by_state, single_odds = ladder.arrange(odds, cells.home)
        first, count = ladder.bounds(by_state, reach, pace, back)
        walk, by_hand = cells.walk, [(0, 0), (len(cells.words), len(cells.walk.cell))]
        room = (n + 8 * len(cells.home) + 127) // 64 * 64
        walk = walk._replace(blocks=np.array(by_hand), room=room)  # all in one block
        dealt, loose, marks = (
            np.zeros(room // 8, np.uint64), np.zeros(room, np.uint8), np.zeros(room // 8, np.uint8),
        )  # fmt: skip
        everybody = np.full(room // 8, 0x0101010101010101, np.uint64)
        desk, lanes = ladder.desk_for(room), np.zeros(room, np.uint32)
        left_alone, act, total = 0, 0, 0
        for step in range(12):
            shared, single = firms.keys(9, step)
            state = np.concatenate([f["state"], np.zeros(64, np.uint8)])
            deal(shared, cells.words, dealt)
            byte = dealt.view(np.uint8)
            ladder.test(walk, 0, state, byte, first, count, loose)
            assert pick(cells.words, everybody, marks, desk.lanes) == n
            ladder.read(
                n, cells.words, byte, cells.start, cells.home, f["state"], f["skill"],
                f["productivity"], single_odds, desk,
            )  # fmt: skip
            ladder.climb(single, n, pace, back, desk)
            np.testing.assert_array_equal(desk.at[:n], np.arange(n))
            acts = (desk.after[:n] != desk.before[:n]) | desk.pay[:n] | desk.sell[:n]
            some = pick(cells.words, loose.view(np.uint64), marks, lanes)
            seen = np.isin(desk.lanes[:n], lanes[:some])
            assert not (acts & ~seen).any()
            left_alone += int((~seen).sum())
            act += int(acts.sum())
            total += n
            f["state"][:] = ladder.STATES[desk.after[:n]]
    if speed <= 0.1 and churn <= 0.03:
        assert left_alone > 0.7 * total, "bounds that are too wide help nobody"
    assert act > 0 or speed < 0.01


# The start ---------------------------------------------------------------------------------------


def test_the_long_run_is_that_of_the_ladder() -> None:
    """Probabilities in closed form against the eigenvector of the ladder's own transitions."""
    counts = np.zeros((1, 16), dtype=np.int64)
    counts[0, :] = 1
    firm = cells_of(counts, 2.5)
    odds, pace = (
        np.exp(LUCK.normal(0, 1.5, (1, 16, 4))),
        np.array([0.1, 0.3, 0.05, 0.8], np.float32),
    )
    with firm.in_place() as (cells, f):
        found = ladder_sums.long_run(
            cells.start, cells.home, f["skill"], f["productivity"], odds, pace, 0.0, 1
        )[0]
    for k in range(16):
        skilled = 0.5 + firm.skill[k] / 255
        able = skilled * 2 * firm.productivity[k] / (1 + firm.productivity[k])
        o = odds[0, k] * np.array([skilled, skilled, able, able])
        move = np.zeros((5, 5))
        for now in range(5):
            p = np.where(np.arange(4) < now, 1 - pace / (1 + o), pace * o / (1 + o))
            reached = np.concatenate([[1.0], np.cumprod(p), [0.0]])
            move[now] = reached[:-1] - reached[1:]
        values, vectors = np.linalg.eig(move.T)
        law = np.real(vectors[:, np.argmax(np.real(values))])
        at_least = (law / law.sum())[::-1].cumsum()[::-1]
        np.testing.assert_allclose(found[k], at_least[1:], rtol=1e-4)


def world_shares(m: DigitalDivideModel, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the world's real firms in each state, (4,)."""
    return (share * m.real_firms[:, :, None]).sum(axis=(0, 1)) / m.real_firms.sum()


@pytest.mark.parametrize("start", [2015, 2022])
def test_firms_begin_in_the_long_run(start: int) -> None:
    """While countries stay as they are, so do the shares of firms: not 0.3 points in two years."""
    # So many that what luck does to them is a third of that.
    m = DigitalDivideModel(Scenario(start=start, until=start + 2, firms=1_500_000))
    columns, begun = ColumnFirms(Conditions.of(m), 1), world_shares(m, m.state.firm_share)
    for _ in range(8):
        columns.step()
        np.testing.assert_allclose(world_shares(m, columns.share), begun, rtol=0, atol=0.003)


def test_the_status_quo_does_not_begin_with_a_jump() -> None:
    """Shares of the first two years follow from countries: the first year is like the second."""
    m = DigitalDivideModel(Scenario(until=2024, firms=400_000))
    path = [world_shares(m, m.state.firm_share)]
    while not m.finished:
        m.step()
        path.append(world_shares(m, m.state.firm_share))
    first, second = path[4] - path[0], path[8] - path[4]
    assert np.abs(first - second).max() < 0.012
    assert np.abs(np.diff(path, axis=0))[:, 2:].max() < 0.003, "sellers and exporters"
