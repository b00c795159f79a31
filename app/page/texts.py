"""Words of the page by component, made once a language so that a frame need not send them."""

from functools import cache
from typing import Any

from divide.app import figures
from divide.app.figures.worldmap import LAND
from divide.app.page.figure_data import codes
from divide.app.visit.driver import Frame
from divide.app.visit.result import map_groups
from divide.app.visit.why import EXACT
from divide.app.words import Words, catalogue, words
from divide.model.outcomes import DIMENSIONS, OUTCOMES
from divide.model.policy.policy import Policy

#: Outcomes that can be drawn: of each dimension the measures people ask for, and all others.
MEASURES = ("mean", "gini", "p90_p10_gap", "bottom40_share", "theil")
_FIRMS = ("firms", "marketplaces", "rails")


@cache
def page_texts(lang: str) -> dict[str, str]:
    """Every plain text of the section `page`, by the last part of its key."""
    t = words(lang)
    keys = [key for key, text in catalogue("en").items() if key.startswith("page.label.")]
    return {key.removeprefix("page.label."): t(key) for key in keys}


@cache
def figure_texts(name: str, lang: str) -> dict[str, str]:
    """The words of one kind of figure."""
    t = words(lang)
    if name == "Firms":
        keys = {*figures.Lines.texts, *figures.Bars.texts, *_FIRMS, "group"}  # type: ignore[attr-defined]
    else:
        keys = set(getattr(figures, name).texts)
    return {key: t(f"figures.{key}") for key in sorted(keys)}


@cache
def land_elsewhere(lang: str) -> dict[str, str]:
    """Names of the land on the map that is no country of the model, by code."""
    t = words(lang)
    land = [code for code in LAND if f"countries.{code}" in catalogue("en")]
    return {code: t(f"countries.{code}") for code in land if code not in codes()}


@cache
def map_menu(lang: str) -> list[dict[str, Any]]:
    """Country columns to choose from for the map, by group."""
    t = words(lang)
    return [
        {
            "label": t(group),
            "outcomes": [{"value": name, "label": t(f"columns.{name}")} for name in names],
        }
        for group, names in map_groups().items()
    ]


@cache
def headline_groups(lang: str) -> list[dict[str, Any]]:
    """Outcomes to choose from, by group."""
    t = words(lang)
    groups: dict[str, list[dict[str, str]]] = {}
    for name, outcome in OUTCOMES.items():
        measure = name.removeprefix(f"{outcome.group}_")
        if measure != name and measure not in MEASURES:
            continue
        section = "dimensions" if outcome.group in DIMENSIONS else "outcome_groups"
        label = t(f"{section}.{outcome.group}")
        groups.setdefault(label, []).append({"value": name, "label": t(f"outcomes.{name}")})
    return [{"label": label, "outcomes": outcomes} for label, outcomes in groups.items()]


def why_note(policy: Policy, runs: int, t: Words) -> str:
    """How the parts of the levers were found, and what one below zero means."""
    shared = f" {t('page.why_shared')}" if policy.spend == "all" else ""
    return t("page.why_done", runs=runs) + shared


def why_texts(frame: Frame, t: Words) -> dict[str, Any]:
    """Where the explanation stands, in words."""
    used = len(frame.draft.scenario.policy.levers)
    said: dict[str, Any] = {"done": frame.why_done, "runs": frame.why_runs, "ask": "", "text": ""}
    if used == 0:
        return {**said, "text": t("page.why_nothing")}
    if frame.why_runs == 0:
        key = "page.why_exact" if used <= EXACT else "page.why_sampled"
        return {**said, "ask": t("page.why_ask"), "text": t(key)}
    if frame.why_done < frame.why_runs:
        text = t("page.why_running", done=frame.why_done, runs=frame.why_runs)
    else:
        text = why_note(frame.draft.scenario.policy, frame.why_runs, t)
    if frame.explained is not None and frame.explained.orders:
        text = f"{text} {t('page.why_orders', orders=len(frame.explained.orders))}"
    return {**said, "text": text}
