"""`divide serve --with FILE` in a real browser: the worked example of docs/extending.md."""

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

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


def test_lever_outcome_and_column_of_an_extension_are_on_the_page(new_context, url, complaints):
    page = new_context(viewport={"width": 1440, "height": 900}, locale="en-US").new_page()
    page.goto(
        f"{url}/?until=2026&l.women_training=9000000~least_connected&budget=500&spend=planned"
    )
    expect(page.locator(".dv-card").first).to_be_visible(timeout=120_000)
    page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached", timeout=120_000)
    expect(page.get_by_text("Digital skills for women", exact=True).first).to_be_attached()
    for select, value in (("map-outcome", "women_online"), ("headline", "women_gap")):
        options = page.locator(f"option[value={value}]")
        expect(options.first, select).to_be_attached()
    page.locator("select:has(option[value=women_online])").select_option("women_online")
    page.locator("select:has(option[value=women_gap])").select_option("women_gap")
    page.wait_for_selector(".dv-main:not(.dv-busy)", state="attached", timeout=120_000)
    expect(page.get_by_text("Women online less everybody online").first).to_be_attached()
    assert complaints == []


def test_it_speaks_the_language_of_the_visitor(new_context, url, complaints):
    page = new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR").new_page()
    page.goto(f"{url}/?until=2026")
    expect(page.locator(".dv-card").first).to_be_visible(timeout=120_000)
    said = page.get_by_text("Compétences numériques des femmes", exact=True).first
    expect(said).to_be_attached()
    assert complaints == []


def test_a_scenario_file_may_name_what_is_loaded_and_nothing_else(new_context, url, tmp_path):
    page = new_context(viewport={"width": 1440, "height": 900}, locale="en-US").new_page()
    page.goto(f"{url}/?until=2026")
    expect(page.locator(".dv-card").first).to_be_visible(timeout=120_000)
    for name, message in (("women_skills.py", None), ("evil.py", "'evil.py' is not loaded here")):
        file = tmp_path / "mine.yaml"
        file.write_text(f"policy: balanced\nuntil: 2025\nextensions: [{name}]\n")
        page.locator("[data-test=upload]").set_input_files(file)
        if message is not None:
            expect(page.get_by_text(message).first).to_be_visible(timeout=60_000)
        else:
            page.wait_for_url("**until=2025**", timeout=60_000)
