"""Files to take away say what the model says, and nothing in them is code of others."""

import base64
import json
import re
from dataclasses import replace
from html import unescape
from unittest.mock import Mock

import numpy as np
import pytest
from click.testing import CliRunner

from divide.app.page.display import CARDS, written
from divide.app.page.goal_view import said, standing
from divide.app.page.lens_view import panel
from divide.app.rooms.aim import kept
from divide.app.rooms.board import COST_PER_PERSON, RANKED, label, ranking
from divide.app.rooms.evaluator import COST
from divide.app.rooms.file import RoomFile
from divide.app.rooms.registry import Rooms
from divide.app.takehome import drawing, figures, offline
from divide.app.takehome.case import gather
from divide.app.takehome.neighbours import BUDGET, MOST_RUNS, TARGET, Neighbour
from divide.app.takehome.page import About, render
from divide.app.takehome.room import about, offline_room, room_page
from divide.app.visit.download import read_scenario
from divide.app.visit.goal import Goal, to_text
from divide.app.visit.interval import status_quo
from divide.app.visit.lens import lens
from divide.app.words import languages, words
from divide.experiments.cli.main import main
from divide.model.declare.levers import levers
from divide.model.policy.policy import LeverUse, Policy


@pytest.fixture(scope="module")
def case(scenario, here):
    return gather(here, scenario, "test")


def scenarios(page):
    blocks = re.findall(
        r'<pre dir="ltr" class="file" data-scenario="[^"]*">(.*?)</pre>', page, re.S
    )
    return [read_scenario("page.html", unescape(block)) for block in blocks]


def test_the_page_says_what_the_model_says(case):
    t = words("en")
    page = render([case], About(), t)
    seen = lens(case.you, case.base, case.interval).person_years
    places = 2 if abs(seen.value) < 1e7 else 1 if abs(seen.value) < 1e8 else 0
    for figure in (seen.value, seen.low, seen.high):
        assert written(figure / 1e6, places, t, sign=True) in page
    parts = case.explained.parts("usage_mean", -1)
    change = case.you.series["usage_mean"][-1] - case.base.series["usage_mean"][-1]
    assert sum(parts.values()) == pytest.approx(change, abs=1e-12)
    for name in parts:
        assert written(100 * parts[name], 3, t, sign=True) in page
    (found,) = scenarios(page)
    assert found.digest == case.scenario.digest and "divide run --scenario" in page


def test_a_gain_and_a_loss_are_told_without_signs(case):
    half = len(case.draws) // 2
    draws = (*case.draws[half:], *case.draws[:half])
    lost = replace(case, you=case.base, base=case.you, draws=draws, explained=None)
    for lang in languages():
        t = words(lang)
        for one, key in ((case, "takehome.gains"), (lost, "takehome.loses")):
            said = figures.summary(one, t)
            assert said.startswith(t(key, cost="{", years="", interval="").partition("{")[0])
            assert not set(said) & set("+\N{MINUS SIGN}") and said in unescape(
                render([one], About(), t)
            )
    t = words("en")
    assert "fewer people" in figures.summary(lost, t) and figures.losers(case, t) == []
    names = [row["name"] for row in figures.gainers(case, t)]
    assert [row["name"] for row in figures.losers(lost, t)] == names
    page = render([lost], About(), t)
    assert t("takehome.label.lose_most") in page and t("takehome.label.nobody_gains") not in page


def test_no_country_is_named_for_a_change_that_reads_as_none(case, monkeypatch):
    real, t = figures.lived, words("en")
    third = np.sort(case.gain(real)[0])[-3]
    monkeypatch.setattr(figures, "lived", lambda run: real(run) * 400 / third)
    rows = figures.gainers(case, t)
    assert len(rows) < 3 and all(set(row["years"]["gain"]) & set("123456789") for row in rows)


def test_the_page_has_the_figures_of_the_lens(case):
    t = words("en")
    shown = panel(Mock(results=(case.you, case.base), interval=case.interval), t)["cells"]
    rows = figures.lens_rows(case, t)
    assert [(row["label"], row["said"]) for row in rows[: len(shown)]] == [
        (cell["label"], cell["said"]) for cell in shown
    ]


@pytest.mark.parametrize("lang", list(languages()))
def test_every_language_is_whole_and_needs_nothing_else(case, lang):
    t = words(lang)
    page = render([case], About("Room", "Team"), t)
    assert t("takehome.goal", goal="") not in page
    assert "<script" not in page and not re.search(r'(?:src|href)="(?!#land-)', page)
    assert f'lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}"' in page
    assert not re.search(r"\{\w+\}|takehome\.", page.partition("</style>")[2])


