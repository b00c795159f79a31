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
from divide.app.page.levers import costs, idle
from divide.app.visit.held import held_runs
from divide.app.visit.interval import status_quo
from divide.app.visit.result import MAPPED, compute
from divide.app.words import languages, words
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
    # The year that is looked at shows nothing: the card leads with the one that does.
    assert card["lead"] == "In 2023, when it does most:"
    assert re.fullmatch(r"\+0\.00\d+", card["difference"])
    assert (card["sign"], card["tone"], card["year"]) == ("▲", "better", 2023)
    assert card["rows"][0]["value"] < card["rows"][1]["value"]
    assert card["most"] == "In 2031: no change."
    assert "2023" in card["where"]
    frame.view.year = 2040  # of figures that lag behind a shorter period
    assert lever_card(frame, words("en")) == card
    frame.view.year = 2023
    strongest = lever_card(frame, words("en"))
    assert (strongest["lead"], strongest["most"]) == ("", "")
    assert [strongest[key] for key in ("difference", "rows")] == [
        card[key] for key in ("difference", "rows")
    ]
    for lang in languages():
        assert (
            "2031"
            in lever_card(SimpleNamespace(held=held, view=SimpleNamespace(year=2031)), words(lang))[
                "most"
            ]
        )


def test_a_lever_that_does_nothing_says_so_of_the_year_that_is_looked_at():
    held, (without, _) = held_runs(PLAN, "payment_relief")
    run = compute(without)
    frame = SimpleNamespace(
        held=replace(held, without=run, given=run), view=SimpleNamespace(year=2026)
    )
    card = lever_card(frame, words("en"))
    assert (card["lead"], card["most"], card["difference"]) == ("", "", "no change")


@pytest.mark.parametrize(
    ("uses", "said"),
    [
        ({"skills_training": 60e6, "price_subsidy": 0.05}, ["nobody_left"]),
        ({"rural_coverage": 20.0}, ["nothing_left"]),
        ({"skills_training": 60e6, "rural_coverage": 20.0}, ["nobody_left", "nothing_left"]),
        ({"price_subsidy": 0.01}, ["no_dearer"]),
    ],
)
def test_what_is_left_of_a_budget_that_is_to_be_spent_is_explained_by_the_levers(uses, said):
    levers_used = {name: LeverUse(value) for name, value in uses.items()}
    policy = Policy("x", budget=1e6, spend="all", levers=levers_used)
    scenario = replace(PLAN, until=2024, policy=policy)
    found = compute(scenario)
    for lang in languages():
        t = words(lang)
        unused = costs(scenario, found, t)["unused"]
        assert sorted(unused) == sorted(" ".join(t(f"page.{key}") for key in said)), lang
        assert all(t(f"page.{key}") in unused for key in said)


@pytest.fixture(scope="module")
def in_2010():
    policy = Policy.load("least_connected_first")
    early = Scenario(start=2010, until=2012, firms=1_000, policy=policy)
    return early, compute(early)


@pytest.mark.parametrize("lang", languages())
def test_levers_for_members_before_there_are_any_say_that_they_reach_no_country(lang, in_2010):
    t = words(lang)
    early, found = in_2010
    held, _ = held_runs(early, "rural_coverage")
    held = replace(held, without=found, given=found)
    card = lever_card(SimpleNamespace(held=held, view=SimpleNamespace(year=2012)), t)
    said = {
        "target": t("targets.least_connected"),
        "year": 2010,
        "field": t("page.label.target"),
    }
    assert card["where"] == t("page.acts_nowhere", **said)
    assert costs(early, found, t)["unused"] == t("page.reaches_none", **said)


def test_a_lever_that_is_in_force_outside_the_period_says_which_year_to_change(result):
    t = words("en")
    assert idle("five_g", LeverUse(1.0, start=2031), result, t) == (
        "Begins in 2031, after the last year, 2026. "
        "Choose an earlier year under “From year”, or a later last year."
    )
    assert idle("five_g", LeverUse(1.0, end=2020), result, t) == (
        "Not in force from 2020 on, and the figures begin with 2022. "
        "Choose a later year under “Until year”."
    )
    assert idle("rural_coverage", USES["rural_coverage"], result, t) == ""


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
