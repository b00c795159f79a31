"""What must hold of every state that a run passes through, whatever the policy or start year."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.cells import CITY, PLACE, SEX, WOMEN
from divide.model.declare.levers import levers
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.policy.money import ration
from divide.model.policy.policy import TARGETS, packages
from divide.model.processes import trade
from divide.model.processes.infrastructure import NETWORK_LEVERS
from divide.model.world import load_world

Array = NDArray[np.float64]

SHARES = (
    "access", "mobile", "fixed", "five_g", "affordable", "internet_users", "online_poorest40",
    "online_richest60", "online_women", "online_men", "accounts_women", "accounts_men",
    "accounts_poorest40", "accounts_richest60", "wallet_holders",
    "online_buyers", "fixed_subscriptions", "online_urban", "online_rural", "skills",
    "account_holders", "connected",
    "acceptance", "sellers", "exporters", "tools_small", "tools_large",
    "trust", "security", "distance_to_hub",
    "distance_to_standard", "marketplace_hhi", "vendor_hhi", "hub_dependence",
)  # fmt: skip
POSITIVE = ("population", "income", "basket", "customs_days")
NOT_NEGATIVE = (
    "exports", "imports", "trade_per_head", "payment_cost", "payment_days", "incidents",
    "incident_rate", "debt", "marketplaces",
)  # fmt: skip
UNIT_COLUMNS = (
    "urban", "electricity", "narrowband", "mobile", "frontier", "subsidised", "upkeep", "satellite",
    "backbone", "arrears", "schooling", "interoperability",
    "wallet_support", "bridge", "certification", "alliance", "localisation", "logistics",
    "single_window", "traceability", "data_space", "promotion", "egovernment", "smart_city",
    "navigation", "hub_platforms", "potential", "online", "skills", "accounts", "rules", "standard",
    "vendors",
)  # fmt: skip
#: Room for rounding at the ends of a share.
EDGE = 1e-9
YUAN = 6.73  # per US$, mean of 2022


def check_state(m: DigitalDivideModel) -> None:
    """Raise unless the state is one that the model may be in."""
    s, c = m.state, m.state.countries
    for name, lever in (("subsidy", "price_subsidy"), ("handset_help", "handset_help")):
        low, high = levers()[lever].bounds
        value = getattr(c, name)
        assert np.all((value >= low - EDGE) & (value <= high + EDGE)), name
    for name in UNIT_COLUMNS:
        value = getattr(c, name)
        assert np.all((value >= -EDGE) & (value <= 1 + EDGE)), name
    assert np.all(c.mobile <= c.narrowband + EDGE)
    assert np.all(c.subsidised <= c.mobile + EDGE)
    assert np.all(c.five_g <= c.mobile + EDGE)
    np.testing.assert_allclose(c.standard.sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(c.vendors.sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(c.stages.sum(axis=1), 1, rtol=1e-9)
    np.testing.assert_allclose(c.stage, c.stages @ np.arange(4), rtol=1e-9)
    np.testing.assert_array_equal(c.recognised, c.stages[:, 3])
    # People.
    np.testing.assert_allclose(m.cell_shares.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(m.cell_shares[:, PLACE == CITY].sum(axis=1), c.urban, rtol=1e-12)
    np.testing.assert_allclose(m.cell_shares[:, SEX == WOMEN].sum(axis=1), 0.5, rtol=1e-12)
    cells = c.population[:, None] * m.cell_shares
    np.testing.assert_allclose(cells.sum(axis=1), c.population, rtol=1e-12)
    np.testing.assert_allclose(
        (cells * c.online).sum(axis=1), c.population * m.national(c.online), rtol=1e-12
    )
    np.testing.assert_allclose((m.cell_shares * m.income_factor).sum(axis=1), 1, rtol=1e-9)
    # Platforms.
    for rows in (m.marketplaces, m.rails):
        # The last marketplace may leave a country too poor to pay for it; rails are everywhere.
        served = s.serves[rows].any(axis=0)
        np.testing.assert_allclose(s.share[rows].sum(axis=0), served, rtol=1e-9)
        assert np.all(s.share[rows] >= 0)
    assert served.all()
    assert np.all(s.share[~s.serves] == 0)
    assert np.all(s.platforms.fee > 0)
    assert np.all(s.platforms.fee < 1)
    # Between countries.
    np.testing.assert_allclose(s.origins.diagonal(), 0, atol=0)
    np.testing.assert_array_equal(s.pull_back, s.pull.T)
    assert np.all(s.pull >= 0)
    assert np.all((s.home_share > 0) & (s.home_share < 1))
    np.testing.assert_allclose(c.home_sales + c.imports, s.spending, rtol=1e-8)
    assert c.exports.sum() == pytest.approx(c.imports.sum(), rel=1e-8)
    for matrix in (s.distance, s.corridor_cost, s.corridor_days, s.friction):
        np.testing.assert_array_equal(matrix, matrix.T)
        assert np.all(np.diag(matrix) == 0)
        assert np.all(matrix >= 0)
    assert s.distance.max() <= 1
    check_firms(m)


def check_firms(m: DigitalDivideModel) -> None:
    """Raise unless each firm's states build on one another and sums are those of the firms."""
    f = m.firms
    exports, sells, accepts, connected = (f.state & bit != 0 for bit in (8, 4, 2, 1))
    assert np.all(exports <= sells)
    assert np.all(sells <= accepts)
    assert np.all(accepts <= connected)
    assert np.all((f.marketplace >= 0) <= sells)
    for platform in (f.marketplace, f.rail):
        used = platform >= 0
        assert np.all(m.state.serves[platform[used], f.country[used]])
    if m.state.step % m.plan.steps_per_year != 1:  # platforms have not just moved
        served = m.state.serves[m.marketplaces].any(axis=0)[f.country]
        assert np.all((f.marketplace >= 0)[served] == sells[served])
        assert np.all((f.rail >= 0) == accepts)
    assert np.all((f.rail >= 0) <= accepts)
    assert set(f.marketplace) <= {-1, *m.marketplaces}
    assert set(f.rail) <= {-1, *m.rails}
    counts = np.zeros((m.n, 16))
    np.add.at(counts, (f.country, f.kind), 1)
    np.testing.assert_array_equal(counts, m.firm_counts)
    np.add.at(counts, (f.country[exports], f.kind[exports]), -1)
    np.testing.assert_array_equal(m.firm_counts - counts, m.state.firm_counts[:, :, 3])
    real = (f.weight * m.firm_counts).sum(axis=1)
    np.testing.assert_allclose(real, m.real_firms.sum(axis=1), rtol=1e-9)


