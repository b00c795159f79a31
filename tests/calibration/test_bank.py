"""Runs kept in a folder: nothing is lost, nothing damaged or half written is believed."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from divide.calibration.fit import bank, sample
from divide.calibration.fit.bank import PATH, Bank, Window, prior_bounds, prior_sample, windows
from divide.calibration.fit.hindcast import forward
from divide.calibration.fit.targets import FITTED, TARGETS
from divide.experiments.carry.calls import JobError, Workers
from divide.experiments.keep import shards
from divide.experiments.keep.ledger import LEDGER, Ledger
from divide.experiments.keep.lock import writing
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.declare.priors import read_prior
from divide.model.model import DigitalDivideModel

NAMES = ("adoption.innovation", "adoption.imitation")
WINDOW = Window(2002, 2004)
POINTS = np.array([[0.01, 0.3], [0.02, 0.4], [0.02, 0.4]])


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Runs asked for; each gives a path that tells the point."""
    asked: list[tuple] = []

    def simulate(
        names: tuple, point: tuple, window: Window, indicator: str, held: dict
    ) -> np.ndarray:
        asked.append((point, window, indicator))
        if point[0] < 0:
            raise ValueError("the bridge is out")
        return np.full((window.until - window.origin, 188), sum(point))

    monkeypatch.setattr(bank, "simulate", simulate)
    return asked


def made(folder: Path, **settings: Any) -> Bank:
    return Bank(folder, NAMES, **settings)


def filled(folder: Path, points: np.ndarray = POINTS) -> Bank:
    found = made(folder)
    found.fill(points, [WINDOW], Workers())
    return found


def shards_of(found: Bank, table: str = PATH) -> list[Path]:
    with Ledger(found.place) as ledger:
        return [Path(path) for path in shards.files(found.place, ledger, table)]


def test_only_missing_runs_are_made(runs: list, tmp_path: Path) -> None:
    filled(tmp_path / "new", POINTS[:1])
    told: list[tuple[int, int]] = []
    second = made(tmp_path / "new")
    second.fill(POINTS, [WINDOW], Workers(), lambda *at: told.append(at))
    assert [point for point, *_ in runs] == [(0.01, 0.3), (0.02, 0.4)]  # a point twice: once
    assert told == [(2, 2)]
    assert second.paths(POINTS, WINDOW).shape == (3, 2, 188)
    assert second.paths(POINTS, WINDOW)[:, 0, 0].tolist() == pytest.approx([0.31, 0.42, 0.42])
    kept = made(tmp_path / "new")
    assert np.array_equal(kept.paths(POINTS, WINDOW), second.paths(POINTS, WINDOW))
    with Ledger(kept.place) as ledger:
        assert [digest for _, digest, _ in ledger.contents()] == [kept.digest_of(k) for k in (0, 1)]
        assert shards.verify_contents(kept.place, ledger) == []


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("harm", [_cut, _flip, Path.unlink])
@pytest.mark.parametrize("table", ["point", "path"])
def test_what_is_damaged_is_found_out_and_run_again(
    table: str, harm: Callable[[Path], None], runs: list, tmp_path: Path
) -> None:
    filled(tmp_path, POINTS[:1])
    whole = filled(tmp_path)
    harm(shards_of(whole, table)[0])
    again = made(tmp_path)
    assert list(again.runs) == [((0.02, 0.4), WINDOW)]
    again.fill(POINTS, [WINDOW], Workers())
    assert [point for point, *_ in runs] == [(0.01, 0.3), (0.02, 0.4), (0.01, 0.3)]
    kept = made(tmp_path)
    assert np.array_equal(kept.paths(POINTS, WINDOW), whole.paths(POINTS, WINDOW))


def test_what_was_never_acknowledged_is_removed(runs: list, tmp_path: Path) -> None:
    """A shard that a killed writer renamed, and one that it was about to write."""
    whole = filled(tmp_path)
    (shard,) = shards_of(whole)
    strays = [shard.with_name("000002.parquet"), shard.with_name(".part-000002")]
    for stray in strays:
        shutil.copy(shard, stray)
    assert len(made(tmp_path).runs) == 2
    assert not any(stray.exists() for stray in strays)


def test_a_run_that_fails_is_named_and_costs_no_other(runs: list, tmp_path: Path) -> None:
    points = np.array([[0.01, 0.3], [-1.0, 0.4], [0.02, 0.4]])
    with pytest.raises(JobError, match=r"simulate\(.*-1\.0.*ValueError: the bridge is out"):
        filled(tmp_path, points)
    assert list(made(tmp_path).runs) == [((0.01, 0.3), WINDOW)]


def test_an_interrupt_keeps_what_was_finished(runs: list, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path).fill(POINTS, [WINDOW], Workers(), interrupt)
    assert list(made(tmp_path).runs) == [((0.01, 0.3), WINDOW)]


