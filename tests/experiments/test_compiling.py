"""A first command says that it compiles, once; later ones say nothing of it."""

import os
import subprocess
import sys
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


TINY = '''
import os, sys, time
import numba
from divide.experiments.carry import compiling
from divide.model.kernels import Kernel

@numba.njit(cache=True)
def inner(x):
    return x + 1

@numba.njit(cache=True)
def outer(x):
    return 2 * inner(x)

class Noted:
    """A loop that takes long to compile and notes who does."""

    def __init__(self, name, function):
        self.name, self.function = name, function
        self.py_func, self.stats = function.py_func, function.stats

    def compile(self, types):
        time.sleep(0.2)
        self.function.compile(types)
        with open(sys.argv[1], "a") as log:
            log.write(f"{self.name} {os.getpid()}\\n")

def others(k):
    exec(compile(f"def f{k}(x): return x - {k}", __file__, "exec"), space := {"__name__": __name__})
    return numba.njit(cache=True)(space[f"f{k}"])

loops = {"__main__.inner": inner, "__main__.outer": outer} | {f"f{k}": others(k) for k in range(8)}
kernels = [Kernel(name, Noted(name, f), (numba.int64,)) for name, f in loops.items()]
compiling.listed = lambda: kernels
with compiling.helped():
    compiling.share()
assert all(kernel.kept for kernel in kernels)
'''


def test_processes_share_what_is_to_be_compiled_and_compile_each_loop_once(tmp_path: Path) -> None:
    script, log = tmp_path / "tiny.py", tmp_path / "log"
    script.write_text(TINY)
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept"), "OMP_NUM_THREADS": "1"}
    both = [subprocess.Popen([sys.executable, script, log], env=variables) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    names, processes = zip(*map(str.split, log.read_text().splitlines()), strict=True)
    assert len(names) == len(set(names)) == 10
    assert names.index("__main__.inner") < names.index("__main__.outer")
    assert len(set(processes)) > 1


LISTED = """
import json
from divide.model import kernels
assert len(kernels.listed()) == len(json.loads(kernels.LIST.read_text())), "a loop is gone"
known = {(kernel.name, kernel.types) for kernel in kernels.listed()}
lacking = [kernel.name for kernel in kernels.met() if (kernel.name, kernel.types) not in known]
assert not lacking, f"python -m divide.model.kernels writes the list anew: {lacking}"
"""


def test_the_list_of_loops_holds_all_that_runs_meet() -> None:
    # In a process of its own: tests call loops with types that no run has.
    done = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
