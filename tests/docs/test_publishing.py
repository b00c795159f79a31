"""Version and changelog, container and conda, licences, and the paper's figures hold together."""

import hashlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from divide.experiments.cli.main import main
from docs.pages import paper

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RELEASE = re.compile(
    r"^(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d(?:, tag `v([\d.]+)`)?, "
    r"baseline `([0-9a-f]{12})`$"
)
REGRESSION = re.compile(r"^### Regression|\*\*Regression\*\*", re.MULTILINE)


def sections(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What is not released yet, and the releases with their text, the newest first."""
    _, unreleased, *others = re.split(r"^## \[", text, flags=re.MULTILINE)
    assert unreleased.startswith("Unreleased]")
    return unreleased, [tuple(other.split("\n", 1)) for other in others]  # type: ignore[misc]


def due(before: tuple[int, int, int], moved: bool) -> tuple[int, int, int]:
    """The lowest version that may follow."""
    first, second, third = before
    if moved:
        return (first + 1, 0, 0) if first else (0, second + 1, 0)
    return first, second, third + 1


def faults(text: str, version: str, baseline: str) -> list[str]:
    """What in a changelog does not agree with itself, the version and the results."""
    unreleased, releases = sections(text)
    found, numbers, kept = [], [], []
    for head, _ in releases:
        match = RELEASE.match(head)
        if not match:
            return [f"{head}: no date and baseline"]
        numbers.append((int(match[1]), int(match[2]), int(match[3])))
        kept.append(match[5])
        if match[4] and match[4] != ".".join(match.groups()[:3]):
            found.append(f"{head}: the tag is of another version")
    given = tuple(int(part) for part in version.split("."))
    texts = [unreleased, *(body for _, body in releases)]
    for number, before, body in zip([given, *numbers], numbers, texts, strict=False):
        if number < due(before, bool(REGRESSION.search(body))):
            found.append(f"{number} does not follow {before}")
    if f"Will be {version}, tag `v{version}`." not in unreleased:
        found.append(f"it does not say that it will be {version}")
    if kept[0] != baseline and not REGRESSION.search(unreleased):
        found.append("results have moved since the last release without a Regression")
    return found


def test_the_version_follows_what_results_do() -> None:
    baseline = hashlib.sha256((ROOT / "tests/golden/baseline.yaml").read_bytes()).hexdigest()[:12]
    text, version = (ROOT / "CHANGELOG.md").read_text("utf-8"), PROJECT["version"]
    assert faults(text, version, baseline) == []
    assert metadata.version("digital-divide-abm") == version
    # Each rule is one that can be broken.
    assert "does not follow" in " ".join(faults(text, "0.1.1", baseline))
    quiet = REGRESSION.sub("### Changed", text)
    assert "without a Regression" in " ".join(faults(quiet, version, baseline))
    assert due((1, 2, 3), moved=True) == (2, 0, 0)


def test_container_and_conda_are_of_the_tested_python_and_versions() -> None:
    python = (ROOT / ".python-version").read_text("utf-8").strip()
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.findall("^FROM (.*)", docker, re.MULTILINE) == [f"python:{python}-slim"]
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *packages, pip = conda["dependencies"]
    assert packages == [f"python={python}", "pip"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0")
    (install,) = re.findall(r'^RUN pip install --no-cache-dir (.*?) "(.*)"', docker, re.MULTILINE)
    assert [part.replace("/source/", "") for part in install[:1]] == pip["pip"][:1]
    assert install[1].replace("/source", ".") == pip["pip"][1]
    extras = set(re.findall(r"\w+", install[1].partition("[")[2]))
    assert extras <= set(PROJECT["optional-dependencies"])


def test_the_container_runs_what_there_is() -> None:
    """Its commands are the model's; `tests/install` installs by its line of pip.

    The first notebook carries the same `divide run` out.
    """
    docker = (ROOT / "Dockerfile").read_text("utf-8")
    instructions = [line.split(" ", 1) for line in docker.splitlines() if line[:1].isupper()]
    runs = [shlex.split(text) for name, text in instructions if name == "RUN"]
    assert [words[0] for words in runs] == ["pip", "useradd", "divide"]
    name, *words = runs[-1][1:]
    asked = main.commands[name].make_context(name, words).params  # refuses what it does not know
    assert (asked["until"], asked["firms"], asked["out"]) == (2023, 1000, "/tmp/compiled")
    told = dict(instructions)
    entry, default = json.loads(told["ENTRYPOINT"]), json.loads(told["CMD"])
    assert entry == ["divide"]
    assert CliRunner().invoke(main, default).exit_code == 0
    assert told["EXPOSE"] in CliRunner().invoke(main, ["serve", "--help"]).output


def closure(requirements: Iterable[str]) -> set[str]:
    """Names of what is installed with requirements."""
    found: set[str] = set()
    left = [Requirement(text) for text in requirements]
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        extras = wanted.extras or {""}
        for text in needs:
            need = Requirement(text)
            if not need.marker or any(need.marker.evaluate({"extra": e}) for e in extras):
                left.append(need)
    return found


def licence(name: str) -> str:
    """What a package says of its licence."""
    of = metadata.metadata(name)
    first = (of.get("License") or "").partition("\n")[0]
    return " ".join([of.get("License-Expression") or first, *(of.get_all("Classifier") or [])])


def test_licences_that_bind_are_told() -> None:
    page = (ROOT / "docs/licences.md").read_text("utf-8")
    told = dict(re.findall(r"^\| (the model|extra `\w+`) \| `([\w-]+)` \|", page, re.MULTILINE))
    pairs = set(re.findall(r"^\| (the model|extra `\w+`) \| `([\w-]+)` \|", page, re.MULTILINE))
    assert told
    base = closure(PROJECT["dependencies"])
    found = {("the model", name) for name in base}
    for extra, requirements in PROJECT["optional-dependencies"].items():
        found |= {(f"extra `{extra}`", name) for name in closure(requirements) - base}
    binding = re.compile(r"\bA?L?GPL|GENERAL PUBLIC|\bMPL|Mozilla|\bEPL|\bEUPL", re.IGNORECASE)
    assert pairs == {(where, name) for where, name in found if binding.search(licence(name))}


def test_every_figure_of_the_paper_is_read_from_a_generated_page() -> None:
    """Prose of the template has no digit but in names and keys of works."""
    text = paper.TEMPLATE.read_text("utf-8").partition("# Summary")[2]
    prose = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\[@\w+\]", "", text, flags=re.DOTALL)
    assert re.findall(r"\d+", prose) == []
    figures = paper.figures()
    validation = (ROOT / "docs/validation.md").read_text("utf-8")
    assert all(row["model, MAE"] in validation for row in figures["forecasts"])
    assert figures["holding"] <= figures["claims"] and figures["better"] <= 4
    cited = set(re.findall(r"@(\w+)", text))
    assert cited == set(re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/paper.bib").read_text(), re.M))
    with pytest.raises(LookupError, match="no table that begins with 'nothing'"):
        paper.rows("docs/validation.md", "nothing")
