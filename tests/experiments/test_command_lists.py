"""Listing and checking: complete, and at once."""

import csv
import io
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from divide.experiments.cli.groups import OTHERS, TASKS, grouped
from divide.experiments.cli.main import main
from divide.experiments.plan.draws import SHIPPED, read_draws
from divide.experiments.text.policies import replayed
from divide.model.declare.levers import NO_REPLAY, Replay, levers
from divide.model.declare.parameters import parameters
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import packages
from divide.model.scenario import Scenario
from tests.conftest import Runs

Divide = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("mesa", "numpy", "pandas", "numba", "matplotlib", "scipy", "pyarrow", "jinja2")


def output(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_help_names_every_command_once_under_its_task() -> None:
    text = output("--help")
    names = main.list_commands(click.Context(main))
    shown = [
        line.split()[0]
        for line in text.partition("Options:")[2].splitlines()
        if line.startswith("  ") and line[2].isalpha()
    ]
    assert sorted(shown) == sorted(names)
    places = [text.index(f"\n{task}:\n") for task in TASKS]
    assert places == sorted(places)
    assert f"\n{OTHERS}:\n" not in text  # every command of ours has a task
    assert grouped(["mine", "run"]) == {"Run and compare": ["run"], OTHERS: ["mine"]}


def test_help_says_the_defaults_of_a_scenario() -> None:
    text = " ".join(output("run", "--help").split())
    plain = Scenario()
    assert f"Representative firms. [default: {plain.firms}]" in text
    assert f"at the end of this year, 2060 at most. [default: {plain.until}]" in text


def test_parameters_of_a_process_and_all_of_one() -> None:
    text = output("parameters", "trade")
    assert all((f"\n{name}  " in text) == name.startswith("trade.") for name in parameters())
    whole = " ".join(output("parameters", "adoption.imitation").split())
    draws = [draw["adoption.imitation"] for draw in read_draws(SHIPPED)]
    for said in (
        "bounds: 0.1 to 1.5 1/year", "role: calibrated", "prior: log-normal, median 0.55",
        f"posterior: median {statistics.median(draws):.3g}", f"({len(draws)} draws)",
        "source: Fitted", "try: divide run --set adoption.imitation=",
    ):  # fmt: skip
        assert said in whole


def test_countries_are_those_of_a_run_and_can_be_chosen(run: Runs) -> None:
    rows = list(csv.DictReader(io.StringIO(output("countries", "--csv"))))
    m = run(until=2023)
    assert [row["iso3"] for row in rows] == list(m.iso3)
    told = m.world.table.reset_index()
    for key in ("name", "region", "income_group"):
        assert [row[key] for row in rows] == list(told[key])
    assert [row["bri_member"] == "True" for row in rows] == list(told["bri_member"])
    some = output("countries", "KEN", "south asia", "--members")
    assert "KEN" in some
    assert "Pakistan" in some
    assert "India" not in some
    assert "Uganda" not in some


def test_levers_are_all_listed_with_their_evidence() -> None:
    text = output("levers")
    for name, lever in levers().items():
        assert name in text
        assert lever.evidence in text
    assert "zero effect lies inside the prior" in text


def test_levers_say_which_study_there_is_and_how_its_replay_went() -> None:
    text = " ".join(output("levers").split())
    for lever in levers().values():
        assert f"study: {lever.study or 'none; the size is assumed'} {lever.evidence}" in text
        assert f"({replayed(lever)})" in text
    used = {replayed(lever).partition(",")[0] for lever in levers().values()}
    assert {"no replay", "replayed: cables", "replayed: interoperability"} <= used


def test_a_replay_says_how_many_figures_agree_and_whether_it_is_a_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cable = levers()["submarine_cables"]
    found = {"cables": Replay("Cables", "fit", 1, 2)}
    monkeypatch.setattr("divide.model.declare.levers.replays", lambda: found)
    said = "replayed: cables, 1 of 2 judged figures agree; a value or prior comes from it"
    assert replayed(cable).startswith(said)
    found["cables"] = Replay("Cables", "test", 0, 0)
    assert replayed(cable) == "replayed: cables, not judged"
    found.clear()
    assert replayed(cable) == NO_REPLAY


def test_policies_are_all_listed() -> None:
    text = output("policies")
    assert all(name in text for name in packages())


@pytest.mark.parametrize(
    ("command", "name", "other"),
    [
        ("levers", "five_g", "rural_coverage"),
        ("policies", "soft_first", "balanced"),
        ("outcomes", "usage_gini", "usage_mean"),
    ],
)
def test_lists_say_of_some_names_what_they_say_of_all(command: str, name: str, other: str) -> None:
    text = output(command, name)
    assert name in text and other not in text
    assert set(filter(None, text.splitlines())) < set(output(command).splitlines())
    assert output(command, other, name) == output(command, name, other) != text
    refused = CliRunner().invoke(main, [command, f"{name}x"])
    assert refused.exit_code == 2 and f"did you mean '{name}'?" in refused.stderr


def test_outcomes_are_all_listed() -> None:
    text = output("outcomes")
    assert all(name in text for name in OUTCOMES)


def test_parameters_are_all_listed_with_their_priors() -> None:
    text = output("parameters")
    assert all(f"\n{name}  " in f"\n{text}" for name in parameters())
    shown = text.partition("\nadoption.imitation  ")[2].splitlines()
    declared = parameters()["adoption.imitation"]
    assert shown[0] == f"{declared.value:g} {declared.unit}"
    assert shown[1].strip() == "0.1 to 1.5; log-normal, median 0.55, 90 % 0.2 to 1.5"
    assert shown[2].strip().startswith("calibrated; source: Fitted")


@pytest.mark.parametrize(
    "command", ["--help", "levers", "policies", "outcomes", "parameters", "countries", "check"]
)
def test_nothing_heavy_is_imported(command: str, divide: Divide, package: Path) -> None:
    """What makes the command slow to start is the imports; they are counted, not the time."""
    arguments = [command, str(package)] if command == "check" else [command]
    code = (
        "import sys\n"
        "from divide.experiments.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    result = divide(code=code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "HEAVY []"


def test_no_command_shows_the_help(divide: Divide) -> None:
    result = divide()
    assert result.returncode == 2
    assert result.stderr.startswith("Usage:")


def test_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "divide", "levers"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
