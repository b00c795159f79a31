"""Writes docs/road.md: the Digital Silk Road's projects on real figures and in the model.

It needs a world with projects, and for coverage with the figures of ITU (`divide data add`), in
DIVIDE_WORLD. The page holds coefficients and counts only: the figures may not be passed on.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from divide.calibration.score.events import LAGS, LEADS, OUTCOMES, Beside, Study, compare
from divide.calibration.write.plots import STYLE, save
from divide.experiments.text.markdown import table

HOME = Path(__file__).parents[2]
FIGURE = Path("road/events.svg")
#: A pre-trend is found if it would come by chance less often than this.
LEVEL = 0.1
COLOURS = {"real": "#000000", "model": "#0072B2", "without": "#E69F00"}
LABELS = {
    "real": "real figures",
    "model": "model, with the projects",
    "without": "model, without them",
}
CONTROLS = {"all": "all", "thirds": "same third"}

Found = Mapping[tuple[str, str], Beside]

HEAD = """\
# The Digital Silk Road's projects: an event study

Written by `python -m docs.pages --write road`; do not edit.

Did countries go online faster after China financed their networks? The same study is made of real
figures and of the model's own paths from the end of 2003 to 2022, beside a run without the
projects. Projects are those of AidData's communications sector (2000-2014; pledged and cancelled
ones left out) and telecommunications deals of AEI's tracker (2005-2021; those that build
networks), in current US dollars. Neither list may be passed on: here are coefficients and counts.
`divide data add` reads both, and runs of such a world [have the projects in their
history](ODD.md).

**Design.** A country is treated from its first project of US\\$ 20 million or more, if that came
after 2003. Country and year effects are fitted to countries never or not yet treated alone, and
the rest is averaged by years since the project (the imputation estimator of Borusyak, Jaravel and
Spiess 2024, Review of Economic Studies, CEPR DP17247). Countries of high income and China are
left out. Intervals are of 95 %, from a bootstrap of whole countries. Controls *same third*: each
third of countries by income in 2003 has year effects of its own. Units are percentage points, or
subscriptions per 100 people.

![Coefficients by years since the first project](road/events.svg)

*Controls: all countries. Left of the dotted line are leads against the years before them, right
of it lags. The two are fitted apart, so that a step between them means nothing (Roth 2024,
arXiv:2401.12309). Bands: 95 % intervals on real figures and on the model's run with the
projects.*
"""

CAVEATS = """\
## What must not be concluded

- **Not what the projects did.** Countries chose and were chosen: lenders went where networks were
  missing, and members of the initiative select themselves. Where leads differ from zero, later
  differences go on from what was before; where they do not, the test may have been too weak to
  see it.
- **Not that they did nothing.** What the projects did in the model, where it is known, stands in
  the first table beside the smallest effect that the study would tell from zero four times of
  five. What is smaller than that stays unseen, in the model or outside it.
- **Not that the model is right.** What the study finds on the run *without* projects is the
  model's account of who was poor and late. Curves that agree say that the model has the paths of
  these countries, no more.
- **Not more than a first project.** Later ones come on top, amounts are commitments, not
  payments, and an agreement may be dated years before the network stands.
