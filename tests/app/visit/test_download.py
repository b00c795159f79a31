"""What a visitor takes away gives the numbers of the page; what a stranger events in is checked."""

import csv
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from divide.app.visit import download
from divide.app.visit.interval import DRAWS, interval_of, pairs, status_quo
from divide.app.visit.result import compute
from divide.app.visit.state import Draft, Visit
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


@pytest.fixture(scope="module")
def made():
    """A scenario made by hand as on the page, with the results that the page shows."""
    default = Draft(Scenario(until=2024, firms=1000, seed=5))
    visit = Visit(default, default)
    visit.choose_package("least_connected_first")
    visit.set_lever("five_g", intensity=1250, target=("KEN", "FJI"))
    visit.set_policy(budget=5000)
    visit.rename("Ours: =1+1")
    scenario = visit.scenario
    return scenario, compute(scenario), compute(status_quo(scenario))


def folder_with(tmp_path, scenario):
    (tmp_path / download.FILE).write_text(download.scenario_yaml(scenario), encoding="utf-8")
    return tmp_path


def run(line, folder):
    words = line.split()
    assert words[0] == "divide"
    command = [sys.executable, "-m", "divide", *words[1:], "--out", str(folder / "out")]
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(folder / "out" / "differences.csv").set_index("outcome")


def test_the_first_command_gives_the_numbers_on_the_cards(made, tmp_path):
    scenario, you, base = made
    first, _ = download.command(scenario).splitlines()
    found = run(first, folder_with(tmp_path, scenario))
    for name in ("usage_mean", "ecommerce_value", "hub_dependence", "debt"):
        assert found.loc[name, "policy_mean"] == pytest.approx(you.series[name][-1], rel=1e-12)
        assert found.loc[name, "reference_mean"] == pytest.approx(base.series[name][-1], rel=1e-12)


def test_the_second_command_gives_the_intervals(made, tmp_path):
    scenario, _, _ = made
    _, second = download.command(scenario).splitlines()
    found = run(second, folder_with(tmp_path, scenario))
    interval = interval_of(tuple(map(compute, pairs(scenario, status_quo(scenario)))))
    for name in ("usage_mean", "payments_gini"):
        _, low, high = interval.difference(name, -1)
        assert found.loc[name, "lo90"] == pytest.approx(low, rel=1e-9)
        assert found.loc[name, "hi90"] == pytest.approx(high, rel=1e-9)
        assert found.loc[name, "draws"] == DRAWS


def test_the_lines_of_python_print_the_numbers(made, tmp_path):
    scenario, you, base = made
    script = folder_with(tmp_path, scenario) / "lines.py"
    script.write_text(download.python(scenario, "usage_gini"), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, env=env, capture_output=True, text=True,
        timeout=300, check=True,
    )  # fmt: skip
    printed = [float(line) for line in done.stdout.split()]
    assert printed == [you.series["usage_gini"][-1], base.series["usage_gini"][-1]]


def test_a_package_needs_no_file():
    scenario = Scenario(policy="balanced", until=2035, seed=3)
    line = download.command(scenario).splitlines()[0]
    assert line == "divide run --policy balanced --until 2035 --seed 3 --replicates 1"


def test_the_file_comes_back_the_same(made):
    scenario, _, _ = made
    found = download.read_scenario("mine.yaml", download.scenario_yaml(scenario))
    assert found.digest == scenario.digest
    assert found.policy.title == "Ours: =1+1"
    assert found.policy.name == "custom"


def test_tables_hold_every_year_and_country(made):
    scenario, you, base = made
    rows = list(csv.DictReader(io.StringIO(download.outcomes_csv(you, base))))
    assert len(rows) == len(you.series) * 3
    last = [row for row in rows if row["outcome"] == "usage_mean"][-1]
    assert float(last["scenario"]) == you.series["usage_mean"][-1]
    text = download.countries_csv(you, base, scenario.start)
    countries = list(csv.DictReader(io.StringIO(text)))
    assert len(countries) == 188 * 3
    assert {row["iso3"] for row in countries} >= {"KEN", "FJI", "TON"}
    assert not re.search(r"(^|,)[=@+]", text + download.outcomes_csv(you, base)), "a formula"


BOMB = "a: &a [1]\nb: [*a, *a]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("levers: {five_g: 99999999}", ", line 1"),
        ("levers: {warp: 1}", "unknown lever 'warp'"),
        ("policy: /etc/hosts.yaml", "; must be one of balanced, hard_first"),
        ("policy: ../../secret.yaml", "; must be one of balanced, hard_first"),
        ("policy: [1]", "; must be one of balanced, hard_first"),
        ("policy: 7", "; must be one of balanced, hard_first"),
        ("firms: 10000000", "more than this page runs"),
        ("levers: {five_g: {intensity: 1, target: [XXX]}}", "is not a country"),
        ("a: !!python/object/apply:os.system [id]", ", line 1"),
        (BOMB, "aliases are not allowed"),
        ("\x00", "evil.yaml"),
        ("[" * 5000, "evil.yaml"),
        ("just words", "must hold key: value lines"),
        ("", "must hold key: value lines"),
        ("x" * (download.LARGEST_FILE + 1), "larger than 100,000 characters"),
        (None, "larger than 100,000 characters"),
        (12, "larger than 100,000 characters"),
        ("until: 2022", "is not after start"),
    ],
)
def test_a_hostile_file_is_one_clear_line(text, said):
    with pytest.raises(InputError, match=re.escape(said)) as error:
        download.read_scenario("evil.yaml\n<script>", text)
    assert len(str(error.value)) < 2000


def test_a_package_may_be_named_in_a_file():
    found = download.read_scenario("x.yaml", "policy: balanced\nuntil: 2030\n")
    assert found == Scenario(policy="balanced", until=2030)


def test_file_names_are_safe():
    policy = replace(Scenario(policy="balanced").policy, title="../../x; rm -rf ~ \u202e")
    name = download.file_name(replace(Scenario(), policy=policy), ".csv")
    assert re.fullmatch(r"x-rm-rf-[0-9a-f]{8}\.csv", name)
