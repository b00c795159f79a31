"""A room as one file that still moves between its packages and their neighbours, without a server.

All runs are made beforehand by the model itself. A run is packed as integers of a hundredth of a
point (map and chart) and floats of 32 bits (cards), so that 400 of them take some 2 MB.
"""

import base64
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from divide.app.page.display import CARDS, readable, strength_said
from divide.app.page.display import cards as page_cards
from divide.app.page.texts import page_texts
from divide.app.server.engine import Engine, Rank
from divide.app.takehome import drawing
from divide.app.takehome.case import PATIENCE, Case, Told, lean
from divide.app.takehome.figures import DRAWN, ONLINE, digits, reach
from divide.app.takehome.neighbours import BUDGET, MOST_RUNS, TARGET, Neighbour, neighbours
from divide.app.takehome.page import HERE, texts
from divide.app.visit import download
from divide.app.visit.interval import DRAWS, pairs, status_quo
from divide.app.visit.result import Result
from divide.app.visit.state import titled
from divide.app.words import Words, is_rtl
from divide.experiments.keep.identity import edition
from divide.experiments.keep.provenance import PROJECT
from divide.experiments.report import report
from divide.experiments.text.units import decimals
from divide.model.declare.levers import levers
from divide.model.outcomes import OUTCOMES
from divide.model.scenario import Scenario

Array = NDArray[np.float64]

#: Packages of an offline room at most, and years that its map shows.
MOST_PACKAGES, FRAMES = 8, 7
#: What a card says of its difference.
READ = ("sign", "difference", "tone", "reading", "interval")
#: Shares are kept as whole numbers of this many in one.
FINE = 10_000


@dataclass(frozen=True)
class Package:
    """What a team handed in, and the settings around it."""

    team: str
    scenario: Scenario
    around: tuple[Neighbour, ...]


def packages(handed_in: Sequence[tuple[str, Scenario]]) -> list[Package]:
    """Team and scenario of the first packages, with as many neighbours as all have room for."""
    first = handed_in[:MOST_PACKAGES]
    most = (MOST_RUNS - 1) // max(len(first), 1) - 1
    return [Package(team, one, tuple(neighbours(one, most))) for team, one in first]


