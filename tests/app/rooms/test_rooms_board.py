"""The board: computed by the server, ranked rightly, and safe to open in a spreadsheet."""

import csv
import io
import math
import re
import sqlite3
import time
from concurrent.futures import Future

import pytest

from divide.app.page.display import percent, written
from divide.app.rooms.aim import BY_YEAR, ahead, cell, kept
from divide.app.rooms.board import COST_PER_PERSON, RANKED, board_csv, ranked, rows
from divide.app.rooms.evaluator import COST, OFFERED, Evaluator, evaluate
from divide.app.rooms.events import PanelState, RoomEvents, invitation
from divide.app.rooms.records import Submission
from divide.app.server.engine import Busy, RunFailed
from divide.app.visit.goal import Goal, to_text
from divide.app.visit.interval import status_quo
from divide.app.visit.result import compute
from divide.app.words import languages, words
from divide.experiments.read.compare import compare
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

BASE = Scenario(until=2024, firms=1_000)
POLICY = Policy("custom", "Ours", levers={"skills_training": LeverUse(3e7)})


class Here:
    """An engine that runs everything at once, in this process."""

    def __init__(self, trouble=None):
        self.trouble, self.results, self.asked = trouble, {}, 0

    def request(self, scenario, rank, owner):
        self.asked += 1
        future = Future()
        if self.trouble is not None:
            future.set_exception(self.trouble)
            return future
        if scenario.digest not in self.results:
            self.results[scenario.digest] = compute(scenario)
        future.set_result(self.results[scenario.digest])
        return future


@pytest.fixture(scope="module")
def engine():
    return Here()


@pytest.fixture
def evaluator(tmp_path, engine):
    opened = Evaluator(tmp_path, engine)
    yield opened
    opened.close()


def submission(number, headline, team="A", name="Plan"):
    return Submission(number, team, name, "0" * 64, "", "2026-01-01T00:00:00+00:00", headline, None)


def headline(cost=1e9, gained=1e6, **values):
    found = {name: [0.5, 0.5, -0.1, 0.1] for name in OFFERED}
    found |= {"people_offline": [2e9 - gained, 2e9, 0, 0], COST: [cost, 0.0, cost, cost]}
    return found | {name: [0.5 + value, 0.5, -0.1, 0.1] for name, value in values.items()}


def wait_until(true):
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.02)


def test_figures_are_those_of_the_paired_comparison(engine):
    scenario = Scenario(until=2024, firms=1_000, policy=POLICY)
    found = evaluate(engine, scenario)
    reference = compare([status_quo(scenario).policy, POLICY], scenario, replicates=1)
    differences = reference.differences().set_index("outcome")
    for name in OFFERED:
        value, before, low, high = found[name]
        row = differences.loc[name]
        assert (value, before) == pytest.approx((row["policy_mean"], row["reference_mean"]))
        assert low <= high
    assert found[COST][0] == pytest.approx(reference.cost("custom"))


def test_only_what_has_a_better_way_is_ranked():
    assert all(OUTCOMES[name].better != "neither" for name in OFFERED)
    assert {"usage_gini", "usage_mean", "people_offline", "hub_dependence"} <= set(OFFERED)


def test_what_is_handed_in_is_computed_by_the_server(evaluator):
    evaluator.rooms.create("lead", "", BASE)
    evaluator.rooms.join("a", evaluator.rooms.room("lead").code, "A")
    before = evaluator.rooms.changes("a")
    evaluator.rooms.submit("a", "Plan", POLICY)
    evaluator.notify()
    wait_until(lambda: evaluator.rooms.board("a")[0].headline is not None)
    (line,) = ranked(evaluator.rooms.board("a"), "people_offline")
    assert line.rank == 1 and line.gained > 0 and line.cost > 0
    assert line.score == -line.gained and line.per_person == line.cost / line.gained
    assert evaluator.rooms.changes("a") > before


def test_what_a_stopped_server_left_is_computed_after_the_next_start(tmp_path, engine):
    busy = Evaluator(tmp_path, Here(Busy()))
    busy.rooms.create("lead", "", BASE)
    busy.rooms.join("a", busy.rooms.room("lead").code, "A")
    busy.rooms.submit("a", "Plan", POLICY)
    busy.notify()
    busy.close()
    again = Evaluator(tmp_path, engine)
    wait_until(lambda: again.rooms.board("a")[0].headline is not None)
    again.close()


