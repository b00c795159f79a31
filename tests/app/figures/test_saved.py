"""Saved pictures, opened on their own: they say all of it, in whatever fonts there are."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from divide.app.words import languages, words
from tests.app.parts import part, settled

#: Figures of the page by the tab that shows them; the map is always there.
FIGURES = {
    "": ".dv-mapbox .fig-map",
    "lines": ".dv-canvas .fig-lines",
    "lorenz": ".dv-canvas .fig-lorenz",
    "ranking": ".dv-canvas .fig-ranking",
    "why": ".dv-canvas .fig-contributions",
    "firms": ".dv-canvas .fig-bars",
}
#: Languages with long words and another script, in which all figures are tried; others on the two
#: that are saved most.
LONG = ("fr", "ru", "ar")
#: Keeps what is saved in the page: a download takes seconds.
KEPT = """() => {
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => window.pictures.push(text));
        return "#";
    };
    HTMLAnchorElement.prototype.click = () => {};
}"""
#: Texts that reach over the edge of a picture, and by how much on the worst side.
OVER = """() => [...document.querySelectorAll("text")].map((e) => {
    const [box, all] = [e, document.documentElement].map((one) => one.getBoundingClientRect());
    const over = Math.max(all.left - box.left, box.right - all.right, all.top - box.top);
    return [e.textContent.trim(), over];
}).filter(([text, over]) => text && over > 0.5)"""
#: Draws the picture in other fonts, as another computer does.
ELSEWHERE = """(family) => document.querySelectorAll("text, tspan").forEach((e) => {
    e.style.setProperty("font-family", family, "important"); })"""
SIZED = """() => [...document.querySelectorAll("text")].filter((e) => e.textContent.trim()
    && !(e.getAttribute("textLength") > 0)).map((e) => e.textContent)"""


def saved(figure: Locator, lang: str, to: Path) -> Path:
    """The drawing that the button of a figure saves."""
    button = figure.get_by_role("button", name=words(lang)("figures.save_svg"), exact=True)
    button.evaluate("(e) => { window.pictures = []; e.click(); }")
    figure.page.wait_for_function("window.pictures.length")
    to.write_text(figure.page.evaluate("window.pictures[0]"), encoding="utf-8")
    return to


def over(alone: Page, path: Path) -> dict[str, list[tuple[str, float]]]:
    """Texts outside of a picture in the fonts of this computer, and in others that are wide."""
    alone.goto(path.as_uri())
    assert alone.evaluate(SIZED) == []
    found = {"here": alone.evaluate(OVER)}
    for family in ("DejaVu Sans Mono, monospace", "DejaVu Serif, serif"):
        alone.evaluate(ELSEWHERE, family)
        found[family] = alone.evaluate(OVER)
    return {family: texts for family, texts in found.items() if texts}


@pytest.mark.parametrize(("width", "spoken"), [(1280, tuple(languages())), (390, ("fr",))])
def test_no_text_of_a_saved_picture_is_cut(workshop, new_context, tmp_path, width, spoken) -> None:
    context = new_context(viewport={"width": width, "height": 900})
    page, alone = context.new_page(), context.new_page()
    page.goto(f"{workshop.url}/?until=2024&l.price_subsidy=0.5")
    settled(page)
    page.evaluate(KEPT)
    explained = False
    for lang in spoken:
        t = words(lang)
        part(page, "language").select_option(lang)
        expect(page.locator("h1")).to_have_text(t("page.label.title"))
        for tab, where in FIGURES.items():
            if tab not in ("", "lines") and lang not in LONG:
                continue
            if tab:
                part(page, f"tab-{tab}").click()
            if tab == "why" and not explained:
                part(page, "explain").click()
                explained = True
            figure = page.locator(where).first
            expect(figure.locator("svg")).to_be_visible()
            settled(page)
            path = saved(figure, lang, tmp_path / f"{tab or 'map'}-{lang}-{width}.svg")
            assert over(alone, path) == {}, f"{tab or 'map'}, {lang}"
            # The whole of it is said, however many lines it takes.
            said = "".join(alone.locator("text").all_text_contents())
            for line in (t("takehome.label.sources"), t("takehome.caveat")):
                assert "".join(line.split()) in "".join(said.split())
