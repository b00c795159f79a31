"""The engine: one run for all who ask, the soonest wanted first, and no run lost to a killer."""

import os
import signal
import threading
import time
from concurrent.futures import Future

import numpy as np
import psutil
import pytest

import divide.app.server.engine as engine_module
from divide.app.server.engine import GIVE_UP, GO, HALT, Busy, Engine, Rank, RunFailed
from divide.app.visit.result import Dropped, compute
from divide.model.scenario import Scenario

PATIENCE = 120


class Hand:
    """Stands for the pool: runs end when the test says so, and none needs a process."""

    def __init__(self):
        self.begun = []

    def submit(self, call, *args):
        future = Future()
        if args:
            self.begun.append((args[0], future))
        return future

    def shutdown(self, **_):
        pass

    def names(self):
        return [scenario.seed for scenario, _ in self.begun]

    def finish(self, k=0):
        scenario, future = self.begun[k]
        future.set_result(type("R", (), {"digest": scenario.digest})())


@pytest.fixture
def hand(monkeypatch):
    made = Hand()
    monkeypatch.setattr(Engine, "_start", lambda self: made)
    return made


def plan(seed):
    return Scenario(seed=seed)


def test_one_run_serves_all_who_ask(hand):
    engine = Engine()
    first = engine.request(plan(1), Rank.SHOWN, "a")
    assert engine.request(plan(1), Rank.SHOWN, "b") is first
    assert len(hand.begun) == 1
    hand.finish()
    assert engine.request(plan(1), Rank.SHOWN, "c").result() is first.result()
    assert len(hand.begun) == 1


def test_people_come_before_guesses_and_background_leaves_a_worker_free(hand):
    engine = Engine(workers=2)
    for seed in (1, 2, 3):
        engine.request(plan(seed), Rank.GUESS, "a")
    assert hand.names() == [1]
    engine.request(plan(4), Rank.WHY, "a")
    engine.request(plan(5), Rank.SHOWN, "b")
    assert hand.names() == [1, 5]
    engine.request(plan(3), Rank.SHOWN, "b")  # what was guessed is wanted now
    hand.finish(1)
    assert hand.names() == [1, 5, 3]
    hand.finish(0)
    hand.finish(2)
    assert hand.names() == [1, 5, 3, 4]


def test_the_background_halts_while_somebody_waits_and_then_goes_on(hand):
    engine = Engine(workers=2)
    engine.request(plan(1), Rank.INTERVAL, "a")
    assert list(engine._wishes) == [GO, GO]
    engine.request(plan(2), Rank.SHOWN, "b")
    assert list(engine._wishes) == [HALT, GO]
    hand.finish(1)
    assert list(engine._wishes) == [GO, GO]
    engine.request(plan(3), Rank.SHOWN, "b")
    engine.request(plan(1), Rank.SHOWN, "c")  # now somebody waits for it too
    assert list(engine._wishes) == [GO, GO]
    assert hand.names() == [1, 2, 3]


def test_a_halted_run_gives_its_worker_up_and_is_begun_again(hand):
    engine = Engine(workers=2)
    future = engine.request(plan(1), Rank.INTERVAL, "a")
    for seed in (2, 3):
        engine.request(plan(seed), Rank.SHOWN, "b")
    assert list(engine._wishes) == [GIVE_UP, GO]
    hand.begun[0][1].set_exception(Dropped())
    assert hand.names() == [1, 2, 3] and not future.done()
    hand.finish(1)
    hand.finish(2)
    assert hand.names() == [1, 2, 3, 1]
    hand.finish(3)
    assert future.result().digest == plan(1).digest


def test_a_run_that_nobody_wants_any_more_gives_its_worker_up(hand):
    engine = Engine(workers=1)
    future = engine.request(plan(1), Rank.SHOWN, "a")
    engine.forget("a")
    engine.request(plan(2), Rank.SHOWN, "a")
    assert list(engine._wishes) == [GIVE_UP]
    hand.begun[0][1].set_exception(Dropped())
    assert future.cancelled()
    assert hand.names() == [1, 2]


