"""Forecasts from a past year: the bar they must clear, no look-ahead, the same on any machine."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from divide.calibration.checks import check
from divide.calibration.fit.posterior import Posterior
from divide.calibration.fit.sample import Size
from divide.calibration.fit.targets import TARGETS
from divide.calibration.score import backtest
from divide.calibration.score.backtest import (
    as_table,
    contest,
    cut,
    emulated,
    fitted,
    forecast,
    phases,
    scored,
)
from divide.calibration.score.baselines import BASELINES
from divide.calibration.score.scores import compare_mae
from divide.experiments.carry.calls import Workers
from divide.experiments.keep import shards
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.model.declare.errors import InputError
from divide.model.world.datapackage import write_csv
from divide.model.world.loader import TABLES


def test_the_model_beats_the_anchored_logistic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 2012 to 2017, by more than chance, with intervals and bias that can be defended."""
    monkeypatch.setattr(backtest, "SIZE", Size(strata=2, walkers=18, burn_in=8, steps=8))
    monkeypatch.setattr(backtest, "PREDICTIVE", 24)
    result = forecast(2012, 2017, folder=tmp_path, processes=1)
    on = contest(result)
    table = scored(result, on).set_index("method")
    rival = table.loc["anchored_logistic"]
    assert table.loc["model", "mae"] < rival["mae"]
    assert rival["hi95"] < 0
    assert table.loc["model", "mae"] < 5
    assert abs(table.loc["model", "bias"]) < 3
    assert 0.8 < table.loc["model", "coverage90"] < 0.97
    gap = compare_mae(on.forecasts["model"][0], on.forecasts["anchored_logistic"][0], on.actual)
    assert gap.difference == pytest.approx(rival["difference"])


def test_the_forecast_does_not_depend_on_workers_or_on_what_others_left(
    small: Any, tiny: None, tmp_path: Path
) -> None:
    """A folder with the fit of another model and a damaged stratum, and two workers."""
    here = small.result
    bank = tmp_path / "bank"
    shutil.copytree(small.bank, bank)
    (place,) = (bank / "to-2007" / "sampled").iterdir()
    shutil.copytree(place, place.with_name("0123456789abcdef"))
    stratum = place / "stratum-0.json"
    before = stratum.read_bytes()
    stratum.write_bytes(before[:-100])
    there = forecast(2007, 2010, folder=bank, processes=2)
    for name in ("mean", "lo90", "hi90", "draws"):
        assert np.array_equal(getattr(here, name), getattr(there, name)), name
    assert np.array_equal(here.posterior.draws, there.posterior.draws)
    assert stratum.read_bytes() == before


def test_an_emulated_fit_does_not_depend_on_workers_or_on_a_bank_left_by_others(
    tiny: None, tmp_path: Path
) -> None:
    """Runs of another model, a damaged shard, and one that a killed writer left."""
    fit = (2008, "fixed_broadband", TARGETS["fixed_broadband"].parameters, tmp_path)
    with Workers(1) as run:
        here = emulated(*fit, run, None, {})
    (place,) = (path.parent for path in tmp_path.rglob(LEDGER))
    shutil.copytree(place, place.with_name("0123456789abcdef"))
    first, *_ = sorted(place.glob("shards/path/*"))
    shutil.copy(first, first.with_name("000099.parquet"))
    first.write_bytes(first.read_bytes()[:-100])
    with Ledger(place) as ledger:
        old = len(ledger.done())
    with Workers(2) as run:
        there = emulated(*fit, run, None, {})
    assert np.array_equal(here.draws, there.draws)
    with Ledger(place) as ledger:
        assert len(ledger.done()) == old
        assert shards.verify_contents(place, ledger) == []


def test_the_centre_of_equal_draws_is_their_value() -> None:
    """A mean that rounding carried past a bound would be refused."""
    draws = np.full((400, 1), 0.01)
    assert draws.mean() != 0.01
    found = Posterior(("adoption.observation_error",), draws, 1.0, np.zeros(1), None)
    assert backtest.centre([found]) == {"adoption.observation_error": 0.01}


