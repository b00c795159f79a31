"""`divide check` knows every kind of file and folder, and runs no code that it was not given."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from divide.experiments.cli.check_yaml import OF_EXPERIMENT
from divide.experiments.cli.main import main
from divide.experiments.plan.draws import FILE
from divide.experiments.plan.file import KEYS
from divide.model.declare.countries import TABLES
from divide.model.scenario import Scenario

EXTENSION = """\
from pathlib import Path
from divide import Extension

Path(__file__).with_name("was_run").touch()
made = Extension("made_here", "Made here")
made.parameter("lasting", 0.4, unit="share", bounds=(0, 1), source="assumed")


@made.process(after="skills")
def train(m):
    pass
"""
SMALL = "constants: {start: 2021, until: 2022, firms: 400}\n"
FILES = {
    "scenario.yaml": ("start: 2020\nuntil: 2030\n", "end of 2020 to end of 2030"),
    "policy.yaml": (
        "levers: {five_g: {intensity: 5, start: 2025, end: 2030}}\n",
        "from 2025 to the end of 2029",
    ),
    "comparison.yaml": (
        "policies: {status_quo: {levers: {}}, wires: {levers: {five_g: 5}}}\nreplicates: 3\n",
        "comparison of status_quo, wires\nend of 2022 to end of 2040, 3 replicates",
    ),
    "experiment.yaml": (
        f"levers: {{five_g: [0, 9]}}\n{SMALL}design: {{kind: latin_hypercube, n: 4}}\n",
        "latin_hypercube design of 4 points, replicates: 1, policies status_quo, custom: 8 runs",
    ),
    "claims.yaml": (
        "experiment: {policies: [balanced], design: {kind: predictive, n: 2},\n"
        "  outcomes: [people_offline]}\n"
        "claims: [{better: balanced, worse: status_quo, by: people_offline, share: 0.9}]\n",
        "1 claim, 0 with a verdict",
    ),
    "search.yaml": (
        f"levers: {{five_g: [0, 9]}}\n{SMALL}population: 8\ngenerations: 2\ndraws: 3\n"
        "beside: [balanced]\n"
        "aims: [{outcome: people_offline}, {outcome: usage_gini}]\n",
        "17 policies in 3 draws of 1 variants: 51 runs",
    ),
    "draws.csv": ("adoption.imitation\n0.4\n0.6\n", "2 draws of 1 parameters"),
    "points.csv": ("adoption.imitation,five_g\n0.4,0\n0.6,9\n", "design of 2 points"),
    "made.py": (EXTENSION, "extension made_here (not run; --with "),
}


def check(path: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["check", str(path), *more])


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known(name: str, tmp_path: Path) -> None:
    text, said = FILES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = check(tmp_path / name)
    assert result.exit_code == 0, result.stderr
    assert said in result.stdout


def test_what_is_shipped_and_folders_are_known(folder: Path, tmp_path: Path) -> None:
    for path, said in (
        (TABLES, "world of 188 countries"),
        (FILE, "64 draws of 18 parameters"),
        (folder, "4 done, 0 failed, 0 missing"),
        (folder / "comparison.yaml", "comparison of status_quo, wires"),
    ):
        result = check(path)
        assert result.exit_code == 0, result.stderr
        assert said in result.stdout
    both = check(FILE, str(TABLES))
    assert both.stdout == check(FILE).stdout + check(TABLES).stdout
    refused = check(tmp_path)
    assert refused.exit_code == 2
    assert "a folder of none of: runs, a search or a world" in refused.stderr


def test_code_is_run_only_where_it_was_given(tmp_path: Path) -> None:
    file, plan = tmp_path / "made.py", tmp_path / "plan.yaml"
    file.write_text(EXTENSION, encoding="utf-8")
    plan.write_text("extensions: [made.py]\nparameters: {made_here.lasting: 0.2}\n", "utf-8")
    result = check(file)
    assert "parameters: lasting\n  processes: train\n" in result.stdout
    refused = check(plan)
    assert refused.exit_code == 2
    assert "names made.py, whose code check does not run" in refused.stderr
    assert not (tmp_path / "was_run").exists()
    assert "parameter made_here.lasting = 0.2" in check(plan, "--with", str(file)).stdout
    assert (tmp_path / "was_run").exists()
    assert "(loaded)\n  parameters: made_here.lasting" in check(file, "--with", str(file)).stdout
    file.write_text("x = (\n", encoding="utf-8")
    broken = check(file)
    assert broken.exit_code == 2
    assert "made.py, line 1: " in broken.stderr


def test_an_experiment_is_told_by_keys_that_a_scenario_has_not() -> None:
    """So that a key that both come to have is not taken for one of them."""
    assert set(OF_EXPERIMENT) <= KEYS
    assert not set(OF_EXPERIMENT) & set(Scenario.__dataclass_fields__)
