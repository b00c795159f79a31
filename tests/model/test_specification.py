"""Tests T1 to T11 of the specification, and natural experiments of known sign."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.declare.levers import levers
from divide.model.outcomes import COUNTRY, DIMENSIONS, measures
from divide.model.policy.policy import packages
from divide.model.policy.rooms import LIMITS
from divide.model.processes import adoption, rules, supply, trade
from divide.model.processes.adoption import city_and_countryside
from divide.model.processes.corridors import price_corridors
from divide.model.processes.coverage import cost_to_cover, coverage_bought
from divide.model.world import World, load_world

Array = NDArray[np.float64]

PROPERTY = settings(deadline=None, max_examples=60, database=None)
TRAINED = 2.28e6  # persons, over about ten years (Wang 2025, section 2.4)


def one(name: str, intensity: float, **use: object) -> Policy:
    """A policy of one lever in full force from the start, with money enough."""
    return Policy(name, budget=1e6, levers={name: LeverUse(intensity, **{"ramp_years": 0, **use})})


# T1: training at its historical scale ------------------------------------------------------------


@pytest.mark.parametrize("lever", ["officials_training", "skills_training"])
def test_t1_historical_training_moves_no_country_visibly(
    lever: str, run: Callable, column: Callable
) -> None:
    policy = one(lever, TRAINED / 10, target="bri_members")
    trained, without = run(policy=policy, until=2032), run(until=2032)
    effect = column(trained, "internet_users")[-1] - column(without, "internet_users")[-1]
    people = column(without, "population")[-1]
    members = people * without.bri
    assert 0 < members @ effect / members.sum() < 0.001
    assert abs(people @ effect) / people.sum() < 0.001


# T2: a dominated rail ----------------------------------------------------------------------------


@st.composite
def rails(draw: st.DrawFn) -> tuple[dict[str, Array], int, tuple[float, float, float], int]:
    """Corridors, a rail to copy, how much worse the copy is, and where it is put."""
    n, count = draw(st.integers(2, 5)), draw(st.integers(1, 4))
    share = st.floats(0, 1).map(lambda x: round(x, 2))

    def numbers(shape: tuple[int, ...], high: float) -> Array:
        values = hnp.arrays(np.float64, shape, elements=share)
        return high * draw(values)

    access = numbers((n, count), 1.0)
    access[:, 0] = 1.0  # correspondents serve everyone
    distance = numbers((n, n), 1.0)
    corridors = {
        "price": numbers((n, count), 0.06),
        "days": numbers((count,), 7.0),
        "access": access,
        "distance": distance + distance.T,
        "burden": 1 + numbers((n,), 0.5),
        "gravity": distance + distance.T + 1,
        "size": 1 + numbers((n,), 5.0),
    }
    at_all = st.one_of(st.just(0.0), share)  # a copy that is no worse is dominated too
    worse = (draw(at_all) * 0.05, draw(at_all) * 5, draw(at_all))
    return corridors, draw(st.integers(0, count - 1)), worse, draw(st.integers(0, count))


SQUARE = ("distance", "gravity")


def priced(corridors: dict[str, Array]) -> tuple[Array, Array, Array]:
    return price_corridors(
        *corridors.values(),
        capital_cost=0.2,
        compliance=0.006,
        compliance_distance=1.5,
        scale=0.007,
    )


@PROPERTY
@given(rails())
def test_t2_a_dominated_rail_changes_neither_cost_nor_days(
    case: tuple[dict[str, Array], int, tuple[float, float, float], int],
) -> None:
    corridors, copied, (dearer, slower, rarer), place = case
    before = priced(corridors)
    more = dict(corridors)
    price = corridors["price"][:, copied] + dearer
    more["price"] = np.insert(corridors["price"], place, price, axis=1)
    more["days"] = np.insert(corridors["days"], place, corridors["days"][copied] + slower)
    seldom = corridors["access"][:, copied] * (1 - rarer)
    more["access"] = np.insert(corridors["access"], place, seldom, axis=1)
    after = priced(more)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-12)
    np.testing.assert_allclose(after[1], before[1], rtol=1e-12, atol=1e-15)
    kinds = np.delete(after[2], place, axis=0)  # the copy, or its twin in its place, is not used
    np.testing.assert_allclose(kinds.sum(axis=0) + after[2][place], before[2].sum(axis=0))


@PROPERTY
@given(rails())
def test_corridors_are_symmetric_and_between_the_best_and_the_worst_rail(
    case: tuple[dict[str, Array], int, tuple[float, float, float], int],
) -> None:
    corridors = case[0]
    cost, days, used = priced(corridors)
    paid = corridors["gravity"] * np.outer(corridors["size"], corridors["size"])
    np.fill_diagonal(paid, 0)
    np.testing.assert_allclose(used.sum(axis=0), paid.sum(axis=0))
    np.testing.assert_array_equal(cost, cost.T)
    np.testing.assert_array_equal(days, days.T)
    off = ~np.eye(len(cost), dtype=bool)
    tau = corridors["price"] + corridors["days"] * 0.2 / 365
    assert np.all(cost[off] >= tau.min() - 1e-12)
    assert np.all(cost[off] <= tau.max() + 0.006 * (1 + 1.5 * 2) * 1.5 + 1e-12)
    assert np.all(days[off] <= corridors["days"].max() + 1e-12)
    assert np.all(np.diag(cost) == 0)


def test_a_corridor_costs_the_same_whoever_else_there_is() -> None:
    luck, n = np.random.default_rng(5), 139  # two whole blocks and a part of one
    access, far = luck.random((n, 5)), luck.random((n, n))
    access[:, 0] = 1.0
    access[luck.random(n) < 0.8, 4] = 0.0
    world = {
        "price": 0.06 * luck.random((n, 5)), "days": np.array([5.0, 2.0, 1.0, 0.1, 0.1]),
        "access": access, "distance": far + far.T, "burden": 1 + luck.random(n),
        "gravity": far + far.T + 1, "size": 1 + luck.random(n),
    }  # fmt: skip
    cost, days, used = priced(world)
    each, dominated = np.zeros((5, n)), 0
    for i in range(n):
        for j in range(i):
            both = [i, j]
            pair = {k: v if k == "days" else v[both] for k, v in world.items()}
            pair |= {k: np.ascontiguousarray(world[k][np.ix_(both, both)]) for k in SQUARE}
            alone = priced(pair)
            assert cost[i, j] == cost[j, i] == pytest.approx(alone[0][0, 1], rel=1e-12)
            assert days[i, j] == days[j, i] == pytest.approx(alone[1][0, 1], rel=1e-12)
            each[:, both] += alone[2]
            dominated += np.count_nonzero(alone[2][:, 0]) < 4
    np.testing.assert_allclose(used, each, rtol=1e-11)
    assert 0 < dominated < n * (n - 1) / 2


# T3: certification -------------------------------------------------------------------------------


def small_share_of_exporters(m: DigitalDivideModel) -> float:
    """Share of micro and small firms among the world's online exporters."""
    exporters = (m.state.firm_share[:, :, 3] * m.real_firms).sum(axis=0)
    return float(exporters[:8].sum() / exporters.sum())