def frames(years: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the years that the map shows, first and last among them."""
    count = min(FRAMES, len(years))
    return np.unique(np.linspace(0, len(years) - 1, count).round().astype(np.int64))


def packed(result: Result, base: Result) -> bytes:
    """A run: changes of the map (frames, n) and of the chart (Y,), cards (frames, cards), cost."""
    at = frames(result.years)
    change = result.country[ONLINE][at].astype(float) - base.country[ONLINE][at]
    line = result.series[DRAWN] - base.series[DRAWN]
    whole = np.concatenate([change.ravel(), line]) * FINE
    cards = np.stack([result.series[name][at] for name in CARDS], axis=1)
    gained = result.online_years.total - base.online_years.total
    floats = np.append(cards.ravel(), [result.cost, gained])
    return whole.round().astype("<i2").tobytes() + floats.astype("<f4").tobytes()


def carry_out(
    engine: Engine, plan: list[Package], owner: Hashable, told: Told
) -> tuple[list[bytes], list[Case]]:
    """All runs packed, and the packages as they were handed in, without countries and reasons.

    The runs are the status quo, then each package with its neighbours, in order.

    Raises:
        Busy, RunFailed, TimeoutError, CancelledError: As `divide.app.takehome.case.gather`.
    """
    before = status_quo(plan[0].scenario)
    runs, draws, own = [before], pairs(before, before)[:DRAWS], [0]
    for package in plan:
        own.append(len(runs))
        runs += [package.scenario, *(each.scenario for each in package.around)]
        draws += pairs(package.scenario, before)[:DRAWS]
    asked, ahead = (
        [engine.request(run, Rank.WHY, owner) for run in each][::-1] for each in (runs, draws)
    )
    base, total = asked[-1].result(PATIENCE), len(runs) + len(draws)
    made: list[bytes] = []
    shown: list[Result] = []
    drawn: list[Result] = []
    while asked:  # a result is let go as soon as it is packed
        result = asked.pop().result(PATIENCE)
        if len(made) in own:
            shown.append(lean(result))
        made.append(packed(result, base))
        told(len(made), total)
    while ahead:
        drawn.append(lean(ahead.pop().result(PATIENCE)))
        told(len(made) + len(drawn), total)
    without, *yous = shown
    futures = [tuple(drawn[k : k + DRAWS]) for k in range(0, len(drawn), DRAWS)]
    return made, [
        Case(package.scenario, you, without, others + futures[0], None)
        for package, you, others in zip(plan, yous, futures[1:], strict=True)
    ]


def render(title: str, plan: list[Package], runs: list[bytes], cases: list[Case], t: Words) -> str:
    """The file, in the language of `t`."""
    years = cases[0].base.years
    at = frames(years)
    count = len(drawing.outlines()["countries"])
    whole = np.array([np.frombuffer(run, "<i2", len(at) * count + len(years)) for run in runs])
    maps, lines = np.split(whole / (FINE / 100), [len(at) * count], axis=1)
    menu = _menu(plan, t)
    films = maps.reshape(len(runs), len(at), count)
    # Deepest for what was handed in, as on its pages; settings around it may go beyond.
    deepest = reach(films[[each["run"] for each in menu]])
    first = drawing.changes(films[1, -1], deepest, t("page.points"), t, others=films)
    chart = drawing.lines(years, 0 * lines[1], lines[1], [], t, others=lines)
    cards = np.array([np.frombuffer(run[whole.shape[1] * 2 :], "<f4") for run in runs])
    for each, case in zip(menu, cases, strict=True):
        each["read"] = [_read(case, int(year), t) for year in years[at]]
    data = {
        "lang": t.lang,
        "years": years.tolist(),
        "frames": at.tolist(),
        "countries": count,
        "reach": deepest,
        "fine": FINE / 100,
        "scale": chart["scale"],
        "cards": [_card(k, name, cards, t) for k, name in enumerate(CARDS)],
        "sums": [
            _sum("rooms.label.cost", "US$", cards[:, -2], t),
            _sum("lens.person_years", "persons", cards[:, -1], t),
        ],
        "packages": menu,
        "title": t("takehome.map_title", year="{year}"),
        "runs": base64.b64encode(b"".join(runs)).decode(),
    }
    return (
        report.templates(HERE, report.TEMPLATES)
        .get_template("offline.html.j2")
        .render(
            texts=texts(t),
            page=page_texts(t.lang),
            lang=t.lang,
            dir="rtl" if is_rtl(t.lang) else "ltr",
            title=t("takehome.offline_title", room=title),
            world=drawing.outlines(),
            inks=drawing.inks(),
            map=first,
            map_title=t("takehome.map_title", year=int(years[-1])),
            chart=chart,
            chart_title=t(
                "takehome.chart_title", outcome=t(f"outcomes.{DRAWN}"), unit=t("page.points")
            ),
            packages=[
                {"name": each["name"], "yaml": download.scenario_yaml(package.scenario)}
                for each, package in zip(menu, plan, strict=True)
            ],
            last=len(at) - 1,
            caveat=t("takehome.caveat"),
            data=_embedded(data),
            script=_script(),
            program=f"{PROJECT} {edition()}",
        )
        .lstrip()
    )


def _card(k: int, name: str, cards: Array, t: Words) -> dict[str, Any]:
    """How an outcome is written: the largest value of all runs decides unit and digits."""
    values = cards[:, k : -2 : len(CARDS)]
    size = float(np.abs(values).max())
    unit = readable(OUTCOMES[name].unit, size, t)
    return {
        "label": t(f"page.card.{name}"),
        "factor": unit.factor,
        "unit": unit.pattern,
        "difference": unit.change,
        "places": min(max(decimals(size * unit.factor), 0), 4),
    }


def _read(case: Case, year: int, t: Words) -> list[dict[str, str]]:
    """What the differences of the cards say, given their intervals: what the page says."""
    said = page_cards(case.you, case.base, year, case.interval, t)
    return [{key: card[key] for key in READ} for card in said]


def _sum(key: str, unit: str, values: Array, t: Words) -> dict[str, Any]:
    shown = readable(unit, float(np.abs(values).max()), t)
    return {"label": t(key), "factor": shown.factor, "unit": shown.pattern, "places": 1}


def _menu(plan: list[Package], t: Words) -> list[dict[str, Any]]:
    """Packages with what can be moved; a setting is its words and the number of its run."""
    found, number = [], 1
    for package in plan:
        own, number = number, number + 1
        moves: dict[str, list[dict[str, Any]]] = {}
        for k, each in enumerate(package.around):
            moves.setdefault(each.what, []).append(
                {"run": number + k, "text": _setting(each.what, each.value, t), "at": each.value}
            )
        number += len(package.around)
        found.append(
            {
                "name": t(
                    "takehome.team_heading",
                    team=package.team,
                    name=titled(package.scenario.policy.title, t),
                ),
                "run": own,
                "moves": [
                    _move(what, moves[what], own, package, t) for what in _order(moves, package)
                ],
            }
        )
    return found


def _order(moves: dict[str, list[dict[str, Any]]], package: Package) -> list[str]:
    """Budget and targeting, the levers of the package, then the others."""
    used = package.scenario.policy.levers
    return [
        *(what for what in (BUDGET, TARGET) if what in moves),
        *sorted((name for name in levers() if name in moves), key=lambda name: name not in used),
    ]


def _move(
    what: str, settings: list[dict[str, Any]], own: int, package: Package, t: Words
) -> dict[str, Any]:
    policy = package.scenario.policy
    as_is: float | str = policy.budget
    label = {BUDGET: t("page.label.budget"), TARGET: t("page.label.target")}.get(what)
    if what in levers():
        used = policy.levers.get(what)
        as_is = used.intensity if used else 0.0
    text = t("takehome.label.as_handed_in")
    if what != TARGET:
        text = f"{_setting(what, as_is, t)} ({text})"
        settings = sorted([*settings, {"run": own, "text": text, "at": as_is}], key=_at)
    else:
        settings = [{"run": own, "text": text, "at": ""}, *settings]
    return {
        "label": label or t(f"levers.{what}.label"),
        "used": what in policy.levers,
        "settings": [{"run": each["run"], "text": each["text"]} for each in settings],
    }


def _at(setting: dict[str, Any]) -> float:
    return float(setting["at"])


def _setting(what: str, value: float | str, t: Words) -> str:
    if isinstance(value, str):
        return t(f"targets.{value}")
    if what == BUDGET:
        return digits(value, t)
    return strength_said(value, digits(value, t), levers()[what].unit, t)


def _embedded(data: dict[str, Any]) -> Markup:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no "<" is left in it


def _script() -> Markup:
    """Script of the file, with the colours and the numbers of the page's figures."""
    paths = drawing.LOOKS, drawing.LOOKS.with_name("numbers.js")
    shared = [path.read_text(encoding="utf-8").replace("export ", "") for path in paths]
    return Markup("\n".join([*shared, (HERE / "offline.js").read_text(encoding="utf-8")]))  # noqa: S704 - ours
