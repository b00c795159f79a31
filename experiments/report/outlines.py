"""Outlines of countries, for maps: read once, shared by the report and the page."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "geometry" / "world.json"


@cache
def geometry() -> str:
    """The file as it is (see `geometry/README.md`)."""
    return FILE.read_text(encoding="utf-8")


@cache
def outlines() -> dict[str, Any]:
    """What is in it: width, height, credit and, by code, the `countries`."""
    found: dict[str, Any] = json.loads(geometry())
    return found
