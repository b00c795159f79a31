"""Default runs use the centre of the shipped posterior."""

import pytest

from divide.calibration.write import shipped
from divide.model.declare.parameters import parameters


def test_defaults_are_the_means_of_the_shipped_draws():
    draws = shipped.draws()
    for name in draws[0]:
        declared = parameters()[name]
        centre = sum(draw[name] for draw in draws) / len(draws)
        if declared.cut:  # drawn from its prior in strata: its default is the prior's median
            assert declared.value == pytest.approx(float(declared.prior.ppf(0.5)), rel=0.05), name
            assert declared.value == pytest.approx(centre, rel=0.25), name
        else:
            assert declared.value == pytest.approx(centre, rel=0.005), name
