"""What a card says of how sure it is."""

import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from babel import Locale

import divide.app.words
from divide.app.page.display import (
    AMOUNT,
    CARDS,
    cards,
    money,
    percentage,
    readable,
    strength_said,
    written,
)
from divide.app.page.figure_data import differences
from divide.app.page.lens_view import people
from divide.app.page.levers import panel
from divide.app.page.texts import why_note
from divide.app.rooms.board import ranked, rows
from divide.app.rooms.evaluator import COST, OFFERED
from divide.app.rooms.question import _question, _rows, asked_in, expectation
from divide.app.rooms.records import Submission
from divide.app.visit.interval import Interval
from divide.app.visit.result import Result
from divide.app.words import catalogue, languages, words
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

APP = Path(divide.app.words.__file__).parents[1]
YEARS = np.array([2040])
SAID = {
    "en": "90%: +0.21 to +0.81, middle +0.51",
    "fr": "90\xa0%\xa0: de +0,21 à +0,81, milieu +0,51",
    "ru": "90\xa0%: от +0,21 до +0,81, середина +0,51",
    "zh": "90%：+0.21 至 +0.81，中间值 +0.51",  # noqa: RUF001
    "es": "90\xa0%: de +0,21 a +0,81, centro +0,51",
    "pt": "90%: de +0,21 a +0,81, meio +0,51",
    "ar": "90%: من \u200e+0.21 إلى \u200e+0.81، والوسط \u200e+0.51",
}


@dataclass
class Run:
    """A result with one year."""

    series: dict[str, np.ndarray]
    years: np.ndarray
    row = Result.row


def run(usage):
    return Run({name: np.array([usage]) for name in CARDS}, YEARS)


def spread(middle, half):
    """Draws whose difference has this mean and this half of a 90 % interval (points)."""
    turns = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    factor = 2.015048 * np.sqrt(6 / 5) * np.sqrt(1 + 1 / 6)  # Student, 5 degrees of freedom
    draws = (middle + turns * half / factor) / 100
    return Interval(
        dict.fromkeys(CARDS, draws[:, None]), {name: np.zeros((6, 1)) for name in CARDS}
    )


def usage_card(change, middle, half, lang="en"):
    made = cards(run(0.5 + change / 100), run(0.5), 2040, spread(middle, half), words(lang))
    return next(card for card in made if card["name"] == "usage_mean")


@pytest.mark.parametrize("lang", languages())
def test_a_card_of_the_status_quo_says_how_sure_its_value_is(lang):
    here, t = run(0.95), words(lang)
    draws = Interval(*[dict.fromkeys(CARDS, np.array([[0.93], [0.97], [0.95], [0.94]]))] * 2)
    waiting, known = (cards(here, here, 2040, interval, t)[0] for interval in (None, draws))
    assert (waiting["difference"], waiting["interval"]) == ("", t("page.computing"))
    low, high = (written(100 * float(end[0]), 1, t) for end in draws.band("usage_mean"))
    assert (known["sign"], known["difference"]) == ("", "")
    assert known["interval"] == t("page.interval", low=low, high=high)


def test_a_band_of_shares_stays_below_one():
    draws = np.array([[0.99], [0.999], [0.95], [0.998], [0.97], [0.996]])
    interval = Interval({"usage_mean": draws, "usage_theil": 2 * draws}, {})
    low, high = interval.band("usage_mean")
    assert 0.9 < float(low[0]) < 0.97 and 0.999 < float(high[0]) <= 1
    assert float(interval.band("usage_theil")[1][0]) > 2


def test_shares_of_one_budget_are_told_as_such():
    t = words("en")
    assert "share the whole budget" in why_note(Policy(spend="all"), 8, t)
    assert why_note(Policy(), 8, t) == t("page.why_done", runs=8)


@pytest.mark.parametrize("lang", languages())
def test_a_card_outside_its_interval_says_the_middle(lang):
    assert usage_card(0.94, 0.51, 0.30, lang)["interval"] == SAID[lang]


