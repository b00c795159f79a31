"""A scenario as an address: there and back, and what strangers may type."""

import re
from dataclasses import replace
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from divide.app.visit.download import scenario_yaml
from divide.app.visit.events import VisitEvents
from divide.app.visit.link import (
    LONGEST,
    from_query,
    is_first,
    open_link,
    read,
    tail,
    to_query,
    whole,
)
from divide.app.visit.state import Draft, View, Visit
from divide.experiments.keep.identity import edition
from divide.model.declare.errors import InputError
from divide.model.declare.levers import levers
from divide.model.policy.policy import STANDARDS, TARGETS, LeverUse, Policy, packages
from divide.model.scenario import Scenario

DEFAULT = Scenario()


def back(page, default=DEFAULT):
    return from_query(to_query(page), default)[0]


@pytest.mark.parametrize("name", packages())
def test_packages_come_back(name):
    page = Draft(Scenario(policy=name, until=2035, seed=2**62 + 1), name)
    assert back(page) == page
    assert to_query(page).count("&") <= 3, "a package is named, not spelt out"


@st.composite
def pages(draw):
    names = draw(st.lists(st.sampled_from(sorted(levers())), unique=True, max_size=6))
    uses = {}
    for name in names:
        low, high = levers()[name].bounds
        value = draw(st.floats(low, high).filter(bool))
        rule = draw(st.one_of(st.sampled_from(TARGETS), st.just(("KEN", "FJI")), st.just(("KEN",))))
        start = draw(st.one_of(st.none(), st.sampled_from([2025.0, 2030.5])))
        end = draw(st.one_of(st.none(), st.just(2038.0)))
        ramp = draw(st.sampled_from([0.0, 1.0, 2.5]))
        uses[name] = LeverUse(value, start, end, ramp, rule, draw(st.sampled_from(STANDARDS)))
    policy = Policy(
        "custom",
        draw(st.sampled_from(["Ours", "50 % & more?", "наш план", "a=b#c"])),
        budget=draw(st.floats(0, 1e5)),
        spend=draw(st.sampled_from(["planned", "all"])),
        levers=uses,
    )
    scenario = Scenario(
        policy,
        start=draw(st.integers(2000, 2022)),
        until=draw(st.integers(2023, 2060)),
        seed=draw(st.integers(0, 2**63 - 1)),
        parameters=draw(st.sampled_from([{}, {"adoption.imitation": 0.31}])),
    )
    return Draft(scenario, draw(st.sampled_from(sorted(packages()))))


@given(pages())
@settings(max_examples=60, deadline=None)
def test_any_scenario_comes_back_the_same(page):
    found = back(page)
    assert found.scenario.digest == page.scenario.digest
    assert found.scenario.policy.title == page.scenario.policy.title
    assert found.package == page.package


def test_the_status_quo_changed_to_nothing_comes_back():
    visit = Visit(Draft(DEFAULT), Draft(DEFAULT))
    visit.choose_package("balanced")
    for name in list(visit.scenario.policy.levers):
        visit.set_lever(name, intensity=0)
    assert back(visit.draft).scenario == visit.scenario


def test_firms_of_the_server_hold_unless_the_address_says_otherwise():
    small = replace(DEFAULT, firms=2000)
    assert from_query("", small)[0].scenario.firms == 2000
    assert back(Draft(small), DEFAULT).scenario.firms == 2000


def test_it_says_which_version_wrote_it():
    assert from_query(to_query(Draft(DEFAULT)), DEFAULT)[1] == edition()
    assert from_query("v=<b>9</b>", DEFAULT)[1] == "<b>9</b>"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("x=1", "asks for 'x', which does not exist"),
        ("l.warp_drive=1", "asks for 'l.warp_drive'"),
        ("l.five_g=1e99", "1e+99 is out of range"),
        ("l.five_g=nan", "nan is out of range"),
        ("l.five_g=lots", "five_g: 'lots' is not a number"),
        ("l.five_g=1~moon", "unknown target 'moon'"),
        ("l.five_g=1~KEN.XXX", "policy.levers.five_g.target[1]: 'XXX' is not a country"),
        ("l.five_g=1~~~~~~~~", "says too much about five_g"),
        ("until=3000", "until: 3000 is out of range"),
        ("until=2023.5", "until: '2023.5' is not a whole number"),
        ("until=2001", "until: 2001 is not after start 2022"),
        ("seed=-1", "seed: -1 is out of range"),
        ("seed=" + "9" * 500, "seed"),
        ("firms=10000000", "is more than this page runs"),
        ("firms=0", "firms: 0 is out of range"),
        ("from=../../etc/passwd", "no such one"),
        ("from=/etc/x.yaml", "no such one"),
        ("spend=everything", "spend: 'everything'; allowed: planned, all"),
        ("budget=-1", "out of range"),
        ("p.adoption.imitation=9", "out of range"),
        ("p.__class__=1", "does not exist"),
        ("seed=1&seed=2", "'seed' twice"),
        ("&".join(f"a{k}=1" for k in range(300)), "cannot be read"),
        ("title=" + "x" * LONGEST, "longer than"),
        ("title=%ff%fe", "cannot be read"),
    ],
)
def test_a_hostile_address_is_one_clear_line(query, said):
    with pytest.raises(InputError, match=re.escape(said)) as error:
        from_query(query, DEFAULT)
    assert "\n" not in str(error.value) and len(str(error.value)) < 2000


