"""The measures against independent formulas, worked examples and the axioms they satisfy."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from divide.model.outcomes import measures as m

PROPERTY = settings(deadline=None, max_examples=60, database=None)

# Zeros matter (countries with no users) and so do ties, hence the mix of grid and free values.
LEVELS = st.one_of(
    st.just(0.0), st.sampled_from([0.25, 0.5, 1.0]), st.floats(1e-3, 1.0, allow_subnormal=False)
)
POSITIVE = st.one_of(st.sampled_from([0.25, 0.5, 1.0]), st.floats(1e-2, 1.0))
WEIGHTS = st.floats(0.01, 100.0)


def weighted(level: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[list, list]]:
    pairs = st.lists(st.tuples(level, WEIGHTS), min_size=1, max_size=12)
    return pairs.map(lambda rows: ([r[0] for r in rows], [r[1] for r in rows]))


def counted(level: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[list, list]]:
    pairs = st.lists(st.tuples(level, st.integers(0, 5)), min_size=1, max_size=10)
    return pairs.map(lambda rows: ([r[0] for r in rows], [r[1] for r in rows])).filter(
        lambda xw: sum(xw[1]) > 0
    )


def close(a: float, b: float, tolerance: float = 1e-9) -> bool:
    return (math.isnan(a) and math.isnan(b)) or math.isclose(
        a, b, rel_tol=tolerance, abs_tol=tolerance
    )


def profile(x: list[float], w: list[float] | None = None) -> dict[str, float]:
    """The measures of one distribution by name."""
    made = m.profiles([x], None if w is None else [w])
    return {name: float(value[0]) for name, value in made._asdict().items()}


# Independent formulas


def slow_gini(x: list[float], w: list[float]) -> float:
    total = sum(w)
    mu = sum(a * b for a, b in zip(x, w, strict=True)) / total
    if mu == 0:
        return math.nan
    difference = 0.0
    for xi, wi in zip(x, w, strict=True):
        for xj, wj in zip(x, w, strict=True):
            difference += wi * wj * abs(xi - xj)
    return difference / total**2 / (2 * mu)


def slow_theil(x: list[float], w: list[float]) -> float:
    total = sum(w)
    mu = sum(a * b for a, b in zip(x, w, strict=True)) / total
    if mu == 0:
        return math.nan
    return sum(
        wi / total * xi / mu * math.log(xi / mu) for xi, wi in zip(x, w, strict=True) if xi > 0
    )


def slow_lorenz(x: list[float], w: list[float], q: float) -> float:
    """Linear interpolation between the points of the Lorenz curve."""
    order = np.argsort(x, kind="stable")
    xs, ws = np.asarray(x)[order], np.asarray(w, dtype=float)[order]
    people = np.concatenate([[0.0], np.cumsum(ws)]) / ws.sum()
    held = np.concatenate([[0.0], np.cumsum(ws * xs)])
    return float(np.interp(q, people, held / held[-1]))


def slow_percentile(x: list[float], counts: list[int], q: float) -> float:
    return float(np.percentile(np.repeat(x, counts), 100 * q, method="averaged_inverted_cdf"))


IN_UNITS_OF_X = ("mean", "p90_p10_gap")
INEQUALITY = ("cv", "gini", "theil", "atkinson")
#: Measures that are NaN where all have nothing.
RELATIVE = {*m.Profile._fields} - {"mean", "p90_p10_gap", "gini_shortfall"}


# Worked examples


def test_worked_example_of_four() -> None:
    v = profile([4.0, 1.0, 3.0, 2.0])
    assert v["mean"] == 2.5
    assert v["cv"] == pytest.approx(math.sqrt(1.25) / 2.5)
    assert v["gini"] == pytest.approx(0.25)
    assert (v["p90_p10_gap"], v["p90_p10_ratio"]) == (3.0, 4.0)
    assert v["bottom40_share"] == pytest.approx((1 + 0.6 * 2) / 10)
    assert v["palma"] == pytest.approx(1.6 / 2.2)
    # T = 1/2 - 3/10, so 2 (0.4 - 0.25) and the mean equals the median
    assert v["wolfson"] == pytest.approx(0.3)
    assert v["atkinson"] == pytest.approx(1 - 24**0.25 / 2.5)
    assert math.isnan(v["gini_shortfall"])  # not shares
    assert (m.gini([4.0, 1.0, 3.0, 2.0]), m.p90_p10_gap([4.0, 1.0, 3.0, 2.0])) == (0.25, 3.0)


def test_worked_example_of_two_weighted() -> None:
    v = profile([0.0, 1.0], [3.0, 1.0])
    assert v["gini"] == pytest.approx(0.75)
    assert v["gini_shortfall"] == pytest.approx(0.25)
    assert v["theil"] == pytest.approx(math.log(4))
    assert v["atkinson"] == 1.0


def test_one_holder_of_everything() -> None:
    x = [0.0] * 20
    x[7] = 5.0
    v = profile(x)
    assert v["gini"] == pytest.approx(1 - 1 / 20)
    assert v["theil"] == pytest.approx(math.log(20))
    assert v["cv"] == pytest.approx(math.sqrt(19))
    assert v["bottom40_share"] == 0.0
    assert v["atkinson"] == 1.0
    assert all(math.isnan(v[name]) for name in ("palma", "p90_p10_ratio", "wolfson"))
    assert math.isnan(m.once([x]).sigma[0])
    assert m.once([x]).gini[0] == pytest.approx(1 - 1 / 20)


def test_rounding_gives_nothing_to_a_bottom_that_has_nothing() -> None:
    """The bottom 40 % end exactly where the zeros do, and 6/15 is not 0.4 in binary sums."""
    for x, w in (([0.0, 0.0, 0.25], [2, 4, 9]), ([0.0] * 6 + [0.25] * 9, None)):
        v = profile(x, w)
        assert v["bottom40_share"] == 0.0
        assert math.isnan(v["palma"])


def test_polarisation_is_greatest_with_two_camps() -> None:
    assert profile([0.0, 0.0, 1.0, 1.0])["wolfson"] == pytest.approx(1.0)
    spread = list(np.linspace(0.0, 1.0, 10))
    assert profile([0.0] * 5 + [1.0] * 5)["wolfson"] > profile(spread)["wolfson"]


def test_polarisation_and_inequality_can_part() -> None:
    """Two pairs close ranks, each round its own mean: less inequality, more polarisation."""
    before, after = profile([1.0, 3.0, 5.0, 7.0]), profile([2.0, 2.0, 6.0, 6.0])
    assert after["gini"] < before["gini"]
    assert after["wolfson"] > before["wolfson"]


def test_shares_and_shortfalls_can_disagree() -> None:
    before, after = profile([0.2, 0.4]), profile([0.7, 0.9])
    assert after["gini"] < before["gini"]
    assert after["gini_shortfall"] > before["gini_shortfall"]


@pytest.mark.parametrize(
    ("x", "gap"),
    [
        ([1.0, 2.0, 3.0], 2.0),
        ([1.0, 2.0], 1.0),
        (list(range(1, 11)), 9.5 - 1.5),
        (list(range(1, 12)), 10.0 - 2.0),
        (list(range(1, 191)), 171.5 - 19.5),
    ],
)
def test_percentiles(x: list[float], gap: float) -> None:
    assert m.p90_p10_gap(x) == gap


def test_theil_by_hand() -> None:
    x, labels = np.array([[1.0, 3.0, 4.0, 4.0]]), np.array([0, 0, 1, 1])
    low = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    within = 4 / 12 * low
    between = 1 / 3 * math.log(2 / 3) + 2 / 3 * math.log(4 / 3)
    total, part = m.theil_within(x, np.ones_like(x), labels, 2)
    assert total[0] == pytest.approx(within + between)
    assert part[0] == pytest.approx(within)
    grouping = m.Grouping(labels, np.ones_like(x))
    assert grouping.theil_between(x)[0] == pytest.approx(between)


def test_beta_recovers_its_slope() -> None:
    start = np.array([0.05, 0.1, 0.3, 0.8])
    elapsed = np.array([0.0, 2.0, 10.0])
    paths = np.exp(np.log(start) + elapsed[:, None] * (0.01 - 0.03 * np.log(start)))
    np.testing.assert_allclose(m.beta(paths, elapsed), [0.0, -0.03, -0.03])
    assert np.all(m.beta(np.full((3, 4), 0.2), elapsed) == 0)


# Properties


@PROPERTY
@given(weighted(LEVELS))
def test_against_independent_formulas(xw: tuple[list, list]) -> None:
    x, w = xw
    v = profile(x, w)
    assert close(v["gini"], slow_gini(x, w))
    assert close(v["theil"], slow_theil(x, w))
    if sum(x) == 0:
        return
    mu = np.average(x, weights=w)
    assert close(v["mean"], mu)
    sd = math.sqrt(np.average((np.asarray(x) - mu) ** 2, weights=w))
    assert close(v["cv"], sd / mu)
    bottom = slow_lorenz(x, w, 0.4)
    assert close(v["bottom40_share"], bottom)
    if bottom > 1e-6:
        assert close(v["palma"], (1 - slow_lorenz(x, w, 0.9)) / bottom, 1e-7)
    shortfall = [1 - v for v in x]
    if sum(shortfall) > 1e-6:
        assert close(v["gini_shortfall"], slow_gini(shortfall, w))


@PROPERTY
@given(weighted(POSITIVE))
def test_logs_against_explicit_formulas(xw: tuple[list, list]) -> None:
    x, w = xw
    geometric = math.prod(a ** (b / sum(w)) for a, b in zip(x, w, strict=True))
    assert close(profile(x, w)["atkinson"], 1 - geometric / np.average(x, weights=w))
    logs = np.log(x)
    assert close(m.once([x]).sigma[0], math.sqrt(((logs - logs.mean()) ** 2).mean()), 1e-7)
    assert close(m.once([x]).gini[0], slow_gini(x, [1.0] * len(x)))


@PROPERTY
@given(counted(LEVELS))
def test_percentiles_are_the_inverse_of_the_distribution(xw: tuple[list, list]) -> None:
    x, w = xw
    # at a kink the two definitions round differently, so stay clear of it
    assume(all(abs(q * sum(w) - round(q * sum(w))) > 1e-6 for q in (0.1, 0.5, 0.9)))
    p10, p50, p90 = (slow_percentile(x, w, q) for q in (0.1, 0.5, 0.9))
    v = profile(x, w)
    assert v["p90_p10_gap"] == m.p90_p10_gap(x, w) == p90 - p10
    assert close(v["p90_p10_ratio"], p90 / p10 if p10 > 0 else math.nan)
    if p50 > 0.01:
        tangent = 0.5 - slow_lorenz(x, w, 0.5)
        mu = np.average(x, weights=w)
        assert close(v["wolfson"], 2 * (2 * tangent - slow_gini(x, w)) / (p50 / mu))


@PROPERTY
@given(counted(LEVELS))
def test_integer_weights_are_repeated_data(xw: tuple[list, list]) -> None:
    x, w = xw
    once, repeated = profile(x, w), profile(np.repeat(x, w))
    for name, value in once.items():
        assert close(value, repeated[name], 1e-7), name


@PROPERTY
@given(weighted(LEVELS), st.floats(0.01, 1000.0), st.floats(0.01, 1000.0))
def test_units_of_values_and_weights_drop_out(
    xw: tuple[list, list], scale: float, people: float
) -> None:
    x, w = xw
    after = profile(np.multiply(x, scale), np.multiply(w, people))
    for name, value in profile(x, w).items():
        if name != "gini_shortfall":
            expected = value * scale if name in IN_UNITS_OF_X else value
            assert close(expected, after[name], 1e-7), name


@PROPERTY
@given(weighted(LEVELS), st.randoms(use_true_random=False))
def test_order_and_absent_entries_do_not_matter(xw: tuple[list, list], random: object) -> None:
    rows = [*zip(*xw, strict=True), (0.9, 0.0), (0.0, 0.0)]
    random.shuffle(rows)  # type: ignore[attr-defined]
    x, w = zip(*rows, strict=True)
    shuffled = profile(x, w)
    for name, value in profile(*xw).items():
        assert close(value, shuffled[name], 1e-7), name


@PROPERTY
@given(weighted(POSITIVE), st.data())
def test_transfer_to_the_poorer_lowers_inequality(
    xw: tuple[list, list], data: st.DataObject
) -> None:
    x, w = xw
    assume(max(x) - min(x) > 1e-3)
    rich, poor = int(np.argmax(x)), int(np.argmin(x))
    gap = x[rich] - x[poor]
    # the sum moved keeps the giver at least as well off as the taker
    most = gap / (1 / w[rich] + 1 / w[poor])
    moved = data.draw(st.floats(0.05, 1.0)) * most
    after = list(x)
    after[rich] -= moved / w[rich]
    after[poor] += moved / w[poor]
    a, b = profile(x, w), profile(after, w)
    for name in INEQUALITY:
        assert b[name] < a[name] + 1e-12, name
    assert b["bottom40_share"] >= a["bottom40_share"] - 1e-12


@PROPERTY
@given(weighted(LEVELS))
def test_bounds(xw: tuple[list, list]) -> None:
    x, w = xw
    v = profile(x, w)
    for name in ("gini", "gini_shortfall", "atkinson"):
        assert math.isnan(v[name]) or 0.0 <= v[name] <= 1.0, name
    for name in ("theil", "cv", "wolfson", "p90_p10_gap"):
        assert math.isnan(v[name]) or v[name] >= 0.0, name
    assert v["p90_p10_gap"] <= max(x) - min(x)
    if sum(x) > 0:
        assert v["bottom40_share"] <= 0.4 + 1e-12
        assert v["theil"] <= math.log(sum(w) / min(w)) + 1e-12
        assert math.isnan(v["palma"]) or v["palma"] >= 0.25 - 1e-12


@PROPERTY
@given(st.floats(1e-3, 1.0), st.lists(WEIGHTS, min_size=1, max_size=12))
def test_equality_is_no_inequality(level: float, w: list[float]) -> None:
    v = profile([level] * len(w), w)
    assert v["gini"] == v["wolfson"] == v["p90_p10_gap"] == 0.0
    for name in INEQUALITY:
        assert v[name] == pytest.approx(0.0, abs=1e-7), name
    assert v["palma"] == pytest.approx(0.25)
    assert v["p90_p10_ratio"] == 1.0


@PROPERTY
@given(weighted(LEVELS), st.data())
def test_theil_parts_add_up(xw: tuple[list, list], data: st.DataObject) -> None:
    x, w = xw
    labels = data.draw(st.lists(st.integers(0, 4), min_size=len(x), max_size=len(x)))
    total = slow_theil(x, w)
    present, group = np.unique(labels, return_inverse=True)
    whole, within = m.theil_within([x], [w], group, len(present))
    share = m.share_of(within, whole)[0]
    between = m.Grouping(group, np.array([w])).theil_between(np.array([x]) * w)[0]
    everyone = sum(a * b for a, b in zip(x, w, strict=True))
    expected = 0.0
    means, people = [], []
    for name in present:
        xs = [a for a, g in zip(x, labels, strict=True) if g == name]
        ws = [a for a, g in zip(w, labels, strict=True) if g == name]
        held = sum(a * b for a, b in zip(xs, ws, strict=True))
        means.append(held / sum(ws))
        people.append(sum(ws))
        if held > 0:
            expected += held / everyone * slow_theil(xs, ws)
    if sum(x) == 0:
        assert between == 0.0
        assert math.isnan(share)
        return
    assert between == pytest.approx(slow_theil(means, people), abs=1e-10)
    assert whole[0] == pytest.approx(total, abs=1e-10)
    if total > 1e-6:
        assert close(share, expected / total, 1e-7)
        assert close(share + between / total, 1.0, 1e-7)


@PROPERTY
@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([0.0, 0.3, 0.9]))
def test_theil_of_cells_falls_into_countries_and_sexes(seed: int, n: int, empty: float) -> None:
    """What women and men leave within countries is what lies between and within themselves."""
    luck = np.random.default_rng(seed)
    x = luck.uniform(0, 1, (2, n, 20)) * (luck.uniform(size=(2, n, 20)) >= empty)
    x[:, 0, :2] = 0.5  # somebody holds something
    people, shares = luck.lognormal(0, 2, (2, n)), luck.dirichlet(np.ones(20), n)
    everybody = (people[:, :, None] * shares).reshape(2, -1)
    country, sex = np.repeat(np.arange(n), 20), np.tile([0, 1], 10 * n)
    flat = x.reshape(2, -1)
    total, within = m.theil_within(flat, everybody, country, n)
    left = m.theil_within(flat, everybody, 2 * country + sex, 2 * n)[1]
    found = m.theil_cells(x, people, shares)
    np.testing.assert_allclose(found, [total, within, within - left], rtol=1e-9, atol=1e-12)


def test_theil_of_cells_by_hand() -> None:
    """Men of a country hold all of what it has: the logarithm of two; the other is even."""
    x = np.array([[[0.0, 2.0], [3.0, 3.0]]])
    people, halves = np.ones((1, 2)), np.full((2, 2), 0.5)
    total, within, between = m.theil_cells(x, people, halves)
    assert between[0] == within[0] == pytest.approx(2 / 8 * math.log(2))
    assert total[0] == pytest.approx(2 / 8 * math.log(0.5) + 6 / 8 * math.log(1.5) + within[0])
    nothing = m.theil_cells(np.zeros_like(x), people, halves)
    assert np.isnan(nothing[0][0]) and np.isnan(nothing[1][0]) and nothing[2][0] == 0.0


def test_when_a_path_reached_a_level() -> None:
    levels, times = np.array([0.1, 0.2, 0.2, 0.6]), np.array([2000.0, 2010.0, 2012.0, 2020.0])
    x = np.array([[0.0, 0.4], [0.15, 0.3], [0.2, 0.9], [0.6, 0.1]])
    expected = [[2000, 2016], [2005, 2014], [2012, 2020], [2020, 2000]]
    np.testing.assert_allclose(m.when_reached(x, levels, times), expected)
    np.testing.assert_allclose(m.when_reached(x, levels, times), np.interp(x, levels, times))


# Agreement of the ways to call


def some_rows(t: int = 9, n: int = 190) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    x, w = rng.random((t, n)), rng.lognormal(0, 2, (t, n))
    x[0] = 0.0
    x[1, :50] = 0.0
    x[2] = np.round(x[2], 1)
    x[3, 5] = 1.5
    w[4, ::3] = 0.0
    w[5] = 0.0
    return x, w


def test_rows_do_not_bear_on_each_other() -> None:
    x, w = some_rows()
    for weights in (w, None):
        together = m.profiles(x, weights)
        for t in range(len(x)):
            alone = m.profiles(x[t : t + 1], None if weights is None else w[t : t + 1])
            for name, values in together._asdict().items():
                assert values[t].tobytes() == getattr(alone, name)[0].tobytes(), name
    same = np.broadcast_to(w[0], w.shape)
    np.testing.assert_array_equal(m.profiles(x, w[0]), m.profiles(x, same))


def test_the_profile_equals_the_single_functions() -> None:
    x, w = some_rows()
    for a, b in zip(x, w, strict=True):
        for weights in (b, None):
            v = profile(a, weights)
            np.testing.assert_array_equal(v["gini"], m.gini(a, weights))
            np.testing.assert_array_equal(v["p90_p10_gap"], m.p90_p10_gap(a, weights))


def test_inputs_are_left_as_they_were_and_may_be_read_only() -> None:
    x, w = np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 2.0])
    x.flags.writeable = w.flags.writeable = False
    profile(x, w)
    assert x.tolist() == [3.0, 1.0, 2.0]
    assert m.gini([3, 1, 2]) == m.gini(np.array([3, 9, 1, 9, 2])[::2])


# Undefined results and errors


def test_nobody_has_no_measures() -> None:
    for x, w in (([], None), ([1.0, 2.0], [0.0, 0.0])):
        assert all(map(math.isnan, profile(x, w).values()))
        assert math.isnan(m.gini(x, w))
        assert math.isnan(m.p90_p10_gap(x, w))
    assert all(values.shape == (0,) for values in m.profiles(np.empty((0, 4))))


def test_when_no_one_has_anything_only_absolute_measures_exist() -> None:
    v = profile([0.0, 0.0, 0.0])
    assert {name for name, value in v.items() if math.isnan(value)} == RELATIVE
    assert all(value == 0.0 for name, value in v.items() if name not in RELATIVE)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("function", [m.gini, m.p90_p10_gap])
def test_bad_values_and_weights_are_named(function: Callable[..., object], bad: float) -> None:
    with pytest.raises(ValueError, match=r"x\[1\] is "):
        function([0.5, bad, 0.5, bad])
    with pytest.raises(ValueError, match=r"weights\[2\] is "):
        function([0.5, 0.5, 0.5], [1, 1, bad])
    with pytest.raises(ValueError, match="weights have shape"):
        function([0.5, 0.5], [1.0])
    with pytest.raises(ValueError, match="dimension"):
        function(0.5)


ERRORS: list[tuple[Callable[[], object], str]] = [
    (lambda: m.profiles([[0.1, 0.2], [0.1, -2.0]]), r"x\[1, 1\] is -2"),
    (lambda: m.profiles([[0.1, math.nan]]), r"x\[0, 1\] is nan"),
    (lambda: m.profiles([0.1]), "dimension"),
    (lambda: m.profiles([[0.1, 0.2]], [1.0]), "weights have shape"),
    (lambda: m.theil_within([[1.0, -1.0]], [[1.0, 1.0]], np.array([0, 0]), 1), r"x\[0, 1\]"),
    (lambda: m.theil_within([[1.0]], [[math.inf]], np.array([0]), 1), r"weights\[0, 0\]"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
