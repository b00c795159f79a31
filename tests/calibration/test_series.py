"""The series beside internet use: what is compared with what, and tables that tell it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from divide.calibration.fit.hindcast import forward, known_start, run, yearly
from divide.calibration.fit.observations import known
from divide.calibration.fit.posterior import observed
from divide.calibration.fit.targets import FORECAST, TARGETS
from divide.calibration.score import backtest, series
from divide.calibration.score.backtest import (
    contest,
    error_record,
    fit_each,
    forecast,
    needed,
    past_starts,
)
from divide.calibration.score.rows import Row, all_methods
from divide.experiments.carry.calls import Workers
from divide.model.outcomes import COUNTRY
from divide.model.processes.payments import push, push_now
from divide.model.world import load_world

ORIGIN = 2014


@pytest.mark.parametrize("indicator", FORECAST)
def test_a_path_leaves_from_the_figure_of_the_start(indicator: str) -> None:
    """After one year a country is still near its own figure, and not where another series is."""
    then = forward(2017, 2018, {}, indicator)[0]
    years, values = known(2017, indicator)
    own = known_start(2017, indicator) & np.isfinite(values[years == 2017][0])
    assert own.sum() > 60
    miss = np.abs(then - values[years == 2017][0])[own]
    assert np.median(miss) < 0.05


def test_every_target_has_a_column_and_a_gap_is_a_difference() -> None:
    for target in TARGETS.values():
        assert target.column in COUNTRY
    model = run(2017, 2018, {})
    rich, poor = (yearly(model, f"accounts_{name}") for name in ("richest60", "poorest40"))
    assert np.array_equal(forward(2017, 2018, {}, "accounts_gap"), rich - poor)
    holders = yearly(model, "account_holders")
    np.testing.assert_allclose(0.6 * rich + 0.4 * poor, holders, rtol=1e-9)
    women, men = (yearly(model, f"accounts_{name}") for name in ("women", "men"))
    assert np.array_equal(forward(2017, 2018, {}, "accounts_sex_gap"), women - men)
    np.testing.assert_allclose((women + men) / 2, holders, rtol=1e-9)
    known_both = known_start(2017, "accounts_women") & known_start(2017, "accounts_men")
    assert np.array_equal(known_start(2017, "accounts_sex_gap"), known_both)


def test_subscriptions_follow_users_and_reach() -> None:
    path = {
        power: forward(2015, 2018, {"infrastructure.fixed_by_reach": power}, "fixed_broadband")
        for power in (0.0, 1.0)
    }
    start = load_world(2015).values
    users = forward(2015, 2018, {}, "internet_users")
    plain = start["fixed_broadband"] * users / np.clip(start["internet_users"], 1e-3, 0.995)
    np.testing.assert_allclose(path[0.0], plain, rtol=1e-9)
    reach = yearly(run(2015, 2018, {}), "fixed") / np.clip(start["coverage_fixed"], 1e-3, 0.99)
    np.testing.assert_allclose(path[1.0], plain * reach, rtol=1e-9)


def test_wallets_stay_within_accounts_and_lean_as_told() -> None:
    low, high = (
        forward(2017, 2020, {"payments.wallet_lean": lean}, "mobile_money") for lean in (0.0, 4.0)
    )
    holders = forward(2017, 2020, {}, "accounts")
    start = load_world(2017).values["mobile_money"]
    rises = holders[-1] > load_world(2017).values["accounts"]
    # Where every account is a wallet nothing can lean further.
    some = rises & (start > 0.01) & (start < load_world(2017).values["accounts"])
    assert some.sum() > 30
    assert (high[-1] > low[-1])[some].all()
    assert (high <= np.maximum(holders, start) + 1e-3).all()
    none = start == 0
    assert none.any()
    assert np.all(high[:, none] == 0)


def test_the_push_fades_from_the_first_round_on() -> None:
    """Its strength is the slope of its sum, and without fading each year counts one."""
    assert push(2020, 0.0) - push(2012, 0.0) == pytest.approx(8)
    assert push(2009, 0.1) - push(2003, 0.1) == pytest.approx(6)
    for year in (2005.0, 2011.0, 2016.0):
        slope = push(year + 1e-6, 0.1) - push(year, 0.1)
        assert slope / 1e-6 == pytest.approx(push_now(year, 0.1), rel=1e-3)
    assert push_now(2021, 0.1) == pytest.approx(np.exp(-1))


def test_account_holding_is_under_way_at_the_start() -> None:
    """The first year's rise is no smaller than the fourth's by much: people were moving before."""
    path = forward(2017, 2021, {"payments.trend_fading": 0.0, "payments.speed": 0.3}, "accounts")
    start = load_world(2017).values["accounts"]
    rise = np.diff(np.vstack([start, path]), axis=0)[:, (start > 0.3) & (start < 0.6)].mean(axis=1)
    assert rise[0] > 0.7 * rise[-1]


def test_only_countries_with_a_figure_at_the_start_count() -> None:
    years, values = known(2014, "accounts")
    data = observed(2014, backtest.windows(2014, "accounts"), "accounts")
    seen = np.isfinite(data.means[0])
    assert np.array_equal(
        seen, np.isfinite(values[years == 2014][0]) & known_start(2011, "accounts")
    )
    assert 100 < seen.sum() < np.isfinite(values[years == 2014]).sum()


def test_past_errors_of_a_survey_come_from_its_rounds() -> None:
    assert past_starts(2017, "accounts") == [2011, 2014]
    assert past_starts(2017, "mobile_money") == [2014]
    assert past_starts(2012, "fixed_broadband") == list(range(2002, 2012))
    record = error_record(2017, "accounts", {}, Workers())
    assert list(record) == [3, 6]
    assert all(abs(np.median(errors)) < 1e-12 for errors in record.values())
    assert 200 < record[3].size < 300


def test_no_parameter_comes_from_after_the_origin(
    tiny: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not fitted to the series itself is held at fits to the same origin."""
    used: list[dict[str, float]] = []
    whole = backtest.Bank

    def spy(*arguments: Any) -> Any:
        used.append(dict(arguments[3] or {}))
        return whole(*arguments)

    monkeypatch.setattr(backtest, "Bank", spy)
    assert needed("accounts_gap") == ("internet_users", "accounts")
    with Workers(1) as who:
        found = fit_each(ORIGIN, needed("accounts_gap"), tmp_path / f"to-{ORIGIN}", who)
    use = found["internet_users"]
    assert used[0] == pytest.approx(dict(zip(use.names, use.draws.mean(axis=0), strict=True)))
    result = forecast(ORIGIN, 2017, "accounts_gap", tmp_path, 1)  # from the same fits
    assert list(result.posteriors) == ["internet_users", "accounts"]
    assert (result.lo90 <= result.mean).all()
    assert (result.mean <= result.hi90).all()
    on = contest(result)
    row = Row(result, on, backtest.scored(result, on))
    assert np.isnan(row.table["gini_error"]).all()
    assert "nan" not in all_methods(row)
    found_rows = {"accounts_gap": [row]}
    assert "gap in accounts" in series.overview(found_rows)
    assert len(series.bars(found_rows)) == 2


