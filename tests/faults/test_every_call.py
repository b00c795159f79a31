"""Whichever call fails: nothing acknowledged is lost, nothing doubled, and the message names it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from every_call import KINDS, failing, sample
from watching import acknowledged

from divide.experiments.carry.sweep import Finished
from divide.experiments.keep.failure import StoreError
from divide.experiments.keep.verify import complaints
from divide.experiments.read.load import load
from divide.model.declare.errors import InputError

RUNS = 9
Go = Callable[..., Finished]


def check(go: Go, kind: str, nth: int, out: Path, digest: str) -> bool:
    """A sweep whose n-th call fails, and again in peace; whether none was left to fail."""
    said = ""
    with failing(kind, nth) as counter:
        try:
            go("fine", runs=RUNS, out=out, threads=True)
        except (StoreError, InputError, OSError) as error:
            said = str(error)
    if said:
        assert str(out) in said, f"{kind} {nth}: {said!r} names no file"
    before = acknowledged(out)
    again = go("fine", runs=RUNS, out=out, threads=True)
    assert again.digest == digest, f"{kind} {nth}"
    assert again.progress.fresh <= RUNS - len(before), f"{kind} {nth}: acknowledged runs were lost"
    assert list(complaints(out)) == [], f"{kind} {nth}"
    model = load(out).model
    assert len(model) == 2 * RUNS and not model.duplicated(["run", "year"]).any()
    return counter.calls < nth


@pytest.fixture
def digest(go: Go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("divide.experiments.keep.writer.MOST_RUNS", 3)
    return go("fine", runs=RUNS, out=tmp_path / "peace", threads=True).digest


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_doubled_whichever_call_fails(
    kind: str, go: Go, digest: str, tmp_path: Path
) -> None:
    reached = sample(lambda nth: check(go, kind, nth, tmp_path / f"{kind}-{nth}", digest))
    assert reached > 1 or kind == "unlink"
