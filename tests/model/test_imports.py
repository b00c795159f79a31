"""No circle among the files of the model, whoever imports and wherever the import stands."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

MODEL = Path(__file__).parents[2] / "model"


def module_of(path: Path, root: Path = MODEL) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(["divide", "model", *(part for part in parts if part != "__init__")])


def imports(path: Path, modules: set[str]) -> set[str]:
    """Modules of the model that a file names, for type checkers and inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & modules) or {node.module or ""}
    return found & modules


def graph(root: Path = MODEL) -> dict[str, set[str]]:
    files = {module_of(path, root): path for path in sorted(root.rglob("*.py"))}
    return {name: imports(path, set(files)) for name, path in files.items()}


def test_the_files_of_the_model_import_each_other_in_no_circle() -> None:
    found = graph()
    assert len(found) > 30
    assert "divide.model.run" in found["divide.model.processes.adoption"]
    try:
        tuple(TopologicalSorter(found).static_order())
    except CycleError as error:
        pytest.fail("a circle: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize(
    "hidden",
    ["from divide.model import b", "from divide.model.b import x", "import divide.model.b"],
)
@pytest.mark.parametrize("place", ["{}", "if TYPE_CHECKING:\n    {}", "def f():\n    {}"])
def test_a_circle_is_found_wherever_it_hides(tmp_path: Path, hidden: str, place: str) -> None:
    (tmp_path / "a.py").write_text(place.format(hidden))
    (tmp_path / "b.py").write_text("from divide.model.a import y")
    with pytest.raises(CycleError):
        TopologicalSorter(graph(tmp_path)).prepare()


def test_the_story_of_a_step_is_short() -> None:
    assert len((MODEL / "model.py").read_text(encoding="utf-8").splitlines()) < 200