def counted(name, before, change, half, lang):
    """A card of an outcome that is counted, with an interval of `half` on each side."""
    results = [run(0.5), run(0.5)]
    for one, value in zip(results, (before + change, before), strict=True):
        one.series[name] = np.array([value])
    draws = 100 * spread(change, half).you[name]
    interval = Interval({name: draws}, {name: np.zeros((6, 1))})
    made = cards(*results, 2040, interval, words(lang))
    return next(card for card in made if card["name"] == name)


def test_in_chinese_a_change_has_the_word_of_its_own_size():
    card = counted("people_offline", 4.94e8, -6.2664e7, 5e7, "zh")
    assert card["said"] == "4.31\xa0亿"
    assert card["difference"] == "\N{MINUS SIGN}6,266\xa0万"
    assert card["interval"] == "90%：\N{MINUS SIGN}11,266 至 \N{MINUS SIGN}1,266"  # noqa: RUF001
    assert counted("people_offline", 4.94e8, 5e6, 1e6, "zh")["difference"] == "+500\xa0万"
    assert counted("people_offline", 4.94e8, 1.234e8, 1e6, "zh")["difference"] == "+1.23\xa0亿"
    assert counted("debt", 2e10, 5e7, 1e7, "zh")["difference"] == "+5,000\xa0万美元"
    assert counted("debt", 2e10, 5e7, 1e7, "en")["difference"] == "+US$\xa00.050\xa0billion"
    assert counted("people_offline", 4.94e8, -6.2664e7, 5e7, "en")["difference"] == (
        "\N{MINUS SIGN}63\xa0million"
    )


def test_in_chinese_a_guess_is_asked_for_and_told_in_the_words_of_its_size():
    t, name = words("zh"), "people_offline"
    result = run(0.5)
    result.series[name] = np.array([4.94e8])
    draft = SimpleNamespace(scenario=Scenario())
    frame = SimpleNamespace(you=result, base=result, draft=draft)
    asked = _question(frame, name, 2040, "think.question", t)
    assert asked["size"] == "幅度（万）"  # noqa: RUF001
    assert [way["label"] for way in asked["ways"][:2]] == ["更好（更低）", "更差（更高）"]  # noqa: RUF001
    meant = expectation({"way": "better", "size": 500}, asked_in(frame, name, t), name)
    assert meant == pytest.approx(-5e6)
    said = [row["said"] for row in _rows(frame, name, [("", 5e6), ("", 1.5e8)], t)]
    assert said == ["+500\xa0万", "+1.50\xa0亿"]
    assert _question(frame, name, 2040, "think.question", words("en"))["size"] == (
        "By how much (million)"
    )


def test_chinese_brackets_are_as_wide_as_a_letter():
    assert readable("0-3", 1.0, words("zh")).said("2.1") == "2.1（阶段 0 至 3）"  # noqa: RUF001
    said = [lever["said"] for group in panel("zh") for lever in group["levers"]]
    assert said and not [one for one in said if "(" in one]
    texts = {key: str(text) for key, text in catalogue("zh").items()}
    narrow = re.compile(r"[\u4e00-\u9fff] ?\(|\) ?[\u4e00-\u9fff]")
    assert not {key: text for key, text in texts.items() if narrow.search(text)}


def test_no_part_of_the_page_puts_brackets_around_a_text_by_itself():
    made = re.compile(r"""['"`] ?\(['"`] ?\+|\(\{\{ ?(?:texts|view|l)\.|\} \(\$?\{""")
    parts = [path for name in ("page", "rooms", "figures") for path in (APP / name).rglob("*.vue")]
    parts += [path for name in ("page", "rooms") for path in (APP / name).glob("*.py")]
    assert len(parts) > 40
    assert not [path.name for path in parts if made.search(path.read_text(encoding="utf-8"))]


def test_a_card_inside_its_interval_says_no_middle():
    card = usage_card(0.62, 0.51, 0.30)
    assert card["interval"] == "90%: +0.21 to +0.81"
    assert card["reading"] == "better"


def test_a_card_and_its_draws_that_disagree_are_unclear():
    card = usage_card(-0.94, 0.51, 0.30)
    assert (card["reading"], card["tone"]) == ("unclear", "")
    assert card["interval"].endswith("middle +0.51")


