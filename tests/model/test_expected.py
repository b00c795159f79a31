"""What is expected of firms is what many of them do, and the luck of few is scaled to real ones."""

import numpy as np
import pytest

from benchmarks.conditions import ColumnFirms, Conditions
from divide.model import DigitalDivideModel, Scenario
from divide.model.processes import expected, firms


def nobody(m: DigitalDivideModel, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a mean path alone says of as many firms as are representative."""
    none = np.zeros_like(m.firm_counts)
    many = m.firm_counts.astype(float)
    counts, capacity = np.zeros((*none.shape, 4), np.int64), np.zeros((m.n, 4), np.int64)
    spread = expected.spread(none, many)
    return expected.real(path, m.state.typical_firms, counts, capacity, spread)


def test_many_firms_do_what_is_expected_of_them() -> None:
    """Typical firms follow the whole distribution, when odds jump too."""
    m = DigitalDivideModel(Scenario(firms=600_000))
    columns, path = ColumnFirms(Conditions.of(m), 1), m.state.expected_path.copy()
    pace, world = firms.speed(m).astype(np.float32), m.firm_counts / m.firm_counts.sum()
    for step in range(12):
        met = columns.meeting()
        met = met._replace(odds=met.odds * (3.0 if step < 8 else 0.3))
        firms.move(columns.firms, columns.sums, met, firms.keys(1, step))
        columns.share = columns.sums.counts / np.maximum(m.firm_counts, 1)[:, :, None]
        expected.advance(path, met.odds, pace, m.state.typical_firms)
        share, capacity = nobody(m, path)
        for state, within in enumerate((0.003, 0.004, 0.006, 0.012)):
            drawn = (columns.share[:, :, state] * world).sum()
            assert (share[:, :, state] * world).sum() == pytest.approx(drawn, rel=within)
        exports = columns.ladder() == 4
        size, sold = columns.firms.kind[exports] // 4, columns.firms.productivity[exports]
        made = np.bincount(size, sold)
        np.testing.assert_allclose(capacity.sum(axis=0), made, rtol=0.04)


def test_luck_is_that_of_real_firms() -> None:
    """As many as there are count as drawn, a hundredth as many a tenth as far."""
    m = DigitalDivideModel(Scenario(firms=2_000))
    s, some = m.state, m.firm_counts > 0
    mean = nobody(m, s.expected_path)[0]
    for fewer in (1, 100):
        there = np.where(some, m.firm_counts * float(fewer), 1.0)
        share = expected.real(
            s.expected_path, s.typical_firms, s.firm_counts, s.capacity,
            expected.spread(m.firm_counts, there),
        )[0]  # fmt: skip
        drawn = mean + (s.firm_share - mean) / np.sqrt(fewer)
        np.testing.assert_allclose(share[some], drawn[some], atol=1e-12)
        np.testing.assert_allclose(share[~some], mean[~some], atol=1e-12)


def test_what_is_written_to_firms_is_no_luck() -> None:
    m = DigitalDivideModel(Scenario(firms=20_000, until=2024))
    row = m.row_of["KEN"]
    before = m.firm_shares()[:, row]
    for name in ("connected", "accepts", "sells_online"):
        m.firms.select(lambda firm: firm.country.row == row).set(name, True)
    firms.sums(m)
    after = m.firm_shares()[:, row]
    assert before[2] < 0.5
    assert (after[:3] > 0.97).all()
    assert after[3] == pytest.approx(before[3], abs=0.01)
