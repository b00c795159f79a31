"""The lens of a visit: figures of the run shown, with the intervals that its draws allow."""

import math
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest

from divide.app.page.lens_view import NOTHING, cells, panel, told
from divide.app.visit.interval import interval_of, pairs, status_quo
from divide.app.visit.lens import Figure, lens
from divide.app.visit.opening import ANSWERS, answer
from divide.app.visit.result import compute
from divide.app.words import languages, words
from divide.experiments.plan.intervals import predictive
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario


@pytest.fixture(scope="module")
def runs():
    shown = Scenario(until=2024, firms=1000, policy=Policy.load("least_connected_first"))
    return [compute(one) for one in (shown, status_quo(shown), *pairs(shown, status_quo(shown)))]


def test_intervals_are_those_of_the_draws(runs):
    you, base, *others = runs
    plain, interval = lens(you, base), interval_of(tuple(others))
    sure = lens(you, base, interval)
    assert plain.person_years.value == sure.person_years.value > 0
    assert not plain.person_years.known
    _, low, high = predictive(np.array([draw.person_years for draw in interval.gains]))
    assert (sure.person_years.low, sure.person_years.high) == pytest.approx((low, high))
    price = you.cost / sure.person_years.value
    assert sure.dollars_per_person_year.value == pytest.approx(price)
    for group in (sure.by_region, sure.women_men, sure.poorest_richest):
        assert sum(part.value for part in group.values()) == pytest.approx(1.0)
    assert 0 <= sure.women_men["women"].low <= sure.women_men["women"].high <= 1
    assert you.years[0] < sure.peak_year <= you.years[-1]


def test_a_draw_that_gains_nothing_leaves_no_interval_of_a_price(runs):
    you, base, *others = runs
    interval = interval_of(tuple(others))
    lost = replace(interval.gains[0], person_years=-1.0, dollars_per_person_year=math.nan)
    found = lens(you, base, replace(interval, gains=(lost, *interval.gains[1:])))
    assert found.person_years.known
    assert not found.dollars_per_person_year.known


def test_a_gain_that_reads_as_none_has_no_price_and_no_shares(runs):
    found = lens(*runs[:2])
    assert told(found) is found
    tiny = told(replace(found, person_years=Figure(4e4)))
    assert math.isnan(tiny.dollars_per_person_year.value)
    assert all(math.isnan(part.value) for part in tiny.women_men.values())
    assert math.isnan(tiny.to_least_connected_30.value) and tiny.online_end == found.online_end


@pytest.mark.parametrize("lang", list(languages()))
def test_a_loss_is_told_as_one(runs, lang):
    you, base, t = *runs[:2], words(lang)
    won, lost = (panel(Mock(results=pair, interval=None), t) for pair in ((you, base), (base, you)))
    gain = {cell["name"]: cell for cell in won["cells"]}
    loss = {cell["name"]: cell for cell in lost["cells"]}
    years = gain["years"]["said"].replace("+", "")
    assert lost["story"].startswith(t("lens.lost", years=years))
    assert t("lens.nothing") not in lost["story"] and "\N{MINUS SIGN}" not in lost["story"]
    fewer = gain["end"]["said"].replace("+", "")
    assert t("lens.fewer_then", people=fewer, until=2024) in lost["story"]
    # Folded as well, without the figures that a loss has none of.
    (short,) = lost["short"]
    assert loss["years"]["said"] in short and len(won["short"]) == 3
    assert loss["price"]["value"] == loss["least"]["value"] == NOTHING and lost["groups"] == []


def test_later_is_no_negative_earlier(runs):
    t, found = words("en"), lens(*runs[:2])
    for value, label in ((0.4, "lens.earlier"), (-0.4, "lens.later")):
        figure = Figure(value, value - 0.1, value + 0.2)
        _, _, cell, *_ = cells(replace(found, years_earlier=figure), 2024, t, "takehome.range")
        assert (cell["label"], cell["said"]) == (t(label, year=2024), "0.4\N{NO-BREAK SPACE}years")
        assert cell["interval"] == ("0.3 to 0.6" if value > 0 else "0.2 to 0.5")


def test_answers_may_spend_the_same():
    policies = [answer(name) for name in ANSWERS]
    assert len({(policy.budget, policy.spend) for policy in policies}) == 1
    first, second, _ = policies
    assert first.levers.keys() == second.levers.keys()
    assert {use.target for use in second.levers.values()} == {"all"}
