"""The divide measures against independent formulas, worked examples and the axioms they satisfy."""

import math
from collections.abc import Callable
from itertools import pairwise

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


def slow_atkinson(x: list[float], w: list[float], epsilon: float) -> float:
    total = sum(w)
    mu = sum(a * b for a, b in zip(x, w, strict=True)) / total
    if epsilon == 1:
        equivalent = math.prod(xi ** (wi / total) for xi, wi in zip(x, w, strict=True))
    else:
        moment = sum(wi / total * xi ** (1 - epsilon) for xi, wi in zip(x, w, strict=True))
        equivalent = moment ** (1 / (1 - epsilon))
    return 1 - equivalent / mu


def slow_lorenz(x: list[float], w: list[float], q: float) -> float:
    """Linear interpolation between the points of the Lorenz curve."""
    order = np.argsort(x, kind="stable")
    xs, ws = np.asarray(x)[order], np.asarray(w, dtype=float)[order]
    people = np.concatenate([[0.0], np.cumsum(ws)]) / ws.sum()
    held = np.concatenate([[0.0], np.cumsum(ws * xs)])
    return float(np.interp(q, people, held / held[-1]))


def slow_esteban_ray(x: list[float], w: list[float], alpha: float) -> float:
    total = sum(w)
    mu = sum(a * b for a, b in zip(x, w, strict=True)) / total
    groups = {level: sum(b for a, b in zip(x, w, strict=True) if a == level) / total for level in x}
    return (
        sum(
            pi ** (1 + alpha) * pj * abs(yi - yj)
            for yi, pi in groups.items()
            for yj, pj in groups.items()
        )
        / mu
    )


SINGLE: dict[str, Callable[..., float]] = {
    "mean": m.mean,
    "sd": m.standard_deviation,
    "cv": m.coefficient_of_variation,
    "gini": m.gini,
    "gini_shortfall": m.gini_shortfall,
    "theil": m.theil,
    "atkinson_050": lambda x, w=None: m.atkinson(x, 0.5, w),
    "atkinson_100": lambda x, w=None: m.atkinson(x, 1.0, w),
    "atkinson_200": lambda x, w=None: m.atkinson(x, 2.0, w),
    "sd_log": m.sd_log,
    "p10": lambda x, w=None: m.percentile(x, 0.1, w),
    "p50": lambda x, w=None: m.percentile(x, 0.5, w),
    "p90": lambda x, w=None: m.percentile(x, 0.9, w),
    "p90_p10_gap": m.p90_p10_gap,
    "p90_p10_ratio": m.p90_p10_ratio,
    "bottom40_share": m.bottom40_share,
    "top10_share": m.top10_share,
    "palma": m.palma,
    "wolfson": m.wolfson,
    "esteban_ray": m.esteban_ray,
}
IN_UNITS_OF_X = [name for name, unit in m.MEASURE_UNITS.items() if unit == "unit of x"]
INEQUALITY = ["cv", "gini", "theil", "atkinson_050", "atkinson_100", "atkinson_200", "sd_log"]
INDEX = {name: k for k, name in enumerate(m.DIVIDE_MEASURES)}


def test_the_profile_names_what_the_single_functions_measure() -> None:
    assert tuple(SINGLE) == m.DIVIDE_MEASURES == tuple(m.MEASURE_UNITS)


# Worked examples


def test_worked_example_of_four() -> None:
    profile = dict(zip(m.DIVIDE_MEASURES, m.divide_profile([4.0, 1.0, 3.0, 2.0]), strict=True))
    assert profile["mean"] == 2.5
    assert profile["sd"] == pytest.approx(math.sqrt(1.25))
    assert profile["gini"] == pytest.approx(0.25)
    assert (profile["p10"], profile["p50"], profile["p90"]) == (1.0, 2.5, 4.0)
    assert (profile["p90_p10_gap"], profile["p90_p10_ratio"]) == (3.0, 4.0)
    assert profile["bottom40_share"] == pytest.approx((1 + 0.6 * 2) / 10)
    assert profile["top10_share"] == pytest.approx(0.4 * 4 / 10)
    assert profile["palma"] == pytest.approx(1.6 / 2.2)
    # T = 1/2 - 3/10, so 2 (0.4 - 0.25) and the mean equals the median
    assert profile["wolfson"] == pytest.approx(0.3)
    assert profile["atkinson_100"] == pytest.approx(1 - 24**0.25 / 2.5)
    assert profile["atkinson_200"] == pytest.approx(1 - 4 / (1 + 1 / 2 + 1 / 3 + 1 / 4) / 2.5)
    assert math.isnan(profile["gini_shortfall"])  # not shares


