"""The first view in a real browser: light, at once, one question; then the lens and a goal."""

import re
import time
import zlib

import pytest
from playwright.sync_api import Route, expect

from divide.app.server.slim import BUNDLE, CUTS, slimmed
from divide.app.words import words
from tests.app.page.test_people import SMALL
from tests.app.parts import part, settled

#: A slow line: 1 Mbit/s there and back, 300 ms.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 125e3, "uploadThroughput": 125e3}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
#: Seconds on the slow line until a map is seen, and bytes of a first visit.
SOON, LIGHT = 8.0, 550_000
#: What the small compiler makes of a file, and which it leaves to the one that takes all.
COMPILED = """async ([plain, scoped]) => {
  const address = `${document.body.dataset.baseUrl}nbextensions/jupyter-vue/nodeps-vue-sfc.js`;
  const chunks = [], made = {}, left = [];
  Function('globalThis', await (await fetch(address)).text())({
    webpackChunkjupyter_vue_nodeps: chunks,
  });
  const others = { Ts() {}, Mf: async (code) => { left.push(code); return { default: {} }; } };
  const require = Object.assign(() => others, {
    r() {}, d: (to, from) => { for (const name in from) to[name] = from[name](); },
  });
  chunks[0][1][24]({}, made, require);
  const { render, mixins: [options] } = await made.compileSfc(plain, {});
  const before = left.length;
  const whole = await made.compileSfc(scoped, {});
  return [typeof render, options.n, options.made === Vue.h, before, left.length,
    Boolean(whole.__scopeId)];
}"""
PLAIN = """<template><b v-for="x in 2">{{ x + n }}</b></template>
<script>
import { h as made } from "vue";
export default { n: 1, made };
</script>"""
SCOPED = """<template><i>{{ a }}</i></template>
<script setup>const a = 1;</script>
<style scoped>i { top: 0 }</style>"""


def test_a_first_visit_from_the_question_to_a_goal(workshop, new_context, picture):
    context = new_context(viewport={"width": 1366, "height": 768}, locale="en-US")
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    bytes_seen: list[int] = []
    line.on("Network.loadingFinished", lambda e: bytes_seen.append(int(e["encodedDataLength"])))
    packer = zlib.compressobj(wbits=-12)  # as the line to the server packs, which is not told

    def frame(event: dict[str, dict[str, str]]) -> None:
        sent = packer.compress(event["response"]["payloadData"].encode())
        bytes_seen.append(len(sent) + len(packer.flush(zlib.Z_SYNC_FLUSH)))

    line.on("Network.webSocketFrameReceived", frame)
    held: list[Route] = []
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.route(f"**/{BUNDLE}", lambda route: held.append(route))
    begun = time.monotonic()
    page.goto(workshop.url, wait_until="commit")
    # While scripts are on their way: question or what is waited for, and the years on a map.
    page.wait_for_selector("#dv-preview path[fill='#f3d24a']")
    assert time.monotonic() - begun < SOON
    preview = page.locator("#dv-preview")
    expect(preview.get_by_role("status")).to_have_text(words("en")("first.loading"))
    year = preview.locator("b").inner_text()
    expect(preview.locator("b")).not_to_have_text(year)
    picture(page, "first-preview")
    held[0].continue_()
    # The page itself, which asks. How soon it comes is measured in `benchmarks.slow_line`.
    page.wait_for_selector(".dv-mapbox [data-i]")
    line.send("Network.emulateNetworkConditions", FAST)
    expect(preview).to_have_count(0)
    assert "solara" not in page.locator("body").inner_text().lower()
    assert "solara" not in page.locator("link[rel=icon]").get_attribute("href").lower()
    question = part(page, "question")
    expect(question).to_contain_text(
        re.compile(r"\d+\smillion people will still be offline in 2040")
    )
    expect(page.locator(".dv-ticker .dv-said")).to_have_text(
        re.compile(r"^[1-9][\d.,]*\s[mb]illion people offline at the end of 20\d\d$")
    )
    expect(part(page, "play")).to_have_attribute("aria-pressed", "true")
    # The bars go with the years that play: those to come are pale.
    page.wait_for_selector(".dv-years-bars i:not(.past)", state="attached")
    settled(page)
    assert sum(bytes_seen) < LIGHT, f"{sum(bytes_seen):,} bytes"
    assert not any("index-vue-sfc" in address for address in asked_for)
    assert page.evaluate(COMPILED, [PLAIN, SCOPED]) == ["function", 1, True, 0, 2, True]
    # Two answers tell what no one of them does.
    for name in ("skills_and_price", "least_connected"):
        part(page, f"answer-{name}").click()
        expect(part(page, f"answer-{name}").locator(".dv-said")).to_contain_text("gained")
        settled(page)
    expect(part(page, "lesson")).to_contain_text(re.compile(r"gains [\d.]+ times as many"))
    whole = part(page, "lens-whole")
    expect(whole).to_contain_text(re.compile("Years of being online gained: \\+"))
    # Folded as it is on a low screen, the lens says whether people come online only earlier.
    expect(part(page, "lens-story")).to_be_hidden()
    expect(part(page, "lens-short")).to_be_visible()
    story = part(page, "lens-short").inner_text()
    expect(page.locator(".fig-map svg")).to_be_in_viewport(ratio=0.3)  # on a low screen
    whole.locator("summary").first.click()
    expect(part(page, "lens-short")).to_have_count(0)
    expect(part(page, "lens-story")).to_have_text(story)
    assert part(page, "lens-years").locator("b").inner_text().startswith("+")
    expect(part(page, "lens-years")).to_contain_text("90%")
    part(page, "lens-who").locator("summary").click()
    expect(part(page, "lens-who").get_by_text("Sub-Saharan Africa", exact=True)).to_be_visible()
    # A goal stands on the chart and in the address.
    part(page, "goal-open").click()
    expect(part(page, "goal-year")).to_have_value("2031")  # the middle of the period
    part(page, "goal-share").fill("99")
    part(page, "goal-year").fill("2030")
    part(page, "goal-set").click()
    expect(part(page, "goal-score")).to_contain_text("Not reached")
    expect(page.locator(".dv-canvas .fig-goal")).to_have_count(1)
    expect(page).to_have_url(re.compile("goal=online~2030~0.99"))
    picture(page, "first-tried")
    part(page, "goal-clear").click()
    expect(page.locator(".dv-canvas .fig-goal")).to_have_count(0)
    # About, by keyboard; and the question is put away.
    part(page, "about-open").focus()
    page.keyboard.press("Enter")
    expect(part(page, "about")).to_be_visible()
    page.keyboard.press("Escape")
    expect(part(page, "about")).to_be_hidden()
    part(page, "first-close").click()
    expect(part(page, "first")).to_have_count(0)