def test_a_run_that_fails_says_so_and_holds_up_nobody(tmp_path):
    evaluator = Evaluator(tmp_path, Here(RunFailed("broken")))
    evaluator.rooms.create("lead", "", BASE)
    evaluator.rooms.join("a", evaluator.rooms.room("lead").code, "A")
    evaluator.rooms.submit("a", "Plan", POLICY)
    evaluator.notify()
    wait_until(lambda: not evaluator.rooms.waiting())
    board = evaluator.rooms.board("a")
    (row,) = rows(ranked(board, "debt"), "debt", words("en"))
    assert row["score"] == "could not be computed" and row["rank"] == ""
    evaluator.close()


@pytest.mark.parametrize(
    ("outcome", "best_first"),
    [("usage_gini", [2, 1, 3]), ("usage_mean", [3, 1, 2]), (COST_PER_PERSON, [1, 2, 3])],
)
def test_the_better_scenario_stands_higher(outcome, best_first):
    board = [
        submission(1, headline(gained=3e6, usage_gini=-0.01, usage_mean=0.02)),
        submission(2, headline(gained=1e6, usage_gini=-0.02, usage_mean=0.01)),
        submission(3, headline(gained=-1e6, usage_gini=0.01, usage_mean=0.03)),
        submission(4, None),
    ]
    lines = ranked(board, outcome)
    assert [line.submission.number for line in lines] == [*best_first, 4]
    assert [line.rank for line in lines] == [1, 2, 3, None]


def test_equal_scores_share_a_rank():
    board = [submission(n, headline(usage_gini=g)) for n, g in enumerate((-0.1, -0.2, -0.1, 0.0))]
    assert [line.rank for line in ranked(board, "usage_gini")] == [1, 2, 2, 4]


def test_nobody_gained_costs_no_sum_for_each():
    line, *_ = ranked([submission(1, headline(gained=0.0))], COST_PER_PERSON)
    assert math.isinf(line.per_person)
    assert rows([line], COST_PER_PERSON, words("en"))[0]["per_person"] == "-"


@pytest.mark.parametrize("lang", list(languages()))
@pytest.mark.parametrize("outcome", RANKED)
def test_every_board_can_be_read_in_every_language(lang, outcome):
    (row,) = rows(ranked([submission(1, headline())], outcome), outcome, words(lang))
    cost, gained = {
        "fr": ("1,00", "+1,0"),
        "ru": ("1,00", "+1,0"),
        "zh": ("10.0", "+100.0"),
        "es": ("1,00", "+1,0"),
        "pt": ("1,00", "+1,0"),
        "ar": ("1.00", "\u200e+1.0"),
    }.get(lang, ("1.00", "+1.0"))
    assert row["score"] and cost in row["cost"] and row["gained"] == gained


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Balanced package", "Programme équilibré"), ("Balanced package of ours",) * 2],
)
def test_the_name_of_a_shipped_package_is_said_in_the_language_of_the_visitor(name, shown):
    board = rows(ranked([submission(1, headline(), name=name)], "debt"), "debt", words("fr"))
    assert board[0]["name"] == shown


def test_a_difference_that_may_be_chance_has_no_colour():
    sure = headline() | {"usage_gini": [0.4, 0.5, -0.12, -0.08]}
    board = [submission(1, sure), submission(2, headline(usage_gini=-0.01))]
    assert [
        row["tone"] for row in rows(ranked(board, "usage_gini"), "usage_gini", words("en"))
    ] == [
        "better",
        "",
    ]


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@sum", "a,b", 'a"b'])
def test_the_table_is_no_formula(name):
    text = board_csv(ranked([submission(1, headline(), name, name)], "usage_gini"), "usage_gini")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"] == row["team"] and row["name"].lstrip("'") == name
    assert not row["name"].startswith(("=", "+", "-", "@"))
    assert float(row["usage_gini"]) == 0.5 and row["rank"] == "1"


def test_the_table_has_a_line_for_what_is_not_computed():
    text = board_csv(ranked([submission(1, None)], "usage_gini"), "usage_gini")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["rank"] == "" and not row["cost_usd"]


# Events of a browser ------------------------------------------------------------------------------


class FakePage:
    address = "http://192.0.2.7:8765/?token=abc"

    def __init__(self, evaluator):
        self.evaluator, self.shown = evaluator, []
        self.scenario = Scenario(until=2024, firms=1_000, policy=POLICY)
        self.outcome, self.look = "people_offline", {"year": 2024}
        self.goal = None
        self.settled, self.stages = None, []

    def settle(self, base):
        self.settled = base

    def attend(self, stage):
        self.stages.append(stage)

    def show(self, scenario):
        self.shown.append(scenario)


