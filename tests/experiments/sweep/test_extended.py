"""Sweeps of an extended model: whoever carries them out, and what a folder knows of it later."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from distributed import LocalCluster

from divide.experiments import compare, load, sweep
from divide.experiments.plan.experiment import Experiment
from divide.experiments.read.crate import export
from divide.model import Extension, LeverUse, Policy, Scenario
from divide.model.declare.errors import InputError
from divide.model.declare.extension import forget

SOURCE = '''"""Lessons on the radio."""

from pathlib import Path

from divide import Extension

Path(__file__).with_name("executed").touch()
radio = Extension("radio", "Lessons on the radio")
radio.parameter("reach", 0.001, unit="share", bounds=(0, 0.01), source="assumed")
radio.column("heard", "People reached", "persons", "higher")
radio.lever("lessons", label="Lessons", group="soft", kind="degree", unit="degree", bounds=(0, 1),
            usd_per_unit=1e6, lag_years=0, outcome="heard", direction="up", help="On the air.")


@radio.process(after="skills")
def teach(m):
    """Some who listen learn."""
    c, share = m.state.countries, m.values.radio.reach * m.in_force("lessons")
    m.state.extra["heard"] = m.state.extra["heard"] + share * c.population
    c.skills = c.skills + share[:, None] * (1 - c.skills)


@radio.outcome("All who were reached", "persons", "higher")
def listeners(paths):
    """Of all countries."""
    return paths.total("heard")
'''
EXPERIMENT = """\
extensions: [radio.py]
uncertainties: {radio.reach: [0.001, 0.005]}
levers: {lessons: [0.5, 1]}
constants: {start: 2021, until: 2022, firms: 500, platforms: 20}
outcomes: [listeners, skills_mean]
countries: [heard]
design: {kind: factorial, levels: 2}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "radio.py").write_text(SOURCE)
    path = tmp_path / "radio.yaml"
    path.write_text(EXPERIMENT)
    return path


def test_every_engine_knows_it(file: Path, tmp_path: Path) -> None:
    made = [
        sweep(file, tmp_path / "processes", 2),
        sweep(file, tmp_path / "threads", 2, threads=True),
    ]
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        (tmp_path / "radio.py").rename(tmp_path / "away.py")  # workers elsewhere have no such file
        again = Experiment.from_dict(*plain(tmp_path / "processes"))
        made.append(sweep(again, tmp_path / "dask", dask=cluster.scheduler_address))
    assert len({each.digest for each in made}) == 1
    assert [each.progress.failed for each in made] == [0, 0, 0]
    table = load(tmp_path / "dask").query(
        "SELECT policy, min(listeners) AS least FROM model WHERE year = 2022 GROUP BY policy"
    )
    least = table.set_index("policy")["least"]
    assert least["custom"] > 1e6 > least["status_quo"] == 0


def plain(folder: Path) -> tuple[dict, object]:
    """What a folder says of its experiment."""
    import pandas as pd

    data = json.loads((folder / "experiment.json").read_text())
    return data, pd.read_parquet(folder / "points.parquet")


def test_a_changed_extension_is_refused_with_the_lines_that_differ(
    file: Path, tmp_path: Path
) -> None:
    sweep(file, tmp_path / "out", 1, threads=True)
    radio = tmp_path / "radio.py"
    radio.write_text(SOURCE.replace("share * c.population", "2 * share * c.population"))
    with pytest.raises(InputError, match=r"extension radio line 19: .*then, .* 2 \* share .*now"):
        sweep(file, tmp_path / "out", 1, threads=True)
    radio.write_text(SOURCE)
    assert sweep(file, tmp_path / "out", 1, threads=True).progress.fresh == 0


def test_a_folder_is_read_without_running_its_extension(file: Path, tmp_path: Path) -> None:
    done = sweep(file, tmp_path / "out", 1, threads=True)
    (tmp_path / "executed").unlink(missing_ok=True)
    (tmp_path / "radio.py").unlink()
    forget("radio")
    loaded = load(tmp_path / "out")
    assert loaded.result_digest == done.digest
    assert "listeners" in loaded.model
    export(tmp_path / "out", tmp_path / "out.zip")
    assert not (tmp_path / "executed").exists()
    with pytest.raises(InputError, match=r"its code is not loaded; name its file by --with"):
        sweep(loaded.experiment, tmp_path / "out", 1, threads=True, retry=True)


def test_commands_that_read_and_run_a_folder(file: Path, tmp_path: Path) -> None:
    def divide(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "divide", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert divide("sweep", "radio.yaml", "--out", "out", "--workers", "2").returncode == 0
    (tmp_path / "executed").unlink()
    for words in (
        ("status", "out"),
        ("compare", "out"),
        ("query", "out", "SELECT max(listeners) FROM model"),
        ("analyse", "out", "--outcome", "listeners", "--method", "regret"),
        ("export", "out", "--out", "out.zip"),
    ):
        said = divide(*words)
        assert said.returncode == 0, said.stderr
    assert not (tmp_path / "executed").exists()
    refused = divide("retry", "out")
    assert refused.returncode == 2
    assert "its code is not loaded; name its file by --with" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    said = divide("retry", "out", "--with", "radio.py")
    assert said.returncode == 0, said.stderr


def test_a_lever_that_nothing_reads_is_refused_before_any_run(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "radio.py"
    path.write_text(SOURCE.replace('m.in_force("lessons")', "0 * m.bri"))
    with pytest.raises(InputError, match=r"policy\.levers\.lessons: no process of extension radio"):
        sweep(file, tmp_path / "out", 1, threads=True)
    assert not (tmp_path / "out" / "ledger.sqlite").exists()


def test_a_comparison_in_memory(file: Path, tmp_path: Path) -> None:
    radio = Extension.load(tmp_path / "radio.py")
    policy = Policy("lessons", levers={"lessons": LeverUse(1.0)})
    base = Scenario(start=2021, until=2022, firms=500, extensions=[radio])
    found = compare([Policy.load("status_quo"), policy], base, replicates=2)
    rows = found.differences().set_index("outcome")
    assert rows.loc["listeners", "difference"] > 1e6
    assert "heard" in found.tables["country"]
