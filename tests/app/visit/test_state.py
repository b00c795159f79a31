"""What a visit remembers: history, pins, and what it refuses."""

from dataclasses import replace

import pytest

from divide.app.visit.link import from_query, to_query
from divide.app.visit.opening import answer
from divide.app.visit.state import LONGEST_HISTORY, MOST_PINS, Draft, Visit, clean_name, titled
from divide.app.words import words
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


@pytest.fixture
def clock():
    now = [0.0]

    def read() -> float:
        return now[0]

    read.now = now
    return read


@pytest.fixture
def visit(clock):
    page = Draft(Scenario())
    return Visit(page, page, clock=clock)


def strength(visit, lever="five_g"):
    use = visit.scenario.policy.levers.get(lever)
    return None if use is None else use.intensity


def test_undo_and_redo_walk_the_same_path(visit, clock):
    for value in (500, 1000, 1500):
        clock.now[0] += 10
        visit.set_lever("five_g", intensity=value)
    visit.undo()
    assert strength(visit) == 1000
    visit.undo()
    visit.undo()
    visit.undo()  # one more than there is
    assert strength(visit) is None
    visit.redo()
    visit.redo()
    assert strength(visit) == 1000
    visit.set_lever("five_g", intensity=7)
    visit.redo()  # a new move forgets the other future
    assert strength(visit) == 7


def test_a_drag_is_one_step_of_undo(visit, clock):
    for value in range(100, 2000, 100):
        clock.now[0] += 0.05
        visit.set_lever("five_g", intensity=value)
    clock.now[0] += 0.05
    visit.set_lever("skills_training", intensity=1e6)
    visit.undo()
    assert strength(visit) == 1900
    visit.undo()
    assert strength(visit) is None


def test_history_is_bounded(visit, clock):
    for value in range(LONGEST_HISTORY + 50):
        clock.now[0] += 10
        visit.set_lever("five_g", intensity=value + 1)
    assert len(visit.past) == LONGEST_HISTORY


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"intensity": 1e9}, "levers.five_g.intensity: 1e+09 is out of range; allowed: 0 to 20000"),
        ({"intensity": "much"}, "is not a number"),
        ({"intensity": float("nan")}, "out of range"),
        ({"intensity": None}, "is not a number"),
        ({"intensity": 10, "target": "moon"}, "unknown target 'moon'"),
        ({"target": "moon"}, "unknown target 'moon'"),  # at zero strength too
        ({"target": ("XXX",)}, "'XXX' is not a country of the model"),
        ({"intensity": 10, "target": ("XXX",)}, "'XXX' is not a country of the model"),
        ({"intensity": 10, "start": 1900}, "allowed: 2000 to 2060"),
    ],
)
def test_a_bad_value_changes_nothing(visit, settings, said):
    before = visit.draft
    with pytest.raises(InputError) as error:
        visit.set_lever("five_g", **settings)
    assert said in str(error.value)
    assert visit.draft is before and not visit.past


def test_zero_strength_is_the_status_quo(visit):
    quo = visit.scenario.digest
    visit.set_lever("five_g", intensity=100)
    assert visit.scenario.digest != quo
    visit.set_lever("five_g", intensity=0)
    assert visit.scenario.digest == quo


def test_a_changed_package_does_not_pass_for_the_package(visit):
    visit.choose_package("balanced")
    visit.set_lever("five_g", intensity=1)
    assert visit.scenario.policy.name == "custom"
    assert visit.scenario.policy.title == "Balanced package (changed)"
    assert visit.draft.package == "balanced"


