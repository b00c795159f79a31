"""Charts of an analysis: bars with intervals, the peeling path, the tree."""

import io
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divide.experiments.keep.folder import replace_file
from divide.experiments.read.analysis import RANKINGS, Answer
from divide.experiments.read.discovery import Peeling
from divide.experiments.read.tree import Tree, drawn
from divide.experiments.report.style import INK, PALETTE, REFERENCE, panels, styled
from divide.model.declare.errors import InputError

#: Bars that a chart has room for.
MOST = 25
FORMATS = (".svg", ".png")
LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
#: Columns that are drawn: value, and half of the interval or None where it stands in lo95 and hi95.
BARS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "sobol": (("total", "total_conf"), ("first", "first_conf")),
    "morris": (("mu_star", "mu_star_conf"),),
    "regression": (("coefficient", None),),
    "partial": (("correlation", None),),
    "correlation": (("correlation", None),),
    "information": (("information", None),),
    "forest": (("importance", None),),
    "regret": (("mean", ""), ("p90", ""), ("worst", "")),
}
AXIS = {
    "sobol": "share of the variance",
    "regression": "standardised rank regression coefficient",
    "partial": "partial rank correlation",
    "correlation": "rank correlation",
    "information": "mutual information, nats",
    "forest": "share of the variance explained that is lost when shuffled",
}


def check_plot(path: Path) -> None:
    """Raise InputError if a chart cannot be written there."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path.name}; allowed: names that end in {' or '.join(FORMATS)}",
                         ("plot",))  # fmt: skip
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: is no folder", ("plot",))


def save(answer: Answer, path: Path) -> None:
    """Draw an answer into an SVG or PNG file, whole or not at all.

    Raises:
        InputError: The name has another ending.
        OSError: The disk is full or fails.
    """
    check_plot(path)
    stream = io.BytesIO()
    kind = path.suffix.lower()[1:]
    with styled():
        figure = draw(answer)
        metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(stream, format=kind, dpi=150, facecolor="white", metadata=metadata)
    replace_file(path, stream.getvalue())


def draw(answer: Answer) -> Figure:
    """The figure of an answer; call it inside `styled`."""
    if isinstance(answer.more, Peeling):
        figure = _path(answer.more)
    elif isinstance(answer.more, Tree):
        figure = _tree(answer.more, answer)
    else:
        figure = _bars(answer)
    figure.suptitle(f"{answer.method}: {answer.what}", fontsize=9, wrap=True)
    return figure


def _bars(answer: Answer) -> Figure:
    table, columns = answer.table.head(MOST), BARS[answer.method]
    if "second" in table:  # indices of pairs
        columns = (("second", "second_conf"),)
        table = table.assign(factor=table["factor"] + " x " + table["with_factor"])
    names = table["policy" if answer.method == "regret" else "factor"].tolist()
    figure, [[axes]] = panels(1, 1, (8.6, 1.6 + 0.3 * len(names) * max(1, len(columns) / 2)))
    place, height = np.arange(len(names))[::-1], 0.8 / len(columns)
    for k, (column, half) in enumerate(columns):
        values = table[column].to_numpy(float)
        at = place + 0.4 - height * (k + 0.5)
        error = _error(table, values, half)
        style = {"ecolor": INK, "elinewidth": 1.0, "capsize": 2}
        axes.barh(at, values, 0.9 * height, color=PALETTE[k], label=column, xerr=error,
                  error_kw=style)  # fmt: skip
    axes.set_yticks(place, names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.axvline(0, color=INK, lw=0.8)
    left = len(answer.table) - len(table)
    more = f" ({left} more are smaller)" if left else ""
    label = AXIS.get(answer.method, answer.unit) + more
    if answer.method in RANKINGS:  # what chance does, or how much is explained
        label += "\n" + textwrap.fill(answer.notes[0], 80)
    axes.set_xlabel(label)
    axes.grid(axis="y", visible=False)
    if len(columns) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def _error(table: pd.DataFrame, values: np.ndarray, half: str | None) -> np.ndarray | None:
    """Lengths of the interval to the left and right of the values, (2, n)."""
    if half == "":
        return None
    if half is not None:
        return np.vstack([table[half], table[half]])
    ends = np.vstack([values - table["lo95"], table["hi95"] - values])
    return np.maximum(ends, 0.0)


def _path(found: Peeling) -> Figure:
    """Coverage against density, and both and mass by step; the box that is taken is marked."""
    figure, [[left, right]] = panels(1, 2, (9.6, 3.8))
    path, taken = found.path, found.path[found.path["taken"]].iloc[0]
    left.plot(path["coverage"], path["density"], "o-", color=PALETTE[0], ms=3, lw=1)
    left.plot(taken["coverage"], taken["density"], "o", color=PALETTE[1], ms=9)
    left.annotate(f"step {taken['step']}", (taken["coverage"], taken["density"]), (-9, -4),
                  textcoords="offset points", ha="right", color=PALETTE[1])  # fmt: skip
    left.set(xlabel="coverage", ylabel="density", xlim=(0, 1.05), ylim=(0, 1.05))
    for name, colour in zip(("coverage", "density", "mass"), PALETTE, strict=False):
        right.plot(path["step"], path[name], color=colour, label=name, lw=1.6)
    right.axvline(taken["step"], color=REFERENCE, lw=0.8)
    right.set(xlabel="step", ylim=(0, 1.05))
    right.legend()
    return figure


def _tree(tree: Tree, answer: Answer) -> Figure:
    """The tree with its conditions and, in each node, value and points."""
    nodes, links = drawn(tree)
    leaves = max(len(tree.rules), 2)
    depth = max(node.depth for node in nodes) + 1
    figure, [[axes]] = panels(1, 1, (max(6.0, 1.7 * leaves), 1.2 + 1.1 * depth))
    low, high = min(node.value for node in nodes), max(node.value for node in nodes)
    for a, b, word in links:
        axes.plot([a.x, b.x], [-a.depth, -b.depth], color=REFERENCE, lw=1, zorder=0)
        axes.text((a.x + b.x) / 2, -(a.depth + b.depth) / 2, word, ha="center", va="center",
                  fontsize=8, color=REFERENCE, bbox=LABEL)  # fmt: skip
    for node in nodes:
        shade = (node.value - low) / (high - low) if high > low else 0.0
        box = {"boxstyle": "round", "facecolor": (1 - 0.5 * shade, 1 - 0.2 * shade, 1.0),
               "edgecolor": INK, "linewidth": 0.6}  # fmt: skip
        axes.text(node.x, -node.depth, node.text, ha="center", va="center", fontsize=8, bbox=box)
    axes.set(xlim=(-0.6, leaves - 0.4), ylim=(-depth + 0.4, 0.6))
    _bare(axes)
    axes.set_xlabel("share of points of interest, by rule" if tree.asked else answer.unit)
    return figure


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