"""


def page(found: Found) -> str:
    """The whole page, Markdown."""
    parts = [HEAD, "## What comes out\n", _summary(found), "## Before the projects\n"]
    parts += [f"{_verdict(found)}\n", _leads(found), "## By years since the project\n"]
    parts += [_lags(found), CAVEATS]
    return "\n".join(parts)


def _summary(found: Found) -> str:
    rows = []
    for (outcome, controls), beside in found.items():
        after = beside.caused[len(LEADS) :]
        rows.append(
            (
                outcome,
                CONTROLS[controls],
                max(beside.real.countries[len(LEADS) :]),
                _interval(beside.real),
                _interval(beside.model),
                _interval(beside.without),
                _number(float(np.nanmean(after))),
                f"{visible(beside.real):.2f}",
            )
        )
    head = ("mean of lags 0 to 6", "controls", "countries", *LABELS.values())
    return table((*head, "what they did there", "visible on real figures from"), rows)


def visible(one: Study) -> float:
    """Mean effect that a study of this precision tells from zero four times of five.

    It is 2.8 standard errors: 1.96 for the test and .84 for the power (normal approximation).
    """
    _, low, high = one.mean
    return 2.8 * (high - low) / (2 * 1.96)


def _verdict(found: Found) -> str:
    """What the test of leads says of each outcome, in words."""
    told = []
    for outcome in dict.fromkeys(name for name, _ in found):
        chances = {c: found[outcome, c].real.pretrend for c in CONTROLS}
        failed = [CONTROLS[c] for c, p in chances.items() if p < LEVEL]
        passed = [CONTROLS[c] for c, p in chances.items() if p >= LEVEL]
        if failed and passed:
            how = f"differ from zero with controls *{failed[0]}*, not with *{passed[0]}*"
        elif failed:
            how = "differ from zero with either controls"
        else:
            how = "do not differ from zero" if passed else "cannot be tested"
        told.append(f"**{outcome}**: leads {how}.")
    text = "On real figures, before any project, at a level of 10 %: " + " ".join(told)
    if any(beside.real.pretrend < LEVEL for beside in found.values()):
        text += (
            " Where they differ, countries that would get a project were on another path already, "
            "and the lags say nothing of the project."
        )
    return fill(text, 98, break_on_hyphens=False)


def _leads(found: Found) -> str:
    rows = [
        (outcome, CONTROLS[controls], LABELS[name], *map(_number, one.effect[: len(LEADS)]),
         "not testable" if np.isnan(one.pretrend) else f"{one.pretrend:.3f}")
        for (outcome, controls), beside in found.items()
        for name, one in _studies(beside)
    ]  # fmt: skip
    return table(("outcome", "controls", "of", *map(str, LEADS), "p, all zero"), rows)


def _lags(found: Found) -> str:
    rows: list[tuple[object, ...]] = []
    for (outcome, controls), beside in found.items():
        for name, one in _studies(beside):
            after = one.effect[len(LEADS) :]
            rows.append((outcome, CONTROLS[controls], LABELS[name], *map(_number, after)))
        did = map(_number, beside.caused[len(LEADS) :])
        rows.append((outcome, CONTROLS[controls], "what they did in the model", *did))
    return table(("outcome", "controls", "of", *(f"+{lag}" for lag in LAGS)), rows)


def _studies(beside: Beside) -> Iterable[tuple[str, Study]]:
    return ((name, getattr(beside, name)) for name in LABELS)


def _interval(one: Study) -> str:
    mean, low, high = one.mean
    return f"{_number(mean)} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{round(value, 2) + 0.0:+.2f}"  # no "-0.00"


def draw(found: Found, path: Path) -> None:
    """Leads and lags of each outcome, one panel each."""
    shown = {outcome: found[outcome, "all"] for outcome, controls in found if controls == "all"}
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 2.8), layout="constrained")
        panels = figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (outcome, beside) in zip(panels, shown.items(), strict=True):
            for name, one in _studies(beside):
                for part in (slice(0, len(LEADS)), slice(len(LEADS), None)):
                    at, label = one.at[part], LABELS[name] if part.start else None
                    axes.plot(at, one.effect[part], ".-", color=COLOURS[name], label=label)
                    if name != "without":
                        axes.fill_between(
                            at, one.low[part], one.high[part], color=COLOURS[name], alpha=0.15, lw=0
                        )
            axes.axhline(0, color="#999999", linewidth=0.8)
            axes.axvline(-0.5, color="#999999", linewidth=0.8, linestyle=":")
            axes.set_title(outcome)
            axes.set_xlabel("years since the first project")
        panels[0].set_ylabel("points, per 100 people")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        save(figure, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the studies and write the page and its figure.

    Raises:
        SystemExit: An outcome has no figures.
    """
    docs = Path(arguments[0]) if arguments else HOME / "docs"
    found = compare()
    if missing := [name for name in OUTCOMES if (name, "all") not in found]:
        sys.exit(f"the world in DIVIDE_WORLD has no figures of {', '.join(missing)}")
    (docs / FIGURE).parent.mkdir(exist_ok=True)
    draw(found, docs / FIGURE)
    (docs / "road.md").write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
