"""Scenario discovery, and which policy stands up across the points of a design.

PRIM (Friedman and Fisher 1999), used for scenario discovery by Bryant and Lempert (2010), comes
from the EMA Workbench, an optional extra ("search").
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.read.load import Sweep
from divide.experiments.read.paired import signed
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES

#: Share of the runs in a box that must be of interest, if a box of such a share exists.
DENSITY = 0.8


def boxes(
    sweep: Sweep,
    outcome: str,
    *,
    below: float | None = None,
    above: float | None = None,
    policy: str | None = None,
    density: float = DENSITY,
) -> pd.DataFrame:
    """Ranges of the factors in which an outcome ends below or above a value.

    Args:
        sweep: A complete sweep of many points; replicates are averaged.
        outcome: An outcome that was kept.
        below: Points with less than this are of interest.
        above: Points with more than this are of interest.
        policy: Whose runs; the only one besides the reference by default.
        density: The box with the widest coverage among those at least this dense is taken; if
            there is none, the densest.

    Returns:
        One row a factor that the box restricts: factor, low, high, range_low, range_high, and of
        the box coverage (share of the points of interest in it), density (share of its points
        that are of interest), mass (share of all points) and points. Empty if nothing helps.

    Raises:
        InputError: EMA Workbench is not installed, or all points are of interest, or none.
    """
    if (below is None) == (above is None):
        raise InputError("say one of below and above: what is of interest")
    prim = _prim()
    y = _at_points(sweep, outcome, policy)
    chosen = y < below if below is not None else y > above
    if chosen.all() or not chosen.any():
        word = "all" if chosen.all() else "none"
        raise InputError(
            f"{word} of the {y.size} points is of interest; {outcome} ends at {y.min():g} to "
            f"{y.max():g}"
        )
    inputs = sweep.experiment.inputs().drop(columns="point")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own making
        box = prim.Prim(inputs, chosen, peel_alpha=0.05, mass_min=0.05).find_box()
    columns = ["factor", "low", "high", "range_low", "range_high", "coverage", "density", "mass",
               "points"]  # fmt: skip
    if box is None:
        return pd.DataFrame(columns=columns)
    path = box.peeling_trajectory
    dense = path[path["density"] >= density]
    at = dense["coverage"].idxmax() if len(dense) else path["density"].idxmax()
    limits = box.box_lims[int(at)]
    facts = path.loc[at, ["coverage", "density", "mass"]].astype(float).tolist()
    rows = []
    for name in inputs.columns:
        low, high = limits[name].tolist()
        whole = (float(inputs[name].min()), float(inputs[name].max()))
        if (low, high) != whole:
            rows.append((name, low, high, *whole, *facts, round(facts[2] * y.size)))
    return pd.DataFrame(rows, columns=columns)


def regret(sweep: Sweep, outcome: str, *, incomplete: bool = False) -> pd.DataFrame:
    """How much worse than the best policy each is, over the points (Savage 1951).

    Returns:
        One row a policy, the least greatest regret first: policy, mean, p90, worst (outcome's
        unit) and best_share (points in which no policy does better).

    Raises:
        InputError: Runs are missing, or neither direction of the outcome is better.
    """
    table = signed(sweep, outcome, incomplete=incomplete).dropna()
    loss = table.sub(table.min(axis=1), axis=0)
    found = pd.DataFrame(
        {
            "policy": loss.columns,
            "mean": loss.mean().to_numpy(),
            "p90": loss.quantile(0.9).to_numpy(),
            "worst": loss.max().to_numpy(),
            "best_share": (loss == 0).mean().to_numpy(),
        }
    )
    return found.sort_values(["worst", "policy"], ignore_index=True)


def satisficing(
    sweep: Sweep, targets: Mapping[str, float], *, incomplete: bool = False
) -> pd.DataFrame:
    """Share of the points in which a policy meets targets (Starr's domain criterion).

    Args:
        sweep: A sweep of many points; replicates are averaged.
        targets: Outcome to the value that it must reach in its better direction.
        incomplete: Go on without the points in which a run failed or is missing.

    Returns:
        One row a policy, the best first: policy, a share for each outcome, and all of them.

    Raises:
        InputError: Runs are missing, or an outcome cannot be ranked.
    """
    if not targets:
        raise InputError("satisficing needs at least one target, OUTCOME=VALUE")
    met: dict[str, pd.DataFrame] = {}
    for outcome, value in targets.items():
        if outcome not in OUTCOMES:
            raise InputError(unknown("outcome", outcome, OUTCOMES))
        sign = 1.0 if OUTCOMES[outcome].better == "lower" else -1.0
        met[outcome] = signed(sweep, outcome, incomplete=incomplete).dropna() <= sign * value
    every = np.logical_and.reduce([table.to_numpy() for table in met.values()])
    first = next(iter(met.values()))
    found = pd.DataFrame({"policy": first.columns})
    for outcome, table in met.items():
        found[outcome] = table.mean().to_numpy()
    found["all"] = every.mean(axis=0)
    return found.sort_values(["all", "policy"], ascending=[False, True], ignore_index=True)


def _at_points(sweep: Sweep, outcome: str, policy: str | None) -> np.ndarray:
    """The outcome at the end at each point, (points,)."""
    experiment = sweep.experiment
    if outcome not in experiment.outcomes:
        raise InputError(unknown("outcome kept", outcome, dict.fromkeys(experiment.outcomes)))
    names = experiment.others or experiment.names
    if policy is None and len(names) > 1:
        raise InputError(f"say which policy is analysed: {', '.join(names)}", ("policy",))
    chosen = policy or names[0]
    if chosen not in experiment.names:
        allowed = dict.fromkeys(experiment.names)
        raise InputError(unknown("policy of this sweep", chosen, allowed), ("policy",))
    ends = sweep.ends([outcome])
    means = ends[ends["policy"] == chosen].groupby("point")[outcome].mean()
    return means.reindex(range(len(experiment.points))).to_numpy(float)


def _prim() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about engines that we do not use
            from ema_workbench.analysis import prim
    except ImportError:
        raise InputError(
            "scenario discovery needs the extra `search`: install digital-divide-abm[search]"
        ) from None
    return prim