def test_worked_example_of_two_weighted() -> None:
    x, w = [0.0, 1.0], [3.0, 1.0]
    assert m.gini(x, w) == pytest.approx(0.75)
    assert m.gini_shortfall(x, w) == pytest.approx(0.25)
    assert m.theil(x, w) == pytest.approx(math.log(4))
    assert m.esteban_ray(x, w, alpha=1.0) == pytest.approx((0.75**2 * 0.25 + 0.25**2 * 0.75) / 0.25)


def test_one_holder_of_everything() -> None:
    x = np.zeros(20)
    x[7] = 5.0
    assert m.gini(x) == pytest.approx(1 - 1 / 20)
    assert m.theil(x) == pytest.approx(math.log(20))
    assert m.coefficient_of_variation(x) == pytest.approx(math.sqrt(19))
    assert m.top10_share(x) == pytest.approx(1.0)
    assert m.bottom40_share(x) == 0.0
    for undefined in (m.palma, m.p90_p10_ratio, m.sd_log, m.wolfson):
        assert math.isnan(undefined(x))
    assert m.atkinson(x, 1.0) == m.atkinson(x, 2.0) == 1.0
    assert m.atkinson(x, 0.5) == pytest.approx(1 - 1 / 20)
    assert m.atkinson(x, 0.0) == pytest.approx(0.0, abs=1e-12)


def test_rounding_gives_nothing_to_a_bottom_that_has_nothing() -> None:
    """The bottom 40 % end exactly where the zeros do, and 6/15 is not 0.4 in binary sums."""
    for x, w in (([0.0, 0.0, 0.25], [2, 4, 9]), ([0.0] * 6 + [0.25] * 9, None)):
        assert m.bottom40_share(x, w) == 0.0
        assert math.isnan(m.palma(x, w))


def test_polarisation_is_greatest_with_two_camps() -> None:
    assert m.wolfson([0.0, 0.0, 1.0, 1.0]) == pytest.approx(1.0)
    camps, spread = [0.0] * 5 + [1.0] * 5, np.linspace(0.0, 1.0, 10)
    assert m.esteban_ray(camps) > m.esteban_ray(spread)
    assert m.wolfson(camps) > m.wolfson(spread)


def test_polarisation_and_inequality_can_part() -> None:
    """Two pairs close ranks, each round its own mean: less inequality, more polarisation."""
    before, after = [1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 6.0, 6.0]
    assert m.gini(after) < m.gini(before)
    assert m.wolfson(after) > m.wolfson(before)


def test_shares_and_shortfalls_can_disagree() -> None:
    before, after = [0.2, 0.4], [0.7, 0.9]
    assert m.gini(after) < m.gini(before)
    assert m.gini_shortfall(after) > m.gini_shortfall(before)


@pytest.mark.parametrize(
    ("x", "q", "expected"),
    [
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0], 1.0, 2.0),
        (list(range(1, 11)), 0.9, 9.5),
        (list(range(1, 12)), 0.9, 10.0),
        (list(range(1, 191)), 0.1, 19.5),
    ],
)
def test_percentiles(x: list[float], q: float, expected: float) -> None:
    assert m.percentile(x, q) == expected


def test_theil_decomposition_by_hand() -> None:
    total, within, between = m.theil_decomposition([1.0, 3.0, 4.0, 4.0], None, [0, 0, 1, 1])
    low = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    assert within == pytest.approx(4 / 12 * low)
    assert between == pytest.approx(1 / 3 * math.log(2 / 3) + 2 / 3 * math.log(4 / 3))
    assert total == pytest.approx(within + between)


def test_herfindahl_by_hand() -> None:
    assert m.herfindahl([50.0, 30.0, 20.0]) == pytest.approx(0.38)
    assert m.herfindahl([1.0], [8]) == pytest.approx(1 / 8)
    assert m.herfindahl([7.0, 0.0]) == 1.0
    assert math.isnan(m.herfindahl([0.0, 0.0]))
    assert math.isnan(m.herfindahl([]))
    np.testing.assert_allclose(
        m.herfindahl_rows([[50, 30, 20], [0, 0, 0], [0, 4, 0]]), [0.38, np.nan, 1.0]
    )
    assert np.isnan(m.herfindahl_rows(np.empty((2, 0)))).all()