def test_t3_unilateral_certification_can_lower_small_firms_share(run: Callable) -> None:
    lower = 0
    for seed in (1, 2, 3):
        size = {"seed": seed, "firms": 8_000, "until": 2029}
        policy = one("security_certification", 1.0, target="bri_members")
        certified, without = run(policy=policy, **size), run(**size)
        lower += small_share_of_exporters(certified) < small_share_of_exporters(without)
        supply = [m.results().outcomes["small_firm_supply"][-1] for m in (certified, without)]
        assert supply[0] < supply[1]
    assert lower == 3


def test_t3_recognition_removes_the_burden_on_small_firms(run: Callable) -> None:
    """Certification recognised by the other side costs small firms less."""
    share = []
    for stage in (0.0, 3.0):
        policy = one("security_certification", 1.0, target="bri_members")
        m = DigitalDivideModel(Scenario(policy=policy, firms=8_000, until=2029))
        rules.agree(m.state.countries, np.full(m.n, stage))
        m.run()
        share.append(small_share_of_exporters(m))
    assert share[0] < share[1]


# T4: zero is the baseline ------------------------------------------------------------------------


def test_t4_all_levers_at_zero_are_the_status_quo_bit_for_bit(
    run: Callable, differing: Callable
) -> None:
    nothing = Policy(spend="all", levers={name: LeverUse(0.0) for name in levers()})
    assert differing(run(policy=nothing), run()) == []


