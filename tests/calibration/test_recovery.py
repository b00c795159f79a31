import numpy as np
import pytest
from scipy.stats import binom, kstest

from divide.calibration.fit.bank import Window
from divide.calibration.fit.posterior import Data
from divide.calibration.score import recovery

OVER = (Window(2010, 2015), Window(2007, 2012))
NAMES = ("toy.level", "toy.slope", "toy.idle")
BOUNDS = np.array([[0.0, 1.0], [-1.0, 1.0], [0.0, 5.0]])
SETS, COUNTRIES = 40, 120
#: Level of each test of chance below.
ALPHA = 0.001


@pytest.fixture(scope="module")
def toy():
    """Window means that two of three parameters move, smoothly, as a function would."""
    rng = np.random.default_rng(5)
    unit = rng.random((SETS, 3))
    truths = BOUNDS[:, 0] + unit * (BOUNDS[:, 1] - BOUNDS[:, 0])
    x = np.linspace(-1, 1, COUNTRIES)
    level, slope = truths[:, :1, None], truths[:, 1:2, None]
    shift = np.array([0.0, -0.4])[None, :, None]
    outputs = 1 / (1 + np.exp(-(0.8 * (level - 0.5) + 0.7 * slope * x + shift + x)))
    means = outputs[0] + 0.03 * rng.laplace(size=outputs[0].shape)
    means[0, 7] = np.nan
    data = Data(OVER, means, ((0, 1, 2, 3, 4),) * 2)
    region = np.repeat(np.array(list("abcdefgh")), COUNTRIES // 8)
    return outputs, truths, data, BOUNDS, NAMES, region


@pytest.fixture(scope="module")
def recovered(toy):
    return recovery.recover_from(*toy, repeats=1, folds=2)


def test_known_parameters_lie_in_their_intervals(recovered):
    """Two-sided at ALPHA: too narrow or absurdly wide intervals fail."""
    found = recovered.inside.sum()
    # Parameters of one data set are not independent: count the data sets, not the cells.
    low, high = binom.ppf((ALPHA / 2, 1 - ALPHA / 2), SETS, 0.9) / SETS
    assert recovered.inside.shape == (SETS, 3)
    assert low <= found / recovered.inside.size <= high


def test_rank_of_the_idle_parameter_is_uniform(recovered):
    assert recovered.uniform_p[2] > ALPHA


def test_data_shrink_what_they_tell_of_and_nothing_else(recovered):
    assert recovered.shrinkage[0] > 0.5
    assert recovered.shrinkage[1] > 0.5
    assert abs(recovered.shrinkage[2]) < 0.1
    assert (recovered.error[:2] < recovered.error[2]).all()


def test_recovery_is_deterministic(toy, recovered):
    again = recovery.recover_from(*toy, repeats=1, folds=2)
    np.testing.assert_array_equal(again.rank, recovered.rank)


def test_made_up_errors_are_laplace_and_correlated():
    region = np.repeat(np.arange(2000).astype(str), 2)
    scale = np.array([0.02, 0.05])
    made = recovery.errors(np.random.default_rng(1), region, scale, OVER)
    np.testing.assert_allclose(np.abs(made).mean(axis=1), scale, rtol=0.08)
    # Independent neighbours of a pair, so that the sample is one of independent draws.
    assert kstest(made[0, ::2] / scale[0], "laplace").pvalue > ALPHA
    same, strange = made[0, ::2], made[0, 1::2]
    assert 0 < np.corrcoef(same, strange)[0, 1] < 0.2
    assert 0.05 < np.corrcoef(made)[0, 1] < 0.3


def test_gaps_of_the_real_figures_are_imitated(toy):
    outputs, _, data, *_ = toy
    assert np.isfinite(recovery.real_scale(outputs, data)).all()
