"""A team takes its page home, opens it without the server, and drops it on another page."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

from playwright.sync_api import Page, expect

from divide.app.rooms.aim import kept
from divide.app.rooms.board import ranking
from divide.app.takehome import offline
from divide.app.takehome.room import offline_room, room_page
from divide.app.visit.goal import Goal
from divide.app.words import words
from tests.app.parts import part, settled


def shown(page: Page) -> str:
    settled(page)
    return page.locator(".dv-headline").get_attribute("data-shown")


DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "text/html" }));
  window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
}"""


def test_a_page_goes_home_and_comes_back(workshop, new_context, tmp_path, picture):
    context = new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{workshop.url}/?until=2024&l.price_subsidy=0.5")
    digest = shown(page)
    part(page, "pin").click()
    expect(part(page, "pinned")).to_have_count(1)
    part(page, "mode").select_option("compare0")
    part(page, "tab-ranking").click()
    part(page, "language").select_option("fr")
    expect(part(page, "take")).to_have_text(words("fr")("takehome.label.take"))
    with page.expect_download(timeout=90_000) as got:
        part(page, "take").click()
    home = tmp_path / "home.html"
    got.value.save_as(home)
    # A picture says whose it is.
    with page.expect_download() as saved:
        page.locator(".dv-mapbox .fig-tools button").nth(1).click()
    drawing = Path(saved.value.path()).read_text(encoding="utf-8")
    assert digest[:12] in drawing and words("fr")("takehome.caveat") in drawing
    # All that is looked at is in the address, and opens on any copy.
    expect(page).to_have_url(re.compile(r"tab=ranking.*lang=fr.*pin1="))
    link = page.url.partition("?")[2]

    other = context.new_page()
    other.goto(f"{workshop.url}/?until=2025")
    assert shown(other) != digest
    part(other, "share").click()
    part(other, "paste").fill(f"https://example.org/somewhere/#{link}&map=moon")
    part(other, "paste").press("Enter")
    expect(part(other, "message")).to_contain_text("moon")
    expect(other.locator(".dv-headline")).to_have_attribute("data-shown", digest)
    expect(part(other, "mode")).to_have_value("compare0")
    expect(part(other, "tab-ranking")).to_have_attribute("aria-selected", "true")
    expect(part(other, "language")).to_have_value("fr")

    read = context.new_page()
    read.goto(home.as_uri())
    expect(read.locator("h1")).to_be_visible()
    assert read.locator("[data-row]").count() == 188
    assert len(read.pdf(prefer_css_page_size=True)) > 50_000
    picture(read, "takehome-fr")
    # On paper what must not be concluded comes before the map, on a screen after all figures.
    caution, world = read.locator(".caution:visible"), read.locator(".map")
    expect(caution).to_have_class(re.compile("on-screen"))
    read.set_viewport_size({"width": 680, "height": 900})  # A4 between its margins
    read.emulate_media(media="print")
    expect(caution).to_have_count(1)
    assert caution.bounding_box()["y"] < world.bounding_box()["y"]
    wide = "all => Math.max(...all.map((e) => e.getBoundingClientRect().right))"
    assert read.locator("table").evaluate_all(wide) <= 680
    read.emulate_media(media="screen")
    read.set_viewport_size({"width": 390, "height": 844})
    assert read.evaluate("document.documentElement.scrollWidth") == 390
    other.goto(f"{workshop.url}/?until=2025")
    shown(other)
    other.evaluate(DROP, ["home.html", home.read_text(encoding="utf-8")])
    expect(other.locator(".dv-headline")).to_have_attribute("data-shown", digest)
    # With its pins and as it was looked at, in the language of the one who reads it.
    expect(part(other, "pinned")).to_have_count(1)
    expect(part(other, "mode")).to_have_value("compare0")
    expect(part(other, "tab-ranking")).to_have_attribute("aria-selected", "true")
    expect(part(other, "language")).to_have_value("en")
    other.evaluate(DROP, ["other.html", "<p>nothing</p>"])
    expect(part(other, "message")).to_contain_text("holds no scenario")


def test_an_offline_room_moves(room, here, new_context, tmp_path, picture, monkeypatch):
    monkeypatch.setattr(offline, "MOST_RUNS", 31)
    path = tmp_path / "room.html"
    path.write_text(offline_room(here, *room, words("ar"), "x", lambda *_: None), encoding="utf-8")
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(path.as_uri())

    def seen() -> tuple[str, str, str]:
        fills = page.locator("[data-row]").evaluate_all(
            "all => all.map((e) => e.getAttribute('fill')).join()"
        )
        return (
            fills,
            page.locator("[data-part=cards]").inner_text(),
            page.locator(".line-you").get_attribute("d"),
        )

    # A number stands before its unit, also where one reads from the right.
    expect(page.locator("[data-part=cards] td.n").first).to_have_css("direction", "rtl")
    first = seen()
    # Better or worse needs an interval, which only the packages have as they were handed in.
    toned = page.locator("[data-part=cards]").locator(".better, .worse")
    intervals = page.locator("[data-part=cards] small")
    expect(toned.first).to_be_visible()
    expect(intervals.first).to_contain_text("90%")
    lever = page.get_by_role("slider", name=words("ar")("levers.price_subsidy.label"))
    lever.press("Home")
    moved = seen()
    assert all(a != b for a, b in zip(first, moved, strict=True))
    expect(toned).to_have_count(0)
    expect(intervals).to_have_count(0)
    picture(page, "offline-ar")
    page.locator("[data-part=restore]").click()
    assert seen() == first
    page.locator("[data-part=package]").select_option("1")
    assert seen() != first


