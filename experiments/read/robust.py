"""Search for lever settings that leave few people offline for little money, over many futures.

NSGA-II (Deb et al. 2002) from pymoo, an optional extra ("search"). Both aims are averages over
futures (`experiments/plan/uncertainty.py`), each with a seed of its own that all candidates share,
so that candidates are compared on equal luck.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from divide.experiments.plan.uncertainty import MOST_DRAWS, Futures, futures
from divide.model.declare.checks import check_number, check_whole, unknown
from divide.model.declare.errors import InputError, UnknownKeyError
from divide.model.declare.levers import levers
from divide.model.model import DigitalDivideModel
from divide.model.policy.policy import Policy
from divide.model.scenario import Scenario

AIMS = ("years_offline", "spend")


@dataclass(frozen=True)
class Worlds:
    """What every candidate is tried in.

    Attributes:
        base: Period, size and first seed.
        futures: What may come, one a world.
    """

    base: Scenario
    futures: Futures

    def tried(self, policy: Policy) -> tuple[float, float]:
        """Person-years offline and US$ spent by the end, means over the worlds."""
        ends = []
        for future in self.futures:
            scenario = future.of(replace(self.base, policy=policy))
            outcomes = DigitalDivideModel(scenario).run().outcomes
            ends.append([float(outcomes[name][-1]) for name in AIMS])
        offline, spend = np.mean(ends, axis=0)
        return float(offline), float(spend)


def front(
    ranges: Mapping[str, tuple[float, float]],
    *,
    policy: Policy | None = None,
    base: Scenario | None = None,
    draws: int = 8,
    population: int = 24,
    generations: int = 20,
    seed: int = 1,
) -> pd.DataFrame:
    """Settings of levers that no other setting found beats in both aims.

    Takes draws x population x generations runs.

    Args:
        ranges: Lever to its least and greatest strength.
        policy: What the levers are put on, with its budget and targets; empty by default.
        base: Period, size and first seed.
        draws: Worlds.
        population: Candidates a generation.
        generations: How many generations.
        seed: Of the search.

    Returns:
        One row a setting, the cheapest first: levers, years_offline (person-years) and spend
        (US$), means over the draws.

    Raises:
        InputError: pymoo is not installed, a lever does not exist or a range is not allowed.
    """
    if not ranges:
        raise InputError("the search needs at least one lever")
    for name, bounds in ranges.items():
        if name not in levers():
            raise UnknownKeyError(unknown("lever", name, levers()), ("ranges", name))
        for value in bounds:
            check_number(value, levers()[name].bounds, levers()[name].unit, "ranges", name)
        if bounds[0] >= bounds[1]:
            reason = f"[{bounds[0]:g}, {bounds[1]:g}] is no range"
            raise InputError(reason, ("ranges", name))
    check_whole(draws, (1, MOST_DRAWS), "draws", "draws")
    start = base or Scenario()
    worlds = Worlds(start, futures(draws, start))
    carrier = policy or Policy("custom", "Levers of the search")
    x, f = _search(dict(ranges), carrier, worlds, population, generations, seed)
    table = pd.DataFrame(x, columns=list(ranges)).assign(**dict(zip(AIMS, f.T, strict=True)))
    return table.drop_duplicates().sort_values(["spend", *ranges], ignore_index=True)


def _search(
    ranges: dict[str, tuple[float, float]],
    policy: Policy,
    worlds: Worlds,
    population: int,
    generations: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The front: settings (n, levers) and aims (n, 2)."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.problem import ElementwiseProblem
        from pymoo.optimize import minimize
    except ImportError:
        raise InputError(
            "the search needs the extra `search`: install digital-divide-abm[search]"
        ) from None
    low, high = np.array(list(ranges.values()), dtype=float).T

    class Levers(ElementwiseProblem):
        """Strengths of the levers in, the two aims out."""

        def _evaluate(self, x: np.ndarray, out: dict[str, Any], *args: Any, **rest: Any) -> None:
            changes = dict(zip(ranges, np.clip(x, low, high).tolist(), strict=True))
            out["F"] = worlds.tried(policy.with_levers(changes))

    problem = Levers(n_var=len(ranges), n_obj=len(AIMS), xl=low, xu=high)
    found = minimize(
        problem, NSGA2(pop_size=population), ("n_gen", generations), seed=seed, verbose=False
    )
    return np.clip(np.atleast_2d(found.X), low, high), np.atleast_2d(found.F)
