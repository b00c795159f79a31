"""Workers that stay warm from one experiment to the next: same results, nobody left behind."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from divide.experiments.carry.engine import Engines
from divide.experiments.carry.session import Interrupted
from divide.experiments.carry.sweep import Finished
from divide.experiments.keep.ledger import Ledger
from divide.model.declare.errors import InputError

Go = Callable[..., Finished]


@contextlib.contextmanager
def warm(threads: bool = False) -> Iterator[Engines]:
    with Engines(2, threads=threads) as engines:
        yield engines
    left = psutil.Process().children(recursive=True)
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]


def workers(scratch: Path) -> set[int]:
    """Who has begun runs since the last look."""
    found = {int(line.split()[1]) for line in (scratch / "log").read_text().splitlines()}
    (scratch / "log").unlink()
    return found


def test_one_sweep_after_another_has_the_same_workers_and_results(go: Go, tmp_path: Path) -> None:
    alone = [go("fine", runs, out=tmp_path / f"a{runs}", workers=1, threads=True).digest
             for runs in (12, 14, 16)]  # fmt: skip
    with warm() as engines:
        lent = {"workers": None, "engines": engines}
        found = [go("logged", 12, out=tmp_path / "b12", **lent)]
        first = workers(tmp_path)
        found.append(go("logged", 14, out=tmp_path / "b14", **lent))
        assert workers(tmp_path) == first and len(first) == 2
        os.kill(min(first), signal.SIGKILL)  # between two sweeps, as an idle worker may be
        found.append(go("logged", 16, out=tmp_path / "b16", **lent))
        assert max(first) in (last := workers(tmp_path)) and len(last - first) == 1
        assert [each.digest for each in found] == alone
        # What is another for the next experiment: its runs, and how long they may take.
        go("hangs", limit_s=0.5, out=tmp_path / "c", **lent)
        with Ledger(tmp_path / "c") as ledger:
            said = [failure.message for failure in ledger.failures()]
        assert said == ["took longer than 0.5 s, the limit of the experiment"]
    assert not any(psutil.pid_exists(pid) for pid in first | last)


@pytest.mark.parametrize("threads", [False, True])
def test_what_a_broken_off_sweep_left_in_hand_is_not_taken_for_the_next(
    go: Go, tmp_path: Path, threads: bool
) -> None:
    def stop(progress: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with warm(threads) as engines:
        lent = {"workers": None, "engines": engines}
        with pytest.raises(Interrupted):
            go("logged", 40, out=tmp_path / "a", progress=stop, **lent)
        whole = go("fine", 8, out=tmp_path / "b", **lent).digest
        on = go("logged", 40, out=tmp_path / "a", **lent)
    assert whole == go("fine", 8, out=tmp_path / "c", workers=1, threads=True).digest
    assert on.progress.done == 40


def test_who_lends_workers_names_no_others(go: Go) -> None:
    with warm() as engines, pytest.raises(InputError, match="in place of workers"):
        go("fine", engines=engines)
