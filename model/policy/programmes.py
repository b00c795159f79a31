"""Levers at work: what is bought, on its way and delivered, and the money that is left."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from divide.model.declare.levers import Lever, levers
from divide.model.policy.policy import LeverUse, Policy
from divide.model.policy.rooms import LIMITS
from divide.model.policy.tariff import tariff

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


class Terms(NamedTuple):
    """What stays fixed of each lever at work, (k,) each.

    Attributes:
        amount: Whether it is an amount; the others are degrees.
        limit: Row of `LIMITS` of what can be absorbed; -1 for any amount.
        price: US$ a unit of an amount; the fixed part of what a degree costs.
        kind, per_head: How a degree is paid for, see `tariff.Tariff`.
        loan: Share that is lent.
        taxes: Whether it costs the programme nothing below zero: a tax.
        intensity, start, end, ramp: Of its use; `start` and `end` in calendar years, ramp in years.
        first, lag: Where its ring begins, and its length in steps.
    """

    amount: NDArray[np.bool_]
    limit: Counts
    price: Array
    kind: Counts
    per_head: Array
    loan: Array
    taxes: NDArray[np.bool_]
    intensity: Array
    start: Array
    end: Array
    ramp: Array
    first: Counts
    lag: Counts


@dataclass(slots=True, eq=False)
class Book:
    """All levers at work as arrays.

    Attributes:
        levers, uses: What they are, and how the policy uses them, in the order of their names.
        terms: What stays fixed of them.
        bills: What some of them are a share of, see `tariff.Tariff`.
        limited: Which rows of `LIMITS` they ask for, (7,).
        share: Share of an amount for each country, (k, n); zero until the lever starts.
        started, waiting: Whether it has started, (k,), and how many have not.
        rings: Bought and not yet delivered, (rows, n): of each lever a ring of as many rows as its
            lag has steps.
        turn: Steps done; the ring goes on in the row of its number in the lag.
    """

    levers: tuple[Lever, ...]
    uses: tuple[LeverUse, ...]
    terms: Terms
    bills: tuple[str, ...]
    limited: NDArray[np.bool_]
    share: Array
    started: NDArray[np.bool_]
    rings: Array
    turn: int = 0
    waiting: int = field(init=False)

    def __post_init__(self) -> None:
        self.waiting = int(np.sum(~self.started))

    def begin(self, row: int, share: Array) -> None:
        """Start a lever, with the share of each country in it, (n,)."""
        self.share[row], self.started[row] = share, True
        self.waiting = int(np.sum(~self.started))

    def copy(self) -> "Book":
        """An independent copy."""
        return replace(
            self,
            share=self.share.copy(),
            started=self.started.copy(),
            rings=self.rings.copy(),
        )

    def ring(self, row: int) -> Array:
        """The ring of a lever, (lag, n), not in order."""
        first = self.terms.first[row]
        return self.rings[first : first + self.terms.lag[row]]


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """One lever at work: a row of the book."""

    lever: Lever
    use: LeverUse
    book: Book
    row: int

    @property
    def share(self) -> Array | None:
        """Share of an amount for each country, (n,); None until the lever starts."""
        return self.book.share[self.row] if self.book.started[self.row] else None

    @property
    def pipeline(self) -> list[Array]:
        """Bought and not yet delivered, oldest first, (n,) for each step of the lag."""
        ring = self.book.ring(self.row)
        oldest = self.book.turn % len(ring)
        return [*ring[oldest:], *ring[:oldest]]


@dataclass(slots=True)
class PolicyState:
    """Levers at work, money carried over, and what was spent and delivered this step.

    Attributes:
        book: The levers at work.
        programmes: The same by name.
        carry: US$ left over from earlier steps.
        spent: US$ spent this step by lever, each (n,).
        asked: US$ this step by lever: what its strength asks for, and the part of it that can be
            absorbed; the budget may pay less.
        delivered: Quantity in effect this step by lever, (n,): an amount, or a degree in force.
    """

    book: Book
    programmes: dict[str, Programme] = field(init=False)
    carry: float = 0.0
    spent: dict[str, Array] = field(default_factory=dict)
    asked: dict[str, tuple[float, float]] = field(default_factory=dict)
    delivered: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book = self.book
        self.programmes = {
            lever.name: Programme(lever, use, book, row)
            for row, (lever, use) in enumerate(zip(book.levers, book.uses, strict=True))
        }

    def copy(self) -> "PolicyState":
        """An independent copy."""
        return PolicyState(
            self.book.copy(), self.carry, dict(self.spent), dict(self.asked), dict(self.delivered)
        )

    __copy__ = copy

    def go_on(self, earlier: "PolicyState") -> None:
        """Take over from `earlier` what its levers have begun; those of its own begin now."""
        self.carry, self.book.turn = earlier.carry, earlier.book.turn
        self.spent, self.asked = dict(earlier.spent), dict(earlier.asked)
        self.delivered = dict(earlier.delivered)
        for name in self.programmes.keys() & earlier.programmes.keys():
            old, row = earlier.programmes[name], self.programmes[name].row
            if old.share is not None:
                self.book.begin(row, old.share)
            self.book.ring(row)[:] = earlier.book.ring(old.row)


def first_programmes(policy: Policy, start: int, dt: float, n: int) -> PolicyState:
    """Programmes for the levers that a policy uses; nothing spent yet.

    Args:
        policy: The policy.
        start: First calendar year of the run.
        dt: Length of a step, years.
        n: Number of countries.
    """
    uses = {name: use for name, use in sorted(policy.levers.items()) if use.intensity != 0.0}
    known = [levers()[name] for name in uses]
    terms = _terms(known, list(uses.values()), start, dt)
    k = len(uses)
    book = Book(
        levers=tuple(known),
        uses=tuple(uses.values()),
        terms=terms,
        bills=tariff(known).bills,
        limited=np.array([name in uses for name in LIMITS]),
        share=np.zeros((k, n)),
        started=np.zeros(k, dtype=np.bool_),
        rings=np.zeros((int(terms.lag.sum()), n)),
    )
    return PolicyState(book)


def _terms(known: Sequence[Lever], uses: Sequence[LeverUse], start: int, dt: float) -> Terms:
    by = tariff(known)
    lag = np.array([max(1, round(lever.lag_years / dt)) for lever in known], dtype=np.int64)
    limit = [LIMITS.index(each.name) if each.name in LIMITS else -1 for each in known]
    return Terms(
        amount=np.array([lever.kind == "amount" for lever in known], dtype=np.bool_),
        limit=np.array(limit, dtype=np.int64),
        price=by.fixed,
        kind=by.kind,
        per_head=by.per_head,
        loan=np.array([lever.loan_share for lever in known], dtype=float),
        taxes=np.array([lever.usd_per_unit is None for lever in known], dtype=np.bool_),
        intensity=np.array([use.intensity for use in uses], dtype=float),
        start=np.array([start if use.start is None else use.start for use in uses], dtype=float),
        end=np.array([np.inf if use.end is None else use.end for use in uses]),
        ramp=np.array([use.ramp_years for use in uses], dtype=float),
        first=np.cumsum(lag) - lag,
        lag=lag,
    )
