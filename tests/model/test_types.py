"""The type checker knows a run: names that do not exist are refused, and those that do are not."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRONG = (
    "m.nonsense",
    "m.state.nonsense",
    "m.state.countries.nonsense",
    "m.values.adoption.nonsense",
    "m.values.nonsense",
)
RIGHT = (
    "m.cell_shares.sum()",
    "m.state.distance.mean()",
    "m.state.countries.online.mean()",
    "m.state.platforms.fee.mean()",
    "m.values.adoption.imitation + 1.0",
    "m.national(m.state.countries.skills)",
    "m.state.extra['mine']",
)
SETTING = ("m.nonsense = 1", "m.state.nonsense = 1", "m.state.countries.nonsense = 1")
CODE = """\
from divide.model.model import DigitalDivideModel
from divide.model.run import Run

def process(m: Run) -> None:
{lines}

def of_the_model(m: DigitalDivideModel) -> None:
{lines}
    m.step()
    m.countries.groupby("region")
    m.agents_by_type
    m.running = False
"""


def test_mypy_refuses_names_that_a_run_does_not_have(tmp_path: Path) -> None:
    statements = (*RIGHT, *WRONG, *SETTING)
    file = tmp_path / "snippet.py"
    file.write_text(CODE.format(lines="\n".join(f"    {line}" for line in statements)))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml",
         file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    refused = [int(n) for n in re.findall(r"snippet\.py:(\d+): error: .*\"nonsense\"", done.stdout)]
    lines = file.read_text().splitlines()
    assert [lines[n - 1].strip() for n in refused] == [*WRONG, *SETTING] * 2
    assert done.stdout.count("error:") == len(refused), done.stdout
