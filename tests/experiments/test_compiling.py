"""A first command says that it compiles, once; later ones say nothing of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from divide.experiments.cli import carrying


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    carrying.say_what_takes_long.cache_clear()
    yield
    carrying.say_what_takes_long.cache_clear()


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    for _ in range(2):  # a command loads in several places
        with carrying.loading():
            pass
    captured = capsys.readouterr()
    assert captured.out == ""
    return [line for line in captured.err.splitlines() if "compil" in line]


def test_a_fresh_copy_says_that_it_compiles_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert said(capsys) == [carrying.COMPILES]


def test_a_copy_that_has_been_compiled_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "adoption.served-1.py313.nbi").touch()
    assert said(capsys) == []


def test_nothing_is_promised_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "missing"))
    assert said(capsys) == []
