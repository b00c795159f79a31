"""Paired runs: several policies meet the same luck, and their differences carry an uncertainty.

Replicate r of every policy runs with the seed of the base scenario plus r (common random
numbers), so the difference between two policies is taken seed by seed. With fixed parameters the
intervals describe Monte-Carlo uncertainty only. With draws of the parameters (see `Plan`) they say
where the difference lies for one more draw: fitted parameters and chance vary, all else is fixed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from divide.experiments.carry.signals import stop_requests
from divide.experiments.plan.plan import Plan
from divide.model.model import DigitalDivideModel
from divide.model.outcomes import OUTCOMES
from divide.model.outcomes.results import Results
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario
from divide.model.world import load_world

#: Tables of a comparison; each row starts with policy, replicate and seed.
TABLES = ("model", "country", "group", "platform", "spend")
#: Tables kept at the ends of years only, and what a row is about: by quarter they are large.
YEARLY = {"country": "iso3", "platform": "platform"}
KEYS = ["policy", "replicate", "seed"]


@dataclass(frozen=True)
class Comparison:
    """Policies run side by side on the same seeds.

    Attributes:
        plan: What was run; its first policy is the reference.
        tables: Tidy frames by the names of `TABLES`, columns `KEYS` first.
        world_digest: SHA-256 of the country figures that the runs started from.
    """

    plan: Plan
    tables: dict[str, pd.DataFrame]
    world_digest: str

    def at_end(self) -> pd.DataFrame:
        """The model table at the last record of each run, indexed by policy and replicate."""
        frame = self.tables["model"].sort_values(["year", "quarter"], kind="stable")
        return frame.groupby(["policy", "replicate"]).last()

    def differences(self) -> pd.DataFrame:
        """Each policy against the reference at the end of the run.

        Returns:
            One row for each policy but the reference and outcome: outcome, unit, policy,
            reference_mean, policy_mean, difference, lo95, hi95 (in the outcome's unit) and
            replicates. The interval is Student's t over the paired differences, of their mean or,
            if parameters are drawn, of one more difference; it is NaN with one replicate, and
            everything is NaN where any replicate lacks the outcome.
        """
        end = self.at_end()
        reference = end.loc[self.plan.names[0]]
        interval = prediction_interval if self.plan.drawn else mean_interval
        rows = []
        for name in self.plan.names[1:]:
            policy = end.loc[name]
            for outcome in [key for key in OUTCOMES if key in end.columns]:
                before = reference[outcome].to_numpy(float)
                after = policy[outcome].to_numpy(float)
                middle, low, high = interval(after - before)
                means = (before.mean(), after.mean())
                unit = OUTCOMES[outcome].unit
                rows.append((outcome, unit, name, *means, middle, low, high, before.size))
        names = ["outcome", "unit", "policy", "reference_mean", "policy_mean", "difference"]
        return pd.DataFrame(rows, columns=[*names, "lo95", "hi95", "replicates"])

    def spending(self) -> pd.DataFrame:
        """US$ actually spent over the whole run: policy, lever, usd (mean over replicates)."""
        spend = self.tables["spend"]
        total = spend.groupby(["policy", "lever"], as_index=False, sort=True)[["usd"]].sum()
        total["usd"] /= self.plan.replicates
        return total

    def cost(self, policy: str) -> float:
        """US$ actually spent by one policy over the whole run, mean over replicates."""
        spending = self.spending()
        return float(spending.loc[spending["policy"] == policy, "usd"].sum())


def mean_interval(sample: np.ndarray) -> tuple[float, float, float]:
    """Mean of a sample (n,) and its 95 % Student interval, NaN where it cannot be had."""
    return _student(sample, 1 / sample.size)


def prediction_interval(sample: np.ndarray) -> tuple[float, float, float]:
    """Mean of a sample (n,) and the 95 % Student interval of one more value of its kind."""
    return _student(sample, 1 + 1 / sample.size)


def _student(sample: np.ndarray, factor: float) -> tuple[float, float, float]:
    """Mean, and the interval of a quantity whose variance is `factor` times the sample's."""
    middle = float(sample.mean())
    if sample.size < 2 or not np.isfinite(sample).all():
        return middle, float("nan"), float("nan")
    half = stdtrit(sample.size - 1, 0.975) * sample.std(ddof=1) * np.sqrt(factor)
    return middle, middle - float(half), middle + float(half)


def compare(
    policies: Sequence[Policy],
    base: Scenario,
    replicates: int = 5,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run every policy on the same seeds.

    Args:
        policies: At least one; the first is the reference.
        base: Period, first seed, size and parameters; its own policy is not used.
        replicates: Runs of each policy; replicate r has the seed of `base` plus r.
        progress: Told (runs done, runs in all) after each run.

    Raises:
        InputError: Two policies have one name, or a seed or setting is not allowed.
    """
    return execute(Plan(tuple(policies), base, replicates), progress)


def execute(plan: Plan, progress: Callable[[int, int], None] | None = None) -> Comparison:
    """Carry out a plan, one run after another (see `compare`)."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    runs = plan.runs()
    with stop_requests() as stop:
        for done, (replicate, scenario) in enumerate(runs, start=1):
            results = DigitalDivideModel(scenario).run()
            for name, frames in parts.items():
                frames.append(_keyed(name, results, replicate, scenario))
            if progress is not None:
                progress(done, len(runs))
            if stop.is_set():
                raise KeyboardInterrupt
    tables = {name: _joined(frames, plan.names) for name, frames in parts.items()}
    return Comparison(plan, tables, load_world(plan.base.start).digest)


def _keyed(name: str, results: Results, replicate: int, scenario: Scenario) -> pd.DataFrame:
    """A table of a run under the keys of the comparison, yearly where quarters are too many."""
    frame: pd.DataFrame = getattr(results, name)
    if name in YEARLY:
        frame = frame.drop_duplicates([YEARLY[name], "year"], keep="last")
    frame = frame.copy()
    for position, key in enumerate((scenario.policy.name, replicate, scenario.seed)):
        frame.insert(position, KEYS[position], key)
    return frame


def _joined(frames: list[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """One table in the order of the policies, whatever the order of the runs."""
    filled = [frame for frame in frames if not frame.empty] or frames[:1]
    rank = {name: position for position, name in enumerate(names)}
    filled.sort(key=lambda frame: rank.get(frame["policy"].iloc[0], 0) if len(frame) else 0)
    return pd.concat(filled, ignore_index=True)
