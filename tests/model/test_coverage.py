"""Operators stop where revenue stops, public money needs upkeep, satellites cap the cost."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from divide.model import PROCESSES, DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.cells import CELLS
from divide.model.declare.countries import TABLES
from divide.model.declare.values import Values
from divide.model.processes import coverage, infrastructure
from divide.model.processes.coverage import Market, cost_to_cover, coverage_bought
from divide.model.world import load_world

Array = NDArray[np.float64]

PROPERTY = settings(deadline=None, max_examples=60, database=None)
SMALL = {"firms": 500, "platforms": 60}


def model(policy: Policy | None = None, **more: object) -> DigitalDivideModel:
    return DigitalDivideModel(Scenario(policy=policy or Policy(), **{**SMALL, **more}))


def one(lever: str, intensity: float, **use: object) -> Policy:
    """A policy of one lever in full force from the start, with money enough."""
    return Policy(
        lever, budget=1e6, levers={lever: LeverUse(intensity, **{"ramp_years": 0, **use})}
    )


def row(value: float) -> Array:
    return np.array([value])


# The frontier ------------------------------------------------------------------------------------


@PROPERTY
@given(st.floats(1.0, 500.0), st.floats(1.0, 100.0), st.floats(0.15, 0.85))
def test_the_last_person_covered_brings_in_what_she_costs(
    revenue: float, cost: float, eta: float
) -> None:
    edge = coverage.frontier(revenue, cost, eta)
    assert 0 <= edge < 1 or edge == pytest.approx(1)
    if revenue <= cost:
        assert edge == 0
    elif edge < 1 - 1e-6:
        assert cost * (1 - edge) ** -eta == pytest.approx(revenue, rel=1e-6)


def rolled(revenue: float, mobile: float, years: int) -> float:
    """Coverage after `years` of building at an unchanged revenue and cost."""
    market = Market(10.0, 10.0, 20.0, 0.4, 0.1, 0.0, 0.5, 0.0, 0.5)
    c = [row(x) for x in (mobile, mobile, 0.0, 0.0, 0.0, 0.5)]
    zero, everyone = row(0.0), np.full((1, CELLS), 1 / CELLS)
    for _ in range(years):
        coverage.roll_out(
            *c, row(5_000.0), zero, everyone, everyone, row(0.5), row(1.0), zero, row(1.0), zero,
            coverage.Earnings(revenue, 0.0, 0.0, 0.0), market,
        )  # fmt: skip
    return float(c[1][0])


def test_operators_close_the_distance_and_stop_at_the_frontier() -> None:
    edge = coverage.frontier(25.0, 10.0, 0.5)
    assert edge == pytest.approx(0.84)
    path = [rolled(25.0, 0.3, years) for years in (0, 1, 5, 100)]
    assert path[0] < path[1] < path[2] < path[3]
    assert path[3] == pytest.approx(edge, abs=1e-9)


def test_what_lies_beyond_the_frontier_is_neither_torn_down_nor_extended() -> None:
    assert rolled(25.0, 0.9, 100) == 0.9
    assert rolled(5.0, 0.9, 100) == 0.9


def test_where_nobody_pays_nobody_builds(run: Callable) -> None:
    dark = ("KEN", "NER", "LAO")

    def nobody_online(m: DigitalDivideModel) -> None:
        m.state.countries.online[[m.row_of[code] for code in dark]] = 0.0

    m = DigitalDivideModel(Scenario(until=2040, **SMALL), [nobody_online, *PROCESSES])
    rows = [m.row_of[code] for code in dark]
    before = m.state.countries.mobile[rows].copy()
    m.run()
    np.testing.assert_array_equal(m.state.countries.mobile[rows], before)
    paying = run(until=2040)
    assert np.all(paying.state.countries.mobile[rows] > before)


def test_poor_countries_are_not_covered_in_full_by_the_market(run: Callable) -> None:
    m = run(until=2040)
    c = m.state.countries
    poorest = c.income < np.quantile(c.income, 0.05)
    assert np.all(c.mobile[poorest] < 0.99)
    assert np.all(c.mobile[poorest] <= np.maximum(c.frontier, 0.999)[poorest])


def test_narrowband_goes_at_least_as_far_and_is_cheaper(run: Callable) -> None:
    for start in (2005, 2015, 2022):
        m = run(start=start, until=start + 6)
        c, costs = m.state.countries, infrastructure.unit_costs(m)
        assert np.all(c.narrowband >= c.mobile)
        assert costs.narrowband < costs.mobile


def test_the_premium_of_broadband_fades_and_all_unit_costs_fall() -> None:
    p = Values({"infrastructure.broadband_premium": 1.0}).infrastructure
    then, now = (coverage.unit_costs(year, p) for year in (2012, 2030))
    assert then.mobile / then.narrowband == pytest.approx(np.e)
    assert now.mobile / now.narrowband < 1.1
    assert all(new < old for new, old in zip(now, then, strict=True))
    assert coverage.unit_costs(2018, p).mobile == pytest.approx(p.unit_cost_mobile)


def test_what_masts_cost_moves_money_and_not_the_frontier(run: Callable) -> None:
    """Coverage of the past tells revenue in relation to cost, and no more."""
    times = {"infrastructure.unit_cost_mobile": 308.0, "infrastructure.unit_cost_five_g": 480.0}
    dear = run(parameters=times)
    plain = run()
    np.testing.assert_allclose(dear.state.countries.mobile, plain.state.countries.mobile, rtol=1e-9)
    costs = [infrastructure.unit_costs(m).mobile for m in (dear, plain)]
    assert costs[0] == pytest.approx(4 * costs[1])


def test_dearer_data_at_the_start_moves_no_coverage(run: Callable) -> None:
    """The level of prices is the input known worst: supply does not hang on it."""

    def dearer(m: DigitalDivideModel) -> None:
        if m.state.step == 0:
            infrastructure.begin(m)

    plain = run(until=2026)
    again = DigitalDivideModel(plain.plan, [dearer, *PROCESSES])
    again.state.countries.basket *= 4
    again.step()
    once = DigitalDivideModel(plain.plan)
    once.step()
    np.testing.assert_array_equal(again.state.countries.mobile, once.state.countries.mobile)


# Public money ------------------------------------------------------------------------------------


def test_public_money_first_brings_forward_what_would_come_anyway() -> None:
    """Crowding out: of the coverage bought, less is left once operators would have come."""
    policy = one("rural_coverage", 3_000.0, end=2025, target="all")
    bought, without = model(policy, until=2040), model(until=2040)
    gap = []
    while not bought.finished:
        bought.step(), without.step()
        people = bought.state.countries.population
        more = bought.state.countries.mobile - without.state.countries.mobile
        gap.append(float(people @ more))
    peak = int(np.argmax(gap))
    assert bought.year > 2025
    assert peak < len(gap) / 2
    assert 0 < gap[-1] < 0.7 * gap[peak]


def test_a_part_of_rural_money_never_becomes_coverage() -> None:
    policy = one("rural_coverage", 100.0, target=("NER",))
    gained = []
    for delivery in (0.3, 0.6):
        change = {"infrastructure.delivery": delivery}
        m = model(policy, until=2024, parameters=change)
        m.run()
        without = model(until=2024, parameters=change)
        without.run()
        niger = m.row_of["NER"]
        gained.append(m.state.countries.mobile[niger] - without.state.countries.mobile[niger])
    assert gained[1] > 1.5 * gained[0] > 0


def far_out(end: float | None) -> tuple[DigitalDivideModel, list[float], list[float]]:
    """Niger, covered far beyond its revenue until `end`: coverage and upkeep by step."""
    policy = one("rural_coverage", 3_000.0, end=end, target=("NER",))
    # So much may be lent that a ceiling does not stop the upkeep.
    parameters = {
        "infrastructure.revenue": 4.5,
        "infrastructure.revenue_income": 0.8,
        "infrastructure.cost_decline": 0.0,
        "infrastructure.debt_ceiling": 0.2,
    }
    m = model(policy, until=2036, parameters=parameters)
    niger, covered, paid = m.row_of["NER"], [], []
    while not m.finished:
        m.step()
        covered.append(float(m.state.countries.mobile[niger]))
        paid.append(float(m.state.countries.upkeep[niger]))
    return m, covered, paid


def test_upkeep_unpaid_lets_subsidised_coverage_decay() -> None:
    kept, ended = far_out(None), far_out(2028)
    assert kept[1][-1] == pytest.approx(max(kept[1]), abs=0.01)
    # Upkeep is ordered a lag before it is owed, and the population grows meanwhile.
    assert kept[2][-1] == pytest.approx(1.0, abs=0.01)
    assert ended[2][-1] == 0.0
    assert ended[1][-1] < max(ended[1]) - 0.03
    assert np.all(np.diff(ended[1][-20:]) < 0)
    m, niger = ended[0], ended[0].row_of["NER"]
    # What operators keep on their own stays.
    assert ended[1][-1] >= m.state.countries.frontier[niger]


def test_upkeep_is_paid_before_anything_is_built() -> None:
    m, niger = far_out(2028)[0], 0
    niger = m.row_of["NER"]
    c = m.state.countries
    c.subsidised[niger], c.mobile[niger] = 0.4, 0.9
    costs = infrastructure.unit_costs(m)
    lost, due = infrastructure.upkeep_due(m, costs)
    assert 0 < lost[niger] <= 0.4
    owed = due[niger] * m.dt / 1e6
    before = c.mobile.copy()
    for part, upkeep, grows in ((0.5, 0.5, False), (1.0, 1.0, False), (3.0, 1.0, True)):
        c.subsidised[niger], c.mobile[niger], c.debt[niger] = 0.4, 0.9, 0.0
        delivered = np.zeros(m.n)
        delivered[niger] = part * owed
        m.state.policy.delivered = {"rural_coverage": delivered}
        frontier = c.frontier[niger]
        infrastructure.public_money(m, infrastructure.arriving(m), costs)
        assert c.upkeep[niger] == pytest.approx(upkeep)
        assert c.frontier[niger] == frontier
        if grows:
            assert c.mobile[niger] > before[niger]
        elif upkeep == 1.0:
            assert c.mobile[niger] == pytest.approx(before[niger], abs=1e-12)
        else:
            assert c.mobile[niger] < before[niger]


# Satellites --------------------------------------------------------------------------------------


@PROPERTY
@given(
    st.floats(0, 0.999), st.floats(0, 1.0), st.floats(10, 1e3), st.floats(0.15, 0.85),
    st.floats(1.0, 20.0),
)  # fmt: skip
def test_a_cap_bounds_the_cost_of_the_last_person_and_money_buys_the_inverse(
    start: float, end: float, unit: float, eta: float, times: float
) -> None:
    start, end = min(start, end), max(start, end)
    a, u, e, cap = row(start), row(unit), row(eta), row(unit * times)
    usd = cost_to_cover(a, end, u, e, cap)
    assert -1e-9 <= usd[0] <= cap[0] * (end - start) * (1 + 1e-9) + 1e-9
    assert usd[0] <= cost_to_cover(a, end, u, e)[0] * (1 + 1e-9) + 1e-9
    assert coverage_bought(a, usd, u, e, cap)[0] == pytest.approx(end, abs=1e-7)
    middle = (start + end) / 2
    halves = cost_to_cover(a, middle, u, e, cap) + cost_to_cover(row(middle), end, u, e, cap)
    assert halves[0] == pytest.approx(usd[0], rel=1e-9, abs=1e-9)


def test_satellites_cap_the_cost_of_the_last_places_where_they_may_be_used() -> None:
    m = model()
    barred = [m.row_of[code] for code in ("CHN", "RUS", "AFG")]
    usd = infrastructure.satellite_cost(m)
    assert np.all(np.isinf(usd[barred]))
    p = m.values.infrastructure
    shared = (p.satellite_kit + 60 * p.satellite_plan) / p.satellite_sharing
    assert usd[m.row_of["KEN"]] == pytest.approx(shared)
    assert np.all(np.isinf(infrastructure.satellite_cost(model(start=2015, until=2016))))


def test_terminals_connect_people_for_the_years_paid() -> None:
    m = model(one("satellite_connection", 200.0, end=2026, target=("NER", "AFG")), until=2036)
    niger, barred = m.row_of["NER"], m.row_of["AFG"]
    share = []
    while not m.finished:
        m.step()
        share.append(float(m.state.countries.satellite[niger]))
    assert m.state.countries.satellite[barred] == 0
    assert m.results().spend.query("iso3 == 'AFG'")["usd"].sum() == 0
    assert max(share) > 0.05
    assert share[-1] < 0.3 * max(share)


def test_satellites_are_barred_where_the_list_of_availability_says_so() -> None:
    listed = pd.read_csv(TABLES / "satellite.csv")
    barred = listed.query("starlink_status == 'blacklisted'")["iso3"]
    known = set(load_world(2022).iso3)
    assert set(barred) & known == infrastructure.NO_SATELLITE & known


def test_a_draw_that_covers_more_people_than_expected_keeps_its_lead() -> None:
    """Elsewhere low draws would catch up at once, and the mean of draws would rise by itself."""
    expected, drawn = row(0.6), row(0.75)
    eta = row(0.5)
    margin = coverage.local_margin(drawn, expected, eta)
    assert margin[0] > 0
    assert coverage.local_margin(expected, expected, eta)[0] == 0
    edge = [coverage.frontier(r, 10.0, 0.5) for r in (25.0, 25.0 * float(np.exp(margin[0])))]
    # The frontiers lie as far apart in ln(1 - coverage) as the draw and what is expected.
    gap = np.log1p(-drawn[0]) - np.log1p(-expected[0])
    assert np.log1p(-edge[1]) - np.log1p(-edge[0]) == pytest.approx(gap)


def test_draws_of_coverage_stay_apart() -> None:
    """After five years the rank of a country among the draws is what it was at the start."""
    starts, ends = [], []
    for draw in range(1, 9):
        plan = Scenario(start=2010, until=2015, firms=3_000, platforms=40)
        m = DigitalDivideModel(plan, world=load_world(2010, draw))
        starts.append(np.log(1.001 - m.state.countries.narrowband))
        assert np.isfinite(m.state.base["pays"]).all()
        m.run_steps()
        ends.append(np.log(1.001 - m.state.countries.narrowband))
    pairs = zip(np.array(starts).T, np.array(ends).T, strict=True)
    kept = [np.corrcoef(a, b)[0, 1] for a, b in pairs if min(a.std(), b.std()) > 1e-3]
    assert len(kept) > 150
    assert np.median(kept) > 0.9


def test_without_a_draw_nothing_is_added() -> None:
    m = DigitalDivideModel(Scenario(firms=3_000, platforms=40))
    assert (m.state.base["pays"] == 1).all()
    assert (m.state.base["narrow"] == 0).all()