# T5: accounting ----------------------------------------------------------------------------------


def flow_matrix(m: DigitalDivideModel) -> Array:
    """X_ij, exports of i to j in US$ a year, rebuilt from supply, demand and frictions.

    On the diagonal is what home sellers sell.
    """
    s, p = m.state, m.values.trade
    at_home, abroad = supply.relative(m)
    wanted, budget = trade.appetite(m), p.consumption_share * m.gdp_usd()
    x = np.zeros((m.n, m.n))
    for j in range(m.n):
        offers = [abroad[i] * s.origins[i, j] * s.friction[i, j] for i in range(m.n)]
        offers[j] = s.home_share[j] * at_home[j]
        total = sum(offers)
        odds = wanted[j] * total ** ((p.online_elasticity - 1) / (p.elasticity - 1))
        for i in range(m.n):
            x[i, j] = budget[j] * odds / (1 + odds) * offers[i] / total
    return x


@pytest.mark.parametrize("policy", ["status_quo", "balanced"])
def test_t5_what_all_sell_is_what_all_buy(policy: str) -> None:
    at: dict[str, Array] = {}

    def watch(m: DigitalDivideModel) -> None:  # right after trade: growth has not moved income yet
        at["x"], at["budget"] = flow_matrix(m), trade.consumption(m)
        at["cost"] = m.state.corridor_cost.copy()

    processes = list(PROCESSES)
    processes.insert(processes.index(trade.step) + 1, watch)
    m = DigitalDivideModel(Scenario(policy=policy, firms=3_000, until=2024), processes)
    m.run()
    x, c = at["x"], m.state.countries
    np.testing.assert_allclose(c.home_sales, np.diag(x), rtol=1e-8)
    np.testing.assert_allclose(m.state.spending, x.sum(axis=0), rtol=1e-8)
    np.testing.assert_allclose(c.online_share, m.state.spending / at["budget"], rtol=1e-8)
    assert np.all((c.online_share > 0) & (c.online_share < 1))
    np.testing.assert_allclose(c.home_sales + c.imports, m.state.spending, rtol=1e-8)
    np.fill_diagonal(x, 0.0)
    np.testing.assert_allclose(c.imports, x.sum(axis=0), rtol=1e-8)
    np.testing.assert_allclose(c.exports, x.sum(axis=1), rtol=1e-8)
    assert c.exports.sum() == pytest.approx(c.imports.sum(), rel=1e-8)
    assert c.exports.sum() == pytest.approx(x.sum(), rel=1e-8)
    both = x + x.T
    paid = (both * at["cost"]).sum(axis=1) / both.sum(axis=1)
    np.testing.assert_allclose(c.payment_cost, paid, rtol=1e-8)


positive = st.floats(0.01, 100.0)


