"""A comparison as it is read from its runs: tables, paired differences and what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from math import nan
from typing import Self

import numpy as np
import pandas as pd

from divide.experiments.keep.identity import data_digest
from divide.experiments.keep.shards import RUN
from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.intervals import Array, predictive
from divide.experiments.plan.kept import TABLES
from divide.experiments.read.load import DONE, Sweep
from divide.experiments.read.paired import MEANS, MEDIANS, of_pairs, side_by_side
from divide.experiments.text.headline import LEVELS, Row, text_rows
from divide.experiments.text.policies import speculative_levers
from divide.experiments.text.units import money, plain
from divide.model.declare.errors import InputError
from divide.model.outcomes import COUNTRY, OUTCOMES
from divide.model.scenario import Scenario

KEYS = ["policy", "replicate", "seed"]
#: Outcomes that are shown where there is room for a few lines.
SHOWN = ("usage_mean", "people_offline", "usage_gini", "usage_p90_p10_gap", "ecommerce_value")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Policies side by side on the same seeds.

    With draws, figures are medians over the futures of `plan/uncertainty.py` and intervals hold 90
    % of them; replicate 0 is the central run and no part of them. Without, figures are means over
    replicates of the central run, and intervals describe Monte-Carlo uncertainty only.

    Attributes:
        experiment: What was run; its first policy is the reference.
        tables: Tidy frames by the names of `TABLES`, columns `KEYS` first. Replicate r has the
            seed of the experiment plus r; with draws it is also draw r, and 0 the central run.
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

    @property
    def predictive(self) -> bool:
        """Whether the replicates are a central run and draws of what may come."""
        return self.experiment.predictive

    @property
    def level(self) -> str:
        """What an interval holds, as people read it."""
        return "90 %" if self.predictive else "95 %"

    @cached_property
    def sampled(self) -> int:
        """Runs of each policy behind a figure: draws, or replicates."""
        return int(self.sample("model")["replicate"].nunique())

    def sample(self, name: str) -> pd.DataFrame:
        """The rows of a table that figures are taken over: all, or those of the draws."""
        return self._samples[name]

    @cached_property
    def _samples(self) -> dict[str, pd.DataFrame]:
        if not self.predictive:
            return self.tables
        return {name: table[table["replicate"] > 0] for name, table in self.tables.items()}

    def spread(self, values: Array) -> tuple[Array, Array, Array]:
        """Middle, low and high of values by replicate, (replicates, ...): how a figure is drawn.

        Over draws median and 90 % interval, else mean, least and greatest.
        """
        if self.predictive:
            return predictive(values)
        return values.mean(axis=0), values.min(axis=0), values.max(axis=0)

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
            One row for each policy but the reference and outcome: outcome, unit, policy, and, in
            the outcome's unit, reference_mean, policy_mean, difference, lo95, hi95, then
            replicates: means over replicates and Student's t interval of the mean difference.
            With draws reference_median, policy_median, difference (median of the differences),
            lo90, hi90, then draws, reference_lo90, reference_hi90, policy_lo90, policy_hi90, and
            reference_central, policy_central and difference_central, those of the central run. An
            interval is NaN with one replicate, and everything is NaN where any replicate lacks the
            outcome.
        """
        return self._differences.copy()

    @cached_property
    def _differences(self) -> pd.DataFrame:
        ends = self.at_end().reset_index().assign(point=0)
        outcomes = [name for name in OUTCOMES if name in ends.columns]
        pairs = side_by_side(self.experiment, ends, outcomes)
        if not self.predictive:
            found = of_pairs(pairs, drawn=False).rename(columns={"n": "replicates"})
            return found[["outcome", "unit", "policy", *MEANS, "replicates"]]
        found = of_pairs(pairs[pairs["replicate"] > 0], drawn=True).rename(columns={"n": "draws"})
        found = found[["outcome", "unit", "policy", *MEDIANS, "draws", *LEVELS]]
        return found.merge(_central(pairs), on=["policy", "outcome"], how="left")

    def outcomes(self) -> pd.DataFrame:
        """Every outcome of every policy at the end of the runs.

        Returns:
            One row a policy and outcome: policy, outcome, unit, central (NaN without draws),
            middle, low and high (see `spread`).
        """
        ends = self.at_end()
        rows = []
        for policy in self.names:
            own = ends.loc[policy]
            for name in (name for name in OUTCOMES if name in ends.columns):
                values = own[name].to_numpy(float)
                drawn = own.index > 0 if self.predictive else own.index >= 0
                central = values[~drawn][0] if (~drawn).any() else nan
                spread = (float(each) for each in self.spread(values[drawn]))
                rows.append((policy, name, OUTCOMES[name].unit, central, *spread))
        columns = ["policy", "outcome", "unit", "central", "middle", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def countries(self) -> pd.DataFrame:
        """Every country at the end of the runs, by policy: the columns of the country table.

        Returns:
            One row a policy, country and column: policy, iso3, column, unit, central (NaN without
            draws), middle, low and high (see `spread`), and difference, difference_low and
            difference_high from the reference in the same replicate (NaN for the reference).
        """
        ends = self.sample("country")
        ends = ends[ends["year"] == self.base.until]
        iso3 = ends["iso3"].unique()
        shape = (len(self.names), self.sampled, len(iso3))
        central = self.tables["country"]
        central = central[(central["year"] == self.base.until) & (central["replicate"] == 0)]
        parts = []
        for column in self.experiment.countries:
            values = ends[column].to_numpy(float).reshape(shape)
            alone = central[column].to_numpy(float).reshape(shape[0], -1, shape[2])
            for k, name in enumerate(self.names):
                middle, low, high = self.spread(values[k])
                change = self.spread(values[k] - values[0]) if k else np.full((3, len(iso3)), nan)
                parts.append(
                    pd.DataFrame(
                        {
                            "policy": name,
                            "iso3": iso3,
                            "column": column,
                            "unit": COUNTRY[column].unit,
                            "central": alone[k, 0] if self.predictive and alone.size else nan,
                            "middle": middle,
                            "low": low,
                            "high": high,
                            "difference": change[0],
                            "difference_low": change[1],
                            "difference_high": change[2],
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True)

    def spending(self) -> pd.DataFrame:
        """US$ actually spent over the whole run: policy, lever, usd (mean over the sample)."""
        return self._spending.copy()

    @cached_property
    def _spending(self) -> pd.DataFrame:
        spend = self.sample("spend")
        total = spend.groupby(["policy", "lever"], as_index=False, sort=True)[["usd"]].sum()
        total["usd"] /= self.sampled
        return total

    def cost(self, policy: str) -> float:
        """US$ actually spent by one policy over the whole run, mean over the sample."""
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
        count = f"{'draws' if self.predictive else 'replicates'}: {self.sampled}"
        return f"Comparison of {names}, {base.start} to {base.until}, {count}"

    def _repr_html_(self) -> str:
        """A small table for notebooks."""
        head = ("policy", "outcome", "unit", self.titles[self.names[0]], "difference", self.level)
        rows = [
            (policy, row.label, row.unit, row.reference, row.difference, row.interval)
            for policy, _, row in self.shown()
        ]
        return f"<p>{escape(str(self))}</p>{html_table(head, rows)}"


def _central(pairs: pd.DataFrame) -> pd.DataFrame:
    """What the central run found: policy, outcome and its columns of a difference."""
    alone = pairs[pairs["replicate"] == 0]
    return pd.DataFrame(
        {
            "policy": alone["policy"],
            "outcome": alone["outcome"],
            "reference_central": alone["reference"],
            "policy_central": alone["value"],
            "difference_central": alone["value"] - alone["reference"],
        }
    )


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
