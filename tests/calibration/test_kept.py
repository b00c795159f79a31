"""Arrays that a fit keeps: bit for bit, by what decides them, and damage counts as missing."""

import json
from pathlib import Path

import numpy as np
import pytest

from divide.calibration.fit import kept
from divide.calibration.fit.kept import Kept
from divide.experiments.keep.failure import StoreError

ARRAY = np.random.default_rng(1).standard_normal((3, 2))


def test_an_array_comes_back_bit_for_bit(tmp_path: Path) -> None:
    place = Kept(tmp_path, [2015, None])
    assert place.read("stratum 0") is None
    place.write("stratum 0", ARRAY)
    assert np.array_equal(place.read("stratum 0"), ARRAY)
    assert place.read("stratum 1") is None
    assert np.array_equal(Kept(tmp_path, [2015, None]).read("stratum 0"), ARRAY)


def test_what_decides_the_arrays_decides_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Kept(tmp_path, [2015]).write("a", ARRAY)
    assert Kept(tmp_path, [2016]).read("a") is None
    monkeypatch.setattr(kept, "maker", lambda: {"code": "another"})
    assert Kept(tmp_path, [2015]).read("a") is None


def changed(text: str) -> str:
    found = json.loads(text)
    found["values"][0][0] += 1e-9
    return json.dumps(found)


@pytest.mark.parametrize("damage", [changed, lambda text: text[:-20], lambda _: "{}", lambda _: ""])
def test_a_damaged_file_counts_as_missing(tmp_path: Path, damage) -> None:
    place = Kept(tmp_path, [1])
    place.write("a", ARRAY)
    (file,) = place.place.iterdir()
    file.write_text(damage(file.read_text()))
    assert place.read("a") is None
    place.write("a", ARRAY)
    assert np.array_equal(place.read("a"), ARRAY)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="file"):
        Kept(tmp_path / "file", [1]).write("a", ARRAY)
