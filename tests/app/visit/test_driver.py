"""The driver: what a visit waits for, and what is run before it is asked for."""

import threading
import time
from concurrent.futures import Future
from dataclasses import replace

import pytest

from divide.app.page.levers import next_moves, set_to
from divide.app.server.engine import Engine, Rank, RunFailed
from divide.app.visit.driver import Driver
from divide.app.visit.interval import DRAWS, pairs, status_quo
from divide.app.visit.state import Draft, Visit
from divide.app.words import isolated, words
from divide.experiments.plan.uncertainty import futures
from divide.model.scenario import Scenario

PATIENCE = 120


@pytest.fixture
def driver():
    """A visit of a small world on real processes, at rest."""
    engine = Engine(workers=1)
    page = Draft(Scenario(until=2024, firms=1_000))
    made = Driver(engine, Visit(page, page), lambda frame: None)
    threading.Thread(target=made.follow, daemon=True).start()
    made.act(lambda: None)
    wait_for(lambda: not made.frame.busy)
    yield made
    made.close()
    engine.close()


def wait_for(done):
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_number_that_is_being_typed_is_run_before_it_is_entered(driver):
    before = driver.visit.scenario
    (policy,) = set_to(before.policy, "rural_coverage", 1_234.5)
    driver.expect("rural_coverage", 1_234.5)
    wait_for(lambda: driver.engine.cached(replace(before, policy=policy)))
    assert driver.visit.scenario == before and driver.frame.shown.scenario == before
    driver.act(lambda: driver.visit.set_lever("rural_coverage", intensity=1_234.5))
    assert not driver.frame.busy  # in the same moment
    assert driver.frame.you.digest == driver.visit.scenario.digest != before.digest


def test_a_frame_that_is_shown_again_never_comes_after_a_newer_one(driver):
    shown, on_its_way = [], threading.Event()

    def slow(frame):
        if not on_its_way.is_set():  # a change is made while this frame is on its way
            on_its_way.set()
            time.sleep(0.1)
        shown.append(frame.view.lang)

    driver.publish = slow
    again = threading.Thread(target=driver.again)
    again.start()
    assert on_its_way.wait(PATIENCE)
    driver.act(lambda: driver.visit.look(lang="fr"))
    again.join(PATIENCE)
    # Between them may come what the visit publishes by itself: that an interval has arrived, say.
    assert shown[0] == "en" and shown[-1] == "fr"
    assert shown == sorted(shown)


def test_a_run_that_fails_is_told_in_the_language_of_the_page(driver, monkeypatch):
    failed = Future()
    failed.set_exception(RunFailed("ValueError: rates of 3 cells are negative"))
    driver.act(lambda: driver.visit.look(lang="fr"))
    shown = driver.frame.you
    monkeypatch.setattr(driver.engine, "request", lambda *_: failed)
    driver.act(lambda: driver.visit.set_lever("five_g", intensity=77.0))
    wait_for(lambda: driver.frame.message)
    said, line = driver.frame.message.split("\n")
    assert said == words("fr")("page.failed") and "Annulez" in said
    assert line == isolated("ValueError: rates of 3 cells are negative")
    assert driver.frame.you is shown and not driver.frame.busy


def test_an_interval_whose_runs_fail_is_told_too(driver, monkeypatch):
    failed, request = Future(), driver.engine.request
    failed.set_exception(RunFailed("ValueError: rates of 3 cells are negative"))
    monkeypatch.setattr(
        driver.engine,
        "request",
        lambda run, rank, owner: failed if rank == Rank.INTERVAL else request(run, rank, owner),
    )
    driver.act(lambda: driver.visit.set_lever("five_g", intensity=88.0))
    wait_for(lambda: driver.frame.message)
    assert driver.frame.message.startswith(words("en")("page.failed"))
    assert not driver.frame.busy and driver.frame.interval is None


def test_an_interval_is_looked_at_when_all_of_its_runs_are_there(driver):
    looks, refresh = [], driver.refresh
    driver.refresh = lambda: (looks.append(driver.frame.interval), refresh())
    driver.act(lambda: driver.visit.set_lever("five_g", intensity=66.0))
    wait_for(lambda: driver.frame.interval)
    assert len(driver.frame.interval.gains) == DRAWS
    # The move, its result, the rest after it, the last of the runs and what is guessed of the next
    # move: fewer than a look for each run behind the interval.
    assert len(looks) < 2 * DRAWS


@pytest.mark.parametrize(("lever", "value"), [("rural_coverage", -1.0), ("no lever", 1.0)])
def test_a_number_that_is_not_allowed_is_not_run(driver, caplog, lever, value):
    driver.expect(lever, value)
    moves = next_moves(driver.visit.scenario.policy, lever, 1, value)
    assert all(move.levers[lever].intensity > 0 for move in moves)
    # The visit goes on: a number that is allowed is run all the same.
    (policy,) = set_to(driver.visit.scenario.policy, "five_g", 99.0)
    driver.expect("five_g", 99.0)
    wait_for(lambda: driver.engine.cached(replace(driver.visit.scenario, policy=policy)))
    assert driver.frame.message == "" and not caplog.records


def test_the_runs_behind_an_interval_are_those_of_a_comparison():
    """Made once for all visitors: the status quo is run in the same futures whatever the policy."""
    base = status_quo(Scenario(until=2024, firms=1_000, parameters={"adoption.imitation": 0.2}))
    one, other = (
        replace(base, policy=next(set_to(base.policy, "five_g", value))) for value in (50.0, 60.0)
    )
    expected = [f.of(run) for run in (one, base) for f in futures(DRAWS, base)]
    found = pairs(one, base)
    assert found == expected and [run.digest for run in found] == [run.digest for run in expected]
    assert all(a is b for a, b in zip(found[DRAWS:], pairs(other, base)[DRAWS:], strict=True))
