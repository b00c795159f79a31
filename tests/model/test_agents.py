"""Countries and platforms are Mesa agents whose attributes are the model's own columns."""

import pickle
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.agentset import AbstractAgentSet
from mesa.experimental.mesa_signals import ModelSignals

from divide.model import PROCESSES, DigitalDivideModel, Scenario
from divide.model.agents.columns import AXES, declared
from divide.model.agents.country import Country, CountryColumns
from divide.model.agents.platform import Kind, Platform


@pytest.fixture
def m() -> DigitalDivideModel:
    """A model that a test may change."""
    return DigitalDivideModel(Scenario(firms=500, until=2023))


def test_it_is_a_mesa_model_with_agent_sets(m: DigitalDivideModel) -> None:
    assert isinstance(m, mesa.Model)
    assert isinstance(m.countries, AbstractAgentSet)
    assert isinstance(m.platforms, AbstractAgentSet)
    assert len(m.countries) == m.n == 188
    assert len(m.platforms) == m.plan.platforms == 200
    assert len(m.agents) == 388
    assert all(isinstance(agent, Country) for agent in m.countries)
    assert len({agent.unique_id for agent in m.agents}) == 388


def test_agents_of_ones_own_come_after_those_of_the_model(m: DigitalDivideModel) -> None:
    """Whether or not somebody has asked for agents before, in a fork and a pickle too."""
    told: list[int] = []

    def tell(signal: Any) -> None:
        told.append(signal.additional_kwargs["args"][0].unique_id)

    m.step()
    other, copied = m.fork(m.plan), pickle.loads(pickle.dumps(m))
    m.observe("agents", ModelSignals.AGENT_ADDED, tell)
    for model in (m, other, copied):
        own = mesa.Agent(model)
        assert own.unique_id == 389
        assert [agent.unique_id for agent in model.agents] == list(range(1, 390))
        assert model.agent_types == [Country, Platform, mesa.Agent]
        assert next(iter(model.countries)).columns is model.state.countries
        assert next(iter(model.platforms)).model is model
        assert model.firms.countries == tuple(model.countries)
    assert told == [389]


def test_default_scenario_and_default_model() -> None:
    m = DigitalDivideModel(Scenario())
    assert m.plan == Scenario()
    assert len(m.firms) == 60_000
    assert m.year == 2023


@pytest.mark.parametrize("name", list(declared(Country)))
def test_country_attributes_are_the_columns(name: str, m: DigitalDivideModel) -> None:
    kenya = next(country for country in m.countries if country.iso3 == "KEN")
    array = getattr(m.state.countries, name)
    np.testing.assert_array_equal(getattr(kenya, name), array[m.row_of["KEN"]])
    others = np.delete(array, kenya.row, axis=0).copy()
    setattr(kenya, name, 0.125)
    assert np.all(getattr(m.state.countries, name)[m.row_of["KEN"]] == 0.125)
    np.testing.assert_array_equal(np.delete(array, kenya.row, axis=0), others)
    getattr(m.state.countries, name)[kenya.row] = 0.25
    assert np.all(getattr(kenya, name) == 0.25)


@pytest.mark.parametrize("name", list(declared(Platform)))
def test_platform_attributes_are_the_columns(name: str, m: DigitalDivideModel) -> None:
    platform = list(m.platforms)[3]
    setattr(platform, name, 1)
    assert getattr(m.state.platforms, name)[3] == 1
    assert getattr(platform, name) == 1


def test_every_column_has_a_unit_and_a_sentence() -> None:
    for kind in (Country, Platform):
        for name, column in declared(kind).items():
            assert column.unit.strip(), name
            assert column.doc.strip(), name
            assert column.axis is None or column.axis in AXES
            assert getattr(kind, name) is column


def test_an_undeclared_column_is_an_error() -> None:
    columns = CountryColumns(3)
    with pytest.raises(AttributeError, match="declares no column 'incom'"):
        _ = columns.incom
    with pytest.raises(AttributeError, match="no attribute 'incom'"):
        columns.incom = np.zeros(3)


def test_a_copy_of_the_columns_is_independent(m: DigitalDivideModel) -> None:
    copy = m.state.countries.copy()
    copy.income[0] = 1.0
    assert m.state.countries.income[0] != 1.0


