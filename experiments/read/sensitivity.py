"""Which factors move an outcome: Sobol indices and Morris screening, with guards.

SALib does the sums. It turns one missing value into indices that are all zero, without a word, so
nothing reaches it that is incomplete, not finite or constant.
"""

import numpy as np
import pandas as pd

from divide.experiments.plan.design import Array, problem
from divide.experiments.read.load import Sweep
from divide.model.declare.checks import unknown
from divide.model.declare.errors import InputError

RESAMPLES = 1_000


def sobol(sweep: Sweep, outcome: str, policy: str | None = None) -> pd.DataFrame:
    """First-order and total Sobol indices of an outcome at the end of the runs.

    Args:
        sweep: A complete sweep with a Sobol design; replicates are averaged.
        outcome: An outcome that was kept.
        policy: Whose runs; with a name of the form "A - B", the difference of two policies. By
            default the only policy that meets all factors.

    Returns:
        One row a factor, the largest total first: factor, first, first_conf, total, total_conf.
        `_conf` is half of a 95 % bootstrap interval (Saltelli et al. 2010 and Jansen 1999, as
        implemented in SALib). An index whose interval holds zero says nothing.

    Raises:
        InputError: Another design, a run is missing or failed, or the outcome does not vary.
    """
    found = _sobol(sweep, outcome, policy)
    names = [factor.name for factor in sweep.experiment.factors]
    columns = {"first": "S1", "first_conf": "S1_conf", "total": "ST", "total_conf": "ST_conf"}
    table = pd.DataFrame({"factor": names, **{new: found[old] for new, old in columns.items()}})
    return table.sort_values("total", ascending=False, ignore_index=True)


def sobol_pairs(sweep: Sweep, outcome: str, policy: str | None = None) -> pd.DataFrame:
    """Second-order Sobol indices: factor, with_factor, second, second_conf, the largest first.

    Raises:
        InputError: As for `sobol`, or the design has no `second_order: true`.
    """
    if not sweep.experiment.design.second_order:
        raise InputError("indices of pairs need a sobol design with second_order: true")
    found = _sobol(sweep, outcome, policy)
    names = [factor.name for factor in sweep.experiment.factors]
    rows = [
        (names[i], names[j], found["S2"][i, j], found["S2_conf"][i, j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    table = pd.DataFrame(rows, columns=["factor", "with_factor", "second", "second_conf"])
    return table.sort_values("second", ascending=False, ignore_index=True)


def morris(sweep: Sweep, outcome: str, policy: str | None = None) -> pd.DataFrame:
    """Elementary effects of each factor on an outcome at the end of the runs (Morris 1991).

    Args:
        sweep: A complete sweep with a Morris design; replicates are averaged.
        outcome: An outcome that was kept.
        policy: As for `sobol`.

    Returns:
        One row a factor, the strongest first: factor, mu, mu_star, mu_star_conf, sigma, all in
        the outcome's unit for the whole range of the factor. A large sigma beside mu_star tells
        of interactions or curvature.

    Raises:
        InputError: As for `sobol`.
    """
    from SALib.analyze import morris as analyze  # takes seconds to load

    y = response(sweep, outcome, policy, "morris")
    experiment = sweep.experiment
    columns_of = zip(experiment.factors, experiment.points.T, strict=True)
    unit = np.column_stack([factor.distribution.cdf(values) for factor, values in columns_of])
    design = experiment.design
    found = analyze.analyze(
        problem(experiment.factors), unit, y, num_resamples=RESAMPLES, num_levels=design.levels,
        seed=design.seed,
    )  # fmt: skip
    columns = ("mu", "mu_star", "mu_star_conf", "sigma")
    table = pd.DataFrame({"factor": found["names"], **{name: found[name] for name in columns}})
    return table.astype(dict.fromkeys(columns, float)).sort_values(
        "mu_star", ascending=False, ignore_index=True
    )


def response(sweep: Sweep, outcome: str, policy: str | None, kind: str) -> Array:
    """The outcome at the end at each point, mean over replicates, (points,), fit for SALib."""
    experiment = sweep.experiment
    if experiment.design.kind != kind:
        raise InputError(f"this analysis needs a {kind} design; this is {experiment.design.kind}")
    if outcome not in experiment.outcomes:
        raise InputError(unknown("outcome kept", outcome, dict.fromkeys(experiment.outcomes)))
    first, minus, second = (policy or _default(sweep)).partition(" - ")
    ends = sweep.ends([outcome])
    y = _of(sweep, ends, first, outcome)
    if minus:
        y = y - _of(sweep, ends, second, outcome)
    if not np.isfinite(y).all():
        raise InputError(f"{outcome} is not finite at {int((~np.isfinite(y)).sum())} points")
    if np.ptp(y) <= 1e-12 * max(abs(float(y.mean())), 1e-300):
        raise InputError(f"{outcome} is the same at every point: nothing moves it")
    return y


def _sobol(sweep: Sweep, outcome: str, policy: str | None) -> dict[str, Array]:
    from SALib.analyze import sobol as analyze  # takes seconds to load

    y = response(sweep, outcome, policy, "sobol")
    design = sweep.experiment.design
    return analyze.analyze(
        problem(sweep.experiment.factors), y, calc_second_order=design.second_order,
        num_resamples=RESAMPLES, seed=design.seed,
    )  # fmt: skip


def _default(sweep: Sweep) -> str:
    experiment = sweep.experiment
    if all(factor.role == "uncertainty" for factor in experiment.factors):
        return experiment.names[0] if len(experiment.names) == 1 else _one(experiment.others)
    return _one(experiment.others)


def _one(names: tuple[str, ...]) -> str:
    if len(names) != 1:
        raise InputError(f"say which policy is analysed: {', '.join(names)}", ("policy",))
    return names[0]


def _of(sweep: Sweep, ends: pd.DataFrame, policy: str, outcome: str) -> Array:
    names = sweep.experiment.names
    if policy not in names:
        raise InputError(unknown("policy of this sweep", policy, dict.fromkeys(names)), ("policy",))
    means = ends[ends["policy"] == policy].groupby("point")[outcome].mean()
    return means.reindex(range(len(sweep.experiment.points))).to_numpy(float)
