"""The report: one safe page that stands alone, holds every table and is reproducible."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from divide.experiments.read.comparison import Comparison
from divide.experiments.read.effectiveness import _spread, effectiveness
from divide.experiments.report import backtests, charts_map
from divide.experiments.report.charts_across import lorenz_points
from divide.experiments.report.report import render
from divide.experiments.report.series import Series
from divide.experiments.text.headline import headline_rows, reading, text_rows
from divide.experiments.text.policies import replayed
from divide.experiments.text.selection import GAP, GINI, HEADLINE, LEVEL, OFFLINE, SUMMARY
from divide.model.declare.levers import levers
from divide.model.outcomes import DIMENSIONS, OUTCOMES
from docs.pages.kept import backtests_agree

CHARTS = (
    "Share of people online",
    "Five divides, relative and absolute",
    "Lorenz curves of internet use",
    "People offline",
    "Where Wires & <b>wallets</b> for $10 brings people online",
    "Women and men, poorest and richest",
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
    held = [address for address in page.addresses if not address.startswith("#")]
    assert all(re.match("data:(image/svg[+]xml|text/csv);base64,", each) for each in held)
    assert len(held) == page.tags.count("a")
    assert not {"script", "link", "iframe", "object", "img", "base"} & set(page.tags)
    assert not re.findall(r"url\((?!#)|@import", source)
    assert "://" not in source


def test_titles_of_users_are_escaped(source: str, page: Page) -> None:
    assert "<b>" not in source
    assert "b" not in page.tags
    assert "Wires & <b>wallets</b> for $10" in "".join(page.text)


def test_identifiers_are_unique_and_references_resolve(source: str, page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    used = re.findall(r"url\(#([^)]*)\)", source)
    used += [name[1:] for name in page.addresses if name.startswith("#")]
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


def test_figures_are_numbered_and_saved_with_their_data(
    page: Page, folder: Path, comparison: Comparison
) -> None:
    held = [each.partition("base64,")[2] for each in page.addresses if each.startswith("data:")]
    text, told = " ".join(page.text), (folder / "report.md").read_text(encoding="utf-8")
    names = sorted(path.stem for path in folder.glob("figure-*.svg"))
    assert len(names) == len(CHARTS)
    for number, name in enumerate(names, start=1):
        assert f"Figure {number}." in text
        assert f"![Figure {number}]({name}.svg)" in told
        drawn, data = ((folder / f"{name}{end}").read_bytes() for end in (".svg", ".csv"))
        assert [b64decode(each) for each in held[2 * number - 2 : 2 * number]] == [drawn, data]
        ElementTree.fromstring(drawn)
        assert len(pd.read_csv(folder / f"{name}.csv")) > 1
    (world,) = folder.glob("figure-*-map-wires.csv")
    ends = comparison.tables["country"].query("year == 2022").groupby(["policy", "iso3"])
    mean = 100 * ends["internet_users"].mean()
    drawn_points = pd.read_csv(world, keep_default_na=False).set_index("iso3")["percentage_points"]
    np.testing.assert_allclose(
        drawn_points, (mean["wires"] - mean["status_quo"])[drawn_points.index], atol=1e-8
    )


def test_markdown_has_the_same_figures_and_no_markup_of_users(
    folder: Path, comparison: Comparison
) -> None:
    told = (folder / "report.md").read_text(encoding="utf-8")
    assert "<b>" not in told.replace("\\<", "")
    for row in text_rows(comparison.differences(), "wires"):
        assert f"| {row.reference} | {row.policy} | {row.difference} | {row.interval} |" in told
    rows = len(
        re.findall(r"^\| .* \|$", told.partition("## Share of people online by country")[2], re.M)
    )
    assert rows == 2 + comparison.tables["country"]["iso3"].nunique()
    assert len(pd.read_csv(folder / "countries.csv")["iso3"].unique()) == rows - 2


def test_cost_of_a_person_year_of_worked_examples(comparison: Comparison) -> None:
    """Central runs: US$ and person-years counted anew from the tables."""
    (row,) = effectiveness(comparison).to_dict("records")
    spend = comparison.tables["spend"].query("policy == 'wires'")["usd"].sum() / 2
    assert row["spent"] == pytest.approx(spend)
    people = comparison.tables["model"].set_index(["policy", "year", "quarter"])["people_offline"]
    fewer = people.drop(index=2021, level="year").groupby("policy").sum()
    gained = (fewer["status_quo"] - fewer["wires"]) / 4 / 2
    assert row["gained"] == pytest.approx(gained)
    if row["gaining"] == 1:
        assert row["cost_low"] <= row["cost"] <= row["cost_high"]
    dear = _spread(comparison, np.array([5.0, np.inf, np.inf]))
    assert dear[1] == 5
    assert np.isnan(dear[0])
    assert np.isnan(dear[2])


def test_errors_of_backtests_are_those_of_validation(page: Page) -> None:
    text = " ".join(page.text)
    assert len(backtests.shipped()) == 4
    for row in backtests.shipped():
        assert f"{row.origin} to {row.until} {row.mae:.2f} {row.baseline_mae:.2f}" in " ".join(
            text.split()
        )
    assert backtests_agree()


@pytest.mark.parametrize(
    ("value", "reach", "place"),
    [(-2, 1.5, 0), (-0.3, 1.5, 2), (0.3, 1.5, 3), (0.9, 1.5, 4), (1.5, 1.5, 5), (9, 1.5, 5)],
)
def test_colours_of_a_map(value: float, reach: float, place: int) -> None:
    assert charts_map.colour(value, reach) == charts_map.COLOURS[place]
    assert charts_map.colour(0.01, reach) == charts_map.NOTHING
    assert charts_map.nice(1.2 * reach) == 3


@pytest.mark.parametrize("part", [0.5, 4.0])
def test_a_map_says_at_which_end_it_goes_further(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, part: float
) -> None:
    monkeypatch.setattr(charts_map, "nice", lambda value: part * value)
    (drawn,) = charts_map.maps(Series(comparison))
    assert drawn.data is not None
    points = drawn.data["percentage_points"]
    reach = part * float(np.quantile(points.abs(), 0.98))
    beyond = points.min() < -reach, points.max() > reach
    low, *_, high = re.findall(r'text-anchor="middle">([^<]*)<', drawn.svg)
    assert any(beyond) == (part < 1)
    assert (low.startswith("≤ "), high.startswith("≥ ")) == beyond


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
