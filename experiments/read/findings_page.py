"""The page of findings: what is one, how large it is, and what the model leaves open.

python -m divide.experiments.read.findings_page            run what is missing, print the page
python -m divide.experiments.read.findings_page --write    and write docs/findings.md
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import binom

from divide.experiments.carry.calls import Workers
from divide.experiments.plan.draws import SHIPPED, read_draws
from divide.experiments.read import findings, information, invariance
from divide.experiments.read.claims import SHIPPED as OF_CLAIMS
from divide.experiments.read.findings import (
    AS_IS,
    MEASURES,
    PRICE,
    SHARE,
    TREND,
    VARIANTS,
    Measure,
    Variant,
)
from divide.experiments.read.information import Worth
from divide.experiments.read.load import Sweep
from divide.experiments.text import markdown
from divide.model.declare.yamlfile import dump_yaml
from divide.model.policy.policy import REFERENCE, Policy

CLAIMS = OF_CLAIMS / "findings.yaml"
PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
#: Unknowns told for each measure.
MOST_UNKNOWNS = 6
HEAD = """\
# Findings

*Written by `python -m docs.pages --write findings`; do not edit by hand.*

Which policy package does better than which? The packages spend the same budget; every one was run
from {start} to {until} on {draws} draws of all that is uncertain (fitted parameters jointly, in
turn the {rows} rows of the posterior; the others over their declared ranges; imputed figures;
what happens to countries), each with random numbers of its own that all packages share. A ranking
of two packages is called **a finding only where it holds in at least {share:.0%} of the draws and,
with the same share, in every structural variant** of the model ({variant_draws} draws each, the
same for all variants). Everything else is left open. A variant fixes what it names and leaves the
rest of each draw as it is. The variants:

{variants}

