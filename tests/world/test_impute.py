"""Methods that fill missing cells."""

import numpy as np
import pytest

from divide.model.world import impute


def test_carry_forward() -> None:
    """Observed, carried and never seen."""
    history = np.array([[1.0, 4.0, np.nan], [2.0, np.nan, np.nan]])
    value, flag = impute.carry_forward(history)
    assert value[:2].tolist() == [2.0, 4.0]
    assert np.isnan(value[2])
    assert flag.tolist() == [0, 1, 2]


def test_regression_on_each_link() -> None:
    """The constant alone, and one predictor."""
    x = {"x": np.array([0.0, 1.0])}
    terms = {"const": 0.5, "x": 2.0}
    index = np.array([0.5, 2.5])
    assert impute.regression("linear", terms, x) == pytest.approx(index)
    assert impute.regression("log", terms, x) == pytest.approx(np.exp(index))
    assert impute.regression("log1p", terms, x) == pytest.approx(np.exp(index) - 1)
    assert impute.regression("logit", terms, x) == pytest.approx(1 / (1 + np.exp(-index)))
    with pytest.raises(ValueError, match="unknown link"):
        impute.regression("probit", terms, x)


def test_logit_and_back() -> None:
    """Inverse of one another away from 0 and 1."""
    share = np.array([0.01, 0.3, 0.99])
    assert impute.expit(impute.logit(share)) == pytest.approx(share)
    assert np.isfinite(impute.logit(np.array([0.0, 1.0]))).all()


def test_group_median_falls_back() -> None:
    """Own cell, then income group, then everyone."""
    values = np.array([1.0, 3.0, np.nan, np.nan, 10.0])
    region = np.array(["a", "a", "a", "b", "b"])
    group = np.array(["low", "low", "low", "low", "high"])
    filled = impute.group_median(values, region, group)
    assert filled[2] == 2.0
    assert filled[3] == 2.0
    group[3] = "middle"
    assert impute.group_median(values, region, group)[3] == 3.0


@pytest.mark.parametrize("sd", [0.5, 1.0, 1.6])
def test_draws_of_a_share_have_the_prediction_as_their_mean(sd: float) -> None:
    """Not those of a plain log odds plus noise, whose mean lies nearer to a half."""
    index = np.linspace(-4, 4, 9)
    z = np.random.default_rng(1).standard_normal(20_000)[:, None]
    drawn = np.array(
        [
            impute.regression("logit", {"x": 1.0}, {"x": index}, sd * each, sd)
            for each in np.concatenate([z, -z])
        ]
    )
    assert drawn.mean(axis=0) == pytest.approx(impute.expit(index), abs=0.01)
    plain = impute.expit(index + sd * np.concatenate([z, -z])).mean(axis=0)
    assert (
        np.abs(plain - impute.expit(index)).max()
        > 2 * np.abs(drawn.mean(axis=0) - impute.expit(index)).max()
    )
