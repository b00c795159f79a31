"""The generated parts of the documentation agree with the declarations."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_build"] = module
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_up_to_date(
    builder: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert builder.main(["--check"]) == 0, capsys.readouterr().out + "run: python -m docs.build"


def test_a_stale_part_is_named_and_left_alone(
    builder: ModuleType,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- begin:axes -->\nold\n<!-- end:axes -->\n", encoding="utf-8")
    monkeypatch.setattr(builder, "HERE", tmp_path)
    assert builder.main(["--check"]) == 1
    assert "page.md: axes is stale" in capsys.readouterr().out
    assert "old" in page.read_text("utf-8")
    assert builder.main([]) == 0
    assert "q5_rural" in page.read_text("utf-8")
    assert builder.main(["--check"]) == 0


def test_every_part_stands_in_some_page(builder: ModuleType) -> None:
    pages = "".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    marked = set(re.findall(r"<!-- begin:([\w-]+) -->", pages))
    assert marked == set(builder.PARTS)


def test_cells_cannot_break_a_table_or_start_a_formula(builder: ModuleType) -> None:
    made = builder.table(["a"], [["x | y, US$ 5\nand *more*"]])
    assert made.splitlines()[2] == r"| x \| y, US\$ 5 and \*more\* |"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_anchors_on_a_page_have_a_heading(page: Path) -> None:
    text = page.read_text("utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors
