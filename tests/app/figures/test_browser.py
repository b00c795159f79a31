"""The figures in a real browser: what is drawn, by mouse, by keyboard, saved, and in all looks."""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from divide.app.figures.worldmap import GEOMETRY
from divide.model.world import load_world
from tests.app.figures.gallery import TEXTS

Picture = Callable[[Page, str], Path]


@pytest.fixture
def gallery(serve: Callable[..., Any], lasting: Callable[[str], Page]) -> Callable[[str], Page]:
    """The gallery with a query such as "?dark", drawn and labelled, the map as large as at first.

    Tests share the page: what one selects or types, the next finds.
    """

    def opened(query: str = "") -> Page:
        page = lasting(serve("tests.app.figures.gallery").url + query)
        page.set_viewport_size({"width": 1280, "height": 720})
        expect(page.locator(".fig-map [data-i][aria-label]")).to_have_count(188)
        expect(page.locator(".fig-bars")).to_have_count(2)
        page.mouse.move(1, 1)
        whole = page.get_by_role("button", name=TEXTS["zoom_reset"], exact=True)
        if whole.is_visible():
            whole.click()
        return page

    return opened


def country(page: Page, name: str) -> Locator:
    return page.locator(f".fig-map [aria-label^='{name}:']")


def fills(page: Page) -> dict[str, str]:
    return page.locator(".fig-map [data-i]").evaluate_all(
        "all => Object.fromEntries(all.map(e => [e.dataset.i, e.getAttribute('fill')]))"
    )


