"""What is asked and got, and which runs tell what a lever does."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from divide.app.figures.packed import pack
from divide.app.page.components import used
from divide.app.page.display import Unit, readable
from divide.app.page.lever_card import level, lever_card
from divide.app.page.levers import costs
from divide.app.visit.held import held_runs
from divide.app.visit.interval import status_quo
from divide.app.visit.result import MAPPED, compute
from divide.app.words import words
from divide.model.declare.levers import levers
from divide.model.policy.policy import LeverUse, Policy
from divide.model.scenario import Scenario

USES = {"rural_coverage": LeverUse(9_000.0), "price_subsidy": LeverUse(0.1)}
PLAN = Scenario(until=2026, firms=1_000, policy=Policy("x", budget=8_000, levers=USES))


@pytest.fixture(scope="module")
def result():
    return compute(PLAN)


def test_money_is_asked_then_absorbed_then_paid(result):
    asked, usable, spent = (result.asked, result.usable, result.spend)
    for name in USES:
        assert (spent[name] <= usable[name] * (1 + 1e-12)).all(), name
        assert (usable[name] <= asked[name] * (1 + 1e-12)).all(), name
    assert asked["rural_coverage"][2:] == pytest.approx(9e9)  # full strength from the second year
    np.testing.assert_allclose(spent["rural_coverage"] + spent["price_subsidy"], [0] + [8e9] * 4)


def test_a_lever_says_what_it_asks_and_gets_and_why(result):
    said = costs(PLAN, result, words("en"))["levers"]["rural_coverage"]
    gets = result.spend["rural_coverage"][2:].mean() / 1e6
    assert said["short"]
    assert said["text"].startswith(
        f"asked US$\xa09,000\xa0million, gets US$\xa0{gets:,.0f}\xa0million a year."
    )
    assert said["text"].endswith("The budget does not reach.")
    rich = replace(PLAN, policy=replace(PLAN.policy, budget=1e6, levers={
        "rural_coverage": LeverUse(20.0)}))  # fmt: skip
    said = costs(rich, compute(rich), words("en"))["levers"]["rural_coverage"]
    assert said == {"text": "US$\xa020.0\xa0million a year", "short": False}
    said = costs(PLAN, result, words("zh"))["levers"]["rural_coverage"]
    assert said["text"].startswith(f"每年要求 90.0\xa0亿美元，得到 {gets / 100:.1f}\xa0亿美元。")  # noqa: RUF001


def test_a_lever_in_hand_is_told_by_the_run_without_it():
    held, (without, given) = held_runs(PLAN, "rural_coverage")
    assert held is not None and not held.trial and given == PLAN
    assert set(without.policy.levers) == {"price_subsidy"}
    alone = replace(PLAN, policy=replace(PLAN.policy, levers={"rural_coverage": LeverUse(9e3)}))
    assert held_runs(alone, "rural_coverage")[1][0] == status_quo(alone)
    held, (without, given) = held_runs(PLAN, "five_g")
    assert held is not None and held.trial and without == PLAN
    assert given.policy.levers["five_g"].intensity == held.value == 5_000
    assert held_runs(PLAN, "no such lever") == (None, [])


def test_every_outcome_of_a_lever_is_at_hand_and_is_read_over_people(result):
    assert {lever.outcome for lever in levers().values()} <= set(MAPPED)
    where = result.reached["rural_coverage"]
    assert 100 < where.sum() < 188
    people = result.country["population"][-1][where].astype(float)
    share = (people * result.country["mobile"][-1][where]).sum() / people.sum()
    assert level(result, "mobile", where, 2026) == pytest.approx(share)
    money = result.country["exports"][-1][where].astype(float).sum()
    assert level(result, "exports", where, 2026) == pytest.approx(money)


def test_an_effect_that_people_get_used_to_is_told_with_the_year_of_its_peak():
    held, (without, given) = held_runs(replace(PLAN, until=2031), "payment_relief")
    held = replace(held, without=compute(without), given=compute(given))
    frame = SimpleNamespace(held=held, view=SimpleNamespace(year=2031))
    card = lever_card(frame, words("en"))
    assert re.match(r"Most in 2023: \+0\.00\d+\xa0payments/adult\.", card["most"])
    assert card["difference"] == "no change"
    assert card["rows"][0]["value"] == card["rows"][1]["value"]
    last = card["most"]
    frame.view.year = 2040  # of figures that lag behind a shorter period
    assert lever_card(frame, words("en"))["most"] == last
    frame.view.year = 2023
    assert lever_card(frame, words("en"))["most"] == ""


def test_a_scale_of_stages_is_no_unit_of_a_difference():
    assert readable("0-3", 1.0, words("en")) == Unit(1.0, "{amount} (0-3)", "{amount}")
    assert readable("count", 10.0, words("en")) == Unit(1.0, "{amount}", "{amount}")


def test_a_part_of_the_page_is_sent_the_words_that_it_shows():
    texts = {"pin": "Pin", "skip_map": "Map", "years": "Years", "close": "Close"}
    source = "{{ texts.pin }} {{ texts['skip_' + name] }} v-for=\"k in ['years']\""
    assert used(texts, source) == {"pin": "Pin", "skip_map": "Map", "years": "Years"}


def test_packed_numbers_keep_their_bits_and_what_is_not_known():
    packed = pack([[1.5, None], [float("nan"), -3e9]])
    assert packed["shape"] == [2, 2] and packed["data"] == "AADAPwAAwH8AAMB/XtAyzw=="
