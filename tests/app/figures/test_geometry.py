"""The outlines of the world: complete, uncut, small, and credited."""

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from divide.model.world import load_world

FILE = Path(__file__).parents[3] / "experiments" / "report" / "geometry" / "world.json"

Ring = list[tuple[int, int]]


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def rings(path: str) -> list[Ring]:
    """Absolute corners of each part of a path such as "M5,5l1,0 0-1z"."""
    found = []
    for part in re.findall(r"M([^z]*)z", path):
        start, _, steps = part.partition("l")
        numbers = [int(v) for v in re.findall(r"-?\d+", steps)]
        x, y = (int(v) for v in re.findall(r"-?\d+", start))
        ring = [(x, y)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


def area(ring: Ring) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x * ny - nx * y for (x, y), (nx, ny) in pairs)) / 2


def test_every_country_of_the_model_has_a_place(world: dict[str, Any]) -> None:
    for code in load_world(2022).iso3:
        place = world["countries"][code]
        assert 0 <= place["x"] <= world["width"]
        assert 0 <= place["y"] <= world["height"]
        assert place["d"] or place["size"] == 0


def test_countries_outside_the_model_have_a_two_letter_code(world: dict[str, Any]) -> None:
    others = set(world["countries"]) - set(load_world(2022).iso3)
    assert {"PRK", "CUB", "TWN", "XKX"} <= others
    assert all(re.fullmatch("[A-Z]{2}", world["countries"][code]["alpha2"]) for code in others)
    assert "ATA" not in others


def test_no_side_crosses_the_map(world: dict[str, Any]) -> None:
    """The longest straight border, along 49 degrees north, is far below a tenth of the map."""
    for code, country in world["countries"].items():
        for ring in rings(country["d"]):
            for a, b in itertools.pairwise([*ring, ring[0]]):
                assert math.dist(a, b) < world["width"] / 10, f"{code} {a} {b}"
                assert 0 <= a[0] <= world["width"]


@pytest.mark.parametrize("code", ["RUS", "FJI", "NZL"])
def test_countries_at_the_date_line_are_whole(world: dict[str, Any], code: str) -> None:
    """All of their parts lie in the east; cut at 180 degrees they would have some in the west."""
    assert all(
        x > world["width"] / 2 for ring in rings(world["countries"][code]["d"]) for x, _ in ring
    )


def test_areas_are_true(world: dict[str, Any]) -> None:
    """Equal Earth: areas on the map compare as areas on the ground, within simplification."""
    size = {code: sum(map(area, rings(c["d"]))) for code, c in world["countries"].items()}
    ground = load_world(2022).table["area_km2"]
    for one, other in [("DZA", "KAZ"), ("BRA", "RUS"), ("KEN", "UKR")]:
        assert size[one] / size[other] == pytest.approx(ground[one] / ground[other], rel=0.06)


def test_it_is_small_and_says_where_it_is_from(world: dict[str, Any]) -> None:
    assert FILE.stat().st_size < 150_000
    assert "Natural Earth" in world["credit"]
    assert "public domain" in world["licence"]
    assert "ISC" in world["licence"]