def test_a_second_writer_and_a_ledger_that_is_none_are_refused(runs: list, tmp_path: Path) -> None:
    whole = filled(tmp_path)
    with writing(whole.place), pytest.raises(InputError, match="has been writing there since"):
        made(tmp_path)
    (whole.place / LEDGER).write_bytes(b"not a database, but long enough to be looked at" * 9)
    with pytest.raises(InputError, match="not a ledger of runs"):
        made(tmp_path)


def test_runs_of_another_model_or_fit_are_not_used(
    runs: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    assert len(made(tmp_path).runs) == 2
    assert not Bank(tmp_path, NAMES[::-1]).runs
    assert not made(tmp_path, indicator="accounts").runs
    assert not made(tmp_path, held={"adoption.ceiling": 0.95}).runs
    monkeypatch.setattr(bank, "maker", lambda: "a later model")
    assert not made(tmp_path).runs


def test_the_digest_follows_code_and_declarations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setattr(bank.divide.model, "__file__", str(tmp_path / "__init__.py"))
    before = bank.maker()
    assert bank.maker() == before
    (tmp_path / "notes.md").write_text("no code")
    assert bank.maker() == before
    (tmp_path / "adoption.yaml").write_text("imitation: {}")
    assert bank.maker() != before


def test_what_is_kept_is_the_run_of_the_rounded_point(tmp_path: Path) -> None:
    """A path read back equals the path just made, whatever the digits of the point."""
    point, window = np.array([[1 / 90, 1 / 3]]), Window(2003, 2004)
    first = made(tmp_path)
    first.fill(point, [window], Workers())
    fresh, kept = (b.paths(point, window) for b in (first, made(tmp_path)))
    assert fresh.shape == (1, 1, 188)
    assert np.array_equal(fresh, kept)
    rounded = (round(1 / 90, 10), round(1 / 3, 10))
    assert list(made(tmp_path).runs) == [(rounded, window)]
    expected = forward(2003, 2004, dict(zip(NAMES, rounded, strict=True)))
    assert np.array_equal(kept[0], np.round(expected, 6))


def test_a_run_of_a_bank_is_a_scenario_like_any_other(runs: list, tmp_path: Path) -> None:
    run = filled(tmp_path).run(1)
    asked = dict(zip(NAMES, (0.02, 0.4), strict=True))
    assert dict(run.scenario.parameters) == {"adoption.pandemic": 1.0, **asked}
    model = DigitalDivideModel(run.scenario)
    assert (model.plan.start, model.plan.until) == (WINDOW.origin, WINDOW.until)


def test_windows_end_by_the_last_year_known() -> None:
    for last in range(2005, 2023):
        over = windows(last)
        assert all(window.until - window.origin == bank.SPAN for window in over)
        assert over[0].until == last
        assert min(window.origin for window in over) >= 2000
    assert windows(2005) == (Window(2000, 2005),)
    assert windows(2020, "accounts") == (Window(2014, 2017), Window(2011, 2014))
    # The halves of the last round asked in different countries.
    assert windows(2022, "accounts")[:2] == (Window(2017, 2022), Window(2017, 2021))
    assert windows(2017, "mobile_money") == (Window(2014, 2017),)


def test_prior_sample_fills_the_declared_bounds() -> None:
    for indicator in FITTED:
        names = TARGETS[indicator].parameters
        low, high = prior_bounds(names).T
        points = prior_sample(50, 1, names)
        assert ((low <= points) & (points <= high)).all()
        priors = [parameters()[name].prior for name in names]
        quantiles = [prior.cdf(points[:, k]) for k, prior in enumerate(priors)]
        strata = np.floor(50 * np.array(quantiles).T).astype(int)
        assert all(sorted(column) == list(range(50)) for column in strata.T.tolist())


def test_prior_sample_is_spread_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    prior = read_prior({"lognormal": {"median": 0.02, "low": 0.01, "high": 0.04}}, (0.003, 0.05))
    declared = replace(parameters()[NAMES[0]], prior=prior)
    monkeypatch.setitem(parameters(), NAMES[0], declared)
    points = prior_sample(40, 1, NAMES)
    assert sorted(np.floor(40 * prior.cdf(points[:, 0])).astype(int)) == list(range(40))
    assert prior_bounds(NAMES)[0].tolist() == [0.003, 0.05]


def test_every_calibrated_parameter_of_these_processes_is_fitted_once() -> None:
    sections = ("adoption", "affordability", "infrastructure", "payments")
    declared = [
        name
        for name, entry in parameters().items()
        if entry.role == "calibrated" and name.split(".")[0] in sections
    ]
    fitted = [name for indicator in FITTED for name in TARGETS[indicator].parameters]
    fitted += sample.SPREAD  # fitted to how far past forecasts erred
    assert sorted(fitted) == sorted(declared)


def test_what_a_series_comes_after_is_fitted_before_it() -> None:
    order = list(TARGETS)
    for name, target in TARGETS.items():
        assert all(order.index(before) < order.index(name) for before in target.after)
        assert set(target.after) <= set(FITTED)
