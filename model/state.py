"""Everything that changes during a run.

`State` is the whole memory of a run: copy it and a second run goes on from the same point, bit for
bit. What stays fixed (geography, parameters) is in `divide.model.run.Run`.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from divide.model.agents.country import CountryColumns
from divide.model.agents.firm import FirmPopulation
from divide.model.agents.platform import PlatformColumns
from divide.model.policy.programmes import PolicyState

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Cumulative shares of each country's leading platforms, and their rows, (n, options) each.
Choice = tuple[Array, NDArray[np.int16]]


class Recorded(Protocol):
    """What has been recorded, as a state keeps it (see `divide.model.outcomes.record`)."""

    declared: Any
    done: int
    spending: list[Mapping[str, Array]]

    def add(self, now: Any) -> None:
        """Keep the state after a step."""

    def column(self, name: str) -> Array:
        """A country column so far, (done, n)."""

    def columns(self) -> Any:
        """All country columns so far, (done, n) each."""

    def of_countries(self) -> list[Any]:
        """The tables of what is kept of the countries."""

    def cells(self) -> dict[str, Array]:
        """The share in each cell so far, by dimension of the divide, (done, n, cells) each."""

    def platform(self, name: str) -> Array:
        """A platform column so far, (done, platforms)."""

    def world(self, name: str) -> Array:
        """An outcome of the world that is read after each step, so far, (done,)."""

    def align(self, bloc: int) -> None:
        """Tell the whole past by the standard of another bloc."""

    def make_room(self, steps: int) -> None:
        """Make room for `steps` steps after the start."""

    def copy(self) -> Self:
        """An independent copy."""


def _empty() -> Array:
    return np.zeros(0)


def _no_choice() -> Choice:
    return np.zeros((0, 0)), np.zeros((0, 0), dtype=np.int16)


@dataclass(slots=True, repr=False, eq=False)
class State:
    """The memory of a run.

    Attributes:
        countries: Country columns.
        platforms: Platform columns.
        firms: The firms.
        policy: Programmes, money and deliveries.
        record: What has been recorded.
        serves: Which platform serves which country, (platforms, n).
        share: Share of a country's users by platform, marketplaces and rails apart,
            (platforms, n).
        online_before: Internet use of the last steps, a ring, (lag + 1, n).
        extra: Memory of processes that do not come with the model, by a name of their own: arrays,
            numbers, whatever can be copied.
        step: Completed steps.
        elapsed: Years since the start.
        base: Levels at the start of the columns that programmes raise, by name, (n,) each.
        effect_norm: Country effect toward which all fade, ln odds.
        trend: Common trend of adoption since the start, ln odds.
        online_trend: Rise of the odds of spending online by their trend since the start, ln.
        acceptance_at_start, marketplaces_at_start: Merchants' acceptance and marketplaces that
            serve the country at the start, (n,).
        trust_norm: Level to which trust returns, (n,).
        wholesale: ln of the part of the price that infrastructure explains, (n,).
        marketplace_choice, rail_choice: A country's leading platforms (see `platforms.leading`).
        distance: Regulatory distance, (n, n); fragmentation is its mean over pairs.
        corridor_cost, corridor_days: Cross-border payment, (n, n).
        rail_use: What each country pays and is paid over each type of rail, any unit, (rails, n).
        friction: Factor of trade frictions, (n, n).
        origins: Share of each country's (columns) online spending at the start that each other
            country (rows) had, over the friction of the start, (n, n); home_share is what home
            sellers had, (n,).
        pull: Those shares times the change of frictions since, (n, n); pull_back is its transpose.
        spending_level: Online spending at the start over what income alone says, (n,).
        supply_at_start, income_at_start: What `supply.relative` compares with.
        access: Access to foreign demand, (n,); access_at_start is its first value.
        spending: Online spending, US$ a year, (n,).
        capacity: Export capacity by size class, fixed point, (n, 4).
        firm_counts: Representative firms in each state, (n, 16, 4).
        typical_firms, expected_path: Firms that stand for all, and the mean path of the ladder
            (see `expected`).
        real_share: Share of real firms in each state, (n, 16, 4).
        real_capacity: What real firms that export can supply by size class, mean firms, (n, 4).
        firm_users: Firms on each platform, fixed point, (platforms,).
        firms_without: Representative firms that need a rail, or a marketplace, and have none,
            (n, 2).
        firm_tools: Representative firms that use digital tools, (n, 16).
        payment_drivers: Drivers of account holding at the start, (n, cells).
        account_odds: Odds of account holding at the start, (n, cells).
        accounts_before, cloud, export_margin: Last step's values for growth, (n,).
    """

    countries: CountryColumns
    platforms: PlatformColumns
    firms: FirmPopulation
    policy: PolicyState
    record: Recorded
    serves: NDArray[np.bool_]
    share: Array
    online_before: Array
    extra: dict[str, Any] = field(default_factory=dict)
    step: int = 0
    elapsed: float = 0.0
    base: dict[str, Array] = field(default_factory=dict)
    effect_norm: float = 0.0
    trend: float = 0.0
    online_trend: float = 0.0
    acceptance_at_start: Array = field(default_factory=_empty)
    marketplaces_at_start: Array = field(default_factory=_empty)
    trust_norm: Array = field(default_factory=_empty)
    wholesale: Array = field(default_factory=_empty)
    marketplace_choice: Choice = field(default_factory=_no_choice)
    rail_choice: Choice = field(default_factory=_no_choice)
    distance: Array = field(default_factory=_empty)
    fragmentation: float = 0.0
    corridor_cost: Array = field(default_factory=_empty)
    corridor_days: Array = field(default_factory=_empty)
    rail_use: Array = field(default_factory=_empty)
    friction: Array = field(default_factory=_empty)
    origins: Array = field(default_factory=_empty)
    home_share: Array = field(default_factory=_empty)
    pull: Array = field(default_factory=_empty)
    pull_back: Array = field(default_factory=_empty)
    spending_level: Array = field(default_factory=_empty)
    supply_at_start: Array = field(default_factory=_empty)
    income_at_start: Array = field(default_factory=_empty)
    access: Array = field(default_factory=_empty)
    access_at_start: Array = field(default_factory=_empty)
    spending: Array = field(default_factory=_empty)
    capacity: Counts = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))
    firm_counts: Counts = field(default_factory=lambda: np.zeros((0, 16, 4), dtype=np.int64))
    typical_firms: Any = ()
    expected_path: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), dtype=np.float32)
    )
    real_share: Array = field(default_factory=_empty)
    real_capacity: Array = field(default_factory=_empty)
    firm_users: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    firms_without: Counts = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    firm_tools: Counts = field(default_factory=lambda: np.zeros((0, 16), dtype=np.int64))
    payment_drivers: Array = field(default_factory=_empty)
    account_odds: Array = field(default_factory=_empty)
    accounts_before: Array = field(default_factory=_empty)
    cloud: Array = field(default_factory=_empty)
    export_margin: Array = field(default_factory=_empty)

    if not TYPE_CHECKING:  # a type checker would take this for leave to set any name

        def __setattr__(self, name: str, value: Any, _set: Any = object.__setattr__) -> None:
            """Refuse a name that is not declared: a copy would not take it along."""
            try:
                _set(self, name, value)
            except AttributeError:
                raise AttributeError(
                    f"a state declares no {name!r}; keep memory of your own in "
                    f"state.extra[{name!r}], where forks and copies find it"
                ) from None

    def __repr__(self) -> str:
        return (
            f"State(step {self.step}: {self.countries.n} countries, {self.platforms.n} platforms, "
            f"{len(self.firms):,} firms)"
        )

    @property
    def firm_share(self) -> Array:
        """Share of representative firms in each state, (n, 16, 4)."""
        return self.firm_counts / np.maximum(self.firms.layout.numbers, 1)[:, :, None]

    def copy(self) -> "State":
        """An independent copy of the whole memory; its firms are bound to no model.

        The platform choices are tuples of arrays that are replaced whole, so they can be shared.
        """
        other = State.__new__(State)
        for item in fields(State):
            value = getattr(self, item.name)
            if item.name == "extra":
                value = copy.deepcopy(value)
            elif hasattr(value, "copy"):
                value = value.copy()
            setattr(other, item.name, value)
        return other

    __copy__ = copy
