"""People who see little, use the keyboard, or listen: type, themes, skip links, what is spoken."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.app.parts import part, settled

#: Texts that are drawn smaller than `least` pixels, also inside of drawings that are scaled.
SMALL = """(least) => {
  const found = [];
  const texts = document.createTreeWalker(document.querySelector(".dv"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, said = texts.currentNode.textContent.trim();
    const seen = e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!said || !seen || e.closest(".dv-hidden, .fig-unseen, .dv-skip, style")) continue;
    const scale = e.ownerSVGElement ? Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b) : 1;
    const zoom = e.ownerSVGElement ? 1 : e.currentCSSZoom;
    const size = parseFloat(getComputedStyle(e).fontSize) * scale * zoom;
    if (size < least - 0.01) found.push(`${size} ${e.tagName}.${e.getAttribute("class")} ${said}`);
  }
  return found;
}"""


@pytest.fixture
def visit(new_context, workshop):
    def opened(query: str, width: int = 1366, height: int = 768, **settings) -> Page:
        page = new_context(viewport={"width": width, "height": height}, **settings).new_page()
        page.goto(f"{workshop.url}/?{query}")
        settled(page)
        return page

    return opened


def test_no_text_is_small_anywhere_and_a_projector_has_large_type(visit, picture):
    page = visit("until=2024&from=balanced")
    part(page, "room-toggle").click()
    part(page, "room-make").click()
    part(page, "room-shown-code").wait_for()
    part(page, "pin").click()
    part(page, "files").click()
    page.locator(".dv-more").first.click()
    page.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
    for tab in ("lines", "lorenz", "ranking", "firms", "why"):
        part(page, f"tab-{tab}").click()
        expect(part(page, f"tab-{tab}")).to_have_attribute("aria-selected", "true")
        if tab != "why":
            page.wait_for_selector(".dv-canvas svg")
        assert page.evaluate(SMALL, 13) == [], tab
    assert page.evaluate(SMALL, 14), "the measure finds what is smaller"

    part(page, "tab-lines").click()
    part(page, "projector").click()
    expect(page).to_have_url(re.compile("projector=1"))
    page.wait_for_timeout(300)
    assert page.evaluate(SMALL, 16) == []
    page.evaluate("sessionStorage.clear()")
    page.goto(page.url.replace("from=balanced", "from=soft_first"))  # as a link
    settled(page)
    expect(page.locator(".dv-projector")).to_have_count(1)
    expect(page).to_have_url(re.compile("from=soft_first"))
    assert page.evaluate("getComputedStyle(document.querySelector('.dv')).color") == "rgb(0, 0, 0)"
    expect(page.locator(".fig-map svg")).to_be_in_viewport(ratio=0.3)
    # A pointer means the year that is drawn under it.
    chart = page.locator(".fig-lines .fig-hot").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + 40)
    expect(page.locator(".fig-lines .fig-tip b")).to_have_text("2024")
    picture(page, "page-projector")
    part(page, "projector").click()
    expect(page).not_to_have_url(re.compile("projector"))


def test_keys_lead_to_the_map_one_card_is_spoken_and_dark_is_the_systems_wish(visit):
    page = visit("until=2024", color_scheme="dark")
    where = "() => document.activeElement.id || document.activeElement.closest('figure')?.className"
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    assert "fig-map" in page.evaluate(where)
    page.keyboard.press("ArrowRight")  # goes on to another country at once
    assert "fig-map" in page.evaluate(where)
    page.focus("#lever-rural_coverage")
    for key in ("Escape", "Enter"):
        page.keyboard.press(key)
    assert "fig-map" in page.evaluate(where)
    part(page, "tab-lines").focus()
    for key in ("Escape", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate(where) == "lever-rural_coverage"

    assert page.locator(".dv-headline [aria-live], .dv-headline[aria-live]").count() == 1
    spoken = part(page, "spoken")
    assert spoken.inner_text() == "" and spoken.get_attribute("aria-atomic") == "true"
    part(page, "card-people_offline").click()
    page.focus("#lever-price_subsidy")
    page.keyboard.press("End")
    expect(spoken).to_have_text(re.compile(r"^People offline: [\d,.]+\smillion; .*90%"))
    assert "Gini" not in spoken.inner_text()

    # Dark as the system wishes, until somebody chooses.
    expect(page.locator(".dv-dark")).to_have_count(1)
    page.emulate_media(color_scheme="light")
    expect(page.locator(".dv-light")).to_have_count(1)
    for chosen in (".dv-dark", ".dv-light"):
        part(page, "theme").click()
        expect(page.locator(chosen)).to_have_count(1)
    page.emulate_media(color_scheme="dark")
    page.reload()
    settled(page)
    page.wait_for_timeout(300)
    expect(page.locator(".dv-light")).to_have_count(1)
