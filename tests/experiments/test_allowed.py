"""Whoever gets a choice wrong is told what is allowed, or which command lists it."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from divide.experiments.cli.main import main

VARIED = "levers: {five_g: [0, 9]}\ndesign: {kind: latin_hypercube, n: 2}\n"
DESIGN = "policies: [balanced]\ndesign: "
SEARCH = "levers: {five_g: [0, 9]}\n"
AIMS = "aims: [{outcome: people_offline}, {outcome: usage_gini}]\n"
CLAIM = "experiment: {policies: [balanced]}\nclaims: "
FILES = {
    "policy": ("policy: nobody\n", "balanced, hard_first"),
    "key of a scenario": ("strat: 2020\n", "allowed: draw, extensions, firms"),
    "spend": ("spend: some\nlevers: {}\n", "allowed: planned, all"),
    "lever": ("levers: {nothing: 1}\n", "allowed: rural_coverage, electricity"),
    "target": ("levers: {five_g: {intensity: 1, target: none}}\n", "allowed: all, bri_members"),
    "country": ("levers: {five_g: {intensity: 1, target: [XXX]}}\n", "see `divide countries`"),
    "code": ("levers: {five_g: {intensity: 1, target: [ke]}}\n", "see `divide countries`"),
    "bloc": ("levers: {five_g: {intensity: 1, toward: moon}}\n", "allowed: hub, eu, us"),
    "steps": ("steps_per_year: 5\n", "allowed: 4 or 8"),
    "part of a year": ("until: 2030.5\n", "allowed: 2001 to 2060"),
    "years": ("start: 2022\nuntil: 2020\n", "from the end of start to the end of until, 2060"),
    "last year of a lever": (
        "levers: {five_g: {intensity: 1, start: 2025, end: 2025}}\n",
        "end is the first year without it",
    ),
    "parameter": ("parameters: {a.b: 1}\n", "see `divide parameters`"),
    "design": (DESIGN + "{kind: random}\n", "factorial, latin_hypercube, sobol, morris, table"),
    "key of a design": (DESIGN + "{kind: sobol, many: 2}\n", "allowed: "),
    "outcome": (VARIED + "outcomes: [joy]\n", "see `divide outcomes`"),
    "outcomes": (VARIED + "outcomes: joy\n", "or all; allowed: access_mean"),
    "country column": (VARIED + "countries: [joy]\n", "(allowed: "),
    "policies": ("policies: balanced\n", "`divide policies` lists"),
    "entry of policies": ("policies: [3]\n", "balanced, hard_first"),
    "constant": ("policies: [balanced]\nconstants: {a: 1}\n", "see `divide parameters`"),
    "every": ("policies: [balanced]\nevery: day\n", "allowed: year, quarter"),
    "luck": ("policies: [balanced]\nrandom_numbers: mine\n", "allowed: common, by_point"),
    "draws": ("policies: [balanced]\noutcomes: all\ndraws: mine\n", "allowed: common, by_point"),
    "uncertainty": ("uncertainties: {a.b: [0, 1]}\n", "see `divide parameters`"),
    "aim": ("aims: [{outcome: joy}, {outcome: usage_gini}]\n" + SEARCH, "see `divide outcomes`"),
    "kind of aim": (
        "aims: [{outcome: people_offline, of: best}, {outcome: usage_gini}]\n" + SEARCH,
        "allowed: mean, worst_decile, regret",
    ),
    "lever of a search": (
        AIMS + "levers: {nothing: [0, 1]}\n",
        "allowed: rural_coverage, electricity",
    ),
    "part of a search": (AIMS + "levers: {five_g: {until: 3}}\n", "intensity, start, target"),
    "beside": (AIMS + SEARCH + "beside: balanced\n", "allowed: files and balanced"),
    "years of a switch": (AIMS + SEARCH + "adaptive: {at: no}\n", "years from 2024 to 2040"),
    "signposts": (
        AIMS + SEARCH + "adaptive: {at: [2030], signposts: []}\n",
        "see `divide outcomes`",
    ),
    "claimed policy": (CLAIM + "[{better: a, worse: b, by: people_offline}]\n", "status_quo"),
    "claimed outcome": (CLAIM + "[{better: balanced, worse: status_quo, by: joy}]\n", "allowed: "),
}
COMMANDS = {
    "policy": ("run --policy nobody", "balanced, hard_first"),
    "setting": ("run --set five_g", "LEVER=VALUE or PARAMETER=VALUE, for example five_g=500"),
    "lever": ("run --set nothing=1", "allowed: rural_coverage, electricity"),
    "parameter": ("run --set adoption.none=1", "see `divide parameters`"),
    "value of one": ("run --set adoption.imitation=9", "allowed: 0.1 to 1.5 1/year"),
    "process": ("parameters nothing", "allowed: adoption, affordability"),
    "place": ("countries nowhere", "part of East Asia & Pacific"),
    "experiment": ("sweep nothing --out out", "allowed: levers, pathways, sobol), or a file"),
    "outcome": ("compare FOLDER --outcome joy", "see `divide outcomes`"),
    "indicator": ("backtest --indicator joy --origin 2015 --until 2020", "allowed: internet_users"),
    "origin": ("backtest --origin 1900 --until 2020", "allowed for internet_users: 20"),
    "table": ("query FOLDER 'SELECT * FROM nothing'", "model"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_wrong_choice(name: str, tmp_path: Path) -> None:
    text, said = FILES[name]
    (tmp_path / "asked.yaml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(tmp_path / "asked.yaml")])
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_with_a_wrong_choice(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, said = COMMANDS[name]
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, line.replace("FOLDER", str(folder)))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_every_option_of_a_number_says_which() -> None:
    """A whole number or a span: its name in the help, its limits in the error."""
    context = click.Context(main)
    checked = 0
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        for option in [] if command is None else command.params:
            if not isinstance(option, click.Option) or not isinstance(
                option.type, click.IntRange | click.FloatRange
            ):
                continue
            checked += 1
            with pytest.raises(click.BadParameter, match=r"not in the range [0-9x<=>. ]+"):
                option.type.convert("-7", option, context)
    assert checked > 5
