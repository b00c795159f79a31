"""The engine: one run for all who ask, the soonest wanted first, and no run lost to a killer."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import psutil
import pytest

import divide.app.server.engine as engine_module
from divide.app.server.engine import GIVE_UP, GO, HALT, Busy, Engine, Rank, RunFailed
from divide.app.visit.result import Dropped, compute
from divide.experiments.carry.pool import EngineError
from divide.experiments.keep.answer import Answer, Failure
from divide.model.scenario import Scenario

PATIENCE = 120


@dataclass
class FakePool:
    """Stands for the process pool: runs end when the test says so, and none needs a process."""

    engine: Engine | None = None
    begun: list = field(default_factory=list)
    woken: int = 0

    def give(self, run, scenario, slot):
        self.begun.append((run, scenario))

    def wake(self):
        self.woken += 1

    def seeds(self):
        return [scenario.seed for _, scenario in self.begun]

    def answer(self, k, value=None, failure=None):
        self.engine._take(Answer(self.begun[k][0], 0.0, value, failure))

    def finish(self, k=0):
        self.answer(k, type("R", (), {"digest": self.begun[k][1].digest})())


@pytest.fixture
def pool(monkeypatch):
    fake = FakePool()

    def start(engine):
        fake.engine, engine._pool = engine, fake

    monkeypatch.setattr(Engine, "_start", start)
    return fake


def plan(seed):
    return Scenario(seed=seed)


def test_one_run_serves_all_who_ask(pool):
    engine = Engine()
    first = engine.request(plan(1), Rank.SHOWN, "a")
    assert engine.request(plan(1), Rank.SHOWN, "b") is first
    assert len(pool.begun) == 1
    pool.finish()
    assert engine.request(plan(1), Rank.SHOWN, "c").result() is first.result()
    assert len(pool.begun) == 1


def test_people_come_before_guesses_and_background_leaves_a_worker_free(pool):
    engine = Engine(workers=2)
    for seed in (1, 2, 3):
        engine.request(plan(seed), Rank.GUESS, "a")
    assert pool.seeds() == [1]
    engine.request(plan(4), Rank.WHY, "a")
    engine.request(plan(5), Rank.SHOWN, "b")
    assert pool.seeds() == [1, 5]
    engine.request(plan(3), Rank.SHOWN, "b")  # what was guessed is wanted now
    pool.finish(1)
    assert pool.seeds() == [1, 5, 3]
    pool.finish(0)
    pool.finish(2)
    assert pool.seeds() == [1, 5, 3, 4]


def test_the_background_halts_while_somebody_waits_and_then_goes_on(pool):
    engine = Engine(workers=2)
    engine.request(plan(1), Rank.INTERVAL, "a")
    assert list(engine._wishes) == [GO, GO]
    engine.request(plan(2), Rank.SHOWN, "b")
    assert list(engine._wishes) == [HALT, GO]
    pool.finish(1)
    assert list(engine._wishes) == [GO, GO]
    engine.request(plan(3), Rank.SHOWN, "b")
    engine.request(plan(1), Rank.SHOWN, "c")  # now somebody waits for it too
    assert list(engine._wishes) == [GO, GO]
    assert pool.seeds() == [1, 2, 3]


def test_a_halted_run_gives_its_worker_up_and_is_begun_again(pool):
    engine = Engine(workers=2)
    future = engine.request(plan(1), Rank.INTERVAL, "a")
    for seed in (2, 3):
        engine.request(plan(seed), Rank.SHOWN, "b")
    assert list(engine._wishes) == [GIVE_UP, GO]
    pool.answer(0)
    assert pool.seeds() == [1, 2, 3] and not future.done()
    pool.finish(1)
    pool.finish(2)
    assert pool.seeds() == [1, 2, 3, 1]
    pool.finish(3)
    assert future.result().digest == plan(1).digest


def test_a_run_that_nobody_wants_any_more_gives_its_worker_up(pool):
    engine = Engine(workers=1)
    future = engine.request(plan(1), Rank.SHOWN, "a")
    engine.forget("a")
    engine.request(plan(2), Rank.SHOWN, "a")
    assert list(engine._wishes) == [GIVE_UP]
    pool.answer(0)
    assert future.cancelled()
    assert pool.seeds() == [1, 2]


def test_nothing_begins_in_the_background_while_a_page_is_drawn(pool, monkeypatch):
    monkeypatch.setattr(engine_module, "QUIET", 3600.0)
    engine = Engine()
    engine.quiet()
    engine.request(plan(1), Rank.GUESS, "a")
    engine.request(plan(2), Rank.SHOWN, "a")
    assert pool.seeds() == [2]
    engine._quiet_until = 0.0
    engine._rested()
    assert pool.seeds() == [2]  # somebody still waits
    pool.finish()
    assert pool.seeds() == [2, 1]
    engine.close()


def test_a_real_run_is_given_up_between_two_quarters():
    asked = []
    with pytest.raises(Dropped):
        compute(Scenario(until=2024, firms=1000), lambda: asked.append(1) or len(asked) == 3)
    assert len(asked) == 3


def test_an_outdated_wish_is_dropped_unless_somebody_else_has_it(pool):
    engine = Engine(workers=1)
    engine.request(plan(1), Rank.SHOWN, "a")
    mine, ours = (engine.request(plan(seed), Rank.SHOWN, "a") for seed in (2, 3))
    engine.request(plan(3), Rank.SHOWN, "b")
    engine.forget("a")
    assert mine.cancelled() and not ours.cancelled()
    assert engine.waiting == 2
    pool.finish()
    assert pool.seeds() == [1, 3]


def test_a_full_queue_says_so(pool):
    engine = Engine(workers=1, longest=3)
    for seed in range(4):  # one of them runs
        engine.request(plan(seed), Rank.SHOWN, "a")
    with pytest.raises(Busy):
        engine.request(plan(9), Rank.SHOWN, "a")
    engine.request(plan(9), Rank.GUESS, "a")  # guesses wait in a line of their own


def test_the_cache_is_bounded_and_keeps_what_is_used(pool):
    engine = Engine(workers=9, kept=2)
    for seed in (1, 2, 3):
        engine.request(plan(seed), Rank.SHOWN, "a")
        pool.finish(seed - 1)
        engine.cached(plan(1))
    assert engine.cached(plan(1)) and engine.cached(plan(3))
    assert engine.cached(plan(2)) is None


def workers():
    """The worker processes: children of the fork server."""
    children = psutil.Process().children()  # among them the browser of other tests
    servers = [child for child in children if "forkserver" in str(child.cmdline())]
    return [child for server in servers for child in server.children()]


def lasting(seed):
    """A run of some seconds: one that ends before it is disturbed would prove nothing."""
    return Scenario(until=2060, firms=4_000_000, seed=seed)


@pytest.fixture
def real():
    engine = Engine(workers=2)
    yield engine
    engine.close()


def test_real_processes_give_the_same_numbers_and_survive_a_kill(real):
    scenario = Scenario(until=2024, firms=1000, policy="balanced")
    mine = compute(scenario)
    found = real.request(scenario, Rank.SHOWN, "a").result(PATIENCE)
    for name, values in mine.series.items():
        np.testing.assert_array_equal(found.series[name], values)
    long = lasting(1)
    future = real.request(long, Rank.SHOWN, "a")
    time.sleep(0.3)
    killed = workers()
    assert len(killed) == 2
    for process in killed:
        process.kill()
    assert future.result(PATIENCE).digest == long.digest
    assert real.request(scenario, Rank.SHOWN, "a").result(PATIENCE) is found
    assert not {process.pid for process in killed} & {process.pid for process in workers()}


def test_one_killed_worker_leaves_the_run_of_the_other_alone(real):
    """The pool of the standard library would break as a whole, and begin both again."""
    real.request(Scenario(until=2023, firms=1000), Rank.SHOWN, "a").result(PATIENCE)
    long = [lasting(seed) for seed in (1, 2)]
    futures = [real.request(scenario, Rank.SHOWN, "a") for scenario in long]
    busy = {worker.pid: worker for worker in workers()}
    victim, other = busy.values()
    victim.kill()
    for future, scenario in zip(futures, long, strict=True):
        assert future.result(PATIENCE).digest == scenario.digest
    assert victim.pid not in {worker.pid for worker in workers()}
    assert other.pid in {worker.pid for worker in workers()}


def test_a_run_under_way_is_given_up_for_one_that_is_wanted(real):
    """Wishes reach the workers: what nobody waits for any more makes room within a moment."""
    real.request(Scenario(until=2023, firms=1000), Rank.SHOWN, "a").result(PATIENCE)
    long = [real.request(lasting(seed), Rank.SHOWN, "a") for seed in (1, 2)]
    real.forget("a")
    wanted = real.request(Scenario(until=2023, firms=1000, seed=3), Rank.SHOWN, "a")
    assert wanted.result(PATIENCE).digest
    end = time.monotonic() + PATIENCE
    while real.waiting:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert all(future.cancelled() for future in long)
    assert real.runs == 2


def test_closing_ends_the_processes_in_the_middle_of_runs(real):
    real.request(Scenario(until=2023, firms=1000), Rank.SHOWN, "a").result(PATIENCE)
    futures = [real.request(lasting(seed), Rank.SHOWN, "a") for seed in range(4)]
    begun = time.monotonic()
    real.close()
    assert time.monotonic() - begun < 2
    assert workers() == []
    assert all(future.cancelled() for future in futures)


def test_closing_an_engine_whose_workers_have_not_begun_leaves_none():
    engine = Engine(workers=2)
    future = engine.request(Scenario(until=2023, firms=1000), Rank.SHOWN, "a")
    engine.close()
    assert future.cancelled()
    assert workers() == []


def test_workers_that_cannot_be_started_are_told_of(monkeypatch):
    def poll(self, timeout):
        raise EngineError("worker processes end before they have begun")

    monkeypatch.setattr(engine_module.Pool, "poll", poll)
    engine = Engine(workers=1)
    engine._thread.join(PATIENCE)
    future = engine.request(plan(1), Rank.SHOWN, "a")
    with pytest.raises(RunFailed, match="before they have begun"):
        future.result(PATIENCE)
    engine.close()


def test_a_run_that_cannot_be_made_is_told(pool):
    engine = Engine()
    future = engine.request(plan(1), Rank.SHOWN, "a")
    told = threading.Event()
    future.add_done_callback(lambda _: told.set())
    pool.answer(0, failure=Failure("not finite", "debt of KEN is not finite"))
    assert told.wait(5)
    with pytest.raises(RunFailed, match="debt of KEN is not finite"):
        future.result()
    assert engine.waiting == 0 and engine.cached(plan(1)) is None


def test_closing_releases_who_waits(pool):
    engine = Engine(workers=1)
    engine.request(plan(1), Rank.SHOWN, "a")
    queued = engine.request(plan(2), Rank.SHOWN, "a")
    engine.close()
    assert queued.cancelled()
    assert engine_module.WORKERS == 2
