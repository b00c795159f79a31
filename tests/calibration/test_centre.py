"""Default runs use the centre of the shipped posterior."""

import pytest

from divide.calibration.write import shipped
from divide.model.declare.parameters import parameters


def test_defaults_are_the_means_of_the_shipped_draws():
    draws = shipped.draws()
    for name in draws[0]:
        centre = sum(draw[name] for draw in draws) / len(draws)
        assert parameters()[name].value == pytest.approx(centre, rel=0.005), name