def check_records(m: DigitalDivideModel) -> None:
    """Raise unless all that was recorded is finite and inside what it can be."""
    record, results = m.state.record, m.results()
    for name, path in record.arrays().items():
        assert np.all(np.isfinite(path)), name
    columns = record.columns()
    assert list(columns) == list(COUNTRY)
    for name in SHARES:
        low, high = columns[name].min(), columns[name].max()
        assert low >= -EDGE, f"{name}: {low}"
        assert high <= 1 + EDGE, f"{name}: {high}"
    for name in POSITIVE:
        assert columns[name].min() > 0, name
    for name in NOT_NEGATIVE:
        assert columns[name].min() >= 0, name
    assert columns["stage"].min() >= 0
    assert columns["stage"].max() <= 3
    assert np.all(np.diff(columns["stage"], axis=0) >= 0)
    np.testing.assert_allclose(
        columns["exports"].sum(axis=1), columns["imports"].sum(axis=1), rtol=1e-8
    )
    both = 0.4 * columns["online_poorest40"] + 0.6 * columns["online_richest60"]
    np.testing.assert_allclose(both, columns["internet_users"], rtol=1e-9)
    for name, whole in (("online", "internet_users"), ("accounts", "account_holders")):
        women, men = columns[f"{name}_women"], columns[f"{name}_men"]
        np.testing.assert_allclose((women + men) / 2, columns[whole], rtol=1e-9)
        np.testing.assert_allclose(columns[f"{name}_sex_gap"], women - men, atol=1e-12)
    urban = m.state.countries.urban
    places = urban * columns["online_urban"] + (1 - urban) * columns["online_rural"]
    np.testing.assert_allclose(places, columns["internet_users"], rtol=1e-9)
    assert list(results.outcomes) == list(OUTCOMES)
    for name, values in results.outcomes.items():
        assert values.shape == (record.done,), name
        assert np.all(np.isfinite(values)), name
        if name.endswith("_sex_gap"):  # a difference, which may be below zero
            gap = (columns["population"] * columns[name]).sum(axis=1)
            gap /= columns["population"].sum(axis=1)
            np.testing.assert_allclose(values, gap, atol=1e-12, err_msg=name)
        elif name == "tools_gap":  # likewise
            gap = columns["population"] * (columns["tools_large"] - columns["tools_small"])
            gap = gap.sum(axis=1) / columns["population"].sum(axis=1)
            np.testing.assert_allclose(values, gap, atol=1e-12, err_msg=name)
        elif OUTCOMES[name].unit in ("share", "index 0-1", "HHI 0-1") and "theil" not in name:
            assert values.min() >= -EDGE, name
            assert values.max() <= 1 + EDGE, name
    assert np.all(np.diff(results.outcomes["spend"]) >= 0)