@PROPERTY
@given(st.integers(1, 6), st.data())
def test_t5_flows_are_the_naive_double_loop(n: int, data: st.DataObject) -> None:
    def draw(*shape: int) -> Array:
        return data.draw(hnp.arrays(np.float64, shape, elements=positive))

    abroad, home, wanted, budget = draw(n), draw(n), draw(n), draw(n)
    cost, days = (a + a.T for a in (draw(n, n), draw(n, n)))
    pull = draw(n, n)
    np.fill_diagonal(pull, 0.0)
    nesting = data.draw(st.floats(0.0, 1.0))
    got = trade.flows(
        abroad, home, pull, np.ascontiguousarray(pull.T), cost, days, wanted, budget, nesting
    )
    x, online = np.zeros((n, n)), np.zeros(n)
    for j in range(n):
        total = home[j] + sum(abroad[i] * pull[i, j] for i in range(n))
        odds = wanted[j] * total**nesting
        online[j] = budget[j] * odds / (1 + odds)
        for i in range(n):
            x[i, j] = online[j] * abroad[i] * pull[i, j] / total
    both = x + x.T
    np.testing.assert_allclose(got[0], x.sum(axis=1), rtol=1e-10)
    np.testing.assert_allclose(got[1], x.sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(got[2], online - x.sum(axis=0), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(got[3], online, rtol=1e-10)
    np.testing.assert_allclose(abroad * got[6], x.sum(axis=1), rtol=1e-10)
    value = both.sum(axis=1)
    for k, matrix in ((4, cost), (5, days)):
        mean = np.divide((both * matrix).sum(axis=1), value, out=np.zeros(n), where=value > 0)
        np.testing.assert_allclose(got[k], mean, rtol=1e-9)


@PROPERTY
@given(
    st.floats(0, 0.999),
    st.floats(0, 0.999),
    st.floats(1e3, 1e12),
    st.floats(0.15, 0.85),
)
def test_t5_coverage_and_its_cost_are_inverse(
    start: float, end: float, unit_cost: float, eta: float
) -> None:
    start, end = min(start, end), max(start, end)
    a, u, e = np.array([start]), np.array([unit_cost]), np.array([eta])
    usd = cost_to_cover(a, end, u, e)
    assert usd[0] >= 0
    assert coverage_bought(a, usd, u, e)[0] == pytest.approx(end, abs=1e-9)
    assert coverage_bought(a, np.zeros(1), u, e)[0] == start
    # The last tenth costs most: the same step costs more further out.
    middle = (start + end) / 2
    halves = [cost_to_cover(np.array([b]), t, u, e)[0] for b, t in ((start, middle), (middle, end))]
    rounding = 1e-12 * unit_cost
    assert halves[0] <= halves[1] + rounding
    assert sum(halves) == pytest.approx(usd[0], rel=1e-9, abs=rounding)


def test_t5_full_coverage_has_a_finite_price() -> None:
    half, one_, eta = np.array([0.5]), np.array([1e9]), np.array([0.5])
    price = cost_to_cover(half, 1.0, one_, eta)
    assert np.isfinite(price[0])
    assert coverage_bought(half, 2 * price, one_, eta)[0] == 1.0


# T6: a subsidy where there is no signal ----------------------------------------------------------


def test_t6_a_subsidy_without_coverage_buys_no_users() -> None:
    dark = ("TCD", "NER", "PNG")
    online = []
    for policy in (one("price_subsidy", 0.6, target=dark), Policy()):

        def no_signal(m: DigitalDivideModel) -> None:
            rows = [m.row_of[code] for code in dark]
            for network in ("narrowband", "mobile", "satellite", "fixed"):
                getattr(m.state.countries, network)[rows] = 0.0

        processes = [no_signal, *PROCESSES]
        at = processes.index(adoption.step)
        processes.insert(at, no_signal)
        m = DigitalDivideModel(Scenario(policy=policy, firms=1_000, until=2026), processes)
        rows = [m.row_of[code] for code in dark]
        m.run()
        if policy.levers:
            assert np.all(m.state.countries.subsidy[rows] == 0.6)
        assert np.all(m.state.countries.potential[rows] == 0.0)
        assert np.all(np.diff(m.state.record.column("internet_users")[:, rows], axis=0) < 0)
        online.append(m.state.countries.online[rows])
    np.testing.assert_array_equal(online[0], online[1])


# T7: equal spend ---------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [2030, 2040])
def test_t7_packages_that_spend_all_spend_the_same(until: int, run: Callable) -> None:
    """All, or as much as can be built: money is left only where every amount has a limit."""
    spent, whole = {}, 0
    for name in packages():
        policy = Policy.load(name)
        if policy.spend == "all":
            m = run(policy=policy, until=until, firms=400, platforms=60)
            spent[name] = m.results().outcomes["spend"][-1]
    assert len(spent) >= 7
    envelope = 8_000e6 * (until - 2022)
    for name, usd in spent.items():
        if usd == pytest.approx(envelope, rel=0.005):
            whole += 1
            continue
        assert usd < envelope, name
        amounts = {each for each in Policy.load(name).levers if levers()[each].kind == "amount"}
        assert amounts <= set(LIMITS), name
    assert whole >= len(spent) - 1


# T8: identities of the measures on a run ---------------------------------------------------------


def naive_gini(x: Array, w: Array) -> float:
    w = w / w.sum()
    return float(np.abs(x[:, None] - x).T.dot(w).dot(w) / (2 * x @ w))


def naive_theil(x: Array, w: Array) -> float:
    w, mean = w / w.sum(), np.average(x, weights=w)
    seen = x > 0
    return float(w[seen] @ (x[seen] / mean * np.log(x[seen] / mean)))


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_t8_recorded_measures_are_those_of_the_country_table(dimension: str, run: Callable) -> None:
    m = run(policy="balanced")
    results = m.results()
    table = results.country.query("year == 2025 and quarter == 4")
    x = table[DIMENSIONS[dimension].column].to_numpy()
    w = table["population"].to_numpy()
    last = {name: values[-1] for name, values in results.outcomes.items()}
    assert last[f"{dimension}_gini"] == pytest.approx(naive_gini(x, w), rel=1e-9)
    assert last[f"{dimension}_gini"] == pytest.approx(measures.gini(7 * x, w), rel=1e-12)
    flat = np.ones_like(w)
    assert last[f"{dimension}_gini_unweighted"] == pytest.approx(naive_gini(x, flat), rel=1e-9)
    assert last[f"{dimension}_theil"] == pytest.approx(naive_theil(x, w), rel=1e-9)
    assert last[f"{dimension}_mean"] == pytest.approx(np.average(x, weights=w), rel=1e-12)
    for name, labels in m.groups.items():
        total = within = 0.0
        between_x, between_w = [], []
        for group in np.unique(labels):
            mine = labels == group
            share = (w[mine] @ x[mine]) / (w @ x)
            within += share * naive_theil(x[mine], w[mine])
            between_x.append(np.average(x[mine], weights=w[mine]))
            between_w.append(w[mine].sum())
        between = naive_theil(np.array(between_x), np.array(between_w))
        total = within + between
        assert total == pytest.approx(last[f"{dimension}_theil"], rel=1e-9)
        recorded = last[f"{dimension}_theil_between_{name}"]
        assert recorded == pytest.approx(between / total, rel=1e-9)


def test_t8_totals_are_those_of_the_country_table(run: Callable) -> None:
    results = run(policy="balanced").results()
    table = results.country
    for t, (_, rows) in enumerate(table.groupby(["year", "quarter"])):
        offline = (rows["population"] * (1 - rows["internet_users"])).sum()
        assert results.outcomes["people_offline"][t] == pytest.approx(offline, rel=1e-12)
        value = rows["exports"].sum()
        assert results.outcomes["ecommerce_value"][t] == pytest.approx(value, rel=1e-12)
        assert results.outcomes["debt"][t] == pytest.approx(rows["debt"].sum(), rel=1e-12)
    groups = results.group.query("grouping == 'region'")
    people = groups.groupby(["year", "quarter"])["population"].sum()
    world = table.groupby(["year", "quarter"])["population"].sum()
    np.testing.assert_allclose(people, world, rtol=1e-12)


# T9: the order and the row numbers of countries --------------------------------------------------


def reordered(world: World, order: NDArray[np.intp]) -> World:
    """The same world with its countries in another order."""

    def rows(array: Array) -> Array:
        return array[order]

    def both(array: Array) -> Array:
        return array[np.ix_(order, order)]

    return replace(
        world,
        iso3=tuple(world.iso3[i] for i in order),
        values=MappingProxyType({k: rows(v) for k, v in world.values.items()}),
        flags=MappingProxyType({k: v[order] for k, v in world.flags.items()}),
        distance_km=both(world.distance_km),
        common_language=both(world.common_language),
        contiguous=both(world.contiguous),
        customs=MappingProxyType(
            {k: v if k == "totals" else rows(v) for k, v in world.customs.items()}
        ),
        _facts=MappingProxyType({k: rows(v) for k, v in world._facts.items()}),
        _history=MappingProxyType({k: (y, v[:, order]) for k, (y, v) in world._history.items()}),
    )


@pytest.mark.parametrize("policy", ["status_quo", "balanced"])
def test_t9_the_order_of_countries_changes_nothing(policy: str, run: Callable) -> None:
    plan = Scenario(policy=policy, firms=3_000, until=2025)
    order = np.random.default_rng(1).permutation(188)
    m = DigitalDivideModel(plan, world=reordered(load_world(2022), order))
    m.run()
    straight = run(policy=policy)
    shuffled, plain = m.state.record, straight.state.record
    for name in COUNTRY:
        new, old = shuffled.column(name), plain.column(name)[:, order]
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=1e-12, err_msg=name)
    a, b = m.results().outcomes, straight.results().outcomes
    for name, values in a.items():
        np.testing.assert_allclose(values, b[name], rtol=1e-8, atol=1e-12, err_msg=name)


# T10: security capacity --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 6))
def test_t10_full_capacity_has_no_more_incidents_than_none(seed: int) -> None:
    struck = []
    for capacity in (1.0, 0.5, 0.0):

        def hold(m: DigitalDivideModel, level: float = capacity) -> None:
            m.state.countries.security[:] = level

        plan = Scenario(firms=400, platforms=60, seed=seed, until=2026)
        m = DigitalDivideModel(plan, [hold, *PROCESSES])
        m.run()
        struck.append(m.results().outcomes["incidents"].sum())
    assert struck[0] <= struck[1] <= struck[2]
    assert struck[0] < struck[2]


# T11: half the step ------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["status_quo", "balanced"])
def test_t11_half_the_step_changes_paths_by_less_than_one_percent(
    policy: str, run: Callable, column: Callable
) -> None:
    quarter = run(policy=policy, until=2032)
    eighth = run(policy=policy, until=2032, steps_per_year=8)
    for name in ("internet_users", "skills", "account_holders", "mobile"):
        weight = column(quarter, "population")[-1]
        coarse = column(quarter, name) @ weight
        fine = column(eighth, name)[::2] @ weight
        np.testing.assert_allclose(fine, coarse, rtol=0.01, err_msg=name)
    spend = [m.results().outcomes["spend"][-1] for m in (quarter, eighth)]
    assert spend[0] == pytest.approx(spend[1], rel=0.01)


# Natural experiments of known sign ---------------------------------------------------------------


def rural(m: DigitalDivideModel, column: Callable) -> Array:
    """Rural coverage at the end, (n,)."""
    network = np.maximum(column(m, "mobile")[-1], column(m, "fixed")[-1])
    return city_and_countryside(network, m.state.countries.urban)[1]


def test_interoperability_slows_rural_masts_and_a_subsidy_makes_up_for_it(
    run: Callable, column: Callable
) -> None:
    """Brunnermeier, Limodio and Spadavecchia 2023: fees fall and so does rural coverage."""
    mandate = {"payment_interoperability": LeverUse(1.0, ramp_years=0)}
    subsidy = {"rural_coverage": LeverUse(4_000, ramp_years=0)}
    policies = {
        "none": Policy(),
        "mandate": Policy(budget=1e6, levers=mandate),
        "both": Policy(budget=1e6, levers=mandate | subsidy),
    }
    models = {name: run(policy=policy, until=2030) for name, policy in policies.items()}
    members = models["none"].bri > 0
    members[models["none"].hub] = False
    mobile = {name: column(m, "mobile")[-1][members] for name, m in models.items()}
    people = column(models["none"], "population")[-1][members]
    places = {name: people @ rural(m, column)[members] for name, m in models.items()}
    assert np.all(mobile["mandate"] <= mobile["none"])
    assert people @ mobile["mandate"] < people @ mobile["none"]
    assert places["mandate"] < places["none"] < places["both"]
    holders = {name: column(m, "account_holders")[-1][members] for name, m in models.items()}
    assert people @ holders["mandate"] > people @ holders["none"]


def test_training_needs_coverage_and_coverage_needs_skills(run: Callable, column: Callable) -> None:
    """Complements: the two together add at least as much as the sum of each alone."""
    training = {"skills_training": LeverUse(6e7, target="least_connected", ramp_years=0)}
    masts = {"rural_coverage": LeverUse(4_000, target="least_connected", ramp_years=0)}
    online = []
    for uses in ({}, training, masts, training | masts):
        m = run(policy=Policy(budget=1e6, levers=uses), until=2032)
        online.append(column(m, "population")[-1] @ column(m, "internet_users")[-1])
    none, taught, covered, both = online
    assert min(taught, covered) > none
    assert both - none > 0.95 * ((taught - none) + (covered - none))


def test_alignment_to_one_bloc_moves_away_from_others(run: Callable) -> None:
    """Coming closer to the hub's standard raises distance to the other blocs' members."""
    policy = one("regulatory_alignment", 1.0, target="bri_members", toward="hub")
    aligned, without = run(policy=policy, until=2032), run(until=2032)
    members = (without.bri > 0) & (without.bloc == 3)
    lean = [m.state.countries.standard[members] for m in (aligned, without)]
    assert np.all(lean[0][:, 0] > lean[1][:, 0])
    assert np.all(lean[0][:, 1:3] < lean[1][:, 1:3])