def test_beta_convergence_recovers_its_slope() -> None:
    initial = np.array([0.05, 0.1, 0.3, 0.8])
    final = np.exp(np.log(initial) + 10 * (0.01 - 0.03 * np.log(initial)))
    assert m.beta_convergence(initial, final, 10.0) == pytest.approx(-0.03)
    assert m.beta_convergence(initial, final, 10.0, [1, 5, 2, 9]) == pytest.approx(-0.03)
    final = initial + 5 * (0.02 + 0.004 * initial)
    assert m.beta_convergence(initial, final, 5.0, form="points") == pytest.approx(0.004)
    assert math.isnan(m.beta_convergence([0.1, 0.1], [0.2, 0.3], 1.0))
    assert math.isnan(m.beta_convergence([], [], 1.0))


def test_beta_convergence_is_the_weighted_regression_slope() -> None:
    rng = np.random.default_rng(3)
    initial, final, w = rng.uniform(0.1, 1, 30), rng.uniform(0.1, 1, 30), rng.uniform(0, 2, 30)
    slope = np.polyfit(initial, (final - initial) / 7, 1, w=np.sqrt(w))[0]
    assert m.beta_convergence(initial, final, 7, w, form="points") == pytest.approx(slope)


def test_logs_can_converge_while_points_diverge() -> None:
    initial, final = [0.1, 0.4], [0.3, 0.9]
    assert (
        m.beta_convergence(initial, final, 5.0)
        < 0
        < m.beta_convergence(initial, final, 5.0, form="points")
    )


def test_convergence_speed_inverts_the_slope() -> None:
    slope = -(1 - math.exp(-0.02 * 15)) / 15
    assert m.convergence_speed(slope, 15) == pytest.approx(0.02)
    assert math.isnan(m.convergence_speed(-0.2, 10))


def test_time_distance() -> None:
    years, path = [2000, 2005, 2010, 2015, 2020], [0.1, 0.5, 0.45, 0.5, 0.9]
    lag = m.time_distance([0.3, 0.5, 0.1, 0.7, 0.05, 0.95], 2015, path, years)
    np.testing.assert_allclose(lag, [12.5, 10.0, 15.0, -2.5, np.nan, np.nan])
    assert m.time_distance([], 2015, path, years).shape == (0,)
    assert np.isnan(m.time_distance([0.3], 2015, [], [])).all()


# Properties


@PROPERTY
@given(weighted(LEVELS))
def test_against_independent_formulas(xw: tuple[list, list]) -> None:
    x, w = xw
    assert close(m.gini(x, w), slow_gini(x, w))
    assert close(m.theil(x, w), slow_theil(x, w))
    if sum(x) == 0:
        return
    mu = np.average(x, weights=w)
    sd = math.sqrt(np.average((np.asarray(x) - mu) ** 2, weights=w))
    assert close(m.coefficient_of_variation(x, w), sd / mu)
    for q in (0.0, 0.1, 0.4, 0.5, 0.9, 1.0):
        assert close(m.lorenz(x, q, w), slow_lorenz(x, w, q))
    assert close(m.top10_share(x, w), 1 - slow_lorenz(x, w, 0.9))
    for alpha in (0.0, 1.0, 1.3, 1.6):
        assert close(m.esteban_ray(x, w, alpha=alpha), slow_esteban_ray(x, w, alpha))
    assert close(m.esteban_ray(x, w, alpha=0.0), 2 * m.gini(x, w))
    shortfall = [1 - v for v in x]
    if sum(shortfall) > 1e-6:
        assert close(m.gini_shortfall(x, w), slow_gini(shortfall, w))
    median = m.percentile(x, 0.5, w)
    if median > 0.01:
        tangent = 0.5 - slow_lorenz(x, w, 0.5)
        assert close(m.wolfson(x, w), 2 * (2 * tangent - slow_gini(x, w)) / (median / mu))


