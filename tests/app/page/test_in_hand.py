"""A lever in hand, and the years of the map, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.app.parts import part, settled

#: Whether the lever in hand and its card lie apart.
APART = """(name) => {
  const box = (e) => e.getBoundingClientRect();
  const [lever, card] = [box(document.querySelector('#lever-' + name).closest('.dv-lever')),
                         box(document.querySelector('[data-test=held]'))];
  return lever.bottom <= card.top + 1 || lever.top >= card.bottom - 1;
}"""
WIDE = "document.querySelector('[data-test=held]')?.offsetWidth > 340"
#: The fills of the map's countries, and the colours and numbers of its legend.
SHOWN = """() => {
  const all = (where, what) => [...document.querySelectorAll('.fig-map ' + where)].map(what);
  return { fills: all('[data-i]', (e) => e.getAttribute('fill')),
           colours: all('svg rect[shape-rendering]', (e) => e.getAttribute('fill')),
           numbers: all('svg g > text', (e) => e.textContent).join() };
}"""

#: Keeps what the map shows at each change of its title, once it has been drawn.
FILM = (
    """() => {
  window.film = [];
  const title = document.querySelector('.fig-map .fig-title');
  const keep = () => window.film.push({ title: title.textContent, ...("""
    + SHOWN
    + """)() });
  new MutationObserver(() => setTimeout(keep, 50))
    .observe(title, { characterData: true, childList: true, subtree: true });
}"""
)


@pytest.fixture
def visit(new_context, workshop):
    def opened(query: str, sent: list[str] | None = None, **settings) -> Page:
        page = new_context(viewport={"width": 1366, "height": 768}, **settings).new_page()
        if sent is not None:
            page.on("websocket", lambda w: w.on("framesent", lambda text: sent.append(str(text))))
        page.goto(f"{workshop.url}/?{query}")
        settled(page)
        return page

    return opened


def test_a_lever_in_hand_shows_its_outcome_its_story_and_what_it_gets(visit, picture):
    page = visit("until=2030&budget=100000")
    card, foot = part(page, "held"), page.locator(".dv-lever.held .dv-foot")
    page.hover("#lever-rural_coverage")
    expect(card).to_contain_text("Covered by mobile broadband")
    expect(card).to_contain_text("Not in use. Tried here at US$ 5,000 million a year:")
    expect(card.locator(".dv-diff")).to_contain_text("points")
    for said in ("ITU 2020", "Years from spending to effect: 1.5.", "93% of the money is lent"):
        expect(card).to_contain_text(said)
    page.focus("#lever-rural_coverage")
    page.keyboard.press("End")
    expect(foot).to_contain_text("very strong")
    expect(foot).to_contain_text("asked US$ 20,000 million, gets US$ ")
    expect(foot).to_contain_text("Nothing more is left to build.")
    expect(card.locator(".dv-diff.better")).to_contain_text("▲")
    expect(card).not_to_contain_text("Not in use")
    page.mouse.move(700, 400)
    for name in ("five_g", "handset_help", "electricity"):  # wherever they lie on the screen
        page.focus(f"#lever-{name}")
        expect(card.locator(".dv-without")).to_have_count(2)
        assert page.evaluate(APART, name), name
    page.focus("#lever-data_centres")
    page.keyboard.press("ArrowRight")
    settled(page)
    picture(page, "page-lever-in-hand")
    part(page, "held-map").click()
    expect(part(page, "mode")).to_have_value("change")
    expect(part(page, "outcome")).to_have_value("basket")
    expect(page.locator(".fig-map svg")).to_contain_text("← better")
    lower = page.evaluate(SHOWN)["colours"]
    page.focus("#lever-data_centres")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})  # the card has the width of the panel
    page.focus("#lever-five_g")
    expect(card).to_be_visible()
    page.wait_for_function(WIDE)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1366, "height": 768})
    part(page, "outcome").select_option("mobile")  # more of it is better: the colours turn round
    expect(page.locator(".fig-map svg")).to_contain_text("better →")
    assert page.evaluate(SHOWN)["colours"] == lower[::-1]


def test_the_lever_that_is_being_set_stays_in_hand_wherever_the_mouse_rests(visit):
    page = visit("until=2026")
    card, other = part(page, "held"), page.locator("#lever-fibre_backbone")
    number = page.locator(".dv-lever", has=page.locator("#lever-rural_coverage")).locator(
        "input[type=number]"
    )
    number.focus()
    expect(card).to_contain_text("Rural mobile coverage")
    other.hover()
    page.wait_for_timeout(600)  # longer than a rest
    expect(card).to_contain_text("Rural mobile coverage")
    number.fill("500")
    number.press("Enter")
    settled(page)
    expect(card).to_contain_text("Rural mobile coverage")
    page.focus("#lever-rural_coverage")  # beside a slider the mouse may ask about another lever
    page.mouse.move(0, 0)
    other.hover()
    expect(card).to_contain_text("Fibre backbone")
    page.keyboard.press("ArrowRight")
    expect(card).to_contain_text("Rural mobile coverage")


def test_years_play_in_the_browser_on_one_scale(visit, picture):
    sent: list[str] = []
    page = visit("until=2026&l.price_subsidy=0.6&budget=900000", sent)
    part(page, "mode").select_option("change")
    title = page.locator(".fig-map .fig-title")
    expect(title).to_contain_text("2026, difference")
    scale = page.evaluate(SHOWN)["numbers"]
    page.evaluate(FILM)
    del sent[:]
    part(page, "play").click()
    expect(part(page, "play")).to_have_attribute("aria-pressed", "false")
    expect(title).to_contain_text("2026, difference")
    page.wait_for_function("window.film.at(-1)?.title.includes('2026')")  # kept once it is drawn
    film = {frame["title"][16:20]: frame for frame in page.evaluate("window.film")}
    assert list(film) == ["2022", "2023", "2024", "2025", "2026"]
    assert {frame["numbers"] for frame in film.values()} == {scale}
    assert len({",".join(frame["fills"]) for frame in film.values()}) == 5
    assert [text for text in sent if '"look"' in text] == []
    part(page, "year").press("Home")  # a year that is chosen goes to the server, for the cards
    page.wait_for_timeout(400)
    assert len([text for text in sent if '"look"' in text]) == 1
    settled(page)
    part(page, "year").press("End")
    # Women and men have one scale, and say that its steps are unequal.
    part(page, "mode").select_option("value")
    expect(page.locator(".fig-map svg")).to_contain_text("Unequal steps")
    everyone = page.evaluate(SHOWN)
    part(page, "whom-online_women").click()
    expect(title).to_have_text("Internet users, women, 2026")
    women = page.evaluate(SHOWN)
    assert women["colours"] == everyone["colours"] and women["fills"] != everyone["fills"]
    # Beyond an end of the scale its number says so.
    assert women["numbers"].replace("≤\xa0", "") == everyone["numbers"]
    # The chart of a country is in sight where it was clicked.
    page.locator(".fig-map [aria-label^='Ethiopia:']").click()
    chart = page.locator(".dv-mapbox .fig-lines")
    expect(chart).to_be_visible()
    expect(chart.locator("svg")).to_be_in_viewport(ratio=0.99)
    # Below it stands why it gained, and the parts add up to the whole.
    terms = page.locator(".dv-mapbox .fig-contributions")
    expect(terms.locator(".fig-title")).to_have_text(
        "Internet users, Ethiopia, 2026: why it differs from the status quo"
    )
    picture(page, "page-country-terms")
    rows = terms.locator("svg > g")
    names, numbers = (rows.locator(f"text:nth-of-type({k})").all_text_contents() for k in (1, 2))
    assert "Price of being online" in names[:-1]
    *parts, whole = [float(number.split()[0].replace("\N{MINUS SIGN}", "-")) for number in numbers]
    assert whole > 0 and sum(parts) == pytest.approx(whole, abs=0.005 * (len(parts) + 1) + 1e-9)
    part(page, "country-close").click()
    expect(chart).to_have_count(0)
    expect(terms).to_have_count(0)