def active(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")


class TestMap:
    def test_every_country_is_drawn_coloured_and_labelled(self, gallery: Callable) -> None:
        page = gallery()
        labels = page.locator(".fig-map [data-i]").evaluate_all(
            "all => all.map(e => e.getAttribute('aria-label'))"
        )
        names = [str(name) for name in load_world(2022).table["name"]]
        assert sorted(label.rpartition(":")[0] for label in labels) == sorted(names)
        colours = fills(page)
        assert len(colours) == 188
        assert sum(c.startswith("url") for c in colours.values()) == 1  # one has no data
        assert page.locator(".fig-other").count() >= 10

    def test_every_country_can_be_pointed_at(self, gallery: Callable) -> None:
        """At the middle of each, where dots of neighbours may lie, on a narrow screen."""
        page = gallery()
        page.set_viewport_size({"width": 390, "height": 900})
        page.wait_for_timeout(500)
        box = page.locator(".fig-map svg").bounding_box()
        assert box is not None
        outlines = json.loads(GEOMETRY)
        scale = box["width"] / outlines["width"]
        world = load_world(2022)
        wrong = {}
        for code, name in zip(world.iso3, world.table["name"], strict=True):
            place = outlines["countries"][code]
            page.mouse.move(box["x"] + place["x"] * scale, box["y"] + place["y"] * scale)
            read = page.locator(".fig-map .fig-tip b").text_content()
            if read != name:
                wrong[code] = read
        assert not wrong

    def test_the_sea_beside_a_small_state_means_it(self, gallery: Callable) -> None:
        page = gallery()
        box = country(page, "Tuvalu").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2 + 10, box["y"] + box["height"] / 2)
        expect(page.locator(".selected")).to_contain_text("selected TUV")

    def test_a_click_selects_and_the_pointer_reads(self, gallery: Callable) -> None:
        page = gallery()
        country(page, "Kenya").click()
        expect(page.locator(".selected")).to_contain_text("selected KEN")
        expect(country(page, "Kenya")).to_have_attribute("aria-selected", "true")
        country(page, "Brazil").hover()
        expect(page.locator(".fig-map .fig-tip")).to_have_text(re.compile(r"Brazil\s*\d+(\.\d)?%"))

    def test_land_without_data_is_named_in_the_readers_language(self, gallery: Callable) -> None:
        page = gallery("?locale=fr")
        page.locator("[data-other=VEN]").hover()
        expect(page.locator(".fig-map .fig-tip")).to_have_text("Venezuela" + TEXTS["no_data"])
        page.locator("[data-other=PRK]").hover()
        expect(page.locator(".fig-map .fig-tip")).to_contain_text("Corée du Nord")

    def test_new_values_change_fills_only(self, gallery: Callable) -> None:
        page = gallery()
        before = fills(page)
        page.evaluate("""() => {
            window.changes = [];
            new MutationObserver((all) => window.changes.push(...all.map(
                (m) => `${m.type}:${m.attributeName}`))
            ).observe(document.querySelector('.fig-map [role=listbox]'),
                      {attributes: true, childList: true, subtree: true});
        }""")
        page.get_by_role("button", name="move").click()
        page.wait_for_function("window.changes.includes('attributes:aria-label')")
        after = fills(page)
        moved = {i for i in after if after[i] != before[i]}
        changes = page.evaluate("window.changes")
        assert len(moved) > 100
        assert set(changes) == {"attributes:fill", "attributes:aria-label"}
        assert changes.count("attributes:fill") == len(moved)

    def test_by_keyboard_alone(self, gallery: Callable) -> None:
        page = gallery()
        page.locator(".fig-map .fig-tools button").last.focus()
        page.keyboard.press("Tab")
        expect(page.locator(".fig-map [data-i]:focus")).to_have_count(1)
        page.keyboard.type("kenya")
        expect(country(page, "Kenya")).to_be_focused()
        page.keyboard.press("ArrowUp")
        assert active(page).startswith("Ethiopia")
        page.keyboard.press("Enter")
        expect(page.locator(".selected")).to_contain_text("selected ETH")
        page.keyboard.press("+")
        page.keyboard.press("+")
        world = page.locator(".fig-map [role=listbox]")
        assert not (world.get_attribute("transform") or "").startswith("translate(0 0)")
        page.keyboard.press("0")
        expect(world).to_have_attribute("transform", re.compile(r"^translate\(0 0\)"))
        page.keyboard.press("PageDown")
        assert active(page).startswith(("Faroe", "Fiji"))
        page.keyboard.press("Tab")
        assert page.locator(".fig-zoom button:focus").count() == 1

    def test_page_down_reaches_every_country(self, gallery: Callable) -> None:
        page = gallery()
        country(page, "Afghanistan").focus()
        page.keyboard.press("Home")
        seen = set()
        for _ in range(188):
            seen.add(active(page))
            page.keyboard.press("PageDown")
        assert len(seen) == 188

    def test_the_wheel_scrolls_unless_ctrl_is_held(self, gallery: Callable) -> None:
        page = gallery()
        country(page, "Chad").hover()
        page.mouse.wheel(0, -200)
        world = page.locator(".fig-map [role=listbox]")
        expect(world).to_have_attribute("transform", re.compile(r"^translate\(0 0\)"))
        expect(page.locator(".fig-hint")).to_have_text("Ctrl and wheel magnify the map")
        page.keyboard.down("Control")
        page.mouse.wheel(0, -200)
        page.keyboard.up("Control")
        expect(world).not_to_have_attribute("transform", re.compile(r"^translate\(0 0\)"))

    def test_a_magnified_map_is_dragged_and_a_drag_selects_nothing(self, gallery: Callable) -> None:
        page = gallery()
        world = page.locator(".fig-map [role=listbox]")
        page.get_by_role("button", name="Magnify", exact=True).click()
        before = world.get_attribute("transform")
        chosen = page.locator(".selected").inner_text()
        box = page.locator(".fig-map svg").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 400, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 260, steps=4)
        page.mouse.up()
        expect(world).not_to_have_attribute("transform", before or "")
        assert page.locator(".selected").inner_text() == chosen

    def test_two_fingers_magnify(self, gallery: Callable) -> None:
        page = gallery()
        world = page.locator(".fig-map [role=listbox]")
        box = page.locator(".fig-map svg").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = page.context.new_cdp_session(page)
        for kind, apart in [("Start", 40), ("Move", 60), ("Move", 90), ("Move", 120)]:
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(world).not_to_have_attribute("transform", re.compile(r"^translate\(0 0\)"))


def test_lines_are_read_by_keyboard_and_choose_a_year(gallery: Callable) -> None:
    page = gallery()
    plot = page.locator(".fig-lines").first.get_by_role("slider")
    plot.focus()
    page.keyboard.press("Home")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^2022: Status quo 50%; "))
    page.keyboard.press("ArrowRight")
    tip = page.locator(".fig-lines").first.locator(".fig-tip")
    expect(tip).to_contain_text("2023")
    expect(tip.locator("tr")).to_have_count(4)
    page.keyboard.press("Enter")
    expect(page.locator(".selected")).to_contain_text("2023")


def test_names_at_the_ends_of_lines_do_not_collide(gallery: Callable) -> None:
    page = gallery()
    boxes = (
        page.locator(".fig-lines")
        .first.locator("svg g > text[style*=fill]")
        .evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(b => [b.top, b.bottom, b.right])"
        )
    )
    assert len(boxes) == 4
    boxes.sort()
    for (_, bottom, _), (top, _, _) in itertools.pairwise(boxes):
        assert top >= bottom - 1
    assert all(right <= 1400 for _, _, right in boxes)