def test_agents_follow_a_run(m: DigitalDivideModel) -> None:
    kenya = next(country for country in m.countries if country.iso3 == "KEN")
    before = kenya.internet_users
    m.run()
    row = m.results().country.query("iso3 == 'KEN' and year == 2023 and quarter == 4").iloc[0]
    assert kenya.internet_users == pytest.approx(row["internet_users"], rel=1e-12)
    assert kenya.income == row["income"]
    assert kenya.internet_users > before


def test_what_is_written_to_an_agent_bears_on_the_run(run: Callable, column: Callable) -> None:
    m = DigitalDivideModel(Scenario(firms=3_000, until=2025))
    chad = next(country for country in m.countries if country.iso3 == "TCD")
    chad.basket = 2 * chad.basket
    m.run()
    dearer, without = column(m, "internet_users")[-1], column(run(), "internet_users")[-1]
    assert dearer[chad.row] < without[chad.row]


def test_agents_of_a_fork_show_the_fork(m: DigitalDivideModel) -> None:
    m.step()
    other = m.fork(Scenario(firms=500, until=2024))
    other.run()
    for mine, theirs in zip(m.countries, other.countries, strict=True):
        assert mine.iso3 == theirs.iso3
        assert mine.income == m.state.countries.income[mine.row]
        assert theirs.income == other.state.countries.income[theirs.row]
        assert mine.income != theirs.income
    for platform in other.platforms:
        assert platform.users == other.state.platforms.users[platform.row]
    assert other.firms[0].model is other
    assert m.firms[0].model is m


def test_agent_sets_speak_mesa(m: DigitalDivideModel) -> None:
    poor = m.countries.select(lambda country: country.income < 2_000)
    assert 0 < len(poor) < m.n
    assert m.countries.agg("population", sum) == pytest.approx(m.state.countries.population.sum())
    kinds = m.platforms.groupby("kind").count()
    assert kinds[Kind.MARKETPLACE] == len(m.marketplaces)
    assert kinds[Kind.BRIDGE] == 1
    assert repr(next(iter(m.countries))) == f"Country({m.iso3[0]})"


def test_names_are_neutral_and_distinct(m: DigitalDivideModel) -> None:
    names = [platform.name for platform in m.platforms]
    assert len(set(names)) == len(names)
    kinds = {"market", "correspondent", "card", "wallet", "instant", "bridge"}
    assert {name.split("-")[0] for name in names} <= kinds


def test_registered_firms_are_mesa_agents(m: DigitalDivideModel) -> None:
    m.firms.register(m)
    assert len(m.agents) == 388 + 500


def _set_anew(change: Callable[[Any], Any]) -> Callable[[Any], None]:
    def process(m: Any) -> None:
        for name in ("trust", "skills", "stage"):
            setattr(m.state.countries, name, change(getattr(m.state.countries, name)))

    return process


@pytest.mark.parametrize(
    "change",
    [np.asfortranarray, lambda x: np.repeat(x, 2, axis=0)[::2], lambda x: np.array(x.tolist())],
    ids=["in columns", "every second row", "from a list"],
)
def test_columns_that_a_process_sets_are_taken_in_the_form_of_the_model(
    change: Callable[[Any], Any],
) -> None:
    plan = Scenario(firms=500, until=2023)

    def read_only(x: Any) -> Any:
        made = change(x).copy("K")
        made.flags.writeable = False
        return made

    changed = DigitalDivideModel(plan, (_set_anew(read_only), *PROCESSES))
    plain = DigitalDivideModel(plan)
    changed.step()
    plain.step()
    for name in declared(CountryColumns):
        found, expected = (getattr(each.state.countries, name) for each in (changed, plain))
        assert found.tobytes() == expected.tobytes(), name


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.5, ValueError, r"column trust has the shape \(188,\), not \(\)"),
        (np.zeros(5), ValueError, r"not \(5,\)"),
        (np.zeros(188, dtype=complex), TypeError, "complex128"),
        (np.full(188, "high"), TypeError, "<U4"),
    ],
)
def test_what_is_no_column_is_refused(
    m: DigitalDivideModel, value: Any, error: type[Exception], words: str
) -> None:
    before = m.state.countries.trust.copy()
    with pytest.raises(error, match=words):
        m.state.countries.trust = value
    assert (m.state.countries.trust == before).all()
