"""A goal: what is allowed, when it is reached, and that the address keeps it."""

import pytest

from divide.app.page.goal_view import bar
from divide.app.visit.driver import Frame
from divide.app.visit.goal import Goal, from_text, scored, to_text
from divide.app.visit.link import from_query, to_query
from divide.app.visit.state import Draft, View, Visit
from divide.app.words import words
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


def test_people_online_and_the_gap_are_two_ways_to_say_a_goal():
    online = scored(Goal("online", 2030, 0.9), 0.88, 0.8)
    assert (online.wanted, online.got, online.reached) == (0.9, 0.88, False)
    gap = scored(Goal("gap", 2030, 0.4), 0.88, 0.8)
    assert (gap.wanted, gap.got) == (pytest.approx(0.88), pytest.approx(0.4))
    assert scored(Goal("gap", 2030, 0.39), 0.88, 0.8).reached


def test_an_address_and_undo_keep_the_goal():
    plain = Draft(Scenario())
    visit = Visit(plain, plain)
    visit.choose_package("balanced")
    visit.set_goal(Goal("gap", 2035, 0.125))
    shown, _ = from_query(to_query(visit.draft), Scenario())
    assert shown == visit.draft
    visit.choose_package("soft_first")
    assert visit.draft.goal == Goal("gap", 2035, 0.125)
    visit.undo()
    visit.undo()
    assert visit.draft.goal is None
    assert visit.draft.package == "balanced"


def test_a_goal_behind_the_end_of_the_period_says_so():
    draft = Draft(Scenario(until=2030), goal=Goal("online", 2035, 0.95))
    said = bar(Frame(draft, View(year=2030)), None, words("en"))
    assert said["score"] == "The period ends in 2030, before the year of the goal."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("online~2035", "kind~year~share"),
        ("all~2035~0.5", "allowed: online, gap"),
        ("gap~1999~0.5", "out of range"),
        ("gap~2035~1.5", "out of range"),
        ("gap~2035~nan", "out of range"),
    ],
)
def test_a_bad_goal_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        from_text(text)
    assert from_text(to_text(Goal("online", 2035, 0.95))) == Goal("online", 2035, 0.95)
