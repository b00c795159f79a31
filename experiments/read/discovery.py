"""Scenario discovery, and which policy stands up across the points of a design.

PRIM (Friedman and Fisher 1999), used for scenario discovery by Bryant and Lempert (2010), comes
from the EMA Workbench, an optional extra ("search").
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.read.load import Sweep
from divide.experiments.read.paired import signed
from divide.experiments.read.response import Response, respond
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError
from divide.model.outcomes import OUTCOMES

#: Share of the runs in a box that must be of interest, if a box of such a share exists.
DENSITY = 0.8
#: Share that one step peels off, and the least that a box holds; so many points at the least.
PEEL, MASS = 0.05, 0.05
LEAST = round(1 / PEEL)
BOX = ("factor", "low", "high", "range_low", "range_high", "p", "coverage", "density", "mass",
       "points")  # fmt: skip
PATH = ("step", "coverage", "density", "mass", "points", "restricted", "taken")


@dataclass(frozen=True, eq=False)
class Peeling:
    """How a box was peeled out of the points, step by step.

    Attributes:
        path: One row a step: step (0 is the whole), coverage (share of the points of interest in
            the box), density (share of its points that are of interest), mass (share of all
            points), points, restricted (number of factors that the box restricts), and taken,
            whether this is the box that `boxes` gives.
        boxes: Of every step the rows of `boxes`.
    """

    path: pd.DataFrame
    boxes: tuple[pd.DataFrame, ...]

    def box(self, step: int | None = None) -> pd.DataFrame:
        """The box of a step, by default of the one taken.

        Raises:
            InputError: There is no such step.
        """
        if step is None:
            step = int(self.path.loc[self.path["taken"], "step"].iloc[0])
        if not 0 <= step < len(self.boxes):
            raise InputError(f"{step}; allowed: 0 to {len(self.boxes) - 1}", ("step",))
        return self.boxes[step]


def interest(found: Response, below: float | None, above: float | None) -> np.ndarray:
    """Points of interest, (points,) bool.

    Raises:
        InputError: Not one of both is given, or all points are of interest, or none.
    """
    y = found.y
    if below is not None and above is None:
        chosen = y < below
    elif above is not None and below is None:
        chosen = y > above
    else:
        raise InputError("say one of below and above: what is of interest")
    if chosen.all() or not chosen.any():
        said = "all are" if chosen.all() else "none is"
        raise InputError(
            f"of the {y.size} points {said} of interest; {found.outcome} ends at {y.min():g} "
            f"to {y.max():g}"
        )
    return chosen


def peel(found: Response, chosen: np.ndarray, density: float = DENSITY) -> Peeling:
    """A box of the factors in which points of interest are dense (PRIM).

    Args:
        found: The outcome at the points of a design.
        chosen: Points of interest, (points,) bool.
        density: The box with the widest coverage among those at least this dense is taken; if
            there is none, the densest.

    Raises:
        InputError: EMA Workbench is not installed, or there are too few points.
    """
    prim = _prim()
    found.check_points(LEAST, "prim")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own making
        box = prim.Prim(found.factors, chosen, peel_alpha=PEEL, mass_min=MASS).find_box()
    path = box.peeling_trajectory[["coverage", "density", "mass", "n", "res_dim"]].astype(float)
    path = path.rename(columns={"n": "points", "res_dim": "restricted"})
    path = path.astype({"points": int, "restricted": int}).reset_index(names="step")
    dense = path[path["density"] >= density]
    at = dense["coverage"].idxmax() if len(dense) else path["density"].idxmax()
    path["taken"] = path["step"] == at
    boxes = tuple(
        _limits(found, limits, p, path.loc[k])
        for k, (limits, p) in enumerate(zip(box.box_lims, box.p_values, strict=True))
    )
    return Peeling(path[list(PATH)], boxes)


def _limits(
    found: Response, limits: pd.DataFrame, p: Mapping[str, list[float]], step: pd.Series
) -> pd.DataFrame:
    """The factors that a box restricts, with what the box is worth."""
    facts = [float(step[name]) for name in ("coverage", "density", "mass")]
    rows = []
    for name, values in found.factors.items():
        low, high = map(float, limits[name])
        whole = (float(values.min()), float(values.max()))
        if (low, high) != whole:
            chance = max(p.get(str(name), [np.nan]))  # -1 stands for a side without a limit
            rows.append((name, low, high, *whole, chance, *facts, int(step["points"])))
    return pd.DataFrame(rows, columns=list(BOX))


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
        sweep: A complete folder of many points; replicates are averaged.
        outcome: An outcome that was kept.
        below: Points with less than this are of interest.
        above: Points with more than this are of interest.
        policy: Whose runs, or a difference "A - B"; the only one besides the reference by default.
        density: As for `peel`.

    Returns:
        One row a factor that the box restricts: factor, low, high, range_low, range_high, p
        (chance of such a density with the limit lifted; Bryant and Lempert 2010), and of the box
        coverage (share of the points of interest in it), density (share of its points that are of
        interest), mass (share of all points) and points. Empty if nothing helps.

    Raises:
        InputError: EMA Workbench is not installed, or all points are of interest, or none.
    """
    found = respond(sweep, outcome, policy)
    return peel(found, interest(found, below, above), density).box()


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
