"""Which factors move an outcome: Sobol indices and Morris screening, with guards.

SALib does the sums. It turns one missing value into indices that are all zero, without a word, so
nothing reaches it that is incomplete, not finite or constant.
"""

import numpy as np
import pandas as pd

from divide.experiments.plan.design import Array, problem
from divide.experiments.read.load import Sweep
from divide.experiments.read.response import respond
from divide.model.declare.errors import InputError

RESAMPLES = 1_000


def sobol(sweep: Sweep, outcome: str, policy: str | None = None) -> pd.DataFrame:
    """First-order and total Sobol indices of an outcome at the end of the runs.

    Args:
        sweep: A complete sweep with a Sobol design; replicates are averaged.
        outcome: An outcome that was kept.
        policy: Whose runs; with a name of the form "A - B", the difference of two policies. By
            default the only policy that meets all factors. The reference has no levers, so none are
            in its table.

    Returns:
        One row a factor, the largest total first: factor, first, first_conf, total, total_conf.
        `_conf` is half of a 95 % bootstrap interval (Saltelli et al. 2010 and Jansen 1999, as
        implemented in SALib). An index whose interval holds zero says nothing.

    Raises:
        InputError: Another design, a run is missing or failed, or the outcome does not vary.
    """
    found, had = _sobol(sweep, outcome, policy)
    names = [factor.name for factor in sweep.experiment.factors]
    columns = {"first": "S1", "first_conf": "S1_conf", "total": "ST", "total_conf": "ST_conf"}
    table = pd.DataFrame({"factor": names, **{new: found[old] for new, old in columns.items()}})
    table = table[table["factor"].isin(had)]
    return table.sort_values("total", ascending=False, ignore_index=True)


def sobol_pairs(sweep: Sweep, outcome: str, policy: str | None = None) -> pd.DataFrame:
    """Second-order Sobol indices: factor, with_factor, second, second_conf, the largest first.

    Raises:
        InputError: As for `sobol`, or the design has no `second_order: true`.
    """
    check_design(sweep, "sobol", pairs=True)
    found, had = _sobol(sweep, outcome, policy)
    names = [factor.name for factor in sweep.experiment.factors]
    rows = [
        (names[i], names[j], found["S2"][i, j], found["S2_conf"][i, j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if names[i] in had and names[j] in had
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

    y, had = _designed(sweep, outcome, policy, "morris")
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
    table = table[table["factor"].isin(had)].astype(dict.fromkeys(columns, float))
    return table.sort_values("mu_star", ascending=False, ignore_index=True)


def check_design(sweep: Sweep, kind: str, *, pairs: bool = False) -> None:
    """Refuse a design that SALib's analysis cannot use.

    Raises:
        InputError: The design is of another kind, or does not serve pairs of factors.
    """
    design = sweep.experiment.design
    if pairs and not design.second_order:
        raise InputError("indices of pairs need a sobol design with second_order: true")
    if design.kind != kind:
        raise InputError(f"this analysis needs a {kind} design; this is {design.kind}")


def _designed(sweep: Sweep, outcome: str, policy: str | None, kind: str) -> tuple[Array, list[str]]:
    """The outcome at each point of the design that SALib asked for, and the factors it met.

    SALib needs its whole design, so that factors which never bore on the policy are left out of
    what it says and not of what it is given.
    """
    check_design(sweep, kind)
    found = respond(sweep, outcome, policy)
    return found.y, list(found.factors)


def _sobol(sweep: Sweep, outcome: str, policy: str | None) -> tuple[dict[str, Array], list[str]]:
    from SALib.analyze import sobol as analyze  # takes seconds to load

    y, had = _designed(sweep, outcome, policy, "sobol")
    design = sweep.experiment.design
    found = analyze.analyze(
        problem(sweep.experiment.factors), y, calc_second_order=design.second_order,
        num_resamples=RESAMPLES, seed=design.seed,
    )  # fmt: skip
    return found, had
