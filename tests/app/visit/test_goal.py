"""A goal: what is allowed, when it is reached, and that the address keeps it."""

import pytest

from divide.app.page.display import written
from divide.app.page.goal_view import bar, judged, missing
from divide.app.visit.driver import Frame
from divide.app.visit.goal import Goal, from_text, scored, to_text
from divide.app.visit.link import from_query, to_query
from divide.app.visit.state import Draft, View, Visit
from divide.app.words import languages, words
from divide.model.declare.errors import InputError
from divide.model.scenario import Scenario


def test_people_online_and_the_gap_are_two_ways_to_say_a_goal():
    online = scored(Goal("online", 2030, 0.9), 0.88, 0.8)
    assert (online.wanted, online.got, online.reached) == (0.9, 0.88, False)
    gap = scored(Goal("gap", 2030, 0.4), 0.88, 0.8)
    assert (gap.wanted, gap.got) == (pytest.approx(0.88), pytest.approx(0.4))
    assert scored(Goal("gap", 2030, 0.39), 0.88, 0.8).reached


@pytest.mark.parametrize("lang", list(languages()))
def test_what_is_missing_is_in_the_unit_of_the_goal(lang):
    """What is reached and what is missing add up to the goal."""
    t = words(lang)
    for goal in (Goal("gap", 2030, 0.1), Goal("online", 2030, 0.9)):
        result = scored(goal, 0.8156, 0.8)
        said, tone = judged(goal, result, t)
        got, short = written(100 * result.got, 1, t), missing(goal, result, t)
        assert got in said and short in said and tone == "worse"
        figures = [float(each.lstrip("\u200e").replace(",", ".")) for each in (got, short)]
        assert sum(figures) == pytest.approx(100 * goal.share)


def test_a_part_of_the_gap_is_missing_and_not_people():
    goal = Goal("gap", 2030, 0.1)
    said, _ = judged(goal, scored(goal, 0.8156, 0.8), words("en"))
    assert said == "Not reached: 7.8%; another 2.2% of the gap would have to be closed"


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
