"""Why did a country gain: the terms of its share online under a policy, over draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from divide.experiments.carry.calls import Workers
from divide.experiments.plan.draws import SHIPPED
from divide.experiments.plan.intervals import Array, predictive
from divide.experiments.plan.uncertainty import futures
from divide.experiments.read.load import load
from divide.experiments.text.units import number
from divide.model.declare.errors import InputError
from divide.model.policy.policy import REFERENCE, Policy
from divide.model.scenario import Scenario
from divide.model.terms import TERMS, Parts, explained

#: The row of a table that is the sum of all others.
TOTAL = "total"
Pair = tuple[Scenario, Scenario]


@dataclass(frozen=True, eq=False, repr=False)
class Why:
    """What a policy adds to countries' share online against a reference, term by term.

    Attributes:
        reference, policy: What is compared, with the first seed.
        central: The central run.
        drawn: The same in draws of all that is uncertain; none without draws.
    """

    reference: Scenario
    policy: Scenario
    central: Parts
    drawn: tuple[Parts, ...] = ()

    @property
    def years(self) -> list[int]:
        """Years that can be asked for."""
        return [int(year) for year in self.central.years]

    def table(self, country: str, year: int | None = None) -> pd.DataFrame:
        """The terms of one country at the end of a year, the last one by default.

        Returns:
            One row a term and a last one, "total": term, label, difference (share of the
            population, of the central run), and with draws median, lo90 and hi90. The terms of
            the central run add up to the total, and so do those of each draw; their medians
            need not.

        Raises:
            InputError: There is no such country or year.
        """
        codes = self.central.iso3
        if country not in codes:
            raise InputError(f"{country}; write the three letters of a country, such as KEN",
                             ("country",))  # fmt: skip
        year = self.years[-1] if year is None else year
        if year not in self.years:
            raise InputError(f"{year}; from {self.years[0]} to {self.years[-1]}", ("year",))
        place = self.years.index(year), codes.index(country)
        rows = pd.DataFrame({
            "term": [*TERMS, TOTAL],
            "label": [*TERMS.values(), "Whole difference"],
            "difference": _column(self.central, place),
        })  # fmt: skip
        if self.drawn:
            spread = predictive(np.array([_column(each, place) for each in self.drawn]))
            rows["median"], rows["lo90"], rows["hi90"] = spread
        return rows

    def tables(self, year: int | None = None) -> pd.DataFrame:
        """The terms of every country: `iso3` before the columns of `table`."""
        parts = [self.table(iso3, year).assign(iso3=iso3) for iso3 in self.central.iso3]
        found = pd.concat(parts, ignore_index=True)
        return found[["iso3", *(name for name in found.columns if name != "iso3")]]

    def __repr__(self) -> str:
        """What was compared, and the countries that gained most."""
        gained = 100 * (self.central.policy[-1] - self.central.reference[-1])
        most = [
            f"{self.central.iso3[k]} {number(float(gained[k]), 2, sign=True)}"
            for k in np.argsort(-gained)[:3]
        ]
        return (
            f"Why {self.policy.policy.name} differs from {self.reference.policy.name}, "
            f"{self.years[0]} to {self.years[-1]}, draws: {len(self.drawn)}; most gained "
            f"(points): {', '.join(most)}; see .table(country)"
        )


def why(
    policy: Policy | str,
    base: Scenario | None = None,
    reference: Policy | str = REFERENCE,
    draws: int = 0,
    *,
    posterior: str | Path = SHIPPED,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Why:
    """Take apart what a policy adds to every country's share online against a reference.

    Both are run, what drives adoption is recorded, and its kernels run again on every mixture of
    the two runs' drivers (`divide.model.terms`).

    Args:
        policy: A policy, or the name of a package or a file.
        base: Period, seed, size and parameters; its own policy is not used.
        reference: What it is compared with, as `policy`.
        draws: Futures in which the same is done, for intervals.
        posterior: Joint draws of the fitted parameters: a CSV file, or those that ship.
        workers: Processes.
        progress: Told (pairs done, pairs in all).

    Raises:
        InputError: A policy or setting is not allowed.
        JobError: A run failed.
    """
    base = base or Scenario()
    one, other = (replace(base, policy=_policy(each)) for each in (reference, policy))
    found = futures(draws, base, posterior) if draws else ()
    pairs = [(one, other), *((each.of(one), each.of(other)) for each in found)]
    return _explained(pairs, workers, progress)


def why_of(
    folder: str | Path,
    policy: str | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Why:
    """The same for the runs that a folder of `divide run` holds, which are run again.

    Args:
        folder: The folder.
        policy: Name of one of its policies; the first after the reference if not given.
        workers: Processes.
        progress: Told (pairs done, pairs in all).

    Raises:
        InputError: It holds no comparison, or not that policy.
    """
    experiment = load(folder).experiment
    if not experiment.report:
        raise InputError(f"{folder}: holds no comparison; see `divide run`")
    others = experiment.names[1:]
    name = policy if policy is not None else next(iter(others), "")
    if name not in others:
        raise InputError(f"{name or 'none'}; {folder} has {', '.join(others) or 'no policy'}",
                         ("policy",))  # fmt: skip
    many, place = len(experiment.names), experiment.names.index(name)
    count = len(experiment.points) if experiment.predictive else 1
    pairs = [
        (experiment.run(k * many).scenario, experiment.run(k * many + place).scenario)
        for k in range(count)
    ]
    return _explained(pairs, workers, progress)


def _explained(
    pairs: Sequence[Pair], workers: int, progress: Callable[[int, int], None] | None
) -> Why:
    with Workers(min(workers, len(pairs))) as many:
        central, *drawn = many.map(explained, pairs, progress)
    return Why(*pairs[0], central, tuple(drawn))


def _policy(given: Policy | str) -> Policy:
    return given if isinstance(given, Policy) else Policy.load(given)


def _column(parts: Parts, place: tuple[int, int]) -> Array:
    """Terms of a country in a year, and their sum last, (terms + 1,)."""
    each = [float(values[place]) for values in parts.terms.values()]
    return np.array([*each, float(parts.policy[place] - parts.reference[place])])
