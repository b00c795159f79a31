"""Every Python block of the guides runs, in order, as a reader would type it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from divide.model.declare.levers import levers

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GUIDES = ("data.md", "extending.md", "modelers.md", "outcomes.md", "sweeps.md")


@pytest.fixture
def levers_restored() -> Iterator[None]:
    """Takes back the levers that a guide declares."""
    kept = dict(levers())
    yield
    levers().clear()
    levers().update(kept)


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.usefixtures("levers_restored")
def test_the_code_of_a_guide_runs(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    space: dict[str, object] = {"__name__": "guide"}
    found = 0
    for match in BLOCK.finditer(text):
        # Blank lines in front make a traceback name the line of the page.
        lines = text.count("\n", 0, match.start(1))
        exec(compile("\n" * lines + match[1], str(DOCS / name), "exec"), space)
        found += 1
    assert found, f"{name} has no Python block"


def test_every_guide_with_code_is_run() -> None:
    with_code = {page.name for page in DOCS.glob("*.md") if BLOCK.search(page.read_text("utf-8"))}
    assert with_code <= set(GUIDES)