def test_the_page_of_a_room_has_its_board_and_a_chapter_a_team(room, here):
    told = []
    page = room_page(here, *room, words("fr"), "test", lambda done, of: told.append((done, of)))
    assert len(scenarios(page)) == 2 and page.count("<article>") == 2
    assert "<script>" not in page and page.count("&lt;script&gt;") >= 3
    assert told[-1][0] == told[-1][1] and told == sorted(told)


GOALS = (Goal("online", 2024, 0.9), Goal("gap", 2023, 0.125), Goal("online", 2040, 0.5))


@pytest.mark.parametrize("lang", list(languages()))
def test_a_room_that_aims_at_a_goal_is_taken_home(room, case, here, lang):
    settings, board = room
    t = words(lang)
    for goal in GOALS:
        aims = replace(settings, outcome=kept(goal))
        found = about(aims, board, t, "One")
        first, *_ = found.board["rows"]
        for page in (
            room_page(here, aims, board, t, "test", lambda *_: None),
            render([case], found, t),
        ):
            plain = unescape(page)
            assert ranking(aims.outcome, t) in plain and label(aims.outcome, t) in plain
            assert first["score"] in plain and first["interval"] in plain
            # Each chapter says whether it reaches the goal, and its link keeps it.
            aim = t("takehome.goal", goal=said(goal, t))
            score = standing(goal, case.scenario.until, case.you, case.base, t)[0]
            assert (
                plain.count(f"<p>{aim}<br>")
                == plain.count(f"&goal={to_text(goal)}")
                == len(scenarios(page))
            )
            assert score in plain
            assert plain.count('class="part"') == (0 if goal.year == 2040 else 2)


@pytest.mark.parametrize("outcome", [*RANKED, *map(kept, GOALS)])
def test_all_that_a_room_may_be_ranked_by_is_on_its_page(room, case, outcome):
    settings, board = room
    t = words("en")
    page = unescape(render([case], about(replace(settings, outcome=outcome), board, t), t))
    assert ranking(outcome, t) in page and page.count("is better)") == 1
    # What the room ranks by has one column, not two.
    heads = re.findall(
        r"<th[^>]*>(.*?)</th>", page.partition("<thead>")[2].partition("</thead>")[0]
    )
    same = {"people_offline": "More people online (million)", COST: "Cost of the whole period"}
    same[COST_PER_PERSON] = "Cost per person newly online"
    assert heads[3] == label(outcome, t) and len(heads) == len(set(heads))
    assert set(same.values()) - set(heads[4:]) == ({same[outcome]} if outcome in same else set())


def test_an_offline_room_holds_runs_of_the_model(room, scenario, here, made, monkeypatch):
    monkeypatch.setattr(offline, "MOST_RUNS", 31)
    page = offline_room(here, *room, words("en"), "test", lambda done, of: None)
    assert page.count("<script") == 2 and "&lt;script&gt;alert" in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    raw = base64.b64decode(data["runs"])
    stride = len(raw) // 31
    base, n = made(status_quo(scenario)), data["countries"]
    # The first package, and the last setting of each of its moves, against runs made anew.
    menu = next(each for each in data["packages"] if each["name"].startswith("One"))
    plan = offline.packages([("One", scenario)] * 2)[0]
    assert {each.what for each in plan.around} >= {
        BUDGET,
        TARGET,
        "price_subsidy",
        "rural_coverage",
    }
    for number, plain in ((menu["run"], scenario), (menu["run"] + 1, plan.around[0].scenario)):
        record = raw[number * stride :][:stride]
        wanted = made(replace(plain, policy=replace(plain.policy, title="Ours")))
        change = wanted.country["internet_users"][-1] - base.country["internet_users"][-1]
        whole = np.frombuffer(record, "<i2", 3 * n + 3)
        assert whole[2 * n : 3 * n] / 1e4 == pytest.approx(change, abs=6e-5)
        cards = np.frombuffer(record[whole.nbytes :], "<f4")[:-2].reshape(3, len(CARDS))
        assert cards[-1] == pytest.approx([wanted.series[name][-1] for name in CARDS], rel=1e-6)
    # Better or worse is what the page calls so, given the interval, and only as it was handed in.
    seen = figures.outcome_cards(gather(here, scenario, "test"), words("en"))
    assert menu["read"][-1] == [{key: card[key] for key in offline.READ} for card in seen]
    assert {read["reading"] for read in menu["read"][-1]} >= {"better", "worse", "unclear"}
    assert not any("better" in card for card in data["cards"])


