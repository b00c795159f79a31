"""Small runs that tests share."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.extension import forget
from divide.model.declare.registry import known
from tests.order import by_seconds, measure
from tests.processes import Popen, processes

Array = NDArray[np.float64]
Runs = Callable[..., DigitalDivideModel]

# There are more workers than processors, so threads of BLAS would only get into each other's way.
# Workers and what they start have this environment before they load NumPy.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

#: Small enough to take a tenth of a second, large enough for every country to have firms.
FIRMS = 3_000


def pytest_configure(config: pytest.Config) -> None:
    """Seconds of files are measured if asked for."""
    measure(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first."""
    items[:] = by_seconds(items)


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    """Extensions that a test loads are forgotten after it."""
    yield
    for name in list(known()):
        forget(name)


@pytest.fixture
def terminal() -> Iterator[None]:
    """As at a terminal: under nohup and in the background, the processes started here ignore some.

    SIGHUP and SIGINT are not ignored for as long as the test runs.
    """
    usual = {signal.SIGHUP: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}
    before = {kind: signal.signal(kind, handler) for kind, handler in usual.items()}
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.fixture
def popen() -> Iterator[Popen]:
    """Starts processes that run beside the test and end with it."""
    with processes() as start:
        yield start


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
        found = record.arrays()
        paid = {name for step in record.spending for name, usd in step.items() if usd.any()}
        for lever in sorted(paid):
            nothing = np.zeros(m.n)
            found[f"spent.{lever}"] = np.stack(
                [step.get(lever, nothing) for step in record.spending]
            )
        return found

    return recorded


@pytest.fixture(scope="session")
def differing(recorded: Callable) -> Callable[[DigitalDivideModel, DigitalDivideModel], list[str]]:
    """Names of what two runs recorded differently, to the last bit, money and outcomes included."""

    def differing(one: DigitalDivideModel, other: DigitalDivideModel) -> list[str]:
        a, b = recorded(one), recorded(other)
        names = sorted(set(a) ^ set(b))
        for name in sorted(set(a) & set(b)):
            if a[name].tobytes() != b[name].tobytes():
                names.append(name.removeprefix("country."))
        first, second = one.results().outcomes, other.results().outcomes
        both = set(first) & set(second)
        moved = [
            name
            for name in first
            if name in both and first[name].tobytes() != second[name].tobytes()
        ]
        return names + sorted(set(first) ^ set(second)) + moved

    return differing


@pytest.fixture(scope="session")
def column() -> Callable[[DigitalDivideModel, str], Array]:
    """A column of the country table, (steps + 1, countries)."""

    def column(m: DigitalDivideModel, name: str) -> Array:
        return m.state.record.column(name)

    return column


@pytest.fixture(params=[2000, 2005, 2010, 2015, 2020, 2022])
def published(request: pytest.FixtureRequest) -> tuple[int, float, float, float, float]:
    """The divide as it was: year, mean %, Gini, coefficient of variation, weighted Gini.

    From a published table of 176 countries; the shipped panel has the 174 seen in both 2000 and
    2022, hence the tolerances of the tests.
    """
    figures = {
        2000: (8.5, 0.707, 1.57, 0.749),
        2005: (20.7, 0.582, 1.12, 0.610),
        2010: (34.6, 0.453, 0.80, 0.436),
        2015: (48.6, 0.337, 0.585, 0.335),
        2020: (65.5, 0.219, 0.392, 0.200),
        2022: (70.9, 0.188, 0.347, 0.163),
    }
    return (request.param, *figures[request.param])
