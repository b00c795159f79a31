"""How figures are shown."""

import pytest

from divide.experiments.text.units import decimals, money, number, plain, shown


@pytest.mark.parametrize(
    ("unit", "factor", "name", "difference"),
    [
        ("share", 100, "%", "pp"),
        ("share of adults", 100, "% of adults", "pp"),
        ("persons", 1e-6, "million persons", "million persons"),
        ("US$/person/year", 1, "US$/person/year", "US$/person/year"),
        ("index 0-1", 1, "index 0-1", "index 0-1"),
    ],
)
def test_units(unit: str, factor: float, name: str, difference: str) -> None:
    found = shown(unit)
    assert (found.factor, found.unit, found.difference) == (factor, name, difference)


@pytest.mark.parametrize(
    ("size", "factor", "name"),
    [
        (250.0, 1, "US$/year"),
        (2.5e6, 1e-6, "US$ million/year"),
        (-2.5e11, 1e-9, "US$ billion/year"),
        (float("nan"), 1, "US$/year"),
    ],
)
def test_sums_of_money_by_size(size: float, factor: float, name: str) -> None:
    found = shown("US$/year", size)
    assert (found.factor, found.unit, found.difference) == (factor, name, name)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (1234.5, 0, "1,234"),
        (-0.5, 2, "\N{MINUS SIGN}0.50"),
        (-0.001, 1, "0.0"),
        (float("nan"), 1, "n/a"),
        (float("inf"), 1, "n/a"),
    ],
)
def test_numbers(value: float, places: int, text: str) -> None:
    assert number(value, places) == text


def test_signs() -> None:
    assert number(2.0, 1, sign=True) == "+2.0"
    assert number(0.0, 1, sign=True) == "0.0"


def test_four_significant_digits() -> None:
    assert [decimals(value) for value in (0.1234, 12.34, 1234.0, 0.0, float("nan"))] == [
        4, 2, 0, 1, 1,
    ]  # fmt: skip


def test_money() -> None:
    assert money(2.5e9) == "US$ 2.50 billion"
    assert money(-3e6) == "US$ \N{MINUS SIGN}3.00 million"
    assert money(58) == "US$ 58"


def test_foreign_text_is_made_plain() -> None:
    assert plain("a\x1b[2J\n b\u202e\ud800c") == "a [2J b c"
