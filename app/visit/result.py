"""A run as the page needs it: small, and the same for everybody who asks for the same scenario."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from divide.model.declare.registry import known
from divide.model.outcomes.lens import OnlineYears
from divide.model.scenario import Scenario

Small = NDArray[np.float32]
Array = NDArray[np.float64]

#: Country columns that a result keeps: those that can be mapped, in the order of the menu, by the
#: key of the words above them. Every outcome that a lever acts on is among them.
MAP_GROUPS: dict[str, tuple[str, ...]] = {
    "dimensions.usage": (
        "internet_users",
        "online_women",
        "online_men",
        "online_sex_gap",
        "online_women_per_man",
        "online_poorest40",
        "online_richest60",
        "online_urban",
        "online_rural",
    ),
    "dimensions.access": ("access", "mobile", "five_g", "basket"),
    "dimensions.skills": ("skills", "tools_small"),
    "dimensions.payments": (
        "account_holders",
        "accounts_women",
        "accounts_men",
        "accounts_sex_gap",
        "accounts_poorest40",
        "accounts_richest60",
        "acceptance",
        "payment_use",
        "payment_cost",
    ),
    "outcome_groups.trade": (
        "trade_per_head",
        "exports",
        "connected",
        "sellers",
        "exporters",
        "marketplaces",
        "customs_days",
        "stage",
        "distance_to_standard",
    ),
    "outcome_groups.dependence": ("hub_dependence", "debt"),
    "outcome_groups.security": ("incident_rate",),
}
MAPPED = tuple(name for names in MAP_GROUPS.values() for name in names)
KEPT = (*MAPPED, "population")


def map_groups() -> dict[str, tuple[str, ...]]:
    """Country columns that can be mapped, by group: `MAP_GROUPS`, and a group an extension."""
    added = {f"outcome_groups.{name}": (*each.columns,) for name, each in known().items()}
    return MAP_GROUPS | {key: names for key, names in added.items() if names}


def mapped() -> tuple[str, ...]:
    """Country columns that can be mapped."""
    return tuple(name for names in map_groups().values() for name in names)


#: States of firms, each building on the one before.
FIRMS = ("connected", "acceptance", "sellers", "exporters")
#: Columns of the platform table that a result keeps.
PLATFORM = ("fee", "users", "sellers", "volume", "reach")


@dataclass(frozen=True, eq=False)
class Result:
    """What is kept of a run: the start and the end of every year.

    Attributes:
        digest: Digest of the scenario.
        years: Calendar years, (Y,).
        country: Column of `KEPT`, and of extensions, by name, (Y, n), in the column's own unit.
        series: Every outcome of the model by name, (Y,), to full precision.
        platform: Column of `PLATFORM` by name, (Y, platforms).
        platform_names: Name of each platform.
        platform_kind: Code of `divide.model.agents.platform.Kind`, (platforms,).
        platform_bloc: Row of the bloc of its home jurisdiction, (platforms,).
        firms: Share of the world's firms in each of the states of `FIRMS`, (Y,) by name.
        spend: US$ spent in each year by lever, (Y,), zero at the start.
        online_years: How people came online, every step counted.
        asked: US$ that its strength asks for in each year by lever, (Y,).
        usable: The part of it that can be absorbed, (Y,); the budget may pay less.
        reached: Whether a country is a target of a lever, (n,) by lever that has been in force.
    """

    digest: str
    years: NDArray[np.int64]
    country: dict[str, Small]
    series: dict[str, Array]
    platform: dict[str, Small]
    platform_names: tuple[str, ...]
    platform_kind: NDArray[np.int8]
    platform_bloc: NDArray[np.int8]
    firms: dict[str, Array]
    spend: dict[str, Array]
    online_years: OnlineYears
    asked: dict[str, Array]
    usable: dict[str, Array]
    reached: dict[str, NDArray[np.bool_]]

    def row(self, year: int) -> int:
        """Row of a year in the arrays, the nearest there is."""
        return int(np.abs(self.years - year).argmin())

    @cached_property
    def cost(self) -> float:
        """US$ spent from the start to the end."""
        return float(sum(usd.sum() for usd in self.spend.values()))


class Dropped(Exception):  # noqa: N818 - a state, not a fault
    """A run was given up because something else is wanted sooner."""


def compute(scenario: Scenario, dropped: Callable[[], bool] = lambda: False) -> Result:
    """Run the whole model and keep what the page needs (called in a worker process).

    Args:
        scenario: What to run.
        dropped: Asked between two quarters; the run is given up if so.

    Raises:
        Dropped: The run was given up.
    """
    from divide.model.model import DigitalDivideModel

    m = DigitalDivideModel(scenario)
    per = scenario.steps_per_year
    money: list[dict[str, tuple[float, float]]] = []

    def look(done: int, steps: int) -> None:
        if dropped():
            raise Dropped
        money.append(m.state.policy.asked)

    results = m.run(look)
    record, at = m.state.record, np.arange(0, scenario.steps + 1, per)
    added = [name for each in scenario.extensions for name in each.columns]
    firms = m.real_firms.sum(axis=1) / m.real_firms.sum()
    asked, usable = (
        {lever: _by_year([step[lever][k] for step in money], per) for lever in results.spent}
        for k in range(2)
    )
    online, columns = results.online_years, record.columns().at(at)
    return Result(
        digest=scenario.digest,
        years=results.years[at],
        country={name: columns[name].astype(np.float32) for name in (*KEPT, *added)},
        series=dict(results.outcomes_at(at)),
        platform={name: record.platform(name)[at].astype(np.float32) for name in PLATFORM},
        platform_names=tuple(m.platform_names),
        platform_kind=m.state.platforms.kind.copy(),
        platform_bloc=m.state.platforms.jurisdiction.copy(),
        firms={name: columns[name] @ firms for name in FIRMS},
        spend={lever: _by_year(usd.sum(axis=1), per) for lever, usd in results.spent.items()},
        online_years=online,
        asked=asked,
        usable=usable,
        reached={
            name: programme.share > 0
            for name, programme in m.state.policy.programmes.items()
            if programme.share is not None
        },
    )


def _by_year(usd: ArrayLike, per: int) -> Array:
    """Sum of each year's steps after the nothing of the start."""
    return np.concatenate([[0.0], np.reshape(usd, (-1, per)).sum(axis=1)])


def warm() -> bool:
    """Load and compile the model in a fresh worker process."""
    compute(Scenario(until=2023, firms=2_000, policy="balanced"))  # type: ignore[arg-type]
    return True
