"""The first choice on the page: what becomes of the common trend, which no figure tells."""

import pytest

from divide.app.page import levers
from divide.app.visit import link
from divide.app.visit.state import FUTURE, Draft, View, Visit
from divide.app.words import languages
from divide.model.declare.errors import InputError
from divide.model.declare.parameters import parameters
from divide.model.scenario import Scenario


@pytest.fixture
def visit() -> Visit:
    draft = Draft(Scenario())
    return Visit(draft, draft, View())


def test_every_language_offers_the_same_futures() -> None:
    offered = [levers.futures(lang) for lang in languages()]
    values = [[one["value"] for one in menu] for menu in offered]
    assert all(each == values[0] for each in values)
    assert len({tuple(one["label"] for one in menu) for menu in offered}) == len(offered)
    low, high = parameters()[FUTURE].bounds
    assert all(low <= value <= high for value in values[0])
    assert parameters()[FUTURE].value in values[0]


def test_a_future_is_a_parameter_of_the_scenario_and_of_its_link(visit: Visit) -> None:
    visit.set_future(0.3)
    assert levers.future(visit.draft.scenario) == 0.3
    again, _ = link.from_query(link.to_query(visit.draft), Scenario())
    assert again.scenario.digest == visit.draft.scenario.digest
    visit.set_future(parameters()[FUTURE].value)
    assert visit.draft.scenario.digest == Scenario().digest


def test_a_future_out_of_range_is_refused(visit: Visit) -> None:
    with pytest.raises(InputError):
        visit.set_future(5.0)
