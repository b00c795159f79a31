"""Programs of the same rules in other environments: what they are handed and how they are judged.

The frameworks themselves are not installed here; `benchmarks.speed` runs them and refuses one that
does not agree with the columns.
"""

import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import environments, firm_steps, given, peers, plain
from benchmarks.conditions import Conditions
from benchmarks.plain_mesa import PlainMesa

SEEDS, STEPS = 30, 8


@pytest.fixture(scope="module")
def conditions() -> Conditions:
    return peers.unsettled(800)


def test_what_is_read_is_what_was_written(conditions, tmp_path):
    given.write(conditions, tmp_path / "firms.npz")
    read = given.read(tmp_path / "firms.npz")
    assert given.replicates(partial(PlainMesa, read), 2, STEPS) == given.replicates(
        partial(PlainMesa, conditions), 2, STEPS
    )
    for name in given.Firms._fields:
        column = getattr(conditions.firms, name)
        np.testing.assert_array_equal(getattr(read.firms, name), column, strict=True)


def test_a_file_of_objects_is_refused(conditions, tmp_path):
    given.write(conditions, tmp_path / "firms.npz")
    with np.load(tmp_path / "firms.npz") as held:
        arrays = dict(held)
    np.savez(tmp_path / "firms.npz", **arrays | {"odds": np.array([print], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        given.read(tmp_path / "firms.npz")


def test_choices_of_many_at_once_are_those_of_one_by_one(conditions):
    shares, names = (column.copy() for column in conditions.markets)
    names[3] = -1  # a country without marketplaces
    rng = np.random.default_rng(1)
    country = rng.integers(0, len(shares), 3_000)
    country[:50] = 3
    u = rng.random(3_000)
    one = [plain.Market(*option) for option in plain.options((shares, names))]
    found = [one[c].choose(v) for c, v in zip(country, u, strict=True)]
    chosen = plain.Offers((shares, names)).choose(country, u)
    assert chosen.tolist() == [-1 if name is None else name for name in found]


def test_the_check_passes_the_same_rules_and_finds_others(conditions):
    theirs = given.replicates(partial(PlainMesa, conditions), SEEDS, STEPS)
    assert peers.different(peers.of_columns(conditions), theirs) == {}
    quicker = replace(conditions, speed=conditions.speed * 1.5)
    assert "firms with 0 states" in peers.different(peers.of_columns(quicker), theirs)
    alike = replace(conditions, peers=0.0)
    assert "firms with 0 states" in peers.different(peers.of_columns(alike), theirs)
    restless = replace(conditions, churn=0.9)
    assert "rail concentration" in peers.different(peers.of_columns(restless), theirs)


def test_a_program_elsewhere_needs_neither_the_model_nor_more_than_numpy():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('divide', 'mesa', 'scipy', 'pandas')));"
        "from benchmarks.plain import Offers; from benchmarks.given import answer"
    )
    subprocess.run([sys.executable, "-c", code], cwd=environments.ROOT, check=True)


def test_a_framework_that_cannot_be_had_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = firm_steps.firm_steps({600: 1})
    assert "plain Mesa, firm-steps/s" in found
    for name in peers.PEERS:
        assert f"{name} is not measured: there is no " in found
    assert not list(tmp_path.rglob("made"))


def test_a_half_made_environment_is_made_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    wanted = environments.Environment("some", sys.executable, ("some==1",), "2026-01-01")
    asked: list[str] = []

    def uv(*words: str, folder: Path = environments.ROOT) -> None:
        asked.append(words[0])
        if words[0] == "venv":
            Path(words[-1]).mkdir()
        elif len(asked) == 2:
            raise RuntimeError("no network")

    monkeypatch.setattr(environments, "uv", uv)
    with pytest.raises(RuntimeError, match="no network"):
        environments.made(wanted)
    python = environments.made(wanted)
    assert python == environments.made(wanted)
    assert asked == ["venv", "pip", "venv", "pip"]
    shutil.rmtree(tmp_path)
