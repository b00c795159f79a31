"""The report: one safe page that stands alone, holds every table and is reproducible."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from divide.experiments.read.comparison import Comparison
from divide.experiments.report.charts_across import lorenz_points
from divide.experiments.report.report import render
from divide.experiments.text.headline import headline_rows, reading, text_rows
from divide.experiments.text.policies import replayed
from divide.experiments.text.selection import GAP, GINI, HEADLINE, LEVEL, OFFLINE, SUMMARY
from divide.model.declare.levers import levers
from divide.model.outcomes import DIMENSIONS, OUTCOMES

CHARTS = (
    "Share of people online",
    "Five divides, relative and absolute",
    "Lorenz curves of internet use",
    "People offline",
    "Gaps between groups of countries",
    "Inclusion, debt and dependence",
    "Spending by lever",
    "Where most people are offline",
)
ADDRESSES = ("src", "href", "xlink:href", "action", "data", "poster", "srcset")


class Page(HTMLParser):
    """Collects tags, addresses, identifiers and the text of tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for key, value in attrs if key in ADDRESSES]
        self.ids += [value or "" for key, value in attrs if key == "id"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def source(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_nothing_is_loaded_from_anywhere(source: str, page: Page) -> None:
    assert all(address.startswith("#") for address in page.addresses)
    assert not {"script", "link", "iframe", "object", "img", "base"} & set(page.tags)
    assert not re.findall(r"url\((?!#)|@import", source)
    assert "://" not in source


def test_titles_of_users_are_escaped(source: str, page: Page) -> None:
    assert "<b>" not in source
    assert "b" not in page.tags
    assert "Wires & <b>wallets</b> for $10" in "".join(page.text)


def test_identifiers_are_unique_and_references_resolve(source: str, page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    used = re.findall(r"url\(#([^)]*)\)", source) + [name[1:] for name in page.addresses]
    assert set(used) <= set(page.ids)


def test_every_table_and_chart_is_there(page: Page, comparison: Comparison) -> None:
    text = " ".join(page.text)
    for row in text_rows(comparison.differences(), "wires"):
        assert row.label in text
        assert row.policy in text
    for title in CHARTS:
        assert title in text
    for tag in ("figure", "figcaption", "svg"):
        assert page.tags.count(tag) == len(CHARTS)


def test_speculative_levers_and_limits_are_stated(page: Page) -> None:
    text = " ".join(page.text)
    assert "What must not be concluded" in text
    assert "Payment links between central banks" in text
    assert "Monte-Carlo uncertainty only" in text


def test_spending_says_what_studies_found_and_how_the_replay_went(
    page: Page, comparison: Comparison
) -> None:
    spent = set(comparison.spending()["lever"])
    assert spent
    text = " ".join("".join(page.text).split())
    for lever in (levers()[name] for name in spent):
        study = lever.study or "No study; the size is assumed."
        assert f"{study} ({replayed(lever)})" in text


def test_same_comparison_same_bytes(comparison: Comparison, source: str) -> None:
    digest = re.findall(r'class="digest">([0-9a-f]{64})<', source)[-1]
    assert digest == comparison.result_digest
    assert render(comparison) == source


def test_names_used_in_the_report_are_declared() -> None:
    names = {*HEADLINE, *SUMMARY, OFFLINE}
    for stem in DIMENSIONS:
        names |= {pattern.format(stem) for pattern in (LEVEL, GINI, GAP)}
    assert names <= set(OUTCOMES)


def test_headline_is_complete(comparison: Comparison) -> None:
    assert [row.outcome for row in headline_rows(comparison, "wires")] == list(HEADLINE)


def test_lorenz_curve_of_a_worked_example() -> None:
    across, up = lorenz_points(np.array([0.6, 0.2]), np.array([1.0, 3.0]))
    assert across == pytest.approx([0, 0.75, 1])
    assert up == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(
    ("low", "high", "difference", "better", "said"),
    [
        (1, 2, 1.5, "higher", "better"),
        (1, 2, 1.5, "lower", "worse"),
        (-2, -1, -1.5, "lower", "better"),
        (-2, -1, -1.5, "neither", "lower"),
        (-1, 2, 0.5, "higher", "unclear"),
        (0, 0, 0, "higher", "no change"),
        (float("nan"), float("nan"), 1, "higher", "no interval"),
    ],
)
def test_reading(low: float, high: float, difference: float, better: str, said: str) -> None:
    assert reading(low, high, difference, better) == said