def browser(evaluator, cookie):
    told = [PanelState()]
    events = RoomEvents(FakePage(evaluator), cookie, lambda: told[-1], told.append)
    events.t = words("en", strict=True)
    return events, told


def test_a_room_from_its_making_to_its_table(evaluator):
    lead, lead_told = browser(evaluator, "lead")
    team, told = browser(evaluator, "a")
    assert lead.view() == {"place": ""}
    lead.make({"title": "Nairobi"})
    assert len(lead_told[-1].key) >= 20
    shown = lead.view()
    assert shown["qr"].startswith("data:image/svg+xml") and shown["place"] == "facilitator"
    assert shown["link"].endswith("#room=" + shown["code"].replace("-", ""))
    team.join({"code": shown["code"], "team": "A"})
    assert team.host.settled == evaluator.rooms.room("lead").base  # or its years would be others
    team.submit({"name": "Plan"})
    assert told[-1].message == "" and "code" not in team.view() and "qr" not in team.view()
    wait_until(lambda: "computed" not in team.view()["rows"][0]["score"])
    team.show(team.view()["rows"][0]["number"])
    assert team.host.shown[0].policy.levers == POLICY.levers
    lead.rank("payment_cost")
    lead.freeze(True)
    lead.reveal(True)
    seen = team.view()
    assert seen["frozen"] and seen["revealed"] and seen["outcome"] == "payment_cost"
    team.submit({"name": "Late"})
    assert told[-1].message == "The facilitator has stopped handing in."
    lead.export_board()
    assert lead_told[-1].file["text"].startswith("rank,team,name")
    lead.leave()
    assert lead.view() == {"place": ""} and lead_told[-1].key == ""


def test_another_room_cannot_be_shown_by_number(evaluator):
    lead, _ = browser(evaluator, "lead")
    lead.make({"title": ""})
    team, _ = browser(evaluator, "a")
    team.join({"code": lead.view()["code"], "team": "A"})
    team.submit({"name": "Plan"})
    number = lead.view()["rows"][0]["number"]
    stranger, told = browser(evaluator, "x")
    stranger.show(number)
    stranger.export_board()
    assert stranger.host.shown == [] and told[-1].file is None
    assert told[-1].message == "You are in no room."
    other, _ = browser(evaluator, "lead 2")
    other.make({"title": ""})
    other.show(number)
    assert other.host.shown == []


@pytest.mark.parametrize("data", [None, [], 7, "x", {"code": {"a": 1}, "team": ["b"]}, {}])
def test_nonsense_from_a_browser_is_refused_in_words(evaluator, data):
    events, told = browser(evaluator, "x")
    for event in (events.join, events.lead, events.submit, events.show, events.rank, events.freeze):
        event(data)
    assert events.view() == {"place": ""}
    assert told[-1].message


def test_a_code_of_a_link_is_not_sent_to_a_server(evaluator):
    lead, _ = browser(evaluator, "lead")
    lead.make({})
    room = evaluator.rooms.room("lead")
    assert invitation(room, "")["qr"] == ""
    assert room.code not in invitation(room, "http://192.0.2.7/")["link"].partition("#")[0]


def test_a_room_can_aim_at_a_goal(evaluator):
    lead, told = browser(evaluator, "lead")
    team, _ = browser(evaluator, "a")
    lead.make({})
    lead.rank("goal")
    assert told[-1].message.startswith("The room has no goal")
    team.join({"code": lead.view()["code"], "team": "A"})
    team.submit({"name": "Plan"})
    for share, year, said, tone in (
        (0.5, 2024, "goal reached", "better"),
        (1.0, 2024, " points short", "worse"),
        (0.5, 2035, "", ""),  # the run ends before
    ):
        lead.host.goal = Goal("online", year, share)
        lead.rank("goal")
        wait_until(lambda: "computed" not in team.view()["rows"][0]["score"])
        seen = team.view()
        (row,) = seen["rows"]
        assert seen["goal"] == to_text(lead.host.goal) and seen["outcome"] == "goal"
        assert f"{100 * share:.0f}% of people online by the end of {year}" in seen["ranking"]
        assert row["interval"].endswith(said) and row["tone"] == tone
        assert re.fullmatch(r"\d\d\.\d%" if said else "-", row["score"])
    assert seen["rows"][0]["rank"] == ""
    lead.host.goal = Goal("online", 2024, 0.5)
    lead.rank("goal")
    (line,) = ranked(evaluator.rooms.board("lead"), kept(lead.host.goal))
    lead.export_board()
    (row,) = csv.DictReader(io.StringIO(told[-1].file["text"]))
    assert row["ranked_by"] == "goal~online~2024~0.5" and float(row["score"]) == line.score > 0


