"""A small population and a small model to put it in."""

from collections.abc import Callable

import mesa
import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model.agents.firm import FirmPopulation


class EmptyModel(mesa.Model):
    """A model without anything in it."""

    def __init__(self) -> None:
        super().__init__(rng=1)


def build(counts: NDArray[np.integer], seed: int = 7, **changes: object) -> FirmPopulation:
    """A population with plausible traits; every representative firm stands for 2 real ones."""
    arguments: dict = {
        "productivity_shape": 2.5,
        "productivity_cap": 50.0,
        "skill_mean": np.full(len(counts), 0.4),
        "skill_spread": 0.1,
    }
    return FirmPopulation.build(counts, np.full(counts.shape, 2.0), seed, **(arguments | changes))


@pytest.fixture
def make() -> Callable[..., FirmPopulation]:
    return build


@pytest.fixture
def model() -> EmptyModel:
    return EmptyModel()


@pytest.fixture
def firms(model: EmptyModel) -> FirmPopulation:
    """141 firms of 3 countries, in a variety of states, bound to `model`."""
    counts = np.arange(48).reshape(3, 16) % 7
    weight = 1.0 + np.arange(48.0).reshape(3, 16)
    population = FirmPopulation.build(
        counts,
        weight,
        7,
        productivity_shape=2.5,
        productivity_cap=50.0,
        skill_mean=[0.2, 0.5, 0.9],
        skill_spread=0.1,
    )
    population.state[:] = np.arange(len(population)) % 16
    population.rail[::3] = np.arange(len(population))[::3] % 5
    return population.bind(model)