A finding is not a forecast, nor a claim about the world beyond the model. What levers do, their
strengths and costs, and most effects outside internet use and account holding are assumed
([what was validated](validation.md)), and the variants change a few mechanisms, not all. Levers are
built to help, so that a package does better than the status quo says little; that it does better
than another package for the same money says more. With {draws} draws a share of {share:.0%} is
known to about {error:.0f} percentage points either way (95 %). The fewer draws of a variant tell
less: a ranking that holds in 95 % of all draws falls short of {share:.0%} in {variant_draws} of
them with a chance of {luck:.0%}, so that one that is open by a narrow miss in a variant may be a
finding on more draws. What the agents are for is in [ablation](ablation.md).
"""


def page(sweeps: Mapping[str, Sweep], added: pd.DataFrame) -> str:
    """The page as Markdown.

    Args:
        sweeps: Each variant's sweep, the model as it is first.
        added: What policies add where imputed levels are wrong (see `invariance.effects`).
    """
    first, *others = sweeps.values()
    base, draws = first.experiment.base, first.experiment.design.n
    fewer = others[0].experiment.design.n if others else draws
    head = HEAD.format(
        start=base.start,
        until=base.until,
        draws=draws,
        rows=len(read_draws(SHIPPED)),
        share=SHARE,
        variants="\n".join(f"- `{variant.name}`: {variant.what}" for variant in VARIANTS[1:]),
        variant_draws=fewer,
        luck=binom.cdf(np.ceil(SHARE * fewer) - 1, fewer, 0.95),
        error=100 * 1.96 * np.sqrt(SHARE * (1 - SHARE) / draws),
    )
    read = {measure.name: Read.of(measure, sweeps) for measure in MEASURES}
    known = information.unknowns(first)
    return "\n".join(
        [
            head,
            unidentified(
                "## First: the fate of the common trend",
                "Services, handsets and content lift use everywhere. Whether they go on to do so "
                "cannot be told from figures that end today, and it decides how many stay offline "
                f"in {base.until}. `as_is` draws the decline from its prior.",
                (AS_IS, *TREND),
                read,
            ),
            unidentified(
                "## The price of data",
                "Panels of prices are mostly noise; the slope comes from studies, and figures of "
                "use do not update it.",
                (AS_IS, *PRICE),
                read,
            ),
            summary(read, known),
            *(section(measure, read[measure.name]) for measure in MEASURES),
            spending(first),
            invariance.section(added, base.until),
        ]
    )


@dataclass(frozen=True)
class Read:
    """What the sweeps say of a measure.

    Attributes:
        values: By variant, the measure by draw and policy, the model as it is first.
        shares: By variant, share of draws in which one policy does better than another.
        verdicts: See `findings.verdicts`.
    """

    values: Mapping[str, pd.DataFrame]
    shares: Mapping[str, pd.DataFrame]
    verdicts: pd.DataFrame

    @classmethod
    def of(cls, measure: Measure, sweeps: Mapping[str, Sweep]) -> Self:
        """The reading of a measure."""
        values = {name: findings.values(loaded, measure) for name, loaded in sweeps.items()}
        shares = {name: findings.shares(table, measure.better) for name, table in values.items()}
        return cls(values, shares, findings.verdicts(shares))


def unidentified(
    heading: str, why: str, variants: Sequence[Variant], read: Mapping[str, Read]
) -> str:
    """People offline and what a package gains for the money, by what figures leave open."""
    rows = []
    for variant in variants:
        offline = read["people_offline"].values[variant.name][REFERENCE]
        gained = read["years_gained"].values[variant.name].drop(columns=REFERENCE)
        low, middle, high = np.quantile(offline, [0.05, 0.5, 0.95])
        best = gained.median().idxmax()
        rows.append(
            [
                f"`{variant.name}`: {variant.what}",
                f"{middle:,.0f} ({low:,.0f} to {high:,.0f})",
                *(f"{value:.2g}" for value in gained.median()),
                title(str(best)),
            ]
        )
    names = [title(name) for name in gained.columns]
    head = ["", "offline under the status quo, million (5 to 95 %)", *names, "most"]
    return (
        f"{heading}\n\n{why} For each package: person-years online gained per US\\$ 1,000, "
        "medians over draws.\n\n" + markdown.table(head, rows)
    )


def summary(read: Mapping[str, Read], known: pd.DataFrame) -> str:
    """How many rankings survive, and what knowledge would settle most of the others."""
    rows, worths = [], {}
    for measure in MEASURES:
        mine = read[measure.name]
        worths[measure.name] = worth_of(measure, mine, known)
        between = packages_only(mine.verdicts)
        open_ = between[~between["finding"]]
        by_draws = int((open_["share"] < SHARE).sum())
        rows.append(
            [measure.title, len(between), int(between["finding"].sum()), by_draws,
             len(open_) - by_draws]
        )  # fmt: skip
    head = ["measure", "rankings of packages", "findings", f"open: under {SHARE:.0%} of the draws",
            "open: only in a variant"]  # fmt: skip
    parts = ["## What survives, and what would have to be known\n", markdown.table(head, rows)]
    parts += [
        "A ranking that fails in a variant alone would be settled by knowing which variant holds "
        "(they stand beside each open ranking below). The others are left open by what is drawn. "
        "If one unknown were known, how many of them could be expected to reach "
        f"{SHARE:.0%}, and what would choosing the best package by it gain? (Expected value of "
        "partial perfect information, by regression; what chance would give is taken off, and what "
        "does not beat chance is left out.)\n",
        worth_table(worths),
        variants_table(read),
    ]
    return "\n".join(parts)


def packages_only(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The rankings between two packages."""
    return verdicts[(verdicts["better"] != REFERENCE) & (verdicts["worse"] != REFERENCE)]


def worth_of(measure: Measure, read: Read, known: pd.DataFrame) -> Worth:
    """What knowing each unknown is worth for a measure."""
    between = packages_only(read.verdicts)
    left = between[between["share"] < SHARE]
    pairs = list(zip(left["better"], left["worse"], strict=True))
    first = next(iter(read.values.values())).drop(columns=REFERENCE)
    return information.worth(first, measure.better, known.loc[first.index], pairs, SHARE)


