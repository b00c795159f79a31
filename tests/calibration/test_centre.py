"""Default runs use the centre of the shipped posterior."""

import pytest

from divide.calibration.write import shipped
from divide.model.declare.parameters import parameters


def test_defaults_are_the_means_of_the_shipped_draws():
    draws = shipped.draws()
    for name in draws[0]:
        declared = parameters()[name]
        centre = sum(draw[name] for draw in draws) / len(draws)
        if declared.cut:  # drawn from its prior in strata, its default is fitted to studies
            assert declared.prior.ppf(0.3) < declared.value < declared.prior.ppf(0.7), name
            assert declared.value == pytest.approx(centre, rel=0.25), name
        else:
            assert declared.value == pytest.approx(centre, rel=0.005), name
