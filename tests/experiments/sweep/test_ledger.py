"""The ledger: all or nothing, readable while it is written, and gone when it is none."""

import sqlite3
from pathlib import Path

import pytest

from divide.experiments.keep.ledger import LEDGER, Done, Failed, Ledger, Shard
from divide.model.declare.errors import InputError


def shard(part: int) -> Shard:
    return Shard(f"shards/model/{part:06d}.parquet", part, "0" * 64, 10, 2)


def done(run: int, part: int) -> Done:
    return Done(run, f"digest {run}", part, bytes([run]) * 32, 0.5)


def failed(run: int) -> Failed:
    return Failed(run, "d", "exception", "no", "trace", "balanced", 0, run, run, "{}", 0.1)


def test_what_is_acknowledged_can_be_read_at_once(tmp_path: Path) -> None:
    with Ledger(tmp_path, write=True) as ledger, Ledger(tmp_path) as reader:
        ledger.acknowledge([shard(1)], [done(4, 1), done(2, 1)], [failed(7)])
        assert reader.done().tolist() == [2, 4]
        assert reader.failed().tolist() == [7]
        assert reader.counts() == (2, 1)
        assert reader.shards("model") == [shard(1)]
        assert reader.shards("country") == []
        assert reader.seconds() == 0.5
        assert reader.next_part() == 2
        assert [failure.message for failure in reader.failures()] == ["no"]


def test_a_run_cannot_be_acknowledged_twice_and_nothing_of_the_batch_is(tmp_path: Path) -> None:
    with Ledger(tmp_path, write=True) as ledger:
        ledger.acknowledge([shard(1)], [done(1, 1)], [])
        with pytest.raises(sqlite3.IntegrityError):
            ledger.acknowledge([shard(2)], [done(2, 2), done(1, 2)], [failed(3)])
        assert ledger.done().tolist() == [1]
        assert ledger.shards() == [shard(1)]
        assert ledger.counts() == (1, 0)


def test_success_replaces_failure(tmp_path: Path) -> None:
    with Ledger(tmp_path, write=True) as ledger:
        ledger.acknowledge([], [], [failed(1)])
        ledger.acknowledge([], [], [failed(1)])
        assert ledger.counts() == (0, 1)
        ledger.acknowledge([shard(1)], [done(1, 1)], [])
        assert ledger.counts() == (1, 0)


def test_forgotten_parts_can_be_stored_again(tmp_path: Path) -> None:
    with Ledger(tmp_path, write=True) as ledger:
        ledger.acknowledge([shard(1)], [done(1, 1)], [])
        ledger.acknowledge([shard(2)], [done(2, 2)], [])
        assert ledger.forget([1]) == 1
        assert ledger.done().tolist() == [2]
        assert ledger.next_part() == 3, "the name of a shard is never used twice"


def test_digest_depends_on_runs_and_figures_and_not_on_parts(tmp_path: Path) -> None:
    digests = []
    for k, rows in enumerate([[(1, 1), (2, 1)], [(2, 1), (1, 2)], [(1, 1), (3, 1)]]):
        (tmp_path / str(k)).mkdir()
        with Ledger(tmp_path / str(k), write=True) as ledger:
            ledger.acknowledge([], [done(*row) for row in rows], [])
            digests.append(ledger.result_digest())
    assert digests[0] == digests[1] != digests[2]


def test_notes_come_back(tmp_path: Path) -> None:
    with Ledger(tmp_path, write=True) as ledger:
        ledger.note(total=3, name="a")
        ledger.note(total=4)
        assert ledger.get("total") == 4
        assert ledger.get("name") == "a"
        assert ledger.get("other", 7) == 7
        ledger.settle()
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER]


def test_no_ledger_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no runs \(there is no ledger\.sqlite\)"):
        Ledger(tmp_path)
    (tmp_path / LEDGER).touch()
    with pytest.raises(InputError, match="holds nothing yet; look again"):
        Ledger(tmp_path)
