"""A start that is kept gives a run the bits that it would have made itself."""

from dataclasses import replace

import numpy as np
import pytest

from divide.model import DigitalDivideModel, Scenario, initial
from divide.model.state import State

PLAN = Scenario(firms=500, until=2024)


def bits(state: State) -> dict[str, bytes]:
    """Every array of the countries, platforms and firms and of what lies between them."""
    found = {name: getattr(state, name) for name in State.__slots__}
    for holder in ("countries", "platforms"):
        part = getattr(state, holder)
        found |= {f"{holder}.{name}": getattr(part, name) for name in type(part).__slots__}
    found |= state.firms.__getstate__()
    return {name: x.tobytes() for name, x in found.items() if isinstance(x, np.ndarray)}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial, "_kept", {})


def test_a_kept_start_is_the_start_bit_for_bit() -> None:
    first = DigitalDivideModel(PLAN)
    before = bits(first.state)
    first.run()
    other = DigitalDivideModel(replace(PLAN, policy="balanced", until=2026))
    assert len(initial._kept) == 1
    assert bits(other.state) == before, "the run of the first has changed what is kept"
    assert other.state.policy.programmes and not first.state.policy.programmes
    assert len(other.state.record.column("mobile")) == 1
    other.run_steps()
    initial._kept.clear()
    alone = DigitalDivideModel(replace(PLAN, policy="balanced", until=2026))
    alone.run_steps()
    assert bits(alone.state) == bits(other.state)
    paths = alone.state.record.arrays()
    for name, path in other.state.record.arrays().items():
        assert path.tobytes() == paths[name].tobytes(), name


@pytest.mark.parametrize(
    "change",
    [{"seed": 2}, {"draw": 1}, {"firms": 501}, {"parameters": {"trade.spend_share": 0.05}}],
    ids=lambda change: next(iter(change)),
)
def test_what_a_start_hangs_on_makes_another(change: dict) -> None:
    one = DigitalDivideModel(PLAN)
    other = DigitalDivideModel(replace(PLAN, **change))
    assert len(initial._kept) == 2
    assert bits(other.state) != bits(one.state)


def test_few_starts_are_kept_and_none_of_very_many_firms(monkeypatch) -> None:
    for seed in range(initial.KEPT + 2):
        DigitalDivideModel(replace(PLAN, seed=seed))
    assert len(initial._kept) == initial.KEPT
    monkeypatch.setattr(initial, "MOST_FIRMS", 499)
    initial._kept.clear()
    DigitalDivideModel(PLAN)
    assert not initial._kept
