"""How many representative firms there are, and how many real ones each stands for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from divide.model.agents.firm import EMPLOYED, allocate_firms, firm_weights

PROPERTY = settings(deadline=None, max_examples=80, database=None)
NUMBERS = st.one_of(st.just(0.0), st.sampled_from([1.0, 3.0, 1e7]), st.floats(1e-3, 1e8))
TABLES = st.integers(1, 6).flatmap(lambda n: arrays(np.float64, (n, 16), elements=NUMBERS))


def with_firms(real: NDArray[np.float64]) -> int:
    return int((real.sum(axis=1) > 0).sum())


@PROPERTY
@given(TABLES.filter(lambda real: real.any()), st.integers(0, 3000))
def test_every_firm_is_counted_once(real: NDArray[np.float64], more: int) -> None:
    inhabited = with_firms(real)
    total = inhabited + more
    counts = allocate_firms(total, real)
    assert counts.sum() == total
    assert (counts >= 0).all() and (counts[real == 0] == 0).all()
    least = min(16, total // inhabited)
    assert (counts.sum(axis=1)[real.sum(axis=1) > 0] >= least).all()
    if least == 16:
        assert (counts[real > 0] > 0).all()
    weight = firm_weights(counts, real)
    np.testing.assert_allclose((weight * counts).sum(axis=1), real.sum(axis=1), rtol=1e-12)
    assert (weight[counts == 0] == 0).all()
    kept = counts > 0
    assert (weight[kept] * counts[kept] >= real[kept] * (1 - 1e-12)).all()
    assert np.array_equal(counts, allocate_firms(total, real))


@PROPERTY
@given(arrays(np.float64, (3, 16), elements=st.floats(1, 1e8)), st.integers(48, 5000))
def test_shares_follow_the_root_of_persons_employed(real: NDArray[np.float64], total: int) -> None:
    """Above the sixteen of every country, no cell is a whole firm off its share."""
    counts = allocate_firms(total, real)
    employed = real * EMPLOYED.repeat(4)
    quota = (total - 48) * np.sqrt(employed) / np.sqrt(employed).sum()
    assert (np.abs(counts - 1 - quota) < 1 + 1e-6).all()


@pytest.mark.parametrize("seed", range(10))
def test_order_of_countries_does_not_matter(seed: int) -> None:
    """But for exact ties, which real numbers of firms do not have."""
    rng = np.random.default_rng(seed)
    real = np.exp(rng.normal(7, 3, (190, 16)))
    order = rng.permutation(190)
    assert np.array_equal(allocate_firms(5000, real)[order], allocate_firms(5000, real[order]))


def test_a_country_with_few_kinds_still_gets_its_sixteen() -> None:
    real = np.zeros((2, 16))
    real[0, [2, 9, 11]] = 5.0, 80.0, 80.0
    real[1] = 1e6
    counts = allocate_firms(32, real)
    assert counts.sum(axis=1).tolist() == [16, 16]
    assert counts[0, [2, 9, 11]].tolist() == [5, 6, 5]


def test_a_country_without_firms_gets_none() -> None:
    real = np.zeros((3, 16))
    real[[0, 2], 0] = 10.0
    assert allocate_firms(10, real).sum(axis=1).tolist() == [5, 0, 5]


def test_unrepresented_kinds_count_with_the_nearest() -> None:
    real, counts = np.zeros((1, 16)), np.zeros((1, 16), dtype=np.int64)
    counts[0, [0, 2, 9]] = 2, 1, 4  # micro agri-food, micro machinery, medium light manufacture
    real[0, 0] = 100.0
    real[0, 1] = 10.0  # micro light manufacture: same size, either sector, so the lower code
    real[0, 6] = 7.0  # small machinery: one class off both ways, so its own sector
    real[0, 15] = 3.0  # large digital services: medium is nearest
    weight = firm_weights(counts, real)
    assert weight[0, [0, 2, 9]].tolist() == [55.0, 7.0, 0.75]
    assert np.count_nonzero(weight) == 3


def test_size_class_comes_before_sector() -> None:
    real, counts = np.zeros((1, 16)), np.zeros((1, 16), dtype=np.int64)
    real[0, 5] = 8.0  # small light manufacture
    counts[0, [1, 6]] = 1  # micro light manufacture, small machinery
    assert firm_weights(counts, real)[0, [1, 6]].tolist() == [0.0, 8.0]


def test_ties_go_to_the_earlier_cell() -> None:
    counts = allocate_firms(190 * 16 + 100, np.tile(600 / EMPLOYED.repeat(4), (190, 1))).reshape(-1)
    assert counts.tolist() == [2] * 100 + [1] * (190 * 16 - 100)


def test_what_cannot_be_shared_out_is_refused() -> None:
    real = np.ones((3, 16))
    for total in (0, -5, 2):
        with pytest.raises(ValueError, match=f"at least 3, .*each country.*got {total}"):
            allocate_firms(total, real)
    with pytest.raises(TypeError):
        allocate_firms(20.5, real)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="all zero"):
        allocate_firms(5, 0 * real)
    with pytest.raises(ValueError, match="finite and not negative"):
        allocate_firms(5, -real)
    with pytest.raises(ValueError, match="finite and not negative"):
        allocate_firms(5, real * np.nan)
    with pytest.raises(ValueError, match=r"\(countries, 16\), got \(3, 4\)"):
        allocate_firms(5, real[:, :4])
    with pytest.raises(ValueError, match=r"country rows \[1\] have real firms but no rep"):
        firm_weights(np.array([[1] * 16, [0] * 16, [1] * 16]), real)
    with pytest.raises(ValueError, match="counts have shape"):
        firm_weights(np.ones((2, 16), dtype=np.int64), real)
