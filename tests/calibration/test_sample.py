"""Direct sampling: a known truth is found, cut parameters stay as they were, restarts agree."""

import copy
from pathlib import Path

import numpy as np
import pytest

from divide.calibration.fit import drivers, sample
from divide.calibration.fit.kept import Kept
from divide.calibration.fit.sample import Size, Window, cut_names, cut_values, sampled_names
from divide.experiments.carry.calls import Workers
from divide.model.declare.parameters import parameters

LAST = 2007
SIZE = Size(strata=2, walkers=16, burn_in=2, steps=2)


@pytest.fixture(scope="module")
def over() -> tuple[Window, ...]:
    return sample.windows(LAST)


def made_up(window: Window, trend: float) -> Window:
    """A window observed without error in a world with another trend."""
    made = copy.copy(window)
    path = drivers.run(window.recorded, drivers.values({"adoption.trend": trend}))[0]
    made.observed = np.where(window.seen, path, np.nan)
    return made


def test_spans_end_by_the_last_year_and_start_with_the_record() -> None:
    for last in range(2005, 2023):
        spans = sample.spans(last)
        assert spans
        assert all(2000 <= start < end <= last for start, end in spans)
        assert all(end - start <= sample.SPAN for start, end in spans if end < last)
    assert (2022 - sample.LONG[0], 2022) in sample.spans(2022)


def test_a_window_holds_figures_to_the_last_year_of_countries_that_start_at_their_own(
    over: tuple[Window, ...],
) -> None:
    for window in over:
        years = window.recorded.years
        assert window.observed.shape == (years, len(window.recorded.level))
        assert window.recorded.origin + years <= LAST
        assert not window.seen[:, ~window.recorded.known].any()
        assert window.seen.mean() > 0.5


def test_pandemic_is_known_only_to_fits_that_saw_it() -> None:
    assert sample.aware(2020) == {"adoption.pandemic": 1.0}
    assert sample.aware(2021) == {"adoption.pandemic": parameters()["adoption.pandemic"].value}


@pytest.mark.parametrize("trend", [0.0, 0.25])
def test_a_known_trend_is_found(over: tuple[Window, ...], trend: float) -> None:
    windows = [made_up(window, trend) for window in over]
    given = {name: parameters()[name].value for name in cut_names()}
    size = Size(strata=1, walkers=20, burn_in=15, steps=10)
    draws = sample.explore(windows, given, np.random.RandomState(1), size)
    assert draws.shape == (200, len(sampled_names()) + len(cut_names()))
    column = draws[:, sampled_names().index("adoption.trend")]
    low, high = np.quantile(column, (0.02, 0.98))
    assert low < trend < high
    assert column.std() < 0.6 * parameters()["adoption.trend"].prior.sd
    for k, name in enumerate((*sampled_names(), *cut_names())):
        low, high = parameters()[name].bounds
        assert ((low <= draws[:, k]) & (draws[:, k] <= high)).all(), name


def test_hidden_countries_do_not_count(over: tuple[Window, ...]) -> None:
    hidden = np.arange(len(over[0].recorded.level)) % 3 == 0
    given = {name: parameters()[name].value for name in cut_names()}
    before = sample.log_likelihood(given, over, hidden)
    assert before != sample.log_likelihood(given, over, None)
    for window in over:
        other = copy.copy(window)
        other.observed = np.where(hidden, 0.123, window.observed)
        others = [other if one is window else one for one in over]
        assert sample.log_likelihood(given, others, hidden) == before


def test_strata_are_a_hypercube_of_the_priors() -> None:
    found = cut_values(5)
    for name in cut_names():
        middle = parameters()[name].prior.ppf((np.arange(5) + 0.5) / 5)
        np.testing.assert_allclose(sorted(values[name] for values in found), middle)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory):
    """A small posterior made in this process, its folder and what was told."""
    folder, told = tmp_path_factory.mktemp("kept"), []
    with Workers(1) as run:
        found = sample.sample(LAST, folder, run, lambda *at: told.append(at), draws=20, size=SIZE)
    return found, folder, told


def test_cut_parameters_are_not_updated(alone) -> None:
    """Their draws are the strata of the priors, each as often as the other."""
    found, _, told = alone
    assert told == [(1, 2), (2, 2)]
    assert found.names == (*sampled_names(), *cut_names(), *sample.SPREAD)
    assert found.draws.shape == (20, len(found.names))
    for name in cut_names():
        column = found.draws[:, found.names.index(name)]
        values, counts = np.unique(column, return_counts=True)
        np.testing.assert_allclose(values, sorted(one[name] for one in cut_values(2)))
        assert counts.tolist() == [10, 10]
    sizes = found.draws[:, -len(sample.SPREAD) :]
    assert (sizes == sizes[0]).all()
    assert np.isfinite(found.shrinkage).all()


def test_a_damaged_stratum_is_made_again_and_nothing_else(alone, monkeypatch) -> None:
    found, folder, _ = alone
    place = Kept(folder, [LAST, SIZE, None]).place
    damaged = place / "stratum-1.json"
    before = damaged.read_bytes()
    damaged.write_bytes(before[:-30])
    made = []
    whole = sample.chain
    monkeypatch.setattr(sample, "chain", lambda *job: made.append(job[1]) or whole(*job))
    with Workers(1) as run:
        again = sample.sample(LAST, folder, run, draws=20, size=SIZE)
        assert made == [1]
        assert damaged.read_bytes() == before
        np.testing.assert_array_equal(again.draws, found.draws)
        sample.sample(LAST, folder, run, draws=20, size=SIZE)
    assert made == [1]


def test_two_workers_find_the_same(alone, tmp_path: Path) -> None:
    with Workers(2) as run:
        found = sample.sample(LAST, tmp_path, run, draws=20, size=SIZE)
    np.testing.assert_array_equal(found.draws, alone[0].draws)
