"""The page against WCAG 2.1 AA, measured in the browser: axe-core, and contrast where it is blind.

axe-core cannot judge the contrast of text inside a drawing, nor that of lines, bars and the edges
of fields; `CONTRAST` measures those. The colours of the map are left out: a map of shades is one of
the exceptions of WCAG 1.4.11, and its numbers stand in the table and in the label of each country.
"""

import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app.conftest import Site
from tests.app.parts import part, settled

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}
#: Least contrast of text and of what must be seen to understand or use the page.
LEAST = {"text": 4.5, "graphic": 3.0}
#: Contrast of each text in a drawing, of lines, bars and rings, and of the edges of fields.
CONTRAST = """() => {
  const rgb = (text) => {
    const found = (text || "").match(/^rgba?\\((.*)\\)$/)?.[1].split(/[ ,/]+/).map(Number);
    return found && { channels: found.slice(0, 3), alpha: found[3] ?? 1 };
  };
  const light = (channels) => {
    const [r, g, b] = channels.map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = rgb(getComputedStyle(e).backgroundColor);
      if (found && found.alpha === 1) return found.channels;
    }
    return [255, 255, 255];
  };
  const ratio = (text, opacity, behind) => {
    const colour = rgb(text);
    if (!colour || colour.alpha === 0) return null;
    const share = colour.alpha * Number(opacity);
    const seen = colour.channels.map((v, i) => v * share + behind[i] * (1 - share));
    const [a, b] = [light(seen), light(behind)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const made = [];
  const note = (kind, element, colour, opacity, behind) => {
    const found = ratio(colour, opacity, behind);
    const name = `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}`;
    const said = element.textContent.trim() || element.getAttribute("aria-label") || "";
    if (found) made.push({ kind, ratio: found, what: `${name} ${said.slice(0, 30)} ${colour}` });
  };
  const seen = (e) => e.checkVisibility({ opacityProperty: true });
  for (const e of [...document.querySelectorAll(".fig svg text, .fig svg tspan")].filter(seen)) {
    const { fill, fillOpacity } = getComputedStyle(e);
    note("text", e, fill, fillOpacity, paper(e.closest(".fig")));
  }
  const lines = ".fig-line, .fig-axis, .fig-rule, .fig-ring, .fig-whisker, .fig-bars g line";
  for (const e of [...document.querySelectorAll(lines)].filter(seen)) {
    const { stroke, strokeOpacity } = getComputedStyle(e);
    note("graphic", e, stroke, strokeOpacity, paper(e.closest(".fig")));
  }
  const bars = ".fig-fill, .fig-contributions rect, .fig-bars rect:last-of-type";
  for (const e of [...document.querySelectorAll(bars)].filter(seen)) {
    const { fill, fillOpacity } = getComputedStyle(e);
    note("graphic", e, fill, fillOpacity, paper(e.closest(".fig")));
  }
  const fields = "input:not([type=range]):not([type=checkbox]):not([type=file]), select";
  for (const e of [...document.querySelectorAll(fields)].filter(seen)) {
    note("graphic", e, getComputedStyle(e).borderTopColor, 1, paper(e.parentElement));
  }
  for (const e of [...document.querySelectorAll("[type=range], .dv-dot")].filter(seen)) {
    const style = getComputedStyle(e);
    const root = getComputedStyle(document.querySelector(".dv"));
    const probe = document.createElement("i");
    document.querySelector(".dv").append(probe);
    for (const name of ["--tone", "--edge", "--accent"]) {
      probe.style.color = style.getPropertyValue(name) || root.getPropertyValue(name);
      note("graphic", e, getComputedStyle(probe).color, 1, paper(e.parentElement));
    }
    probe.remove();
  }
  return made;
}"""
TABS = ("lines", "lorenz", "ranking", "firms", "why")


Visit = Callable[..., Page]


@pytest.fixture
def visit(new_context, workshop) -> Visit:
    def opened(query: str, lang: str, *, dark: bool, width: int) -> Page:
        page = new_context(viewport={"width": width, "height": 900}).new_page()
        page.goto(f"{workshop.url}/?{query}")
        page.wait_for_selector(".dv-card")
        if lang != "en":
            part(page, "language").select_option(lang)
            expect(page.locator(f"html[lang={lang}]")).to_have_count(1)
        if dark:
            part(page, "theme").click()
            expect(page.locator(".dv-dark")).to_have_count(1)
        settled(page)
        return page

    return opened


