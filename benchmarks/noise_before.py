"""Luck in what packages do, beside that of an earlier version with 200,000 firms.

The earlier version (see `benchmarks.before`) runs in an environment of its own, with the packages
that it came with, which have the same names. Its effects are others, so that luck is measured
against the median effect of each version.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.before import BEFORE, Version
from divide.experiments.text import markdown

Array = NDArray[np.float64]

FIRMS = 200_000
#: Outcomes that the earlier version has, by their labels here.
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
    old, names, luck = Version("before"), list(policies), list(seeds)
    asked = json.dumps([FIRMS, until, luck, [reference, *names], list(SHARED.values())])
    done = subprocess.run(
        [old.python, "-c", ASKED, asked], cwd=old.folder, env=old.variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{BEFORE} cannot be run: {done.stderr}")
    at_end = {(policy, seed): np.array(row) for policy, seed, row in json.loads(done.stdout)}
    return {
        (name, label): np.array(
            [at_end[name, seed][k] - at_end[reference, seed][k] for seed in luck]
        )
        for name in names
        for k, label in enumerate(SHARED)
    }


def beside(now: Mapping[tuple[str, str], Array], then: Mapping[tuple[str, str], Array]) -> str:
    """Both versions' standard deviations over their median effects, outcome by outcome."""
    rows, lower = [], 0
    for label in SHARED:
        keys = [key for key in then if key[1] == label and key in now]
        ours, theirs = ([_luck(found[key]) for key in keys] for found in (now, then))
        lower += sum(a <= b for a, b in zip(ours, theirs, strict=True))
        figures = (np.median(ours), max(ours), np.median(theirs), max(theirs))
        rows.append([label, *(f"{figure:.3f}" for figure in figures)])
    head = ["outcome", "median over packages", "largest", f"{BEFORE}, median", f"{BEFORE}, largest"]
    return (
        "Standard deviation over seeds over the size of the median difference from the status quo, "
        f"beside {BEFORE} with {FIRMS:,} firms, on as many seeds. Here it is no larger in {lower} "
        f"of {len(then)} differences.\n\n" + markdown.table(head, rows, ["---", *["---:"] * 4])
    )


def _luck(values: Array) -> float:
    size = abs(float(np.median(values)))
    return float(values.std(ddof=1)) / size if size else float("inf")
