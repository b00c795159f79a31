"""A page that holds its figures until somebody has said what they expect."""

from dataclasses import dataclass, replace
from unittest.mock import Mock

import numpy as np
import pytest

from divide.app.visit import download
from divide.app.visit.driver import Frame
from divide.app.visit.events import VisitEvents
from divide.app.visit.held import Held
from divide.app.visit.interval import status_quo
from divide.app.visit.result import Result
from divide.app.visit.state import Draft, Pin, View
from divide.app.visit.think import ThinkFirst, change
from divide.model.outcomes.lens import OnlineYears
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

YEARS = np.array([2022, 2023, 2024])
NOBODY = OnlineYears(YEARS - 2022.0, np.zeros(3), 0.0, np.zeros(0), 0.0, 0.0, {}, {}, {})


def result(scenario: Scenario, offline: float) -> Result:
    """A run of which one outcome is known."""
    series = {"people_offline": np.array([3e9, 2.9e9, offline])}
    nothing = np.array([], dtype=np.int8)
    rest = {"firms": {}, "spend": {}, "asked": {}, "usable": {}, "reached": {}}
    return Result(
        scenario.digest, YEARS, {}, series, {}, (), nothing, nothing, online_years=NOBODY, **rest
    )


def frame(strength: float, offline: float, until: int = 2024) -> Frame:
    """A page with one lever, at rest."""
    levers = {"five_g": LeverUse(strength)} if strength else {}
    scenario = Scenario(until=until, firms=1_000, policy=Policy("custom", "Ours", levers=levers))
    base = status_quo(scenario)
    you, without = result(scenario, offline), result(base, 2.5e9)
    return Frame(
        Draft(scenario), View(year=until), Draft(scenario), you, without, busy=False, why_runs=3
    )


FIRST, SECOND, THIRD = frame(0.0, 2.5e9), frame(100.0, 2.4e9), frame(200.0, 2.2e9)


@dataclass
class Asked:
    """A question of a room."""

    scenario: Scenario
    held: bool


@pytest.fixture
def think() -> ThinkFirst:
    made = ThinkFirst()
    made.take(FIRST)
    return made


def offline(shown: Frame) -> float:
    assert shown.you is not None
    return float(shown.you.series["people_offline"][-1])


def test_without_the_switch_every_frame_is_shown(think):
    assert think.take(SECOND) is SECOND and think.take(THIRD) is THIRD
    assert think.held == "" and think.before is SECOND


def test_a_change_is_held_until_a_mark_is_set(think):
    think.switch(True)
    for new in (SECOND, THIRD):  # however often a lever is moved meanwhile
        held = think.take(new)
        assert (held.draft, held.shown, offline(held)) == (new.draft, FIRST.shown, 2.5e9)
        assert (think.held, held.why_runs, held.interval) == ("visitor", 0, None)
    think.mark("people_offline", 2024, -1e8)
    assert think.take(THIRD) is THIRD and think.held == ""
    assert think.guess is not None and think.guess.expected == -1e8
    assert change(THIRD, think.before, "people_offline", 2024) == pytest.approx(-3e8)
    assert think.take(SECOND).you is THIRD.you  # and the next change waits again


def test_who_goes_back_or_will_not_guess_is_not_held(think):
    think.switch(True)
    think.take(SECOND)
    assert think.take(FIRST) is FIRST and think.held == ""
    think.take(SECOND)
    think.show()
    assert think.take(SECOND) is SECOND and think.guess is None
    think.take(THIRD)
    think.switch(False)
    assert think.take(THIRD) is THIRD


def test_another_period_is_not_held_since_its_years_are_others(think):
    think.switch(True)
    longer = frame(100.0, 2.0e9, until=2026)
    assert think.take(longer) is longer and think.before is None


def test_the_last_change_is_shown_again_as_often_as_wanted(think):
    think.take(SECOND)
    for _ in range(3):
        think.play("before")
        assert offline(think.take(SECOND)) == 2.5e9
        think.play("after")
        assert think.take(SECOND) is SECOND
    think.play("before")
    assert think.take(THIRD) is THIRD and think.playing == ""
    think.play("sideways")
    assert think.playing == ""


def test_a_room_sees_the_status_quo_until_its_answer_is_shown(think):
    assert SECOND.shown is not None
    scenario = SECOND.shown.scenario
    think.ask(Asked(scenario, held=True))
    held = think.take(SECOND)
    assert think.held == "room" and held.you is SECOND.base and held.draft == SECOND.draft
    think.mark("people_offline", 2024, 1.0)  # is for the room, not for this page alone
    think.play("before")
    assert think.take(SECOND).you is SECOND.base and think.guess is None
    assert think.take(THIRD) is THIRD  # another scenario has its own figures
    think.take(SECOND)
    think.ask(Asked(scenario, held=False))
    assert think.take(SECOND) is SECOND
    think.play("before")
    assert think.take(replace(SECOND, busy=True)).you is SECOND.base  # as all have seen it


def test_who_had_the_scenario_already_when_it_was_asked_about_can_replay_it_too(think):
    assert SECOND.shown is not None
    think.take(THIRD)
    think.take(SECOND)
    for held in (True, False):
        think.ask(Asked(SECOND.shown.scenario, held))
        assert (think.take(SECOND).you is SECOND.base) == held
    assert think.before is not None and think.before.you is SECOND.base


def test_what_waits_is_not_told_by_a_pin_or_the_lever_in_hand(think):
    assert SECOND.shown is not None
    pins = (
        (Pin("Ours", SECOND.shown.scenario), SECOND.you),
        (Pin("Other", THIRD.draft.scenario), THIRD.you),
    )
    held = Held("five_g", LeverUse(100.0), trial=False, without=SECOND.base, given=SECOND.you)
    new = replace(SECOND, pins=pins, held=held)
    for ask in (lambda: think.switch(True), lambda: think.ask(Asked(new.shown.scenario, True))):
        ask()
        seen = think.take(new)
        assert seen is think.screen and seen.held is None
        assert [found for _, found in seen.pins] == [None, THIRD.you]
    think.ask(Asked(new.shown.scenario, held=False))
    assert think.take(new) is new is think.screen


def test_a_table_that_is_saved_tells_no_figure_that_waits(think, monkeypatch):
    told = []
    monkeypatch.setattr(download, "outcomes_csv", lambda you, base: told.append(you) or "")
    think.switch(True)
    think.take(SECOND)
    driver = Mock(frame=SECOND)
    events = VisitEvents(Mock(), driver, lambda: think.screen)
    for _ in range(2):
        events.download("outcomes")
        think.show()
        think.take(SECOND)
    assert told == [FIRST.you, SECOND.you]
    assert events.file["name"].endswith("-outcomes.csv")
