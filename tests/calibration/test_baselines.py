"""The methods to beat: hand-made cases, the published figures, nothing later than the origin."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from divide.calibration.fit.observations import common_sample, eligible, known, truth
from divide.calibration.score.baselines import BASELINES, fit_logistic, pooled_regression
from divide.calibration.score.scores import crps_draws, mae, only, score
from divide.model.world import load_world
from divide.model.world.datapackage import write_csv
from divide.model.world.impute import expit, logit
from divide.model.world.loader import TABLES

WINDOWS = ((2015, 2022), (2010, 2015), (2012, 2019), (2008, 2015))
# Mean absolute errors as published, percentage points, in the order of WINDOWS. The first three
# methods were published for one window, on a wider sample of countries.
PUBLISHED = {
    "persistence": ((13.30,), 0.15),
    "linear_trend": ((7.35,), 0.15),
    "logit_trend": ((7.28,), 0.15),
    "anchored_logistic": ((6.35, 6.17, 6.88, 7.72), 0.1),
    "pooled_regression": ((5.73, 3.79, 4.80, 4.69), 0.1),
    # The figures were published on another vintage of the HDI, which the regression reads.
    "mean_of_two": ((5.33, 4.71, 5.19, 5.87), 0.12),
}


@pytest.mark.parametrize("name", BASELINES)
def test_published_errors_come_out(name: str) -> None:
    """Same cells, same methods, same figures."""
    figures, tolerance = PUBLISHED[name]
    for (origin, last), figure in zip(WINDOWS, figures, strict=False):
        years, values = truth("internet_users", origin + 1, last)
        forecast = BASELINES[name].forecast(origin, years)
        found = mae(forecast.mean, only(values, common_sample(origin)))
        assert found == pytest.approx(figure, abs=tolerance), (origin, last)


def test_published_bias_of_the_pooled_regression() -> None:
    """It misses the surge of 2020-22: -3.7 points over 2016-22."""
    years, values = truth("internet_users", 2016, 2022)
    found = score(
        *BASELINES["pooled_regression"].forecast(2015, years), only(values, common_sample(2015))
    )
    assert found.bias == pytest.approx(-3.7, abs=0.2)


@pytest.mark.parametrize("name", BASELINES)
def test_forecasts_have_their_form(name: str) -> None:
    """Shares in order, one for every country of the common sample, wider with the horizon."""
    years = [2016, 2019, 2022]
    mean, lo, hi = BASELINES[name].forecast(2015, years)
    sample = common_sample(2015)
    for part in (mean, lo, hi):
        assert part.shape == (3, 188)
        assert np.isfinite(part[:, sample]).all()
        assert np.nanmin(part) >= 0
        assert np.nanmax(part) <= 1
    assert (lo[:, sample] <= mean[:, sample]).all()
    assert (mean[:, sample] <= hi[:, sample]).all()
    assert (np.diff((hi - lo)[:, sample].mean(axis=1)) > 0).all()
    draws = BASELINES[name].ensemble(2015, years)
    assert draws.shape == (50, 3, 188)
    assert (np.diff(draws[:, :, sample], axis=0) >= 0).all()
    inside = ((draws >= lo) & (draws <= hi))[:, :, sample].mean()
    assert 0.88 <= inside <= 1
    # Another selection of years changes no forecast.
    assert np.array_equal(BASELINES[name].forecast(2015, [2019]).mean[0], mean[1], equal_nan=True)


def test_intervals_cover_about_what_they_say() -> None:
    """From their own past alone, in the two windows with a long record."""
    for origin, last in ((2015, 2022), (2012, 2019)):
        years, values = truth("internet_users", origin + 1, last)
        actual = only(values, common_sample(origin))
        for method in BASELINES.values():
            found = score(*method.forecast(origin, years), actual)
            assert 0.85 <= found.coverage90 <= 0.96, (method.name, origin)
            assert crps_draws(method.ensemble(origin, years), actual) < found.mae


@pytest.mark.parametrize("indicator", ["internet_users", "accounts"])
@pytest.mark.parametrize("origin", [2010, 2017])
def test_nothing_later_than_the_origin_matters(
    origin: int, indicator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Garble every later figure: mean and interval are the same, bit for bit."""
    methods = [BASELINES[name] for name in BASELINES]
    if indicator == "accounts":
        methods = methods[:4]
    years = range(origin + 1, origin + 6)
    before = [method.forecast(origin, years, indicator) for method in methods]
    shutil.copytree(TABLES, tmp_path, dirs_exist_ok=True)
    history = pd.read_csv(TABLES / "history.csv.gz")
    later = [column for column in history.columns if column.isdigit() and int(column) > origin]
    history[later] = np.random.default_rng(1).uniform(0, 90, (len(history), len(later)))
    write_csv(history, tmp_path / "history.csv.gz")
    monkeypatch.setenv("DIVIDE_WORLD", str(tmp_path))
    garbled = truth(indicator, 2022, 2022)[1]
    assert np.isfinite(garbled).sum() > 130  # the garbled table is in use
    for method, forecast in zip(methods, before, strict=True):
        for one, other in zip(method.forecast(origin, years, indicator), forecast, strict=True):
            assert np.array_equal(one, other, equal_nan=True), method.name