def test_a_line_of_the_board_outside_its_interval_says_the_middle():
    headline = {name: [0.5, 0.5, -0.1, 0.1] for name in OFFERED}
    headline |= {"usage_mean": [0.5094, 0.5, 0.0021, 0.0081], COST: [1e9, 0.0, 1e9, 1e9]}
    sent = Submission(1, "A", "Plan", "0" * 64, "", "2026-01-01T00:00:00+00:00", headline, None)
    board = rows(ranked([sent], "usage_mean"), "usage_mean", words("en"))
    assert board[0]["interval"] == "(+0.210 to +0.810, middle +0.510)"
    assert board[0]["tone"] == "better"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "US$\xa01,234\xa0billion"),
        ("fr", "1\u202f234\xa0milliards de dollars"),
        ("ru", "1\xa0234\xa0млрд долл. США"),  # noqa: RUF001
        ("zh", "12,340\xa0亿美元"),
        ("ar", "\u200e1,234\xa0مليار دولار أمريكي"),  # noqa: RUF001
        ("es", "1234\xa0mil millones de dólares"),
        ("pt", "US$\xa01.234\xa0bilhões"),
    ],
)
def test_money_has_one_form_in_a_language(lang, said):
    t = words(lang)
    assert money(1.234e12, t) == said
    unit = readable("US$", 1.234e12, t)  # as a card, a chart or a board writes it
    assert unit.said(written(1.234e12 * unit.factor, 0, t)) == said
    # The currency stands where CLDR has it, or its name where CLDR has names.
    before, _, after = t("page.usd", amount=AMOUNT).partition(AMOUNT)
    symbol = "US$" in before + after
    pattern = Locale.parse(lang).currency_formats["standard"].pattern
    assert bool(before) == (symbol and pattern.startswith("¤"))


@pytest.mark.parametrize(("change", "ends"), [(1e-7, (-0.0005, 0.0005)), (0.02, (None, None))])
def test_no_scale_makes_nothing_look_like_a_change(change, ends):
    view = SimpleNamespace(headline="usage_mean")
    results = (run(0.5 + change), run(0.5))
    frame = SimpleNamespace(results=results, view=view, pins=(), interval=None)
    t = words("en")
    drawn = differences(frame, readable("share", 0.5, t), t)
    assert (drawn.get("low"), drawn.get("high")) == pytest.approx(ends)


def test_a_sign_comes_before_the_currency():
    t = words("en")
    moved = readable("US$", 3e9, t).moved(written(-3.1, 1, t, sign=True))
    assert moved == "\N{MINUS SIGN}US$\xa03.1\xa0billion"
    assert readable("US$", 3e9, t).difference == "US$ billion"
    assert readable("US$/year", 40, t).said("128") == "US$\xa0128/year"
    assert readable("share", 0.5, words("fr")).said("12") == "12\xa0%"
    assert readable("share", 0.5, t).said("12") == "12%"


@pytest.mark.parametrize("lang", languages())
def test_texts_write_percentages_as_figures_do(lang):
    sign = percentage(words(lang)).removeprefix(AMOUNT)
    texts = (str(text) for text in catalogue(lang).values())
    found = {space for text in texts for space in re.findall(r"[\d}](\s*)%", text)}
    assert found == {sign.removesuffix("%").replace("\xa0", " ")}


@pytest.mark.parametrize(
    ("lang", "persons", "said"),
    [
        ("zh", 2.215e9, "22.2\xa0亿"),
        ("zh", 8.43e7, "8,430\xa0万"),
        ("en", 2.215e9, "2,215\xa0million"),
    ],
)
def test_people_are_counted_as_in_the_language(lang, persons, said):
    assert people(persons, words(lang)) == said


@pytest.mark.parametrize(
    ("lang", "unit", "said"),
    [
        ("zh", "US$ million/year", "每年 50.25\xa0亿美元"),
        ("zh", "labs/year", "5,025\xa0实验室/年"),
        ("fr", "US$ million/year", "5,025\xa0millions de dollars par an"),
    ],
)
def test_the_strength_of_a_lever_is_read_in_the_words_of_the_language(lang, unit, said):
    assert strength_said(5_025, "5,025", unit, words(lang)) == said
    assert strength_said(50, "50", "US$ million/year", words("zh")) == "每年 5,000\xa0万美元"
