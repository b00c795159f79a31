"""Runs whose outcomes are known formulas, named "made_up:FUNCTION"."""

import numpy as np
import pandas as pd

WEIGHTS = (3.0, 1.0, 0.0)
EFFECT = {"status_quo": 0.0, "balanced": -1.0, "soft_first": -0.5}


def outcome(experiment, run) -> float:
    """Luck of the seed, effect of the policy with some luck of its own, and the factors."""
    luck = np.random.default_rng(run.scenario.seed).normal()
    own = np.random.default_rng([run.scenario.seed, len(run.policy)]).normal()
    effect = EFFECT[run.policy]
    drawn = 0.0
    for weight, factor, value in zip(
        WEIGHTS, experiment.factors, experiment.points[run.point], strict=False
    ):
        drawn += weight * (value - factor.low) / (factor.high - factor.low)
    return drawn + luck + effect * (1 + 0.1 * own)


def known(experiment, run) -> dict[str, pd.DataFrame]:
    end = outcome(experiment, run)
    base = run.scenario
    gini = [0.0, end]
    years = [base.until - 1, base.until]
    model = pd.DataFrame({"year": years, "usage_gini": gini, "trust": [1.0, 1.0]})
    spend = pd.DataFrame({"lever": list(base.policy.levers), "usd": 1.0})
    spend = spend.astype({"lever": str})
    return {"model": model[["year", *experiment.outcomes]], "spend": spend}


def broken(experiment, run) -> dict[str, pd.DataFrame]:
    if run.index == 3:
        raise ValueError("the bridge is out")
    return known(experiment, run)


def mixed(experiment, run) -> dict[str, pd.DataFrame]:
    """As `known`; twice the third factor comes on top with the balanced package alone."""
    tables = known(experiment, run)
    if run.policy == "balanced":
        factor = experiment.factors[2]
        value = experiment.points[run.point][2]
        tables["model"]["usage_gini"] += 2 * (value - factor.low) / (factor.high - factor.low)
    return tables
