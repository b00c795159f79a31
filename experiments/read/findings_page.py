"""The page of findings: what is one, how large it is, and what the model leaves open.

python -m divide.experiments.read.findings_page            run what is missing, print the page
python -m divide.experiments.read.findings_page --write    and write docs/findings.md
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from divide.experiments.read import findings
from divide.experiments.read.findings import MEASURES, SHARE, VARIANTS, Measure
from divide.experiments.read.load import Sweep
from divide.experiments.text import markdown
from divide.model.policy.policy import REFERENCE, Policy

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
HEAD = """\
# Findings

*Written by `python -m docs.pages --write findings`; do not edit by hand.*

Which policy package does better than which? The packages spend the same budget; every one was run
from {start} to {until} on {draws} draws of all that is uncertain (fitted parameters jointly, the
others over their declared ranges, imputed figures, what happens to countries), each with random
numbers of its own that all packages share. A ranking of two packages is called **a finding only
where it holds in at least {share:.0%} of the draws and, with the same share, in every structural
variant** of the model ({variant_draws} draws each). Everything else is left open. The variants:

{variants}

A finding is not a forecast, nor a claim about the world beyond the model. What levers do, their
strengths and costs, and most effects outside internet use and account holding are assumed
([what was validated](validation.md)), and the variants change a few mechanisms, not all. Levers are
built to help, so that a package does better than the status quo says little; that it does better
than another package for the same money says more. With {draws} draws a share of {share:.0%} is
known to about {error:.0f} percentage points either way (95 %); the fewer draws of a variant can
refute a ranking better than confirm it.
"""


def page(sweeps: Mapping[str, Sweep]) -> str:
    """The page as Markdown.

    Args:
        sweeps: Each variant's sweep, the model as it is first.
    """
    first, *others = sweeps.values()
    draws = first.experiment.design.n
    parts = [
        HEAD.format(
            start=first.experiment.base.start,
            until=first.experiment.base.until,
            draws=draws,
            share=SHARE,
            variants="\n".join(f"- `{variant.name}`: {variant.what}" for variant in VARIANTS[1:]),
            variant_draws=others[0].experiment.design.n if others else 0,
            error=100 * 1.96 * np.sqrt(SHARE * (1 - SHARE) / draws),
        )
    ]
    parts += [section(measure, sweeps) for measure in MEASURES]
    parts.append(spending(first))
    return "\n".join(parts)


def section(measure: Measure, sweeps: Mapping[str, Sweep]) -> str:
    """One measure: against the status quo, between packages, what is open."""
    tables = {name: findings.values(loaded, measure) for name, loaded in sweeps.items()}
    shares = {name: findings.shares(table, measure.better) for name, table in tables.items()}
    verdicts = findings.verdicts(shares)
    found = verdicts[verdicts["finding"]]
    open_ = verdicts[~verdicts["finding"]]
    first = next(iter(tables.values()))
    until = next(iter(sweeps.values())).experiment.base.until
    lines = [
        f"## {measure.title}",
        "",
        f"In {until}; {measure.better} is better. Differences from the status quo, median and 5 to "
        f"95 % of the draws, in {measure.unit}; share of draws in which the package does better, "
        "and the least share over the variants:",
        "",
        against_reference(first, shares, verdicts),
    ]
    between = found[(found["better"] != REFERENCE) & (found["worse"] != REFERENCE)]
    if len(between):
        lines += ["Findings between packages:", ""]
        for better, group in between.groupby("better", sort=False):
            worse = ", ".join(title(name) for name in group["worse"])
            lines.append(f"- **{title(str(better))}** does better than {worse}.")
    else:
        lines.append("No ranking between two packages is a finding.")
    lines += ["", left_open(open_), ""]
    return "\n".join(lines)


def against_reference(
    first: pd.DataFrame, shares: Mapping[str, pd.DataFrame], verdicts: pd.DataFrame
) -> str:
    """The table of each package against the status quo."""
    rows = []
    for name in [name for name in first.columns if name != REFERENCE]:
        difference = first[name] - first[REFERENCE]
        low, middle, high = np.quantile(difference, [0.05, 0.5, 0.95])
        by_variant = {key: float(table.loc[name, REFERENCE]) for key, table in shares.items()}
        where = min(by_variant, key=lambda key: by_variant[key])
        own = by_variant[next(iter(by_variant))]
        pair = {name, REFERENCE}
        match = verdicts[[{a, b} == pair for a, b in zip(verdicts["better"], verdicts["worse"],
                                                         strict=True)]]  # fmt: skip
        verdict = "open"
        if len(match) and match["finding"].iloc[0]:
            verdict = "**better**" if match["better"].iloc[0] == name else "**worse**"
        least = f"{by_variant[where]:.0%}"
        if verdict == "open":
            least += f" (`{where}`)"
        rows.append((title(name), f"{middle:+.3g}", f"{low:+.3g} to {high:+.3g}", f"{own:.0%}",
                     least, verdict))  # fmt: skip
    head = ("package", "median", "5 to 95 %", "share", "least share", "verdict")
    return markdown.table(head, rows)


def left_open(verdicts: pd.DataFrame) -> str:
    """The pairs that are no finding, and where they fail."""
    if verdicts.empty:
        return "Every pair is decided."
    lines = ["Left open (share of draws in the model as it is, least share over the variants):", ""]
    for row in verdicts.to_dict("records"):
        pair = f"{title(row['better'])} before {title(row['worse'])}"
        lines.append(f"- {pair}: {row['share']:.0%}, {row['least']:.0%} (`{row['where']}`)")
    return "\n".join(lines)


def spending(loaded: Sweep) -> str:
    """What each package really spends, mean over the draws."""
    until = loaded.experiment.base.until
    table = loaded.query(
        "SELECT policy, avg(spend) / 1e9 AS usd FROM model WHERE year = $until GROUP BY policy",
        {"until": until},
    ).set_index("policy")["usd"]
    rows = [(title(name), f"{table[name]:,.0f}") for name in loaded.experiment.names]
    return "## Spending\n\n" + markdown.table(("package", "US\\$ billion over the run, mean"), rows)


def title(name: str) -> str:
    """A package's title."""
    return Policy.load(name).title


def main() -> None:
    """Run the variants and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/findings.md")
    parser.add_argument("--out", type=Path, help="folder of the sweeps")
    parser.add_argument("--draws", type=int, help="draws of the model as it is [default: all]")
    parser.add_argument(
        "--variant-draws", type=int, default=findings.VARIANT_DRAWS, help="and of variants"
    )
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    folder = given.out or findings.default_folder()
    # All draws are read before the first run: a file that changes meanwhile cannot mix in.
    asked = {
        variant.name: findings.experiment(variant, given.variant_draws if k else given.draws)
        for k, variant in enumerate(VARIANTS)
    }
    sweeps = {
        name: findings.run(each, folder / name, given.workers) for name, each in asked.items()
    }
    text = page(sweeps)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main()