def test_comparison_in_level_tells_order_from_level() -> None:
    actual = np.array([[0.1, 0.2, np.nan, 0.4], [np.nan, np.nan, 0.3, np.nan]])
    made = 2 * np.where(np.isfinite(actual), actual, 0.9)
    users = np.array([[0.4, 0.3, 0.2, 0.1]] * 2)
    found = series.compare(made, actual, users)
    assert (found.countries, found.observed, found.model) == (4, 25.0, 50.0)
    assert found.error == pytest.approx(25)
    assert found.scaled == pytest.approx(0)
    assert found.ranks == pytest.approx(1)
    assert found.use_ranks < 0
    assert "| rank correlation of model and survey | 1.00 |" in series.level_table(found)


def test_a_bar_just_missed_is_said_to_be_missed() -> None:
    table = pd.DataFrame(
        {
            "method": ["model", "persistence"],
            "cells": 100,
            "mae": [6.2, 8.0],
            "coverage90": [0.96, 0.9],
            "difference": [np.nan, -1.8],
            "lo95": [np.nan, -2.0],
            "hi95": [np.nan, -1.0],
        }
    )

    class Result:
        origin, until = 2017, 2021

    row = Row(Result(), None, table)  # type: ignore[arg-type]
    verdicts = [line[-1] for line in series.bars({"accounts": [row]})]
    assert verdicts == ["met", "**missed**", "met", "**missed**"]
