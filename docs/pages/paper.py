"""The paper: its text is a template, and every figure is read from a page that a run wrote."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from divide.model.declare.countries import country_names
from divide.model.declare.levers import read_levers
from divide.model.declare.parameters import parameters
from divide.model.outcomes import OUTCOMES
from divide.model.policy.policy import packages
from divide.model.scenario import Scenario

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("paper.md.j2")
WRITTEN = ROOT / "docs" / "paper.md"
#: Columns of the table of forecasts.
SHOWN = ("origin → end", "model, MAE", "best published", "best baseline here", "difference (95 %)")
CLAIMS = ROOT / "experiments" / "claims" / "findings.yaml"


def rows(page: str, first: str) -> list[dict[str, str]]:
    """The table of a page whose head begins with a word, a mapping a row.

    Raises:
        LookupError: There is no such table.
    """
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith(f"| {first} |"):
            head = _cells(line)
            body = []
            for row in lines[number + 2 :]:
                if not row.startswith("|"):
                    break
                body.append(dict(zip(head, _cells(row), strict=True)))
            return body
    raise LookupError(f"{page} has no table that begins with {first!r}")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def figures() -> Mapping[str, Any]:
    """Everything that the template names."""
    claims = yaml.safe_load(CLAIMS.read_text("utf-8"))
    verdicts = [claim["verdict"] for claim in claims["claims"]]
    roles = [parameter.role for parameter in parameters().values()]
    forecasts = rows("docs/validation.md", "origin → end")
    return {
        "countries": len(country_names()),
        "firms": f"{Scenario().firms:,}",
        "levers": len(read_levers(ROOT / "model" / "policy" / "levers.yaml")),
        "packages": len(packages()),
        "parameters": len(roles),
        "fitted": roles.count("calibrated"),
        "outcomes": len(OUTCOMES),
        "forecasts": forecasts,
        "shown": SHOWN,
        "better": sum(_better(row) for row in forecasts),
        "draws": claims["experiment"]["design"]["n"],
        "variants": len(claims["variants"]) - 1,
        "claims": len(verdicts),
        "holding": verdicts.count("holds"),
        "firm_speed": rows("benchmarks/results.md", "firms")[-1],
        "run_size": f"{Scenario().firms:,} firms over {Scenario().steps} quarters",
        "whole_run": rows("benchmarks/results.md", "part")[0],
    }


def _better(row: Mapping[str, str]) -> bool:
    """Whether the interval of the difference from the best baseline lies below zero."""
    interval = re.search(r"\(\S+ to (\S+)\)", row[SHOWN[-1]])
    return interval is not None and float(interval[1]) < 0


def paper() -> str:
    """The text of `WRITTEN`."""
    made = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 -- Markdown
    return made.from_string(TEMPLATE.read_text("utf-8")).render(figures())
