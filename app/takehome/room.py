"""What a room leaves behind: one page with its board and a chapter a team, and an offline file."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from divide.app.rooms.aim import goal_of
from divide.app.rooms.board import beside, caution, label, ranked, ranking, rows
from divide.app.rooms.records import Room, Submission
from divide.app.server.engine import Engine
from divide.app.takehome import offline
from divide.app.takehome.case import Told, count, gather
from divide.app.takehome.page import About, render
from divide.app.visit.state import titled
from divide.app.words import Words
from divide.model.declare.errors import InputError
from divide.model.declare.phrase import Phrase
from divide.model.scenario import Scenario

#: Chapters of the page of a room at most: the best of each team, in the order of the board.
MOST_CHAPTERS = 12


def about(room: Room, submissions: Sequence[Submission], t: Words, team: str = "") -> About:
    """What a page says of its room: title, team, goal and the board as that browser may see it."""
    lines = ranked(submissions, room.outcome)
    board = {
        "ranking": ranking(room.outcome, t),
        "caution": caution(room.outcome, t),
        "column": label(room.outcome, t),
        "beside": beside(room.outcome),
        "rows": rows(lines, room.outcome, t),
    }
    return About(room.title, team, board if lines else None, goal=goal_of(room.outcome))


def room_page(
    engine: Engine,
    room: Room,
    submissions: Sequence[Submission],
    t: Words,
    owner: Hashable,
    told: Told,
) -> str:
    """The page of a room.

    Raises:
        InputError: Nothing that could be computed was handed in.
        Busy, RunFailed, TimeoutError, CancelledError: As `divide.app.takehome.case.gather`.
    """
    best = best_of_teams(room, submissions)[:MOST_CHAPTERS]
    counts = [count(_scenario(sent)) for sent in best]
    cases = []
    for k, sent in enumerate(best):

        def so_far(done: int, _: int, before: int = sum(counts[:k])) -> None:
            told(before + done, sum(counts))

        cases.append(gather(engine, _scenario(sent), owner, so_far))
    headings = tuple(_heading(sent, t) for sent in best)
    return render(cases, replace(about(room, submissions, t), headings=headings), t)


def offline_room(
    engine: Engine,
    room: Room,
    submissions: Sequence[Submission],
    t: Words,
    owner: Hashable,
    told: Told,
) -> str:
    """The offline file of a room.

    Raises:
        As `room_page`.
    """
    best = best_of_teams(room, submissions)
    plan = offline.packages([(sent.team, _scenario(sent)) for sent in best])
    made = offline.carry_out(engine, plan, owner, told)
    return offline.render(room.title, plan, *made, t)


def best_of_teams(room: Room, submissions: Sequence[Submission]) -> list[Submission]:
    """The best of what each team handed in, in the order of the board.

    Raises:
        InputError: There is none with figures.
    """
    found: dict[str, Submission] = {}
    for line in ranked(submissions, room.outcome):
        if line.submission.headline is not None:
            found.setdefault(line.submission.team, line.submission)
    if not found:
        raise InputError(Phrase("nothing with figures has been handed in yet"), place=room.title)
    return list(found.values())


def _scenario(sent: Submission) -> Scenario:
    """What was handed in, under the name that the team gave it."""
    scenario = sent.scenario
    return replace(scenario, policy=replace(scenario.policy, title=sent.name))


def _heading(sent: Submission, t: Words) -> str:
    return t("takehome.team_heading", team=sent.team, name=titled(sent.name, t))
