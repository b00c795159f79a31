"""The page on replays, Markdown."""

from collections.abc import Mapping, Sequence

import numpy as np

from divide.calibration.replay.judge import DRAWS, Figure, Scan, tally
from divide.calibration.replay.studies import Measure, experiments
from divide.experiments.text.markdown import table
from divide.model.declare.parameters import parameters

HEAD = f"""# Replay of natural experiments

Written by `python -m docs.pages --write replay` from
`calibration/experiments.yaml`; do not edit.

The model is put under the shock that a study saw, beside a run that differs in nothing else, and
the study's own figure is computed. *Fit* studies may set a parameter, or a prior was drawn from
them; *test* studies are only compared. The column *model* is the mean over four seeds under the
values declared in `model/parameters/`, *s.e.* its standard error (0 where no chance bears on the
figure). The column *draws* holds the middle 90 % of {DRAWS} draws of every uncertain parameter from
its declared prior, of imputed figures and of the future; what is fitted to figures of use stays.
An interval marked *assumed* was not seen in the study. A measure without an interval is shown, not
judged.
"""


def _text(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.3g}"


def _number(value: float, digits: int = 3) -> str:
    """So many digits; nothing below a millionth."""
    return f"{0.0 if abs(value) < 1e-6 else value:.{digits}g}"


def _interval(measure: Measure) -> str:
    if measure.interval is None:
        return "not judged"
    low, high = measure.interval
    if np.isfinite(low + high):
        shown = f"{low:g} to {high:g}"
    elif np.isfinite(low):
        shown = f"above {low:g}"
    else:
        shown = f"below {high:g}"
    return f"{shown} ({measure.interval_from})"


VERDICT = {True: "agrees", False: "misses", None: ""}


def figures_table(found: Mapping[str, Mapping[str, Figure]]) -> str:
    """Every measure: the study's figure, the model's, and whether they agree."""
    rows = []
    for name, figures in found.items():
        one = experiments()[name]
        for key, measure in one.measures.items():
            each = figures[key]
            spread = f"{_number(each.low)} to {_number(each.high)}" if each.low <= each.high else ""
            rows.append(
                (
                    f"`{name}`",
                    one.use,
                    f"{measure.label}, {measure.unit}",
                    measure.horizon,
                    _text(measure.estimate),
                    _interval(measure),
                    _number(each.value),
                    _number(each.error, 2),
                    spread,
                    VERDICT[measure.passes(each.value)],
                )
            )
    head = ("study", "use", "measure", "when", "found", "agrees within")
    return table([*head, "model", "s.e.", "draws", ""], rows)


def scans_table(scans: Sequence[Scan]) -> str:
    """What each fit measure asks of its parameter."""
    rows = []
    for found in scans:
        declared = parameters()[found.parameter]
        measure = experiments()[found.experiment].measures[found.measure]
        low, high = declared.prior.ppf(np.array([0.05, 0.95]))
        agrees = "" if found.agrees is None else f"{found.agrees[0]:.3g} to {found.agrees[1]:.3g}"
        number = isinstance(measure.estimate, float | int)
        none = "no value within the bounds" if number else ""
        rows.append(
            (
                f"`{found.parameter}`",
                f"{declared.bounds[0]:g} to {declared.bounds[1]:g}",
                f"{low:.3g} to {high:.3g}",
                f"{declared.value:g}",
                f"`{found.experiment}.{found.measure}`",
                _text(measure.estimate),
                f"{_number(found.values[0])} to {_number(found.values[-1])}",
                none if found.meets is None else f"{found.meets:.3g}",
                agrees,
            )
        )
    head = ("parameter", "bounds", "90 % of the prior", "declared", "measure", "found")
    return table([*head, "model at the bounds", "meets the study at", "agrees within"], rows)


def page(found: Mapping[str, Mapping[str, Figure]], scans: Sequence[Scan]) -> str:
    """The whole page, Markdown."""
    said = []
    for use in ("fit", "test"):
        agree, judged = tally(found, use)
        studies = sum(one.use == use for one in experiments().values())
        said.append(f"{use}: {studies} studies, {agree} of {judged} judged measures agree")
    parts = [HEAD, f"In all, {'; '.join(said)}.\n", figures_table(found)]
    parts.append("## What the fit studies ask of parameters\n\nOne parameter at a time.\n")
    parts.append(scans_table(scans))
    for name in found:
        one = experiments()[name]
        parts.append(
            f"## {one.title}\n\n`{name}`: *{one.study}.* Used to {one.use}. Read: {one.read}.\n\n"
            f"Found: {one.estimate}.\n\nImposed: {one.imposed}.\n\n{one.remark}\n"
        )
    return "\n".join(parts)
