"""A comparison as it is read from its runs: tables, paired differences and what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Self

import numpy as np
import pandas as pd

from divide.experiments.keep.identity import data_digest
from divide.experiments.keep.shards import RUN
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.kept import TABLES
from divide.experiments.read.load import DONE, Sweep
from divide.experiments.read.paired import of_pairs, side_by_side
from divide.experiments.text.headline import Row, text_rows
from divide.experiments.text.policies import speculative_levers
from divide.experiments.text.units import money, plain
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES
from divide.model.scenario import Scenario

KEYS = ["policy", "replicate", "seed"]
#: Outcomes that are shown where there is room for a few lines.
SHOWN = ("usage_mean", "people_offline", "usage_gini", "usage_p90_p10_gap", "ecommerce_value")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Policies side by side on the same seeds.

    With fixed parameters the intervals describe Monte-Carlo uncertainty only. With draws of the
    parameters they say where the difference lies for one more draw: fitted parameters and chance
    vary, all else is fixed.

    Attributes:
        experiment: What was run; its first policy is the reference.
        tables: Tidy frames by the names of `TABLES`, columns `KEYS` first. Replicate r has the
            seed of the experiment plus r; with draws it is also draw r.
        replicates: Runs of each policy that are compared.
        left_out: Replicates that are not, because a run of them failed or is missing.
        result_digest: SHA-256 of every figure that was kept.
        world_digest: SHA-256 of the country figures that the runs started from.
    """

    experiment: Experiment
    tables: dict[str, pd.DataFrame]
    replicates: int
    left_out: int
    result_digest: str
    world_digest: str

    @classmethod
    def of(cls, loaded: Sweep, *, incomplete: bool = False) -> Self:
        """The comparison that a folder holds.

        Args:
            loaded: The folder, loaded.
            incomplete: Leave out replicates in which a run failed or is missing, instead of
                refusing.

        Raises:
            InputError: It holds none, or runs failed or are missing.
        """
        experiment = loaded.experiment
        if not experiment.report:
            raise InputError(f"{loaded.folder}: keeps too little for a report; see `divide run`")
        if not incomplete:
            loaded.check_complete()
        runs = loaded.runs.copy()
        # There is one point, or one replicate at each: both are numbered like their seeds.
        runs["replicate"] = runs["replicate"] * len(experiment.points) + runs["point"]
        runs["seed"] = experiment.base.seed + runs["replicate"]
        whole = (runs["status"] == DONE).groupby(runs["replicate"]).transform("all")
        count = int(whole.sum()) // len(experiment.policies)
        if not count:
            raise InputError(f"{loaded.folder}: in no replicate the runs of all policies are done")
        rank = {name: place for place, name in enumerate(experiment.names)}
        runs = runs[whole].sort_values("policy", key=lambda names: names.map(rank), kind="stable")
        return cls(
            experiment,
            {name: _keyed(loaded.rows(name), runs) for name in TABLES},
            count,
            len(whole) // len(experiment.policies) - count,
            loaded.result_digest,
            data_digest(),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the policies, the reference first."""
        return self.experiment.names

    @property
    def base(self) -> Scenario:
        """Period, first seed, size and parameters of all runs."""
        return self.experiment.base

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the parameters that vary over replicates."""
        return tuple(factor.name for factor in self.experiment.factors)

    @cached_property
    def titles(self) -> dict[str, str]:
        """A title for each policy, fit to print and different from the others'."""
        policies = self.experiment.policies.values()
        titles = {policy.name: plain(policy.title) or policy.name for policy in policies}
        several = list(titles.values())
        return {
            name: title if several.count(title) == 1 else f"{title} ({name})"
            for name, title in titles.items()
        }

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Each policy's scenario with the first seed."""
        policies = self.experiment.policies
        return {name: replace(self.base, policy=policy) for name, policy in policies.items()}

    @cached_property
    def speculative(self) -> dict[str, list[str]]:
        """By policy, labels of the levers in use for which no outcome data exist."""
        policies = self.experiment.policies
        return {name: speculative_levers(policy) for name, policy in policies.items()}

    def at_end(self) -> pd.DataFrame:
        """The model table at the last record of each run, indexed by policy and replicate."""
        return self.tables["model"].drop_duplicates(KEYS, keep="last").set_index(KEYS[:2])

    def differences(self) -> pd.DataFrame:
        """Each policy against the reference at the end of the run.

        Returns:
            One row for each policy but the reference and outcome: outcome, unit, policy,
            reference_mean, policy_mean, difference, lo95, hi95 (in the outcome's unit) and
            replicates. The interval is Student's t over the paired differences, of their mean or,
            if parameters are drawn, of one more difference; it is NaN with one replicate, and
            everything is NaN where any replicate lacks the outcome.
        """
        return self._differences.copy()

    @cached_property
    def _differences(self) -> pd.DataFrame:
        ends = self.at_end().reset_index().assign(point=0)
        outcomes = [name for name in OUTCOMES if name in ends.columns]
        pairs = side_by_side(self.experiment, ends, outcomes)
        found = of_pairs(pairs, drawn=bool(self.drawn)).rename(columns={"n": "replicates"})
        names = ["outcome", "unit", "policy", "reference_mean", "policy_mean", "difference"]
        return found[[*names, "lo95", "hi95", "replicates"]]

    def spending(self) -> pd.DataFrame:
        """US$ actually spent over the whole run: policy, lever, usd (mean over replicates)."""
        spend = self.tables["spend"]
        total = spend.groupby(["policy", "lever"], as_index=False, sort=True)[["usd"]].sum()
        total["usd"] /= self.replicates
        return total

    def cost(self, policy: str) -> float:
        """US$ actually spent by one policy over the whole run, mean over replicates."""
        spending = self.spending()
        return float(spending.loc[spending["policy"] == policy, "usd"].sum())

    def shown(self) -> list[tuple[str, str, Row]]:
        """A few lines for people: title of the policy, what it spent, and an outcome."""
        return [
            (self.titles[name], money(self.cost(name)), row)
            for name in self.names[1:]
            for row in text_rows(self._differences, name, SHOWN)
        ]

    def __repr__(self) -> str:
        """What was compared, and the first differences."""
        lines = [str(self)]
        for policy, cost, row in self.shown():
            if row.outcome == SHOWN[0]:
                lines.append(f"{policy}, {cost} spent, less {self.titles[self.names[0]]}:")
            unit = "" if row.unit.startswith("%") else f" {row.unit}"
            lines.append(f"  {row.label}: {row.difference}{unit} ({row.interval})")
        return "\n".join(lines)

    def __str__(self) -> str:
        """What was compared, in a line."""
        base, names = self.base, ", ".join(self.names)
        return f"Comparison of {names}, {base.start} to {base.until}, replicates: {self.replicates}"

    def _repr_html_(self) -> str:
        """A small table for notebooks."""
        head = ("policy", "outcome", "unit", self.titles[self.names[0]], "difference", "95 %")
        rows = [
            (policy, row.label, row.unit, row.reference, row.difference, row.interval)
            for policy, _, row in self.shown()
        ]
        return f"<p>{escape(str(self))}</p>{html_table(head, rows)}"


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in HTML, its texts escaped."""
    lines = [
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
        for tag, row in [("th", head), *(("td", row) for row in rows)]
    ]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _keyed(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """A table of stored runs under the keys of the comparison, in the order of `runs`."""
    numbers, stored = frame.pop(RUN).to_numpy(), runs["stored"].to_numpy()
    first = np.searchsorted(numbers, stored, side="left")
    last = np.searchsorted(numbers, stored, side="right")
    rows = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
    table = frame.take(np.concatenate(rows)).reset_index(drop=True)
    for position, key in enumerate(KEYS):
        column = runs[key].repeat(last - first).reset_index(drop=True)
        table.insert(position, key, column.astype(str) if key == "policy" else column)
    return table
