"""The command `divide check`: what a file or folder is, and whether it can be used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from divide.experiments.cli.carrying import extension_option
from divide.model.declare.errors import InputError

#: What is allowed, for errors.
FILES = (
    "a scenario, policy, comparison, experiment, claims or search (*.yaml), draws or a design "
    "(*.csv), an extension (*.py)"
)
FOLDERS = "runs, a search or a world"


@click.command()
@click.argument("files", metavar="FILE|DIR...", nargs=-1, required=True)
@extension_option
def check(files: tuple[str, ...], extensions: tuple[Any, ...]) -> None:
    """Check files and folders and say what each is.

    Each may be a scenario, a policy, a comparison, an experiment, claims, a search, draws or a
    design as CSV, an extension, a folder of runs or of a search, or a world. No code of them is run
    but that of files which you give by --with.
    """
    for file in files:
        _check(Path(file), extensions)


def _check(path: Path, extensions: tuple[Any, ...]) -> None:
    if path.is_dir():
        _check_folder(path)
    elif path.suffix == ".py":
        from divide.experiments.cli.extension_file import say_extension

        say_extension(path, extensions)
    elif path.suffix == ".csv":
        from divide.experiments.cli.check_tables import say_table

        say_table(path)
    else:
        _check_yaml(path, extensions)


def _check_yaml(path: Path, extensions: tuple[Any, ...]) -> None:
    from divide.experiments.cli import check_yaml
    from divide.model.declare.yamlfile import read_yaml

    data = read_yaml(path)
    check_yaml.refuse_code(data, path, extensions)
    say: dict[str, Callable[[Path, tuple[Any, ...]], None]] = {
        "claims": check_yaml.say_claims,
        "search": check_yaml.say_search,
        "comparison": check_yaml.say_comparison,
        "experiment": check_yaml.say_experiment,
        "scenario": check_yaml.say_scenario,
    }
    say[check_yaml.kind(data)](path, extensions)


def _check_folder(path: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if "ledger.sqlite" in names:
        from divide.experiments.read.load import load

        click.echo(f"{load(path)!r}\nevery bit of it is checked by `divide verify {path}`")
    elif "search.json" in names:
        from divide.experiments.optimise.question import read_question

        question = read_question(path / "optimise.yaml")
        click.echo(f"search {question.title}, in {path}")
    elif {"datapackage.json", "countries.csv"} & names:
        from divide.experiments.cli.check_tables import say_world

        say_world(path)
    else:
        raise InputError(f"is a folder of none of: {FOLDERS}; files: {FILES}", place=str(path))