def test_nothing_begins_in_the_background_while_a_page_is_drawn(hand, monkeypatch):
    monkeypatch.setattr(engine_module, "QUIET", 3600.0)
    engine = Engine()
    engine.quiet()
    engine.request(plan(1), Rank.GUESS, "a")
    engine.request(plan(2), Rank.SHOWN, "a")
    assert hand.names() == [2]
    engine._quiet_until = 0.0
    engine._rested()
    assert hand.names() == [2]  # somebody still waits
    hand.finish()
    assert hand.names() == [2, 1]
    engine.close()


def test_a_real_run_is_given_up_between_two_quarters():
    asked = []
    with pytest.raises(Dropped):
        compute(Scenario(until=2024, firms=1000), lambda: asked.append(1) or len(asked) == 3)
    assert len(asked) == 3


def test_an_outdated_wish_is_dropped_unless_somebody_else_has_it(hand):
    engine = Engine(workers=1)
    engine.request(plan(1), Rank.SHOWN, "a")
    mine, ours = (engine.request(plan(seed), Rank.SHOWN, "a") for seed in (2, 3))
    engine.request(plan(3), Rank.SHOWN, "b")
    engine.forget("a")
    assert mine.cancelled() and not ours.cancelled()
    assert engine.waiting == 2
    hand.finish()
    assert hand.names() == [1, 3]


def test_a_full_queue_says_so(hand):
    engine = Engine(workers=1, longest=3)
    for seed in range(4):  # one of them runs
        engine.request(plan(seed), Rank.SHOWN, "a")
    with pytest.raises(Busy):
        engine.request(plan(9), Rank.SHOWN, "a")
    engine.request(plan(9), Rank.GUESS, "a")  # guesses wait in a line of their own


def test_the_cache_is_bounded_and_keeps_what_is_used(hand):
    engine = Engine(workers=9, kept=2)
    for seed in (1, 2, 3):
        engine.request(plan(seed), Rank.SHOWN, "a")
        hand.finish(seed - 1)
        engine.cached(plan(1))
    assert engine.cached(plan(1)) and engine.cached(plan(3))
    assert engine.cached(plan(2)) is None


def test_real_processes_give_the_same_numbers_and_survive_a_kill(monkeypatch):
    scenario = Scenario(until=2024, firms=1000, policy="balanced")
    mine = compute(scenario)
    engine = Engine(workers=1)
    try:
        found = engine.request(scenario, Rank.SHOWN, "a").result(PATIENCE)
        for name, values in mine.series.items():
            np.testing.assert_array_equal(found.series[name], values)
        long = Scenario(until=2060, firms=50_000)
        future = engine.request(long, Rank.SHOWN, "a")
        time.sleep(0.3)
        worker = [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
        assert worker
        for process in worker:
            os.kill(process.pid, signal.SIGKILL)
        assert future.result(PATIENCE).digest == long.digest
    finally:
        engine.close()


def test_a_run_that_cannot_be_made_is_told(hand):
    engine = Engine()
    future = engine.request(plan(1), Rank.SHOWN, "a")
    told = threading.Event()
    future.add_done_callback(lambda _: told.set())
    hand.begun[0][1].set_exception(FloatingPointError("debt of KEN is not finite"))
    assert told.wait(5)
    with pytest.raises(RunFailed, match="FloatingPointError: debt of KEN is not finite"):
        future.result()
    assert engine.waiting == 0 and engine.cached(plan(1)) is None


def test_closing_releases_who_waits(hand):
    engine = Engine(workers=1)
    engine.request(plan(1), Rank.SHOWN, "a")
    queued = engine.request(plan(2), Rank.SHOWN, "a")
    engine.close()
    assert queued.cancelled()
    assert engine_module.WORKERS == 2
