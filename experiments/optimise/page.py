"""The front as a page that needs nothing but itself, as a table, and as policy files."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from divide.experiments.keep.folder import replace_file
from divide.experiments.optimise.aims import losses
from divide.experiments.optimise.search import Found
from divide.experiments.optimise.switch import Rule, said
from divide.experiments.report.report import TEMPLATES, drawings, templates
from divide.experiments.report.style import PALETTE, REFERENCE, Chart, panels, styled, svg
from divide.model.declare.yamlfile import dump_yaml
from divide.model.scenario import policy_for_file

OWN = Path(__file__).parent / "templates"
PAGE, TABLE, POLICIES = "front.html", "front.csv", "policies"
#: Pairs of aims that are drawn.
MOST_PAIRS = 6


def write(found: Found, rules: Sequence[Rule], folder: Path) -> None:
    """Write the page, the table and a policy file for each policy of the front.

    Raises:
        OSError: The disk is full or fails.
    """
    (folder / POLICIES).mkdir(exist_ok=True)
    for k in found.front.tolist():
        policy = found.policies[k]
        text = dump_yaml(policy_for_file(policy))
        replace_file(folder / POLICIES / f"{policy.name}.yaml", text.encode())
    table = found.table().to_csv(index=False, lineterminator="\n")
    replace_file(folder / TABLE, table.encode())
    replace_file(folder / PAGE, page(found, rules).encode())


def page(found: Found, rules: Sequence[Rule]) -> str:
    """The page; the same search gives the same bytes."""
    question, table = found.question, found.table()
    with styled():
        charts = [_fronts(found), _parallel(found), _progress(found)]
    aims = [f"{aim.label}, {aim.of.replace('_', ' ')} ({aim.unit})" for aim in question.aims]
    names = [aim.name for aim in question.aims]
    labels = dict(zip(names, aims, strict=True))
    labels["spent_usd_m_per_year"] = "spent (US$ m a year)"
    titles = {policy.name: policy.title for policy in question.beside}
    return (
        templates(OWN, TEMPLATES)
        .get_template("front.html.j2")
        .render(
            title=question.title,
            facts=(
                f"{question.base.start} to {question.base.until} · {len(found.policies)} policies "
                f"in {question.draws * len(question.variants)} worlds · budget US$ "
                f"{question.policy.budget:,.0f} m a year ({question.policy.spend})"
            ),
            draws=question.draws,
            variants=list(question.variants),
            tried=len(found.policies),
            columns=[labels.get(name, name) for name in table.columns],
            rows=[
                [_year(v) if name.endswith(".start") else _shown(v) for name, v in row.items()]
                for row in table.to_dict("records")
            ],
            aims=aims,
            beside=_beside(found),
            charts=drawings(charts),
            pathways=[said(rule, question.aims[0], titles) for rule in rules],
        )
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.5g}" if abs(number) < 1e5 else f"{number / 1e6:,.6g} m"


def _year(value: float) -> str:
    """A calendar year with its quarter."""
    return f"{int(value)} Q{1 + round(value % 1 * 4)}"


def _beside(found: Found) -> list[list[str]]:
    """Each package, its aims, and how many policies of the front beat it in every aim."""
    aims, front = found.question.aims, found.losses[found.front]
    loss = losses(aims, found.beside)
    rows = []
    for k, policy in enumerate(found.question.beside):
        beaten = (front <= loss[k]).all(axis=1) & (front < loss[k]).any(axis=1)
        rows.append([policy.title, *map(_shown, found.beside[k].tolist()), str(int(beaten.sum()))])
    return rows


def _fronts(found: Found) -> Chart:
    """Aims in pairs: what was tried, the front, and the packages by name."""
    aims = found.question.aims
    pairs = list(combinations(range(len(aims)), 2))[:MOST_PAIRS]
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure, grid = panels(rows, columns, (10.5, 3.6 * rows))
    cells = [axes for row in grid for axes in row]
    tried, front = np.array(found.figures), found.front
    for axes, (a, b) in zip(cells, pairs, strict=False):
        axes.scatter(tried[:, a], tried[:, b], s=8, color=REFERENCE, alpha=0.4, label="tried")
        axes.scatter(tried[front, a], tried[front, b], s=22, color=PALETTE[0], label="unbeaten")
        _packages(axes, found, a, b)
        axes.set_xlabel(_axis(found, a))
        axes.set_ylabel(_axis(found, b))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4))
            axis.set_major_formatter(lambda value, _: _shown(value))
    for axes in cells[len(pairs) :]:
        axes.set_visible(False)
    cells[0].legend(loc="best", fontsize=8)
    text = "Each pair of aims: policies tried, those unbeaten, and packages that ship"
    caption = (
        "A dot is a policy, in means, worst deciles or regrets over all worlds. Blue: beaten by no "
        "other in all aims together, though it may look beaten in one pair. Named: packages."
    )
    return Chart("front", "Aims against each other", svg(figure, "front", text), caption)


def _packages(axes: Axes, found: Found, a: int, b: int) -> None:
    for k, policy in enumerate(found.question.beside):
        x, y = found.beside[k, a], found.beside[k, b]
        colour = PALETTE[1 + k % (len(PALETTE) - 1)]
        axes.scatter([x], [y], s=30, marker="D", color=colour)
        axes.annotate(policy.name.replace("_", " "), (x, y), xytext=(4, 3),
                      textcoords="offset points", fontsize=7, color=colour)  # fmt: skip


def _axis(found: Found, k: int) -> str:
    aim = found.question.aims[k]
    way = "less" if aim.of == "regret" or aim.better == "lower" else "more"
    name = aim.outcome.replace("_", " ")
    return f"{name}, {aim.of.replace('_', ' ')} ({way} is better)"


def _parallel(found: Found) -> Chart:
    """The front over all aims at once, best at the top, with the packages."""
    aims = found.question.aims
    loss, beside = found.losses[found.front], losses(aims, found.beside)
    both = np.vstack([loss, beside])
    low, span = both.min(axis=0), np.ptp(both, axis=0)
    span = np.where(span > 0, span, 1.0)
    figure, ((axes,),) = panels(1, 1, (10.5, 3.8))
    places = np.arange(len(aims))
    for row in loss:
        axes.plot(places, 1 - (row - low) / span, color=PALETTE[0], alpha=0.5, linewidth=1)
    for k, (policy, row) in enumerate(zip(found.question.beside, beside, strict=True)):
        colour = PALETTE[1 + k % (len(PALETTE) - 1)]
        axes.plot(places, 1 - (row - low) / span, color=colour, linestyle="--", linewidth=1.2,
                  label=policy.title)  # fmt: skip
    axes.set_xticks(places, [_axis(found, k).replace(", ", "\n", 1) for k in range(len(aims))])
    axes.set_yticks([0, 1], ["worst", "best"])
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8)
    text = "Unbeaten policies and packages over all aims, each from worst to best"
    caption = "Blue: policies of the front; dashed: packages. Each aim from its worst to its best."
    return Chart("parallel", "All aims at once", svg(figure, "parallel", text), caption)


def _progress(found: Found) -> Chart:
    """Hypervolume by generation."""
    figure, ((axes,),) = panels(1, 1, (10.5, 2.6))
    generations = np.arange(1, len(found.history) + 1)
    axes.plot(generations, found.history, color=PALETTE[0], marker="o", markersize=3)
    axes.set_xlabel("generation")
    axes.set_ylabel("hypervolume")
    text = "Hypervolume of the front after each generation"
    caption = (
        "Share of the box between the first generation's worst and half a width beyond its best "
        "that the front beats. Where it no longer rises, the search has found what it can."
    )
    return Chart("progress", "How the search went", svg(figure, "progress", text), caption)