def test_the_map_of_an_offline_room_reaches_as_far_as_what_was_handed_in(
    room, scenario, here, made, monkeypatch
):
    """Settings around it go further, and the legend says that there is more."""
    around = [Neighbour("price_subsidy", 0.5, scenario)]
    monkeypatch.setattr(offline, "neighbours", lambda one, most: around)
    small = replace(scenario, policy=Policy("custom", levers={"price_subsidy": LeverUse(0.01)}))
    board = [replace(room[1][0], text=small.to_yaml())]
    page = offline_room(here, room[0], board, words("en"), "test", lambda *_: None)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    you, base = (made(run).country["internet_users"] for run in (small, status_quo(scenario)))
    change = 100 * (you.astype(float) - base)
    assert data["reach"] == figures.reach(change)
    ends = page.partition('class="ends"')[2].partition("</div>")[0]
    assert f"≥\N{NO-BREAK SPACE}+{data['reach']:g} points" in ends


def test_a_map_says_what_is_beyond_its_colours():
    t = words("en")
    for values, others, ends in (
        ([-1.0, 2.0], None, ["\N{MINUS SIGN}2 points", "+2 points"]),
        ([-1.0, 11.0], None, ["\N{MINUS SIGN}2 points", "≥\N{NO-BREAK SPACE}+2 points"]),
        ([1.0], [[1.0], [-3.0]], ["≤\N{NO-BREAK SPACE}\N{MINUS SIGN}2 points", "+2 points"]),
    ):
        others = None if others is None else np.array(others)
        found = drawing.changes(np.array(values), 2.0, "points", t, others)["ends"]
        assert found[::2] == ends


def test_neighbours_stay_inside_the_bounds_and_the_file_small(scenario):
    plan = offline.packages([(str(k), replace(scenario, seed=k)) for k in range(12)])
    assert len(plan) == 8 and 1 + sum(1 + len(each.around) for each in plan) <= MOST_RUNS
    (whole,) = offline.packages([("One", scenario)])
    assert {each.what for each in whole.around} == {BUDGET, TARGET, *levers()}
    assert len({each.scenario.digest for each in whole.around}) == len(whole.around)


def test_the_command_writes_the_room_of_a_folder(room, here, tmp_path, monkeypatch):
    monkeypatch.setattr(offline, "MOST_RUNS", 9)
    monkeypatch.setattr("divide.app.takehome.export.Engine", lambda: here)
    settings, (first, _) = room
    rooms = Rooms(RoomFile(tmp_path))
    rooms.create("lead", "Nairobi", settings.base)
    code = rooms.room("lead").code

    def export(*words):
        to = tmp_path / "room.html"
        words = ["rooms", "export", str(tmp_path), code, "--to", str(to), *words]
        return CliRunner().invoke(main, words), to

    answer, to = export()
    assert answer.exit_code == 2 and "nothing with figures" in answer.output and not to.exists()
    rooms.join("team", code, "One")
    rooms.submit("team", "Ours", first.scenario.policy)
    rooms.computed(rooms.board("lead")[0].digest, first.headline, "")
    rooms.file.close()
    answer, to = export("--lang", "zh")
    assert answer.exit_code == 0, answer.output
    assert (
        words("zh")("takehome.team_heading", team="One", name="Ours")
        in to.read_text(encoding="utf-8")
        and f"{to}: " in answer.output
    )
    answer, to = export("--page")
    assert answer.exit_code == 0 and scenarios(to.read_text(encoding="utf-8"))
    # By whatever the facilitator has it ranked.
    for outcome in (COST_PER_PERSON, *map(kept, GOALS)):
        rooms = Rooms(RoomFile(tmp_path))
        rooms.rank_by("lead", outcome)
        rooms.file.close()
        answer, to = export("--page", "--lang", "fr")
        assert answer.exit_code == 0, answer.output
        assert ranking(outcome, words("fr")) in unescape(to.read_text(encoding="utf-8"))
        answer, to = export()
        assert answer.exit_code == 0, answer.output
    answer, _ = export("--lang", "xx")
    assert answer.exit_code == 2 and "no such language" in answer.output
