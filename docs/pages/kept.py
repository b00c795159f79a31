"""Pages that take minutes or hours of runs: who writes them, and what they were made with.

Beside each page is kept the SHA-256 of its text, of the model's code, of the country figures and of
the golden baseline. A check makes none of them anew. It finds

- a page whose text was changed by hand: wrong;
- a page older than figures or results that have moved since: wrong, it must be written again;
- a page written by other code that moved no result (the baseline is the same): reported, no more.

Benchmarks measure a computer and are never called out of date.
"""

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from divide.experiments.keep.identity import code_digests, data_digest
from divide.experiments.report import backtests
from divide.model.declare.countries import TABLES
from divide.model.world.tables import read_tables
from docs.pages.parts import PART

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("kept.yaml")
BASELINE = ROOT / "tests" / "golden" / "baseline.yaml"


@dataclass(frozen=True)
class Kept:
    """A page that is kept.

    Attributes:
        files: What is written.
        module: The module that writes it, with its arguments.
        takes: How long, in words.
        measured: Whether it measures a computer rather than the model.
        added: Whether the writer needs a world with added figures (DIVIDE_WORLD). What is kept is
            then the digest of the shipped ones, without which nobody could check it.
    """

    files: tuple[str, ...]
    module: str
    takes: str
    measured: bool = False
    added: bool = False

    @property
    def text(self) -> str:
        """SHA-256 of what is written: the marked parts of a page that has any, else whole files."""
        total = hashlib.sha256()
        for name in self.files:
            data = (ROOT / name).read_bytes()
            marked = PART.findall(data.decode()) if name.endswith(".md") else []
            total.update(repr(marked).encode() if marked else data)
        return total.hexdigest()


PAGES = {
    "picture": Kept(("docs/picture.svg",), "docs.pages.picture", "20 seconds"),
    "screenshot": Kept(("docs/workshop.png",), "docs.pages.screenshot", "a minute, and Chromium"),
    "workshop": Kept(("docs/workshop/facilitator.md",), "docs.pages.workshop", "a minute"),
    "replay": Kept(("docs/replay.md",), "divide.calibration.replay --write", "15 minutes"),
    "findings": Kept(
        ("docs/findings.md", "experiments/claims/findings.yaml"),
        "divide.experiments.read.findings_page --write",
        "half an hour",
    ),
    "ablation": Kept(
        ("docs/ablation.md",), "divide.experiments.read.ablation --write", "5 minutes"
    ),
    "validation": Kept(
        (
            "docs/validation.md",
            "docs/validation/divide.svg",
            "docs/validation/horizon.svg",
            "docs/validation/ranks.svg",
        ),
        "divide.calibration.write.validation",
        "half an hour",
    ),
    "road": Kept(
        ("docs/road.md", "docs/road/events.svg"),
        "divide.calibration.write.road",
        "a minute, and added figures",
        added=True,
    ),
    "noise": Kept(("benchmarks/noise.md",), "benchmarks.noise --write", "a minute"),
    "speed": Kept(
        ("benchmarks/results.md",), "benchmarks.speed --write", "10 minutes", measured=True
    ),
    "sweep-speed": Kept(
        ("benchmarks/sweeps.md",), "benchmarks.sweep --write", "20 minutes", measured=True
    ),
    "connect-speed": Kept(
        ("benchmarks/connect.md",), "benchmarks.connect --write", "10 minutes", measured=True
    ),
    "page-speed": Kept(
        ("benchmarks/ui.md",), "benchmarks.ui", "10 minutes, and Chromium", measured=True
    ),
}


def write(name: str) -> None:
    """Run the writer of a page and keep what it was made with.

    Raises:
        CalledProcessError: The writer failed; nothing is kept.
    """
    made_with = state()
    if PAGES[name].added:
        made_with["figures"] = read_tables(TABLES).digest
    command = [sys.executable, "-m", *PAGES[name].module.split()]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 -- a module of ours
    record = read()
    record[name] = {"text": PAGES[name].text, **made_with}
    RECORD.write_text(yaml.safe_dump(record), encoding="utf-8")


def read() -> dict[str, dict[str, str]]:
    """What is kept of each page."""
    found: dict[str, dict[str, str]] = yaml.safe_load(RECORD.read_text("utf-8"))
    return found


def state() -> dict[str, str]:
    """What a page that is written now is made with."""
    return {"code": _code(), "figures": data_digest(), "baseline": _baseline()}


def check() -> tuple[list[str], list[str]]:
    """What is wrong, and which pages other code has written that moved no result."""
    record, now = read(), state()
    wrong, older = [], []
    for name, page in PAGES.items():
        then = record.get(name, {})
        again = f"python -m docs.pages --write {name}"
        if then.get("text") != page.text:
            wrong.append(f"{name}: not as it was written; {again}")
        elif page.measured:
            continue
        elif any(then[key] != now[key] for key in ("figures", "baseline")):
            wrong.append(f"{name}: results have moved since it was written; {again}")
        elif then["code"] != now["code"]:
            older.append(f"{name}: written by other code, which moved no result of the baseline")
    if not headline_agrees():
        wrong.append("README.md: its headline is not that of docs/validation.md")
    if not backtests_agree():
        wrong.append("experiments/report/backtests.csv: not the table of docs/validation.md")
    return wrong, older


def backtests_agree() -> bool:
    """Whether the report quotes the table of the page on validation."""
    page = (ROOT / "docs" / "validation.md").read_text("utf-8")
    return backtests.of_table(page.partition("### Bars")[0]) == backtests.shipped()


def headline_agrees() -> bool:
    """Whether the README quotes the table of the page on validation."""
    (part,) = re.finditer(PART, (ROOT / "README.md").read_text("utf-8"))
    return part["text"] in (ROOT / "docs" / "validation.md").read_text("utf-8")


def _code() -> str:
    return hashlib.sha256(repr(code_digests()).encode()).hexdigest()


def _baseline() -> str:
    return hashlib.sha256(BASELINE.read_bytes()).hexdigest()
