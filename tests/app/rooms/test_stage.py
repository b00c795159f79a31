"""What the facilitator shows to everybody, what the teams expect, and whom they speak for."""

from unittest.mock import Mock

import pytest

from divide.app.rooms.briefs import QUESTIONS, printed
from divide.app.rooms.file import RoomFile
from divide.app.rooms.host import WorkshopPage
from divide.app.rooms.question import asked
from divide.app.rooms.records import RoomError
from divide.app.rooms.registry import Rooms
from divide.app.rooms.stage import ROLES, Stages
from divide.app.visit.state import Draft, Visit
from divide.app.visit.think import ThinkFirst
from divide.app.words import is_rtl, languages, words
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

BASE = Scenario(until=2024, firms=1_000)
SHOWN = Scenario(until=2024, firms=1_000, policy=Policy.load("balanced"))
LOOK = {"year": 2023, "outcome": "skills", "mode": "change"}


@pytest.fixture
def rooms(tmp_path):
    made = Rooms(RoomFile(tmp_path))
    made.create("lead", "Nairobi", BASE)
    code = made.room("lead").code
    for browser, team in (("a", "One"), ("b", "Two")):
        made.join(browser, code, team)
    yield made
    made.file.close()


@pytest.fixture
def stages(rooms):
    return Stages(rooms)


def refused(key, act):
    with pytest.raises(RoomError) as found:
        act()
    assert found.value.key == f"rooms.{key}"


def test_everybody_sees_what_the_facilitator_shows(rooms, stages, tmp_path):
    before = rooms.changes("a")
    assert stages.now("a") is None
    stages.put("lead", SHOWN, LOOK)
    assert rooms.changes("a") != before
    for browser in ("lead", "a", "b"):
        seen = stages.now(browser)
        assert (seen.scenario.digest, seen.look, seen.asked) == (SHOWN.digest, LOOK, "")
        assert not seen.held
    first = stages.now("a").number
    stages.close("lead")
    assert stages.now("a") is None
    stages.put("lead", BASE, LOOK)
    assert stages.now("a").number > first  # pages follow each once, also after an end
    again = Rooms(RoomFile(tmp_path))
    assert Stages(again).now("a") == stages.now("a")
    again.file.close()


def test_marks_stay_hidden_until_the_last_team_has_set_its_own(stages):
    stages.put("lead", SHOWN, LOOK, "people_offline")
    assert stages.now("a").held and stages.now("a").missing == ("One", "Two")
    stages.mark("a", -1e8)
    stages.mark("a", -2e8)  # a team may think again
    seen = {browser: stages.now(browser).marks for browser in ("lead", "a", "b")}
    assert [mark.expected for mark in seen["a"]] == [-2e8]
    assert [mark.expected for mark in (*seen["lead"], *seen["b"])] == [None, None]
    assert stages.now("lead").missing == ("Two",)
    stages.mark("b", 5e7)
    for browser in ("lead", "a", "b"):
        answered = stages.now(browser)
        assert not answered.held
        assert [(mark.team, mark.expected) for mark in answered.marks] == [
            ("One", -2e8),
            ("Two", 5e7),
        ]
    refused("nothing_asked", lambda: stages.mark("a", 1.0))


def test_the_facilitator_need_not_wait_for_a_team_that_is_gone(stages):
    stages.put("lead", SHOWN, LOOK, "people_offline")
    stages.mark("a", 0.0)
    stages.answer("lead")
    assert not stages.now("a").held and stages.now("a").missing == ("Two",)
    stages.put("lead", SHOWN, LOOK, "debt")
    assert stages.now("a").held and stages.now("a").marks == ()


def test_who_may_do_what(rooms, stages):
    for act in (
        lambda: stages.put("a", SHOWN, LOOK),
        lambda: stages.answer("a"),
        lambda: stages.close("a"),
    ):
        refused("facilitator_only", act)
    refused("teams_only", lambda: stages.mark("lead", 1.0))
    refused("teams_only", lambda: stages.speak_for("lead", "funder"))
    refused("nothing_asked", lambda: stages.mark("a", 1.0))
    refused("no_number", lambda: stages.mark("a", float("nan")))
    refused("too_long", lambda: stages.put("lead", SHOWN, {"year": "x" * 3_000}))
    rooms.create("other", "", BASE)
    refused("nobody_to_ask", lambda: stages.put("other", SHOWN, LOOK, "debt"))
    stages.put("other", SHOWN, LOOK)
    assert stages.now("a") is None
    refused("no_room", lambda: stages.now("stranger"))


def test_a_team_speaks_for_one_role_and_can_choose_again(stages):
    for role in ("finance", "regulator"):
        stages.speak_for("a", role)
    stages.speak_for("b", "king")
    assert list(stages.roles("lead").values()) == [("One", "regulator")]
    stages.speak_for("a", "")
    assert stages.roles("b") == {}


@pytest.mark.parametrize("lang", list(languages()))
def test_the_briefs_are_a_page_of_their_own_in_every_language(lang):
    t = words(lang)
    page = printed(t)
    for role in ROLES:
        assert t(f"roles.{role}.title") in page
    assert page.count("<section>") == len(ROLES) + 1
    assert page.count("<li>") == len(QUESTIONS)
    assert ('dir="rtl"' in page) == is_rtl(lang)
    assert "http" not in page and "<script" not in page


def test_a_page_says_whether_it_has_what_the_facilitator_shows_has_shown_or_its_own_change(stages):
    visit, t = Visit(Draft(BASE), Draft(BASE)), words("en")
    page = WorkshopPage(Mock(), "", Mock(visit=visit, act=lambda act: act()), ThinkFirst())

    def said():
        frame = Mock(draft=visit.draft, shown=None)
        return asked(page, stages.now("a"), frame, t)["led"]

    def follow():
        page.attend(stages.now("a"))

    visit.set_lever("five_g", intensity=100)
    own = visit.draft
    follow()
    assert said() == ""
    stages.put("lead", SHOWN, LOOK)
    follow()
    title = t("packages.balanced.title")
    assert said() == t("think.led", name=title)
    visit.set_lever("five_g", intensity=200)
    assert said() == t("think.led_changed", name=title)
    visit.undo()
    stages.close("lead")
    follow()
    assert said() == t("think.led_before", name=title)
    visit.set_lever("five_g", intensity=200)
    assert said() == t("think.led_changed", name=title)
    page.back()
    assert (said(), visit.scenario) == ("", own.scenario)
