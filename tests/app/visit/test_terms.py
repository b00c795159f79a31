"""The terms of a country's gain on the page: asked for like a run, shown when they are there."""

from dataclasses import replace

import numpy as np
import pytest

from divide.app.page.country_terms import term_data
from divide.app.server.engine import _run
from divide.app.visit.driver import Frame
from divide.app.visit.interval import status_quo
from divide.app.visit.result import Dropped, compute
from divide.app.visit.state import Draft, View
from divide.app.visit.terms import Asked, Terms, compute_terms, terms_of, work_of
from divide.app.words import languages, words
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario
from divide.model.terms import TERMS, explained

SCENARIO = Scenario(until=2024, firms=400, policy=Policy.load("balanced"))


@pytest.fixture(scope="module")
def asked() -> Asked:
    found = Asked.of(SCENARIO, status_quo(SCENARIO))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def terms(asked: Asked) -> Terms:
    return _run([0], 1, asked, 0)


def test_a_worker_answers_with_the_terms_of_the_model(asked: Asked, terms: Terms) -> None:
    found = explained(status_quo(SCENARIO), SCENARIO)
    assert terms.digest == asked.digest != SCENARIO.digest
    for name, part in found.terms.items():
        np.testing.assert_allclose(terms.parts[name], part, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(sum(terms.parts.values()), terms.whole, atol=1e-7)
    assert terms_of([None]) is None
    assert terms_of([terms]) is terms


def test_other_scenarios_are_run_as_before_and_the_status_quo_has_no_terms(asked: Asked) -> None:
    assert work_of(SCENARIO) is compute
    assert work_of(asked) is compute_terms
    base = status_quo(SCENARIO)
    assert Asked.of(base, status_quo(base)) is None
    with pytest.raises(Dropped):
        compute_terms(asked, lambda: True)


@pytest.mark.parametrize("lang", [*languages()])
def test_the_figure_adds_up_and_every_term_has_a_name(terms: Terms, lang: str) -> None:
    t = words(lang, strict=True)
    names = {name: t(f"terms.{name}") for name in TERMS}
    assert len(set(names.values())) == len(TERMS)
    if lang == "en":
        assert names == TERMS
    frame = Frame(Draft(SCENARIO), View(country="KEN", year=2024, lang=lang), terms=terms)
    drawn = term_data(frame, t)
    assert drawn is not None
    places = drawn["format"]["maximumFractionDigits"]
    step = 10**-places
    read = [round(item["value"], places) for item in drawn["items"]]
    assert sum(read) == pytest.approx(drawn["total"], abs=step * (len(read) + 2) / 2)
    assert sum(item["value"] for item in drawn["items"]) == pytest.approx(drawn["total"], abs=step)
    assert {item["label"] for item in drawn["items"]} <= set(names.values())
    # What reads as nothing is no bar.
    least = {name: 1e-6 * part for name, part in terms.parts.items()}
    nothing = replace(terms, parts=least, whole=1e-6 * terms.whole)
    assert term_data(replace(frame, terms=nothing), t) is None
    assert t("countries.KEN") in drawn["title"]
    assert term_data(replace(frame, view=replace(frame.view, country="")), t) is None
