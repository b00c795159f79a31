"""`divide serve --with FILE` in a real browser: the worked example of docs/extending.md."""

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.parts import part, settled

GUIDE = Path(__file__).parents[3] / "docs" / "extending.md"


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("extension")
    code = re.search(
        r"^```python women_skills\.py\n(.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S
    )
    assert code is not None
    (folder / "women_skills.py").write_text(code[1], encoding="utf-8")
    options = ("--firms", "1000", "--rooms", str(folder / "rooms"))
    more = ("--with", str(folder / "women_skills.py"))
    return serve(
        command=(sys.executable, "-m", "divide", "serve", "--port", "{port}", *options, *more)
    ).url


@pytest.fixture
def visit(new_context, url):
    def opened(locale: str, query: str = "until=2026"):
        page = new_context(viewport={"width": 1440, "height": 900}, locale=locale).new_page()
        page.goto(f"{url}/?{query}")
        settled(page)
        return page

    return opened


def test_lever_outcome_and_column_of_an_extension_are_on_the_page(visit, complaints):
    moved = "l.women_training=9000000~least_connected&budget=500&spend=planned"
    page = visit("en-US", f"until=2026&{moved}")
    page.get_by_text("People, rules and trade").click()
    expect(page.get_by_role("spinbutton", name="Digital skills for women")).to_have_value("9000000")
    part(page, "outcome").select_option("skilled_women")
    settled(page)
    expect(page.get_by_role("figure", name="Women with basic digital skills")).to_be_visible()
    part(page, "headline").select_option("women_gap")
    settled(page)
    expect(page.get_by_role("figure", name="Skilled women less skilled people")).to_be_visible()
    assert complaints == []


def test_it_speaks_the_language_of_the_visitor(visit, complaints):
    page = visit("fr-FR")
    page.get_by_text("Personnes, règles et commerce").click()
    expect(page.get_by_label("Compétences numériques des femmes").first).to_be_attached()
    assert complaints == []


def test_a_scenario_file_may_name_what_is_loaded_and_nothing_else(visit):
    page = visit("en-US")
    part(page, "files").click()
    for name in ("evil.py", "women_skills.py"):
        text = f"policy: balanced\nuntil: 2025\nextensions: [{name}]\n"
        file = {"name": "mine.yaml", "mimeType": "text/yaml", "buffer": text.encode()}
        part(page, "upload").set_input_files(file)
        if name == "evil.py":
            expect(part(page, "message")).to_contain_text("'evil.py' is not loaded here")
            expect(part(page, "until")).to_have_count(0)
    page.wait_for_url("**until=2025**")
