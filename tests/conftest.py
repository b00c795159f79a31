"""Small runs that tests share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model import DigitalDivideModel, Scenario
from model.outcomes import COUNTRY

Array = NDArray[np.float64]
Runs = Callable[..., DigitalDivideModel]

#: Small enough to take a tenth of a second, large enough for every country to have firms.
FIRMS = 3_000


@pytest.fixture(scope="session")
def run() -> Runs:
    """Runs a scenario of `FIRMS` firms to its end; runs without levers are kept and shared.

    Tests must not change a model they are handed.
    """
    kept: dict[str, DigitalDivideModel] = {}

    def run(**settings: Any) -> DigitalDivideModel:
        plan = Scenario(**{"firms": FIRMS, "until": 2025, **settings})
        if plan.digest in kept:
            return kept[plan.digest]
        model = DigitalDivideModel(plan)
        model.run()
        if not plan.policy.levers:
            kept[plan.digest] = model
        return model

    return run


@pytest.fixture(scope="session")
def recorded() -> Callable[[DigitalDivideModel], dict[str, Array]]:
    """Everything a run has recorded, by name; what was spent stands under "spent.LEVER"."""

    def recorded(m: DigitalDivideModel) -> dict[str, Array]:
        record = m.state.record
        assert record is not None
        found = {
            name: getattr(record, name)[:, : record.done]
            for name in ("countries", "cells", "platforms", "world")
        }
        paid = {name for step in record.spent for name, usd in step.items() if usd.any()}
        for lever in sorted(paid):
            nothing = np.zeros(m.n)
            found[f"spent.{lever}"] = np.stack([step.get(lever, nothing) for step in record.spent])
        return found

    return recorded


@pytest.fixture(scope="session")
def differing(recorded: Callable) -> Callable[[DigitalDivideModel, DigitalDivideModel], list[str]]:
    """Names of what two runs recorded differently, to the last bit, money and outcomes included."""

    def differing(one: DigitalDivideModel, other: DigitalDivideModel) -> list[str]:
        a, b = recorded(one), recorded(other)
        names = sorted(set(a) ^ set(b))
        for name in sorted(set(a) & set(b) - {"countries"}):
            if a[name].tobytes() != b[name].tobytes():
                names.append(name)
        for k, name in enumerate(COUNTRY):
            if a["countries"][k].tobytes() != b["countries"][k].tobytes():
                names.append(name)
        first, second = one.results().outcomes, other.results().outcomes
        return names + [name for name in first if first[name].tobytes() != second[name].tobytes()]

    return differing


@pytest.fixture(scope="session")
def column() -> Callable[[DigitalDivideModel, str], Array]:
    """A column of the country table, (steps + 1, countries)."""

    def column(m: DigitalDivideModel, name: str) -> Array:
        record = m.state.record
        assert record is not None
        return record.countries[list(COUNTRY).index(name), : record.done]

    return column