def opened(text, **settings):
    visit = Visit(Draft(DEFAULT), Draft(DEFAULT), **settings)
    open_link(visit, text)
    return visit


def address(visit):
    return whole(visit.draft, visit.view, visit.pins)


def test_all_that_is_looked_at_comes_back():
    visit = opened("from=balanced&until=2035")
    visit.pin()
    visit.set_lever("five_g", intensity=2500, target=("KEN", "FJI"))
    visit.pin("Ours: 5G & more?")
    visit.look(outcome="debt", headline="usage_gini", mode="compare", against=1, year=2030)
    visit.look(tab="ranking", rank="regions", country="KEN", lang="ru")
    for link in (f"http://there:1/x?token=secret&{address(visit)}", f"#{address(visit)}"):
        found = opened(link)
        assert (found.draft, found.view, found.message) == (visit.draft, visit.view, "")
        assert [pin.scenario.digest for pin in found.pins] == [
            p.scenario.digest for p in visit.pins
        ]
        assert [pin.name for pin in found.pins] == [pin.name for pin in visit.pins]
    # Pins that were there already stay, and the map compares with the one of the link.
    found.undo()
    open_link(found, address(visit))
    assert len(found.pins) == 4 and found.view.against == 3


def test_pins_never_make_an_address_that_cannot_be_opened():
    visit = opened("from=balanced")
    for k in range(6):
        for name in levers():
            visit.set_lever(
                name,
                intensity=levers()[name].bounds[1] * (k + 1) / 7,
                target=("KEN", "FJI", "TON", "NPL"),
            )
        visit.pin(f"{k} " + "\N{GRINNING FACE}" * 30)
    link = address(visit)
    assert len(link) < LONGEST and 0 < len(opened(link).pins) < 6


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ("l.warp=9", "l.warp"), ("map=moon", "map 'moon'"), ("country=KE", "country"),
        ("lang=de", "lang"), ("tab=", "tab"), ("year=soon", "year"), ("until=3000", "until: 3000"),
        ("seed=-1", "seed"), ("seed=7", "twice"), ("title=%ff", "read"),
        ("pin1=x%3Fl.warp%3D1", "l.warp"),
        ("l.smart_city=1e99", "out of range"), ("p.__class__=1", "does not exist"),
    ],
)  # fmt: skip
def test_a_damaged_part_is_one_clear_sentence_and_the_rest_is_kept(damaged, said):
    good = "v=0&seed=5&start=2010&l.five_g=2500&draw_=1".replace("&draw_=1", "&tab=why")
    visit = opened(f"{good}&{damaged}&country=FJI")
    used = visit.scenario.policy.levers
    assert visit.scenario.start == 2010 and list(used) == ["five_g"]
    assert visit.scenario.seed == 5 or damaged == "seed=-1"
    assert visit.view.tab == "why"
    assert said in visit.message and "\n" not in visit.message


def test_what_of_a_link_counts():
    assert tail("https://a.b/c?x=1#room=ABCD") == "x=1"
    assert tail(" #?x=1&pin1=a?b ") == "x=1&pin1=a?b"
    assert tail("http://a/#x=1&pin1=a?b") == "x=1&pin1=a?b"
    assert tail("x=1&pin1=a?b") == "x=1&pin1=a?b"
    assert read("y" * 9000, DEFAULT).complaint is not None
    assert opened("", view=View(lang="fr")).view == View(lang="fr")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", True),
        ("?", True),
        ("?lang=fr", True),
        (whole(Draft(DEFAULT), View(lang="ru", year=2027), []), True),
        ("?projector=1&lang=en&v=0.1.0", True),
        ("from=balanced", False),
        ("v=0.2.0&lang=en&until=2035", False),
        ("l.five_g=800", False),
        ("map=basket", False),
        ("goal=online~2030~0.9", False),
        ("pin1=A%3Ffrom%3Dbalanced", False),
    ],
)
def test_an_address_without_a_scenario_is_a_first_visit(query, first):
    assert is_first(query, DEFAULT) == first


def test_what_a_server_runs_of_itself_is_no_scenario():
    small = Scenario(firms=1_000)  # as of a server with small runs
    written = whole(Draft(small), View(), [])
    assert "firms=1000" in written and is_first(written, small)
    assert not is_first(written, DEFAULT)


def test_an_address_without_a_scenario_holds_no_figures_of_another_version():
    assert opened("v=0.0.1&lang=fr").message == ""
    assert opened("v=0.0.1&lang=fr&until=2035").message != ""
    assert opened("v=0.0.1&lang=xx").message != "", "what cannot be read is said"


@pytest.mark.parametrize("way", ["upload", "paste"])
def test_a_scenario_from_outside_puts_the_first_question_away(way):
    page = Draft(DEFAULT)
    visit = Visit(page, page, View(opening=True))
    events = VisitEvents(visit, Mock(act=lambda change: change()))
    other = Scenario(until=2035)
    if way == "upload":
        with pytest.raises(InputError):
            events.upload({"name": "mine.yaml", "texts": []})
        assert visit.view.opening, "nothing came"
        events.upload({"name": "mine.yaml", "texts": [scenario_yaml(other)]})
    else:
        events.paste(to_query(Draft(other)))
    assert visit.scenario.until == 2035 and not visit.view.opening
