"""Paired differences between the policies of a sweep, with intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.plan.experiment import Experiment
from divide.experiments.plan.intervals import Array, half_width, mean_interval, predictive
from divide.experiments.plan.precision import needed
from divide.experiments.read.load import Sweep
from divide.experiments.text.headline import LEVELS
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES

#: Columns of a difference: over replicates of one run, with 95 %, and over draws, with 90 %.
MEANS = ("reference_mean", "policy_mean", "difference", "lo95", "hi95")
MEDIANS = ("reference_median", "policy_median", "difference", "lo90", "hi90")


def differences(
    sweep: Sweep, outcomes: Sequence[str] | None = None, *, incomplete: bool = False
) -> pd.DataFrame:
    """Each policy against the reference at the end of the runs, replicate by replicate.

    Args:
        sweep: A loaded sweep that has a reference.
        outcomes: Those of interest; all that were kept by default.
        incomplete: Go on without the pairs in which a run failed or is missing.

    Returns:
        One row a policy, point and outcome: policy, point, outcome, unit, and the columns of
        `MEANS` and n (pairs): the interval is Student's t of the mean over replicates. With draws
        (of the posterior, or futures without the central run) the points are the sample, a draw's
        replicates are averaged first, `point` is -1, and the columns are those of `MEDIANS`, n and
        those of `LEVELS`: intervals are those of one more draw.

    Raises:
        InputError: Runs are missing, there is no reference, or an outcome was not kept.
    """
    pairs = paired(sweep, outcomes, incomplete=incomplete)
    experiment = sweep.experiment
    drawn = experiment.predictive or experiment.design.kind == "posterior"
    if drawn:
        pairs = pairs[pairs["point"] >= experiment.predictive]
        keys, values = ["policy", "outcome", "point"], ["reference", "value"]
        pairs = pairs.groupby(keys, as_index=False, sort=False)[values].mean().assign(point=-1)
    return of_pairs(pairs, drawn=drawn)


def of_pairs(pairs: pd.DataFrame, *, drawn: bool) -> pd.DataFrame:
    """The rows of `differences` from pairs of values.

    Args:
        pairs: policy, point, outcome, reference and value, one row a pair.
        drawn: Whether the pairs are draws.
    """
    rows = []
    for (policy, point, outcome), group in pairs.groupby(
        ["policy", "point", "outcome"], sort=False
    ):
        before, after = group["reference"].to_numpy(float), group["value"].to_numpy(float)
        figures = (_of_draws if drawn else _of_replicates)(before, after)
        rows.append((policy, point, outcome, OUTCOMES[outcome].unit, *map(float, figures)))
    names = [*MEDIANS, "n", *LEVELS] if drawn else [*MEANS, "n"]
    made = pd.DataFrame(rows, columns=["policy", "point", "outcome", "unit", *names])
    return made.astype({"n": int})


def _of_replicates(before: Array, after: Array) -> tuple[Any, ...]:
    """The columns of `MEANS`, and n, from values by replicate (n,)."""
    return before.mean(), after.mean(), *mean_interval(after - before), len(before)


def _of_draws(before: Array, after: Array) -> tuple[Any, ...]:
    """The columns of `MEDIANS`, n and the columns of `LEVELS` from values by draw (n,)."""
    reference, policy = predictive(before), predictive(after)
    middles = reference[0], policy[0], *predictive(after - before)
    return *middles, len(before), *reference[1:], *policy[1:]


def over_points(differences: pd.DataFrame) -> pd.DataFrame:
    """The rows of `differences` in short: what becomes of each policy over the points.

    Every point counts once. A design spans its ranges, so there is no interval: what varies from
    point to point is the world, and the range shows how much of the difference hangs on it.

    Returns:
        One row a policy and outcome: policy, outcome, unit, points, difference (mean over points),
        lowest, highest, and above_zero, the share of points where the difference is positive.
    """
    groups = differences.groupby(["policy", "outcome", "unit"], as_index=False, sort=False)
    return groups.agg(
        points=("point", "nunique"),
        difference=("difference", "mean"),
        lowest=("difference", "min"),
        highest=("difference", "max"),
        above_zero=("difference", lambda sample: float((sample > 0).mean())),
    )


def paired(
    sweep: Sweep, outcomes: Sequence[str] | None = None, *, incomplete: bool = False
) -> pd.DataFrame:
    """Runs side by side with the reference's: policy, point, replicate, outcome, reference, value.

    Raises:
        InputError: As for `differences`.
    """
    experiment = sweep.experiment
    if experiment.reference is None or not experiment.others:
        raise InputError("paired differences need a reference and another policy; one is missing")
    chosen = list(experiment.outcomes if outcomes is None else outcomes)
    return side_by_side(experiment, sweep.ends(chosen, incomplete=incomplete), chosen)


def side_by_side(experiment: Experiment, ends: pd.DataFrame, outcomes: list[str]) -> pd.DataFrame:
    """The rows of `paired` from the ends of runs: policy, point, replicate and outcomes."""
    keys = ["policy", "point", "replicate"]
    long = ends.melt(id_vars=keys, value_vars=outcomes, var_name="outcome")
    reference = long[long["policy"] == experiment.reference].drop(columns="policy")
    others = long[long["policy"] != experiment.reference]
    joined = others.merge(
        reference.rename(columns={"value": "reference"}), on=["point", "replicate", "outcome"]
    )
    rank = {name: place for place, name in enumerate(experiment.names)}
    order = {name: place for place, name in enumerate(outcomes)}
    joined["_rank"], joined["_order"] = joined["policy"].map(rank), joined["outcome"].map(order)
    joined = joined.sort_values(["_rank", "point", "_order", "replicate"], ignore_index=True)
    return joined[[*keys, "outcome", "reference", "value"]]


def replicates_needed(
    sweep: Sweep, outcome: str, width: float, *, incomplete: bool = False
) -> pd.DataFrame:
    """How many replicates would give each mean difference a 95 % interval of +-`width`.

    Args:
        sweep: A loaded sweep with at least two replicates.
        outcome: Outcome judged.
        width: Half width asked for, in the unit of the outcome.
        incomplete: Go on without the pairs in which a run failed or is missing.

    Returns:
        policy, point, replicates (so far), half_width (so far), needed.

    Raises:
        InputError: As for `differences`, or there are fewer than two replicates.
    """
    if not width > 0:
        raise InputError(f"precision: {width:g} is not a positive half width")
    pairs = paired(sweep, [outcome], incomplete=incomplete)
    rows = []
    for (policy, point), group in pairs.groupby(["policy", "point"], sort=False):
        sample = (group["value"] - group["reference"]).to_numpy(float)
        if sample.size < 2:
            raise InputError("the spread of a difference needs at least two replicates; run more")
        rows.append((policy, point, sample.size, half_width(sample), needed(sample, width)))
    columns = ["policy", "point", "replicates", "half_width", "needed"]
    return pd.DataFrame(rows, columns=columns)


def better_share(sweep: Sweep, outcome: str, *, incomplete: bool = False) -> pd.DataFrame:
    """Share of points in which the policy of a row does better than that of a column.

    Averages over replicates are compared point by point; for posterior draws the share estimates
    the probability. Ties count for neither.

    Returns:
        Square frame, policies by policies, NaN on the diagonal.

    Raises:
        InputError: Runs are missing, or neither direction of the outcome is better.
    """
    table = signed(sweep, outcome, incomplete=incomplete)
    names = list(table.columns)
    shares = pd.DataFrame(np.nan, index=names, columns=names)
    for a in names:
        for b in names:
            if a != b:
                both = table[[a, b]].dropna()
                shares.loc[a, b] = float((both[a] < both[b]).mean())
    return shares


def signed(sweep: Sweep, outcome: str, *, incomplete: bool = False) -> pd.DataFrame:
    """The outcome at the end by point (rows) and policy (columns), so that less is better."""
    better = OUTCOMES[outcome].better
    if better == "neither":
        raise InputError(f"{outcome}: neither direction is better, so policies cannot be ranked")
    ends = sweep.ends([outcome], incomplete=incomplete)
    ends = ends[ends["point"] >= sweep.experiment.predictive]  # the central run is no draw
    table = ends.pivot_table(index="point", columns="policy", values=outcome, aggfunc="mean")
    table = table[[name for name in sweep.experiment.names if name in table.columns]]
    return table if better == "lower" else -table
