"""Copies and pickles of a model and its parts go on to the same bits, and touch nothing else."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from divide.model import DigitalDivideModel, LeverUse, Policy, Scenario
from divide.model.agents.columns import declared
from divide.model.agents.country import Country
from divide.model.agents.firm import Firm
from divide.model.agents.platform import Platform
from divide.model.state import State
from divide.model.world import load_world

POLICY = Policy(
    levers={
        "skills_training": LeverUse(2e7),
        "price_subsidy": LeverUse(0.2),
        "five_g": LeverUse(90),
    }
)
PLAN = Scenario(policy=POLICY, firms=500, until=2025)
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture
def m() -> DigitalDivideModel:
    """A model under way."""
    m = DigitalDivideModel(PLAN)
    for _ in range(5):
        m.step()
    return m


def arrays(state: State) -> dict[str, bytes]:
    """Every array of a state, to the last bit."""
    found = {f"countries.{name}": getattr(state.countries, name) for name in declared(Country)}
    found |= {f"platforms.{name}": getattr(state.platforms, name) for name in declared(Platform)}
    found |= {f"firms.{name}": x for name, x in state.firms.__getstate__().items()}
    found |= {name: getattr(state, name) for name in State.__slots__}
    return {name: x.tobytes() for name, x in found.items() if isinstance(x, np.ndarray)}


def recorded(state: State) -> dict[str, bytes]:
    """Everything that was recorded, to the last bit."""
    return {name: path.tobytes() for name, path in state.record.arrays().items()}


@ways
def test_a_copied_model_goes_on_to_the_same_bits(
    m: DigitalDivideModel, way: Callable, differing: Callable
) -> None:
    other = way(m)
    before = arrays(m.state)
    other.run()
    assert arrays(m.state) == before, "the copy's steps are its own"
    m.run()
    assert arrays(m.state) == arrays(other.state)
    assert differing(m, other) == []
    assert (other.steps, other.time, other.running) == (m.steps, m.time, False)


@ways
def test_the_agents_of_a_copy_are_its_own(m: DigitalDivideModel, way: Callable) -> None:
    other = way(m)
    assert len(other.countries) == m.n
    assert other.countries[3].iso3 == m.countries[3].iso3
    assert other.countries[3].model is other
    other.countries[3].income = 1.0
    assert other.state.countries.income[3] == 1.0
    assert m.state.countries.income[3] != 1.0
    assert other.firms[7].model is other
    assert other.firms[7].country in other.countries
    other.firms[7].skill = 1.0
    assert other.firms[7].skill != m.firms[7].skill


@ways
def test_registered_firms_stay_registered(m: DigitalDivideModel, way: Callable) -> None:
    m.firms.register()
    other = way(m)
    assert len(other.agents_by_type[Firm]) == PLAN.firms
    assert other.firms[4] in other.agents
    assert other.firms[4] is other.firms[4]
    assert other.firms[4] not in m.agents
    other.run()
    m.run()
    assert arrays(other.state) == arrays(m.state)


@ways
def test_a_copied_model_can_be_forked(m: DigitalDivideModel, way: Callable) -> None:
    later = Scenario(
        policy=Policy(levers={**POLICY.levers, "data_centres": LeverUse(50.0, start=2025)}),
        firms=500,
        until=2026,
    )
    branches = [model.fork(later) for model in (m, way(m))]
    for branch in branches:
        branch.run()
    assert arrays(branches[0].state) == arrays(branches[1].state)


@ways
def test_a_copied_state_is_independent(m: DigitalDivideModel, way: Callable) -> None:
    m.state.extra["mine"] = {"kept": np.zeros(3), "count": [1]}
    before, kept = arrays(m.state), recorded(m.state)
    other = way(m.state)
    assert arrays(other) == before and recorded(other) == kept
    other.countries.income[:] = other.platforms.fee[:] = 9.0
    other.firms.state[:] = 15
    other.share[:] = other.online_before[:] = 0.5
    other.policy.programmes["five_g"].pipeline[-1][:] = 1.0
    other.extra["mine"]["kept"][0] = 5.0
    other.extra["mine"]["count"].append(2)
    for path in other.record.arrays().values():
        path[:] = -1.0
    assert arrays(m.state) == before
    assert m.state.policy.programmes["five_g"].pipeline[-1].max() != 1.0
    assert m.state.extra["mine"]["kept"].tolist() == [0, 0, 0]
    assert m.state.extra["mine"]["count"] == [1]
    assert recorded(m.state) == kept


def test_a_fork_takes_the_memory_of_an_extension_along(m: DigitalDivideModel) -> None:
    m.state.extra["seen"] = [1, 2]
    branch = m.fork(PLAN)
    branch.state.extra["seen"].append(3)
    assert m.state.extra["seen"] == [1, 2]
    assert branch.state.extra["seen"] == [1, 2, 3]


@ways
def test_parts_can_be_copied(m: DigitalDivideModel, way: Callable) -> None:
    columns = way(m.state.countries)
    columns.online[:] = 0.0
    assert m.state.countries.online.max() > 0
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        columns.nonsense = 1
    firms = way(m.firms)
    assert firms.state.tobytes() == m.firms.state.tobytes()
    with pytest.raises(RuntimeError, match="belong to no model"):
        _ = firms.model
    assert way(m.plan) == m.plan
    assert way(m.plan).digest == m.plan.digest
    assert way(m.plan.policy) == m.plan.policy
    assert way(m.values).adoption.imitation == m.values.adoption.imitation


def test_parts_travel_without_the_model(m: DigitalDivideModel) -> None:
    whole = len(pickle.dumps(m))
    assert len(pickle.dumps(m.firms)) < 50_000
    assert len(pickle.dumps(m.state)) < 0.8 * whole
    assert b"DigitalDivideModel" not in pickle.dumps(m.state)


@ways
def test_a_copied_world_is_as_fixed_as_the_first(way: Callable) -> None:
    world = load_world(2022)
    other = way(world)
    assert other.iso3 == world.iso3
    for name, values in world.values.items():
        np.testing.assert_array_equal(other.values[name], values)
    with pytest.raises(ValueError, match="read-only"):
        other.values["income"][0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        other.distance_km[0] = 1.0
    with pytest.raises(TypeError):
        other.values["income"] = 1.0
    again = DigitalDivideModel(PLAN, world=other).run().model
    assert again.equals(DigitalDivideModel(PLAN, world=world).run().model)


@ways
def test_an_agent_takes_its_model_along(m: DigitalDivideModel, way: Callable) -> None:
    kenya = way(next(country for country in m.countries if country.iso3 == "KEN"))
    assert kenya.income == m.state.countries.income[m.row_of["KEN"]]
    firm = way(m.firms[3])
    assert firm.skill == m.firms[3].skill
    assert firm.iso3 == m.firms[3].iso3


def test_a_name_that_is_not_declared_is_refused_where_it_would_be_lost(
    m: DigitalDivideModel,
) -> None:
    with pytest.raises(AttributeError, match=r"state.extra\['centres'\], where forks"):
        m.state.centres = np.zeros(m.n)
    with pytest.raises(AttributeError, match=r"a run declares no 'centres'.*state.extra"):
        m.centres = np.zeros(m.n)

    class Mine(DigitalDivideModel):
        centres: int

    mine = Mine(PLAN)
    mine.centres = 3
    assert mine.fork(PLAN).n == mine.n
