"""Style of the charts and their way into a page: inline SVG, reproducible, light or dark.

Text and axes are drawn in one placeholder colour that becomes `currentColor`, so a chart takes
the page's colour; the palette is Okabe and Ito's (2008, Color Universal Design), distinguishable
with the common colour-vision deficiencies, with an olive added as a seventh. Lines carry names
as well.
"""

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#010203"
REFERENCE = "#808080"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999933")
STYLE = {
    "svg.hashsalt": "digital-divide",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": REFERENCE,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "figure.facecolor": "none",
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Chart:
    """One figure of the report.

    Attributes:
        name: Short name, of which names of files are made.
        title: Heading.
        svg: The drawing, to stand inside a page.
        caption: A sentence on how to read it.
        data: The figures that are drawn, if they may be saved.
    """

    name: str
    title: str
    svg: str
    caption: str
    data: pd.DataFrame | None = None


def colours(policies: Sequence[str]) -> dict[str, str]:
    """Grey for the reference, then the palette (again from its start after seven policies)."""
    rest = {name: PALETTE[k % len(PALETTE)] for k, name in enumerate(policies[1:])}
    return {policies[0]: REFERENCE, **rest}


def panels(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[list[Axes]]]:
    """A figure of `size` inches with a grid of axes; call it inside `styled`."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, [list(row) for row in axes]


def styled() -> AbstractContextManager[None]:
    """Context in which charts are drawn, whatever the user's own matplotlib settings."""
    default = {key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"}
    settings: Any = {**default, **STYLE}
    return mpl.rc_context(settings)


def time_axes(axes: Axes, first: int, last: int) -> None:
    """Whole years on the horizontal axis, plain numbers with separators on the vertical one."""
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
    axes.set_xlim(first, last)
    # Start, end and three whole years between; a narrow panel has no room for more.
    between = [first + round((last - first) * k / 4) for k in (1, 2, 3)]
    place = axes.get_subplotspec()
    wide = place is None or place.get_gridspec().ncols <= 2
    axes.set_xticks(sorted({first, last, *(between if wide else between[1:2])}))


def end_labels(axes: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Names at the right end of lines, moved apart where they would overlap.

    Args:
        axes: Axes whose limits are final.
        ends: Name to (last value, colour).
    """
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height or 200.0
    room = (high - low) * 13.0 / height
    floor = low
    for name, (value, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        place = max(value, floor)
        floor = place + room
        axes.annotate(
            name if len(name) <= 28 else f"{name[:27]}\N{HORIZONTAL ELLIPSIS}",
            xy=(1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            fontweight="bold",
            annotation_clip=False,
        )


def svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an SVG element to stand inside a page.

    Args:
        figure: What to draw.
        name: Prefix that keeps the identifiers of two charts on one page apart.
        description: Read out instead of the picture.
    """
    stream = io.StringIO()
    empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=empty, transparent=True)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = text.replace("url(#", f"url(#{name}-").replace(INK, "currentColor")
    label = f'<svg role="img" aria-label="{escape(description)}"'
    return text.replace("<svg", label, 1)


def alone(text: str) -> str:
    """A chart made by `svg` as a file of its own: on white, in ink."""
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'style="background:#fff;color:#1b1f24;font-family:sans-serif"'
    )
    return f"{text.replace('<svg', head, 1)}\n"