def checked(plan: Scenario) -> DigitalDivideModel:
    """A finished run of which every state was checked."""
    m = DigitalDivideModel(plan)
    check_state(m)
    while m.state.step < plan.steps:
        m.step()
        check_state(m)
    check_records(m)
    return m


@pytest.mark.parametrize("name", sorted(packages()))
def test_packages_pass_through_sound_states(name: str) -> None:
    checked(Scenario(policy=name, firms=1_500, until=2027))


@pytest.mark.parametrize("start", [2000, 2005, 2010, 2015, 2019, 2022])
def test_every_start_year_works(start: int) -> None:
    m = checked(Scenario(policy="balanced", start=start, until=start + 3, firms=1_500))
    world = load_world(start)
    seen = {name: path[0] for name, path in m.state.record.columns().items()}
    online = np.clip(world.values["internet_users"], 1e-3, 0.995)
    np.testing.assert_allclose(seen["internet_users"], online, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(seen["population"], world.values["population"])
    np.testing.assert_array_equal(seen["income"], world.values["income"])
    accounts = np.clip(world.values["accounts"], 1e-4, 1 - 1e-4)
    np.testing.assert_allclose(seen["account_holders"], accounts, atol=1e-6)
    skills = np.clip(world.values["skills"], 1e-4, 1 - 1e-4)
    np.testing.assert_allclose(seen["skills"], skills, atol=1e-6)
    np.testing.assert_allclose(seen["basket"], world.values["basket_price"], rtol=1e-9)
    np.testing.assert_array_equal(seen["stage"], world.table["stage"])
    assert np.all(seen["debt"] == 0)
    assert np.all(seen["gained"] == 0)


def test_a_long_run_stays_sound() -> None:
    plan = Scenario(policy="hard_first", firms=400, platforms=60, until=2060)
    m = DigitalDivideModel(plan)
    m.run()
    check_state(m)
    check_records(m)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Some levers at any strength, time and target, under any budget."""
    names = draw(st.lists(st.sampled_from(sorted(levers())), max_size=6, unique=True))
    uses = {}
    for name in names:
        low, high = levers()[name].bounds
        start = draw(st.none() | st.sampled_from([2010.0, 2011.5, 2012.25]))
        uses[name] = LeverUse(
            draw(st.floats(low, high)),
            start=start,
            end=None if start is None else start + draw(st.sampled_from([0.25, 1.0, 5.0])),
            ramp_years=draw(st.sampled_from([0.0, 0.5, 3.0])),
            target=draw(st.sampled_from([*TARGETS, ("KEN",), ("USA", "CHN", "VUT")])),
            toward=draw(st.sampled_from(["hub", "eu", "us"])),
        )
    return Policy(
        budget=draw(st.sampled_from([0.0, 10.0, 8_000.0, 1e6])),
        spend=draw(st.sampled_from(["planned", "all"])),
        levers=uses,
    )


#: Asks for next to nothing, and all money is to be spent on it.
TINY = Policy(budget=1e6, spend="all", levers={"fibre_backbone": LeverUse(2e-313, target=("KEN",))})


@settings(deadline=None, max_examples=25, database=None, phases=(Phase.explicit, Phase.generate))
@given(policies(), st.integers(0, 2**63 - 1), st.sampled_from([4, 8]))
@example(TINY, 6775, 4)
def test_any_policy_passes_through_sound_states(policy: Policy, seed: int, steps: int) -> None:
    plan = Scenario(
        policy, start=2010, until=2013, seed=seed, firms=1_000, platforms=40, steps_per_year=steps
    )
    m = checked(plan)
    spend = m.results().outcomes["spend"]
    years = np.arange(len(spend)) / steps
    assert np.all(spend <= policy.budget * 1e6 * years * (1 + 1e-9))


def test_parameters_at_the_ends_of_their_priors_pass_through_sound_states() -> None:
    from divide.model.declare.parameters import parameters

    for end in (0, 1):
        values = {name: p.bounds[end] for name, p in parameters().items()}
        checked(
            Scenario(policy="balanced", firms=1_000, platforms=40, until=2026, parameters=values)
        )


# Accounting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["status_quo", "hard_first", "balanced"])
def test_accounts_add_up_in_every_step(policy: str) -> None:
    before: dict[str, Array] = {}

    def open_books(m: DigitalDivideModel) -> None:
        c = m.state.countries
        before.update(debt=c.debt.copy(), income=c.income.copy(), gained=c.gained.copy())
        before.update(growth=c.growth.copy(), population=c.population.copy())

    def close_books(m: DigitalDivideModel) -> None:
        c, p, dt = m.state.countries, m.values.infrastructure, m.dt
        programmes, spent = m.state.policy.programmes, m.state.policy.spent
        lent = sum(
            (programmes[name].lever.loan_share * usd for name, usd in spent.items()), np.zeros(m.n)
        )
        owed = before["debt"] + lent
        np.testing.assert_allclose(c.debt, owed * (1 - dt / p.tenor), rtol=1e-8, atol=1e-3)
        rise = np.log(c.income / before["income"])
        gain = c.gained - before["gained"]
        np.testing.assert_allclose(rise, gain + c.growth * dt, rtol=1e-8, atol=1e-12)
        assert c.exports.sum() == pytest.approx(c.imports.sum(), rel=1e-8)
        paid = sum(float(usd.sum()) for usd in spent.values())
        assert paid <= (m.plan.policy.budget * 1e6 + 1e-3) * 1.25

    processes = [open_books, *PROCESSES, close_books]
    m = DigitalDivideModel(Scenario(policy=policy, firms=500, until=2027), processes)
    m.run()
    if policy != "status_quo":
        assert m.state.countries.debt.sum() > 0


def test_only_loans_make_debt_and_only_network_levers_are_lent_for() -> None:
    for name, lever in levers().items():
        if lever.loan_share > 0:
            assert name in (*NETWORK_LEVERS, "satellite_navigation", "electricity")


def test_the_hub_lends_only_up_to_the_ceiling() -> None:
    cables = LeverUse(10_000, target=("BDI", "LAO"), ramp_years=0)
    policy = Policy(budget=1e6, levers={"submarine_cables": cables})
    m = DigitalDivideModel(Scenario(policy=policy, firms=400, until=2032))
    while m.state.step < m.plan.steps:
        over = m.over_debt_ceiling()
        m.step()
        assert np.all(m.state.policy.spent["submarine_cables"][over] == 0)
    assert m.over_debt_ceiling().any(), "the ceiling was reached somewhere"


# Levels of the start -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default() -> DigitalDivideModel:
    """The default scenario at its start."""
    return DigitalDivideModel(Scenario())


def test_chinas_cross_border_ecommerce_is_that_of_2022(default: DigitalDivideModel) -> None:
    """Exports of 1.53, imports of .5278 trillion yuan (General Administration of Customs)."""
    c, hub = default.state.countries, default.hub
    exports, imports = c.exports[hub] * YUAN / 1e12, c.imports[hub] * YUAN / 1e12
    assert exports == pytest.approx(1.53, rel=0.002)
    assert imports == pytest.approx(0.5278, rel=0.002)
    online = default.state.spending[hub] * YUAN / 1e12
    assert online == pytest.approx(13.79, rel=0.01), "online retail (National Bureau of Statistics)"


def test_most_of_chinas_sales_go_to_the_rest_of_the_world(default: DigitalDivideModel) -> None:
    """The total is a scale, never an effect of the Silk Road: half or more goes to non-members."""
    m = default
    x = trade.bilateral(m)[m.hub]
    assert x[m.bri == 0].sum() > 0.5 * x.sum()


def test_correspondent_banks_cost_and_last_what_is_reported(default: DigitalDivideModel) -> None:
    p = default.values.corridors
    assert 0.03 <= p.correspondent_fee <= 0.06
    assert 3 <= p.correspondent_days <= 7
    s = default.state
    off = ~np.eye(default.n, dtype=bool)
    assert 0.02 < s.corridor_cost[off].min() < s.corridor_cost[off].max() < 0.08
    assert 0 < s.corridor_days[off].min() < s.corridor_days[off].max() <= p.correspondent_days
    outcomes = default.results().outcomes
    assert 0.03 <= outcomes["payment_cost"][0] <= 0.06
    # The mean of 6.25 % for US$ 200 (first quarter of 2023) is a transfer's fee and fixed fee.
    assert p.correspondent_fee + p.correspondent_fixed / 200 == pytest.approx(0.0625)
    # A parcel is too small for a bank's fixed fee: consumers pay by card, in a card's time.
    banks = s.rail_use[0].sum() / s.rail_use.sum()
    assert banks < 0.02
    assert outcomes["payment_days"][0] < p.card_days + 0.1


def test_the_relative_divide_falls_and_about_2_6_billion_were_offline(
    default: DigitalDivideModel,
) -> None:
    offline = default.results().outcomes["people_offline"][0]
    assert offline == pytest.approx(2.6e9, rel=0.1)
    gini = [
        DigitalDivideModel(Scenario(start=year, until=2023, firms=1_000))
        .results()
        .outcomes["usage_gini"][0]
        for year in (2000, 2005, 2010, 2015, 2022)
    ]
    assert np.all(np.diff(gini) < 0)


def test_kenyas_wallets_are_at_the_reported_level(run: Callable) -> None:
    """30 million users (Wang 2025, section 2.2) among the adults of Kenya."""
    world = load_world(2022)
    kenya = world.iso3.index("KEN")
    adults = 0.62 * world.values["population"][kenya]
    assert world.values["accounts"][kenya] * adults == pytest.approx(30e6, rel=0.25)


def test_degrees_that_take_the_whole_budget_leave_no_negative_money_for_amounts():
    """What the degrees leave may come out below nothing in the last bit; nobody is paid back."""
    one, kinds = np.ones((2, 10)), np.array([True, False])
    luck = np.random.default_rng(1)
    for bill, available in luck.uniform(0.1, 0.9, (2_000, 2)):
        cost = np.array([10.0, np.full(10, bill).sum()])
        amount, degree = ration(available, True, kinds, one[:, 0].copy(), one, one, cost)
        assert amount >= 0
        assert degree <= 1
