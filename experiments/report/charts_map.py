"""A map of what a policy adds, in SVG from the outlines that the page draws too."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from markupsafe import escape

from divide.experiments.report.outlines import outlines
from divide.experiments.report.series import Series, by_country
from divide.experiments.report.style import Chart
from divide.experiments.text.selection import USERS
from divide.experiments.text.units import number
from divide.model.world import load_world

#: From what takes most away to what adds most; the middle is no change (ColorBrewer PuOr, which is
#: told apart with the common colour-vision deficiencies).
COLOURS = ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788")
NOTHING, NO_DATA = "#bfbfbf", "#eeeeee"
DOT = 9


def maps(series: Series) -> list[Chart]:
    """A map a policy: points that it adds to the share online at the end."""
    ends = {name: by_country(series, name, USERS, last=True) for name in series.names}
    reference = 100 * ends[series.names[0]]
    spreads = {
        name: series.comparison.spread((100 * ends[name] - reference).to_numpy())
        for name in series.names[1:]
    }
    if not spreads:
        return []
    reach = nice(float(np.quantile([np.abs(each[0]) for each in spreads.values()], 0.98)))
    return [_map(series, name, spreads[name], reference.columns, reach) for name in spreads]


def nice(value: float) -> float:
    """The least of 1, 2, 3, 6, 12 and so on, scaled by tens, that is at least `value`."""
    if value <= 0:
        return 0.3
    ten = 10.0 ** np.floor(np.log10(value))
    return float(next(k * ten for k in (1, 1.5, 3, 6, 12) if k * ten >= value * (1 - 1e-9)))


def _map(
    series: Series,
    policy: str,
    spread: tuple[np.ndarray, np.ndarray, np.ndarray],
    codes: pd.Index,
    reach: float,
) -> Chart:
    middle, low, high = spread
    names = load_world(series.first).table["name"]
    title = series.titles[policy]
    caption = (
        f"Percentage points that {title} adds to the share of people online at the end of "
        f"{series.last}, {series.middle}. Outlines: {outlines()['credit']}. Borders and names "
        "express no opinion."
    )
    told = {
        iso3: (colour(float(value), reach), f"{names[iso3]}: {number(float(value), 2, sign=True)}")
        for iso3, value in zip(codes, middle, strict=True)
    }
    data = pd.DataFrame({"iso3": codes, "country": [names[iso3] for iso3 in codes],
                         "percentage_points": middle, "low": low, "high": high})  # fmt: skip
    beyond = (bool(np.nanmin(middle) < -reach), bool(np.nanmax(middle) > reach))
    drawn = _svg(told, reach, beyond, caption)
    return Chart(f"map-{policy}", f"Where {title} brings people online", drawn, caption, data)


def colour(value: float, reach: float) -> str:
    """Colour of a change on a scale of six equal classes from -reach to reach."""
    if abs(value) < reach / 60:
        return NOTHING
    place = int(np.floor((value + reach) / (2 * reach) * len(COLOURS)))
    return COLOURS[min(max(place, 0), len(COLOURS) - 1)]


def _svg(
    told: Mapping[str, tuple[str, str]], reach: float, beyond: tuple[bool, bool], caption: str
) -> str:
    world = outlines()
    width, height = world["width"], world["height"]
    shapes = []
    for iso3, place in world["countries"].items():
        fill, text = told.get(iso3, (NO_DATA, ""))
        tip = f"<title>{escape(text)}</title>" if text else ""
        if place["d"]:
            shapes.append(f'<path d="{place["d"]}" fill="{fill}">{tip}</path>')
        elif text:
            x, y = place["x"], place["y"]
            shapes.append(f'<circle cx="{x}" cy="{y}" r="{DOT}" fill="{fill}">{tip}</circle>')
    legend = _legend(reach, beyond, height + 60)
    return (
        f'<svg role="img" aria-label="{escape(caption)}" viewBox="0 0 {width} {height + 210}" '
        f'width="1000" height="{round((height + 210) / width * 1000)}">'
        f'<g stroke="#888888" stroke-width="2">{"".join(shapes)}</g>{legend}</svg>'
    )


def _legend(reach: float, beyond: tuple[bool, bool], top: int) -> str:
    """Six classes, their limits below, and the two greys; `beyond` says which ends go further."""
    size, step = 230, 2 * reach / len(COLOURS)
    places = 0 if step >= 1 and step == int(step) else 1 if step >= 0.1 else 2
    parts = []
    for k, fill in enumerate(COLOURS):
        parts.append(f'<rect x="{60 + k * size}" y="{top}" width="{size}" height="44" '
                     f'fill="{fill}"/>')  # fmt: skip
    marks = {0: "≤ " * beyond[0], len(COLOURS): "≥ " * beyond[1]}
    for k in range(len(COLOURS) + 1):
        text = marks.get(k, "") + number(-reach + k * step, places, sign=True)
        parts.append(f'<text x="{60 + k * size}" y="{top + 110}" text-anchor="middle">{text}'
                     "</text>")  # fmt: skip
    x = 60 + len(COLOURS) * size
    parts.append(f'<text x="{x + 110}" y="{top + 110}">points</text>')
    for k, (fill, text) in enumerate(((NOTHING, "no change"), (NO_DATA, "no figures"))):
        at = x + 500 + k * 520
        box = f'<rect x="{at}" y="{top}" width="60" height="44" fill="{fill}" stroke="#888888"/>'
        parts.append(f'{box}<text x="{at + 80}" y="{top + 42}">{text}</text>')
    return f'<g font-size="52" fill="currentColor">{"".join(parts)}</g>'
