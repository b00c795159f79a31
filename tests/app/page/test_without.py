"""A page whose scripts, or whose line to the server, are missing says so."""

import pytest
from playwright.sync_api import expect

from divide.app.words import words

#: A line that is never answered, as behind a proxy that drops what it does not know.
NO_ANSWER = "window.WebSocket = class extends EventTarget { send() {} close() {} }"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_scripts_the_page_says_so(workshop, new_context, lang):
    page = new_context(java_script_enabled=False, locale=lang).new_page()
    page.goto(f"{workshop.url}/?until=2024")
    said = page.locator("noscript p.dv-notice")
    expect(said).to_have_text(words(lang)("shell.no_script"))
    expect(said).to_be_visible()
    expect(page.locator("#dv-no-line")).to_be_hidden()


def test_a_browser_without_lines_is_told_at_once(workshop, new_context, complaints):
    page = new_context(locale="ru").new_page()
    page.add_init_script("delete window.WebSocket")
    page.goto(f"{workshop.url}/?until=2024")
    expect(page.get_by_text(words("ru")("shell.no_line"))).to_be_visible(timeout=10_000)
    complaints.clear()  # the shell does not expect it either


def test_a_line_that_a_network_forbids_is_missed(workshop, new_context, complaints):
    page = new_context(locale="ar").new_page()
    page.add_init_script(NO_ANSWER)
    page.goto(f"{workshop.url}/?until=2024")
    said = page.get_by_text(words("ar")("shell.no_line"))
    expect(said).to_be_hidden()
    expect(said).to_be_visible(timeout=60_000)
    complaints.clear()


def test_a_page_with_everything_says_nothing_of_it(workshop, new_context):
    page = new_context().new_page()
    page.goto(f"{workshop.url}/?until=2024")
    page.wait_for_selector(".dv-card")
    expect(page.locator(".dv-notice")).to_be_hidden()