def test_shorter_horizons_are_the_first_years_of_longer_ones(small: Any, tiny: None) -> None:
    shorter = forecast(2007, 2009, folder=small.bank, processes=1)
    first = cut(small.result, 2009)
    assert list(first.years) == list(shorter.years)
    for name in ("mean", "lo90", "hi90", "draws"):
        assert np.array_equal(getattr(first, name), getattr(shorter, name)), name


@pytest.fixture
def garbled(tmp_path: Path) -> Path:
    """The world's tables with nonsense in every year after 2007."""
    folder = tmp_path / "world"
    shutil.copytree(TABLES, folder)
    path = folder / "history.csv.gz"
    wide = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for column in [name for name in wide.columns[2:] if int(name) > 2007]:
        wide[column] = np.where(wide[column].notna(), 0.123, np.nan)
    write_csv(wide, path)
    return folder


def test_no_figure_after_the_origin_is_read(
    small: Any,
    tiny: None,
    garbled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Garbled later years give the same forecast, bit for bit."""
    monkeypatch.setenv("DIVIDE_WORLD", str(garbled))
    other = forecast(2007, 2010, folder=tmp_path / "bank", processes=1)
    kept = small.result
    for name in ("mean", "lo90", "hi90", "draws"):
        assert np.array_equal(getattr(kept, name), getattr(other, name)), name


def test_forecast_has_every_country_and_year(small: Any) -> None:
    result = small.result
    table = as_table(result)
    assert list(table.columns) == ["iso3", "year", "indicator", "mean", "lo90", "hi90"]
    assert len(table) == 188 * 3
    assert not table.duplicated(["iso3", "year"]).any()
    assert sorted(table["year"].unique()) == [2008, 2009, 2010]
    assert (table["lo90"] <= table["mean"]).all()
    assert (table["mean"] <= table["hi90"]).all()
    assert table["lo90"].min() >= 0
    assert table["hi90"].max() <= 100


def test_every_method_is_scored_on_the_same_observations(small: Any) -> None:
    on = contest(small.result)
    table = scored(small.result, on)
    assert list(table["method"]) == ["model", *BASELINES]
    assert (table["cells"] == table["cells"].iloc[0]).all()
    assert table["cells"].iloc[0] == np.isfinite(on.actual).sum() > 400
    assert table.loc[1:, ["difference", "lo95", "hi95", "p"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ((2004, 2010, "internet_users"), "origin: 2004 is out of range"),
        ((2022, 2023, "internet_users"), "allowed for internet_users: 2005 to 2021"),
        ((2013, 2017, "accounts"), "allowed for accounts: 2014 to 2020"),
        ((2010, 2010, "internet_users"), "until: 2010 is not after origin 2010"),
        ((2010, 2061, "internet_users"), "until: 2061 is out of range"),
        ((2014, 2017, "mobile_money"), "allowed for mobile_money: 2017 to 2020"),
        ((2007, 2012, "fixed_broadband"), "allowed for fixed_broadband: 2008 to 2020"),
        ((2015, 2022, "bought_online"), "not forecast 'bought_online' (allowed: internet_users, "),
    ],
)
def test_what_cannot_be_forecast_is_refused(request_: tuple[int, int, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        check(*request_)
    assert message in str(caught.value)


def test_progress_covers_every_phase(small: Any, tiny: None) -> None:
    """Every report names a known phase, in order, one run more each time, to its total."""
    expected = phases(2007, 2010, "internet_users")
    assert list(dict.fromkeys(phase for phase, *_ in small.told)) == list(expected)
    for name in expected:
        reports = [(done, total) for phase, done, total in small.told if phase == name]
        total = reports[0][1]
        # The second wave finds the runs of the first done already.
        assert reports == [(k, total) for k in range(reports[0][0], total + 1)]


def test_a_finished_fit_runs_nothing_again(small: Any, tiny: None) -> None:
    with Workers(1) as run:
        told: list[str] = []
        fitted(2007, "internet_users", small.bank / "to-2007", run, lambda *at: told.append(at[0]))
    assert told == []
