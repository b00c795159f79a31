"""Imports go one way: between the packages, and between the rooms of two of them."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("model", "experiments", "calibration", "connect", "app")


def imported(path: Path) -> set[str]:
    """Modules of `divide` that a file loads when it is loaded."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("divide.")}


def arrows(package: str, depth: int) -> dict[str, set[str]]:
    """For each room, those that its files load; a room is the first `depth` folders."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / package).rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if len(parts) <= depth:
            continue
        room = ".".join(parts[:depth])
        for name in imported(path):
            other = ".".join(name.split(".")[1 : depth + 1])
            if other != room and (ROOT / other.replace(".", "/")).is_dir():
                found.setdefault(room, set()).add(other)
    return found


def test_the_packages_stand_on_one_another() -> None:
    found = {name: arrows(name, 1).get(name, set()) for name in PACKAGES}
    assert found["model"] == set()
    assert found["experiments"] == {"model"}
    assert found["calibration"] == {"model", "experiments"}
    assert found["connect"] == {"model", "experiments"}
    assert found["app"] == {"model", "experiments", "connect"}


@pytest.mark.parametrize("package", ["experiments", "calibration"])
def test_rooms_stand_on_one_another(package: str) -> None:
    try:
        order = tuple(TopologicalSorter(arrows(package, 2)).static_order())
    except CycleError as error:
        pytest.fail("a circle: " + " -> ".join(error.args[1]))
    assert len([room for room in order if room.startswith(package)]) >= 3
