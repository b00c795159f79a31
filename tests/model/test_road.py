"""Projects and agreements at their dates: money is conserved, and without them nothing moves."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from divide.model import PROCESSES, DigitalDivideModel, Scenario
from divide.model.processes import infrastructure, road
from divide.model.world import World, load_world

START, UNTIL = 2004, 2008
KENYA, ETHIOPIA = "KEN", "ETH"
SPENT = {2003: {KENYA: 80.0}, 2005: {KENYA: 40.0, ETHIOPIA: 300.0}, 2006: {ETHIOPIA: 25.0}}


def historical(start: int = START, stages: dict[int, dict[str, float]] | None = None) -> World:
    """A world with projects and agreements."""
    world = load_world(start)

    def dated(given: dict[int, dict[str, float]]) -> MappingProxyType:
        found = {}
        for year, amounts in given.items():
            found[year] = np.zeros(len(world.iso3))
            for code, amount in amounts.items():
                found[year][world.iso3.index(code)] = amount
        return MappingProxyType(found)

    return replace(world, projects=dated(SPENT), agreements=dated(stages or {}))


def made(world: World, until: int = UNTIL, **settings) -> DigitalDivideModel:
    plan = Scenario(start=world.start, until=until, firms=600, platforms=40, **settings)
    return DigitalDivideModel(plan, world=world)


def columns(m: DigitalDivideModel) -> dict[str, bytes]:
    return {name: column.tobytes() for name, column in m.state.record.columns().items()}


def test_without_projects_nothing_moves() -> None:
    plain = load_world(START)
    usual = made(plain)
    usual.run_steps()
    rest = tuple(process for process in PROCESSES if process is not road.step)
    assert len(rest) == len(PROCESSES) - 1
    bare = DigitalDivideModel(usual.plan, rest, plain)
    bare.run_steps()
    empty = made(replace(plain, projects=MappingProxyType({}), agreements=MappingProxyType({})))
    empty.run_steps()
    assert columns(usual) == columns(bare) == columns(empty)
    assert plain.digest == empty.world.digest


def test_all_money_is_spent_once_and_all_of_it_builds_or_renews(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    m = made(historical())
    delivered, tied = np.zeros(m.n), np.zeros(m.n)
    build, tie = road.build, infrastructure.tie_to_hub

    def counted(run, money, costs):
        nonlocal delivered
        delivered = delivered + sum(money)
        build(run, money, costs)

    def counted_too(run, capital, usd):
        nonlocal tied
        tied = tied + usd
        tie(run, capital, usd)

    monkeypatch.setattr(road, "build", counted)
    monkeypatch.setattr(infrastructure, "tie_to_hub", counted_too)
    debt = m.state.countries.debt.copy()
    m.values.infrastructure.tenor = np.inf  # debt that is not paid back adds up
    m.run_steps()
    lent = (m.state.countries.debt - debt) / road.loan_share()
    after = {KENYA: 40.0, ETHIOPIA: 325.0}
    # Half of 2003's money is delivered after the start; all of 2006's by the end of 2008.
    before_end = {KENYA: 40.0 + 80.0 / 2, ETHIOPIA: 325.0}
    for found, expected in ((lent, after), (delivered, before_end), (tied, before_end)):
        wanted = np.zeros(m.n)
        for code, usd_m in expected.items():
            wanted[m.row_of[code]] = usd_m * 1e6
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-3)


def test_money_is_divided_without_rest() -> None:
    m = made(historical())
    c = m.state.countries
    c.narrowband[:5], c.mobile[:5] = 1.0, 1.0
    usd = np.linspace(0, 1e9, m.n)
    money = road.divided(m, usd, infrastructure.unit_costs(m))
    assert sum(money) == pytest.approx(usd, rel=1e-12)
    assert (np.array(money) >= 0).all()
    before = c.narrowband.copy(), c.mobile.copy(), c.backbone.copy()
    road.build(m, money, infrastructure.unit_costs(m))
    for old, new in zip(before, (c.narrowband, c.mobile, c.backbone), strict=True):
        assert (new >= old).all() and (new <= 1).all()
    # What is cheaper by far in 2004 is a network of any kind.
    assert (c.narrowband - before[0]).sum() > (c.mobile - before[1]).sum()


def test_networks_come_after_the_lag_and_only_where_money_went() -> None:
    plain, history = made(load_world(START)), made(historical())
    ethiopia, away = plain.row_of[ETHIOPIA], plain.row_of["BRA"]
    gains = []
    while not plain.finished:
        plain.step()
        history.step()
        gain = history.state.countries.narrowband - plain.state.countries.narrowband
        gains.append((plain.year, gain[ethiopia], gain[away]))
    first = 2005 + road.LAG + plain.dt  # at the end of the step in which it is delivered
    for year, here, there in gains:
        assert (here > 1e-4) == (year >= first), year
        assert abs(there) < 1e-6


def test_a_start_owes_what_a_run_to_it_would_owe() -> None:
    m = made(historical(), until=2010)
    m.run_steps()
    later = made(historical(2010), until=2011)
    assert later.state.countries.debt == pytest.approx(m.state.countries.debt, rel=1e-9, abs=1e-3)
    assert later.state.countries.debt.sum() > 1e8
    assert made(load_world(2010), until=2011).state.countries.debt.sum() == 0


def test_vendors_lean_to_the_hub_by_the_share_of_projects_in_the_network() -> None:
    m, plain = made(historical(2010), until=2011), made(load_world(2010), until=2011)
    hub, c = m.bloc[m.hub], m.state.countries
    capital = infrastructure.network_capital(m, infrastructure.unit_costs(m))
    for code, usd_m in ((KENYA, 120.0), (ETHIOPIA, 325.0)):
        at = m.row_of[code]
        share = m.values.infrastructure.tied_share * min(usd_m * 1e6 / capital[at], 1.0)
        old = plain.state.countries.vendors[at, hub]
        assert c.vendors[at, hub] == pytest.approx(old + share * (1 - old), rel=1e-6)
    rest = np.setdiff1d(np.arange(m.n), [m.row_of[KENYA], m.row_of[ETHIOPIA]])
    assert np.array_equal(c.vendors[rest], plain.state.countries.vendors[rest])
    assert c.vendors.sum(axis=1) == pytest.approx(1)


def test_agreements_raise_the_stage_in_their_year_and_never_lower_it() -> None:
    stages = {2006: {KENYA: 2.0}, 2007: {KENYA: 1.0, "BRA": 3.0}}
    m = made(historical(stages=stages))
    m.values.rules.ladder = 0.0  # nothing advances by chance
    m.run_steps()
    stage = m.state.record.column("stage")[::4]
    assert stage[:, m.row_of[KENYA]].tolist() == [0, 0, 2, 2, 2]
    assert stage[:, m.row_of["BRA"]].tolist() == [0, 0, 0, 3, 3]
    assert stage[-1].sum() == 5 + stage[0].sum()


def test_a_fork_goes_on_as_a_whole_run() -> None:
    plan = Scenario(start=START, until=2006, firms=600, platforms=40)
    m = DigitalDivideModel(plan, world=historical())
    m.run_steps()
    further = m.fork(replace(plan, until=UNTIL))
    further.run_steps()
    whole = made(historical())
    whole.run_steps()
    assert columns(further) == columns(whole)
