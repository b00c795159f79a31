"""The report in Markdown: the same numbers, with the figures as files beside it."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from divide.experiments.read.comparison import Comparison
from divide.experiments.report.downloads import stem
from divide.experiments.report.report import TEMPLATES, contents
from divide.experiments.report.style import Chart

NAME = "report.md"
#: What Markdown, or HTML inside of it, would take for more than a letter.
MARKS = re.compile(r"([\\`*_{}\[\]<>#|$~!])")


def markdown_report(comparison: Comparison, drawn: list[Chart]) -> dict[str, bytes]:
    """The file by its name.

    Args:
        comparison: What was run.
        drawn: Its charts, whose files stand beside it.
    """
    template = _environment(TEMPLATES).get_template("report.md.j2")
    figures = [
        {"title": chart.title, "caption": chart.caption, "file": stem(chart, number)}
        for number, chart in enumerate(drawn, start=1)
    ]
    return {NAME: template.render(figures=figures, **contents(comparison)).encode()}


def escaped(text: Any) -> str:
    """Text of anybody, on one line, that Markdown shows as it is."""
    return MARKS.sub(r"\\\1", " ".join(str(text).split()))


def _environment(folder: Path) -> Environment:
    """Everything put into a page goes through `escaped`; nothing is HTML."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=False,  # noqa: S701 - Markdown: `finalize` escapes for it, HTML included
        finalize=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
