"""Running the model under a shock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Self

import numpy as np
from numpy.typing import NDArray

from divide.model import DigitalDivideModel, Scenario
from divide.model.model import PROCESSES, Process
from divide.model.policy.policy import LeverUse, Policy
from divide.model.run import Run

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Figures = dict[str, float]


@dataclass(frozen=True)
class Case:
    """With what a study is replayed: all its runs share it.

    Attributes:
        settings: Parameter values that differ from the declarations.
        seed: Seed of all random numbers.
        draw: Predictive draw, of imputed figures and of the future; 0 is the central run.
    """

    settings: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    draw: int = 0

    def but(self, **values: float) -> Self:
        """The same with other parameter values; `process__name` stands for "process.name"."""
        changed = {name.replace("__", "."): value for name, value in values.items()}
        return replace(self, settings={**self.settings, **changed})

    def run(
        self,
        start: int,
        years: float,
        *,
        after: Mapping[Process, Process] | None = None,
        first: Process | None = None,
        policy: Policy | None = None,
        firm_count: int = 3_200,
        platforms: int = 40,
    ) -> DigitalDivideModel:
        """The model, run for some years.

        Args:
            start: Year at whose end the run begins, on what was known then.
            years: How long it runs, in quarters of a year; 0 builds it only.
            after: Process to insert behind each process named.
            first: Process to insert before all others.
            policy: The status quo if not given.
            firm_count: Representative firms.
            platforms: Marketplaces and payment rails together.
        """
        order: list[Process] = [] if first is None else [first]
        for process in PROCESSES:
            order.append(process)
            if after is not None and process in after:
                order.append(after[process])
        plan = Scenario(
            policy=Policy() if policy is None else policy,
            start=start,
            until=start + max(ceil(years), 1),
            seed=self.seed,
            firms=firm_count,
            platforms=platforms,
            parameters=dict(self.settings),
            draw=self.draw,
        )
        m = DigitalDivideModel(plan, order)
        for _ in range(round(years * plan.steps_per_year)):
            m.step()
        return m


def in_first_step(change: Process) -> Process:
    """A process that makes a change once, at the very beginning."""

    def shock(m: Run) -> None:
        if m.state.step == 0:
            change(m)

    return shock


def lever(
    name: str, intensity: float, start: float, codes: Sequence[str], end: float | None = None
) -> Policy:
    """A policy of one lever at full strength at once, in the countries listed."""
    use = LeverUse(intensity, start=start, end=end, ramp_years=0, target=tuple(codes))
    return Policy(levers={name: use})


def users(m: Run, code: str) -> float:
    """Share of a country's people online."""
    return float(m.national(m.state.countries.online)[m.row_of[code]])


def year_ends(m: DigitalDivideModel, outcome: str) -> Array:
    """A recorded country outcome at the year-ends after the start, (years, n)."""
    return m.state.record.column(outcome)[4::4]


def sub_saharan(m: Run) -> Rows:
    """Rows of the countries of Sub-Saharan Africa, as the World Bank draws it."""
    return np.flatnonzero(m.world.table["region"].str.startswith("Sub-Saharan").to_numpy())


def some_countries(m: Run, count: int, seed: int) -> Rows:
    """Rows of so many countries, drawn by the seed."""
    return np.random.default_rng(seed).permutation(m.n)[:count]


def per_cent(value: float, base: float) -> float:
    """Change in percent."""
    return float(100 * (value / base - 1))
