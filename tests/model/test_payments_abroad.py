"""Payment abroad: what it costs where, how that falls, where it settles and what a shock takes."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.agents.platform import Kind
from divide.model.processes import corridors, settlement

Array = NDArray[np.float64]
#: Share of a shock's target whose main rails are closed.
CLOSED = 0.8


def begun(draw: int = 0, start: int = 2022, **parameters: float) -> DigitalDivideModel:
    """A small model before its first step; `process__name` stands for "process.name"."""
    values = {name.replace("__", "."): value for name, value in parameters.items()}
    plan = Scenario(firms=1_000, start=start, until=start + 1, parameters=values, draw=draw)
    return DigitalDivideModel(plan)


# What it costs ------------------------------------------------------------------------------------


def test_a_fixed_fee_weighs_less_on_a_larger_basket() -> None:
    """The fixed fee of a bank is 3.5 of 75 dollars, that of a card .3."""
    small, large = corridors.prices(begun()), corridors.prices(begun(corridors__basket=150))
    rows = begun().row_of["POL"]
    assert np.all(large[:, :4] < small[:, :4])
    assert np.all(large[:, 4] == small[:, 4])
    dear = corridors.dear(begun())[rows]
    saved = (3.5 / 75 - 3.5 / 150) * dear
    assert small[rows, 0] - large[rows, 0] == pytest.approx(saved)


def test_payment_is_dear_where_remittances_are() -> None:
    m = begun()
    dear = corridors.dear(m)
    region, rich = m.world.fact("region"), m.world.fact("income_group") == "High income"
    africa = dear[(region == "Sub-Saharan Africa") & ~rich]
    europe = dear[(region == "Europe & Central Asia") & ~rich]
    assert africa.min() > europe.max()
    assert dear[m.row_of["FJI"]] > dear[m.row_of["IDN"]] > dear[m.row_of["IND"]]
    cost = m.results().outcomes["payment_cost"][0]
    assert 0.03 < cost < 0.06
    group = m.world.fact("income_group")
    mean = {name: m.state.countries.payment_cost[group == name].mean() for name in np.unique(group)}
    assert mean["Low income"] > mean["Lower middle income"] > mean["High income"]


def test_countries_surveyed_are_neither_dear_nor_cheap_on_average() -> None:
    """The equation is centred on them: a mean of all receivers is about 1."""
    m = begun()
    poor = m.world.fact("income_group") != "High income"
    assert np.log(corridors.dear(m)[poor]).mean() == pytest.approx(0, abs=0.1)


def test_a_draw_differs_from_the_equation_as_the_countries_surveyed_do() -> None:
    expected = corridors.dear(begun())
    ratios = np.log([corridors.dear(begun(draw)) / expected for draw in range(1, 9)])
    assert ratios.std() == pytest.approx(0.45, rel=0.1)
    assert np.exp(ratios).mean() == pytest.approx(1, abs=0.05)
    np.testing.assert_array_equal(corridors.dear(begun(1)), corridors.dear(begun(1)))


def test_fees_fall_at_the_rate_declared_and_were_higher_before() -> None:
    now, before = (corridors.prices(begun(start=year)) for year in (2022, 2012))
    m, early = begun(), begun(start=2012)
    fees = now[:, 0] / corridors.dear(m), before[:, 0] / corridors.dear(early)
    np.testing.assert_allclose(fees[1] / fees[0], np.exp(0.024 * 10))
    assert np.all(before[:, 4] == now[:, 4])


def test_payment_gets_cheaper_by_fees_and_by_links(run: Callable) -> None:
    still = {"corridors.fee_decline": 0.0, "corridors.link_rate": 0.0}
    values: tuple[dict[str, float], ...] = (
        still, {"corridors.fee_decline": 0.0}, {"corridors.link_rate": 0.0}, {},
    )  # fmt: skip
    models = [run(until=2035, parameters=one, firms=1_000) for one in values]
    cost = [m.results().outcomes["payment_cost"] for m in models]
    assert cost[0][-1] == pytest.approx(cost[0][0], rel=0.03)
    assert cost[0][-1] > cost[1][-1] > cost[3][-1]
    assert cost[2][-1] > cost[3][-1]
    links = [m.state.rail_use[3].sum() / m.state.rail_use.sum() for m in models]
    assert links[0] == 0
    assert 0.1 < links[1] < 0.6


# Where it settles ---------------------------------------------------------------------------------


def test_all_that_is_paid_settles_somewhere(run: Callable) -> None:
    m = run()
    np.testing.assert_allclose(m.state.countries.settled.sum(axis=1), 1)
    assert m.state.countries.settled.min() >= 0
    np.testing.assert_allclose(settlement.jurisdictions(m).sum(axis=2), 1)


def test_banks_settle_in_their_currencies_and_wallets_at_home() -> None:
    m = begun()
    banks, _, wallets, links, _ = settlement.jurisdictions(m)
    np.testing.assert_allclose(banks, np.tile([0.0254, 0.317, 0.426, 0.2316], (m.n, 1)))
    np.testing.assert_array_equal(wallets.argmax(axis=1), m.bloc)
    np.testing.assert_array_equal(wallets, links)


def test_a_rail_that_nobody_offers_settles_at_home() -> None:
    share = np.array([[0.0, 0.6], [0.0, 0.2]])
    kind, hub_and_us = np.full(2, Kind.CARD, dtype=np.int8), np.array([0, 2], dtype=np.int8)
    cards = settlement.by_users(share, kind, hub_and_us, np.array([3, 1]))[Kind.CARD]
    np.testing.assert_allclose(cards, [[0, 0, 0, 1], [0.75, 0, 0.25, 0]])


def test_the_bridge_carries_next_to_nothing() -> None:
    """US$ 55.5 bn in four years, of all kinds: a few percent of what its members trade at most."""
    m = begun()
    use, members = m.state.rail_use, m.world.fact("mbridge").astype(bool)
    assert 0 < use[4, members].sum() / use[:, members].sum() < 0.02
    assert use[4, ~members].sum() == 0


def test_a_bridge_moves_settlement_to_the_hub(run: Callable, column: Callable) -> None:
    lever = Policy(budget=1e6, levers={"cbdc_corridor": LeverUse(1.0, ramp_years=0)})
    usable = {"corridors.bridge_retail": 0.1}
    policy, without = (run(policy=p, until=2027, parameters=usable) for p in (lever, Policy()))
    new, old = column(policy, "settled_hub")[-1], column(without, "settled_hub")[-1]
    members = (without.bri > 0) & (np.arange(without.n) != without.hub)
    assert np.all(new[members] > old[members])


# Shocks -------------------------------------------------------------------------------------------


def shocked(target: tuple[str, ...] | str, **parameters: float) -> DigitalDivideModel:
    """The main rails of some countries are closed for a year; its first quarter is over."""
    use = LeverUse(CLOSED, start=2024, end=2025, ramp_years=0, target=target)
    plan = Scenario(
        policy=Policy(levers={"payment_shock": use}), until=2026, firms=3_000,
        parameters={name.replace("__", "."): value for name, value in parameters.items()},
    )  # fmt: skip
    m = DigitalDivideModel(plan)
    for _ in range(6):
        m.step()
    return m


def test_a_shock_takes_more_from_whoever_depends_on_one_jurisdiction() -> None:
    m = shocked("all")
    c = m.state.countries
    hit = np.arange(m.n) != m.hub  # the rule "all" leaves the hub out
    largest, hhi = c.settled.max(axis=1)[hit], (c.settled**2).sum(axis=1)[hit]
    np.testing.assert_allclose(c.closed[hit], CLOSED * largest)
    lost = settlement.lost_share(m, c.closed)[hit]
    assert np.all(np.diff(lost[np.argsort(largest, kind="stable")]) >= 0)
    assert np.corrcoef(lost, hhi)[0, 1] > 0.9
    trade = (c.exports + c.imports)[hit]
    share = c.payments_lost[hit] / (trade + c.payments_lost[hit])
    assert np.all(share >= lost * (1 - 1e-12))  # and what partners cannot pay
    assert np.corrcoef(share, hhi)[0, 1] > 0.3


def test_a_shock_is_certain_ruin_only_where_one_jurisdiction_has_all() -> None:
    m = begun()
    closed = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    lost = settlement.lost_share(m, closed)
    assert lost[0] == 0
    assert lost[-1] == 1
    assert np.all(lost <= closed)
    assert np.all(np.diff(lost) > closed[1] * lost[-1] / 4)
    roomy = settlement.lost_share(begun(settlement__spare=1), closed)
    assert np.all(roomy[1:-1] < lost[1:-1])


def test_what_is_not_sold_is_not_bought() -> None:
    m = shocked(("DEU", "TUR", "VNM"))
    c = m.state.countries
    assert c.exports.sum() == pytest.approx(c.imports.sum())
    free = DigitalDivideModel(Scenario(until=2026, firms=3_000))
    for _ in range(6):
        free.step()
    row = m.row_of["DEU"]
    other = free.state.countries
    assert c.exports[row] < 0.95 * other.exports[row]
    # Partners lose their trade with them and no more.
    lost = other.exports.sum() - c.exports.sum()
    hit = [m.row_of[code] for code in ("DEU", "TUR", "VNM")]
    assert 0 < lost <= (other.exports + other.imports)[hit].sum()
    assert c.payments_lost.sum() / 2 == pytest.approx(lost, rel=0.01)


def test_a_shock_costs_trust_once_and_ends() -> None:
    m = shocked(("KEN",), security__recovery=1.0)
    row, c = m.row_of["KEN"], m.state.countries
    free = DigitalDivideModel(
        Scenario(until=2026, firms=3_000, parameters={"security.recovery": 1.0})
    )
    for _ in range(6):
        free.step()
    path = m.state.record.column("trust")[:, row]
    missing = free.state.record.column("trust")[6, row] - path[6]
    struck = m.values.security.spread_loss * c.closed[row]
    assert c.closed[row] > 0
    assert 0 < missing <= struck
    while not m.finished:
        m.step()
    lost = m.state.record.column("payments_lost")[:, row]
    assert np.count_nonzero(lost) == 4
    assert c.closed[row] == lost[-1] == 0


# Use at home --------------------------------------------------------------------------------------


def levied(degree: float, until: int = 2030) -> DigitalDivideModel:
    uses = {"payment_relief": LeverUse(degree, ramp_years=0, target=("GHA",))}
    m = DigitalDivideModel(
        Scenario(policy=Policy(budget=1e6, levers=uses), until=until, firms=1_000)
    )
    m.run_steps()
    return m


def test_a_levy_is_felt_and_then_less_and_costs_nothing() -> None:
    taxed, free, relieved = levied(-0.015), levied(0.0), levied(0.01)
    row = free.row_of["GHA"]
    use = [m.state.record.column("payment_use")[:, row] for m in (taxed, free, relieved)]
    effect = use[0] / use[1]
    assert np.all(effect[:2] == 1)
    assert effect[2] == pytest.approx(np.exp(-14 * 0.015 * np.exp(-0.3 / 4)))
    assert np.all(np.diff(effect[2:]) > 0)
    assert effect[-1] < 1
    assert np.all(use[2][2:] > use[1][2:])
    spent = [m.results().outcomes["spend"][-1] for m in (taxed, relieved)]
    assert spent[0] == 0 < spent[1]
    accounts = [m.state.record.column("account_holders") for m in (taxed, free)]
    np.testing.assert_array_equal(*accounts)


@pytest.mark.parametrize("size", [-0.4, 0.0, 0.4])
def test_interoperability_may_act_on_use_either_way(size: float, run: Callable) -> None:
    lever = Policy(budget=1e6, levers={"payment_interoperability": LeverUse(1.0, ramp_years=0)})
    values = {"payments.use_from_interoperability": size, "payments.from_interoperability": 0.0}
    with_it, without = (run(policy=p, parameters=values, firms=1_000) for p in (lever, Policy()))
    use = [m.state.record.column("payment_use")[-1] for m in (with_it, without)]
    members = without.bri > 0
    change = np.log(use[0] / use[1])[members].mean()
    assert change == pytest.approx(0, abs=0.01) if size == 0 else change * size > 0
