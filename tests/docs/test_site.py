"""The site: every notebook runs, pages are whole, and nothing in them is fetched from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from docs.site import notebook
from docs.site.docstrings import to_rest
from docs.site.pages import NOTEBOOKS, formulas

ROOT = Path(__file__).parents[2]
#: What a browser fetches by itself; links that a reader may follow are not.
FETCHED = re.compile(
    r"""(?:\bsrc(?:set)?=|<link\b[^>]*?href=|@import\s|url\()\s*["']?((?:https?:)?//[^"')\s>]+)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, with one notebook carried out."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "docs.site", "--out", str(out), "--notebooks", "own_policy"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    assert FETCHED.findall('<script src="https://cdn/x.js"><link rel=x href="//y/z.css">')
    texts = {
        path: path.read_text("utf-8")
        for path in site.rglob("*")
        if path.suffix in (".html", ".css", ".js")
    }
    assert len(texts) > 40
    assert {
        path.name: found for path, text in texts.items() if (found := FETCHED.findall(text))
    } == {}
    scripts = "".join(text for path, text in texts.items() if path.suffix == ".js")
    assert not re.search(r"""(?:fetch|import)\(\s*["']https?:""", scripts)


def test_pages_link_to_what_is_there(site: Path) -> None:
    missing = set()
    for page in site.rglob("*.html"):
        for target in re.findall(r'(?:href|src)="(?!\w+:|#)([^"#?]+)', page.read_text("utf-8")):
            if not (page.parent / target).exists():
                missing.add(f"{page.relative_to(site)}: {target}")
    assert missing == set()


def test_guides_notebooks_and_reference_are_shown(site: Path) -> None:
    assert "<math " in (site / "docs/ODD.html").read_text("utf-8")
    shown = (site / "docs/notebooks/own_policy.html").read_text("utf-8")
    assert "million fewer offline" in shown and "Rural mobile coverage" in shown
    model = (site / "reference/the-model.html").read_text("utf-8")
    assert 'id="divide.model.scenario.Scenario"' in model
    assert "steps_per_year" in model


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_says_something(name: str, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    out.mkdir()
    path = notebook.HOME / f"{name}.py"
    text = notebook.shown(path, work, out)
    assert text.startswith("# ")
    assert text.count("\n```text\n") + text.count("<table") >= 3
    drawn = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert drawn == [file.name for file in sorted(out.iterdir())]
    assert str(tmp_path) not in text
    nbformat.validate(nbformat.reads(notebook.jupyter(path), as_version=4))


def test_every_notebook_is_listed() -> None:
    assert {path.stem for path in notebook.HOME.glob("*.py")} == set(NOTEBOOKS)


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("# %%\nx = 1\n\n# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(notebook.NotebookError, match=r"broken\.py, cell 2: ZeroDivisionError"):
        notebook.shown(broken, tmp_path, tmp_path)
    broken.write_text("# %%\n# !divide run --until never\n", encoding="utf-8")
    with pytest.raises(notebook.NotebookError, match="never"):
        notebook.shown(broken, tmp_path, tmp_path)


def test_markdown_becomes_what_the_site_needs() -> None:
    assert formulas("a $`x_1`$ b").startswith("a <math ")
    assert formulas("```python\n$`x`$\n```\n") == "```python\n$`x`$\n```\n"
    lines = ["See `Policy`s:", "", "```python", "x = `y`", "```", "2 *stars*"]
    made = to_rest(lines)
    assert made[0] == r"See ``Policy``\ s:"
    assert "    x = `y`" in made
    assert r"2 \*stars*" in made