@PROPERTY
@given(weighted(POSITIVE), st.sampled_from([0.25, 0.5, 1, 1.5, 2, 3]))
def test_atkinson_and_logs_against_explicit_formulas(xw: tuple[list, list], epsilon: float) -> None:
    x, w = xw
    assert close(m.atkinson(x, epsilon, w), slow_atkinson(x, w, epsilon))
    logs = np.log(x)
    mu = np.average(logs, weights=w)
    assert close(m.sd_log(x, w), math.sqrt(np.average((logs - mu) ** 2, weights=w)), 1e-7)


@PROPERTY
@given(weighted(POSITIVE))
def test_atkinson_rises_with_aversion_without_a_jump_at_one(xw: tuple[list, list]) -> None:
    x, w = xw
    values = [m.atkinson(x, e, w) for e in (0, 0.5, 1, 2, 4)]
    assert values[0] == pytest.approx(0.0, abs=1e-12)
    assert all(a <= b + 1e-12 for a, b in pairwise(values))
    for epsilon in (1 - 1e-9, 1 + 1e-9):
        assert close(m.atkinson(x, epsilon, w), values[2], 1e-7)


@PROPERTY
@given(counted(LEVELS))
def test_integer_weights_are_repeated_data(xw: tuple[list, list]) -> None:
    x, w = xw
    once, repeated = m.divide_profile(x, w), m.divide_profile(np.repeat(x, w))
    for name, a, b in zip(m.DIVIDE_MEASURES, once, repeated, strict=True):
        assert close(a, b, 1e-7), name
    assert close(m.herfindahl(x, w), m.herfindahl(np.repeat(x, w)))


@PROPERTY
@given(counted(LEVELS), st.floats(0.0, 1.0))
def test_percentile_is_the_inverse_of_the_distribution(xw: tuple[list, list], q: float) -> None:
    x, w = xw
    data = np.repeat(x, w)
    # at a kink the two definitions round differently, so stay clear of it
    assume(abs(q * data.size - round(q * data.size)) > 1e-6)
    expected = np.percentile(data, 100 * q, method="averaged_inverted_cdf")
    assert m.percentile(x, q, w) == expected


@PROPERTY
@given(weighted(LEVELS), st.floats(0.01, 1000.0), st.floats(0.01, 1000.0))
def test_units_of_values_and_weights_drop_out(
    xw: tuple[list, list], scale: float, people: float
) -> None:
    x, w = xw
    before = m.divide_profile(x, w)
    after = m.divide_profile(np.multiply(x, scale), np.multiply(w, people))
    for name, a, b in zip(m.DIVIDE_MEASURES, before, after, strict=True):
        if name != "gini_shortfall":
            assert close(a * scale if name in IN_UNITS_OF_X else a, b, 1e-7), name


@PROPERTY
@given(weighted(LEVELS), st.randoms(use_true_random=False))
def test_order_and_absent_entries_do_not_matter(xw: tuple[list, list], random: object) -> None:
    rows = [*zip(*xw, strict=True), (0.9, 0.0), (0.0, 0.0)]
    random.shuffle(rows)  # type: ignore[attr-defined]
    x, w = zip(*rows, strict=True)
    for name, a, b in zip(
        m.DIVIDE_MEASURES, m.divide_profile(*xw), m.divide_profile(x, w), strict=True
    ):
        assert close(a, b, 1e-7), name


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
    a, b = m.divide_profile(x, w), m.divide_profile(after, w)
    for name in INEQUALITY:
        # the sd of logs breaks the principle among the rich, a known flaw: leave it out
        if name != "sd_log":
            assert b[INDEX[name]] < a[INDEX[name]] + 1e-12, name
    assert b[INDEX["bottom40_share"]] >= a[INDEX["bottom40_share"]] - 1e-12
    assert b[INDEX["top10_share"]] <= a[INDEX["top10_share"]] + 1e-12


@PROPERTY
@given(weighted(LEVELS))
def test_bounds(xw: tuple[list, list]) -> None:
    x, w = xw
    v = dict(zip(m.DIVIDE_MEASURES, m.divide_profile(x, w).tolist(), strict=True))
    for name in ("gini", "gini_shortfall", "atkinson_050", "atkinson_100", "atkinson_200"):
        assert math.isnan(v[name]) or 0.0 <= v[name] <= 1.0, name
    for name in ("theil", "cv", "sd", "wolfson", "esteban_ray", "p90_p10_gap"):
        assert math.isnan(v[name]) or v[name] >= 0.0, name
    assert min(x) <= v["p10"] <= v["p50"] <= v["p90"] <= max(x)
    if sum(x) > 0:
        assert v["bottom40_share"] <= 0.4 + 1e-12
        assert 0.1 - 1e-12 <= v["top10_share"] <= 1 + 1e-12
        assert v["theil"] <= math.log(sum(w) / min(w)) + 1e-12
    n = len(x)
    if sum(x) > 0:
        assert 1 / n - 1e-12 <= m.herfindahl(x) <= 1 + 1e-12


