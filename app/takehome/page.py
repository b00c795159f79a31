"""The page to take home: one file that is read and printed without network, server or script."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from divide.app.page.display import money
from divide.app.page.goal_view import said, standing
from divide.app.page.texts import why_note
from divide.app.takehome import drawing, figures
from divide.app.takehome.case import Case
from divide.app.visit import download
from divide.app.visit.goal import Goal
from divide.app.visit.link import to_query
from divide.app.visit.state import Draft, is_shipped, nearest_package
from divide.app.words import Words, catalogue, is_rtl
from divide.experiments.keep.identity import edition
from divide.experiments.keep.provenance import PROJECT
from divide.experiments.report import report

HERE = Path(__file__).parent / "templates"
_LABELS = "takehome.label."


@dataclass(frozen=True)
class About:
    """What a page says beside the figures of its cases.

    Attributes:
        room: Title of the room, "" for none.
        team: Team of the reader, "" for none.
        board: Ranking, column and rows of the room's board; None for no board.
        headings: Title of the chapter of each case.
        link: How the case was looked at, as a link says it; "" if nobody did.
        goal: What the cases aim at, if at anything.
    """

    room: str = ""
    team: str = ""
    board: dict[str, Any] | None = None
    headings: tuple[str, ...] = field(default=())
    link: str = ""
    goal: Goal | None = None


def render(cases: list[Case], about: About, t: Words) -> str:
    """The page of a team (one case) or of a room (a chapter a case) in the language of `t`."""
    first = figures.name_of(cases[0], t) if cases else ""
    title = about.room if about.headings or not cases else first
    facts = [about.team, about.room if title != about.room else ""]
    if cases:
        scenario = cases[0].scenario
        facts.append(f"{scenario.start} \N{EN DASH} {scenario.until}")
    facts.append(t("takehome.saved", day=date.today().isoformat()))
    headings = about.headings or ("",) * len(cases)
    return (
        report.templates(HERE, report.TEMPLATES)
        .get_template("page.html.j2")
        .render(
            texts=texts(t),
            lang=t.lang,
            dir="rtl" if is_rtl(t.lang) else "ltr",
            title=title,
            facts=" · ".join(fact for fact in facts if fact),
            world=drawing.outlines(),
            inks=drawing.inks(),
            board=about.board,
            link=about.link,
            cases=[
                _case(case, heading, about.goal, t)
                for case, heading in zip(cases, headings, strict=True)
            ],
            program=f"{PROJECT} {edition()}",
        )
        .lstrip()
    )


def texts(t: Words) -> dict[str, str]:
    """The plain words of the pages."""
    keys = [key for key in catalogue("en") if key.startswith(_LABELS)]
    return {key.removeprefix(_LABELS): t(key) for key in keys}


def _case(case: Case, heading: str, goal: Goal | None, t: Words) -> dict[str, Any]:
    scenario = case.scenario
    policy, until = scenario.policy, scenario.until
    usage = t(f"outcomes.{figures.DRAWN}")
    runs = len(case.explained.found) if case.explained else 0
    return {
        "heading": heading,
        "name": figures.name_of(case, t),
        "base_name": t("packages.status_quo.title"),
        "purpose": t(f"packages.{policy.name}.purpose") if is_shipped(policy) else "",
        "summary": figures.summary(case, t),
        "goal": _goal(case, goal, t) if goal else None,
        "lens": figures.lens_rows(case, t),
        "map": figures.world_map(case, t),
        "map_title": t("takehome.map_title", year=until),
        "chart": figures.chart(case, t),
        "chart_title": t("takehome.chart_title", outcome=usage, unit=t("page.points")),
        "gainers": figures.gainers(case, t),
        "losers": figures.losers(case, t),
        "years_gained": t("lens.person_years"),
        "groups": figures.groups(case, t),
        "cards": figures.outcome_cards(case, t),
        "cards_title": t("takehome.cards_title", year=until),
        "prices": figures.prices(case, t),
        "debtors": figures.debtors(case, t),
        "budget": t(
            "takehome.budget",
            budget=t("page.a_year", money=money(policy.budget * 1e6, t)),
            spent=money(case.you.cost, t),
        ),
        "levers": figures.policy(case, t),
        "reasons": figures.reasons(case, t),
        "reasons_title": t("page.why_title", outcome=usage, year=until),
        "reasons_note": why_note(policy, runs, t) if runs else "",
        "cautions": list(figures.cautions(case, t)),
        "query": to_query(Draft(scenario, nearest_package(scenario), goal)),
        "command": download.command(scenario),
        "file_help": t("takehome.file_help", file=download.FILE),
        "yaml": download.scenario_yaml(scenario),
    }


def _goal(case: Case, goal: Goal, t: Words) -> dict[str, str]:
    """The goal, and whether the scenario reaches it."""
    text, tone = standing(goal, case.scenario.until, case.you, case.base, t)
    return {"said": t("takehome.goal", goal=said(goal, t)), "score": text, "tone": tone}
