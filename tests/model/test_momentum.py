"""The recent rise, at the usual pace, is what a run begins with."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from divide.model.momentum import HURRIED, USUAL, Momentum, expected_rise, hurry, momentum
from divide.model.world import World, load_world

Array = NDArray[np.float64]
YEARS = np.arange(2010, 2023)
PACE = 0.2


def history(hurried: float, countries: int = 6) -> Array:
    """Shares online, (T, n), that rise by PACE I (1 - I) a year, and `hurried` times that."""
    shares = np.empty((len(YEARS), countries))
    shares[0] = np.linspace(0.05, 0.5, countries)
    for row, year in enumerate(YEARS[1:], start=1):
        before = shares[row - 1]
        shares[row] = before + PACE * before * (1 - before) * (hurried if year in HURRIED else 1)
    return shares


def world(start: int, hurried: float, hole: bool = False) -> World:
    """The world at a start in which use has risen so, at the same few paces everywhere."""
    was = load_world(start)
    shares = history(hurried, len(was.iso3))
    if hole:
        shares[4, 3] = np.nan  # a missing year is drawn through
        shares[:, 5] = np.nan  # nothing is known
    series = was._history | {"internet_users": (YEARS, shares)}
    values = was.values | {"internet_users": shares[start == YEARS][0]}
    return replace(was, values=MappingProxyType(values), _history=MappingProxyType(series))


def test_hurried_years_count_at_the_usual_pace() -> None:
    for hurried in (1.0, 1.3, 1.6):
        found = momentum(world(2021, hurried), 4)
        shares = history(hurried, len(found.rise))
        at = {int(year): row for row, year in enumerate(YEARS)}
        usual = [PACE * shares[at[y] - 1] * (1 - shares[at[y] - 1]) for y in range(2018, 2022)]
        np.testing.assert_allclose(found.rise, np.mean(usual, axis=0), rtol=1e-9)
        ahead = sum((hurried - 1) * usual[y - 2018] for y in HURRIED)
        np.testing.assert_allclose(found.early, ahead, rtol=1e-7, atol=1e-12)


def test_the_pace_of_a_year_is_that_over_the_usual_years() -> None:
    at = world(2022, 1.4)
    for year in (2018, 2022):
        assert hurry(at, year) == pytest.approx(1, abs=1e-9)
    for year in HURRIED:
        assert hurry(at, year) == pytest.approx(1.4, rel=1e-9)
    slow = world(2022, 0.5)
    assert hurry(slow, HURRIED[0]) == 1.0, "a slow year is not made fast"
    assert not momentum(slow, 4).early.any()


def test_only_years_to_the_start_and_within_reach_are_read() -> None:
    assert not momentum(world(2019, 1.5), 4).early.any()
    one = momentum(world(2020, 1.5), 4).early
    assert np.all(one > 0)
    np.testing.assert_allclose(momentum(world(2022, 1.5), 1).early, 0)
    assert max(USUAL) < min(HURRIED)


def test_who_came_in_a_shipped_surge_came_early() -> None:
    found = momentum(load_world(2022), 4)
    seen = np.isfinite(found.rise)
    assert seen.sum() > 150
    people = load_world(2022).values["population"][seen]
    assert 0.005 < np.average(found.early[seen], weights=people) < 0.05
    assert np.all(found.early >= 0)
    naive = (found.rise + found.early / 4)[seen]
    assert np.average(found.rise[seen], weights=people) < np.average(naive, weights=people)


def test_gaps_are_drawn_through_and_the_unknown_rises_as_usual() -> None:
    found = momentum(world(2018, 1.0, hole=True), 6)
    whole = momentum(world(2018, 1.0), 6)
    assert np.isnan(found.rise[5])
    assert found.rise[3] == pytest.approx(whole.rise[3], rel=0.02)
    level = history(1.0, len(found.rise))[YEARS == 2018][0]
    rise = expected_rise(found, level, 0.35)
    seen = np.isfinite(found.rise)
    before = level * (1 - level)
    usual = (found.rise[seen] @ before[seen]) / (before[seen] @ before[seen])
    assert rise[5] == pytest.approx(usual * before[5], rel=1e-12)


@pytest.mark.parametrize("weight", [0.0, 0.35, 1.0])
def test_the_own_rise_is_shrunk_toward_the_usual_one(weight: float) -> None:
    online = np.array([0.2, 0.4, 0.6, 0.8])
    past = Momentum(np.array([0.08, 0.02, np.nan, -0.01]), np.array([0.0, 0.03, 0.0, 0.0]))
    level = (online - past.early) * (1 - online + past.early)
    seen = [0, 1, 3]
    usual = level * (past.rise[seen] @ level[seen]) / (level[seen] @ level[seen])
    own = np.array([0.08, 0.02, usual[2], -0.01])
    expected = np.maximum(weight * own + (1 - weight) * usual, 5e-4)
    np.testing.assert_allclose(expected_rise(past, online, weight), expected, rtol=1e-12)
    if weight == 1.0:
        assert expected_rise(past, online, weight)[3] == 5e-4, "a fall is not gone on with"