def test_a_scenario_of_another_loses_its_title_at_the_first_change(visit):
    title = "Spread it evenly over all countries"
    visit.show(replace(visit.scenario, policy=replace(answer("evenly"), title=title)))
    visit.set_lever("five_g", intensity=1)
    visit.set_policy(budget=9_000)  # a second change says no more
    assert visit.scenario.policy.title == f"{title} (changed)"
    assert from_query(to_query(visit.draft), Scenario())[0].scenario == visit.scenario
    assert [titled(visit.scenario.policy.title, words(lang)) for lang in ("en", "ru", "zh")] == [
        f"{title}, changed", f"{title}, изменено", f"{title}（已更改）",  # noqa: RUF001
    ]  # fmt: skip
    visit.pin()
    assert visit.pins[0].name == f"{title}, changed"
    visit.undo()
    visit.undo()
    assert visit.scenario.policy.title == title


def test_a_title_that_the_visitor_has_chosen_stays(visit):
    visit.show(replace(visit.scenario, policy=answer("evenly")))
    visit.rename("Ours")
    visit.set_lever("five_g", intensity=1)
    assert visit.scenario.policy.title == "Ours"
    visit.undo()
    visit.undo()
    visit.set_lever("five_g", intensity=1)
    assert visit.scenario.policy.title == "evenly (changed)"
    visit.rename("Ours")
    visit.choose_package("balanced")
    visit.set_lever("five_g", intensity=1)
    assert visit.scenario.policy.title == "Balanced package (changed)"


def test_reset_can_be_undone(visit):
    visit.choose_package("balanced")
    visit.reset()
    assert not visit.scenario.policy.levers
    visit.undo()
    assert visit.scenario.policy.name == "balanced"


def test_pins_are_few_and_their_names_differ(visit):
    for _ in range(MOST_PINS + 2):
        visit.pin("Mine")
    names = [pin.name for pin in visit.pins]
    assert len(names) == len(set(names)) == MOST_PINS
    visit.rename_pin(0, " \n ")
    visit.rename_pin(99, "nobody")
    assert [pin.name for pin in visit.pins] == names
    visit.rename_pin(0, "Ours")
    assert visit.pins[0].name == "Ours"
    visit.look(mode="compare", against=MOST_PINS - 1)
    for _ in range(MOST_PINS):
        visit.unpin(0)
    assert visit.view.mode == "change" and visit.view.against == 0


def test_a_pin_speaks_the_language_of_the_visitor_unless_it_was_named(visit):
    visit.choose_package("balanced")
    visit.pin()
    visit.pin()
    visit.set_lever("five_g", intensity=1)
    visit.pin()
    visit.rename_pin(1, visit.pins[1].name)  # looked at, not renamed
    visit.pin("Balanced package 2")
    names = {
        "fr": ["Programme équilibré", "Programme équilibré 2", "Programme équilibré, modifié"],
        "ru": [
            "Сбалансированный пакет",
            "Сбалансированный пакет 2",
            "Сбалансированный пакет, изменено",
        ],
        "en": ["Balanced package", "Balanced package 2", "Balanced package, changed"],
    }
    for lang, said in names.items():
        visit.look(lang=lang)
        assert [pin.name for pin in visit.pins[:3]] == said
        assert visit.pins[3].name == "Balanced package 2 2"
    visit.rename_pin(0, "Ours")
    visit.look(lang="ar")
    assert visit.pins[0].name == "Ours"


def test_the_year_stays_inside_the_period(visit):
    visit.look(year=2040)
    visit.set_run(until=2030)
    assert visit.view.year == 2030
    visit.look(year=1)
    assert visit.view.year == 2022


def test_what_does_not_exist_is_not_looked_at(visit):
    before = visit.view
    visit.look(outcome="__class__", mode=7, tab="x", nonsense=1, dark="yes")
    assert visit.view == before


def test_a_page_runs_no_more_firms_than_it_may(visit):
    with pytest.raises(InputError, match=r"firms: 10,000,000 is more than this page runs"):
        visit.show(Scenario(firms=10_000_000))


def test_names_are_one_plain_line():
    assert clean_name("a\x00b\n\x1b[31mc\u202e") == "a b [31mc"
    assert len(clean_name("x" * 1000)) == 40
