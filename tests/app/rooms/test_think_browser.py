"""The first team exercise of the guide, a question to the teams, and pages that are led."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app.parts import part, settled


@pytest.fixture
def visit(new_context, workshop):
    def opened(address: str = "", width: int = 1366, height: int = 768, **settings) -> Page:
        page = new_context(viewport={"width": width, "height": height}, **settings).new_page()
        page.goto(address or f"{workshop.url}/?until=2024")
        settled(page)
        return page

    return opened


def set_lever(page: Page, lever: str, value: int) -> None:
    """Type a number beside a lever, as the guide's table says it."""
    row = page.locator(".dv-lever", has=page.locator(f"#lever-{lever}"))
    group = page.locator("details.dv-group", has=row)
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    row.locator(".dv-number").fill(str(value))
    row.locator(".dv-number").press("Enter")
    expect(page.locator(f"#lever-{lever}")).to_have_attribute("data-value", str(value))
    settled(page)


def expects(page: Page, way: str, size: str) -> None:
    part(page, f"way-{way}").check()
    part(page, "size").fill(size)
    part(page, "set-mark").click()


def moved(page: Page) -> Locator:
    """What a card says of the difference from the status quo; of the status quo itself nothing."""
    return part(page, "card-people_offline").locator(".dv-diff")


def top(page: Page, where: str) -> float:
    return page.locator(where).first.bounding_box()["y"]


def test_two_teams_and_a_question_as_the_guide_tells(visit, workshop, picture):
    lead = visit()
    part(lead, "room-toggle").click()
    part(lead, "room-make").click()
    code = part(lead, "room-shown-code").inner_text()
    expect(lead.locator(".fig-map svg")).to_be_in_viewport(ratio=0.5)  # beside the panel
    part(lead, "roles").locator("summary").click()
    expect(part(lead, "brief")).to_have_count(5)

    # One team by the link, one by the code on a telephone whose page has other years.
    link = part(lead, "room-link").inner_text()
    assert link.startswith(f"{workshop.url}/?") and "until=2024" in link
    first = visit(link)
    expect(part(first, "room-code")).to_have_value(link.partition("=")[2][-8:])
    assert "room=" not in first.url
    second = visit(f"{workshop.url}/?until=2026", width=390, height=844)
    part(second, "room-toggle").click()
    part(second, "room-code").fill(code)
    for page, team in ((first, "One"), (second, "Two")):
        part(page, "room-team").fill(team)
        part(page, "room-team").press("Enter")
        expect(part(page, "room-name")).to_contain_text(team)
        expect(page).to_have_url(re.compile("until=2024"))
    assert top(second, ".fig-map") < top(second, "[data-test=room]")

    # Each moves one lever from the status quo, looks at the map and hands in.
    for page, lever, value in ((first, "five_g", 2000), (second, "skills_training", 35_000_000)):
        set_lever(page, lever, value)
        part(page, "mode").select_option("change")
        for column in ("internet_users", "exporters"):
            part(page, "outcome").select_option(column)
            settled(page)
        part(page, "room-scenario").fill(lever)
        part(page, "room-scenario").press("Enter")
    part(first, "roles").locator("summary").click()
    part(first, "role").select_option("regulator")
    expect(part(first, "brief")).to_have_count(1)
    rows = part(lead, "room-board").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="five_g")).to_contain_text("Regulator")
    expect(first).to_have_url(re.compile("map=exporters"))
    own = first.url

    # The facilitator guesses first, and asks the teams.
    part(lead, "guess-first").check()
    part(lead, "card-people_offline").click()
    part(lead, "package").select_option("balanced")
    expect(part(lead, "ask")).to_be_visible()
    expect(moved(lead)).to_have_text("")
    part(lead, "ask-all").click()
    for page in (first, second):
        expect(part(page, "ask")).to_contain_text("Balanced package")
        expect(part(page, "ask")).to_be_in_viewport()
        expect(part(page, "package")).to_have_value("")
        expect(moved(page)).to_have_text("")
    expects(first, "better", "20")
    expect(part(first, "waiting")).to_contain_text("1 of 2. Still missing: Two")
    for page in (first, lead):
        assert "20.0" not in part(lead, "think").inner_text()
        expect(moved(page)).to_have_text("")
    expects(second, "worse", "3")
    for page in (lead, first, second):
        marks = part(page, "marks").locator("li")
        expect(marks).to_have_count(3)
        expect(marks.nth(0)).to_contain_text("\N{MINUS SIGN}20")
        expect(marks.nth(1)).to_contain_text("+3")
        expect(marks.nth(2)).to_contain_text(re.compile("The model\\s*\N{MINUS SIGN}.*\\(.* to "))
        expect(moved(page)).not_to_have_text("")
    picture(lead, "think-answered")

    # The last change again, as often as wanted; then back to one's own, even after a reload.
    after = part(first, "card-people_offline").inner_text()
    answer = part(first, "marks").inner_text()
    part(first, "replay").click()
    expect(part(first, "phase")).to_have_text("Before the change")
    expect(moved(first)).to_have_text("")
    assert part(first, "marks").inner_text() == answer
    expect(part(first, "phase")).to_have_text("After the change")
    assert part(first, "card-people_offline").inner_text() == after
    expect(part(first, "replay")).to_be_visible()
    first.reload()
    settled(first)
    part(first, "back").click()
    expect(part(first, "back")).to_have_count(0)
    expect(first).to_have_url(own)
    expect(first.locator("#lever-five_g")).to_have_attribute("data-value", "2000")

    # What the facilitator looks at comes to every page.
    part(lead, "outcome").select_option("skills")
    part(lead, "year").press("Home")
    expect(lead.locator(".fig-map .fig-title")).to_have_text(re.compile("2022"))
    part(lead, "drive").click()
    for page in (first, second):
        expect(part(page, "outcome")).to_have_value("skills")
        expect(page.locator(".fig-map .fig-title")).to_have_text(re.compile("2022"))
        expect(part(page, "led")).to_contain_text("Your own scenario is kept")
    part(second, "back").click()
    expect(part(second, "outcome")).to_have_value("exporters")
    expect(second.locator("#lever-skills_training")).to_have_attribute("data-value", "35000000")
    assert second.evaluate("document.documentElement.scrollWidth") <= 390

    # The board names each for everybody, and shows any on one's own page.
    part(lead, "room-reveal").click()
    others = part(second, "room-board").locator("tbody tr")
    expect(others).to_have_count(2)
    others.filter(has_text="five_g").locator("[data-test=room-show]").click()
    expect(second).to_have_url(re.compile(r"l\.five_g=2000"))
