"""The page in a real browser: what a visitor does, and what they see."""

import json
import re
import time
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from divide.app.words import words
from divide.model.world import start_years
from tests.app.parts import part, settled

#: Name of what the keyboard is on.
ACTIVE = """() => {
  const e = document.activeElement;
  return e.dataset.test || e.id || e.tagName;
}"""
#: Controls that a screen reader could not name.
NAMELESS = """() => [...document.querySelectorAll('.dv button, .dv input, .dv select')]
  .filter((e) => !(e.innerText || '').trim() && !e.getAttribute('aria-label') && !e.title
                 && !(e.labels && [...e.labels].some((l) => l.textContent.trim())))
  .map((e) => e.outerHTML.slice(0, 120))"""


#: Notes how long after the last move from now on the address is written, milliseconds.
WRITES = """() => {
  let moved = -Infinity;
  new MutationObserver(() => { moved = performance.now(); })
    .observe(document.querySelector('.dv-headline'), { attributeFilter: ['data-shown'] });
  const write = history.replaceState;
  window.writes = [];
  history.replaceState = function (...given) {
    window.writes.push(performance.now() - moved);
    return write.apply(this, given);
  };
}"""


@pytest.fixture
def url(workshop) -> str:
    return workshop.url


Open = Callable[..., Page]


@pytest.fixture
def visit(new_context, url) -> Open:
    def opened(query: str = "until=2026", width: int = 1440, **settings) -> Page:
        context = new_context(viewport={"width": width, "height": 900}, **settings)
        page = context.new_page()
        page.goto(f"{url}/?{query}")
        settled(page)
        return page

    return opened


def figures(page: Page) -> tuple[str, str, str]:
    """What map, cards and lines show."""
    every = """([where, what]) =>
      [...document.querySelectorAll(where)].map((e) => e.getAttribute(what)).join()"""
    fills = page.evaluate(every, [".dv-mapbox [data-i]", "fill"])
    lines = page.evaluate(every, [".dv-canvas path", "d"])
    return fills, part(page, "card-usage_mean").inner_text(), lines


def wait_for_other(page: Page, digest: str) -> str:
    """Wait until another scenario is shown than that of `digest`; its digest."""
    shown = page.locator(".dv-headline")
    expect(shown).not_to_have_attribute("data-shown", digest)
    settled(page)
    return shown.get_attribute("data-shown")


def digest(page: Page) -> str:
    return page.locator(".dv-headline").get_attribute("data-shown")


def press(page: Page, lever: str, key: str) -> str:
    before = digest(page)
    page.focus(f"#lever-{lever}")
    page.keyboard.press(key)
    return wait_for_other(page, before)


def test_a_lever_moved_by_keyboard_changes_map_cards_and_lines(visit, picture):
    page = visit()
    part(page, "mode").select_option("change")
    page.wait_for_timeout(300)
    before = figures(page)
    press(page, "price_subsidy", "End")
    page.wait_for_timeout(600)
    after = figures(page)
    for name, old, new in zip(("map", "cards", "lines"), before, after, strict=True):
        assert old != new, f"{name} did not change"
    assert page.locator("#lever-price_subsidy").get_attribute("aria-valuetext").startswith("0.6 ")
    expect(part(page, "card-usage_mean").locator(".dv-int")).to_contain_text("90%")
    picture(page, "page-wide-light")
    # Back to where it was, by undo: the very same picture.
    now = digest(page)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+z")
    wait_for_other(page, now)
    expect(part(page, "card-usage_mean").locator(".dv-diff")).to_have_text("")
    now = digest(page)
    page.keyboard.press("Control+y")
    wait_for_other(page, now)
    page.wait_for_timeout(600)
    assert figures(page)[0] == after[0]


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_women_and_men_can_be_mapped_and_drawn(visit, lang, complaints):
    """The gap in accounts has both signs, so map and ranking must show figures below zero."""
    t = words(lang)
    page = visit(locale={"en": "en-US"}.get(lang, lang))
    before = figures(page)
    part(page, "outcome").select_option("accounts_sex_gap")
    settled(page)
    title = t("columns.accounts_sex_gap")
    expect(page.get_by_role("figure", name=title).first).to_be_visible()
    assert figures(page)[0] != before[0]
    part(page, "headline").select_option("accounts_sex_gap")
    settled(page)
    drawn = page.locator(".fig-lines").get_by_role("slider")
    expect(drawn).to_have_attribute("aria-label", t("outcomes.accounts_sex_gap"))
    for column in ("online_women", "online_women_per_man", "accounts_women"):
        part(page, "outcome").select_option(column)
        expect(page.get_by_role("figure", name=t(f"columns.{column}")).first).to_be_visible()
    assert complaints == []


