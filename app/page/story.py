"""The short story of each lever, from its declaration: what it is, an example, what to watch."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from divide.app.page.display import written
from divide.app.words import Words, words
from divide.model.declare.levers import Lever, levers


@cache
def stories(lang: str) -> dict[str, dict[str, Any]]:
    """Name, outcome and story of each lever; nothing in it depends on the visit."""
    t = words(lang)
    return {
        name: {
            "label": t(f"levers.{name}.label"),
            "group": lever.group,
            "column": lever.outcome,
            "outcome": t(f"columns.{lever.outcome}"),
            "story": [{"what": what, "texts": texts} for what, texts in _story(lever, t)],
        }
        for name, lever in levers().items()
    }


def _story(lever: Lever, t: Words) -> Iterator[tuple[str, list[str]]]:
    """Heading and texts of each part."""
    name = lever.name
    yield t("page.label.what_it_is"), [t(f"levers.{name}.help")]
    example = t(f"levers.{name}.example") if lever.example else t("page.no_example")
    yield t("page.label.example"), [example]
    yield t("page.label.watch"), list(_watch(lever, t))
    study = t(f"levers.{name}.study") if lever.study else t("page.no_study")
    yield t("page.label.study"), [study]


def _watch(lever: Lever, t: Words) -> Iterator[str]:
    """When it acts, what it leaves behind, and whether anybody has seen it act."""
    places = 2 if lever.lag_years % 0.5 else 1 if lever.lag_years % 1 else 0
    yield t("page.watch_lag", years=written(lever.lag_years, places, t))
    if lever.loan_share:
        yield t("page.watch_loan", share=written(100 * lever.loan_share, 0, t))
    if lever.speculative:
        yield t("page.label.speculative")
    elif lever.evidence == "contested":
        yield t("evidence.contested")
