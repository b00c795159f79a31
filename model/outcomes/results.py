"""Results: the outcomes of a run and its tables, which travel without the model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divide.model.light import pandas as pd
from divide.model.outcomes.country import DIMENSIONS
from divide.model.outcomes.declaration import Outcome
from divide.model.outcomes.lens import Gains, OnlineYears, gains, online_years
from divide.model.outcomes.paths import Paths
from divide.model.outcomes.record import PLATFORM
from divide.model.run import Run
from divide.model.scenario import Scenario

Array = NDArray[np.float64]

#: Outcomes that stand for a run where there is room for a few.
HEADLINE = (
    "usage_mean",
    "usage_gini",
    "people_offline",
    "skills_mean",
    "payments_mean",
    "ecommerce_value",
    "hub_dependence",
    "spend",
)


class Outcomes(Mapping[str, Array]):
    """Outcomes by name, each worked out when it is first asked for.

    Args:
        declared: The outcomes.
        paths: What they are worked out from.
        read: Those that were read after each step, (steps,) each.
    """

    def __init__(
        self, declared: Mapping[str, Outcome], paths: Paths, read: Mapping[str, Array]
    ) -> None:
        self._declared, self._paths = declared, paths
        self._found: dict[str, Array] = dict(read)

    def __getitem__(self, name: str) -> Array:
        if name not in self._found:
            self._found[name] = self._declared[name].formula(self._paths)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def at(self, rows: NDArray[np.int64]) -> "Outcomes":
        """The same after some of the steps, the start first."""
        known = {
            name: self[name][rows]
            for name, outcome in self._declared.items()
            if name in self._found or not outcome.by_row
        }
        return Outcomes(self._declared, self._paths.at(rows), known)


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """The outcomes of a run, and its tables, each made when first asked for.

    Attributes:
        scenario: What was run.
        outcomes: Outcome by name, (steps + 1,), the start first.
        years: Calendar year of each record; quarters: 1-4.
        labels: Label and unit of each outcome.
        iso3: Codes of the countries.
        groupings: Name of each country's group by grouping, (n,) each.
        platform_names: Names of the platforms.
    """

    scenario: Scenario
    outcomes: Mapping[str, Array]
    years: NDArray[np.int64]
    quarters: NDArray[np.int64]
    labels: Mapping[str, tuple[str, str]]
    iso3: tuple[str, ...]
    groupings: Mapping[str, NDArray[Any]]
    platform_names: tuple[str, ...]
    _columns: Mapping[str, Array]
    _platforms: Mapping[str, Array]
    _spending: Sequence[Mapping[str, Array]]

    def __getstate__(self) -> dict[str, Any]:
        """What was recorded and all outcomes; tables are made anew where they are asked for."""
        return {item.name: getattr(self, item.name) for item in fields(self)} | {
            "outcomes": dict(self.outcomes)
        }

    @cached_property
    def model(self) -> "pd.DataFrame":
        """One row a quarter: year, quarter and every outcome."""
        return self.model_of(self.outcomes)

    def model_of(
        self, outcomes: Iterable[str], rows: NDArray[np.int64] | None = None
    ) -> "pd.DataFrame":
        """The same with some of the outcomes and rows only; others need not be worked out.

        Args:
            outcomes: Names.
            rows: Rows of `model`, the start first; all if None.
        """
        of, when = (self.outcomes, slice(None)) if rows is None else (self.outcomes_at(rows), rows)
        found = {name: of[name] for name in outcomes}
        return pd.DataFrame({"year": self.years[when], "quarter": self.quarters[when], **found})

    def outcomes_at(self, rows: NDArray[np.int64]) -> Mapping[str, Array]:
        """Outcomes after some of the steps, the start first; most cost nothing for the others."""
        if isinstance(self.outcomes, Outcomes):
            return self.outcomes.at(rows)
        return {name: values[rows] for name, values in self.outcomes.items()}

    @cached_property
    def country(self) -> "pd.DataFrame":
        """One row a country and quarter: iso3, year, quarter and the country columns."""
        return self._stacked("iso3", self.iso3, self._columns)

    @cached_property
    def platform(self) -> "pd.DataFrame":
        """One row a platform and quarter: what it charges, whom it serves, its volume."""
        return self._stacked("platform", self.platform_names, self._platforms)

    def _stacked(
        self, key: str, names: Sequence[str], paths: Mapping[str, Array]
    ) -> "pd.DataFrame":
        """Paths, (steps + 1, names), as one row a name and quarter."""
        keys = {
            key: np.tile(names, len(self.years)),
            "year": np.repeat(self.years, len(names)),
            "quarter": np.repeat(self.quarters, len(names)),
        }
        return pd.DataFrame({**keys, **{name: path.ravel() for name, path in paths.items()}})

    @cached_property
    def group(self) -> "pd.DataFrame":
        """One row a group and step: population-weighted means of the dimensions and more."""
        frame = self.country
        means = [*(dimension.column for dimension in DIMENSIONS.values()), "income"]
        weight = frame["population"].to_numpy()
        added = frame[means].mul(weight, axis=0)
        added[["debt", "exports"]] = frame[["debt", "exports"]]
        added["population"] = weight
        # Whole numbers stand for steps and groups: they sort like them, and faster.
        steps = len(self.years)
        parts = []
        for grouping, label in self.groupings.items():
            names, group = np.unique(label.astype(str), return_inverse=True)
            keys = group * steps + np.arange(steps)[:, None]
            sums = added.groupby(keys.ravel(), sort=True).sum()
            sums[means] = sums[means].div(sums["population"], axis=0)
            group, step = np.divmod(sums.index.to_numpy(), steps)
            sums.insert(0, "group", names[group])
            sums.insert(1, "year", self.years[step])
            sums.insert(2, "quarter", self.quarters[step])
            sums.insert(3, "grouping", grouping)
            parts.append(sums)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def online_years(self) -> OnlineYears:
        """How people came online, to compare with another run."""
        spent, per = float(self.outcomes["spend"][-1]), self.scenario.steps_per_year
        return online_years(self._columns, self.groupings["region"], spent, per)

    def gains_over(self, reference: "Results") -> Gains:
        """What this run has over another of the same period: years online, how early, for whom.

        Raises:
            ValueError: The runs are not over the same period.
        """
        return gains(self.online_years, reference.online_years)

    @cached_property
    def spent(self) -> dict[str, Array]:
        """US$ spent in each step and country, (steps, n), by lever."""
        levers = dict.fromkeys(name for spent in self._spending for name in spent)
        nothing = np.zeros(len(self.iso3))
        return {
            lever: np.array([spent.get(lever, nothing) for spent in self._spending])
            for lever in levers
        }

    @cached_property
    def spend(self) -> "pd.DataFrame":
        """One row a lever, country and quarter with spending: iso3, year, quarter, lever, usd."""
        return self._spend(("year", "quarter"))

    @cached_property
    def spend_by_year(self) -> "pd.DataFrame":
        """One row a lever, country and year with spending: lever, iso3, year, usd."""
        return self._spend(("year",))

    def _spend(self, when: tuple[str, ...]) -> "pd.DataFrame":
        """What was spent, summed over the steps of each period."""
        columns = ["lever", "iso3", *when, "usd"]
        if not self.spent:
            return pd.DataFrame(columns=columns)
        periods = np.array([getattr(self, f"{name}s")[1:] for name in when])
        first = np.flatnonzero(np.any(np.diff(periods, prepend=-1), axis=0))
        sums = [np.add.reduceat(usd, first, axis=0) for usd in self.spent.values()]
        usd = np.stack(sums, axis=1)  # by period, lever and country
        period, lever, row = np.nonzero(usd > 0)
        values = (
            np.array(list(self.spent))[lever],
            np.array(self.iso3)[row],
            *(each[first[period]] for each in periods),
            usd[period, lever, row],
        )
        return pd.DataFrame(dict(zip(columns, values, strict=True)))

    # Shown in a terminal and in a notebook ---------------------------------------------------

    @property
    def headline(self) -> "pd.DataFrame":
        """A few outcomes by label: unit, value at the start and last value."""
        first, last = (f"end of {self._when(at)}" for at in (0, -1))
        rows = {
            self.labels[name][0]: (self.labels[name][1], *self.outcomes[name][[0, -1]])
            for name in HEADLINE
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["unit", first, last])

    def _when(self, at: int) -> str:
        quarter = self.quarters[at]
        return f"{self.years[at]}" + (f" Q{quarter}" if quarter < 4 else "")

    def _title(self) -> str:
        policy = self.scenario.policy.title or self.scenario.policy.name
        return f"Results: {policy}, {self._when(0)} to {self._when(-1)}, seed {self.scenario.seed}"

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.headline.to_string(float_format='{:,.4g}'.format)}"

    def _repr_html_(self) -> str:
        from html import escape

        table = self.headline.to_html(float_format="{:,.4g}".format, border=0)
        return f"<p>{escape(self._title())}</p>{table}"


def results(m: Run) -> Results:
    """What a run has recorded so far, and its outcomes after each step."""
    record, plan = m.state.record, m.plan
    step, per = np.arange(record.done), plan.steps_per_year
    spending = tuple(record.spending)
    paths = Paths(
        start=plan.start,
        steps_per_year=per,
        done=step,
        columns=record.columns(),
        cells=record.cells(),
        spending=spending,
        cell_shares=m.cell_shares,
        groups=m.groups,
        world=m.world,
    )
    declared = record.declared.outcomes
    return Results(
        scenario=plan,
        outcomes=Outcomes(
            declared,
            paths,
            {name: record.world(name) for name, of in declared.items() if of.each_step},
        ),
        years=plan.start + -(-step // per),
        quarters=((step - 1) % per) * 4 // per + 1,
        labels={name: (outcome.label, outcome.unit) for name, outcome in declared.items()},
        iso3=m.iso3,
        groupings={
            "region": m.world.fact("region"),
            "income_group": m.world.fact("income_group"),
            "bri": np.where(m.world.fact("bri_member"), "BRI members", "Others"),
        },
        platform_names=tuple(m.platform_names),
        _columns=paths.columns,
        _platforms={name: record.platform(name) for name in PLATFORM},
        _spending=spending,
    )