def test_lorenz_reads_shares(gallery: Callable) -> None:
    page = gallery()
    plot = page.locator(".fig-lorenz").get_by_role("slider")
    plot.focus()
    page.keyboard.press("ArrowLeft")
    text = plot.get_attribute("aria-valuetext") or ""
    # y = x^((1 + g) / (1 - g)) at 0.35 for a Gini of 0.22
    assert "35%" in text
    assert "You 19.4%" in text


class TestRanking:
    def test_sorted_searched_and_chosen(self, gallery: Callable) -> None:
        page = gallery()
        rows = page.locator(".fig-ranking [role=option]")
        expect(rows).to_have_count(188)
        page.get_by_role("button", name="Name").click()
        expect(rows.first).to_contain_text("Afghanistan")
        page.get_by_role("button", name="Name").click()
        expect(rows.first).to_contain_text("Zimbabwe")
        page.get_by_role("button", name="Name").click()
        page.get_by_placeholder("Find a country").fill("guin")
        expect(rows).to_have_count(4)  # Guinea, Equatorial and -Bissau, Papua New
        rows.first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(".selected")).to_contain_text("selected GIN")
        page.get_by_placeholder("Find a country").fill("atlantis")
        expect(page.get_by_role("status")).to_have_text("Nothing found")
        page.get_by_placeholder("Find a country").fill("")


def test_tables_say_what_the_drawings_say(gallery: Callable) -> None:
    page = gallery()
    counts = {"map": 188, "lines": 19, "lorenz": 11, "ranking": 188, "contributions": 5}
    for kind, count in counts.items():
        figure = page.locator(f".fig-{kind}").first
        figure.get_by_role("button", name="Table").click()
        expect(figure.locator("tbody tr")).to_have_count(count)
        expect(figure.locator("svg")).to_be_hidden()
        if kind != "contributions":
            figure.get_by_role("button", name="Table").click()
    contributions = page.locator(".fig-contributions tbody")
    expect(contributions).to_contain_text("+US$ 2.1 million (+1.6 \N{EN DASH} +2.4)")
    expect(contributions).to_contain_text("\N{MINUS SIGN}US$ 0.8 million (\N{MINUS SIGN}1.1 ")
    page.locator(".fig-contributions").get_by_role("button", name="Table").click()


def test_saved_files_stand_alone(gallery: Callable, tmp_path: Path) -> None:
    page = gallery()
    alone = page.context.new_page()
    for kind in ("map", "lines"):
        figure = page.locator(f".fig-{kind}").first
        with page.expect_download() as svg:
            figure.get_by_role("button", name="SVG").click()
        text = Path(svg.value.path()).read_text(encoding="utf-8")
        assert svg.value.suggested_filename.endswith(".svg")
        assert "var(" not in text
        with page.expect_download() as png:
            figure.get_by_role("button", name="PNG").click()
        image = Path(png.value.path()).read_bytes()
        assert image.startswith(b"\x89PNG")
        assert len(image) > 5_000
        # On its own, without the page and its styles, it is drawn with colours and its title.
        saved = tmp_path / f"{kind}.svg"
        saved.write_text(text, encoding="utf-8")
        alone.goto(saved.as_uri())
        assert alone.evaluate("document.documentElement.nodeName") == "svg"
        drawn = alone.evaluate(
            "[...document.querySelectorAll('path,rect')].map(e => getComputedStyle(e).fill)"
        )
        assert len(set(drawn)) >= 2
        title = figure.locator(".fig-title").inner_text()
        assert alone.locator("text", has_text=title).count() >= 1


#: Texts that are too small, or that leave their drawing.
MISPLACED = """() => [...document.querySelectorAll('.fig svg text')].filter((e) => {
    const box = e.getBoundingClientRect();
    const frame = e.closest('svg').getBoundingClientRect();
    return e.textContent.trim() && (parseFloat(getComputedStyle(e).fontSize) < 12
        || box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 3 || box.bottom > frame.bottom + 3);
}).map((e) => e.textContent)"""


@pytest.mark.parametrize("query", ["", "?dark&rtl&locale=ar"])
def test_looks(gallery: Callable, picture: Picture, query: str) -> None:
    """Wide and narrow: nothing is wider than the page, and texts are large enough and inside."""
    page = gallery(query)
    for width in (1400, 700, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
        picture(page, f"figures-{width}{query.replace('?', '-').replace('&', '-')}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(MISPLACED) == []
