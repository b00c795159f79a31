"""The first view: what this is, one question with a number of the model, three answers to press."""

from dataclasses import replace
from typing import Any

from divide.app.page.display import AMOUNT, BILLION, joined, written
from divide.app.page.lens_view import people
from divide.app.server.engine import Engine
from divide.app.visit.driver import Frame
from divide.app.visit.interval import status_quo
from divide.app.visit.kept import kept
from divide.app.visit.opening import ANSWERS, LABELS, PACKAGE, answer
from divide.app.visit.result import Result
from divide.app.visit.state import shipped
from divide.app.words import Words
from divide.model.outcomes.lens import gains

#: Answers that were pressed, the last one last.
Tried = tuple[str, ...]


def texts(t: Words) -> dict[str, str]:
    """Words that no figure changes."""
    keys = {"sentence": "first.sentence", "close": "first.close"}
    keys |= {"about": "about.title", "own": "first.own"}
    return {name: t(key) for name, key in keys.items()}


def question(base: Result | None, t: Words) -> str:
    """The question with a number of the status quo, or what is waited for before it is asked."""
    if base is None:
        return t("first.waiting")
    until = int(base.years[-1])
    left = people(float(base.series["people_offline"][-1]), t)
    budget = shipped(PACKAGE).budget * 1e6 / BILLION.get(t.lang, 1e9)  # a round sum
    amount = joined(written(budget, 0, t), t("page.usd_billion", amount=AMOUNT))
    return t("first.question", people=left, year=until, money=amount)


def offline(frame: Frame, t: Words) -> list[dict[str, Any]]:
    """People offline at the end of each year under the scenario on the page, as bars."""
    return [] if frame.you is None else _bars(frame.you, t)


@kept
def _bars(you: Result, t: Words) -> list[dict[str, Any]]:
    values = you.series["people_offline"]
    most = float(values.max())
    return [
        {
            "year": int(year),
            "part": round(float(value) / most, 4),
            "text": t("first.offline", people=people(float(value), t), year=int(year)),
        }
        for year, value in zip(you.years, values, strict=True)
    ]


def answers(frame: Frame, engine: Engine, tried: Tried, t: Words) -> list[dict[str, Any]]:
    """The answers, and of each that was tried the person-years online that it gains."""
    found = {name: _gained(frame, engine, name) for name in tried}
    known = {name: value for name, value in found.items() if value is not None}
    most = max([1.0, *known.values()])
    made = []
    for name in ANSWERS:
        gained = known.get(name)
        said = "" if gained is None else t("first.gained", years=people(gained, t))
        part = 0.0 if gained is None else max(gained, 0.0) / most
        made.append({"name": name, "label": t(LABELS[name]), "said": said, "part": part})
    return made


def lesson(frame: Frame, engine: Engine, tried: Tried, t: Words) -> str:
    """What two answers tell together; "" before two were tried."""
    found = {name: _gained(frame, engine, name) for name in tried}
    order = sorted((value, name) for name, value in found.items() if value is not None)
    if len(order) < 2 or order[0][0] <= 0:
        return ""
    (least, last), (most, first) = order[0], order[-1]
    times = written(most / least, 0 if most >= 10 * least else 1, t)
    return t("first.lesson", best=t(LABELS[first]), times=times, other=t(LABELS[last]))


def _gained(frame: Frame, engine: Engine, name: str) -> float | None:
    """Person-years online that an answer gains over the period on the page, if it is computed."""
    scenario = (frame.shown or frame.draft).scenario
    you = engine.cached(replace(scenario, policy=answer(name)))
    base = engine.cached(status_quo(scenario))
    if you is None or base is None:
        return None
    return gains(you.online_years, base.online_years).person_years
