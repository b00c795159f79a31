"""What the panel of levers shows, and the steps in which a lever moves."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.app.page.display import AMOUNT, MILLION, joined, money, written
from divide.app.visit.kept import kept
from divide.app.visit.result import Result
from divide.app.visit.state import FUTURE
from divide.app.words import Words, key_of, words
from divide.model.declare.levers import Lever, levers
from divide.model.declare.parameters import parameters
from divide.model.policy.policy import REFERENCE, STANDARDS, TARGETS, LeverUse, Policy, packages
from divide.model.policy.rooms import LIMITS
from divide.model.scenario import Scenario

GROUPS = ("hard", "soft", "payments", "security")
#: A key press moves a lever by about this part of its range.
STEPS = 40


@cache
def step_of(lever: str) -> float:
    """The step of a lever: 1, 2, 2.5 or 5 times a power of ten."""
    low, high = levers()[lever].bounds
    raw = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(round(k * power, 9) for k in (1, 2, 2.5, 5, 10) if k * power >= raw * (1 - 1e-9))


def moved(lever: str, value: float, steps: int) -> float:
    """The value `steps` steps away, on the grid of steps and inside the bounds.

    The browser moves a lever by the same rule, so that guesses at the next move come true.
    """
    low, high = levers()[lever].bounds
    step = step_of(lever)
    at = (value - low) / step
    at = math.floor(at + 1e-6) + steps if steps > 0 else math.ceil(at - 1e-6) + steps
    return min(max(round(low + at * step, 9), low), high)


def next_moves(
    policy: Policy, focus: str, direction: int, typed: float | None = None
) -> list[Policy]:
    """Where the lever in hand goes next, most likely: on in its direction, or one back.

    A number that is being typed comes first.
    """
    if focus not in levers():
        return []
    steps = (direction, 2 * direction, -direction, 3 * direction)
    said = [] if typed is None else list(set_to(policy, focus, typed))
    return said + [found for k in steps for found in _neighbour(policy, focus, k)]


def neighbours(policy: Policy, focus: str) -> Iterator[Policy]:
    """Policies a move away in quiet moments: more of the lever in hand, then all others."""
    for steps in (5, -5, -2, 4, -3):
        if focus in levers():
            yield from _neighbour(policy, focus, steps)
    for lever in levers():
        for steps in (1, -1):
            if lever != focus:
                yield from _neighbour(policy, lever, steps)


def _neighbour(policy: Policy, lever: str, steps: int) -> Iterator[Policy]:
    yield from set_to(policy, lever, moved(lever, strength(policy, lever), steps))


def strength(policy: Policy, lever: str) -> float:
    """How far a lever is moved; 0 if the policy does not use it."""
    used = policy.levers.get(lever)
    return used.intensity if used else 0.0


def set_to(policy: Policy, lever: str, value: float) -> Iterator[Policy]:
    """The policy with a lever moved to a value; nothing if it is there already or may not go."""
    low, high = levers()[lever].bounds
    if value != strength(policy, lever) and low <= value <= high:
        use = replace(policy.levers.get(lever, LeverUse(0.0)), intensity=value)
        uses = {**policy.levers, lever: use}
        kept = {name: use for name, use in uses.items() if use.intensity != 0.0}
        yield replace(policy, levers=kept)


@cache
def panel(lang: str) -> list[dict[str, Any]]:
    """What the panel says of each group and lever: nothing in it depends on the visit."""
    t = words(lang)
    return [
        {
            "name": group,
            "title": t(f"lever_groups.{group}"),
            "levers": [_static(lever, t) for lever in levers().values() if lever.group == group],
        }
        for group in GROUPS
    ]


#: Declines of the common trend to choose from, 1/year, and the key of their words.
FUTURES = {0.0: "goes_on", 0.03: "weakens", 0.1: "fades", 0.3: "ends"}


@cache
def futures(lang: str) -> list[dict[str, Any]]:
    """What may become of the common trend after the last figures: the first choice of all."""
    t = words(lang)
    return [
        {"value": decline, "label": t(f"page.futures.{name}")} for decline, name in FUTURES.items()
    ]


def future(scenario: Scenario) -> float:
    """The decline of the common trend in a scenario, 1/year."""
    return scenario.parameters.get(FUTURE, parameters()[FUTURE].value)


@cache
def package_menu(lang: str) -> list[dict[str, str]]:
    """The packages to choose from, the status quo first."""
    t = words(lang)
    names = sorted(packages(), key=lambda name: name != REFERENCE)
    return [{"name": name, "title": t(f"packages.{name}.title")} for name in names]


def _static(lever: Lever, t: Words) -> dict[str, Any]:
    low, high = lever.bounds
    label, unit = t(f"levers.{lever.name}.label"), t(f"units.{key_of(lever.unit)}")
    return {
        "name": lever.name,
        "label": label,
        "help": t(f"levers.{lever.name}.help"),
        "unit": unit,
        "said": t("page.aside", text=label, aside=unit),
        "low": low,
        "high": high,
        "step": step_of(lever.name),
        "speculative": lever.speculative,
        "facts": [{"what": t(f"page.label.{key}"), "text": text} for key, text in _facts(lever, t)],
    }


def _facts(lever: Lever, t: Words) -> Iterator[tuple[str, str]]:
    """What the lever acts on, and what is known of it: key of a heading, and a text."""
    if lever.acts_on:
        yield "acts_on", t(f"levers.{lever.name}.acts_on")
    yield "evidence", t(f"evidence.{lever.evidence}")
    yield "study", t(f"levers.{lever.name}.study") if lever.study else t("page.no_study")
    yield "replay", _replayed(lever, t)


def _replayed(lever: Lever, t: Words) -> str:
    """How well the model agrees with a study of the lever."""
    found = lever.replayed
    if found is None:
        return t("page.no_replay")
    study = t(f"replays.{lever.replay}")
    if not found.judged:
        return t("page.replay_unjudged", study=study)
    key = "page.replay_fit" if found.use == "fit" else "page.replay_test"
    return t(key, study=study, agree=found.agree, judged=found.judged)


def values(policy: Policy, mark: Policy) -> dict[str, dict[str, Any]]:
    """Setting of each lever, and where the package the visitor started from has it."""
    plain = LeverUse(0.0)
    found = {}
    for name in levers():
        use, marked = policy.levers.get(name, plain), mark.levers.get(name, plain)
        target = use.target if isinstance(use.target, str) else "list"
        found[name] = {
            "value": use.intensity,
            "mark": marked.intensity,
            "target": target,
            "countries": [] if isinstance(use.target, str) else list(use.target),
            "start": use.start,
            "end": use.end,
            "toward": use.toward,
        }
    return found


@cache
def choices(lang: str) -> dict[str, list[dict[str, str]]]:
    """Options of the menus in the panel."""
    t = words(lang)
    return {
        "targets": [{"value": name, "label": t(f"targets.{name}")} for name in TARGETS],
        "standards": [{"value": name, "label": t(f"standards.{name}")} for name in STANDARDS],
    }


@kept
def costs(scenario: Scenario, result: Result | None, t: Words) -> dict[str, Any]:
    """What the levers ask for and cost and what is left of the budget, in words and as a share."""
    if result is None:
        empty = dict.fromkeys(("spent", "left", "unused"), "")
        return {**empty, "share": 0.0, "binding": False, "levers": {}}
    years = scenario.until - scenario.start
    budget = scenario.policy.budget * 1e6 * years
    spent = result.cost
    by_year = np.sum(list(result.spend.values()), axis=0) if result.spend else np.zeros(1)
    limit = scenario.policy.budget * 1e6 * 0.999
    binding = bool((by_year[1:] >= limit).any())
    every = scenario.policy.spend == "all"
    unused = list(_in_vain(scenario.policy, result, t))
    if not unused and every and spent < FULL * budget:
        unused = list(_unused(result, by_year < limit, t))
    return {
        "share": min(1.0, spent / budget) if budget else 0.0,
        "spent": t("page.spent", spent=money(spent, t), budget=money(budget, t)),
        "left": t("page.left", left=money(max(0.0, budget - spent), t)),
        "binding": binding and not every,
        "unused": " ".join(unused),
        "levers": {name: _cost(name, scenario, result, t) for name in result.spend},
    }


#: Part of what is asked for that counts as all of it.
FULL = 0.99


def _reaches_none(lever: str, result: Result) -> bool:
    """Whether a lever has been in force and no country was its target."""
    found = result.reached.get(lever)
    return found is not None and not found.any()


def idle(lever: str, use: LeverUse, result: Result, t: Words) -> str:
    """Why a lever does nothing in any year, and what to choose instead; "" if it is in force."""
    first, last = int(result.years[0]), int(result.years[-1])
    if lever not in result.reached:
        over = use.end is not None and use.end <= first + 1
        key, year = ("page.acts_no_more", use.end) if over else ("page.acts_later", use.start)
        field = t("page.label.end" if over else "page.label.start")
        return t(key, year=int(year or last), first=first, last=last, field=field)
    if _reaches_none(lever, result):
        field = t("page.label.target")
        return t("page.acts_nowhere", target=_target(use, t), year=first, field=field)
    return ""


def _target(use: LeverUse, t: Words) -> str:
    target = use.target
    return t(f"targets.{target}") if isinstance(target, str) else ", ".join(target)


def _in_vain(policy: Policy, result: Result, t: Words) -> Iterator[str]:
    """What the levers are aimed at that no country is."""
    uses = (use for name, use in policy.levers.items() if _reaches_none(name, result))
    for target in dict.fromkeys(_target(use, t) for use in uses):
        field = t("page.label.target")
        yield t("page.reaches_none", target=target, year=int(result.years[0]), field=field)


def _unused(result: Result, left: NDArray[np.bool_], t: Words) -> Iterator[str]:
    """Why money is left in some years, (Y,), though all of it is to be spent.

    Only what is built and taught has an end; the other levers cost what their settings cost.
    """
    asking = [name for name, usd in result.asked.items() if (usd[1:][left[1:]] > 0).any()]
    ends = dict.fromkeys(_ends(name) for name in levers() if name in asking and name in LIMITS)
    yield from (t(key) for key in ends or ("page.no_dearer",))


def _ends(lever: str) -> str:
    """What is said of a lever that can take no more money: it builds, or it teaches."""
    return "page.nothing_left" if levers()[lever].unit.startswith("US$") else "page.nobody_left"


def _cost(name: str, scenario: Scenario, result: Result, t: Words) -> dict[str, Any]:
    """What a lever asks for and gets a year at full strength, and why it gets less."""
    use = scenario.policy.levers[name]
    at = _full_years(use, result.years) & (result.asked[name] > 0)
    at = at if at.any() else result.asked[name] > 0
    if not at.any():
        return {"text": "", "short": False}
    asked, usable, gets = (
        float(usd[name][at].mean()) for usd in (result.asked, result.usable, result.spend)
    )
    if scenario.policy.spend == "all" or gets >= FULL * asked:
        return {"text": t("page.a_year", money=money(gets, t)), "short": False}
    why = []
    if usable < FULL * asked:
        why.append(t(_ends(name)))
    if gets < FULL * usable:
        why.append(t("page.budget_short"))
    said = t("page.asked_gets", asked=_millions(asked, t), gets=_millions(gets, t))
    return {"text": " ".join([said, *why]), "short": True}


def _full_years(use: LeverUse, years: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Years in which a lever has its full strength, (Y,)."""
    first = years[0] + 1 if use.start is None else use.start
    until = np.inf if use.end is None else use.end
    return (years >= first + math.ceil(use.ramp_years)) & (years < until)


def _millions(usd: float, t: Words) -> str:
    """Millions of US dollars with about three digits; in Chinese its own words for large sums."""
    if t.lang in MILLION:
        return money(usd, t)
    text = written(usd / 1e6, 0 if usd >= 1e8 else 1 if usd >= 1e7 else 2, t)
    return joined(text, t("page.usd_million", amount=AMOUNT))