#: Colours by the properties of a sheet, and those of the page's figures.
SHOWN = """(names) => names.map((name) => {
    const made = document.createElement("i");
    made.style.color = `var(${name})`;
    (document.querySelector(".fig") ?? document.body).append(made);
    const found = getComputedStyle(made).color;
    made.remove();
    return found;
})"""
FIGURE = ["--fig-you", "--fig-baseline", "--fig-better", "--fig-worse"]


def colours(page: Page) -> list[str]:
    """Those of the lines, and of what is better or worse, as they are drawn."""
    look = "(e, what) => getComputedStyle(e)[what]"
    drawn = [page.locator(f".line-{who}").first.evaluate(look, "stroke") for who in ("you", "base")]
    band = page.locator(".band-you")
    assert not band.count() or band.first.evaluate(look, "fill") == drawn[0]
    return drawn + page.evaluate(SHOWN, ["--good", "--bad"])


def test_lines_at_home_have_the_colours_of_the_screen(
    workshop, room, here, new_context, tmp_path, picture, monkeypatch
):
    monkeypatch.setattr(offline, "MOST_RUNS", 9)
    settings, board = room
    aims = replace(settings, outcome=kept(Goal("online", 2024, 0.9)))
    context = new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{workshop.url}/?until=2024")
    settled(page)
    screen = {}
    for look in ("light", "dark"):
        if look == "dark":
            part(page, "theme").click()
            expect(page.locator(".fig-dark").first).to_be_visible()
        screen[look] = page.evaluate(SHOWN, FIGURE)
    assert screen["light"] != screen["dark"] and len(set(screen["light"])) == 4
    home = tmp_path / "home.html"
    for lang in ("en", "ar", "ru"):
        made = room_page(here, aims, board, words(lang), "x", lambda *_: None)
        home.write_text(made, encoding="utf-8")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(media="screen", color_scheme="light")
        page.goto(home.as_uri())
        assert colours(page) == screen["light"]
        # How near each team comes, up to the goal.
        for bar in page.locator(".part").all():
            whole, got = bar.bounding_box(), bar.locator("i").bounding_box()
            assert 0.5 < got["width"] / whole["width"] < 1 and got["height"] > 4
        page.emulate_media(color_scheme="dark")
        assert colours(page) == screen["dark"]
        picture(page, f"goal-dark-{lang}")
        page.set_viewport_size({"width": 680, "height": 900})  # A4 between its margins
        page.emulate_media(media="print")
        assert colours(page) == screen["light"]
        wide = "all => Math.max(...all.map((e) => e.getBoundingClientRect().right))"
        assert page.locator("table").evaluate_all(wide) <= 680
        picture(page, f"goal-print-{lang}")
    made = offline_room(here, aims, board, words("en"), "x", lambda *_: None)
    home.write_text(made, encoding="utf-8")
    for look in ("light", "dark"):
        page.emulate_media(media="screen", color_scheme=look)
        page.goto(home.as_uri())
        assert colours(page) == screen[look]


def test_a_room_that_aims_at_a_goal_goes_home(workshop, new_context, picture):
    lead = new_context(viewport={"width": 1280, "height": 900}).new_page()
    lead.goto(f"{workshop.url}/?until=2024")
    settled(lead)
    part(lead, "goal-open").click()
    part(lead, "goal-kind").select_option("online")
    part(lead, "goal-share").fill("90")
    part(lead, "goal-year").fill("2024")
    part(lead, "goal-set").click()
    settled(lead)
    part(lead, "room-toggle").click()
    part(lead, "room-make").click()
    link = part(lead, "room-link").inner_text()
    team = new_context(viewport={"width": 1280, "height": 900}).new_page()
    team.goto(link.replace("until=2024", "until=2024&l.price_subsidy=0.5"))
    settled(team)
    part(team, "room-team").fill("One")
    part(team, "room-team").press("Enter")
    expect(part(team, "room-name")).to_contain_text("One")
    part(team, "room-scenario").fill("Ours")
    part(team, "room-scenario").press("Enter")
    expect(part(lead, "room-board").locator("tbody tr")).to_contain_text("US$")
    part(lead, "room-rank").select_option("goal")
    board = part(lead, "board")
    aim = ranking(kept(Goal("online", 2024, 0.9)), words("en"))
    for page, button in ((lead, "take_room"), (team, "take"), (lead, "take_offline")):
        expect(part(page, "board")).to_contain_text(aim)
        with page.expect_download(timeout=90_000) as got:
            part(page, button).click()
        text = unescape(Path(got.value.path()).read_text(encoding="utf-8"))
        if button != "take_offline":
            score = board.locator(".dv-diff").inner_text()
            assert aim in text and "90% of people online" in text and score in text