def worth_table(worths: Mapping[str, Worth]) -> str:
    """The unknowns that settle or gain most, in all and by measure."""
    rows = _over_all(worths)
    for measure in MEASURES:
        found = worths[measure.name]
        left = f"{found.open} open; everything known gains {found.perfect:.3g} {measure.unit}"
        if found.table.empty:
            rows.append([measure.title, "none alone beats chance", "", "", left])
        for k, row in enumerate(found.table.head(MOST_UNKNOWNS).to_dict("records")):
            name = measure.title if k == 0 else ""
            part = row["gain"] / found.perfect if found.perfect else 0.0
            rows.append([name, information.told(row["unknown"]), f"{row['settled']:.1f}",
                         f"{round(part, 2) + 0.0:.0%}", left if k == 0 else ""])  # fmt: skip
    head = ["measure", "if this were known", "rankings settled", "of the gain from knowing all",
            "in all"]  # fmt: skip
    return markdown.table(head, rows)


def _over_all(worths: Mapping[str, Worth]) -> list[list[str]]:
    """The unknowns that settle most rankings of all measures together."""
    each = pd.concat([found.table for found in worths.values()])
    settled = each.groupby("unknown")["settled"].sum().sort_values(ascending=False)
    left = f"{sum(found.open for found in worths.values())} open"
    return [
        ["**all**" if k == 0 else "", information.told(str(name)), f"{value:.1f}", "",
         left if k == 0 else ""]
        for k, (name, value) in enumerate(settled.head(MOST_UNKNOWNS).items())
    ]  # fmt: skip


def variants_table(read: Mapping[str, Read]) -> str:
    """How many rankings each variant alone leaves open, by measure."""
    rows = []
    for variant in VARIANTS[1:]:
        counts = []
        for measure in MEASURES:
            mine = read[measure.name]
            between = packages_only(mine.verdicts)
            firm = between[between["share"] >= SHARE]
            table = mine.shares[variant.name]
            pairs = zip(firm["better"], firm["worse"], strict=True)
            counts.append(sum(table.loc[better, worse] < SHARE for better, worse in pairs))
        if any(counts):
            rows.append([f"`{variant.name}`", *counts])
    if not rows:
        return "No variant turns a ranking that holds in the draws.\n"
    head = ["variant", *(measure.title for measure in MEASURES)]
    return (
        f"Rankings that hold in {SHARE:.0%} of the draws of the model as it is, and not in a "
        "variant:\n\n" + markdown.table(head, rows)
    )


def section(measure: Measure, read: Read) -> str:
    """One measure: against the status quo, between packages, what is open."""
    tables, shares, verdicts = read.values, read.shares, read.verdicts
    found = verdicts[verdicts["finding"]]
    open_ = verdicts[~verdicts["finding"]]
    first = next(iter(tables.values()))
    lines = [
        f"## {measure.title}",
        "",
        f"At the end; {measure.better} is better. Differences from the status quo, median and 5 to "
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


def claims_text(sweeps: Mapping[str, Sweep], draws: int, variant_draws: int) -> str:
    """Every ranking of the page as a file of claims (see `read.claims`).

    Args:
        sweeps: Those behind the page, by variant.
        draws: Of the model as it is.
        variant_draws: Of each other variant.
    """
    variants = {each.name: {**each.settings, **each.parameters} for each in VARIANTS}
    claims = [
        {
            "better": row["better"],
            "worse": row["worse"],
            "by": measure.name,
            "verdict": "holds" if row["finding"] else "open",
            "found": round(float(row["share"]), 4),
            "least": round(float(row["least"]), 4),
        }
        for measure in MEASURES
        for row in Read.of(measure, sweeps).verdicts.to_dict("records")
    ]
    data = {
        "title": "Rankings of policy packages on the page of findings",
        "experiment": findings.described(draws),
        "variants": {name: variants[name] for name in sweeps},
        "variant_draws": variant_draws,
        "claims": claims,
    }
    head = "# Written with docs/findings.md; `divide claims` runs it again.\n"
    return head + dump_yaml(data)


def main() -> None:
    """Run the variants and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/findings.md")
    parser.add_argument("--out", type=Path, help="folder of the sweeps")
    parser.add_argument("--draws", type=int, default=findings.DRAWS, help="of the model as it is")
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
    with Workers(given.workers or 2) as workers:
        added = invariance.effects(findings.small(), workers)
    text = page(sweeps, added)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
        CLAIMS.write_text(claims_text(sweeps, given.draws, given.variant_draws), encoding="utf-8")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main()