def test_the_board_says_whether_it_has_intervals(evaluator):
    lead, _ = browser(evaluator, "lead")
    lead.make({})
    lead.host.goal = Goal("online", 2024, 0.5)
    for outcome, said in (
        ("usage_gini", "intervals overlap"),
        (COST_PER_PERSON, "without intervals"),
        ("goal", "without intervals"),
    ):
        lead.rank(outcome)
        assert said in lead.view()["caution"]


def test_what_is_ranked_by_has_no_second_column(evaluator):
    lead, _ = browser(evaluator, "lead")
    lead.make({})
    for outcome, beside in (
        ("usage_gini", ["gained", "cost", "per_person"]),
        (COST_PER_PERSON, ["gained", "cost"]),
        ("people_offline", ["cost", "per_person"]),
    ):
        lead.rank(outcome)
        assert lead.view()["beside"] == beside


def test_a_question_goes_to_every_page_and_its_answer_when_all_have_marked(evaluator):
    lead, told = browser(evaluator, "lead")
    lead.make({})
    lead.ask()
    assert told[-1].message == lead.t("rooms.nobody_to_ask")
    team, _ = browser(evaluator, "a")
    team.join({"code": lead.view()["code"], "team": "A"})
    team.speak_for("funder")
    lead.ask()
    team.attend()
    for page in (lead, team):
        assert page.host.stages[-1].held and page.host.stages[-1].asked == "people_offline"
    team.mark(-1e6)
    lead.follow(Once())
    for page in (lead, team):
        assert not page.host.stages[-1].held
    assert lead.view()["staged"] and lead.view()["taken"] == [f"A: {lead.t('roles.funder.title')}"]
    with evaluator.rooms.file.writing() as db:  # as another version may have left it
        db.execute("UPDATE stage SET scenario = 'policy: none_of_ours'")
    lead.attend()
    assert lead.host.stages[-1] is None
    lead.release()
    team.drive()  # is not for a team
    assert lead.host.stages[-1] is None and lead.view()["staged"] is False
    lead.print_briefs()
    assert told[-1].file["open"] and lead.t("roles.civil.title") in told[-1].file["text"]


class Broken:
    """A connection to a disk that fails."""

    def execute(self, *_):
        raise sqlite3.OperationalError("disk I/O error")


class Once:
    """Lets a loop go round once."""

    def __init__(self):
        self.waits = iter([False, True])

    def wait(self, _):
        return next(self.waits)


def test_a_failing_disk_is_told_in_words_and_the_panel_stays_until_it_is_read(
    evaluator, monkeypatch
):
    lead, told = browser(evaluator, "lead")
    lead.make({"title": "Nairobi"})
    shown = lead.view()
    with monkeypatch.context() as patch:
        patch.setattr(evaluator.rooms.file, "_connection", Broken())
        lead.freeze(True)
        assert told[-1].message == lead.t("rooms.not_kept")
        lead.follow(Once())
        assert lead.view() == shown
    count = told[-1].count
    lead.follow(Once())  # nothing has changed, but what is shown could not be read
    assert told[-1].count == count + 1
    assert lead.view() == shown
    lead.follow(Once())
    assert told[-1].count == count + 1
    lead.freeze(True)
    assert lead.view()["frozen"]


@pytest.mark.parametrize("lang", list(languages()))
def test_what_is_missing_to_a_gap_is_part_of_the_gap(lang):
    scenario, t = Scenario(), words(lang)
    headline = dict(zip(BY_YEAR, ([0.7, 0.75, 0.8156], [0.7, 0.75, 0.8]), strict=True))
    text = scenario.to_yaml()
    goal = Goal("gap", scenario.start + 2, 0.1)
    sent = Submission(1, "A", "Plan", scenario.digest, text, "2026", headline, None)
    row = cell(goal, sent, t)
    assert row["score"] == percent(written(7.8, 1, t), t)
    assert row["interval"] == t("goal.short", missing=written(2.2, 1, t))
    assert ahead(goal, sent) == -0.022
