"""Runs kept in a file: nothing is lost, nothing half written is believed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from divide.calibration.fit import bank
from divide.calibration.fit.bank import Bank, Window, prior_bounds, prior_sample, windows
from divide.calibration.fit.targets import FITTED, TARGETS
from divide.calibration.pool import Workers
from divide.model.declare.parameters import parameters

NAMES = ("adoption.innovation", "adoption.imitation")
WINDOW = Window(2002, 2004)
POINTS = np.array([[0.01, 0.3], [0.02, 0.4], [0.02, 0.4]])


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Runs asked for; each gives a path that tells the point."""
    asked: list[tuple] = []

    def simulate(
        names: tuple, point: tuple, window: Window, indicator: str, held: dict
    ) -> list[list[float]]:
        asked.append((point, window, indicator))
        return [[sum(point), float(window.origin)]] * (window.until - window.origin)

    monkeypatch.setattr(bank, "simulate", simulate)
    return asked


def made(path: Path, **settings: Any) -> Bank:
    return Bank(path, NAMES, **settings)


def test_only_missing_runs_are_made(runs: list, tmp_path: Path) -> None:
    path = tmp_path / "new" / "bank.jsonl"
    made(path).fill(POINTS[:1], [WINDOW], Workers())
    told: list[tuple[int, int]] = []
    second = made(path)
    second.fill(POINTS, [WINDOW], Workers(), lambda *at: told.append(at))
    assert [point for point, *_ in runs] == [(0.01, 0.3), (0.02, 0.4)]  # a point twice: once
    assert told == [(2, 2)]
    assert second.paths(POINTS, WINDOW).shape == (3, 2, 2)
    assert second.paths(POINTS, WINDOW)[:, 0, 0].tolist() == pytest.approx([0.31, 0.42, 0.42])
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("left", [1, 20, -2, -1])
def test_a_half_written_line_is_cut_off_and_run_again(
    left: int, runs: list, tmp_path: Path
) -> None:
    path = tmp_path / "bank.jsonl"
    made(path).fill(POINTS, [WINDOW], Workers())
    whole = path.read_bytes()
    first, second = whole.splitlines(keepends=True)
    path.write_bytes(first + second[:left])
    again = made(path)
    assert len(again.runs) == 1
    again.fill(POINTS, [WINDOW], Workers())
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"maker": 1}', b"1e999", b'{"path": [[0.1]]}'],
)
def test_spoilt_lines_are_passed_over(line: bytes, runs: list, tmp_path: Path) -> None:
    path = tmp_path / "bank.jsonl"
    made(path).fill(POINTS, [WINDOW], Workers())
    path.write_bytes(line + b"\n" + path.read_bytes())
    assert len(made(path).runs) == 2


def test_runs_of_another_model_or_fit_are_not_used(
    runs: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bank.jsonl"
    made(path).fill(POINTS, [WINDOW], Workers())
    assert len(made(path).runs) == 2
    assert not Bank(path, NAMES[::-1]).runs
    assert not made(path, indicator="accounts").runs
    assert not made(path, held={"adoption.ceiling": 0.95}).runs
    monkeypatch.setattr(bank, "maker", lambda: "a later model")
    assert not made(path).runs


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
    path = tmp_path / "bank.jsonl"
    point = np.array([[1 / 90, 1 / 3]])
    first = made(path)
    first.fill(point, [Window(2003, 2004)], Workers())
    fresh, kept = (b.paths(point, Window(2003, 2004)) for b in (first, made(path)))
    assert fresh.shape == (1, 1, 188)
    assert np.array_equal(fresh, kept)
    assert json.loads(path.read_text())["point"] == [round(1 / 90, 10), round(1 / 3, 10)]


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
        strata = np.floor(50 * (points - low) / (high - low)).astype(int)
        assert all(sorted(column) == list(range(50)) for column in strata.T.tolist())


def test_every_calibrated_parameter_of_these_processes_is_fitted_once() -> None:
    sections = ("adoption", "affordability", "infrastructure", "payments")
    declared = [
        name
        for name, entry in parameters().items()
        if entry.role == "calibrated" and name.split(".")[0] in sections
    ]
    fitted = [name for indicator in FITTED for name in TARGETS[indicator].parameters]
    assert sorted(fitted) == sorted(declared)


def test_what_a_series_comes_after_is_fitted_before_it() -> None:
    order = list(TARGETS)
    for name, target in TARGETS.items():
        assert all(order.index(before) < order.index(name) for before in target.after)
        assert set(target.after) <= set(FITTED)
