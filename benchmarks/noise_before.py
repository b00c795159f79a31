"""What packages do in an earlier version with 200,000 firms, by seed.

The earlier version (see `benchmarks.before`) runs in an environment of its own, with the packages
that it came with, which have the same names. Its effects are others, so that luck is measured
against the median effect of each version.
"""

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.before import Version

Array = NDArray[np.float64]

FIRMS = 200_000
#: Outcomes that the earlier version has, by their labels in `benchmarks.noise`.
SHARED = {
    "people offline": "people_offline",
    "Gini of internet use": "usage_gini",
    "account holders": "payments_mean",
    "cross-border e-commerce": "ecommerce_value",
    "small firms in supply": "small_firm_supply",
    "dependence on the hub": "hub_dependence",
}
#: What it is asked, in its own code; it prints outcomes at the end by policy and seed.
ASKED = """
import json, sys
from model.model import DigitalDivideModel
from model.scenario import Scenario
firms, until, seeds, policies, outcomes = json.loads(sys.argv[1])
found = []
for seed in seeds:
    for policy in policies:
        plan = Scenario(policy=policy, seed=seed, firms=firms, until=until)
        last = DigitalDivideModel(plan).run().outcomes
        found.append([policy, seed, [float(last[name][-1]) for name in outcomes]])
print(json.dumps(found))
"""


def before(
    policies: Iterable[str], reference: str, seeds: Iterable[int], until: int
) -> dict[tuple[str, str], Array]:
    """Differences of packages from the reference in the earlier version, by seed, (seeds,).

    Raises:
        RuntimeError: The history does not hold that version, or it cannot be run.
    """
    names, luck = list(policies), list(seeds)
    asked = json.dumps([FIRMS, until, luck, [reference, *names], list(SHARED.values())])
    told = Version("before").told(ASKED, asked)
    at_end = {(policy, seed): np.array(row) for policy, seed, row in told}
    return {
        (name, label): np.array(
            [at_end[name, seed][k] - at_end[reference, seed][k] for seed in luck]
        )
        for name in names
        for k, label in enumerate(SHARED)
    }