#: Whether the address says what the page shows.
WRITTEN = "() => new URLSearchParams(location.search).has('lang')"


def test_the_question_is_asked_again_by_a_page_loaded_anew_until_it_is_put_away(
    workshop, new_context
):
    page = new_context(locale="en-US", reduced_motion="reduce").new_page()
    first = part(page, "first")

    def written() -> None:
        settled(page)
        page.wait_for_function(WRITTEN)

    page.goto(workshop.url)
    expect(first).to_be_visible()
    written()
    page.reload()
    expect(first).to_be_visible()
    written()
    # In another language, and by the address that was copied.
    part(page, "language").select_option("fr")
    expect(part(page, "question")).to_contain_text("seront encore hors ligne")
    expect(page).to_have_url(re.compile("lang=fr"))
    page.reload()
    expect(part(page, "question")).to_contain_text("seront encore hors ligne")
    written()
    copied = page.url
    # Put away it stays so.
    part(page, "first-close").click()
    expect(first).to_have_count(0)
    settled(page)
    page.reload()
    settled(page)
    expect(first).to_have_count(0)
    expect(page.locator(".dv-opening")).to_have_count(0)
    # An address that somebody opens asks anew; a lever that is moved has the last word.
    page.goto("about:blank")
    page.goto(copied)
    expect(first).to_be_visible()
    settled(page)
    part(page, "answer-evenly").click()
    settled(page)
    page.wait_for_function("() => location.search.includes('l.')")
    page.reload()
    settled(page)
    expect(first).to_have_count(0)


#: What of a part lies outside of the window, pixels.
OUTSIDE = """(e) => {
  const r = e.getBoundingClientRect();
  return [r.left, r.top, r.right - innerWidth, r.bottom - innerHeight].map(Math.round);
}"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("query", ["", "from=balanced", "from=balanced&lang=ru", "lang=ar"])
def test_a_projector_has_map_and_chart_in_the_window(workshop, new_context, picture, size, query):
    window = dict(zip(("width", "height"), size, strict=True))
    page = new_context(viewport=window, locale="en-US", reduced_motion="reduce").new_page()
    page.goto(f"{workshop.url}/?{query}&projector=1")
    settled(page)
    page.wait_for_selector(".dv-mapbox [data-i]")
    page.wait_for_function("() => ![...document.querySelectorAll('.dv-int')].some((e) => "
                           "e.textContent.startsWith('±'))")  # fmt: skip
    settled(page)
    shown = [".fig-map svg", ".dv-canvas .fig-lines svg"]
    shown += [".dv-headline" if "from" in query else ".dv-first"]
    for name in shown:
        left, top, right, bottom = page.locator(name).first.evaluate(OUTSIDE)
        assert left >= 0 and top >= 0, name
        assert right <= 0 and bottom <= 0, name
    picture(page, f"projector-{size[1]}-{query[-2:] or 'first'}")
    assert page.locator(".fig-map svg").first.evaluate("e => e.getBoundingClientRect().width") > 300
    assert page.evaluate(SMALL, 16) == []


def test_a_bundle_that_is_not_known_stays_whole():
    for known in CUTS:
        assert slimmed(f"/x/{known['file']}", b"changed") == b"changed"
    assert slimmed("/x/other.js", b"other") == b"other"