def test_a_move_comes_in_one_message_and_its_interval_in_another(new_context, url):
    received = []
    page = new_context().new_page()
    page.on("websocket", lambda line: line.on("framereceived", lambda data: received.append(data)))
    page.goto(f"{url}/?until=2024&from=balanced")
    settled(page)
    known = page.locator("[data-test=card-usage_mean] .dv-int", has_text="90%")
    expect(known).to_be_visible()
    press(page, "five_g", "PageUp")
    expect(known).to_be_visible()
    press(page, "five_g", "PageDown")  # where it was: all of its runs are at hand
    expect(known).to_be_visible()
    page.wait_for_timeout(500)
    page.evaluate(WRITES)
    received.clear()
    before = digest(page)
    press(page, "five_g", "PageUp")
    expect(known).to_be_visible()
    page.wait_for_timeout(300)
    assert digest(page) != before and len(received) == 2
    # The address follows at rest, or when one goes there, and not with the move.
    assert all(after > 1_500 for after in page.evaluate("window.writes"))
    page.evaluate("dispatchEvent(new Event('blur'))")
    value = page.locator("#lever-five_g").get_attribute("data-value")
    assert float(value) > 0
    expect(page).to_have_url(re.compile(rf"l\.five_g={value}\b"))


def test_an_address_opens_the_same_page_for_somebody_else(visit, url):
    page = visit()
    part(page, "package").select_option("payments_first")
    settled(page)
    press(page, "five_g", "PageUp")
    part(page, "share").click()
    address = part(page, "address").input_value()
    assert "l.five_g=2500" in address
    expect(page).to_have_url(address)
    other = visit(address.partition("?")[2])
    assert digest(other) == digest(page)
    expect(part(other, "card-debt").locator(".dv-value")).to_have_text(
        part(page, "card-debt").locator(".dv-value").inner_text()
    )
    assert "Payments first, changed" in part(other, "package").inner_text()


def test_a_hostile_address_opens_the_default_page_with_one_message(visit):
    page = visit("l.five_g=1e99")
    expect(part(page, "message")).to_have_count(1)
    expect(part(page, "package")).to_have_value("status_quo")
    expect(part(page, "message")).to_contain_text("out of range")
    part(page, "message").locator("button").click()
    expect(part(page, "message")).to_have_count(0)
    page.goto(page.url.partition("?")[0] + "?%3Cscript%3Ealert(1)%3C/script%3E=1")
    expect(part(page, "message")).to_contain_text("<script>alert(1)</script>")


def test_two_browsers_see_nothing_of_each_other(visit):
    one, two = visit(), visit()
    press(one, "five_g", "PageUp")
    part(one, "pin").click()
    expect(part(one, "pinned")).to_have_count(1)
    part(one, "theme").click()
    two.wait_for_timeout(1000)
    expect(two.locator("#lever-five_g")).to_have_attribute("data-value", "0")
    expect(part(two, "pinned")).to_have_count(0)
    expect(part(two, "undo")).to_be_disabled()
    expect(two.locator(".dv-light")).to_have_count(1)
    # A reload makes a new visit from the address; pins are gone with the tab.
    one.reload()
    settled(one)
    expect(one.locator("#lever-five_g")).to_have_attribute("data-value", "2500")


@pytest.mark.parametrize("late", [0, 4], ids=["at once", "after the address was written"])
def test_what_is_loaded_anew_before_its_address_says_it_is_not_lost(visit, late):
    page = visit()
    press(page, "five_g", "PageUp")
    page.route(lambda address: "/?" in address, lambda route: slowly(route, late))
    page.reload()
    settled(page)
    expect(page.locator("#lever-five_g")).to_have_attribute("data-value", "2500")


def slowly(route: Route, seconds: float) -> None:
    """The server takes its time with a page, while the one before goes on."""
    time.sleep(seconds)
    route.continue_()


