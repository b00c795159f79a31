"""The versions that passed are those that are installed: `constraints.txt` says what was tested."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")


def constrained() -> dict[str, str]:
    """Version by canonical name."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), "a version each, and no address"
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def test_what_is_installed_is_what_is_recorded() -> None:
    recorded = constrained()
    installed = {
        canonicalize_name(each.metadata["Name"]): each.version for each in metadata.distributions()
    }
    differing = {
        name: (version, installed[name])
        for name, version in recorded.items()
        if name in installed and installed[name] != version
    }
    assert differing == {}, "recorded and installed: run `uv pip freeze` anew"


def test_every_dependency_is_recorded_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    recorded = constrained()
    for text in project["dependencies"]:
        wanted = Requirement(text)
        version = recorded[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version, prereleases=True), text
