"""A page whose server is gone: it says so, shows no figure under another's name, and comes back."""

import signal
import sys

import pytest
from playwright.sync_api import Page, expect

from divide.app.words import words
from tests.app.conftest import Site, free_port
from tests.app.parts import part, settled


@pytest.fixture(scope="module")
def start(serve, tmp_path_factory):
    """The workshop at one port: the one that runs there, or else one that is started."""
    port, rooms = str(free_port()), str(tmp_path_factory.mktemp("rooms"))
    options = ("serve", "--port", port, "--firms", "1000", "--rooms", rooms)
    sites: list[Site] = []

    def begin() -> Site:
        command = (sys.executable, "-m", "divide", *options)
        sites.append(serve(command=command, url=f"http://127.0.0.1:{port}"))
        return sites[-1]

    yield begin
    for site in sites:
        site.stop(signal.SIGKILL)


def opened(new_context, site: Site, query: str, **settings) -> Page:
    page = new_context(viewport={"width": 1440, "height": 900}, **settings).new_page()
    page.goto(f"{site.url}/?{query}")
    settled(page)
    return page


CAN_ACT = """() => [...document.querySelectorAll('.dv button, .dv select, .dv input')]
  .filter((e) => !e.matches(':disabled')).length"""


def test_a_server_that_ends_is_missed_at_once_and_found_again(
    start, new_context, complaints, picture
):
    """Read from the left and from the right; both pages lose the same server."""
    site = start()
    pages = {
        lang: opened(new_context, site, "until=2024&from=balanced", locale=lang)
        for lang in ("en", "ar")
    }
    whose, shown = {}, {}
    for lang, page in pages.items():
        name = words(lang)("packages.balanced.title")
        whose[lang] = words(lang)("page.whose", name=name, start=2022, until=2024)
        expect(page.locator(".dv-whose")).to_contain_text(whose[lang])
        expect(part(page, "card-usage_mean")).to_contain_text("90%")  # the last that comes
        shown[lang] = part(page, "card-usage_mean").inner_text()
    site.stop(signal.SIGKILL)
    for lang, page in pages.items():
        expect(part(page, "lost")).to_contain_text(words(lang)("page.label.lost"))
        expect(part(page, "lost")).to_contain_text(whose[lang])
        expect(page.locator(".dv-gone")).to_have_count(1)
        assert page.evaluate(CAN_ACT) == 0
        expect(part(page, "package")).to_have_value("balanced")
        assert part(page, "card-usage_mean").inner_text() == shown[lang]
        picture(page, f"page-lost-{lang}")
        page.evaluate("window.before = true")
    start()
    for lang, page in pages.items():
        page.wait_for_function("() => !window.before")
        page.wait_for_selector(".dv-card")
        expect(part(page, "lost")).to_have_count(0)
        expect(part(page, "package")).to_have_value("balanced")
        part(page, "package").select_option("payments_first")
        title = words(lang)("packages.payments_first.title")
        expect(page.locator(".dv-whose")).to_contain_text(title)
    complaints.clear()  # the connections that broke


def test_a_choice_that_no_server_hears_names_no_figures(start, new_context, complaints):
    site = start()
    page = opened(new_context, site, "until=2024&from=balanced")
    part(page, "pin").click()
    expect(part(page, "pinned")).to_have_count(1)
    shown = part(page, "card-usage_mean").inner_text()
    site.process.send_signal(signal.SIGSTOP)  # its line stays open
    try:
        part(page, "package").select_option("payments_first")
        expect(part(page, "package")).to_have_value("balanced")
        expect(part(page, "lost")).to_contain_text("Figures of: Balanced package")
        assert part(page, "card-usage_mean").inner_text() == shown
    finally:
        site.process.send_signal(signal.SIGCONT)
    # The line has held: what was asked for is done, and nothing of the visit is lost.
    expect(part(page, "lost")).to_have_count(0)
    expect(page.locator(".dv-whose")).to_contain_text("Payments first")
    expect(part(page, "package")).to_have_value("payments_first")
    expect(part(page, "pinned")).to_have_count(1)
    assert page.evaluate(CAN_ACT) > 0
    complaints.clear()


def test_language_and_theme_chosen_by_hand_outlive_the_server(start, new_context, complaints):
    site = start()
    page = opened(new_context, site, "until=2024", locale="en")
    part(page, "language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    part(page, "theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.evaluate("window.before = true")
    site.stop(signal.SIGKILL)
    expect(part(page, "lost")).to_have_count(1)
    start()
    page.wait_for_function("() => !window.before")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator(".dv.dv-dark.dv-rtl")).to_have_count(1)
    # Another tab begins as its browser asks for, and a choice can be taken back for good.
    other = opened(new_context, site, "until=2024", locale="fr")
    expect(other.locator("html")).to_have_attribute("lang", "fr")
    part(page, "theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator(".dv.dv-light.dv-rtl")).to_have_count(1)
    complaints.clear()  # the connections that broke