def test_names_are_text_and_nothing_else(visit):
    page = visit()
    press(page, "five_g", "ArrowRight")
    part(page, "settings").click()
    part(page, "rename").fill("<img src=x onerror=alert(1)>")
    part(page, "rename").press("Enter")
    part(page, "rename").blur()
    expect(part(page, "package")).to_contain_text("<img src=x")
    part(page, "pin").click()
    expect(part(page, "pinned")).to_contain_text("<img src=x")
    assert page.locator("img[src=x]").count() == 0


def test_years_that_can_be_chosen_are_those_of_the_figures(visit):
    page = visit()
    part(page, "settings").click()
    first, last = start_years()
    expect(part(page, "start")).to_have_attribute("min", str(first))
    expect(part(page, "start")).to_have_attribute("max", str(last))
    expect(part(page, "until")).to_have_attribute("min", str(first + 1))
    expect(part(page, "until")).to_have_attribute("max", "2060")


def upload(page: Page, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/yaml", "buffer": text.encode()}
    part(page, "upload").set_input_files(file)


def test_files_of_strangers_are_refused_and_ones_own_come_back(visit, tmp_path):
    page = visit()
    press(page, "five_g", "ArrowRight")
    mine = digest(page)
    part(page, "files").click()
    with page.expect_download() as waiting:
        part(page, "get-scenario").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    part(page, "reset").click()
    wait_for_other(page, mine)
    for hostile, said in (
        ("levers: {five_g: 1e9}", "evil.yaml, line 1"),
        ("policy: /etc/hosts.yaml", "policy: '/etc/hosts.yaml'; must be one of"),
        ("a: &a [1]\nb: [*a]", "aliases are not allowed"),
        ("x: " + "y" * 200_000, "larger than 100,000 characters"),
        ("firms: 5000000", "more than this page runs"),
    ):
        upload(page, "evil.yaml", hostile)
        expect(part(page, "message")).to_contain_text(said)
        expect(part(page, "package")).to_have_value("status_quo")
    before = digest(page)
    upload(page, "mine.yaml", text)
    assert wait_for_other(page, before) == mine
    with page.expect_download() as waiting:
        part(page, "get-outcomes").click()
    assert waiting.value.path().read_text().startswith("outcome,unit,year,scenario,status_quo")
    expect(part(page, "command")).to_contain_text("divide run --scenario scenario.yaml")


def test_a_number_out_of_bounds_is_refused_in_words(visit):
    page = visit()
    field = page.locator(".dv-lever", has=page.locator("#lever-five_g")).locator(".dv-number")
    field.fill("999999")
    field.press("Enter")
    expect(part(page, "message")).to_contain_text("out of range; allowed: 0 to 20000")
    expect(page.locator("#lever-five_g")).to_have_attribute("data-value", "0")
    expect(field).to_have_value("0")


def test_why_did_it_move(visit, picture):
    page = visit("until=2024")
    press(page, "five_g", "PageUp")
    press(page, "price_subsidy", "PageUp")
    part(page, "tab-why").click()
    part(page, "explain").click()
    expect(page.locator(".dv-why")).to_contain_text("Made with 4 runs of the model")
    expect(page.locator(".dv-canvas figure")).to_be_visible()
    picture(page, "page-why")


def test_a_pin_and_its_line_speak_the_language_of_the_page(visit):
    page = visit("until=2024&from=balanced")
    part(page, "pin").click()
    for lang, said in (("en", "Balanced package"), ("fr", "Programme équilibré")):
        part(page, "language").select_option(lang)
        expect(part(page, "pinned")).to_contain_text(said)
        expect(page.locator(".fig-lines svg")).to_contain_text(said)
    part(page, "pinned").locator("button").nth(1).click()
    part(page, "pinned").locator("input").fill("Ours")
    part(page, "pinned").locator("input").press("Enter")
    part(page, "language").select_option("ar")
    expect(part(page, "pinned")).to_contain_text("Ours")


def test_a_number_and_its_sign_stand_in_order_in_arabic(visit):
    page = visit("until=2024&from=balanced")
    part(page, "language").select_option("ar")
    shown = part(page, "card-usage_mean").locator(".dv-diff")
    expect(shown).to_contain_text("\u200e+")
    # The sign is drawn to the left of the first digit.
    where = """(element) => {
      const node = [...element.childNodes].find((n) => n.textContent.includes("+"));
      const at = node.textContent.indexOf("+");
      const box = (from) => {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, from + 1);
        return range.getBoundingClientRect().x;
      };
      return [box(at), box(at + 1)];
    }"""
    sign, digit = shown.evaluate(where)
    assert sign < digit


def test_escape_leaves_a_pane_and_returns_to_its_button(visit):
    page = visit("until=2024")
    part(page, "share").click()
    part(page, "address").focus()
    page.keyboard.press("Escape")
    expect(part(page, "address")).to_have_count(0)
    assert page.evaluate(ACTIVE) == "share"


def test_the_page_speaks_the_language_of_the_browser(launch_browser, url):
    with launch_browser(args=["--no-sandbox", "--accept-lang=ru-RU"]) as browser:
        page = browser.new_page()
        page.goto(f"{url}/?until=2024")
        settled(page)
        expect(page.locator("h1")).to_have_text(words("ru")("page.label.title"))


def test_other_figures_are_drawn(visit):
    page = visit("until=2024")
    for tab, kind in (("lorenz", "lorenz"), ("ranking", "ranking"), ("firms", "bars")):
        part(page, f"tab-{tab}").click()
        expect(page.locator(f".dv-canvas .fig-{kind} svg").first).to_be_visible()


def test_the_map_names_its_year_and_keeps_its_scale(visit):
    page = visit("until=2026")
    title, scale = page.locator(".fig-map .fig-title"), page.locator(".fig-map svg g > text")
    expect(title).to_have_text("Internet users, 2026")
    last = scale.all_inner_texts()
    page.focus("[data-test=year]")
    page.keyboard.press("Home")
    expect(title).to_have_text("Internet users, 2022")
    assert scale.all_inner_texts() == last
    part(page, "play").click()
    expect(title).to_have_text("Internet users, 2026")


def test_a_browser_that_is_gone_frees_its_visit(visit, url):
    def visits() -> int:
        with urllib.request.urlopen(f"{url}/resourcez", timeout=10) as reply:
            return json.load(reply)["kernels"]["total"]

    def wait_for(count: int) -> None:
        for _ in range(80):
            if visits() == count:
                return
            time.sleep(0.25)
        pytest.fail(f"{visits()} visits are kept, {count} expected")

    page = visit("until=2023")
    wait_for(1)  # those of other tests are over
    # It goes without a word, as one does that crashes or loses its network.
    page.context.route("**/_solara/api/close/**", lambda route: route.abort())
    page.context.close()
    wait_for(0)


def test_languages_and_theme_on_a_narrow_screen(visit, picture):
    page = visit(width=390, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    part(page, "language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(".dv-field").first).to_have_css("direction", "rtl")
    part(page, "theme").click()
    expect(page.locator(".dv-dark")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "user-scalable" not in page.locator("meta[name=viewport]").get_attribute("content")
    picture(page, "page-narrow-dark-arabic")


def test_everything_can_be_reached_by_tab(visit):
    page = visit()
    seen = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(ACTIVE))
    wanted = {"reset", "pin", "share", "files", "settings", "language", "theme", "package"}
    wanted |= {"lever-five_g", "card-usage_mean", "outcome", "mode", "play", "year", "tab-lines"}
    assert wanted <= seen, wanted - seen


def test_no_control_is_without_a_name(visit):
    page = visit()
    for name in ("share", "files", "settings"):
        part(page, name).click()
        assert page.evaluate(NAMELESS) == []


def test_several_pages_at_once_all_get_their_own_numbers(visit):
    pages = [visit("until=2024") for _ in range(3)]
    before = [digest(page) for page in pages]
    for k, page in enumerate(pages):
        page.focus("#lever-five_g")
        for _ in range(k + 1):
            page.keyboard.press("ArrowRight")
    for k, page in enumerate(pages):
        expect(page.locator("#lever-five_g")).to_have_attribute("data-value", str(500 * (k + 1)))
        wait_for_other(page, before[k])
        expect(page).to_have_url(re.compile(rf"l\.five_g={500 * (k + 1)}\b"))
        settled(page)
    page.wait_for_timeout(500)
    assert len({digest(page) for page in pages}) == 3
