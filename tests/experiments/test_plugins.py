"""Commands of other packages: listed, run, and harmless when they are broken."""

import sys
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from divide.experiments.cli import errors as complaints
from divide.experiments.cli.main import main


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "divide_extra.py").write_text(
        "import click\n"
        "@click.command(help='Say hello.')\n"
        "def hello(): click.echo('hello')\n"
        "number = 7\n"
    )
    (tmp_path / "divide_broken.py").write_text("raise RuntimeError('no\\nluck')\n")
    monkeypatch.syspath_prepend(tmp_path)
    points = {
        "hello": "divide_extra:hello",
        "number": "divide_extra:number",
        "absent": "divide_no_such_module:x",
        "broken": "divide_broken:x",
        "levers": "divide_extra:hello",
    }
    made = {
        name: metadata.EntryPoint(name, value, complaints.PLUGINS) for name, value in points.items()
    }
    monkeypatch.setattr(complaints, "_plugins", lambda: made)


@pytest.mark.usefixtures("plugins")
def test_a_plugin_is_listed_and_run() -> None:
    listed = CliRunner().invoke(main, ["--help"])
    assert listed.exit_code == 0
    assert "Say hello." in listed.stdout
    assert CliRunner().invoke(main, ["hello"]).stdout == "hello\n"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("name", ["number", "absent", "broken"])
def test_a_broken_plugin_breaks_nothing_else(name: str) -> None:
    listed = CliRunner().invoke(main, ["--help"])
    assert listed.exit_code == 0
    assert name in listed.stdout
    assert "cannot be loaded" in listed.stdout
    assert "Say hello." in listed.stdout
    for arguments in ([name], [name, "--any", "thing"], [name, "--help"]):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"divide: {name}: cannot be loaded: ")
        assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("plugins")
def test_own_commands_come_first() -> None:
    assert main.get_command(click.Context(main), "levers") is main.commands["levers"]


def test_the_list_of_commands_loads_nothing_heavy(divide) -> None:
    """The fits are listed without the numerical packages that they need."""
    code = (
        "import sys\n"
        "from divide.experiments.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'mesa', 'numba', 'scipy', 'sklearn', 'matplotlib', 'rich'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))\n"
    )
    result = divide(code=code)
    assert "loaded []" in result.stdout
    if "divide.commands" in metadata.entry_points().groups:
        assert "backtest" in result.stdout
        assert "calibrate" in result.stdout
    assert sys.executable
