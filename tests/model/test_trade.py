"""Cross-border e-commerce: starts from figures, adds up, and borders create or destroy it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.model import PROCESSES
from divide.model.processes import supply, trade
from divide.model.trade_at_start import MOST_OF_ONE, fitted, flows_at_start
from divide.model.world.fields import LEAST_TRADE

Array = NDArray[np.float64]
SMALL = {"firms": 1_000, "platforms": 40}


def begun(**settings: object) -> DigitalDivideModel:
    """A small model at its start."""
    return DigitalDivideModel(Scenario(**{**SMALL, "until": 2026, **settings}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def start() -> DigitalDivideModel:
    return begun()


# The start ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2005, 2018, 2022])
def test_no_seed_and_no_firm_has_a_say_in_the_trade_of_the_start(year: int) -> None:
    one, other = begun(start=year), begun(start=year, seed=9, firms=4_000)
    assert not np.array_equal(one.state.capacity, other.state.capacity)
    for name in ("exports", "imports", "home_sales", "online_share"):
        a, b = (getattr(m.state.countries, name) for m in (one, other))
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_chinas_partners_are_those_of_its_customs(start: DigitalDivideModel) -> None:
    flows, hub = trade.bilateral(start), start.hub
    for partner, share in (("USA", 34.3), ("GBR", 6.5), ("DEU", 4.6), ("MYS", 3.9), ("RUS", 2.9)):
        sold = flows[hub, start.row_of[partner]]
        assert sold == pytest.approx(share / 100 * flows[hub].sum(), rel=1e-8)
    for partner, share in (("JPN", 21.7), ("USA", 17.9), ("AUS", 10.5), ("FRA", 7.5)):
        bought = flows[start.row_of[partner], hub]
        assert bought == pytest.approx(share / 100 * flows[:, hub].sum(), rel=1e-8)


@pytest.mark.parametrize(("year", "total"), [(2018, 1.06e12 / 6.616), (2021, 1.98e12 / 6.449)])
def test_earlier_starts_have_the_total_of_their_year(year: int, total: float) -> None:
    m = begun(start=year, until=year + 1)
    c = m.state.countries
    assert c.exports[m.hub] + c.imports[m.hub] == pytest.approx(total, rel=1e-8)


def test_the_trade_of_the_start_is_that_of_its_flows(start: DigitalDivideModel) -> None:
    flows, c = flows_at_start(start), start.state.countries
    np.testing.assert_allclose(flows.sum(axis=1), c.exports, rtol=1e-8)
    np.testing.assert_allclose(flows.sum(axis=0), c.imports, rtol=1e-8)
    np.testing.assert_allclose(trade.bilateral(start), flows, rtol=1e-8)
    assert np.all(np.diag(flows) == 0)
    assert np.all(flows >= 0)
    np.testing.assert_allclose(supply.relative(start), 1.0)


def test_what_others_trade_follows_their_goods_trade(start: DigitalDivideModel) -> None:
    v, c = start.world.values, start.state.countries
    for side in ("exports", "imports"):
        goods = np.maximum(v[f"goods_{side}"], LEAST_TRADE)
        logs = [np.log(goods), np.log(getattr(c, side))]
        assert np.corrcoef(logs)[0, 1] > 0.9
    # China sells at most this much of what any one country buys.
    sold = np.nan_to_num(start.world.customs["sold"])
    assert np.all(sold <= MOST_OF_ONE * c.imports * (1 + 1e-9))


def test_draws_move_what_no_survey_says(start: DigitalDivideModel) -> None:
    exact = {"trade.level_error": 0.0}
    hub, others = start.hub, np.arange(start.n) != start.hub
    central, spread = start.state.countries, []
    for draw in range(1, 9):
        c = begun(draw=draw).state.countries
        assert c.exports[hub] == pytest.approx(central.exports[hub], rel=1e-9)
        assert c.imports[hub] == pytest.approx(central.imports[hub], rel=1e-9)
        spread.append(np.log(c.imports / central.imports)[others])
    assert 0.5 < np.std(spread) < 0.65  # the stated error; what China sells there is a floor
    assert np.exp(spread).mean() == pytest.approx(1, abs=0.1)
    # The error is all that draws change: imputed figures go in as expected.
    without = begun(draw=1, parameters=exact).state.countries.imports
    np.testing.assert_allclose(without, central.imports, rtol=1e-8)


def test_proportional_fitting_keeps_what_is_odd_about_the_prior() -> None:
    """Sums are met, no flow appears where there was none, and ratios of ratios stay."""
    luck = np.random.default_rng(3)
    prior = luck.lognormal(0, 1, (7, 7))
    np.fill_diagonal(prior, 0.0)
    true = np.exp(luck.normal(0, 1, 7))[:, None] * prior * np.exp(luck.normal(0, 1, 7))
    found = fitted(prior, true.sum(axis=1), true.sum(axis=0))
    np.testing.assert_allclose(found, true, rtol=1e-8)


def test_border_days_are_observed_hours(start: DigitalDivideModel) -> None:
    """Kenya, last seen in 2020: 15.5 + 19 hours to export, 194 + 60 to import."""
    days = start.state.countries.customs_days
    assert days[start.row_of["KEN"]] == pytest.approx((15.5 + 19 + 194 + 60) / 48)
    assert np.all(days >= 1 / 24)
    assert np.quantile(days, 0.95) > 3 * np.median(days) > 0


# Elastic demand ----------------------------------------------------------------------------------


def with_border_cost(days: float, rows: Array | slice = slice(None), **parameters: float) -> dict:
    """World and country figures when borders take so many days more, by relative days."""
    m = begun(parameters={f"trade.{name}": value for name, value in parameters.items()})
    m.state.countries.customs_days[rows] = np.maximum(
        0.0, m.state.countries.customs_days[rows] + days
    )
    trade.update_frictions(m)
    trade.divide(m)
    c = m.state.countries
    return {
        "trade": c.exports.sum(), "home": c.home_sales.sum(), "online": m.state.spending.sum(),
        "exports": c.exports.copy(), "imports": c.imports.copy(), "row_of": m.row_of,
    }  # fmt: skip


def test_a_border_cost_everywhere_lowers_world_trade_and_a_cut_raises_it() -> None:
    cheap, now, dear = (with_border_cost(days) for days in (-1.0, 0.0, 1.0))
    assert cheap["trade"] > 1.001 * now["trade"]
    assert dear["trade"] < 0.99 * now["trade"]
    # Home sellers and shops have what borders cost.
    assert cheap["home"] < now["home"] < dear["home"]
    assert cheap["online"] > now["online"] > dear["online"]
    lost = now["trade"] - dear["trade"]
    assert dear["home"] - now["home"] < lost, "the rest goes to shops"


def test_with_an_elasticity_of_one_online_spending_stays() -> None:
    now, dear = (with_border_cost(days, online_elasticity=1.0) for days in (0.0, 1.0))
    assert dear["online"] == pytest.approx(now["online"], rel=1e-12)
    assert dear["trade"] < 0.99 * now["trade"]
    assert dear["home"] - now["home"] == pytest.approx(now["trade"] - dear["trade"], rel=1e-6)


def test_one_countrys_border_moves_its_own_exports_and_imports() -> None:
    now = with_border_cost(0.0)
    row = now["row_of"]["VNM"]
    dear = with_border_cost(1.0, np.array([row]))
    # A day costs 1 to 1.4 % of exports (Djankov et al.; Volpe Martincus et al.).
    assert 0.986 < dear["exports"][row] / now["exports"][row] < 0.99
    assert dear["imports"][row] < now["imports"][row]
    others = np.arange(len(now["exports"])) != row
    assert dear["exports"][others].sum() < now["exports"][others].sum() * (1 + 1e-3)


def test_the_online_share_rises_by_its_trend_which_fades() -> None:
    def rise(elapsed: float, start: int = 2022, **parameters: float) -> float:
        given = {f"trade.{name}": value for name, value in parameters.items()}
        return trade.online_trend(elapsed, start, begun(parameters=given).values.trade)

    assert rise(10.0, online_trend=0.1, online_fading=0.0) == pytest.approx(1.0)
    assert rise(10.0, online_trend=0.1, online_fading=0.1) == pytest.approx(1 - np.exp(-1.0))
    assert rise(4.0, 2018, online_trend=0.1, online_fading=0.1) == pytest.approx(0.4)
    assert rise(5.0, 2018, online_trend=0.1, online_fading=0.1) == pytest.approx(
        0.4 + 1 - np.exp(-0.1)
    )


def test_the_first_quarter_has_its_part_of_the_trend() -> None:
    """What is recorded after a step holds for its end."""
    paths = []
    for trend in (0.0, 0.1):
        m = begun(until=2024, parameters={"trade.online_trend": trend, "trade.online_fading": 0.0})
        at_first = trade.appetite(m)
        rises = [trade.appetite(m) / at_first]
        for _ in range(3):
            m.step()
            rises.append(trade.appetite(m) / at_first)
        paths.append(np.array(rises)[:, m.hub])
    np.testing.assert_allclose(
        np.log(paths[1] / paths[0]), 0.1 * 0.25 * np.arange(4), rtol=0.02, atol=1e-12
    )


def test_the_trend_takes_the_hub_from_its_customs_of_2018_to_those_of_2022() -> None:
    """1.06 and 2.06 trillion yuan (General Administration of Customs), at rates of the years."""
    m = DigitalDivideModel(Scenario(start=2018, until=2022))

    def both_ways() -> float:
        return float(m.state.countries.exports[m.hub] + m.state.countries.imports[m.hub])

    first = both_ways()
    assert first / 1e9 == pytest.approx(1060 / 6.616, rel=0.01)
    m.run_steps()
    assert both_ways() / first == pytest.approx((2060 / 6.7372) / (1060 / 6.616), rel=0.02)


# Supply ------------------------------------------------------------------------------------------


def test_luck_of_representative_firms_counts_little_and_less_the_fewer_they_are() -> None:
    """Over seeds, exports of a small country two years on differ by a few percent."""
    exports = []
    for seed in range(1, 7):
        m = begun(seed=seed, until=2024)
        m.run_steps()
        exports.append(np.log(m.state.countries.exports))
    assert np.median(np.std(exports, axis=0)) < 0.05


def moved(lever: str, column: Callable, strength: float = 1.0, **use: object) -> tuple:
    """Change of exports and home sales of six countries by a lever in them, percent, by step."""
    codes = ("VNM", "KEN", "PER", "TUN", "EGY", "KAZ")
    use = LeverUse(strength, start=2023, ramp_years=0, target=codes, **use)  # type: ignore[arg-type]
    runs = []
    for policy in (Policy(), Policy("x", budget=1e6, levers={lever: use})):
        m = begun(policy=policy, until=2030)
        m.run_steps()
        runs.append(m)
    rows = [runs[0].row_of[code] for code in codes]
    found = []
    for name in ("exports", "home_sales"):
        before, after = (column(m, name)[:, rows].sum(axis=1) for m in runs)
        found.append(100 * (after / before - 1))
    return tuple(found)


def test_seals_help_sellers_at_home(column: Callable) -> None:
    exports, home = moved("security_certification", column)
    assert 0.5 < home[-1] < 14
    assert exports[-1] > -5, "duplicate costs of small exporters are not all there is"


def test_fairs_raise_exports_for_some_years_only(column: Callable) -> None:
    exports, home = moved("matchmaking", column, 60, end=2024)
    assert exports[4] > 1
    assert 0 <= exports[-1] < 0.2 * exports[4]
    assert abs(home).max() < 0.05 * exports.max()


def test_trade_adds_up_after_every_process() -> None:
    """Online is home and foreign, consumption is online and offline, exports are imports."""
    seen = []

    def watch(m: DigitalDivideModel) -> None:
        c = m.state.countries
        np.testing.assert_allclose(c.home_sales + c.imports, m.state.spending, rtol=1e-8)
        offline = (1 - c.online_share) * trade.consumption(m)
        np.testing.assert_allclose(m.state.spending + offline, trade.consumption(m), rtol=1e-8)
        flows = trade.bilateral(m)
        assert c.exports.sum() == pytest.approx(flows.sum(), rel=1e-8)
        assert c.imports.sum() == pytest.approx(flows.sum(), rel=1e-8)
        seen.append(m.year)

    order = list(PROCESSES)
    order.insert(order.index(trade.step) + 1, watch)
    plan = Scenario(policy="balanced", until=2025, **SMALL)  # type: ignore[arg-type]
    DigitalDivideModel(plan, order).run_steps()
    assert len(seen) == 12
