"""The map and the lines of a page, as plain values that a template writes as SVG."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.app import figures
from divide.app.figures.worldmap import GEOMETRY
from divide.app.page.display import written
from divide.app.page.figure_data import codes
from divide.app.words import Words, is_rtl
from divide.experiments.text.units import decimals

Array = NDArray[np.float64]

#: Land smaller than this is drawn as a dot (square units of the map).
SMALL = 60
#: Size of the chart, and room for its numbers (units of its view box).
WIDE, HIGH, LEFT, TOP, BELOW = 640, 240, 56, 8, 24
LOOKS = Path(figures.__file__).parent / "vue" / "looks.js"
SHEET = LOOKS.with_name("figure.css")
#: Colours of a saved page, and those of the page's figures that they are.
INKS = {"you": "you", "base": "baseline", "good": "better", "bad": "worse"}


@cache
def stops(kind: str) -> tuple[str, ...]:
    """Colours of a scale on light paper, those of the page's figures."""
    text = LOOKS.read_text(encoding="utf-8")
    found = re.search(rf"{kind}: {{\s*light: (\[[^\]]*\])", text)
    if found is None:
        raise LookupError(f"{LOOKS.name} has no scale {kind}")
    return tuple(json.loads(found[1]))


def colour(kind: str, share: float) -> str:
    """The colour at `share`, 0 to 1, along a scale."""
    scale = stops(kind)
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    at = min(int(place), len(scale) - 2)
    ends = ([int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in scale[at : at + 2])
    return "#" + "".join(
        f"{round(a + (b - a) * (place - at)):02x}" for a, b in zip(*ends, strict=True)
    )


@cache
def inks() -> dict[str, str]:
    """Colours of lines and of what is better or worse, as rules for light and for dark paper."""
    text = SHEET.read_text(encoding="utf-8")
    return {
        look: " ".join(
            f"--{name}: {_declared(text, rule, f'--fig-{figure}')};"
            for name, figure in INKS.items()
        )
        for look, rule in (("light", ".fig"), ("dark", ".fig-dark"))
    }


def _declared(text: str, rule: str, name: str) -> str:
    found = re.search(rf"^{re.escape(rule)} {{[^}}]*?\s{name}: (#[0-9a-f]{{6}});", text, re.M)
    if found is None:
        raise LookupError(f"{SHEET.name} has no colour {name} in {rule}")
    return found[1]


@cache
def outlines() -> dict[str, Any]:
    """Size of the map, its land, and the credit that it asks for."""
    world = json.loads(GEOMETRY)
    land = [{"code": code, **shape} for code, shape in world["countries"].items()]
    row = {code: k for k, code in enumerate(codes())}
    return {
        "width": world["width"],
        "height": world["height"],
        "credit": world["credit"],
        "land": [each for each in land if each["code"] not in row and each["d"]],
        "countries": [
            {**each, "row": row[each["code"]], "dot": not each["d"] or each["size"] < SMALL}
            for each in land
            if each["code"] in row
        ],
    }


def changes(
    values: Array, reach: float, unit: str, t: Words, others: Array | None = None
) -> dict[str, Any]:
    """A map of changes in what is better when it is more: the fill of each country, and the legend.

    Args:
        values: (n,), as read.
        reach: The change at which the colour is deepest.
        unit: Written after the ends of the legend.
        t: Speaks the reader's language.
        others: Values for which the legend holds as well, any shape.
    """
    places = max(decimals(reach) - 3, 0)
    every = values if others is None else others
    # As on the page: what is beyond the deepest colour is told at the ends.
    beyond = ("≤\N{NO-BREAK SPACE}" if every.min() < -reach else "", "",
              "≥\N{NO-BREAK SPACE}" if every.max() > reach else "")  # fmt: skip
    ends = [
        mark + written(value, places, t, sign=True)
        for mark, value in zip(beyond, (-reach, 0.0, reach), strict=True)
    ]
    return {
        "fills": [colour("better", 0.5 + 0.5 * value / reach) for value in values.tolist()],
        "legend": [colour("better", k / 24) for k in range(25)],
        "ends": [f"{ends[0]} {unit}", ends[1], f"{ends[2]} {unit}"],
    }


def lines(
    years: NDArray[np.int64],
    base: Array,
    you: Array,
    bands: list[tuple[Array, Array]],
    t: Words,
    others: Array | None = None,
) -> dict[str, Any]:
    """Two lines over the years with their bands, ready to be drawn.

    Args:
        years: (Y,).
        base: (Y,), as read.
        you: (Y,), as read.
        bands: Low and high of the scenario, (Y,) each, if known.
        t: Speaks the reader's language.
        others: Values for which the scale has room as well, any shape.
    """
    room = [] if others is None else [others.ravel()]
    every = np.concatenate([base, you, *room, *(end for band in bands for end in band)])
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    step = _step((high - low) / 4 or 1.0)
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    x = LEFT + (WIDE - LEFT - 16) * (years - years[0]) / max(int(years[-1] - years[0]), 1)
    x = WIDE - x if is_rtl(t.lang) else x

    def y(values: Array) -> Array:
        return np.asarray(TOP + (HIGH - BELOW - TOP) * (high - values) / max(high - low, 1e-12))

    def path(values: Array) -> str:
        return "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y(values), strict=True))

    def area(band: tuple[Array, Array]) -> str:
        there = path(band[0])
        back = [f"{a:.1f},{b:.1f}" for a, b in zip(x, y(band[1]), strict=True)]
        return there + "L" + "L".join(reversed(back)) + "Z"

    ticks = np.arange(low, high + step / 2, step)
    places = max(0, -int(np.floor(np.log10(step))))
    marked = sorted({0, len(years) - 1, *(round((len(years) - 1) * k / 4) for k in (1, 2, 3))})
    return {
        "wide": WIDE,
        "high": HIGH,
        "rtl": is_rtl(t.lang),
        "scale": {
            "low": low,
            "high": high,
            "top": TOP,
            "tall": HIGH - BELOW - TOP,
            "x": [round(float(place), 1) for place in x],
        },
        "bands": [area(band) for band in bands],
        "base": path(base),
        "you": path(you),
        "ticks": [
            {"y": round(float(at), 1), "text": written(float(value), places, t)}
            for value, at in zip(ticks, y(ticks), strict=True)
        ],
        "years": [{"x": round(float(x[k]), 1), "text": str(years[k])} for k in marked],
    }


def _step(rough: float) -> float:
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= rough * (1 - 1e-9)))
