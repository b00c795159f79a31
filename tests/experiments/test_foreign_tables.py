"""Tables of draws and points as other programs write them: read alike, or refused in one line."""

import os
from pathlib import Path

import pytest

from divide.experiments.plan import csvfile
from divide.experiments.plan.draws import read_draws
from divide.model.declare.errors import InputError

NAMES = "adoption.imitation,trade.border"
GOOD = {
    "as it is": f"{NAMES}\n0.25,0.5\n",
    "byte-order mark": f"\ufeff{NAMES}\r\n0.25,0.5\r\n",
    "spaces and quotes": f'{NAMES}\n 0.25 ,"0.5"\n',
    "other ways to write it": f"{NAMES}\n25e-2,.5\n\n",
}
BAD = {
    "semicolons": (NAMES.replace(",", ";") + "\n0,25;0,5\n", "separated by semicolons"),
    "tabs": (NAMES.replace(",", "\t") + "\n0,25\t0,5\n", "separated by tabs"),
    "decimal commas": (f'{NAMES}\n"0,25",0.5\n', "'0,25' is not a number; decimals take a point"),
    "thousands": (f'{NAMES}\n0.25,"1,000"\n', "trade.border: '1,000' is not a number"),
    "underscore": (f"{NAMES}\n0.2_5,0.5\n", "'0.2_5' is not a number"),
    "leading zeros": (f"{NAMES}\n00.25,0.5\n", "'00.25' is not a number"),
    "date": (f"{NAMES}\n2024-01-01,0.5\n", "'2024-01-01' is not a number"),
    "nothing": (f"{NAMES}\n,0.5\n", "'' is not a number"),
    "nan": (f"{NAMES}\nnan,0.5\n", "nan is out of range"),
    "empty": ("", "holds no draw"),
    "UTF-16": ("\ufeff" + NAMES, "not a text file in UTF-8"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_means_the_same_is_read_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(GOOD[name].encode())
    assert read_draws(path) == ({"adoption.imitation": 0.25, "trade.border": 0.5},)


@pytest.mark.parametrize("name", BAD)
def test_what_could_mean_something_else_is_refused(name: str, tmp_path: Path) -> None:
    text, message = BAD[name]
    path = tmp_path / "d.csv"
    path.write_bytes(text.encode("utf-16" if name == "UTF-16" else "utf-8"))
    with pytest.raises(InputError) as caught:
        read_draws(path, "d.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("d.csv")


def test_tables_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "MOST_NUMBERS", 5)
    path = tmp_path / "d.csv"
    path.write_text(f"{NAMES}\n" + "0.25,0.5\n" * 3, encoding="utf-8")
    with pytest.raises(InputError, match="line 4, draw 3: more than 5 numbers"):
        read_draws(path, "d.csv")


def test_pipes_and_devices_are_no_tables(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(InputError, match=r"not a regular file"):
            read_draws(path)
    with pytest.raises(InputError, match=r"^--posterior .*nowhere.csv: cannot be read"):
        read_draws(tmp_path / "nowhere.csv")