def violations(page: Page, place: str = "html") -> list[str]:
    """What axe-core finds: the rule, the place and, for contrast, the figures."""
    found = Axe().run(page, place, RULES).response["violations"]
    said = []
    for rule in found:
        for node in rule["nodes"]:
            checks = [*node["any"], *node["all"], *node["none"]]
            why = "; ".join(check["message"] for check in checks)
            said.append(f"{rule['id']} at {node['target']}: {why}")
    return said


def faint(page: Page) -> list[str]:
    """What `CONTRAST` finds too faint; the least figures are printed."""
    found = page.evaluate(CONTRAST)
    for kind in LEAST:
        least = min((f for f in found if f["kind"] == kind), key=lambda f: f["ratio"], default=None)
        if least:
            sys.stdout.write(f"least {kind}: {least['ratio']:.2f} {least['what']}\n")
    return sorted({f"{f['kind']} {f['ratio']:.2f}: {f['what']}" for f in found
                   if f["ratio"] < LEAST[f["kind"]]})  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "dark", "width"),
    [("en", False, 1440), ("en", True, 390), ("ar", False, 390), ("ar", True, 1440)],
)
def test_the_page_is_accessible(visit, lang, dark, width):
    page = visit("until=2024&from=balanced", lang, dark=dark, width=width)
    page.evaluate("document.querySelectorAll('details').forEach((group) => (group.open = true))")
    page.locator(".dv-more").first.click()
    page.wait_for_selector(".dv-details")
    part(page, "pin").click()
    expect(part(page, "pinned")).to_have_count(1)
    part(page, "files").click()
    found = {}
    for tab in TABS:
        part(page, f"tab-{tab}").click()
        expect(part(page, f"tab-{tab}")).to_have_attribute("aria-selected", "true")
        if tab != "why":
            page.wait_for_selector(".dv-canvas svg")
        place = "html" if tab == "lines" else ".dv-figure"  # the rest is as it was
        found |= dict.fromkeys(violations(page, place) + faint(page), tab)
    assert not found, "\n".join(f"{where}: {what}" for what, where in found.items())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("lang", "dark"), [("en", True), ("ar", False)])
def test_a_room_is_accessible(visit, lang, dark):
    lead = visit("until=2024", lang, dark=dark, width=1440)
    part(lead, "room-toggle").click()
    found = violations(lead) + faint(lead)
    part(lead, "room-make").click()
    code = part(lead, "room-shown-code").inner_text()
    team = visit("until=2024&from=balanced", lang, dark=dark, width=390)
    part(team, "room-toggle").click()
    for name, text in (("code", code), ("team", "One")):
        part(team, f"room-{name}").fill(text)
    part(team, "room-team").press("Enter")
    part(team, "room-scenario").fill("Ours")
    part(team, "room-scenario").press("Enter")
    expect(part(team, "room-board").locator("tbody tr")).to_have_count(1)
    part(team, "room-scenario").fill("The same")  # is refused, so that a message stands there too
    part(team, "room-scenario").press("Enter")
    part(team, "room-message").wait_for()
    expect(part(lead, "room-board").locator("tbody tr .dv-diff")).to_have_count(1)
    part(lead, "roles").locator("summary").click()
    part(lead, "ask-all").click()
    part(team, "ask").wait_for()
    part(lead, "marks").wait_for()
    for page in (lead, team):
        found += violations(page) + faint(page)
    part(team, "way-same").check()
    part(team, "set-mark").click()
    expect(part(team, "marks").locator("li")).to_have_count(2)
    found += violations(team, ".dv-think")
    assert not found, "\n".join(found)
    assert team.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture(scope="module")
def door(serve, tmp_path_factory) -> Iterator[Site]:
    """A server with nothing behind its form for the token."""
    folder = tmp_path_factory.mktemp("door")
    text = "from divide.app.server.guard import Guard\n\napp = Guard(None, 'token')\n"
    (folder / "door.py").write_text(text, "utf-8")
    command = (sys.executable, "-m", "uvicorn", "--app-dir", str(folder), "door:app")
    site = serve(command=(*command, "--port", "{port}"))
    yield site
    site.stop(signal.SIGKILL)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_form_for_the_token_is_accessible(door, new_context, complaints, lang):
    for scheme in ("light", "dark"):
        page = new_context(locale=lang, color_scheme=scheme).new_page()
        page.goto(f"{door.url}/?token=wrong")
        assert page.evaluate("document.documentElement.lang") == lang
        direction = page.evaluate("getComputedStyle(document.body).direction")
        assert direction == ("rtl" if lang == "ar" else "ltr")
        assert violations(page) == []
        assert page.evaluate("document.activeElement.name") == "token"
    complaints.clear()  # a refusal is an error to the console
