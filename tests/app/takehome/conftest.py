"""Two teams in a room, and runs made where one stands."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from divide.app.rooms.evaluator import headline_of
from divide.app.rooms.records import Room, Submission
from divide.app.visit.interval import pairs, status_quo
from divide.app.visit.result import compute
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

EVIL = '</pre><script>alert("x")</script>'
FOUND = {}


def run(scenario):
    """The result of a scenario, computed once."""
    if scenario.digest not in FOUND:
        FOUND[scenario.digest] = compute(scenario)
    return FOUND[scenario.digest]


class Here:
    """Carries runs out where it stands."""

    def request(self, scenario, rank, owner):
        future = Future()
        future.set_result(run(scenario))
        return future

    def close(self):
        """Nothing is open."""


@pytest.fixture(scope="session")
def scenario():
    uses = {"price_subsidy": LeverUse(0.5), "rural_coverage": LeverUse(4000.0)}
    return Scenario(Policy("custom", "Ours", levers=uses), until=2024, firms=1000, seed=5)


def sent(number, team, scenario):
    you, base, *others = [
        run(one) for one in (scenario, status_quo(scenario), *pairs(scenario, status_quo(scenario)))
    ]
    figures = headline_of(you, base, tuple(others))
    text, title = scenario.to_yaml(), scenario.policy.title
    return Submission(number, team, title, scenario.digest, text, "2026", figures, None)


@pytest.fixture(scope="session")
def room(scenario):
    other = replace(scenario, policy=replace(scenario.policy, title=EVIL, levers={
        "price_subsidy": LeverUse(0.2, target="all")}))  # fmt: skip
    base = replace(scenario, policy=Policy())
    board = [sent(1, "One", scenario), sent(2, EVIL, other)]
    return Room(EVIL, "ABCD2345", base, "usage_mean", False, True, 2, 2), board


@pytest.fixture(scope="session")
def here():
    return Here()


@pytest.fixture(scope="session")
def made():
    """The run of a scenario, each made once."""
    return run
