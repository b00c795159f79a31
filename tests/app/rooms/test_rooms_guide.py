"""The guides say what the page says and what the model computes."""

import re

import pytest

from divide.app.words import catalogue
from divide.model.declare.levers import levers
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.policy.policy import Policy, packages
from docs.pages import workshop as figures
from docs.pages.parts import PART

FOLDER = figures.GUIDE.parent
#: Set apart in the guides without being words of the page.
ASIDE = re.compile(r"Points?:|I would recommend .*|\.\.\. first\.")


def parts() -> dict[str, str]:
    text = (FOLDER / "facilitator.md").read_text(encoding="utf-8")
    return {found["name"]: found["text"] for found in PART.finditer(text)}


def table(text: str) -> list[list[str]]:
    rows = [line.strip("| \n").split(" | ") for line in text.splitlines()]
    return [row for row in rows if not set(row[0]) <= set("- ")]


def test_the_status_quo_of_the_guide_is_that_of_the_model():
    assert parts()["baseline"] == figures.baseline(), "run: python -m docs.pages --write workshop"


@pytest.mark.parametrize("name", list(figures.TABLES))
def test_the_figures_of_the_guide_are_those_of_the_model(name):
    titles, columns = figures.TABLES[name]
    _, *rows = table(parts()[name])
    assert [row[0].replace("\\", "") for row in rows] == titles
    for title, row in zip(titles, rows, strict=True):
        said = [row[1], *(cell.split(" (")[0] for cell in row[2:])]
        made = [figures.cost(title), *(figures.change(title, column) for column in columns)]
        assert said == made, f"{title}: run: python -m docs.pages --write workshop"


def test_packages_go_by_the_names_on_the_page():
    named = {
        Policy.load(name).title
        for name in packages()
        if any(policy.name == name for policy in figures.POLICIES.values())
    }
    assert named == {t for t, policy in figures.POLICIES.items() if policy.name in packages()}


@pytest.mark.parametrize("guide", ["participants.md", "facilitator.md"])
def test_what_is_to_be_pressed_is_on_the_page(guide):
    text = (FOLDER / guide).read_text(encoding="utf-8")
    said = {" ".join(found.split()) for found in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text)}
    texts = [t if isinstance(t, str) else t["other"] for t in catalogue("en").values()]
    things = (*levers().values(), *OUTCOMES.values(), *COUNTRY.values())
    texts += [thing.label for thing in things]
    texts += [Policy.load(name).title for name in packages()]
    starts = [said_of.removesuffix(" ...") for said_of in said if not ASIDE.fullmatch(said_of)]
    missing = [text for text in starts if not any(text in known for known in (*texts, "?"))]
    assert len(starts) > 5 and missing == []


def test_the_page_for_participants_is_one_page():
    text = (FOLDER / "participants.md").read_text(encoding="utf-8")
    assert len(text.split()) < 550
