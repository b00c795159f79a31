"""What stays on the page stays the same element, whatever comes or goes beside it.

A part that is made anew loses what is sent to it meanwhile, the keyboard, and what is typed in it.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app.parts import part, settled

#: Parts of the page without a name for tests.
PARTS = (
    ".dv-bar", ".dv-body", ".dv-side", ".dv-main", ".dv-panel", ".dv-headline",
    ".dv-aims .dv-takehome",
    ".dv-views", ".dv-mapbox", ".dv-mapbar", ".fig-map", ".fig-map svg", ".dv-countrybar",
    ".dv-figure", ".dv-tabbar", ".dv-canvas", ".dv-canvas svg", ".dv-room", ".dv-board",
)  # fmt: skip
#: Names of the parts that were made anew since the last look, of those that were there.
REMADE = """(parts) => {
  const found = new Map(parts.map((each) => [each, document.querySelector(each)]));
  const named = Object.groupBy(document.querySelectorAll('.dv [data-test]'), (e) => e.dataset.test);
  for (const [name, all] of Object.entries(named)) if (all.length === 1) found.set(name, all[0]);
  const before = window.stays ?? new Map();
  window.stays = found;
  const there = (e) => e && e.isConnected && e.checkVisibility();
  return [...found].filter(([name, e]) => there(e) && before.get(name) && before.get(name) !== e)
    .map(([name]) => name);
}"""


@pytest.fixture
def visit(new_context, workshop) -> Callable[[str], Page]:
    def opened(query: str) -> Page:
        page = new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(f"{workshop.url}/{query}")
        settled(page)
        page.wait_for_selector(".dv-canvas svg")
        page.wait_for_selector(".fig-map [data-i]")
        return page

    return opened


def test_what_is_on_the_page_stays_itself_while_other_parts_come_and_go(visit):
    lead = visit("")
    assert not lead.evaluate(REMADE, PARTS)

    def stays(step: str, page: Page = lead) -> None:
        settled(page)
        remade = page.evaluate(REMADE, PARTS)
        assert not remade, f"{step}: made anew {remade}"

    def press(name: str, page: Page = lead) -> None:
        part(page, name).click()

    press("answer-least_connected")
    expect(part(lead, "lens")).to_be_visible()
    stays("lens comes")
    press("first-close")
    expect(part(lead, "first")).to_have_count(0)
    stays("question goes")
    for pane in ("files", "share", "settings"):
        press(pane)
        stays(pane)
    part(lead, "until").fill("2024")
    part(lead, "until").press("Enter")
    expect(part(lead, "year")).to_have_attribute("max", "2024")
    press("settings")
    stays("fewer years")
    part(lead, "lens-whole").locator("summary").first.click()
    part(lead, "lens-who").locator("summary").click()
    stays("lens opened")
    part(lead, "mode").select_option("change")
    stays("changes on the map")
    press("whom-online_women")
    stays("women on the map")
    part(lead, "outcome").select_option("skills")
    expect(part(lead, "whom-online_women")).to_have_count(0)
    stays("a map without groups")
    lead.locator(".fig-map [data-i][aria-label^=Kenya]").dispatch_event("click")
    expect(part(lead, "country-close")).to_be_visible()
    stays("country comes")
    press("country-close")
    expect(part(lead, "country-close")).to_have_count(0)
    stays("country goes")
    press("pin")
    expect(part(lead, "pinned")).to_have_count(1)
    stays("pin comes")
    press("goal-open")
    press("goal-set")
    expect(part(lead, "goal-score")).to_be_visible()
    stays("goal comes")
    lead.hover("#lever-rural_coverage")
    expect(part(lead, "held")).to_be_visible()
    stays("lever in hand")
    press("share")
    part(lead, "paste").fill("?map=moon")
    part(lead, "paste").press("Enter")
    # Above the open panel, and announced once.
    expect(part(lead, "message")).to_be_in_viewport(ratio=1)
    expect(lead.get_by_role("alert")).to_have_count(1)
    stays("refusal comes")
    lead.locator("[data-test=message] button").click()
    expect(part(lead, "message")).to_have_count(0)
    stays("refusal goes")
    press("share")
    for lang in ("ar", "en"):
        part(lead, "language").select_option(lang)
        expect(lead.locator("html")).to_have_attribute("lang", lang)
        press("theme")
        stays(lang)

    press("room-toggle")
    expect(part(lead, "room-make")).to_be_visible()
    stays("door of the room")
    press("room-make")
    expect(part(lead, "room-shown-code")).to_be_visible()
    expect(part(lead, "take_room")).to_be_visible()
    stays("room")
    press("ask-all")
    expect(part(lead, "room-message")).to_be_visible()
    stays("refusal of the room")
    link = part(lead, "room-link").inner_text()
    team = visit(link.partition("/?")[2].join(["?", ""]))
    team.evaluate(REMADE, PARTS)
    part(team, "room-team").fill("One")
    part(team, "room-team").press("Enter")
    expect(part(team, "room-send")).to_be_visible()
    stays("a team comes in", team)
    part(team, "room-scenario").fill("Nothing")
    part(team, "room-scenario").press("Enter")
    expect(part(lead, "room-board")).to_be_visible()
    for page in (lead, team):
        stays("board", page)

    part(lead, "guess-first").check()
    part(lead, "package").select_option("balanced")
    expect(part(lead, "ask")).to_be_visible()
    stays("a guess before the change")
    press("ask-all")
    expect(part(team, "ask")).to_be_visible()
    for page in (lead, team):
        stays("question to the teams", page)
    part(team, "way-same").check()
    press("set-mark", team)
    for page in (lead, team):
        expect(part(page, "marks").locator("li")).to_have_count(2)
        stays("marks and answer", page)
    part(lead, "guess-first").uncheck()
    press("release")
    expect(part(lead, "release")).to_have_count(0)
    stays("question taken back")
    press("back", team)
    expect(part(team, "led")).to_have_count(0)
    stays("back to the own page", team)
    press("room-leave", team)
    expect(part(team, "room-code")).to_be_visible()
    stays("out of the room", team)
    press("room-toggle", team)
    expect(part(team, "room")).to_have_count(0)
    stays("room put away", team)
    # The eye of the test is open: a part that is really made anew is told.
    press("tab-firms", team)
    expect(team.locator(".dv-canvas .fig-firms")).to_be_visible()
    assert team.evaluate(REMADE, PARTS) == [".dv-canvas svg"]
