"""Start years follow the figures, in Python, in files, in the command and on the page."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main
from divide.model import DigitalDivideModel, Scenario
from divide.model.declare.errors import InputError
from divide.model.scenario import year_limits
from divide.model.world import balanced_internet_panel, load_world, start_years
from divide.model.world.datapackage import write_csv
from divide.model.world.loader import TABLES


def shipped() -> pd.DataFrame:
    return pd.read_csv(TABLES / "history.csv.gz", keep_default_na=False, na_values=[""])


@pytest.fixture
def to_2019(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped world as it would be had nothing been published after 2019."""
    folder = Path(shutil.copytree(TABLES, tmp_path / "then"))
    history = shipped()
    later = [name for name in history.columns if name.isdigit() and int(name) > 2019]
    write_csv(history.drop(columns=later), folder / "history.csv.gz")
    equations = pd.read_csv(TABLES / "equations.csv")
    write_csv(equations[equations["until"] <= 2019], folder / "equations.csv")
    monkeypatch.setenv("DIVIDE_WORLD", str(folder))
    return folder


@pytest.fixture
def to_2024(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped world with made-up internet use of 2023 and 2024, added by the command."""
    use = shipped().set_index("indicator").loc["internet_users_pct"].set_index("iso3")
    last = use.ffill(axis=1)["2022"].dropna()
    rows = pd.concat(
        [
            pd.DataFrame({"iso3": last.index, "year": year, "indicator": "internet_users_pct",
                          "value": (last + 100 * rise).clip(upper=100).to_numpy()})
            for year, rise in ((2023, 0.01), (2024, 0.02))
        ]
    )  # fmt: skip
    (tmp_path / "own").mkdir()
    rows.to_csv(tmp_path / "own" / "use.csv", index=False)
    out = tmp_path / "now"
    done = CliRunner().invoke(main, ["data", "add", str(tmp_path / "own"), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "internet_users_pct: " in done.output
    assert "2023 to 2024" in done.output
    assert f"DIVIDE_WORLD={out}" in done.output
    monkeypatch.setenv("DIVIDE_WORLD", str(out))
    return out


def test_the_shipped_figures_end_in_2022() -> None:
    assert start_years(TABLES) == (2000, 2022)
    assert year_limits()["start"][:2] == (2000, 2022)
    assert Scenario().start == 2022


def test_a_history_cut_in_2019_starts_in_2019_at_the_latest(to_2019: Path) -> None:
    assert start_years() == (2000, 2019)
    assert Scenario().start == 2019
    with pytest.raises(InputError, match=r"2020 is out of range; allowed: 2000 to 2019"):
        Scenario(start=2020)
    with pytest.raises(ValueError, match="whole year from 2000 to 2019, not 2020"):
        load_world(2020)
    world, full = load_world(2019), load_world(2019, tables=TABLES)
    for name, values in world.values.items():
        assert np.array_equal(values, full.values[name]), name
    assert balanced_internet_panel()[1][-1] == 2019
    said = CliRunner().invoke(main, ["run", "--start", "2021"])
    assert "allowed: 2000 to 2019" in said.output


def test_added_figures_of_2024_can_be_started_from(to_2024: Path) -> None:
    assert start_years() == (2000, 2024)
    assert Scenario().start == 2024
    world = load_world(2024)
    assert (world.flags["internet_users"] == 0).all()
    before = load_world(2022, tables=TABLES).values["internet_users"]
    assert world.values["internet_users"] == pytest.approx(np.minimum(before + 0.02, 1))
    # What nobody added is carried on, and gaps are filled by the last equations there are.
    assert (world.flags["electricity"] == 1).all()
    for values in world.values.values():
        assert np.isfinite(values).all()
    plan = Scenario(until=2025, firms=400)
    model = DigitalDivideModel(plan).run().model
    assert model["year"].max() == 2025
    assert model["usage_mean"].between(0, 1).all()


def test_a_year_with_few_figures_does_not_count(tmp_path: Path) -> None:
    """Half of the countries are needed."""
    folder = Path(shutil.copytree(TABLES, tmp_path / "few"))
    history = shipped()
    use = history["indicator"] == "internet_users_pct"
    rows = history.index[use & history["2022"].notna()]
    history.loc[rows[:120], "2022"] = np.nan
    write_csv(history, folder / "history.csv.gz")
    assert start_years(folder) == (2000, 2021)
    history.loc[use, history.columns[2:]] = np.nan
    write_csv(history, folder / "history.csv.gz")
    with pytest.raises(InputError, match=r"history\.csv\.gz: internet_users_pct: no year from"):
        start_years(Path(shutil.copytree(folder, tmp_path / "none")))