def test_persistence_and_trends_by_hand() -> None:
    """Germany from 2010."""
    k = load_world(2010).iso3.index("DEU")
    years, values = known(2010, "internet_users")
    recent = values[years >= 2005, k]
    assert len(recent) == 6
    assert BASELINES["persistence"].forecast(2010, [2013]).mean[0, k] == recent[-1]
    slope = np.polyfit(np.arange(6), recent, 1)[0]
    linear = BASELINES["linear_trend"].forecast(2010, [2013]).mean[0, k]
    assert linear == pytest.approx(recent[-1] + 3 * slope)
    slope = np.polyfit(np.arange(6), logit(recent), 1)[0]
    logistic = BASELINES["logit_trend"].forecast(2010, [2013]).mean[0, k]
    assert logistic == pytest.approx(expit(logit(recent[-1:]) + 3 * slope)[0])


def test_logistic_fit_agrees_with_scipy() -> None:
    """All countries at once give what one fit at a time gives; an exact curve is found."""
    years, values = known(2015, "internet_users")
    time, values = years[years >= 2000] - 2015, values[years >= 2000]
    level, rate = fit_logistic(time, values)
    for k in range(0, 188, 20):
        seen = ~np.isnan(values[:, k])
        best, _ = curve_fit(
            lambda t, a, r: 1 / (1 + np.exp(-a - r * t)), time[seen], values[seen, k], p0=[0, 0.2]
        )
        assert (level[k], rate[k]) == pytest.approx(tuple(best), abs=1e-4)
    exact = expit(0.3 + 0.25 * time[:, None].astype(float))
    gaps = np.where(np.arange(len(time))[:, None] % 3 == 0, np.nan, exact)
    few = np.where(np.arange(len(time))[:, None] < 2, exact, np.nan)
    level, rate = fit_logistic(time, np.hstack([exact, gaps, few]))
    assert np.column_stack([level, rate])[:2] == pytest.approx(
        np.array([[0.3, 0.25]] * 2), abs=1e-6
    )
    assert np.isnan([level[2], rate[2]]).all()


def test_anchored_logistic_rises_from_the_last_observation() -> None:
    """The forecast minus the last observation is the rise of the fitted curve."""
    k = load_world(2012).iso3.index("VNM")
    years, values = known(2012, "internet_users")
    used = years >= 2000
    level, rate = fit_logistic(years[used] - 2012, values[used][:, k : k + 1])
    rise = expit(level + 4 * rate) - expit(level)
    found = BASELINES["anchored_logistic"].forecast(2012, [2016]).mean[0, k]
    assert found == pytest.approx((values[-1, k] + rise)[0])


def test_mean_of_two_is_the_mean() -> None:
    """Of the anchored logistic and the pooled regression."""
    a, b, both = (
        BASELINES[name].forecast(2012, [2014]).mean
        for name in ("anchored_logistic", "pooled_regression", "mean_of_two")
    )
    assert np.array_equal(both, (a + b) / 2, equal_nan=True)


def test_pooled_regression_for_countries_left_out() -> None:
    """They start from their own level and get no effect; the others' forecasts change little."""
    world, sample = load_world(2015, impute=False), common_sample(2015)
    years, values = truth("internet_users", 2016, 2022)
    out = np.arange(188) % 5 == 0
    forecast = pooled_regression(world, years, fitted=~out)
    assert np.isfinite(forecast[:, sample]).all()
    whole = pooled_regression(world, years)
    unseen = only(values, sample & out)
    assert mae(forecast, unseen) < 1.25 * mae(whole, unseen)
    assert np.abs(forecast - whole)[:, sample & ~out].mean() < 0.01
    assert not np.array_equal(forecast[:, sample & out], whole[:, sample & out])


def test_surveys() -> None:
    """Accounts of 2021-22 from 2017: simple methods apply, the regression does not."""
    years, values = truth("accounts", 2018, 2022)
    actual = only(values, eligible(2017, "accounts"))
    persistence = BASELINES["persistence"].forecast(2017, years, "accounts")
    found = score(*persistence, actual)
    assert found.cells == 132
    assert found.mae == pytest.approx(7.86, abs=0.01)  # what forecasts of accounts must beat
    with pytest.raises(ValueError, match="forecasts internet_users, not accounts"):
        BASELINES["pooled_regression"].forecast(2017, years, "accounts")
    # Before a second survey nobody knows how far a forecast misses.
    mean, lo, hi = BASELINES["persistence"].forecast(2011, [2014], "accounts")
    assert np.isfinite(mean).sum() == 139
    assert np.isnan([lo, hi]).all()
    assert np.isnan(BASELINES["linear_trend"].forecast(2010, [2014], "accounts").mean).all()


@pytest.mark.parametrize("years", [[2015], [2014, 2016], []])
def test_only_later_years_can_be_forecast(years: list[int]) -> None:
    """The origin itself is known."""
    with pytest.raises(ValueError, match="must lie after the origin 2015"):
        BASELINES["persistence"].forecast(2015, years)
