"""A facilitator and two teams, each in a browser of its own, and a server that is killed."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app.conftest import Site
from tests.app.parts import part

ROOM_PAGE = str(Path(__file__).with_name("room_page.py"))


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory) -> Iterator[Callable[[], Site]]:
    """The server on one folder of rooms: the one that runs, or else one that is started."""
    rooms = {"ROOMS": str(tmp_path_factory.mktemp("page") / "rooms")}
    sites = []

    def running() -> Site:
        sites.append(serve(ROOM_PAGE, env=rooms))
        return sites[-1]

    yield running
    for each in sites:
        each.stop(signal.SIGKILL)


def visit(new_context, address: str) -> Page:
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    expect(part(page, "room")).to_be_visible()
    return page


def join(page: Page, code: str, team: str) -> None:
    part(page, "room-code").fill(code)
    part(page, "room-team").fill(team)
    part(page, "room-team").press("Enter")


def hand_in(page: Page, name: str) -> None:
    part(page, "room-scenario").fill(name)
    part(page, "room-scenario").press("Enter")


def lines(page: Page) -> Locator:
    return part(page, "room-board").locator("tbody tr")


def test_two_teams_and_their_facilitator(site, new_context, picture):
    url = site().url
    lead = visit(new_context, url)
    part(lead, "room-title").fill("<img src=x onerror=alert(1)>")
    part(lead, "room-make").click()
    code = part(lead, "room-shown-code").inner_text()
    expect(part(lead, "room-name")).to_have_text("<img src=x onerror=alert(1)>")
    expect(part(lead, "room-qr")).to_be_visible()
    assert part(lead, "room-qr").evaluate("image => image.naturalWidth") > 0
    link = part(lead, "room-link").inner_text()
    assert link.endswith("#room=" + code.replace("-", ""))

    # The link brings the code; it is gone from the address at once.
    first = visit(new_context, f"{url}/?balanced#{link.partition('#')[2]}")
    expect(part(first, "room-code")).to_have_value(code.replace("-", ""))
    assert "#" not in first.url
    join(first, code, "Team <b>One</b>")
    second = visit(new_context, f"{url}/?soft_first")
    join(second, "WRONGWRO", "Team Two")
    expect(part(second, "room-message")).to_have_text(re.compile("no room with this code"))
    join(second, code.lower(), "team <b>one</b>")
    expect(part(second, "room-message")).to_have_text(re.compile("Choose another name"))
    join(second, code, "Team Two")
    expect(part(lead, "room-state")).to_contain_text("2 teams")

    hand_in(first, "Everything <script>")
    expect(lines(lead)).to_have_count(1)
    hand_in(second, "People first")
    expect(lines(lead)).to_have_count(2)
    expect(part(lead, "room-board")).not_to_contain_text("being computed")
    for team, own, other in ((first, "Everything", "People"), (second, "People", "Everything")):
        expect(lines(team)).to_have_count(1)
        expect(lines(team)).to_contain_text(own)
        assert other not in team.content()

    part(lead, "room-freeze").click()
    expect(part(first, "room-send")).to_be_disabled()
    part(lead, "room-rank").select_option("cost_per_person")
    part(lead, "room-reveal").click()
    for team in (first, second):
        expect(lines(team)).to_have_count(2)
        expect(lines(team).first.locator("td").first).to_have_text("1")
        assert lines(team).all_inner_texts() == lines(lead).all_inner_texts()
    expect(first.locator("img, script").filter(has_text="alert")).to_have_count(0)
    picture(lead, "room-facilitator")
    picture(first, "room-team")

    other = lines(first).filter(has_text="People first")
    other.locator("[data-test=room-show]").click()
    expect(first.locator(".shown")).to_have_text("People and rules first")
    with lead.expect_download() as download:
        part(lead, "room-export").click()
    table = download.value.path().read_text(encoding="utf-8")
    assert len(table.splitlines()) == 3 and "People first" in table


def test_a_killed_server_brings_everybody_back(site, new_context, complaints):
    lead = visit(new_context, site().url)
    part(lead, "room-make").click()
    team = visit(new_context, lead.url)
    join(team, part(lead, "room-shown-code").inner_text(), "Team")
    hand_in(team, "Plan")
    expect(lines(lead)).to_have_count(1)
    site().stop(signal.SIGKILL)
    url = site().url
    for page in (lead, team):
        page.goto(url)
    expect(part(team, "room-name")).to_contain_text("Team")
    expect(lines(team)).to_contain_text("Plan")
    expect(part(lead, "room-shown-code")).to_be_visible()
    expect(part(lead, "room-key")).to_have_count(0)  # shown once
    expect(part(lead, "room-board")).not_to_contain_text("being computed")
    complaints.clear()  # the connections that broke


def test_a_team_on_another_device_is_let_in_by_the_facilitator(site, new_context, picture):
    url = site().url
    lead = visit(new_context, url)
    part(lead, "room-make").click()
    code = part(lead, "room-shown-code").inner_text()
    old = visit(new_context, url)
    join(old, code, "Team One")
    hand_in(old, "Plan")
    new = visit(new_context, url)
    join(new, code, "TEAM ONE")
    expect(part(new, "room-message")).to_contain_text("ask the facilitator to let this device in")
    expect(part(lead, "room-claim")).to_contain_text("TEAM ONE")
    picture(lead, "room-claim")
    part(lead, "room-admit").click()
    expect(part(lead, "room-claim")).to_have_count(0)
    expect(lines(new)).to_contain_text("Plan")
    expect(part(old, "room-code")).to_be_visible()  # one device a team


def test_a_room_in_arabic_on_a_narrow_screen(workshop, new_context, picture):
    page = new_context(viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"{workshop.url}/?until=2024")
    part(page, "language").select_option("ar")
    part(page, "room-toggle").click()
    part(page, "room-make").click()
    code = part(page, "room-shown-code")
    expect(code).to_be_visible()
    # The panel is read from the right, the code from the left.
    leave, panel = part(page, "room-leave").bounding_box(), part(page, "room").bounding_box()
    assert leave["x"] > panel["x"] + panel["width"] / 2
    assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"
    wide = page.evaluate("document.documentElement.scrollWidth")
    picture(page, "room-narrow-arabic")
    assert wide <= 390
