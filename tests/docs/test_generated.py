"""The generated parts and pages of the documentation agree with what they are made from."""

import importlib.util
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from divide.model.declare.countries import TABLES
from divide.model.world.tables import read_tables
from docs.pages import kept, parts, replays
from docs.pages.__main__ import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_everything_generated_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_part_is_named_and_left_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- begin:axes -->\nold\n<!-- end:axes -->\n", encoding="utf-8")
    monkeypatch.setattr(parts, "DOCS", tmp_path)
    assert main(["--check"]) == 1
    assert "page.md: axes is stale" in capsys.readouterr().out
    assert "old" in page.read_text("utf-8")
    assert main([]) == 0
    assert "q5_rural" in page.read_text("utf-8")
    assert main(["--check"]) == 0


def test_verdicts_of_replays_are_those_of_their_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "replay.md"
    page.write_text(
        "| `cables` | fit | Use | 3 | 3 to 4 | 3.5 | 0 | agrees |\n"
        "| `cables` | fit | Later | 3 | not judged | 5 | 0 |  |\n"
        "| `cables` | fit | Price | 1 | 0 to 1 | 9 | 0 | misses |\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(replays, "PAGE", page)
    found = yaml.safe_load(replays.verdicts())
    assert (found["cables"]["agree"], found["cables"]["judged"]) == (1, 2)
    assert set(found) == set(yaml.safe_load(replays.STUDIES.read_text("utf-8")))
    assert found["parcels"]["judged"] == 0
    assert "replays.yaml is stale" in stale_words()


def stale_words() -> str:
    return " ".join(f"{line} is stale" for line in parts.refresh(check=True))


def test_every_part_stands_in_some_page() -> None:
    pages = "".join(
        page.read_text("utf-8") for page in [*DOCS.glob("*.md"), DOCS / "workshop/words.md"]
    )
    marked = set(re.findall(r"<!-- begin:([\w-]+) -->", pages))
    assert marked == set(parts.PARTS)


def test_cells_cannot_break_a_table_or_start_a_formula() -> None:
    made = parts.table(["a"], [["x | y, US$ 5\nand *more*"]])
    assert made.splitlines()[2] == r"| x \| y, US\$ 5 and \*more\* |"


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one kept page, as it was written."""
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(kept, "RECORD", tmp_path / "kept.yaml")
    monkeypatch.setattr(kept, "headline_agrees", lambda: True)
    monkeypatch.setattr(kept, "backtests_agree", lambda: True)
    page = kept.Kept(("page.md",), "made --write", "no time")
    monkeypatch.setattr(kept, "PAGES", {"page": page})
    kept.RECORD.write_text("{}", "utf-8")

    def writer(command: list[str], cwd: Path, check: bool) -> None:
        assert command[1:] == ["-m", "made", "--write"] and cwd == tmp_path and check
        (cwd / "page.md").write_text("written", "utf-8")

    monkeypatch.setattr(kept.subprocess, "run", writer)
    kept.write("page")
    return tmp_path / "page.md"


def test_a_page_of_added_figures_is_kept_with_the_shipped_ones(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not added them can still check it."""
    monkeypatch.setattr(kept, "data_digest", lambda: "a world of the writer's own")
    kept.write("page")
    assert kept.read()["page"]["figures"] == "a world of the writer's own"
    page = replace(kept.PAGES["page"], added=True)
    monkeypatch.setattr(kept, "PAGES", {"page": page})
    kept.write("page")
    assert kept.read()["page"]["figures"] == read_tables(TABLES).digest
    assert picture.read_text("utf-8") == "written"


def recorded(**changes: str) -> None:
    record = kept.read()
    record["page"] |= changes
    kept.RECORD.write_text(yaml.safe_dump(record), "utf-8")


def test_a_kept_page_is_fresh_when_it_was_just_written(picture: Path) -> None:
    assert picture.read_text("utf-8") == "written"
    assert kept.check() == ([], [])


def test_a_kept_page_changed_by_hand_is_wrong(picture: Path) -> None:
    picture.write_text("written, and mended", "utf-8")
    (wrong,), older = kept.check()
    assert "page: not as it was written; python -m docs.pages --write page" in wrong
    assert older == []


def test_prose_around_the_written_parts_may_be_changed_by_hand(picture: Path) -> None:
    written = "<!-- begin:a -->\n1\n<!-- end:a -->\n"
    picture.write_text(written, "utf-8")
    recorded(text=kept.PAGES["page"].text)
    picture.write_text(f"Prose.\n{written}", "utf-8")
    assert kept.check() == ([], [])
    picture.write_text(written.replace("1", "2"), "utf-8")
    assert kept.check()[0] != []


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize("moved", ["baseline", "figures"])
def test_a_kept_page_older_than_results_that_moved_is_wrong(moved: str) -> None:
    recorded(**{moved: "another"})
    (wrong,), _ = kept.check()
    assert "results have moved" in wrong


@pytest.mark.usefixtures("picture")
def test_a_kept_page_of_other_code_that_moved_nothing_is_reported_only() -> None:
    recorded(code="another")
    wrong, (older,) = kept.check()
    assert wrong == [] and "written by other code" in older


@pytest.mark.usefixtures("picture")
def test_a_page_that_could_not_be_written_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(command: list[str], **how: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    before = kept.RECORD.read_text("utf-8")
    monkeypatch.setattr(kept.subprocess, "run", failing)
    with pytest.raises(subprocess.CalledProcessError):
        kept.write("page")
    assert kept.RECORD.read_text("utf-8") == before


def test_every_kept_page_has_a_writer_and_says_how_it_is_written() -> None:
    for page in kept.PAGES.values():
        assert importlib.util.find_spec(page.module.split()[0])
        assert all((ROOT / file).exists() for file in page.files)
    files = [*DOCS.rglob("*.md"), *(ROOT / "benchmarks").glob("*.md"), ROOT / "README.md"]
    said = {n for f in files for n in re.findall(r"--write ([\w-]+)`", f.read_text("utf-8"))}
    assert said == {name for name in kept.PAGES if name != "screenshot"}


def test_the_readme_quotes_the_validation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.headline_agrees()
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/validation.md"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    assert kept.headline_agrees()
    text = (tmp_path / "README.md").read_text("utf-8")
    (tmp_path / "README.md").write_text(
        text.replace("| 2015 → 2022 | ", "| 2015 → 2022 | 9", 1), "utf-8"
    )
    assert not kept.headline_agrees()


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