@PROPERTY
@given(st.floats(1e-3, 1.0), st.lists(WEIGHTS, min_size=1, max_size=12))
def test_equality_is_no_inequality(level: float, w: list[float]) -> None:
    v = dict(zip(m.DIVIDE_MEASURES, m.divide_profile([level] * len(w), w), strict=True))
    assert v["gini"] == v["wolfson"] == v["p90_p10_gap"] == 0.0
    for name in [*INEQUALITY, "esteban_ray"]:
        assert v[name] == pytest.approx(0.0, abs=1e-7), name
    assert v["palma"] == pytest.approx(0.25)
    assert v["p90_p10_ratio"] == 1.0


@PROPERTY
@given(weighted(LEVELS), st.data())
def test_theil_parts_add_up(xw: tuple[list, list], data: st.DataObject) -> None:
    x, w = xw
    names = st.sampled_from([-7, 0, 1, 2, 1000])
    labels = data.draw(st.lists(names, min_size=len(x), max_size=len(x)))
    total, within, between = m.theil_decomposition(x, w, labels)
    assert close(total, slow_theil(x, w))
    assert close(total, m.theil(x, w))
    if sum(x) == 0:
        assert math.isnan(within)
        assert math.isnan(between)
        return
    assert abs(within + between - total) < 1e-10
    everyone = sum(a * b for a, b in zip(x, w, strict=True))
    expected = 0.0
    means, people = [], []
    for name in set(labels):
        xs = [a for a, g in zip(x, labels, strict=True) if g == name]
        ws = [a for a, g in zip(w, labels, strict=True) if g == name]
        held = sum(a * b for a, b in zip(xs, ws, strict=True))
        means.append(held / sum(ws))
        people.append(sum(ws))
        if held > 0:
            expected += held / everyone * slow_theil(xs, ws)
    assert close(within, expected)
    assert close(between, slow_theil(means, people))


@PROPERTY
@given(weighted(LEVELS))
def test_theil_parts_of_trivial_groups(xw: tuple[list, list]) -> None:
    x, w = xw
    assume(sum(x) > 0)
    one = m.theil_decomposition(x, w, [3] * len(x))
    assert one.between == pytest.approx(0.0, abs=1e-12)
    alone = m.theil_decomposition(x, w, np.arange(len(x)))
    assert alone.within == pytest.approx(0.0, abs=1e-12)


@PROPERTY
@given(st.lists(LEVELS, min_size=1, max_size=8), st.floats(1990, 2030))
def test_reference_is_never_ahead_of_itself(path: list[float], year: float) -> None:
    """A level on a rising path is reached at its own date."""
    path = list(np.maximum.accumulate(path))
    dates = np.arange(2000.0, 2000.0 + len(path))
    lag = m.time_distance(path, year, path, dates)
    first = [dates[path.index(level)] for level in path]
    np.testing.assert_allclose(lag, year - np.array(first), atol=1e-9)


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


def test_batch_equals_single_bit_for_bit() -> None:
    x, w = some_rows()
    labels = np.arange(x.shape[1]) % 7
    for weights in (w, None):
        rows = [None] * len(x) if weights is None else weights
        expected = np.array([m.divide_profile(a, b) for a, b in zip(x, rows, strict=True)])
        assert m.divide_profiles(x, weights).tobytes() == expected.tobytes()
        expected = np.array(
            [m.theil_decomposition(a, b, labels) for a, b in zip(x, rows, strict=True)]
        )
        assert m.theil_decompositions(x, weights, labels).tobytes() == expected.tobytes()
    same = np.broadcast_to(w[0], w.shape)
    assert m.divide_profiles(x, w[0]).tobytes() == m.divide_profiles(x, same).tobytes()


@pytest.mark.parametrize("name", m.DIVIDE_MEASURES)
def test_profile_equals_the_single_function(name: str) -> None:
    x, w = some_rows()
    x[3, 5] = 1.0
    for a, b in zip(x, w, strict=True):
        for weights in (b, None):
            np.testing.assert_allclose(
                m.divide_profile(a, weights)[INDEX[name]],
                SINGLE[name](a, weights),
                rtol=1e-13,
                atol=1e-15,
            )


def test_inputs_are_left_as_they_were_and_may_be_read_only() -> None:
    x, w = np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 2.0])
    x.flags.writeable = w.flags.writeable = False
    m.divide_profile(x, w)
    assert x.tolist() == [3.0, 1.0, 2.0]
    assert m.gini([3, 1, 2]) == m.gini(np.array([3, 9, 1, 9, 2])[::2])


# Undefined results and errors


def test_nobody_has_no_measures() -> None:
    for x, w in (([], None), ([1.0, 2.0], [0.0, 0.0])):
        assert np.isnan(m.divide_profile(x, w)).all()
        for function in SINGLE.values():
            assert math.isnan(function([v / 2 for v in x], w))
        assert all(map(math.isnan, m.theil_decomposition(x, w, [0] * len(x))))
    assert m.divide_profiles(np.empty((0, 4))).shape == (0, len(m.DIVIDE_MEASURES))


def test_when_no_one_has_anything_only_absolute_measures_exist() -> None:
    v = dict(zip(m.DIVIDE_MEASURES, m.divide_profile([0.0, 0.0, 0.0]), strict=True))
    absolute = {*IN_UNITS_OF_X, "gini_shortfall"}
    assert all(v[name] == 0.0 for name in absolute)
    assert all(math.isnan(v[name]) for name in set(v) - absolute)
    assert all(math.isnan(SINGLE[name]([0.0, 0.0])) for name in set(v) - absolute)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("function", [*SINGLE.values(), m.divide_profile, m.herfindahl])
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
    (lambda: m.divide_profiles([[0.1, 0.2], [0.1, -2.0]]), r"x\[1, 1\] is -2"),
    (lambda: m.divide_profiles([0.1]), "dimension"),
    (lambda: m.divide_profiles([[0.1, 0.2]], [1.0]), "weights have shape"),
    (lambda: m.gini_shortfall([0.5, 1.2]), r"x\[1\] is 1.2"),
    (lambda: m.atkinson([1.0], -0.5), "epsilon"),
    (lambda: m.atkinson([1.0], math.nan), "epsilon"),
    (lambda: m.esteban_ray([1.0], alpha=2.0), "alpha"),
    (lambda: m.percentile([1.0], 90), "q is 90"),
    (lambda: m.lorenz([1.0], -0.1), "q is"),
    (lambda: m.theil_decomposition([1.0, 2.0], None, [0]), "labels have shape"),
    (lambda: m.theil_decomposition([1.0, 2.0], None, [0.0, 1.0]), "must be integers"),
    (lambda: m.herfindahl_rows([[1.0, -1.0]]), r"x\[0, 1\]"),
    (lambda: m.beta_convergence([0.1, 0.0], [0.2, 0.1], 5), r"initial\[1\] is 0"),
    (lambda: m.beta_convergence([0.1, 0.2], [0.0, 0.1], 5), r"final\[0\] is 0"),
    (lambda: m.beta_convergence([0.1, 0.2], [0.1], 5), "final has shape"),
    (lambda: m.beta_convergence([0.1, 0.2], [0.1, 0.2], 0), "years"),
    (lambda: m.beta_convergence([0.1], [0.1], 1, form="odds"), "form"),  # type: ignore[arg-type]
    (lambda: m.convergence_speed(-0.01, math.nan), "years"),
    (lambda: m.time_distance([0.1], 2000, [0.1, 0.2], [2000]), "reference_years"),
    (lambda: m.time_distance([0.1], 2000, [0.1, 0.2], [2001, 2000]), "rising"),
    (lambda: m.time_distance([-0.1], 2000, [0.1], [2000]), r"x\[0\]"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_log_form_skips_an_absent_zero() -> None:
    slope = m.beta_convergence([0.1, 0.0, 0.4], [0.3, 0.5, 0.6], 5, [1, 0, 1])
    assert slope == pytest.approx(m.beta_convergence([0.1, 0.4], [0.3, 0.6], 5))
