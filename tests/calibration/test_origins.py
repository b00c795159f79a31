"""Forecasts from many origins: subsets, what intervals hold, flags, free runs, and their tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from divide.calibration.score import flags, free, origins
from divide.calibration.score.backtest import cut
from divide.calibration.score.free import Free
from divide.calibration.score.origins import Forecasts, held, narrowed, of_group, world_band
from divide.calibration.score.rows import Row, as_row
from divide.calibration.score.scores import bias, mae
from divide.calibration.write import use
from divide.experiments.carry.calls import Workers
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters


@pytest.fixture(scope="module")
def row(small: Any) -> Row:
    return as_row(small.result, 4.0)


def test_each_origin_is_forecast_once(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def forecast(origin: int, until: int, *_: object, **__: object) -> Any:
        asked.append((origin, until))
        return small.result

    monkeypatch.setattr(origins.backtest, "forecast", forecast)
    told: list[str] = []
    made = Forecasts(Path(), Workers(1), told.append)
    first, second = made.row(2007, 2008), made.row(2007, 2010, 3.0)
    assert asked == [(2007, 2022)]
    assert told == ["forecast 2007 to 2022"]
    assert list(first.contest.years) == [2008]
    assert second.bar == 3.0
    assert second.model["mae"] == as_row(small.result).model["mae"]
    early = as_row(cut(small.result, 2008))
    pd.testing.assert_frame_equal(first.table, early.table)


def test_groups_share_out_the_observations(row: Row) -> None:
    parts = [of_group(row, (name,)) for name in use.GROUPS]
    cells = [int(part.model["cells"]) for part in parts]
    # A few countries have no income group.
    assert 0.97 * row.model["cells"] < sum(cells) <= row.model["cells"]
    poor, made = parts[0], row.contest.forecasts["model"][0]
    assert poor.model["mae"] == pytest.approx(mae(made, poor.contest.actual))
    assert poor.model["bias"] == pytest.approx(bias(made, poor.contest.actual))
    assert poor.model["mae"] != row.model["mae"]


def test_shares_inside_are_of_years_and_groups(row: Row) -> None:
    assert held([row], 0, 9999) == pytest.approx(row.model["coverage90"])
    each = [held([row], year, year) for year in row.contest.years]
    seen = np.isfinite(row.contest.actual).sum(axis=1)
    assert np.average(each, weights=seen) == pytest.approx(row.model["coverage90"])
    assert np.isnan(held([row], 1990, 1995))
    poor = of_group(row, use.POOR)
    assert held([row], 0, 9999, use.POOR) == pytest.approx(poor.model["coverage90"])


def test_the_band_of_the_world_is_of_the_countries_seen(row: Row) -> None:
    mean, low, high = world_band(row)
    seen = np.isfinite(row.contest.actual[-1])
    assert mean[-1] == pytest.approx(row.contest.actual[-1, seen].mean())
    means = row.result.draws[:, -1][:, seen].mean(axis=1)
    assert low[-1] == pytest.approx(np.quantile(means, 0.05))
    assert high[-1] == pytest.approx(np.quantile(means, 0.95))


@pytest.fixture
def known(row: Row) -> pd.DataFrame:
    """Every second country estimated."""
    iso3 = list(row.result.iso3)
    kind = np.tile(np.arange(len(iso3)) % 2, (4, 1)).astype(float)
    return pd.DataFrame(kind, index=range(2008, 2012), columns=iso3)


def test_surveyed_and_estimated_figures_are_told_apart(row: Row, known: pd.DataFrame) -> None:
    parts = {kind: flags.only(row, known, estimated=kind) for kind in (True, False)}
    cells = sum(int(part.model["cells"]) for part in parts.values())
    assert cells == row.model["cells"]
    estimated = parts[True].contest.actual
    assert np.isnan(estimated[:, ::2]).all()
    assert np.isfinite(estimated[:, 1::2]).sum() == parts[True].model["cells"]
    assert "surveyed" in use.kinds([row], known)
    assert "without the flags" in use.kinds([row], None)
    assert list(use.kind_bars([row], None)) == []
    assert len(list(use.kind_bars([row], known))) == 2


def test_a_file_of_flags_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    path.write_text(
        "iso3,year,indicator,value\n"
        f"AFG,2010,{flags.INDICATOR},1\nNAM,2010,{flags.INDICATOR},0\nNAM,2011,other,7\n"
    )
    found = flags.read(path)
    assert found.loc[2010, "AFG"] == 1
    assert found.loc[2010, "NAM"] == 0
    assert found.shape == (1, 2)
    for text, message in (
        ("iso3,year\nAFG,2010\n", "no column indicator, value"),
        ("iso3,year,indicator,value\nAFG,2010,other,1\n", "no flags"),
        (f"iso3,year,indicator,value\nAFG,2010,{flags.INDICATOR},2\n", "no flags"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            flags.read(path)
    with pytest.raises(InputError, match="missing"):
        flags.read(tmp_path / "missing.csv")


def test_errors_of_a_free_run_are_of_its_last_year() -> None:
    _, actual = free.truth("internet_users", 2011, 2012)
    path = np.nan_to_num(actual) + 0.01
    found = free.errors(2010, 2012, path)
    assert found.mean == pytest.approx(1)
    np.testing.assert_allclose(found.percentiles, 1)
    assert found.mae == pytest.approx(1)
    assert found.gini < 0


def test_free_runs_know_the_pandemic_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def forward(origin: int, last: int, point: dict[str, float]) -> Any:
        asked.append((origin, last, point))
        return np.full((last - origin, 188), 0.5)

    monkeypatch.setattr(free, "forward", forward)
    found = free.run({"adoption.trend": 0.1}, Workers(1))
    pace = parameters()["adoption.pandemic"].value
    assert pace != 1
    assert asked == [
        (origin, 2022, {"adoption.trend": 0.1, "adoption.pandemic": pace})
        for origin in free.ORIGINS
    ]
    assert [one.origin for one in found] == list(free.ORIGINS)


def test_tables_and_bars_tell_what_is_met(row: Row) -> None:
    lines = list(use.row_bars([row]))
    expected = "met" if row.model["mae"] <= 4.0 else "**missed**"
    assert lines[0][2:] == [f"{row.model['mae']:.2f}", expected]
    runs = [Free(2003, 1.0, 0.01, (1, -3.6, 2), 5.0)]
    assert [line[-1] for line in use.free_bars(runs)] == ["met", "met", "**missed**"]
    stay = row.against("persistence")
    verdicts = [line[-1] for line in use.yearly_bars([row, row])]
    won = stay["difference"] < 0
    assert verdicts[0] == ("met" if won else "**missed**")
    for text in (use.yearly([row]), use.matrix([row]), use.long([row]), use.by_group(row)):
        assert "nan" not in text
        assert f"{row.model['mae']:.2f}" in text
    assert len(list(use.long_bars([row]))) == 2
    assert len(list(use.more_bars([row]))) == 2
    assert "2007 → 2010" in use.coverage([row])
    assert "of 3" in use.band([row])


def test_narrowing_keeps_the_forecast(row: Row) -> None:
    cells = np.zeros(row.contest.actual.shape, dtype=bool)
    cells[0] = True
    cells[-1, :50] = True
    part = narrowed(row, cells)
    assert part.result is row.result
    assert part.model["cells"] == np.isfinite(row.contest.actual[cells]).sum()
