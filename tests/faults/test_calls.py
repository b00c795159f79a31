"""Calls in worker processes: the same results as here, and what goes wrong costs one call."""

import os
import signal
from pathlib import Path

import called
import psutil
import pytest

from divide.experiments.carry.calls import JobError, Workers

JOBS = [(number,) for number in range(12)]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    told: list[tuple[int, int]] = []
    with Workers(count) as workers:
        found = workers.map(called.square, JOBS, lambda *at: told.append(at))
        assert workers.map(called.square, []) == []
    assert found == [number**2 for number in range(12)]
    assert told == [(done, 12) for done in range(1, 13)]


def test_one_worker_is_this_process_and_others_end_with_the_block() -> None:
    assert set(Workers().map(called.where, JOBS)) == {os.getpid()}
    with Workers(2) as workers:
        pids = set(workers.map(called.where, JOBS))
        assert pids == set(workers.map(called.where, JOBS)), (
            "processes serve one call after another"
        )
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.parametrize("count", [1, 2])
def test_an_exception_is_raised_with_the_job_named(count: int) -> None:
    done: list[int] = []
    with Workers(count) as workers:
        answers = (done.append(answer.run) for answer in workers.each(called.raises, JOBS))
        with pytest.raises(
            JobError, match=r"raises\(3,\): ValueError: the bridge is out"
        ) as caught:
            list(answers)
    assert called.BAD not in done
    if count == 1:
        assert done == [0, 1, 2]
    assert "in raises" in caught.value.__notes__[0]


def test_a_killed_worker_costs_one_call_which_is_made_again(tmp_path: Path) -> None:
    jobs = [(str(tmp_path), number, 2) for number in range(12)]
    with Workers(2) as workers:
        assert workers.map(called.kills, jobs) == list(range(12))
    begun = sorted(map(int, (tmp_path / "log").read_text().split()))
    assert begun == sorted([*range(12), called.BAD, called.BAD])


def test_a_call_that_always_kills_is_given_up(tmp_path: Path) -> None:
    jobs = [(str(tmp_path), number, 99) for number in range(12)]
    with Workers(2) as workers, pytest.raises(JobError, match=r"3, 99\): its worker died 3 times"):
        workers.map(called.kills, jobs)


def test_a_result_that_cannot_be_sent_costs_one_call() -> None:
    with Workers(2) as workers:
        with pytest.raises(JobError, match=r"not_to_be_sent\(3,\): \w+Error: .*lambda"):
            workers.map(called.not_to_be_sent, JOBS)
        assert workers.map(called.square, JOBS[:3]) == [0, 1, 4]


@pytest.mark.parametrize("count", [1, 2])
def test_a_request_to_end_is_heeded_between_calls(count: int) -> None:
    told: list[int] = []
    before = signal.getsignal(signal.SIGTERM)

    def ask_to_end(done: int, total: int) -> None:
        told.append(done)
        if done == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    jobs = [(number,) for number in range(1_000)]
    with Workers(count) as workers, pytest.raises(KeyboardInterrupt):
        workers.map(called.square, jobs, ask_to_end)
    assert 3 <= len(told) < 500
    assert signal.getsignal(signal.SIGTERM) is before


def test_answers_to_calls_that_were_given_up_are_not_taken_for_others() -> None:
    with Workers(2) as workers:
        calls = workers.each(called.square, JOBS)
        next(calls)
        calls.close()
        assert workers.map(called.raises, [(100,), (200,)]) == [100, 200]
